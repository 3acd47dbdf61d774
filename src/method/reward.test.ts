import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, NumericError, UsageError } from '../errors.js';
import type { AlignedPiece } from './alignment.js';
import { correctnessReward } from './correctness.js';
import { explanationReward, paperReward, type RewardInput, type RewardSettings } from './reward.js';
import { asLogProbs } from './statistics.js';

const released = paperReward();

const input: RewardInput = {
  studentSolution: asLogProbs([-0.1, -0.5, -0.3]),
  teacherExplanation: asLogProbs([-0.2, -1.0]),
  studentExplanation: asLogProbs([-0.6, -0.9]),
};

describe('the RLT reward', () => {
  test('released settings: [1, 0.01] on [mean, min] and [3, 0.03] on [mean, max]', () => {
    expect(released).toEqual({
      solution: [
        { reduction: 'mean', coefficient: 1 },
        { reduction: 'min', coefficient: 0.01 },
      ],
      kl: [
        { reduction: 'mean', coefficient: 3 },
        { reduction: 'max', coefficient: 0.03 },
      ],
      estimator: 'k1',
      penalties: { missingEndTag: -1, emptyExplanation: -1 },
    });
  });

  test('by hand', () => {
    const reward = explanationReward(input, released);
    // r_SS: mean -0.9 / 3 = -0.3, min -0.5: -0.3 + 0.01 * -0.5 = -0.305
    expect(reward.solution.value).toBeCloseTo(-0.305, 14);
    expect(reward.solution.parts.map((part) => part.value)).toEqual([expect.closeTo(-0.3, 14), -0.5]);
    expect([...reward.solution.perToken]).toEqual([-0.1, -0.5, -0.3]);
    // kl: -0.2 + 0.6 = 0.4, -1.0 + 0.9 = -0.1: mean 0.15, max 0.4: 3 * 0.15 + 0.03 * 0.4 = 0.462
    expect([...reward.kl.perToken]).toEqual([expect.closeTo(0.4, 14), expect.closeTo(-0.1, 14)]);
    expect(reward.kl.value).toBeCloseTo(0.462, 14);
    // -0.305 - 0.462
    expect(reward.total).toBeCloseTo(-0.767, 14);
    expect(reward).toMatchObject({ penalty: 0, penalties: {} });
  });

  test('lambda and alpha in place of coefficients', () => {
    // alpha 0.5, lambda 2: r_SS = -0.3 - 0.25, r_KL = 0.15 + 0.2, r = -0.55 - 0.7
    expect(explanationReward(input, paperReward({ lambda: 2, alpha: 0.5 })).total).toBeCloseTo(-1.25, 14);
  });

  test('k3 in place of k1', () => {
    const reward = explanationReward(input, { ...released, estimator: 'k3' });
    // exp(-0.4) - 1 + 0.4 = 0.0703200460, exp(0.1) - 1 - 0.1 = 0.0051709181
    expect(reward.kl.perToken[0]).toBeCloseTo(0.070320046, 9);
    expect(reward.kl.perToken[1]).toBeCloseTo(0.0051709181, 9);
    // 3 * 0.0377454820 + 0.03 * 0.0703200460
    expect(reward.kl.value).toBeCloseTo(0.1153460475, 8);
  });

  test('every reduction', () => {
    const settings: RewardSettings = {
      ...released,
      solution: [
        { reduction: 'sum', coefficient: 1 },
        { reduction: 'median', coefficient: 10 },
        { reduction: 'max', coefficient: 100 },
      ],
      kl: [],
    };
    // -0.9 + 10 * -0.3 + 100 * -0.1
    const reward = explanationReward(input, settings);
    expect(reward.total).toBeCloseTo(-13.9, 13);
    expect(reward.kl).toMatchObject({ value: 0, parts: [] });
    expect(reward.kl.perToken).toHaveLength(2);
  });

  test('a missing end tag costs 1, own faults what the settings say', () => {
    expect(explanationReward({ ...input, faults: ['missingEndTag'] }, released).total).toBeCloseTo(-1.767, 14);
    const settings = { ...released, penalties: { ...released.penalties, repeatsQuestion: -0.25 } };
    const reward = explanationReward({ ...input, faults: ['repeatsQuestion', 'missingEndTag'] }, settings);
    expect(reward.total).toBeCloseTo(-2.017, 14);
    expect(reward.penalties).toEqual({ repeatsQuestion: -0.25, missingEndTag: -1 });
  });

  test('a fault without a penalty is refused, not forgiven', () => {
    for (const fault of ['tooLong', 'toString']) {
      expect(() => explanationReward({ ...input, faults: [fault] }, released)).toThrow(UsageError);
    }
    expect(() => explanationReward({ ...input, faults: ['emptyExplanation'] }, released)).toThrow(
      /found by the reward/,
    );
  });

  test('an empty explanation has no KL and its own penalty', () => {
    const empty = { ...input, teacherExplanation: asLogProbs([]), studentExplanation: asLogProbs([]) };
    const reward = explanationReward(empty, released);
    expect(reward.kl).toMatchObject({ value: 0, parts: [{ value: 0 }, { value: 0 }] });
    expect(reward.total).toBeCloseTo(-1.305, 14);
    expect(reward.penalties).toEqual({ emptyExplanation: -1 });
    expect(explanationReward({ ...empty, faults: ['missingEndTag'] }, released).total).toBeCloseTo(-2.305, 14);
    expect(explanationReward({ ...empty, pieces: [] }, released).total).toBe(reward.total);
  });

  test('an empty solution is refused', () => {
    expect(() => explanationReward({ ...input, studentSolution: asLogProbs([]) }, released, { sample: 'p7' })).toThrow(
      InputError,
    );
    expect(() => explanationReward({ ...input, studentSolution: asLogProbs([]) }, released, { sample: 'p7' })).toThrow(
      /sample p7/,
    );
  });

  test('a value that is not finite is named', () => {
    const bad: [Partial<RewardInput>, RegExp][] = [
      [{ studentSolution: asLogProbs([-1, Number.NaN]) }, /studentSolution\[1\] is NaN/],
      [{ teacherExplanation: asLogProbs([Number.NEGATIVE_INFINITY, -1]) }, /teacherExplanation\[0\] is -Infinity/],
      [{ studentExplanation: asLogProbs([-1, Number.POSITIVE_INFINITY]) }, /studentExplanation\[1\] is Infinity/],
    ];
    for (const [part, message] of bad) {
      expect(() => explanationReward({ ...input, ...part }, released)).toThrow(NumericError);
      expect(() => explanationReward({ ...input, ...part }, released)).toThrow(message);
    }
    // exp(800) overflows, though both log-probs are finite.
    const far = { ...input, teacherExplanation: asLogProbs([-801, -1]), studentExplanation: asLogProbs([-1, -1]) };
    expect(() => explanationReward(far, { ...released, estimator: 'k3' })).toThrow(/kl\[0\] is Infinity/);
    expect(explanationReward(far, released).kl.perToken[0]).toBe(-800);
    const settings = { ...released, solution: [{ reduction: 'mean', coefficient: Number.NaN }] } as const;
    expect(() => explanationReward(input, settings)).toThrow(NumericError);
  });

  test('different numbers of tokens need an alignment', () => {
    expect(() => explanationReward({ ...input, studentExplanation: asLogProbs([-1]) }, released)).toThrow(/pieces/);
  });
});

