/** The grader for whole-number answers (AIME): exact, leading zeros allowed, everything else is unparsable. */
import { withoutConfirmation } from './math/extraction/yes-or-no.js';
import { integersOf } from './math/integer-answer.js';
import { readMathAnswer } from './math/math.js';
import { excerpt, type Grade, type Grader, noReference } from './verdict.js';

const withoutReference = (gold: string): string => noReference(gold, 'is not a whole number');

function grade(gold: string, prediction: string): Grade {
  const wanted = readInteger(gold);
  if (wanted === undefined) {
    return { verdict: 'unparsable', reason: withoutReference(gold) };
  }
  const read = readMathAnswer(withoutConfirmation(prediction, wanted.toString()));
  if (read === undefined) return { verdict: 'unparsable', reason: 'no answer found' };
  const numbers = integersOf(read);
  const found = numbers.find((number) => number === wanted) ?? numbers[0];
  if (found === undefined) return { verdict: 'unparsable', reason: `${excerpt(read.text)} is not a whole number` };
  const answer = excerpt(found.toString(), 200);
  return found === wanted
    ? { verdict: 'correct', reason: answer, answer }
    : { verdict: 'wrong', reason: `${answer} against ${wanted}`, answer };
}

function readInteger(text: string): bigint | undefined {
  const read = readMathAnswer(text);
  return read === undefined ? undefined : integersOf(read)[0];
}

export const integerGrader: Grader = {
  name: 'integer',
  version: 'integer/15',
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
