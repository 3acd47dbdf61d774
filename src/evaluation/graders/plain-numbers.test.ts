import { describe, expect, it } from 'vitest';
import { integerGrader } from './integer/integer.js';
import { mathGrader, readSolution } from './math/math.js';
import { withPlainNumbers } from './replies/plain-numbers.js';

const SPACES = [' ', '\u00a0', '\u202f', '\u2009', '\u2007'];

describe('groups of three digits with spaces between them', () => {
  it.each([
    'The insurer pays 12_500 euros.',
    'Сумата е 12_500 лв.',
    'Total 12_500 BGN',
    'The answer is 12_500 euros.',
    String.raw`So it is \boxed{12_500}.`,
  ])('are one number: %s', (reply) => {
    for (const space of SPACES) {
      const written = reply.replace('_', space);
      expect(mathGrader.grade('12500', written).verdict, JSON.stringify(written)).toBe('correct');
      expect(mathGrader.grade('500', written).verdict, JSON.stringify(written)).toBe('wrong');
      expect(integerGrader.grade('12500', written).verdict, JSON.stringify(written)).toBe('correct');
    }
  });

  it('keep their decimals', () => {
    for (const space of SPACES) {
      const reply = `The insurer pays 1${space}012${space}500,50 euros.`;
      expect(mathGrader.grade('1012500.50', reply).verdict).toBe('correct');
      expect(mathGrader.grade(`1${space}012${space}500,50`, 'It is 1012500.5').verdict).toBe('correct');
    }
  });

  it.each([
    'rows 12 500 and 13 700',
    'There are 12 500 points',
    'call 0123 456 789',
    '3, 500',
    'x\u00a0500',
    '1\u00a05000',
  ])('other numbers stay apart: %s', (text) => {
    expect(withPlainNumbers(text)).toBe(text);
  });
});

it.each([
  ["Subtotal: CHF 12'400. Insurance: CHF 2'200.\n\nTotal cost of the car = CHF 14'600", '14600', '600'],
  ['Last year they were ₹1,00,000, and ₹25,000 came on top.\n\nHis savings now stand at ₹1,25,000.', '125000', '1.25'],
  ['So the price is Rs. 12,34,567.', '1234567', '567'],
])('groups of other lengths and with other marks: %s', (reply, gold, other) => {
  expect(mathGrader.grade(gold, reply).verdict).toBe('correct');
  expect(mathGrader.grade(other, reply).verdict).toBe('wrong');
});

it('signs of currencies and percent signs may stand in front of a number', () => {
  expect(mathGrader.grade('₺12.500,00', 'It is 12500 TL.').verdict).toBe('correct');
  expect(mathGrader.grade('2716.5', 'Toplam: ₺2.716,50').verdict).toBe('correct');
  expect(mathGrader.grade('%25', 'The share is 25%.').verdict).toBe('correct');
  expect(mathGrader.grade('%25', 'The share is 24%.').verdict).toBe('wrong');
  expect(withPlainNumbers(String.raw`25\%5 and 50%25`)).toBe(String.raw`25\%5 and 50%25`);
});

it('a solution in free text, which is longer than answers are, is right word for word alone', () => {
  const text = `Unlock the account in the console. ${'Then tell the caller, and write it into the log of the day. '.repeat(6)}`;
  expect(readSolution(text).how).toBe('text');
  expect(mathGrader.grade(text, text.trim()).verdict).toBe('correct');
  expect(mathGrader.grade(text, 'Unlock the account in the console.').verdict).toBe('wrong');
});