describe('an explanation in two tokenizations', () => {
  const cut = (teacherEnds: readonly number[], studentEnds: readonly number[]): AlignedPiece[] =>
    teacherEnds.map((end, p) => ({
      teacher: { start: teacherEnds[p - 1] ?? 0, end },
      student: { start: studentEnds[p - 1] ?? 0, end: studentEnds[p] ?? 0 },
    }));
  const aligned: RewardInput = {
    studentSolution: asLogProbs([-1]),
    teacherExplanation: asLogProbs([-0.1, -0.2, -0.4, -0.8]),
    studentExplanation: asLogProbs([-0.5, -0.25, -1]),
    pieces: cut([1, 3, 4], [1, 2, 3]),
  };

  test('each piece of text takes the place of a token', () => {
    // pieces: -0.1 | -0.2 - 0.4 | -0.8  against  -0.5 | -0.25 | -1:  0.4, -0.35, 0.2
    const { kl } = explanationReward(aligned, released);
    expect([...kl.perToken]).toEqual([0.4, -0.35, 0.2].map((value) => expect.closeTo(value, 14)));
    expect(kl.value).toBeCloseTo((3 * 0.25) / 3 + 0.03 * 0.4, 14);
  });

  test('pieces of one token each change nothing', () => {
    expect(explanationReward({ ...input, pieces: cut([1, 2], [1, 2]) }, released)).toEqual(
      explanationReward(input, released),
    );
  });

  test('the sum of k1 does not depend on the pieces', () => {
    const total: RewardSettings = { ...released, kl: [{ reduction: 'sum', coefficient: 1 }] };
    const expected = expect.closeTo(explanationReward(aligned, total).kl.value, 14);
    expect(explanationReward({ ...aligned, pieces: cut([4], [3]) }, total).kl.value).toEqual(expected);
    // The student's tokenizer drops the last of the text: nothing of it remains to be unlikely.
    expect(explanationReward({ ...aligned, pieces: cut([2, 3, 4], [1, 3, 3]) }, total).kl.value).toEqual(expected);
  });

  test('an explanation of which the student reads nothing is empty, not cheap', () => {
    const unread = { ...aligned, studentExplanation: asLogProbs([]), pieces: cut([4], [0]) };
    const reward = explanationReward(unread, released);
    expect(reward.kl.perToken).toHaveLength(0);
    expect(reward.penalties).toEqual({ emptyExplanation: -1 });
    expect(reward.total).toBeCloseTo(-2.01, 14); // -1 + 0.01 * -1 - 1
  });

  test('pieces that do not cover the tokens in order are refused', () => {
    const bad = [
      cut([1, 2, 3], [1, 2, 3]),
      cut([1, 3], [1, 2]),
      cut([1, 3, 5], [1, 2, 3]),
      cut([1, 0, 4], [1, 2, 3]),
      cut([1, 2.5, 4], [1, 2, 3]),
      cut([1, 3, 4], [1, 2, 3]).slice(1),
      [],
    ];
    for (const pieces of bad) expect(() => explanationReward({ ...aligned, pieces }, released)).toThrow(UsageError);
  });
});

