/**
 * The quotient and the remainder with which a reply ends, in one sentence or on lines of their own. Linear in the length of the text.
 */
const LONGEST = 300;
const NUMBER = String.raw`\d[\d,]*(?![\d.]*\d|\s?[/%])`;
const IS = String.raw`\s?(?:is|was|=|:|of|equals)\s?`;
const AND = String.raw`[\s,.;:]{1,4}(?:(?:and|with|while|the|an?|is|has|leaves|leaving|so|its)\s){0,4}`;
const QUOTIENT_FIRST = new RegExp(
  String.raw`\bquotient${IS}(?<quotient>${NUMBER})${AND}remainder(?:${IS}|\s)(?<remainder>${NUMBER})$`,
  'i',
);
const REMAINDER_FIRST = new RegExp(
  String.raw`\bremainder${IS}(?<remainder>${NUMBER})${AND}quotient(?:${IS}|\s)(?<quotient>${NUMBER})$`,
  'i',
);
/** `38 divided by 7 is 5 with a remainder of 3` */
const RESULT = new RegExp(
  String.raw`(?:^|\b(?:is|equals|gives|get|comes to|times)\s|=\s|:\s)(?<quotient>${NUMBER})(?:\stimes)?,?\s(?:r|(?:(?:with|and|leaving|leaves)\s)?(?:an?\s|the\s)?remainder(?:\sof|\sis|:|\s=)?)\s?(?<remainder>${NUMBER})$`,
  'i',
);
const DENIES = /\b(?:not|never|if|or|wrong|incorrect)\b|n['’]t\b|\?/i;

/** Both, as `5 R 3`; undefined for any other text. */
export function statedDivision(text: string): string | undefined {
  const end = text.slice(-LONGEST);
  if (!/\bremainder\b|\d\s?r\s?\d/i.test(end)) return undefined;
  const plain = end
    .replace(/\*\*|__|\$|\\[()]/g, '')
    .replace(/\n\s{0,3}(?:[-*•]\s|\d\.\s)?/g, '\n')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\s.!]+$/, '');
  const found = QUOTIENT_FIRST.exec(plain) ?? REMAINDER_FIRST.exec(plain) ?? RESULT.exec(plain);
  const { quotient, remainder } = found?.groups ?? {};
  if (found === null || quotient === undefined || remainder === undefined) return undefined;
  const sentence = /[^.!?]*$/.exec(plain.slice(0, found.index))?.[0] ?? '';
  return DENIES.test(sentence + found[0]) ? undefined : `${quotient} R ${remainder}`;
}

const EXACT =
  /(?:^|\n)\s{0,3}(?:[-*•]\s)?quotient\s?[:=]\s?(?<quotient>[^\n=:]{1,100})\n+\s{0,3}(?:[-*•]\s)?remainder\s?[:=]\s?\$?0\$?\.?\s*$/i;

/** The quotient on its own line in front of a remainder of 0. */
export function exactQuotient(text: string): string | undefined {
  const end = text.slice(-LONGEST);
  return /remainder/i.test(end) ? EXACT.exec(end.replace(/\*\*|__/g, ''))?.groups?.quotient?.trim() : undefined;
}
