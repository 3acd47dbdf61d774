/** The grader for mathematical answers. */
import { isTagsAlone } from '../../../text/cut-tags.js';
import { withoutConfirmation } from '../replies/confirmations.js';
import { withoutCorrected } from '../replies/corrections.js';
import { labelledValue, NAMES_CURRENCY, withoutHash } from '../replies/labelled-values.js';
import { withoutNextTurn } from '../replies/next-turns.js';
import { withoutUnanswered } from '../replies/unanswered.js';
import { excerpt, type Grade, type Grader, noReference } from '../verdict.js';
import { concludesChemistry, sameChemistry } from './equality/chemistry.js';
import { sameCode, sameLetterCode } from './equality/codes.js';
import { sameAnswer } from './equality/comparison.js';
import { withLettersOf } from './equality/letters.js';
import { sameParts } from './equality/parts.js';
import { repeats } from './equality/repetition.js';
import { saidIn, sameShortWords, wordsOf } from './equality/words.js';
import { type Candidate, candidatesOf, partsOfReply, type Role } from './extraction/candidates.js';
import { IS_CONDITION, withoutCondition } from './extraction/conclusions/beside-conditions.js';
import { boundedCount } from './extraction/conclusions/bounded-counts.js';
import { besideApproximation, lastSide } from './extraction/conclusions/last-sides.js';
import { valueOfMainClause } from './extraction/conclusions/main-clause.js';
import { isOfCurve, isSetBesidePoint, isUnsolved } from './extraction/conclusions/not-values.js';
import { otherReadings } from './extraction/conclusions/other-readings.js';
import { concludesNot, wordAtEnd } from './extraction/conclusions/outcomes.js';
import { endsInPartBox } from './extraction/conclusions/part-boxes.js';
import { concludedVerdict, concludedWords } from './extraction/conclusions/said-in-words.js';
import { statesOneResult, workedResult } from './extraction/conclusions/worked.js';
import { ANSWER_TAGS } from './extraction/marks/tags.js';
import { looksLikeProse } from './extraction/values/prose.js';
import { verdictOf } from './extraction/yes-or-no.js';
import { plainText } from './plain-text.js';
import { MAX_ANSWER, type ReadAnswer, read, readStatements, squeezed, WORK } from './read-answer.js';
import { dayOf } from './reading/words/dates.js';
import { isNoAnswer } from './reading/words/phrases.js';
import { isRange, isRangeAlone } from './reading/words/ranges.js';
import { isUnitAlone } from './reading/words/short-words.js';
import { isTimeInHalf } from './reading/words/times.js';
import { NotUnderstood, WorkBudget } from './tree/budget.js';
import { isSameUnit } from './tree/units.js';

const MAX_CANDIDATES = 3;

/** Control sequences of terminals (colours, titles), whose digits are not text. */
const ESCAPE_SEQUENCES = new RegExp(
  String.raw`(?:ESC\[|CSI)[0-?]{0,64}[ -/]{0,8}[@-~]|ESC\][^BEL ESC]{0,512}(?:BEL|ESC\\)`
    .replace('BEL ESC', '\u0007\u001b')
    .replaceAll('ESC', '\u001b')
    .replaceAll('CSI', '\u009b')
    .replaceAll('BEL', '\u0007'),
  'g',
);

/** The answer that a text states, or undefined when it states none. Never throws. */
export function readMathAnswer(text: string, role: Role = 'reply'): ReadAnswer | undefined {
  const budget = new WorkBudget(WORK);
  let fallback: ReadAnswer | undefined;
  let tried = 0;
  for (const candidate of candidatesOf(plainText(text.replace(ESCAPE_SEQUENCES, '')), role)) {
    if (++tried > MAX_CANDIDATES) break;
    if (isNoAnswer(candidate.text) || isTagsAlone(candidate.text, ANSWER_TAGS)) continue;
    const answer = read(candidate, budget);
    if (answer.readings.length > 0 || answer.parts !== undefined) return answer;
    if (fallback === undefined && answer.text.trim() !== '') fallback = answer;
  }
  return fallback;
}

