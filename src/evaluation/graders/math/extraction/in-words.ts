/** Amounts in words that a sentence says: `It takes half an hour.`, `So she has a dozen.` */
import { readPhrase } from '../reading/phrases.js';

const MAX_SENTENCE = 200;
const VERB =
  /\b(?:is|are|was|were|be|has|have|had|gets?|got|gives?|gave|leaves?|makes?|made|needs?|costs?|takes?|took|lasts?|weighs?|equals?|buys?|bought|sells?|sold|eats?|ate|earns?|earned|pays?|paid|total of|at|by|until)\s+(?:exactly |only |just |now |about |approximately |still |left with )*/gi;
/** Denials, bounds and alternatives, whose number is not the one that is said. */
const OTHERWISE =
  /\b(?:not|never|no|nor|neither|if|unless|when|than|least|most|or|either|maybe|perhaps)\b|n['’]t\b|\?/i;
export const NUMBER_WORD =
  '(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million)';
const NUMBER = new RegExp(
  String.raw`\b(?:${NUMBER_WORD}|dozen|half|halves|thirds?|quarters?|noon|midday|midnight)\b`,
  'i',
);
const CONCLUDES = /^\W*(?:so|thus|hence|therefore|then|finally|in total|in all|altogether)\b/i;

/** The amount that the last sentence says, where no digits say another; undefined for any other text. */
export function amountInSentence(text: string): string | undefined {
  const tail = text.slice(-2 * MAX_SENTENCE);
  if (!NUMBER.test(tail)) return undefined;
  const last = tail.split(/(?<=[.!?])\s+(?=[A-Z])|\n+/).findLast((sentence) => /\w/.test(sentence));
  const sentence = last?.trim().replace(/[.!\s]+$/, '') ?? '';
  if (sentence.length > MAX_SENTENCE || /\d/.test(sentence) || OTHERWISE.test(sentence)) return undefined;
  if (/\d/.test(text) && !CONCLUDES.test(sentence)) return undefined;
  const first = sentence.search(NUMBER);
  if (first < 0) return undefined;
  for (const verb of [...sentence.matchAll(VERB)].reverse()) {
    const said = sentence.slice(verb.index + verb[0].length);
    // Another number in front of the verb may be the result as well.
    if (first < verb.index) continue;
    const reading = readPhrase(said);
    if (reading?.kind === 'number' || reading?.kind === 'quantity' || /^(?:noon|midday|midnight)$/i.test(said))
      return said;
  }
  return undefined;
}
