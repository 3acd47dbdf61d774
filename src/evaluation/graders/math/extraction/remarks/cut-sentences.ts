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
/**
 * With these no sentence ends at all, while others end short replies without a full stop: `12 people came in`, `12 is what it comes to`,
 * `The current is 12 A`.
 */
const SURELY_UNFINISHED =
  /\s(?:[Tt]he|a|an|and|or|but|of|than|because|his|her|their|its|my|our|your|divided|plus|minus|equals)[\s,]*$|\d\s?(?:\s[-−*]|[+/×÷])\s*$|,$/;
/** A finished sentence that comes to something. */
const CONCLUDES =
  /=\s*[*_$]*[-−]?[$€£]?\d|(?:^|[.!?\n]\s*|,\s)(?:so|thus|hence|therefore|then|finally|in total|altogether)\b[^.!?\n]*\d|\b(?:in total|in all|altogether)\b/i;
/** These say where the answer is, and are found by themselves. */
const MARKED = /\\f?boxed|#{4}|\banswers?\b|<\/?\w+>|[$\\]\(/i;

/** A clause that was left open with a comma. */
const OPEN_COMMA = /\p{L}{2,}\s[^,\n]*\d[^,\n=]*,\s*$/u;
/** The next step of a calculation, for which the result before it is only on the way. */
const NEXT_STEP =
  /^\W*(?:(?:next|then|now|after that|step|subtract|add|multiply|divide|we (?:then|now|need|must|have to))\b|\d[\d\s.,()$€£+*/×÷·−-]*$)/i;
/** More than a result on the way. */
const IS_FINAL =
  /(?:^|[.!?\n]\s*|,\s)(?:so|thus|hence|therefore|finally|in total|altogether)\b[^.!?\n]*\d|\b(?:in total|in all|altogether)\b/i;
/** A finished main clause with a value, and behind it one that was cut: `So she has 48, which is` */
const MAIN_CLAUSE =
  /^(?<main>.*\d[^,]*?)(?:,\s(?:and |but )?(?:which|because|since|as|where|so)\b|\s(?:because|since)\b)[^,\d]*$/is;
const FORMULA = /[\\{^_]|\$\D/;
const SEVERAL_WORDS = /\p{L}{2,}\P{L}(?:.*\P{L})?\p{L}{2,}/su;
const VALUE_ALONE = /^[\s*_$]*[-−]?[$€£]?\d[\d.,/]*%?(?:\s[a-z]+){0,2}[*_$]*$/i;

/** What a sentence that was cut says all the same; empty where it comes to nothing. */
function saidInMainClause(sentence: string): string {
  const main = MAIN_CLAUSE.exec(sentence)?.groups?.main ?? '';
  return VALUE_ALONE.test(main) || IS_FINAL.test(main) ? main : '';
}

/** A reply without the sentence that was cut; empty where nothing was concluded before. */
export function withoutCutSentence(text: string): string {
  const end = text.trimEnd();
  const near = end.slice(-40);
  if (!UNFINISHED.test(near) && !near.endsWith(',')) return text;
  if (MARKED.test(text) || !/\d/.test(text)) return text;
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST) return text;
  if (near.endsWith(',') && (!OPEN_COMMA.test(sentence) || IS_FINAL.test(sentence))) return text;
  // Formulas may end with an operator or a letter, and amounts with a unit.
  if (start === 0) {
    const isText = FORMULA.test(sentence) || !SEVERAL_WORDS.test(sentence) || !SURELY_UNFINISHED.test(near);
    return isText ? text : saidInMainClause(sentence);
  }
  const before = end.slice(0, start).trimEnd();
  // One case after the other: `If k = 7 then we get 29. If k = 8 then`
  const isCase = [sentence, before.slice(lastSentenceStart(before, LONGEST))].every((said) => /^\W*if\b/i.test(said));
  if (isCase) return '';
  return (NEXT_STEP.test(sentence) ? IS_FINAL : CONCLUDES).test(before) ? before : '';
}
