/**
 * A reply that is an option with its reason: `**B**, since C only holds at low temperature.`, or that gives the options again and one of
 * them behind them (`A. 4\nB. 7\nC. 9\n\nB. 7, as it is prime`). Linear in the length of the text.
 */

const LONGEST = 600;
const MAX_LINES = 16;
/** `C, because ...`; an I is a person. `C, as in carbon, ...` says something of a letter. */
const REASONED =
  /^(?:[*_("]{1,4}A|[*_("]{0,4}[B-HJ-Z]|A(?=[*_").,]))[*_)".]{0,4}(?:,|\s?[–—])?\s(?:because|since|given that|as(?!\s(?:in|an?|of|for|if|always|well|usual|such|far|long|soon|expected|shown|stated|the name)\b))\s[^?\n]{2,400}$/u;
/** What is said of the letter itself behind such a reason: `B, because of friction, is not the answer.` */
const SAID_OF_IT =
  /(?:,\s|\s[–—]\s)(?:(?:so|but|and|yet)\s)?(?:(?:it|this|that|which)\s)?(?:is|was|are|has|had|seems|looks|would|could|might|may|must|can|cannot|does|fails|stands|means|isn|wasn|can['’]t)\b|\b(?:wrong|incorrect|false|excluded|eliminated|ruled out|impossible)[.!]?$/i;
/** Behind the first sentence other options may be spoken for. */
const NAMES_OPTION = /(?<![\p{L}\p{N}'’])[*_(]{0,3}(?:[B-H]|A(?=[*_).,:]))(?![\p{L}\p{N}'’])/u;

const LISTED = /^[-*•\s]{0,4}[*_(]{0,3}([A-H])[).:][*_]{0,3}\s+(\S.*)$/i;
const IS_REASON = /^[*_]{0,2}(?:[.!]?|\s?[,;:–—-]?\s(?:because|since|as|which is)\s[^?\n]{2,300})$/i;
/** `11 is prime, as it has no divisors but 1 and itself.` */
const SAYS_OF_IT = /^\s(?:is|are|has|have)\s[^?\n]{2,300}[.!]$/i;
const REFUSED =
  /\b(?:not|never|wrong|incorrect|false|untrue|eliminated|excluded|ruled out|impossible|too|but(?=\s(?:that|it|this|not|is|only)\b))\b|n['’]t\b/i;
const PLAIN_END = /[*_\s.!]+$/;

/** The letter in front of its reason, which is all of a reply. */
function reasonedLetter(text: string): string | undefined {
  const reasoned = REASONED.exec(text)?.[0];
  if (reasoned === undefined) return undefined;
  const end = reasoned.slice(4).search(/[.!]\s/);
  const [first, rest] = end < 0 ? [reasoned, ''] : [reasoned.slice(0, end + 4), reasoned.slice(end + 5)];
  return SAID_OF_IT.test(first) || NAMES_OPTION.test(rest) ? undefined : /[A-Z]/.exec(reasoned)?.[0];
}

/** The option that stands behind a list of all options, in its words. */
function repeatedOption(text: string): string | undefined {
  const lines = text.split(/\s*\n\s*/, MAX_LINES + 1);
  const last = LISTED.exec(lines.pop() ?? '');
  const options = lines.map((line) => LISTED.exec(line)).filter((option) => option !== null);
  const letters = options.map(([, letter]) => letter);
  if (last === null || lines.length > MAX_LINES || options.length < 3 || new Set(letters).size < options.length)
    return undefined;
  // Nothing else stands between the options.
  if (LISTED.exec(lines.at(-1) ?? '') === null) return undefined;
  const words = options.find(([, letter]) => letter === last[1])?.[2]?.replace(PLAIN_END, '');
  if (words === undefined || last[2]?.startsWith(words) !== true) return undefined;
  const reason = last[2].slice(words.length);
  if (REFUSED.test(reason)) return undefined;
  // Of options that are gone through one by one the first may be the only one before a reply was cut.
  if (last[1] === letters[0]) return IS_REASON.test(reason) && /\s.*[.!]$/.test(reason) ? last[1] : undefined;
  return IS_REASON.test(reason) || SAYS_OF_IT.test(reason) ? last[1] : undefined;
}

/** The letter; undefined for any other text. */
export function reasonedOption(source: string): string | undefined {
  const text = source.trim();
  if (text.length > LONGEST * 4) return undefined;
  const letter = text.length <= LONGEST ? reasonedLetter(text) : undefined;
  return (letter ?? repeatedOption(text))?.toUpperCase();
}
