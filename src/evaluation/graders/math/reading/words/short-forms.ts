/** Short forms of amounts, which are formulas or nothing otherwise: `5'6"`, `2h30`, `1 out of 2`. */

const MAY_BE_SHORT = /^[$€£][\d.]+\s?[KkMBb]|^[\d.]+(?:k|M|bn)\.?$|\d\s?['’′h]|\d[\s-]f(?:t|oo|ee)|\bout of\b/i;
/** `6 foot 2`, whose second number is no factor. */
const FEET_IN_WORDS = /^(\d{1,3})[\s-](?:ft\.?|foot|feet)[\s-](\d{1,2}(?:\.\d{1,3})?)\.?$/i;
const FEET = /^(\d{1,3})\s?['’′]\s?(\d{1,2}(?:\.\d{1,3})?)\s?(?:["”″]|['’′]{2})?\.?$/;
const HOURS = /^(\d{1,3})\s?h(?:rs?\.?|ours?)?\s?(\d{1,2})\s?(?:m|mins?\.?|minutes?)?\.?$/i;
const SHARE = /^(\d{1,9})\s+out\s+of\s+(\d{1,9})\.?$/i;

const LARGE = /^([$€£]\d{1,6}(?:\.\d{1,6})?)\s?([Kk]|M|B|bn)\.?$/;
const SCALES: Readonly<Record<string, string>> = { k: 'thousand', m: 'million', b: 'billion', bn: 'billion' };

/** Without a currency only what is no unit and no term: `300 K` is a temperature, `2k` and `3M` are products, in which no 1 is written. */
const LARGE_NUMBER = /^((?:1|\d{1,6}\.\d{1,6})(?=k|M)|\d{1,6}(?:\.\d{1,6})?(?=bn))(k|M|bn)\.?$/;
/** `2:05 h` */
const CLOCK_HOURS = /^(\d{1,3}):([0-5]\d)\s?h(?:rs?|ours?)?\.?$/i;
/** Whether a text with the short form of an amount is nothing else. */
export const isShortForm = (text: string): boolean =>
  text.length <= 40 && (FEET_IN_WORDS.test(text) || CLOCK_HOURS.test(text));

/** The amount in full: feet and inches, hours and minutes, a fraction; undefined for any other text. */
export function shortForm(text: string): string | undefined {
  if (text.length > 40 || !MAY_BE_SHORT.test(text)) return undefined;
  const [, feet, inches] = FEET.exec(text) ?? FEET_IN_WORDS.exec(text) ?? [];
  if (feet !== undefined && Number(inches) < 12) return `${feet} feet ${inches} inches`;
  const [, hours, minutes] = HOURS.exec(text) ?? CLOCK_HOURS.exec(text) ?? [];
  if (hours !== undefined && Number(minutes) < 60) return `${hours} hours ${minutes} minutes`;
  const [, money, scale = ''] = LARGE.exec(text) ?? LARGE_NUMBER.exec(text) ?? [];
  if (money !== undefined) return `${money} ${SCALES[scale.toLowerCase()]}`;
  const [, part, whole] = SHARE.exec(text) ?? [];
  return part === undefined || Number(part) > Number(whole) ? undefined : `${part}/${whole}`;
}
