/**
 * The grader for multiple choice: a letter that is stated as the answer, never one that merely occurs in a sentence.
 */
import { boxesIn } from '../../../text/boxed.js';
import { withoutCutTag } from '../../../text/cut-tags.js';
import { withAffirmed, withoutDenied } from '../replies/answered-questions.js';
import { asksBack } from '../replies/giving-up.js';
import { withoutNextTurn } from '../replies/next-turns.js';
import { withoutTakenBack } from '../replies/taken-back.js';
import { withoutThoughts } from '../replies/thoughts.js';
import { type Grade, type Grader, noReference } from '../verdict.js';
import { LETTERS } from '../weighing/lexicon.js';
import { weighed } from '../weighing/weighing.js';
import { corrections } from './corrections.js';
import { judgedOption } from './judged-options.js';
import { letterAlone, withoutCutOption } from './option-alone.js';
import { claimedOption, onlyTrueOption, pointedOption, preferredOption } from './option-claims.js';
import { type Found, givenLetter, inFront, letterAt } from './option-letters.js';
import { reasonedOption } from './reasoned-options.js';
import { GOES_ON, NOT_OWN_OPINION, OPINION, OPINION_ON, SAYS_OF_IT, STATEMENT } from './statement-words.js';

const TAIL = 60_000;