describe('properties', () => {
  const logProb = fc.double({ min: -30, max: 0, noNaN: true });
  const inputs = fc
    .record({
      studentSolution: fc.array(logProb, { minLength: 1, maxLength: 12 }),
      pairs: fc.array(fc.tuple(logProb, logProb), { maxLength: 12 }),
    })
    .map(({ studentSolution, pairs }) => ({
      studentSolution: asLogProbs(studentSolution),
      teacherExplanation: asLogProbs(pairs.map(([teacher]) => teacher)),
      studentExplanation: asLogProbs(pairs.map(([, student]) => student)),
    }));

  test('the order of tokens does not matter', () => {
    fc.assert(
      fc.property(inputs, (value) => {
        const reversed = {
          studentSolution: asLogProbs(value.studentSolution.toReversed()),
          teacherExplanation: asLogProbs(value.teacherExplanation.toReversed()),
          studentExplanation: asLogProbs(value.studentExplanation.toReversed()),
        };
        expect(explanationReward(reversed, released).total).toBeCloseTo(explanationReward(value, released).total, 10);
      }),
    );
  });

  test('a student that thinks as the teacher does leaves only the solution term', () => {
    fc.assert(
      fc.property(inputs, (value) => {
        const { total, solution, penalty } = explanationReward(
          { ...value, studentExplanation: value.teacherExplanation },
          released,
        );
        expect(total).toBe(solution.value + penalty);
      }),
    );
  });

  test('the total is the sum of its parts, and finite', () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom('k1' as const, 'k3' as const), (value, estimator) => {
        const reward = explanationReward(value, { ...released, estimator });
        const [mean, min] = reward.solution.parts.map((part) => part.value);
        const [klMean, klMax] = reward.kl.parts.map((part) => part.value);
        const expected =
          (mean as number) +
          0.01 * (min as number) -
          3 * (klMean as number) -
          0.03 * (klMax as number) -
          (value.teacherExplanation.length === 0 ? 1 : 0);
        expect(Math.abs(reward.total - expected)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(expected)));
      }),
    );
  });
});

test('correctness: right 1, malformed -0.5, wrong -1, or own values', () => {
  expect(correctnessReward('right')).toBe(1);
  expect(correctnessReward('malformed')).toBe(-0.5);
  expect(correctnessReward('wrong')).toBe(-1);
  expect(correctnessReward('malformed', { right: 1, wrong: -0.5, malformed: -1 })).toBe(-1);
});
