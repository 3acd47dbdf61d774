import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choiceGrader, readChoice } from './choice.js';

const TeX = String.raw;

describe('the choice grader', () => {
  it.each([
    ['C', 'C'],
    ['(C)', 'C'],
    ['c', 'C'],
    ['C.', 'C'],
    ['C) 42 km', 'C'],
    ['**B**', 'B'],
    ['The answer is (D).', 'D'],
    ['The answer is D', 'D'],
    ['the correct answer is **A**.', 'A'],
    ['The correct option is B because the mass is larger.', 'B'],
    ['Answer: C', 'C'],
    ['**Answer: C**', 'C'],
    ['ANSWER: (B)', 'B'],
    ['Answer: $\\boxed{C}$', 'C'],
    [TeX`A is tempting, B too. \boxed{\text{(D)}}`, 'D'],
    [TeX`\boxed{C: 12 m}`, 'C'],
    [TeX`\boxed C.`, 'C'],
    [TeX`\boxed (C)`, 'C'],
    ['The answer is A? No: the answer is B.', 'B'],
    ['I weigh A against C.\n\nC', 'C'],
    ['The correct choice is option C.', 'C'],
    ['<think>the answer is A</think>The answer is B.', 'B'],
    ['The answer is A.\nIt follows from the second law.', 'A'],
  ])('reads %j', (text, letter) => {
    expect(readChoice(text)?.letter).toBe(letter);
  });

  it.each([
    '',
    'A stray letter at the start of a sentence.',
    'A ball is thrown. I think that B and C are close, but who knows',
    'The answer is a matter of taste.',
    'The answer is A or B.',
    'The answer is between A and C',
    'The answer is Always.',
  ])('finds no answer in %j', (text) => {
    expect(choiceGrader.grade('A', text).verdict).toBe('unparsable');
  });

  it('tells right from wrong, and says why', () => {
    expect(choiceGrader.grade('B', 'The answer is (B).')).toEqual({
      verdict: 'correct',
      reason: 'B (stated)',
      answer: 'B',
    });
    expect(choiceGrader.grade('(B)', 'Answer: A')).toEqual({
      verdict: 'wrong',
      reason: 'A (stated) against B',
      answer: 'A',
    });
    expect(choiceGrader.grade('what', 'Answer: A').verdict).toBe('unparsable');
  });

  it('gives any text a verdict', () => {
    const hostile = [
      'answer is '.repeat(100_000),
      '\\boxed{'.repeat(100_000),
      '\\text{'.repeat(100_000),
      ' '.repeat(1_000_000),
    ];
    for (const text of hostile) expect(choiceGrader.grade('A', text).verdict).toBe('unparsable');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['correct', 'wrong', 'unparsable']).toContain(choiceGrader.grade('A', text).verdict);
      }),
    );
  });
});