/** `option B is correct`, `(B) is the right one`, `B is the correct answer`. */
const SAID_OF_LETTER =
  /(?<![\p{L}\p{N}'’])(?:(option|choice|answer)\s+)?[*_"'`$({[]{0,8}([A-Z])[)\]}*_"'`$.:]{0,8}(?:\s*[(（][^()（）\n]{0,80}[)）])?[,\s]+(?:(?:is|must be|would be|should be)\s+(?:(?:therefore|thus|clearly|indeed|definitely|the|our|my|final|most|likely|probably|only|one|that)\s+)*(?:correct|right|best|answer|choice|pick|guess|vote)\b|(matches|fits|works)\b)/giu;
/** What makes that a case of its own: `Option B is correct for 4 boxes`, `Option B is the answer you get without the tip`. */
const CASE = String.raw`(?:\s+(?:one|answer|choice|option))?,?\s+(?:if|for|when|had|unless|in|only|you|we|to an?(?:other)?)\b`;
const QUALIFIED = new RegExp(`^${CASE}`, 'i');
const RIGHT_IN_CASE = new RegExp(String.raw`\b(?:correct|right|answer|choice|matches|fits|works)${CASE}`, 'i');
/** `If the tax were included, the answer would be B.` */
const SUPPOSED = /\b(?:if|without|had|were)\b[^.!?\n]*$/i;
/** The answer, in front of what is said about other options: `A. Option B is ...`, `It's A. Option B is ...` */
const GIVEN_FIRST =
  /^\s*(?:(?:[Ii]t|[Tt]hat|[Tt]his)(?:['’]s|\sis)\s(?:(?:option|choice)\s)?)?[*_(]*[A-H](?:[).*_:]|\s*\n)/;
/** Options that are only listed: `Options:\nA) 12\nB) 15`. */
const LISTS = /(?:options|choices)\b|\n/i;
const LISTED = /^[^\n]{0,80}(?:\n\s*[-*•]?\s*|[\s,;])\(?[*_]*[Bb][).:]/;

/** `Option B`, of which nothing is said yet. */
const NAMED = /^(?:the\s+)?(?:options?|choices?|answers?)[\s*_("'$`[{<「【]*$/i;
/** What says something against it: `This is not consistent with option B.` */
const NAMED_AGAINST =
  /(?:\b(?:not|never|cannot|contradicts?|rul(?:es?|ed|ing) out|exclud(?:es?|ing)|eliminat(?:es?|ing)|reject(?:s|ing)?|consider(?:s|ing)?|look(?:s|ing)?(?: now)? at|check(?:s|ing)?|examin(?:es?|ing)|test(?:s|ing)?|evaluat(?:es?|ing)|analy[sz](?:es?|ing)|turn(?:s|ing)? to|now for|what about|regarding|unlike|against|violates?|than|over)\b|n['’]t\b)(?![^.!?;:,\n]*\bbut\b)[^.!?;:,\n]{0,30}$/i;
/** What says nothing against it, in front of an option that is named. */
const CONCLUDES = /(?:\b(?:so|thus|therefore|hence|conclusion|answer)\b)[\s*_:,#>]*$/i;
const AFFIRMED =
  /\b(?:correct|right|yes|true|match(?:es)?|works|fits|best|(?:is|as) (?:the|my|our) (?:final )?(?:answer|choice))\b|[✓✔✅]/i;
const REFUSED = /\b(?:not|no|never|incorrect|wrong|false|would|if|too)\b|n['’]t\b|[✗✘❌]/i;
/** What may follow a letter that is stated without more words: the end of the sentence, or a reason. */
const BARE_END =
  /^[)\]}*_"'`$>」】]*\s*(?:[.!。,;–—-]*\s*(?:$|\n)|[.!。]\s|[,;–—-]*\s*(?:because|since|as|and not|not|rather than|instead of|which is)\b)/;
/** `(C) 3 + 6 = 9 ✓` */
const MARKED_RIGHT =
  /(?<![\p{L}\p{N}])(?:\(?(?=[A-H][).:])|(?:[Oo]ption|[Cc]hoice)\s+)([A-H])(?![\p{L}\p{N}])[^\n✗✘❌✓✔✅]{0,80}[✓✔✅]/gu;

/** In front of a statement: what it says is denied, or is asked otherwise. */
const DENIED =
  /\b(?:(?:second|third|next)[-\s]|(?:wrong|incorrect|other|tempting|common|popular|runner-up)[^\S\n]*|(?:some|many|others|people|students)(?: [a-z]+)? (?:say|think|believe|claim)(?: that)?\s*|(?:the worst|(?:doubt|unlikely|doubtful|(?:do not|don['’]t|cannot|can['’]t) (?:really )?(?:think|believe|say))(?: that| if| whether)?)\s*)$/i;

/** The mark of an option, in front of a verdict on it. */
const OPTION_IN_FRONT = /(?:^|\n)[-*•\s]*(?:option\s+)?[*_(]{0,3}[A-H][*_).:]{1,4}\s?(?:[-–—]\s)?[*_]{0,2}$/i;

/** Letters of options in other scripts. */
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  أ: 'A',
  ب: 'B',
  ج: 'C',
  د: 'D',
  অ: 'A',
  ব: 'B',
  ড: 'C',
  ঢ: 'D',
};

/** Capitals of Cyrillic that look like those of Latin. */
const LIKE_LATIN: Readonly<Record<string, string>> = { А: 'A', В: 'B', С: 'C', Е: 'E' };

const OTHER_OPTIONS = String.raw`(?:选项|選項)?\s*[A-H](?:(?:[、,，和]|以及|と)\s*(?:选项|選項)?\s*[A-H]){0,4}(?![\p{Script=Latin}])`;
/** A clause of Chinese or Japanese behind the answer that calls other options wrong: `正确答案是A。选项B不对。`, `选A，因为选项B错误。` */
const OTHERS_REFUSED = new RegExp(
  String.raw`(?<=(?:答案|选|選|答え|正解)[^。\n]{0,20}[A-H][^。\n]{0,20})(?<end>[。\n，,；;、])\s*(?:(?:因为|因為|但是?|而且?|其他的?)\s*)*(?:(?:不是|并非)\s*${OTHER_OPTIONS}(?=[。\n，,]|$)|${OTHER_OPTIONS}(?=[^。\n]{0,60}(?:不|错|錯|误|誤|忽略|没有|没|無|違|ません|ない))(?![^。\n]{0,20}(?:正确|正確|是对|最合适|才是))[^。\n]*)`,
  'gu',
);

function normalised(source: string): string {
  return (
    source
      .slice(-TAIL)
      .replace(/~~[^~\n]{1,80}~~/g, ' ')
      .replace(/[Ａ-Ｚ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
      .replace(/（/g, '(')
      .replace(/）/g, ')')
      .replace(/(?<![\p{L}\p{M}])([أبجدঅবডঢ])(?![\p{L}\p{M}])/gu, (letter) => OTHER_LETTERS[letter] ?? letter)
      .replace(/\\(?:text|textbf|mathrm|mathbf|mbox|rm)\s*\{([^{}]{0,200})\}/g, '$1')
      .replace(/\\[()[\],;! ]/g, ' ')
      // What is said of other options in Chinese and Japanese: `正确答案是A。选项B不对。`
      .replace(OTHERS_REFUSED, '$<end>')
      // `Doğru cevap E şıkkı.`, `Cevap D'dir`, `B şıkkı doğrudur.`
      .replace(/(?<!\p{L})([A-H])['’](?:dır|dir|dur|dür|tır|tir)(?!\p{L})/gu, '$1')
      .replace(/(?<!\p{L})([A-H])\s+(?:şıkkı|seçeneği)\s+doğru(?:dur)?(?=\s*[.,;!]|\s*$)/gu, 'doğru cevap: $1')
      .replace(/(?<=(?<!\p{L})[A-H])\s+(?:şıkkı(?:dır)?|seçeneği(?:dir)?)(?=\s*[.,;!\n]|\s*$)/gu, '')
      .replace(
        /(?<=(?:ответ|вариант|отговор)[\p{L}]{0,2}\s?(?:[—–:-]|это|е|под буквой)?\s{0,2}[*_("«]{0,3})[АВСЕ](?![\p{L}])/giu,
        (letter) => LIKE_LATIN[letter] ?? letter,
      )
      // `es la C`, `é a D`: an article before the letter.
      .replace(/(?<=\s(?:es|è|é|est|ist)) (?:la|a|die|el|le|il|lo|o) (?=[(*]*[A-J](?![\p{L}\p{N}]))/gu, ' ')
  );
}

function boxedLetter(text: string): Found | 'unclear' | undefined {
  const box = boxesIn(text).at(-1);
  if (box === undefined) return undefined;
  const letter = givenLetter(box.content);
  return letter === undefined ? 'unclear' : { letter, where: 'boxed', position: box.start };
}

const OPTIONS = /\b(?:option|choice|answer)\s+[*_("'[]*([A-Z])(?![\p{L}\p{N}])/giu;
const isOnlyOption = (text: string): boolean =>
  new Set([...text.matchAll(OPTIONS)].map(([, letter]) => letter)).size === 1;

/** Whether what is said behind an option that is named makes it the answer; behind an answer, not in another case alone. */
function isAffirmed(rest: string, behindAnswer: boolean): boolean {
  if (BARE_END.test(rest) && !behindAnswer) return true;
  // Up to the next option, or the end of the line or sentence.
  const own = rest.split(/\n|(?<=[.!?])\s|\b(?:option|choice|answer)\s+\(?[A-Z]\b|\([A-Z]\)/i, 1)[0] ?? '';
  return AFFIRMED.test(own) && !REFUSED.test(own) && !(behindAnswer && RIGHT_IN_CASE.test(own));
}

/** Whether an option that is named is all of the text, and nothing is said against it behind: `Option B: 15 apples.` */
function isAlone(text: string, rest: string): boolean {
  const isRefused = REFUSED.test(rest) && !isAffirmed(rest.split(/[,;]\s/, 1)[0] ?? '', false);
  return /^[)\]}*_"'`$]*(?:[.:)(–—-]|\s[(–—-]|\s*$)/.test(rest) && !isRefused && isOnlyOption(text);
}

/**
 * The last letter that is stated; a later statement that names several leaves it unclear. `answered` is where an answer is given
 * already, behind which nothing is stated that holds in another case.
 */
function statedLetter(text: string, answered: number): Found | 'unclear' | undefined {
  let last: { readonly found: Found | 'unclear'; readonly position: number } | undefined;
  const note = (found: Found | 'unclear' | undefined, position: number): void => {
    if (found !== undefined && (last === undefined || position >= last.position)) last = { found, position };
  };
  const isDenied = (at: number): boolean => DENIED.test(inFront(text, at, 40));
  const isBehindAnswer = (at: number): boolean => at > answered || (last !== undefined && at > last.position);
  for (const match of text.matchAll(STATEMENT)) {
    // `(C) Correct: z` says of an option that it is right.
    if (isDenied(match.index) || (/^correct/i.test(match[0]) && OPTION_IN_FRONT.test(inFront(text, match.index, 24))))
      continue;
    const end = match.index + match[0].length;
    // `Option B (15) forgets the tax.` says nothing for B.
    const before = inFront(text, match.index, 20);
    // A line may end in front of it: `Option A: right\nOption B`.
    const rest = text.slice(end + 1, end + 200);
    const words = match[0].replace(/^(?:correct|right|best)\s*\n\s*/i, '');
    const isNamed = NAMED.test(words) && !CONCLUDES.test(before) && !(before.trim() === '' && isAlone(text, rest));
    if (
      isNamed &&
      (!isAffirmed(rest, isBehindAnswer(match.index)) || NAMED_AGAINST.test(inFront(text, match.index, 50)))
    )
      continue;
    if (text[end]?.toUpperCase() === 'A' && LISTS.test(match[0]) && LISTED.test(text.slice(end + 1, end + 100)))
      continue;
    const isOtherwise = /\bwould be\b/i.test(match[0]) && SUPPOSED.test(inFront(text, match.index, 120));
    if (isOtherwise && isBehindAnswer(match.index)) continue;
    // Without a verb or a colon (`Answer D`, `the options A`) a small letter is a word.
    note(letterAt(text, end, /[:：=(]|\b(?:is|be|ist|est|es)\b/.test(match[0])), end);
  }
  for (const match of text.matchAll(OPINION)) {
    if (isDenied(match.index) || NOT_OWN_OPINION.test(inFront(text, match.index, 60))) continue;
    const end = match.index + match[0].length;
    const behind = text.slice(end + 1, end + 40);
    if (OPINION_ON.test(match[0]) ? SAYS_OF_IT.test(behind) : GOES_ON.test(behind)) continue;
    const found = letterAt(text, end, behind.startsWith(')'));
    // `I think I ...`
    if (found !== 'unclear' && found?.letter === 'I' && !/\($/.test(match[0])) continue;
    note(found, end);
  }
  for (const { found, position, marker, before } of corrections(text)) {
    // `But actually B` goes on with a thought where an answer is stated: suites that have such replies count the answer.
    const isThought = last !== undefined && /^actually/i.test(marker) && /\bbut\s+$/i.test(before);
    if (!isThought) note(found, position);
  }
  for (const match of text.matchAll(SAID_OF_LETTER)) {
    const letter = match[2];
    // Without `option` a small letter is an article, and an I a person.
    if (letter === undefined || (match[1] === undefined && (letter !== letter.toUpperCase() || letter === 'I')))
      continue;
    const before = inFront(text, match.index, 20);
    const behind = text.slice(match.index + match[0].length, match.index + match[0].length + 30);
    // `Option B would be correct if the tax were included.`
    const isSupposed = /\b(?:would|should) be\b/i.test(match[0]) || isBehindAnswer(match.index);
    if ((isSupposed && QUALIFIED.test(behind)) || (match[3] !== undefined && match[1] === undefined)) continue;
    if (
      /\b(?:(?<!\b[A-Z]\)?,?\s+(?:and|or)\s+\(?)[A-Z]\)?,?\s+(?:and|or)|not(?: that)?|if|whether|neither|nor)\s*$/i.test(
        before,
      )
    )
      continue;
    note({ letter: letter.toUpperCase(), where: 'stated', position: match.index }, match.index);
  }
  const [marked, ...others] = text.matchAll(MARKED_RIGHT);
  if (marked?.[1] !== undefined && others.length === 0)
    note({ letter: marked[1], where: 'stated', position: marked.index }, marked.index);
  return last?.found;
}

/** What the last pair of answer tags holds, and where it ends; an answer that was cut has no closing tag. */
function taggedAnswer(text: string): { readonly inner: string; readonly end: number } | undefined {
  const small = text.toLowerCase();
  for (const tag of ['answer', 'final_answer', 'choice', 'option']) {
    const closing = `</${tag}>`;
    const close = small.lastIndexOf(closing);
    const open = small.lastIndexOf(`<${tag}>`, close < 0 ? undefined : close);
    if (open < 0) continue;
    const from = open + tag.length + 2;
    return close < 0
      ? { inner: withoutCutTag(text.slice(from), closing), end: text.length }
      : { inner: text.slice(from, close), end: close };
  }
  return undefined;
}

/** The letter that a text states as its answer. */
export function readChoice(source: string): Found | undefined {
  const plain = normalised(withoutCutOption(withoutThoughts(withoutNextTurn(source)).answer));
  if (asksBack(plain)) return undefined;
  const stands = weighed(plain, LETTERS);
  if (stands === undefined) return givenChoice(plain);
  const [letter, ...others] = stands.standing.map((option) => /[A-Z](?![a-z])/.exec(option)?.[0]);
  if (letter !== undefined) return others.length > 0 ? undefined : { letter, where: 'stated', position: 0 };
  return stands.before === '' ? undefined : givenChoice(stands.before);
}

/** The letter that is given as the answer, stated or alone. */
function givenChoice(source: string): Found | undefined {
  const asked = withAffirmed(withoutDenied(source), { letters: true });
  const text = withoutTakenBack(asked);
  const tagged = taggedAnswer(text);
  const letter = tagged === undefined ? undefined : givenLetter(tagged.inner);
  const corrected = tagged === undefined ? undefined : [...corrections(text.slice(tagged.end))].at(-1)?.found;
  if (corrected !== undefined) return corrected === 'unclear' ? undefined : corrected;
  if (letter !== undefined) return { letter, where: 'given', position: 0 };
  const boxed = boxedLetter(text);
  const givenFirst = GIVEN_FIRST.exec(text)?.[0].length ?? Infinity;
  const answered = boxed !== undefined && boxed !== 'unclear' ? boxed.position : givenFirst;
  const stated = statedLetter(text, answered);
  if (boxed !== undefined && boxed !== 'unclear') {
    return stated !== undefined && stated !== 'unclear' && stated.position > boxed.position ? stated : boxed;
  }
  if (stated === 'unclear') {
    // `So we are left with B and C, and of these C is better.`
    const preferred = preferredOption(text);
    return preferred === undefined ? undefined : { letter: preferred, where: 'stated', position: 0 };
  }
  if (stated !== undefined) return stated;
  const right = onlyTrueOption(text);
  if (right !== undefined) return { letter: right, where: 'stated', position: 0 };
  // A box that holds no letter holds a formula, and only a letter that is stated counts beside it.
  const alone = boxed === undefined ? letterAlone(text) : undefined;
  if (alone !== undefined) return { ...alone, position: 0 };
  const reasoned = boxed === undefined ? reasonedOption(text) : undefined;
  if (reasoned !== undefined) return { letter: reasoned, where: 'given', position: 0 };
  const unboxed = boxed === undefined ? (judgedOption(text) ?? pointedOption(text)) : undefined;
  const claimed = claimedOption(text) ?? unboxed;
  return claimed === undefined ? undefined : { letter: claimed, where: 'stated', position: 0 };
}

const wantedChoice = (gold: string): Found | undefined => readChoice(gold.slice(0, 10_000));
const withoutReference = (gold: string): string => noReference(gold, 'names no option');

function grade(gold: string, prediction: string): Grade {
  const wanted = wantedChoice(gold);
  if (wanted === undefined) {
    return { verdict: 'unparsable', reason: withoutReference(gold) };
  }
  const found = readChoice(prediction);
  if (found === undefined) return { verdict: 'unparsable', reason: 'no option is given as the answer' };
  const right = found.letter === wanted.letter;
  const reason = right
    ? `${found.letter} (${found.where})`
    : `${found.letter} (${found.where}) against ${wanted.letter}`;
  return { verdict: right ? 'correct' : 'wrong', reason, answer: found.letter };
}

export const choiceGrader: Grader = {
  name: 'choice',
  version: 'choice/21',
  grade,
  unusable(gold) {
    if (wantedChoice(gold) !== undefined) return undefined;
    return {
      reason: withoutReference(gold),
      remedy:
        'A reference is the letter of an option, such as "B", or a solution that states it. The graders math and integer take numbers.',
    };
  },
  same: (left, right) => left === right,
};
