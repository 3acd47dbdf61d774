/** Counts that a last sentence bounds: `He can afford at most 4 tickets.` Linear in the length of the text. */
import { lastPlainSentence } from './final-forms.js';

const BOUND =
  /\b(?:can|could|must|will|should|needs?|needed|requires?|have to|has to|had to|affords?|buys?|takes?|there (?:are|is|must be|can be|will be))(?:\s(?:\p{L}+\s){0,3}?)(?:at (?:least|most)|a (?:maximum|minimum) of|up to)\s(?<count>\d[\d,]*)\s(?!(?:and|or|to|times|percent|degrees)\b)\p{L}{3,}/iu;
/** `He can afford at most 4 tickets` */
function boundOfCount(sentence: string): string | undefined {
  return /[<>≤≥]|\\[lg]eq?/.test(sentence) ? undefined : BOUND.exec(sentence)?.groups?.count;
}

/** The number of a count that the last sentence bounds; undefined for any other text. */
export function boundedCount(text: string): string | undefined {
  const sentence = lastPlainSentence(text);
  return sentence === undefined ? undefined : boundOfCount(sentence);
}
