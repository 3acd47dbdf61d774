import { expect, it } from 'vitest';
import { firstBroken, type Measured, type Measurements } from './decide.js';
import { PATTERNS, type Pattern } from './patterns.js';

/** What a server would do whose loss has this gradient: one number for each predicted token. */
function measured(gradientOf: (batch: (typeof PATTERNS)[Pattern]) => readonly number[], adam = true): Measurements {
  return new Map(
    (Object.keys(PATTERNS) as Pattern[]).map((pattern): [Pattern, Measured] => {
      const gradient = gradientOf(PATTERNS[pattern]);
      const norm = Math.hypot(...gradient);
      // As if every log-prob had a parameter of its own, of another curvature for each.
      const effect = gradient.map((value, i) => (adam ? value : Math.sign(value)) * (1 + (i % 3)));
      return [pattern, { effect, norm }];
    }),
  );
}
const total = (
  batch: readonly { readonly weights: readonly number[] }[],
  scale: (weights: readonly number[], sequences: number) => number,
) => {
  const gradient = new Array<number>(12).fill(0);
  for (const { weights } of batch)
    for (const [i, weight] of weights.entries())
      gradient[i] = (gradient[i] ?? 0) + weight * scale(weights, batch.length);
  return gradient;
};
const sum = (weights: readonly number[]) => weights.reduce((a, b) => a + b, 0);

it('a sum is right, in effects and in norms', () => {
  expect(
    firstBroken(
      measured((batch) => total(batch, () => 1)),
      'effects',
    ),
  ).toBeUndefined();
  expect(
    firstBroken(
      measured((batch) => total(batch, () => 1), false),
      'norms',
    ),
  ).toBeUndefined();
});

it('other losses are named by what they do to a weight', () => {
  const found = (scale: (weights: readonly number[], sequences: number) => number) =>
    firstBroken(
      measured((batch) => total(batch, scale)),
      'effects',
    );
  expect(found(() => -1)).toMatch(/positive weight lowers/);
  expect(found((weights, sequences) => 1 / Math.max(sum(weights), 1e-9) / sequences)).toMatch(
    /a weight of 2 has 1 times/,
  );
  expect(found((_, sequences) => 1 / sequences)).toMatch(/there twice has 1 times the gradient, not 2/);
  expect(found((weights) => 1 / weights.length)).toMatch(/more tokens.*has 0.333 times/);
  expect(found((weights) => 1 / Math.max(sum(weights), 1))).toMatch(/a weight of 2/);
  // Signs are lost: each weight by its size.
  const sizes = measured((batch) =>
    total(
      batch.map(({ weights }) => ({ weights: weights.map(Math.abs) })),
      () => 1,
    ),
  );
  expect(firstBroken(sizes, 'effects')).toMatch(/do not add up/);
  // Negative totals explode.
  expect(found((weights) => (sum(weights) < 0 ? 1e9 : 1))).toMatch(/opposite of a batch has -1000000000 times/);
});

it('relations whose patterns were not measured are not judged', () => {
  const some = new Map([...measured((batch) => total(batch, () => 1))].slice(0, 1));
  expect(firstBroken(some, 'effects')).toBeUndefined();
});