/** How the answer is read that a worked solution ends with. */
export interface SolutionReading {
  /** `text`: no answer is found in it, so that a reply is right only if it is the same text. */
  readonly how: 'boxed' | 'stated' | 'result' | 'alone' | 'text';
  /** What replies are compared with. */
  readonly reference: string;
}

/** Six words or more that state something, in which a number may be a year: its letters are no variables. */
const SENTENCE = /^\p{Lu}[^\s\\=<>≤≥]*(?:\s+[^\s\\=<>≤≥]+){4,}\s+[^\s\\=<>≤≥]*[.!?]$/u;

/** The reference in a solution that has no short answer beside it. */
export function readSolution(written: string): SolutionReading {
  const solution = plainText(written);
  const answer = readMathAnswer(solution, 'reference');
  if (answer === undefined) return { how: 'text', reference: solution };
  const { origin, readings, parts } = answer;
  if (origin === 'boxed' || origin === 'stated') return { how: origin, reference: solution };
  if (origin === 'last') return { how: 'result', reference: valueOfMainClause(solution) ?? solution };
  const [reading] = readings;
  const alone = { how: 'alone', reference: solution } as const;
  const isProse = looksLikeProse(solution);
  if (parts !== undefined ? !statesOneResult(solution) : reading !== undefined && reading.kind !== 'text' && !isProse)
    return alone;
  // A word or two, or the word that a sentence begins with: `Yes, since 7 > 5.`
  if (!isProse || answer.text.length < solution.trim().length / 2) return alone;
  const result = workedResult(solution, { known: true });
  if (result !== undefined) return result === solution.trim() ? alone : { how: 'result', reference: result };
  return reading === undefined || reading.kind === 'text' || SENTENCE.test(solution.trim())
    ? { how: 'text', reference: solution }
    : alone;
}

