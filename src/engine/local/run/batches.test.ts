import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tokenIds } from '../../../text/tokens.js';
import { divideSequences, microBatches } from './batches.js';

const request = (ids: readonly number[], ...positions: number[]) => ({
  ids: tokenIds(ids),
  positions,
  temperature: 1,
});
const LOOSE = { tokens: 1000, positions: 1000 };

it('lays sequences that begin alike out as one prefix and their continuations', () => {
  const prompt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const [batch, ...others] = microBatches(
    [request([...prompt, 11, 12], 10, 11), request([...prompt, 13, 14, 15], 10, 11, 12)],
    LOOSE,
  );
  expect(others).toEqual([]);
  // The token at 10 is predicted at 9, which therefore is each sequence's own; the last id predicts nothing.
  expect(batch?.groups).toEqual([
    {
      prefix: prompt.slice(0, 9),
      rows: [
        { index: 1, ids: [10, 13, 14] },
        { index: 0, ids: [10, 11] },
      ],
    },
  ]);
});

it('leaves a group of one, short beginnings and chosen beginnings plain', () => {
  const alone = microBatches([request([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 10)], LOOSE);
  expect(alone.map(({ prefixTokens }) => prefixTokens)).toEqual([0]);
  const short = microBatches([request([1, 2, 3, 4], 3), request([1, 2, 3, 5], 3)], LOOSE);
  expect(short.map(({ prefixTokens, rowsPerGroup }) => [prefixTokens, rowsPerGroup])).toEqual([[0, 1]]);
  const ids = Array.from({ length: 20 }, (_, i) => i);
  const chosen = microBatches([request(ids, 1, 19), request(ids, 1, 19)], LOOSE);
  expect(chosen.map(({ prefixTokens }) => prefixTokens)).toEqual([0]);
});

it('divides a call into shares of about equal cost, the longest sequences first, without parting those that begin alike', () => {
  const alone = (length: number, first: number) =>
    request(
      Array.from({ length }, (_, i) => first + i),
      length - 1,
    );
  const prompt = Array.from({ length: 20 }, (_, i) => 1000 + i);
  const alike = [30, 31].map((last) => request([...prompt, last, last], 21));
  const calls = [alone(10, 0), ...alike, alone(30, 100), alone(60, 200), request([1, 2]), alone(12, 300)];
  const shares = divideSequences(calls, 2);
  expect(shares.map(({ indices }) => indices)).toEqual([
    [4, 3],
    [1, 2, 6, 0, 5],
  ]);
  for (const { indices, sequences: own } of shares) expect(own).toEqual(indices.map((index) => calls[index]));
  expect(divideSequences(calls.slice(0, 1), 4).map(({ indices }) => indices)).toEqual([[0]]);
});

it('computes nothing for sequences without chosen positions', () => {
  expect(microBatches([request([1, 2, 3])], LOOSE)).toEqual([]);
});

const sequences = fc
  .record({
    prompts: fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 4 }),
    rows: fc.array(
      fc.record({
        prompt: fc.nat(3),
        own: fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        chosen: fc.array(fc.nat(43), { maxLength: 20 }),
      }),
      { minLength: 1, maxLength: 16 },
    ),
  })
  .map(({ prompts, rows }) =>
    rows.map(({ prompt, own, chosen }) => {
      const ids = tokenIds([...(prompts[prompt % prompts.length] ?? []), ...own]);
      const positions = [...new Set(chosen.map((at) => 1 + (at % (ids.length - 1))))].sort((a, b) => a - b);
      return { ids, positions, temperature: 1 };
    }),
  );

it('holds every sequence once, with all tokens that its positions need, within the budget', () => {
  const budgets = fc.record({ tokens: fc.integer({ min: 1, max: 200 }), positions: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(sequences, budgets, (requests, budget) => {
      const seen: number[] = [];
      for (const batch of microBatches(requests, budget)) {
        const tokens = batch.groups.length * (batch.prefixTokens + batch.rowsPerGroup * batch.ownTokens);
        const one = batch.groups.length === 1 && batch.rowsPerGroup === 1;
        expect(one || tokens <= budget.tokens).toBe(true);
        for (const { prefix, rows } of batch.groups) {
          expect(prefix.length > 0).toBe(batch.prefixTokens > 0);
          expect(prefix.length <= batch.prefixTokens && rows.length === batch.rowsPerGroup).toBe(true);
          for (const { index, ids } of rows) {
            const { ids: all, positions } = requests[index] ?? request([]);
            seen.push(index);
            expect(ids.length).toBeLessThanOrEqual(batch.ownTokens);
            expect([...prefix, ...ids]).toEqual(all.slice(0, positions.at(-1)));
            expect(positions[0]).toBeGreaterThan(prefix.length);
          }
        }
      }
      const expected = requests.flatMap(({ positions }, index) => (positions.length > 0 ? [index] : []));
      expect(seen.sort((a, b) => a - b)).toEqual(expected);
    }),
  );
});
