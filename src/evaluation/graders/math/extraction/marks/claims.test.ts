import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('a value that is said to be the answer behind it', () => {
  it.each([
    ['36', '12', '3 dozen is 36, and 36 is our answer; we do not need the 12.'],
    ['8', '5', 'The two candidates are 5 and 8, and 8 is what we wanted.'],
    ['45', '3', '45 is what we were looking for, and it took 3 steps.'],
    ['3/8', '3', 'Hence $\\frac{3}{8}$ is our final answer, since 8 - 5 = 3.'],
    ['14', '12', '14 is my answer. Check: 14 - 2 = 12.'],
    ['17', '4', '17 is our answer, found after 4 steps.'],
    ['7', '3', 'The roots are 2 and 7. As the length must exceed 3, 7 it is.'],
    ['3', '6', '6 is the number we need, so each of the 2 gets 3.'],
    ['24', '12', '12 is our result for one side, and doubling it gives 24.'],
    ['14', '12', '12 is not our answer. It is 14.'],
    ['14', '12', 'People say 12 is our answer, but it is 14.'],
  ])('is %s and not %s: %s', (gold, other, reply) => {
    expect(verdict('math', gold, reply)).toBe('correct');
    expect(verdict('math', other, reply)).not.toBe('correct');
  });

  it.each([
    ['12', 'If 12 is our answer, the sum would be 30.'],
    ['12', '12 is not what we wanted; 15 is.'],
  ])('is not %s: %s', (gold, reply) => {
    expect(verdict('math', gold, reply)).not.toBe('correct');
  });

  it('is read as a whole number and as an option as well', () => {
    expect(verdict('integer', '17', '17 is our answer, found after 4 steps.')).toBe('correct');
    expect(verdict('choice', 'C', 'I was torn between A and C, but C it is.')).toBe('correct');
    expect(verdict('choice', 'A', 'A is not what we wanted.')).not.toBe('correct');
  });
});