/** Whether two answers are the same, and how that was decided. Never throws. */
export function sameMathAnswer(
  gold: ReadAnswer,
  prediction: ReadAnswer,
): { readonly same: boolean; readonly how: string } {
  const short = gold.text.length <= MAX_ANSWER && prediction.text.length <= MAX_ANSWER;
  if (gold.text === prediction.text || (short && squeezed(gold.text) === squeezed(prediction.text)))
    return { same: true, how: 'written alike' };
  const code = sameCode(gold.text, prediction.text);
  if (code !== undefined) return { same: code, how: code ? 'the same code' : 'another code' };
  const formula = sameChemistry(gold.text, prediction.text);
  if (formula !== undefined) return { same: formula, how: formula ? 'the same formula' : 'another formula' };
  const mixed = short ? sameLetterCode(gold.text, prediction.text) : undefined;
  if (mixed !== undefined) return { same: mixed, how: mixed ? 'the same code' : 'another code' };
  if (gold.letters === 'words' && prediction.letters !== undefined) {
    const unit = isUnitAlone(gold.text) ? isSameUnit(gold.text, prediction.text) : undefined;
    if (unit !== undefined) return { same: unit, how: unit ? 'the same unit' : 'another unit' };
    return sameShortWords(gold.text, prediction.text)
      ? { same: true, how: 'the same words' }
      : { same: false, how: 'other words' };
  }
  if (isTimeInHalf(gold.text, prediction.text)) return { same: true, how: 'the same time, with its half of the day' };
  const budget = new WorkBudget(WORK);
  try {
    if (gold.parts !== undefined) {
      const same = prediction.parts !== undefined && sameParts(gold.parts, prediction.parts, budget);
      if (same) return { same, how: 'equal in all parts' };
      if (gold.readings.length === 0) return { same, how: `not equal in all of its ${gold.parts.length} parts` };
    }
    const wanted = isRangeAlone(gold.text, gold.plain) ? gold.readings.filter(isRange) : [];
    const lefts = wanted.length > 0 ? wanted : gold.readings;
    for (const left of lefts) {
      for (const right of prediction.readings) {
        if (sameAnswer(left, right, budget)) return { same: true, how: 'equal' };
      }
    }
    if (wanted.length === 0 && (gold.plain || isPlainNumber(gold.text))) {
      const comma = LISTS_TWO.test(gold.text) ? undefined : gold.decimalComma;
      const lefts = [...gold.readings, ...(comma ? [comma] : [])];
      const rights = [...prediction.readings, ...(prediction.decimalComma ? [prediction.decimalComma] : [])];
      for (const left of lefts) {
        for (const right of rights) {
          if ((left === comma || right === prediction.decimalComma) && sameAnswer(left, right, budget)) {
            return { same: true, how: 'equal with a decimal comma' };
          }
        }
      }
    }
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { same: false, how: error.message };
  }
  const renamed = /[CZℤ]/.test(gold.text) ? withLettersOf(gold.text, prediction.text) : undefined;
  if (renamed !== undefined) {
    const letters = read({ text: renamed, origin: prediction.origin, plain: prediction.plain }, budget);
    const again = { ...letters, text: renamed };
    if (sameMathAnswer(gold, again).same) return { same: true, how: 'equal but for the letter of a constant' };
  }
  const option = /^\(?([A-J])\)?$/.exec(wordless(gold.text))?.[1];
  if (option !== undefined && /^\(([A-J])\)/.exec(wordless(prediction.text))?.[1] === option) {
    return { same: true, how: 'the same option' };
  }
  const value = option === undefined ? prediction.text.slice(0, MAX_ANSWER).replace(OPTION, '') : prediction.text;
  if (value !== prediction.text) {
    const alone = { ...read({ text: value, origin: prediction.origin, plain: prediction.plain }, budget), text: value };
    if (sameMathAnswer(gold, alone).same) return { same: true, how: 'equal but for the letter of its option' };
  }
  if (isWords(gold) || isWords(prediction)) {
    const left = wordsOf(gold.text);
    if (left !== '' && saidIn(prediction.text).includes(left)) return { same: true, how: 'the same words' };
  }
  return { same: false, how: 'not equal' };
}

/** A reply with its parts, for a reference that has several. */
function withParts(reply: ReadAnswer, text: string): ReadAnswer {
  const parts = partsOfReply(text);
  return parts === undefined ? reply : { ...reply, parts: readStatements(parts, new WorkBudget(WORK)) };
}

/** Whether one of the two is the number or code that the other has behind a name: `103` and `Code 103`. */
function isSameBehindName(gold: ReadAnswer, prediction: ReadAnswer, reply: string): boolean {
  if (sameCode(gold.text, reply) === false || sameLetterCode(gold.text, reply) === false) return false;
  const [named, bare] = [labelledValue(reply), labelledValue(gold.text)];
  if ((named === undefined) === (bare === undefined)) return false;
  const [wanted, given] = [named === undefined ? bare : gold.text, named ?? prediction.text].map((text) =>
    withoutHash(text ?? ''),
  );
  if (wanted === undefined || given === undefined) return false;
  if (squeezed(wanted).toLowerCase() === squeezed(given).toLowerCase()) return true;
  return isPlainNumber(wanted) && isPlainNumber(given) && sameMathAnswer(plainAnswer(wanted), plainAnswer(given)).same;
}

const plainAnswer = (text: string): ReadAnswer => ({
  ...read({ text, origin: 'whole', plain: true }, new WorkBudget(WORK)),
  text,
});

