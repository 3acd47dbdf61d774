/**
 * Replies that do not come to an answer: their box was cut (`\boxed{12`), they end with what they are about to do (`Suppose n = 17.`), they
 * leave the answer open (`It's 385 or 384, depending on ...`), or only tell what it is not. Linear in the length of the text.
 */
import { boxesIn } from '../../../../../text/boxed.js';
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;

/** Where a number may go on. */
const MAY_GO_ON = /[\w\\{=+*/^-]\s*$/;

/** A reply up to a box at its very end that was cut; empty where it stated nothing in another box before. */
function withoutCutBox(text: string): string {
  if (!text.slice(-LONGEST).includes('box') || !MAY_GO_ON.test(text.slice(-20))) return text;
  const boxes = boxesIn(text);
  const last = boxes.at(-1);
  if (last === undefined || last.closed || last.end < text.trimEnd().length) return text;
  const before = text.slice(0, last.start);
  // A reply that is nothing but its box only lacks the brace.
  if (!/[\p{L}\d]/u.test(before)) return text;
  return boxes.length > 1 ? before : '';
}

const LEADS = String.raw`^[*_\s]*(?:(?:first|now|next|so|ok(?:ay)?|well|then|hmm+|also|finally),?\s)?`;
/** A case that is looked at. */
const SUPPOSES = new RegExp(
  String.raw`${LEADS}(?:(?:let me|let['’]s|let us|we (?:can|could)|i(?:['’]ll| will))\s(?:now |first |then |next )?(?:consider|try|suppose|assume|take|look at|start with|test|examine)|suppose|assume|consider)\s(?:that\s|if\s)?(?:the (?:(?:special |first |simplest )?case|example|value)(?:\s(?:of|where|when|in which|with))?\s)?(?:[^.!?=\d:]{0,30}\s)?\$?[a-z]\s?=\s?-?\d[\d,]*\$?(?:\sfirst)?\s?[.!:…]*$`,
  'iu',
);
/** `Step 3: now compute 4 × 6` */
const NEXT_STEP =
  /^[*_#\s]*step\s\d{1,2}\s?[:.–—-]\s?[*_]{0,2}(?:(?:now|next|then|finally),?\s)?(?:compute|calculate|find|work out|evaluate|multiply|add|subtract|divide)\s[^=.!?:\n]{1,80}\s?[.!:…]*$/iu;
/** A calculation that is announced; with its result it would be done. */
const ANNOUNCES = new RegExp(
  String.raw`${LEADS}(?:let me|let['’]s|let us|we (?:need to|have to|must|should)|i(?:['’]ll| will| need to| have to))\s(?:now |first |then |next |start by |begin by |try to )*(?:comput(?:e|ing)|calculat(?:e|ing)|find(?:ing)?|work(?:ing)? out|evaluat(?:e|ing)|multiply(?:ing)?|add(?:ing)?|subtract(?:ing)?|divid(?:e|ing))\s(?![^\n]*,\s(?:so|and|which|thus|hence|therefore|giving)\b)[^=.!?:\n]{1,80}\s?[.!:…]*$`,
  'iu',
);

const VALUE = String.raw`[*_$]{0,3}[-−]?[$€£]?\d(?:[\d.,/]*\d)?[*_$]{0,3}`;
/** `385 or 384, depending on whether the empty set counts` */
const OPEN = new RegExp(
  String.raw`${VALUE}(?:\s[a-z]+)?,?\sor\s(?:maybe\s|possibly\s|perhaps\s)?${VALUE}(?:\s[a-z]+)?,?\s\(?(?:depending (?:on|upon)|it depends)\b[^.!?\n]*[.!]?\s*$`,
  'iu',
);
/** `I was unable to find the answer, but I verified that n = 4 doesn't work.` */
const GAVE_UP =
  /\bi (?:was|am) (?:unable|not able) to (?:find|determine|compute|solve|get|complete|work out)\b[^.!?\n]*\b(?:does|do|is|was|did)(?:n['’]t| not) (?:work|satisfy|hold|possible|valid|a solution|the answer)\b[^.!?\n]*[.!]?\s*$/i;

/** A reply without what it does not come to at its end; empty where it is nothing else. */
export function withoutUnsettled(source: string): string {
  let text = withoutCutBox(source);
  for (let left = 2; left > 0; left--) {
    const end = text.trimEnd();
    const start = lastSentenceStart(end, LONGEST);
    const sentence = end.slice(start);
    if (sentence.length >= LONGEST || !/\d/.test(sentence)) return text;
    if (OPEN.test(sentence) || GAVE_UP.test(sentence)) return '';
    if (
      !SUPPOSES.test(sentence) &&
      !NEXT_STEP.test(sentence) &&
      !(ANNOUNCES.test(sentence) && /\d\D+\d/.test(sentence))
    )
      return text;
    text = end.slice(0, start).trimEnd();
  }
  return text;
}
