import { describe, expect, it } from 'vitest';
import { readChoice } from './choice.js';

describe('the forms in which an answer is given', () => {
  it.each([
    ['Answer: A - the mass', 'A'],
    ['Answer: A-because', 'A'],
    ['Answer: B\nAnswer (revised): C', 'C'],
    ['Answer: B\nAnswer (final): C', 'C'],
    ['Answer: B\nRevised answer: C', 'C'],
    ['Answer: B\n\nFinal answer (corrected): C', 'C'],
    ['Final: C', 'C'],
    ['Answer (A-D): C', 'C'],
    ['Answer (one letter): C', 'C'],
    ['The answer is C.\n\nAnswer: C', 'C'],
    ['Answer: A - Dublin', 'A'],
    ['Answer: B - C is too small', 'B'],
    ['Answer (first try): B\nAnswer (second try): C', 'C'],
    ['| Option | Verdict |\n|---|---|\n| A | incorrect |\n| B | correct |\n| C | incorrect |\n\nThe answer is D.', 'D'],
    ['Final: B\nNot C.', 'B'],
    ['Answer: B\n\nCorrection: C', 'C'],
    ["The answer is B. That's not C.", 'B'],
    ["If I'm wrong, it's C. The answer is B.", 'B'],
    ['Answer: A - D is too large', 'A'],
    ['Answer: B. A-D are the options.', 'B'],
    ['Answer: B-type', 'B'],
    ['Answer: (C) - D is wrong', 'C'],
    ['The answer is C, where C is the speed of light.', 'C'],
  ])('%j is %s', (reply, letter) => {
    expect(readChoice(reply)?.letter).toBe(letter);
  });

  it.each([
    'Answer: [A-D]',
    'Answer: A-D',
    'Answer: A–D',
    'The answer is A-D.',
    'Answer: (A)-(D)',
    'Answer: A to D',
    'Answer: A/B/C/D',
    'The answer is [A/B/C/D].',
    'Answer: [letter A-D]',
    '\\boxed{A-D}',
    '\\boxed{A/B}',
    '<answer>A-D</answer>',
    'Answer: A-B',
    'The answer is one of (A)-(D).',
    'Answer: A..D',
    'Answer: (A–E)',
    'Answer: A - D.',
    'Please respond with: Answer: [A-D]',
    'Answer: B - C',
    'B, because of the friction, is not the answer.',
    'The semi-final: C',
    'Final: C or D',
    'Final: A-D',
    'Answer: A-D?',
    'End with a line of the form "Answer: X", where X is the letter of the option.',
    '\\boxed{[A-D]}',
  ])('is none in %j', (reply) => {
    expect(readChoice(reply)).toBeUndefined();
  });
});
