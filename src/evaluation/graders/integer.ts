/** The grader for whole-number answers (AIME): exact, leading zeros allowed, everything else is unparsable. */
import { integerOf } from './math/integer-answer.js';
import { readMathAnswer } from './math/math.js';
import { excerpt, type Grade, type Grader } from './verdict.js';

function grade(gold: string, prediction: string): Grade {
  const wanted = readInteger(gold);
  if (wanted === undefined) {
    return { verdict: 'unparsable', reason: `the reference ${excerpt(gold)} is not a whole number` };
  }
  const read = readMathAnswer(prediction);
  if (read === undefined) return { verdict: 'unparsable', reason: 'no answer found' };
  const found = integerOf(read);
  if (found === undefined) return { verdict: 'unparsable', reason: `${excerpt(read.text)} is not a whole number` };
  const answer = excerpt(found.toString(), 200);
  return found === wanted
    ? { verdict: 'correct', reason: answer, answer }
    : { verdict: 'wrong', reason: `${answer} against ${wanted}`, answer };
}

function readInteger(text: string): bigint | undefined {
  const read = readMathAnswer(text);
  return read === undefined ? undefined : integerOf(read);
}

export const integerGrader: Grader = {
  name: 'integer',
  version: 'integer/6',
  grade,
  same: (left, right) => left === right,
};
