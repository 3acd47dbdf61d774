import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('a last sentence with a second quantity', () => {
  it.each([
    ['135', '45', 'So each interior angle measures **135°**, and each exterior angle measures 45°.'],
    ['48', '28', 'The area is **48** square units, and the perimeter is 28 units.'],
    ['1/4', '3/4', 'The probability of rain is **1/4** and the probability of not raining is 3/4.'],
    ['6', '12', 'The total is **12** and half of it is 6, which is the answer.'],
    ['18', '9', '1/2 * 9 * 4 = 18.\nSo the area is 18 cm², and the base is 9 cm.'],
    ['no real roots', '-3', 'As $b^2 - 4ac = -3 < 0$, there are **no real roots**.'],
    ['14', '7', '3 + 4 = 7, and 7 * 2 = **14**.'],
    ['24', '4', 'With **4** boxes of 6 pens we have 24 pens.'],
    ['135', '45', '1080 / 8 = 135.\n\nEach interior angle is 135°, and each exterior angle is 45°.'],
    ['120', '60', '180 - 60 = 120.\nThe exterior angle is 60°, and the interior angle is 120°.'],
    ['48, 28', '28', '6 * 8 = 48.\nThe area is 48, and the perimeter is 28.'],
  ])('states %s and not %s: %s', (gold, other, reply) => {
    expect(verdict('math', gold, reply)).toBe('correct');
    expect(verdict('math', other, reply)).not.toBe('correct');
  });

  it('states neither alone where nothing says which is meant', () => {
    const replies = [
      'Each interior angle is 120°, and each exterior angle is 60°.',
      '6 * 20 = 120 and 6 * 10 = 60.\nEach interior angle is 120°, and each exterior angle is 60°.',
    ];
    for (const reply of replies)
      for (const gold of ['120', '60']) expect(verdict('math', gold, reply)).not.toBe('correct');
  });

  it('is read for whole numbers as well', () => {
    expect(verdict('integer', '6', 'The train needs **6** hours, and it arrives at 9 pm.')).toBe('correct');
    expect(verdict('integer', '48', '6 * 8 = 48.\nThe area is 48, and the perimeter is 28.')).toBe('correct');
    expect(verdict('integer', '28', '6 * 8 = 48.\nThe area is 48, and the perimeter is 28.')).not.toBe('correct');
  });
});
