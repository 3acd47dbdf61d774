/** Ranges of real numbers in words that say whether their ends belong to them, as intervals. */

const END = String.raw`([-−]?\d{1,12}(?:\.\d{1,9})?(?:\/\d{1,9})?)`;
const RANGE = new RegExp(
  String.raw`\b(?:the\s(?:set\sof\s)?)?all\s(?:the\s)?real\s(?:numbers|values)\s(?:[a-z]\s)?(strictly\s)?between\s${END}\sand\s${END}(?:,?\s\(?(inclusive|exclusive)\b\)?)?`,
  'gi',
);

/** `All real numbers between 1 and 3, inclusive` as `[1, 3]`; without a word on the ends it stays as it is. */
export function withIntervals(text: string): string {
  if (!/real/i.test(text)) return text;
  return text.replace(RANGE, (said, strictly: string | undefined, low: string, high: string, ends?: string) => {
    const isClosed = ends?.toLowerCase() === 'inclusive';
    if ((strictly === undefined && ends === undefined) || (strictly !== undefined && isClosed)) return said;
    return isClosed ? `[${low}, ${high}]` : `(${low}, ${high})`;
  });
}
