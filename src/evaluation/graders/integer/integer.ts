/** The grader for whole-number answers (AIME): exact, leading zeros allowed, everything else is unparsable. */

import { integersOf, isStillToSolve, wholeNumberSaid } from '../math/integer-answer.js';
import { readMathAnswer, sameMathAnswer } from '../math/math.js';
import { plainText } from '../math/plain-text.js';
import type { ReadAnswer } from '../math/read-answer.js';
import { statedNumber } from '../math/reading/words/other-languages.js';
import { withoutConfirmation } from '../replies/confirmations.js';
import { withoutCorrected } from '../replies/corrections.js';
import { labelledValue } from '../replies/labelled-values.js';
import { withoutNextTurn } from '../replies/next-turns.js';
import { withoutUnanswered } from '../replies/unanswered.js';
import { excerpt, type Grade, type Grader, noReference } from '../verdict.js';
import { amountGivenTwice, ordinalNumber, remarkedNumber, statedBehindBox, statedCount } from './statements.js';
import { asWholeNumberReply } from './wording.js';

const withoutReference = (gold: string): string => noReference(gold, 'is not a whole number');

/** What a reply states, read as a reference is: all of it is the answer. */
const integersIn = (text: string): readonly bigint[] => {
  const read = readMathAnswer(text, 'reference');
  return read === undefined ? [] : integersOf(read);
};

/** The whole numbers of an amount that a reply gives in two units, where both are the same. */
function integersGivenTwice(reply: string, read: ReadAnswer): readonly bigint[] {
  const twice = read.origin === 'boxed' ? undefined : amountGivenTwice(reply);
  if (twice === undefined || !twice.text.includes(read.text.replace(/[.\s]+$/, ''))) return [];
  const [first, second] = twice.amounts.map((amount) => readMathAnswer(amount, 'reference'));
  if (first === undefined || second === undefined || !sameMathAnswer(first, second).same) return [];
  return [...integersOf(first), ...integersOf(second)];
}

/** The whole numbers that a reply gives as its answer, most likely first. */
function integersOfReply(reply: string, read: ReadAnswer): readonly bigint[] {
  const worded = remarkedNumber(reply) ?? statedCount(reply) ?? ordinalNumber(reply);
  if (worded !== undefined) return integersIn(worded);
  const numbers = [...integersOf(read), ...integersGivenTwice(reply, read)];
  if (numbers.length > 0) return numbers;
  const named = read.origin === 'boxed' || read.origin === 'stated' ? labelledValue(read.text) : undefined;
  if (named !== undefined) return integersIn(named);
  if (read.origin === 'stated') {
    const inWords = statedNumber(reply);
    return inWords === undefined ? numbers : integersIn(inWords);
  }
  if (read.origin !== 'boxed') {
    const said = wholeNumberSaid(reply, read) ?? labelledValue(reply);
    return said === undefined ? [] : integersIn(said);
  }
  const behind = statedBehindBox(reply);
  return behind === undefined ? [] : integersIn(behind);
}

function grade(gold: string, prediction: string): Grade {
  const wanted = readInteger(gold);
  if (wanted === undefined) {
    return { verdict: 'unparsable', reason: withoutReference(gold) };
  }
  const reply = withoutConfirmation(
    asWholeNumberReply(withoutUnanswered(plainText(withoutCorrected(withoutNextTurn(prediction))))),
    wanted.toString(),
  );
  const read = readMathAnswer(reply);
  if (read === undefined) return { verdict: 'unparsable', reason: 'no answer found' };
  const numbers = isStillToSolve(read, reply) ? [] : integersOfReply(reply, read);
  const found = numbers.find((number) => number === wanted) ?? numbers[0];
  if (found === undefined) return { verdict: 'unparsable', reason: `${excerpt(read.text)} is not a whole number` };
  const answer = excerpt(found.toString(), 200);
  return found === wanted
    ? { verdict: 'correct', reason: answer, answer }
    : { verdict: 'wrong', reason: `${answer} against ${wanted}`, answer };
}

/** A reference that is nothing but the number, as most are; also the way in which numbers are printed. */
const BARE = /^(?:0|-?[1-9]\d{0,99})$/;

function readInteger(text: string): bigint | undefined {
  if (BARE.test(text)) return BigInt(text);
  const read = readMathAnswer(text);
  return read === undefined ? undefined : integersOf(read)[0];
}

export const integerGrader: Grader = {
  name: 'integer',
  version: 'integer/24',
  grade,
  unusable(gold) {
    if (readInteger(gold) !== undefined) return undefined;
    return {
      reason: withoutReference(gold),
      remedy: 'A reference is a whole number, or a solution that states one. The grader math takes other answers.',
    };
  },
  same: (left, right) => left === right,
};