/** Whether a reply gives the reference as the last side of a chain, as one of an exact value and its approximation, or in words. */
function sameInAnotherForm(
  gold: ReadAnswer,
  prediction: ReadAnswer,
  reply: string,
): { readonly same: true; readonly how: string } | undefined {
  const isSame = (text: string, isReply: boolean): boolean => {
    const answer = isReply
      ? readMathAnswer(text)
      : { ...read({ text, origin: prediction.origin, plain: prediction.plain }, new WorkBudget(WORK)), text };
    return answer !== undefined && sameMathAnswer(gold, answer).same;
  };
  const side = gold.parts === undefined && !/\\equiv|[≡=]/.test(gold.text) ? lastSide(prediction.text) : undefined;
  if (side !== undefined && isSame(side, false)) return { same: true, how: 'equal to the last side' };
  const bare =
    gold.parts === undefined && !IS_CONDITION.test(gold.text) ? withoutCondition(prediction.text) : undefined;
  if (bare !== undefined && isSame(bare, false)) return { same: true, how: 'equal, with its condition' };
  const isFound = prediction.origin === 'last' || prediction.origin === 'whole';
  const beside = besideApproximation(prediction.text);
  const found = beside ?? (isFound ? besideApproximation(reply.trim()) : undefined);
  if (found !== undefined) {
    const isDecimal = /^[-−$€£\s\d.,\\%]+$/.test(gold.text);
    const text = isDecimal ? found.approximation : found.exact;
    if (isSame(text, !isDecimal && beside === undefined))
      return { same: true, how: isDecimal ? 'equal to its approximation' : 'equal to its exact value' };
  }
  if (isFound && concludesChemistry(gold.text, reply)) return { same: true, how: 'the same formula' };
  if (otherReadings(reply).some((text) => isSame(text, true))) return { same: true, how: 'equal in another reading' };
  const count = isFound && /^\d{1,9}$/.test(gold.text) ? boundedCount(reply) : undefined;
  const day = isFound && /^\d{1,2}$/.test(gold.text) ? dayOf(prediction.text) : undefined;
  if (day !== undefined && isSame(day, false)) return { same: true, how: 'the day of the date' };
  if (count !== undefined && isSame(count, false)) return { same: true, how: 'the bound of a count' };
  const named = isFound ? reply : prediction.text;
  if (!(/[$€£¥₹]/.test(gold.text) && NAMES_CURRENCY.test(named)) && isSameBehindName(gold, prediction, named))
    return { same: true, how: 'the same behind the name of what it numbers' };
  if (!isFound || !isWords(gold) || /\d/.test(gold.text)) return undefined;
  const words = concludedWords(reply) ?? wordAtEnd(reply);
  return words !== undefined && wordsOf(words) === wordsOf(gold.text)
    ? { same: true, how: 'the same words' }
    : undefined;
}

/** `1,2` as a reference lists two values. A second decimal, a zero in front, a unit or a currency makes it a decimal. */
const LISTS_TWO = /^\s*(?:[A-Za-z]\w{0,3}\s*=\s*)?[-+−]?\s*[1-9]\d{0,20},\d\s*\.?$/;

function isPlainNumber(text: string): boolean {
  return text.length <= 100 && /^[-+\s$\d.,]+$/.test(text);
}

/** The letter in front of an option's value: `\textbf{(C)}\ 28`. */
const OPTION =
  /^\s*(?:\\(?:text|textbf|textrm|textit|mathrm|mathbf)\s*\{\s*\(?[A-J]\)?[.):]?\s*\}|\([A-J]\))(?:\\[ ,;:!]|\\q?quad|~|\s)*(?=[\d\\$-])/;

/** Without commands for text and spaces: `\textbf{(B)}\ 42` as `(B)42`. */
function wordless(text: string): string {
  return text.slice(0, 300).replace(/\\(?:text\w*|math\w+|mbox)\s*|\\[ ,;!]|[{}$\s]/g, '');
}

/** Words, or a short text that could not be read as mathematics. */
function isWords(answer: ReadAnswer): boolean {
  if (answer.text.length > 300) return false;
  if (answer.letters === 'words') return true;
  const [reading] = answer.readings;
  if (reading === undefined) return !/\d/.test(answer.text);
  return reading.kind === 'text';
}

const ORIGIN: Readonly<Record<Candidate['origin'], string>> = {
  boxed: 'boxed',
  stated: 'stated',
  whole: 'given',
  last: 'last in the text',
};

