/** The antiderivative that a sentence without marked formulas ends with: `So the integral is x³/3 + C.` Linear in the length of the text. */

const FUNCTION = String.raw`(?:ln|log|sinh?|cosh?|tanh?|sec|csc|cot|exp|sqrt|arcsin|arccos|arctan)(?=\s?[(|²³^\d]|\s[a-z(|])`;
/** Letters alone, functions, numbers and signs; no word. */
const TERMS = String.raw`(?:${FUNCTION}|(?!${FUNCTION})\p{L}(?!\p{L}{2})|[\d.\s()|[\]{}^*/·×+−-]|[⁰¹²³⁴-⁹⁻√½⅓⅔¼¾⅕⅙⅛π])`;
const SUM = new RegExp(
  String.raw`(?:=|:|\b(?:is|equals?|gives?|get|gets|obtain|find|have|becomes|yields?|to be|as|at|by|to))\s(?:equal to\s)?(?<value>${TERMS}{1,160}\+\s?(?:C|c|K|k|const(?:ant|\.)?))(?:,?\s(?:where|with|for|in which)\s[^=\d]{1,80})?$`,
  'u',
);

/** The sum with its constant of integration; undefined for any other sentence. */
export function antiderivative(sentence: string): string | undefined {
  if (sentence.includes('\\') || !/\+\s?(?:[CcKk]|const)/.test(sentence)) return undefined;
  const value = SUM.exec(sentence)?.groups?.value?.trim();
  // `A + C` is a sum of two names.
  return value !== undefined && /[\d²³⁴-⁹½⅓¼(|^/]|\b(?:ln|log)\b/.test(value) && /[a-z]/.test(value.slice(0, -1))
    ? value
    : undefined;
}
