import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math/math.js';
import { plainText } from '../math/plain-text.js';
import { integerGrader } from './integer.js';

const math = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;
const integer = (gold: string, reply: string) => integerGrader.grade(gold, reply).verdict;

/** A value, what says it, and a number in it that is another value. */
describe('operators in words', () => {
  it.each([
    ['49', 'The answer is 7 squared.', '7'],
    ['343', '7 cubed', '7'],
    ['8', 'two cubed', '2'],
    ['25', '\\boxed{5} squared.', '5'],
    ['81', 'The answer is $9$ squared.', '9'],
    ['81', 'The answer is \\(9\\) squared.', '9'],
    ['49', 'The answer is the square of 7.', '7'],
    ['14', 'The answer is 7 doubled.', '7'],
    ['4', 'The answer is 8 halved.', '8'],
    ['9', 'The answer is 7 plus two.', '7'],
    ['4', 'The answer is 8 divided by two.', '8'],
    ['5040', 'The answer is 7 factorial.', '7'],
    ['6', '\\boxed{3} factorial', '3'],
    ['120', '5 factorial is 120.', '5'],
    ['36', '6 squared is 36.', '216'],
    ['8', '2 cubed is 8.', '2'],
    ['12', '3 times 2 squared is 12.', '3'],
    ['1024', 'The answer is 2 to the power of 10.', '10'],
    ['1024', 'two to the power of ten', '10'],
    ['81', '3 raised to the 4th power', '3'],
    ['8', '2 to the third power', '2'],
    ['81', 'The answer is $3$ to the power of $4$.', '4'],
    ['-4', 'The temperature is four degrees below zero.', '4'],
    ['-4', '4 degrees below zero', '4'],
    ['-12', 'The answer is 12°C below zero.', '12'],
    ['-7', '\\boxed{7} degrees below zero', '7'],
    ['21', 'The answer is 7 percent of 300, that is 21.', '7'],
    ['60', 'The answer is 20% of 300.', '20'],
    ['30000', '总共3万元。', '3'],
    ['200000000', '总人口是2亿人。', '2'],
    ['3000', '一共3千元。', '3'],
    ['3', '一共3千克。', '3000'],
    ['8', '7.5 rounds to 8.', '7'],
    ['12', '1\u200b2', '2'],
    ['12', '\\boxed{1\u200b2}', '1'],
    ['12', 'The answer is 12\ufffd', '1'],
  ])('%s: %s, which is not %s', (gold, reply, other) => {
    expect(math(gold, reply)).toBe('correct');
    expect(integer(gold, reply)).toBe('correct');
    expect(math(other, reply)).not.toBe('correct');
    expect(integer(other, reply)).not.toBe('correct');
  });

  it.each([
    ['25', 'The area is 25 squared units.'],
    ['4', 'The temperature fell by 4 degrees.'],
    ['4', 'It is 4 degrees above zero.'],
    ['6', 'The square root of 36 is 6.'],
    ['36', 'The square of 6 is 36.'],
    ['5', 'The answer is 5!'],
    ['45', '15% of 300 is 45.'],
    ['7', 'The number has 7 digits.'],
  ])('%s stays what is said by: %s', (gold, reply) => {
    expect(math(gold, reply)).toBe('correct');
    expect(integer(gold, reply)).toBe('correct');
  });

  it('leaves other texts as they are', () => {
    for (const text of ['He squared 3.', '25 squared cm', '3 point squared off', 'from 2 to the 10th', '1 and 3/8'])
      expect(plainText(text)).toBe(text);
  });
});

describe('words between numbers multiply nothing', () => {
  it.each([
    ['36', '50 minus 14 leaves 36.', '-454'],
    ['36', 'Tripling 12 gives 36.', '12'],
    ['36', '50 less 14 equals 36.', '50'],
    ['180', '3 hours is 180 minutes.', '540'],
    ['7', '3 plus 4 is 7.', '3'],
    ['24', 'Doubling 12 gives 24.', '12'],
    ['32', '8 fours are 32.', '256'],
    ['15', '20 take away 5 is 15.', '20'],
    ['5', '10 over 2 is 5.', '2'],
    ['1024', '2¹⁰ is 1024', '2'],
  ])('%s: %s, not %s', (gold, reply, other) => {
    expect(math(gold, reply)).toBe('correct');
    expect(integer(gold, reply)).toBe('correct');
    expect(math(other, reply)).not.toBe('correct');
    expect(integer(other, reply)).not.toBe('correct');
  });

  it('but a second unit goes on with an amount', () => {
    expect(math('66 inches', '5 ft 6 in')).toBe('correct');
    expect(math('200 minutes', '3 hours 20 minutes')).toBe('correct');
    expect(math('15', '5 apples 3')).not.toBe('correct');
  });
});

describe('what an answer looks like', () => {
  it.each([
    ['7', 'The answer has 7 digits.'],
    ['3', 'The answer is a 3-digit number.'],
    ['3', 'My answer contains three digits.'],
    ['7', 'The answer has 7 digits. It is 1234567.'],
    ['35000', '总共3万5千元。'],
    ['3', '总共3万5千元。'],
    ['30', 'Le trajet dure 2 h 30.'],
    ['30', 'Le train arrive à 14 h 30.'],
    ['45', '\\boxed{45}\\boxed{46}'],
  ])('%s is not said by: %s', (gold, reply) => {
    expect(math(gold, reply)).not.toBe('correct');
    expect(integer(gold, reply)).not.toBe('correct');
  });

  it.each([
    ['1234567', 'The answer is 1234567. The answer has 7 digits.'],
    ['1234567', '12,34,567'],
    ['45', '\\boxed{45}\\boxed{45}'],
    ['0', 'None of them are left.'],
    ['5', '\\boxed{\\phantom{0}5}'],
    ['12', '\\boxed{1\\textcolor{red}{2}}'],
  ])('%s: %s', (gold, reply) => {
    expect(math(gold, reply)).toBe('correct');
    expect(integer(gold, reply)).toBe('correct');
  });
});
