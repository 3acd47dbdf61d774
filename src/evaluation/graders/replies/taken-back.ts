/**
 * Answers that a reply calls wrong: `The answer is 9. That is not right.`, `\boxed{4} is wrong; it is 5.` What is said of another value
 * (`The answer is 9. Some say 8. That is wrong.`) takes nothing back. Linear in the length of the text.
 */
import { boxesIn } from '../../../text/boxed.js';
import { CALLED_WRONG, DISREGARD, OF_ANSWER, RIGHT, SURELY, WITHDRAWN } from './retraction-words.js';
import { lastSentenceStart } from './sentences.js';

const TAIL = 10_000;
const LONGEST_SENTENCE = 300;
/** What is looked at, from the last one. */
const MAX_JUDGEMENTS = 16;
const MAX_BOXES = 32;

/** What is said of an answer that is not one. */
const IS_WRONG = `(?:${CALLED_WRONG}|(?:does not|doesn['’]t|makes no|cannot|can['’]t) (?:make )?(?:any )?sense)`;
const REASON = String.raw`(?:,? (?:because|since|as|for)\b[^.!?;\n]{0,200})?`;
const ENDS = String.raw`${REASON}(?:\s?[.!;:]+(?=\s|$)|\s?[—–](?=\s)|\s-(?=\s)|,(?=\s(?:so|it|the|but|and|i)\b)|\s?$|\s?\n)`;
const TOO_MANY =
  "but (?:that|this|it)(?:[’']s| is| was) (?:(?:far|way|much|one) )?too (?:many|few|much|little|large|small|big|high|low)";
