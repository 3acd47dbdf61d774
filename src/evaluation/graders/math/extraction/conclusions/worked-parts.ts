/**
 * Of several values in a last sentence, the one that the working in front of it came to: `(6 - 2) * 180 / 6 = 120. So each interior angle is
 * 120°, and each exterior angle is 60°.` Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { amountOf } from '../values/counted-values.js';
import { partsOfSentence } from './several-values.js';

const LONGEST = 300;
const TAIL = 2_000;
/** The last side of a calculation with numbers. */
const RESULT =
  /\d[\d.,)\s]{0,40}[-−+*/×·÷^]\s?[^=\n\p{L}]{0,80}=\s?(?:[^=\n\p{L}]{0,80}=\s?)?(?<result>[-−]?[$€£]?\d(?:[\d.,]*\d)?)(?!\s?[-−+*/×·÷^=\d]|[.,]\d)/gu;

/** The value; undefined where the working came to none of them, or to the others as well. */
export function workedPart(text: string): string | undefined {
  if (!text.includes('=')) return undefined;
  const start = lastSentenceStart(text, LONGEST);
  const before = text.slice(Math.max(0, start - TAIL), start);
  if (!before.includes('=')) return undefined;
  // Most last sentences are no list of values, which costs less to see than what was worked out.
  const parts = partsOfSentence(text);
  if (parts === undefined || parts.length < 2) return undefined;
  const results = [...before.matchAll(RESULT)].map(({ groups }) => groups?.result);
  const result = results.at(-1);
  if (result === undefined) return undefined;
  const [part, ...more] = parts.filter((found) => amountOf(found.text) === amountOf(result));
  if (part === undefined || more.length > 0) return undefined;
  const worked = new Set(results.map(amountOf));
  return parts.every((other) => other === part || !worked.has(amountOf(other.text))) ? part.text : undefined;
}
