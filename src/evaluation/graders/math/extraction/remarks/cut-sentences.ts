/**
 * Replies that end in the middle of a sentence, as where the tokens ran out: `So she has 48 clips. We can see that 24 of`. The number
 * of a sentence that was not finished is no answer: it may have been on its way to another one. What was concluded before stands;
 * where nothing was, the reply has no answer, since any number of it would be right by chance only. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 400;
/** Words with which no sentence ends. */
const UNFINISHED =
  /\s(?:the|an?|and|or|but|of|to|(?<!(?:sq|cu|square|cubic|\d)\s)in|on|at|by|for|from|with|that|which|who|so|because|since|if|when|as|than|is|are|was|were|be|has|had|will|would|can|we|he|she|they|his|her|their|its|this|these|sold half|half of|divided|plus|minus|equals|then)[\s,]*$|\d\s?(?:\s[-−*]|[+/×÷])\s*$/i;
/** A finished sentence that comes to something. */
const CONCLUDES =
  /=\s*[*_$]*[-−]?[$€£]?\d|(?:^|[.!?\n]\s*|,\s)(?:so|thus|hence|therefore|then|finally|in total|altogether)\b[^.!?\n]*\d|\b(?:in total|in all|altogether)\b/i;
/** These say where the answer is, and are found by themselves. */
const MARKED = /\\f?boxed|#{4}|\banswers?\b|<\/?\w+>|[$\\]\(/i;

/** A reply without the sentence that was cut; empty where nothing was concluded before. */
export function withoutCutSentence(text: string): string {
  const end = text.trimEnd();
  if (!UNFINISHED.test(end.slice(-40)) || MARKED.test(text) || !/\d/.test(text)) return text;
  const start = lastSentenceStart(end, LONGEST);
  if (start === 0 || end.length - start >= LONGEST) return text;
  const before = end.slice(0, start).trimEnd();
  // One case after the other: `If k = 7 then we get 29. If k = 8 then`
  const isCase = [end.slice(start), before.slice(lastSentenceStart(before, LONGEST))].every((said) =>
    /^\W*if\b/i.test(said),
  );
  if (isCase) return '';
  return CONCLUDES.test(before) ? before : '';
}