const withoutReference = (gold: string): string => noReference(gold, 'holds no answer');

/** Whether a reference is a text that states no answer and is longer than answers are, so that only its own words are one. */
export const isFreeText = (reference: string): boolean =>
  looksLikeProse(reference) && readMathAnswer(reference, 'reference') === undefined;

/** The grade of a reply to a reference that holds no answer. */
function wordForWord(gold: string, reply: string): Grade {
  if (!looksLikeProse(gold)) return { verdict: 'unparsable', reason: withoutReference(gold) };
  return repeats(gold, reply, false)
    ? { verdict: 'correct', reason: 'the reference word for word', answer: reply.trim().slice(0, 500) }
    : { verdict: 'wrong', reason: `not word for word: ${withoutReference(gold)}` };
}

function grade(reference: string, reply: string): Grade {
  const goldText = plainText(reference);
  const wholeReply = plainText(withoutCorrected(withoutNextTurn(reply)));
  const gold = readMathAnswer(goldText, 'reference');
  if (gold === undefined) return wordForWord(goldText, wholeReply);
  const isReference = wholeReply.trim() === goldText.trim();
  const predictionText = isReference ? wholeReply : withoutUnanswered(wholeReply);
  const asked = /^(?:yes|no)$/i.test(gold.text.trim())
    ? (verdictOf(predictionText) ?? concludedVerdict(predictionText))
    : undefined;
  const isDenied = asked === undefined && /^no$/i.test(gold.text.trim()) && concludesNot(predictionText);
  const prediction = readMathAnswer(isDenied ? 'no' : (asked ?? withoutConfirmation(predictionText, gold.text)));
  if (prediction === undefined) return { verdict: 'unparsable', reason: 'no answer found' };
  const found = `${excerpt(prediction.text)} (${ORIGIN[prediction.origin]})`;
  const whole = sameMathAnswer(gold, gold.parts === undefined ? prediction : withParts(prediction, predictionText));
  const isOther =
    (isPlainNumber(gold.text) &&
      (isOfCurve(prediction.text, predictionText) || isUnsolved(prediction.text, predictionText))) ||
    (prediction.plain && isSetBesidePoint(gold.text, prediction.text));
  const compared = isOther
    ? { same: false, how: 'a curve, a set or an equation, not a value in it' }
    : whole.same
      ? whole
      : (sameInAnotherForm(gold, prediction, predictionText) ?? whole);
  const cut =
    gold.parts !== undefined ||
    gold.text.length < goldText.trim().length ||
    prediction.text.length < predictionText.trim().length;
  const mayRepeat = cut && !endsInPartBox(predictionText);
  const repeated =
    !compared.same && (isReference || (mayRepeat && repeats(goldText, predictionText, prediction.origin === 'stated')));
  if (!compared.same && !repeated && prediction.readings.length === 0 && prediction.text.length > 300) {
    return { verdict: 'unparsable', reason: `not an answer: ${found}` };
  }
  const { same, how } = repeated ? { same: true, how: 'the reference word for word' } : compared;
  const answer = prediction.text.trim().slice(0, 500);
  return same
    ? { verdict: 'correct', reason: `${found}: ${how}`, answer }
    : { verdict: 'wrong', reason: `${found} against ${excerpt(gold.text)}: ${how}`, answer };
}

export const mathGrader: Grader = {
  name: 'math',
  version: 'math/28',
  grade,
  unusable(gold) {
    if (readMathAnswer(gold, 'reference') !== undefined) return undefined;
    return { reason: withoutReference(gold), remedy: 'A reference is an answer, or a solution that states one.' };
  },
  same(left, right) {
    if (left === right) return true;
    const a = readMathAnswer(`\\boxed{${left}}`);
    const b = readMathAnswer(`\\boxed{${right}}`);
    return a !== undefined && b !== undefined && sameMathAnswer(a, b).same;
  },
};