/** A verdict alone at the end. */
const VERDICT = String.raw`(?<=[.!…][*_]{0,2}\s{1,3}|\n\s{0,3})(?:wrong|incorrect|not (?:quite )?(?:right|correct))[\s.!…]{0,4}$`;
/** A sentence of its own about the answer before, or a clause behind it. */
const JUDGED = new RegExp(
  String.raw`(?<=[.!…*)\]}$>][*_]{0,2}\s{1,3}|\n\s{0,3})(?:(?:but|however|no|nope|wait|hm+|oh|oops|sorry|actually|hold on|please|edit|update|correction|on (?:reflection|second thoughts?))[,.!…:*_]{0,3}\s{1,3}){0,4}(?:${OF_ANSWER}\s?${IS_WRONG}|${TOO_MANY}|${DISREGARD})${ENDS}|,?\s{1,3}(?:and\s)?so,?\s{1,3}${WITHDRAWN}${ENDS}|${VERDICT}|(?<=[\p{L}\d}$*)\]]),?\s{1,3}(?:but|which|although|though|however,?)\s{1,3}(?:${OF_ANSWER}\s?)?${IS_WRONG}${ENDS}`,
  'giu',
);
/** What each pattern below has one of. Those are long, and to compile them takes longer than to grade a plain reply with all others. */
const MAY_JUDGE =
  /\b(?:wrong|incorrect|false|mistake|mistaken|misconception|trap|pitfall|error|sense|too|not|cannot|never|neither|ignore|strike|disregard|forget|scrap|scratch|cancel|take|withdraw|retract|never ?mind)\b|n['’]t\b/i;

/** A sentence that gives the writer's answer. */
const ANSWERS =
  /\banswer\b|\\f?boxed|#{4}|<\/answer>|^\W*(?:(?:so|thus|hence|therefore),?\s)?(?:(?:i|we) (?:get|got|find|found|have|had|say|said|think)|(?:it|that|this)(?:['’]s| is| was| must be)|there (?:is|are))\b/i;
/** Nothing but a value: `9`, `9 apples`, `C`. */
const VALUE_ALONE =
  /^[\s*_$("']*(?:[Ss]o,? )?(?:[A-Za-z]\s?=\s?)?(?:[-−]?[$€£]?\d[\d.,/]*%?(?:\s[a-z]+){0,2}|\(?[A-Z])[\s*_$).!"']*$/;
/** Suppositions, the answers of others, and denials, which such a judgement goes on with. */
const NOT_OWN =
  /\b(?:suppose|assume|assuming|if|unless|try|let|imagine|say|says|might|may|would|could|some|someone|many|people|they|another|others?|option|choice|not|no|false|wrong|incorrect|never)\b(?!['’])|n['’]t\b|\?/i;
const OWN = /^\W*(?:so,?\s)?(?:i|we) say\b/i;

/** Whose answer is not the writer's: `Many think the answer is 8.` */
const ATTRIBUTED =
  /(?<![\p{L}'’])(?!(?:i|we|you|would|might|may|could|first|originally|initially|also|just|now|then|had|have|to|can)\s)\p{L}+\s(?:thinks?|thought|says?|said|claims?|claimed|believes?|guess(?:es|ed)?|argues?)\b|\b(?:you|one|some|many|people|they) (?:may|might|could|would) (?:think|say|guess|believe)\b|\b(?:common|tempting|tempted)\b/iu;

/** The sentence at the end of a text. */
const lastSentence = (text: string): string => text.slice(lastSentenceStart(text, LONGEST_SENTENCE)).trimEnd();

const IS_DISREGARDED = new RegExp(DISREGARD, 'iu');
const IS_WITHDRAWN = new RegExp(WITHDRAWN, 'iu');

/** Whether what stands before a judgement ends with the answer that it judges. */
function isOwnAnswer(before: string, judgement: string): boolean {
  if (IS_WITHDRAWN.test(judgement)) return true;
  const sentence = lastSentence(before);
  if (ATTRIBUTED.test(sentence) || (NOT_OWN.test(sentence) && !OWN.test(sentence))) return false;
  if (/\banswer\b|\\f?boxed|#{4}|<\/answer>/i.test(sentence)) return true;
  // Where an answer is stated, other sentences are about something else.
  if (/\banswer\b|\\f?boxed|#{4}/i.test(before.slice(-TAIL))) return false;
  if (IS_DISREGARDED.test(judgement)) return true;
  return (/\d/.test(sentence) && ANSWERS.test(sentence)) || (VALUE_ALONE.test(sentence) && /\s/.test(judgement.trim()));
}

const BOX_IS_WRONG = new RegExp(String.raw`^[\s$*_)\]\\]{0,6}\s${IS_WRONG}${ENDS}`, 'iu');
/** The words in front of a box that the judgement takes with it. */
const BEFORE_BOX =
  /(?:(?:so|but|and|now|hence|thus|i think|i see),?\s{1,3})?(?:(?:that )?(?:the|my|this) (?:[a-z]+ )?(?:answer|result|value)(?: of| was| is)?:?)?[\s$*_([\\]{0,8}$/i;
/** `Some would write \boxed{20}, which is wrong.` */
const BOX_IS_SAID_WRONG = new RegExp(
  String.raw`^[\s$*_)\]\\]{0,6},?\s(?:but |which )(?:that |this |it )?${IS_WRONG}${ENDS}`,
  'iu',
);
const UNSURE =
  /\b(?:if|whether|not|may|might|some|someone|people|nobody|could|why)\b[^.!?;\n]{0,40}$|n['’]t\b[^.!?;\n]{0,40}$/i;
const BOX_DOUBTED =
  /(?:\bi )?\b(?:do not|don['’]t|cannot|can['’]t) (?:really )?(?:think|believe)(?: that)?[\s$*_(]{1,5}$/i;
const BOX_IS_RIGHT = new RegExp(String.raw`^[\s$*_)\]\\]{0,6}\s(?:is|was) ${SURELY}${RIGHT}${ENDS}`, 'iu');
const BOX_DENIED =
  /(?:\b(?:not|never|neither)|n['’]t(?: be)?|\b(?:cannot|can not|could not) be)(?:\s(?:equal to|simply|just))?\s[\s$*_(]{0,5}$/i;

/** A text without the boxes that it calls wrong, and with those that it denies as values: `not \boxed{9}` is `not 9`. */
function withoutWrongBoxes(source: string): string {
  let text = source;
  for (const box of boxesIn(source).slice(-MAX_BOXES).reverse()) {
    if (!box.closed) continue;
    const before = text.slice(0, box.start);
    const near = before.slice(-80);
    const behind = text.slice(box.end);
    const doubt = BOX_DOUBTED.exec(near)?.[0];
    const judged = (doubt === undefined ? BOX_IS_WRONG : BOX_IS_RIGHT).exec(behind.slice(0, LONGEST_SENTENCE));
    const said = BOX_IS_SAID_WRONG.exec(behind.slice(0, LONGEST_SENTENCE));
    const wrong = said ?? (doubt !== undefined || !UNSURE.test(near) ? judged : null);
    if (wrong !== null) {
      const start = before.length - (doubt ?? BEFORE_BOX.exec(near)?.[0] ?? '').length;
      text = `${text.slice(0, start)} ${behind.slice(wrong[0].length).trimStart()}`;
    } else if (BOX_DENIED.test(near) && !/\bif not\s/i.test(near.slice(-12))) {
      text = `${before}${box.content}${behind}`;
    }
  }
  return text;
}

const VALUE = String.raw`[*_"$(]{0,3}(?:[-−]?[$€£]?\d(?:[\d.,/]*\d)?%?|[A-Z](?![\p{L}'’]))[*_"$)]{0,3}`;
/** `My answer of 9 was incorrect; it is 8.`, `The wrong answer is 9.` */
const ANSWER_IS_WRONG = new RegExp(
  String.raw`(?<=^|[.!?;\n]\s{0,3})(?:(?:so|but|then),?\s)?(?:(?:the|my|this|that) (?:(?:final|first) )?(?:answer|result)(?: of)?,?\s${VALUE},?\s${IS_WRONG}${ENDS}|(?:the|a|my|one) (?:wrong|incorrect) (?:answer|result) (?:is|was|would be)\s${VALUE}(?:\s?[.!;,]+(?=\s|$)|\s?$))`,
  'giu',
);
/** `A common wrong answer is 20.`, `A common mistake is to answer \boxed{20}.`, `Incorrect answer: 20.` */
const MISTAKE =
  /(?<=^|[.!?;\n]\s{0,3})[*_]{0,2}(?:(?:a|the|one|another|my)\s)?(?:(?:very )?(?:common|typical|frequent|popular|tempting|usual)\s(?:mistake|error|misconception|trap|pitfall)|(?:(?:very )?(?:common|typical|frequent|popular|tempting|usual)\s(?:but )?)?(?:wrong|incorrect) (?:answer|result|guess))[*_]{0,2}\s?(?::|is|was|would be)(?![\p{L}'’])(?:(?!\b(?:right|correct|but|not|instead|should|answer is|so|it is|because|since)\b)(?:[^.;!?\n]|\.(?=\d))){1,150}(?:[.;!]\s{0,3}|$)/giu;
/** `8 + 6 = 14, so 12 is wrong.`: what is said before stands. */
const SO_WRONG = new RegExp(
  String.raw`(?<=\d),?\s(?:and )?(?:so|thus|hence|therefore|which means|meaning)(?: that)?,?\s(?:the (?:answer|value|result) )?${VALUE}\s${IS_WRONG}[\s.!]*$`,
  'iu',
);
/** A statement that is nothing but the answer that it calls wrong. */
const WRONG_ANSWER_NAMED = new RegExp(
  String.raw`(?<=^|[.!?;\n]\s{0,3})(?:the|my|this|that) (?:answer|result) (?:is|was) (?:wrong|incorrect)\s?[:,—–-]\s{0,3}${VALUE}[\s.!]*$`,
  'iu',
);
/** A reply that is nothing but a value that it denies; `9 is false` may answer another question. */
const NOTHING_BUT_WRONG = new RegExp(
  String.raw`^\s*${VALUE}\s(?:(?:is|was) ${SURELY}(?:not (?:right|correct|the (?:right |correct )?answer)|the wrong answer)|(?:is|was)n['’]t (?:right|correct|the (?:right |correct )?answer))[.!]?\s*$`,
  'iu',
);

const STANDS =
  /^(?![^.!?]*\b(?:which|whether|what|if|not)\b)[^.!?]*\b(?:is|was)\s(?:indeed |in fact |actually |still )?(?:right|correct)\b/i;

/**
 * What a reply says behind the last answer of its own that it calls wrong, empty where that is nothing; else the text itself. Answers of
 * others that it calls wrong are left out: `Many think it is 8. That is wrong. It is 9.`
 */
export function withoutTakenBack(source: string): string {
  if (!MAY_JUDGE.test(source.slice(-TAIL))) return source;
  if (source.length < LONGEST_SENTENCE && NOTHING_BUT_WRONG.test(source)) return '';
  const plain = source.includes('box') ? withoutWrongBoxes(source) : source;
  const end = [ANSWER_IS_WRONG, MISTAKE, SO_WRONG, WRONG_ANSWER_NAMED].reduce(
    (rest, pattern) => rest.replace(pattern, ' '),
    plain.slice(-TAIL),
  );
  let text = plain.slice(0, -TAIL) + end;
  const from = Math.max(0, text.length - TAIL);
  for (const { index, 0: judgement } of [...text.slice(from).matchAll(JUDGED)].slice(-MAX_JUDGEMENTS).reverse()) {
    const before = text.slice(0, from + index);
    const rest = text.slice(before.length + judgement.length).replace(/^[\s.!;:,—–-]+/, '');
    // `That is wrong, you may say, but it is right.`
    if (STANDS.test(rest) && !/\d/.test(rest)) continue;
    if (isOwnAnswer(before, judgement)) return rest;
    const sentence = lastSentence(before);
    if (ATTRIBUTED.test(sentence)) text = `${before.trimEnd().slice(0, -sentence.length)}${rest}`;
  }
  return text;
}
