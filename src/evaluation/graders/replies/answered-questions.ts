/**
 * Questions that a reply asks and answers itself at its end. What it denies is not its answer: `It is 8, right? No.` gives none, and
 * `It is 9. Could it be 8? No.` is 9. What it affirms is: `Is it 8? Yes.` A reply that is nothing but such a question and its answer says yes or no.
 */
import { ANY_BORDER, lastSentenceStart } from './sentences.js';

const TAIL = 1_000;
/** Questions that are left out, from the last one. */
const MAX_QUESTIONS = 8;

const HESITATION = String.raw`(?:(?:hm+|well|oh|ah|uh|um|wait|sorry|oops|actually)(?![\p{L}'’])[\s,.!…–—-]{1,4}){0,3}`;
const SUBJECT = '(?:it|that|this|(?:the|my) (?:answer|result))';
const REFUSES = String.raw`${SUBJECT}(?:(?:['’]s| is| was) (?:not|wrong|incorrect|false|a mistake)|(?: is|was)n['’]t| isn['’]t| can(?:not|['’]t) be)(?: (?:right|correct|true|it|so|quite right|[-−]?[$€£]?\d[\d.,/]{0,20}))?`;
const NO = '(?:no|nope|nah)(?: way| wait)?';
/** Nothing but a denial, up to the end of the text. */
const DENIAL = String.raw`${HESITATION}(?:${NO}(?:[\s,.;:!–—-]{1,4}(?:${REFUSES}|wait|sorry|not at all))?|wrong|incorrect|not (?:quite|really|at all|exactly|so|correct|right)|far from it|i (?:do not|don['’]t) (?:think|believe) (?:so|that)|${REFUSES})`;
const END = String.raw`[\s.!…*_"”]*$`;
const DENIED = new RegExp(String.raw`\?[\s*_)"”]{0,6}\s(${DENIAL})${END}`, 'iu');
/** `The answer is 8. No.`, also as `no wait`, but no item of a list: `2. No` */
const REFUSED = new RegExp(
  String.raw`(?<![\n(]\s{0,3}\w|^\s{0,3}\w)[.!…][ *_]{1,4}((?:${HESITATION}${NO})(?:[\s,.;:!–—-]{1,4}(?:wait|sorry))?)${END}`,
  'iu',
);
const AFFIRMED = new RegExp(
  String.raw`\?[\s*_)"”]{0,6}\s((?:yes|yep|yeah|correct|right|indeed|exactly)(?:[\s,]{1,3}it is)?)${END}`,
  'iu',
);

/** A question about what stands before it, alone or behind it: `right?`, `Is that correct?` */
const TAG = `(?:right|correct|yes|no|ok|okay|isn['’]t it|is it not|is it|aren['’]t they|don['’]t you think|(?:is|was) (?:that|this|it|(?:the|my) answer) (?:right|correct|true))`;
const TAG_ALONE = new RegExp(String.raw`^[\s"*_(]*${TAG}[\s"*_)]*$`, 'iu');
const TAGGED = new RegExp(String.raw`,\s{1,3}${TAG}[\s*_)]*$`, 'iu');
const THE_ANSWER =
  '(?:it|that|this|they|there|(?:the|my) (?:(?:correct|right|final) )?(?:answer|result|total|option|choice))';
const ASKS = String.raw`^\s*(?:so,?\s{1,3})?(?:${THE_ANSWER}(?:['’]s| is| are)\s|(?:is|was|are|could|would|can|must|should) ${THE_ANSWER}(?: be)?\s)?[*_"]{0,3}`;
/** A question whether the answer is this value. */
const IS_IT = new RegExp(
  String.raw`${ASKS}(\$[^$\n]{1,60}\$|\\\([^\n]{1,60}?\\\)|\\boxed\{[^\n]{1,60}\}|[-−]?[$€£]?\d(?:[\d.,:/]{0,20}\d)?%?(?:\s[a-z]+){0,2})[*_"]{0,3}\s*$`,
  'iu',
);
/** As above of an option: a small letter is one in brackets or behind its word alone. */
const IS_LETTER = new RegExp(
  String.raw`${ASKS}((?:(?:option|choice)\s)?\(?[A-Z]\)?)[*_"]{0,3}(?:\s(?:right|correct))?\s*$`,
  'iu',
);

/** Where the sentence begins that ends at a position. */
const sentenceStart = (text: string, end: number): number =>
  lastSentenceStart(text.slice(0, end).replace(/[\s.!?…*_"”]+$/, ''), TAIL, ANY_BORDER);

/**
 * A text without the questions at its end that it denies, `No` where nothing else is left; with `statements`, also without one with a
 * number that is followed by nothing but a denial: `The answer is 8. No.`
 */
export function withoutDenied(source: string, { statements = false } = {}): string {
  // Cheap: nearly all replies end otherwise.
  if (!/[\p{L}'’][\s.!…*_"”\d]*$/u.test(source.slice(-40)) || !/[?.!…]\s/.test(source.slice(-TAIL))) return source;
  let text = source;
  for (let left = MAX_QUESTIONS; left > 0; left--) {
    const from = Math.max(0, text.length - TAIL);
    const tail = text.slice(from);
    const asked = DENIED.exec(tail);
    const found = asked ?? (statements && text === source ? REFUSED.exec(tail) : null);
    if (found === null) break;
    const end = from + found.index;
    let start = sentenceStart(text, end);
    const sentence = text.slice(start, end);
    // `There are none left. No.`
    if (asked === null && !/\d/.test(sentence)) break;
    if (asked !== null && TAG_ALONE.test(sentence)) start = sentenceStart(text, start);
    text = text.slice(0, start);
  }
  return text === source || /[\p{L}\p{N}]/u.test(text) ? text : 'No';
}

/** `It isn't 8, is it?` in front of `Yes, it is 8.` */
const DOUBTED =
  /[^.!?\n]{0,200}(?:n['’]t|\bnot)\b[^.!?\n]{0,100},\s(?:is|are|was|were|does|do|did|can|could|will|would|has|have) (?:it|that|this|they|there)\?\s+(?=(?:yes|yeah|yep)\b[^?\n]{0,100}$)/iu;

/**
 * A text with the question at its end that it affirms as a statement: `It is 8.` With `letters` the questions are about the letters of
 * options, and others stay.
 */
export function withAffirmed(source: string, { letters = false } = {}): string {
  const near = source.slice(-TAIL);
  const text = near.includes('?') ? source.slice(0, source.length - near.length) + near.replace(DOUBTED, '') : source;
  const from = Math.max(0, text.length - TAIL);
  const affirmed = AFFIRMED.exec(text.slice(from));
  if (affirmed === null) return text;
  const end = from + affirmed.index;
  const start = sentenceStart(text, end);
  const sentence = text.slice(start, end);
  const before = text.slice(0, start);
  if (TAG_ALONE.test(sentence)) return before;
  const value = (letters ? IS_LETTER : IS_IT).exec(sentence)?.[1];
  if (value !== undefined) return `${before}It is ${value}.`;
  if (letters) return text;
  const isWhole = !/[\p{L}\p{N}]/u.test(before) && !TAGGED.test(sentence);
  return isWhole ? 'Yes' : text;
}
