/**
 * The roots of one equation, which a last sentence names behind it: `x² = 9 has two solutions: x = 3 and x = −3.`, `…, giving λ₁ = 5 and λ₂ =
 * −1.` All of them are the answer. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;
const NAME = String.raw`\p{L}(?:_?\{?\d\}?|[₀-₉])?`;
const VALUE = String.raw`[-−]?(?:\d(?:[\d.,/]*\d)?(?:√\(?\d{1,9}\)?)?|√\(?\d{1,9}\)?)(?:/\d{1,9})?`;
const ROOT = String.raw`${NAME}\s?=\s?${VALUE}`;
const ROOTS = new RegExp(
  String.raw`(?<![\p{L}\p{N}_]|[=+*/^)\d−-]\s?)${ROOT}(?:(?:,?\s(?:and|or|und|oder|et|ou|y|e|o)\s|,\s)${ROOT}){1,7}(?=\s?[.!]?$)`,
  'u',
);
const EACH = new RegExp(`(?<name>${NAME})\\s?=\\s?(?<value>${VALUE})`, 'gu');
/** What announces them, at the end of what stands in front. */
const ANNOUNCED =
  /(?:\b(?:solutions?|roots?|zeros?|zeroes|eigenvalues?)\b[^=.;\n]{0,20}[:,]?|\b(?:giving|gives?|yields?|yielding|implies|implying|means|so|thus|hence|therefore|get|have|obtain|find)(?: that)?,?|\b(?:so|solutions|roots)\s(?:are|is)|[⇒→∴]|=>)\s?$/iu;
/** The equations then say when something else is so, or are none of its roots. */
const GIVEN =
  /\b(?:not|never|no|without|except|only|if|when|where|at|let|given|suppose|evaluat\w+|substitut\w+|plug\w*|check\w*|reject\w*|sum|product|difference|larger|largest|smaller|smallest|positive|negative)\b|n['’]t\b|\?/i;

/** The roots, as a list; undefined for any other text. */
export function namedRoots(text: string): string | undefined {
  const near = text.slice(-LONGEST);
  if (!/=[^=]*(?:,|\s(?:and|or|und|oder|et|ou|y|e|o)\s)[^=]*=/.test(near) || near.includes('\\')) return undefined;
  const sentence = text.slice(lastSentenceStart(text, LONGEST)).replace(/\*\*/g, '').trim();
  const found = sentence.length < LONGEST ? ROOTS.exec(sentence) : null;
  if (found === null) return undefined;
  const before = sentence.slice(0, found.index);
  if (!before.includes('=') || !ANNOUNCED.test(before) || GIVEN.test(before)) return undefined;
  const roots = [...found[0].matchAll(EACH)].map(({ groups }) => groups ?? {});
  const names = roots.map(({ name = '' }) => name);
  // One letter for all, each time as it is or with an index of its own.
  const areOfOne = new Set(names.map((name) => name.slice(0, 1))).size === 1;
  const kinds = new Set(names).size;
  return areOfOne && (kinds === 1 || kinds === names.length) ? roots.map(({ value }) => value).join(', ') : undefined;
}
