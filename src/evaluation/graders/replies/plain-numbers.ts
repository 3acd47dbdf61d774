/** Numbers as other languages and typesetters write them, in the one form that all rules know: `12 500,50`, `12'500`, `₺40`, `%25`. */

const MAY_DIFFER = /[\u00a0\u2007\u2009\u202f₺₽₴₩₦₫₱]|%\d|\d[ '’]\d{3}|\d,\d\d,/u;
/** Spaces that do not break stand within one number only, where groups of three digits follow. */
const FIXED_GROUPS = /(?<![\p{L}\d.,])\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\d{3})+(?!\d)(?:,\d{1,2}(?![\d,]))?/gu;
/** An ordinary space may as well stand between two numbers, but not in front of decimals or of a currency. */
const CURRENCY =
  '€|[A-Z]{3}(?<=EUR|USD|GBP|CHF|BGN|TRY|SEK|NOK|DKK|PLN|CZK|HUF|RON|RUB|UAH|RSD)|TL|лв|руб|zł|kr|Kč|Ft|lei|euros?|dollars?';
const SPACED_GROUPS = new RegExp(
  String.raw`(?<![\p{L}\d.,]|\d )\d{1,3}(?: \d{3})+(?:,\d{1,2}(?![\d,])|(?=[ \u00a0]?(?:${CURRENCY})(?!\p{L})))`,
  'gu',
);
/** As in Switzerland. */
const APOSTROPHES = /(?<![\p{L}\d_.'’])\d{1,3}(?:['’]\d{3})+(?![\d'’])/gu;
/** As in India, where the sign of the rupee says that it is one number. */
const LAKHS = /(?<=(?:₹|\bRs\.?|\bINR)\s?)\d{1,2}(?:,\d{2})+,\d{3}(?![\d,]*\d)/gu;
/** Signs of currencies that the reader of amounts does not know: the number counts. */
const SIGN_IN_FRONT = /[₺₽₴₩₦₫₱]\s?(?=\d)/gu;
const SIGN_BEHIND = /(?<=\d)\s?[₺₽₴₩₦₫₱]/gu;
/** As in Turkish. */
const PERCENT_IN_FRONT = /(?<![\p{L}\d)\\%])%(\d+(?:[.,]\d+)?)(?![\p{L}\d])/gu;

const joined = (number: string): string => number.replace(/[ \u00a0\u2007\u2009\u202f]/g, '').replace(',', '.');

export function withPlainNumbers(text: string): string {
  if (!MAY_DIFFER.test(text)) return text;
  return text
    .replace(FIXED_GROUPS, joined)
    .replace(SPACED_GROUPS, joined)
    .replace(APOSTROPHES, (number) => number.replace(/['’]/g, ''))
    .replace(LAKHS, (number) => number.replaceAll(',', ''))
    .replace(SIGN_IN_FRONT, '')
    .replace(SIGN_BEHIND, '')
    .replace(PERCENT_IN_FRONT, '$1%');
}
