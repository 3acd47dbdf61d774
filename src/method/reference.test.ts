import { describe, expect, test } from 'vitest';
import { UsageError } from '../errors.js';
import { referenceUpdate } from './reference.js';
import { RELEASED } from './released.js';

const steps = (settings: Parameters<typeof referenceUpdate>[1], last: number): number[] =>
  Array.from({ length: last + 1 }, (_, step) => step).filter((step) => referenceUpdate(step, settings) !== undefined);

describe('the reference', () => {
  test('takes 0.9 of the policy after steps 32, 64 and 96 of the released 125', () => {
    expect(steps(RELEASED.reference, 125)).toEqual([32, 64, 96]);
    expect(referenceUpdate(32, RELEASED.reference)).toBe(0.9);
    expect(referenceUpdate(0, RELEASED.reference)).toBeUndefined();
    expect(referenceUpdate(33, RELEASED.reference)).toBeUndefined();
  });

  test('becomes the policy, or stays for good', () => {
    const replace = { update: 'replace', everySteps: 2 } as const;
    expect(steps(replace, 5)).toEqual([2, 4]);
    expect(referenceUpdate(4, replace)).toBe(1);
    expect(steps({ update: 'never' }, 100)).toEqual([]);
  });

  test('settings without a meaning are refused', () => {
    for (const everySteps of [0, -1, 1.5, Number.NaN]) {
      expect(() => referenceUpdate(1, { update: 'replace', everySteps })).toThrow(UsageError);
    }
    for (const share of [0, -0.1, 1.1, Number.NaN]) {
      expect(() => referenceUpdate(1, { update: 'blend', everySteps: 1, share })).toThrow(/share/);
    }
    expect(() => referenceUpdate(-1, RELEASED.reference)).toThrow(UsageError);
  });
});
