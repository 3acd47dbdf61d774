import { expect, it } from 'vitest';
import { NumericError } from '../../../errors.js';
import { asLogProbs } from '../../../method/statistics.js';
import { tokenIds } from '../../../text/tokens.js';
import type { ScoreRequest, WeightedSequence } from '../../engine.js';
import { computedOnce, summed } from './equal-sequences.js';

const sequence = (ids: readonly number[], weights: readonly number[], more: Partial<ScoreRequest> = {}) => ({
  ids: tokenIds(ids),
  positions: weights.map((_, k) => k + 1),
  temperature: 1,
  ...more,
  weights,
});
const a = sequence([1, 2, 3], [0.5, -1]);
const b = sequence([1, 2, 4], [2, 2]);
/** What makes a sequence another one: an id, a chosen position, the temperature, the length. */
const others = [
  sequence([1, 2, 3], [1], { positions: [2] }),
  sequence([1, 2, 3], [1, 1], { temperature: 0.7 }),
  sequence([1, 2, 3, 3], [1, 1]),
];

const compute = (seen: WeightedSequence[]) => async (distinct: readonly WeightedSequence[]) => {
  seen.push(...distinct);
  return distinct.map(({ ids, positions }) => asLogProbs(Float32Array.from(positions, (p) => -(ids[p] ?? 0))));
};

it('computes equal sequences once, with the sum of their weights', async () => {
  const seen: WeightedSequence[] = [];
  const results = await computedOnce([a, b, { ...a, weights: [1, 3] }, ...others, { ...a }], summed, compute(seen));
  expect(seen.map(({ ids, weights }) => [ids, Array.from(weights)])).toEqual([
    [
      [1, 2, 3],
      [2, 1],
    ],
    [
      [1, 2, 4],
      [2, 2],
    ],
    [[1, 2, 3], [1]],
    [
      [1, 2, 3],
      [1, 1],
    ],
    [
      [1, 2, 3, 3],
      [1, 1],
    ],
  ]);
  expect(results.map((values) => Array.from(values))).toEqual([
    [-2, -3],
    [-2, -4],
    [-2, -3],
    [-3],
    [-2, -3],
    [-2, -3],
    [-2, -3],
  ]);
  // Writing to one leaves the others as they are.
  results[0]?.fill(7);
  expect(Array.from(results[2] ?? [])).toEqual([-2, -3]);
});

it('passes sequences on as they are where no two are equal', async () => {
  const all = [a, b, ...others];
  await computedOnce(all, summed, async (distinct) => {
    expect(distinct).toBe(all);
    return [];
  });
});

it('an error names the first of the sequences that it is about', async () => {
  const fail = async (): Promise<never> => {
    throw new NumericError('not finite', { sample: 1 });
  };
  await expect(computedOnce([a, a, b, b], summed, fail)).rejects.toMatchObject({ facts: { sample: 2 } });
  await expect(computedOnce([a, a], summed, () => Promise.reject(new Error('other')))).rejects.toThrow('other');
});
