import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenIds } from '../../../../text/tokens.js';
import type { SamplingSettings } from '../../../engine.js';
import { blockAt, chooseToken, isPlain, withinBlock } from './choice.js';

const settings = (given: Partial<SamplingSettings> = {}): SamplingSettings => ({
  temperature: 1,
  maxTokens: 1,
  stopIds: tokenIds([]),
  ...given,
});
/** Sums are exact in binary: 1/8, 1/2, 1/16, 1/4, 1/16. */
const DISTRIBUTION = Float32Array.of(0.125, 0.5, 0.0625, 0.25, 0.0625);

/** Which ids come for uniforms over [0, 1), and what share each has. */
function shares(given: Partial<SamplingSettings>, distribution = DISTRIBUTION): Record<number, number> {
  const found: Record<number, number> = {};
  const steps = 1024;
  for (let i = 0; i < steps; i++) {
    const choice = chooseToken(distribution, settings(given), i / steps);
    if (choice !== undefined) found[choice.id] = (found[choice.id] ?? 0) + 1 / steps;
  }
  return found;
}

describe('a token is chosen', () => {
  it('in proportion to the probabilities, in the order of ids', () => {
    expect(shares({})).toEqual({ 0: 0.125, 1: 0.5, 2: 0.0625, 3: 0.25, 4: 0.0625 });
    expect(chooseToken(DISTRIBUTION, settings(), 0)?.id).toBe(0);
    expect(chooseToken(DISTRIBUTION, settings(), 0.125)?.id).toBe(1);
    expect(chooseToken(DISTRIBUTION, settings(), 0.624)?.id).toBe(1);
    expect(chooseToken(DISTRIBUTION, settings(), 0.625)?.id).toBe(2);
    expect(chooseToken(DISTRIBUTION, settings(), 1 - 2 ** -53)?.id).toBe(4);
  });

  it('as the likeliest one at temperature 0, the first of equals', () => {
    expect(chooseToken(DISTRIBUTION, settings({ temperature: 0 }), 0.99)?.id).toBe(1);
    expect(chooseToken(Float32Array.of(0.2, 0.4, 0.4), settings({ temperature: 0 }), 0.99)?.id).toBe(1);
  });

  it('with its log-prob under the whole distribution', () => {
    expect(chooseToken(DISTRIBUTION, settings({ topK: 1 }), 0.3)?.logProb).toBe(Math.log(0.5));
    expect(chooseToken(DISTRIBUTION, settings(), 0)?.logProb).toBe(Math.log(0.125));
  });
});

describe('restrictions keep', () => {
  const expectShares = (given: Partial<SamplingSettings>, expected: Record<number, number>) => {
    const found = shares(given);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [id, share] of Object.entries(expected)) expect(found[Number(id)]).toBeCloseTo(share, 2);
  };
  it('top-k: the k likeliest, in proportion', () => {
    expectShares({ topK: 1 }, { 1: 1 });
    expectShares({ topK: 2 }, { 1: 2 / 3, 3: 1 / 3 });
    expectShares({ topK: 3 }, { 0: 1 / 7, 1: 4 / 7, 3: 2 / 7 });
    expectShares({ topK: 99 }, shares({}));
  });
  it('top-k: the lower id among equals', () => {
    expectShares({ topK: 4 }, { 0: 2 / 15, 1: 8 / 15, 2: 1 / 15, 3: 4 / 15 });
  });
  it('top-p: the smallest set that reaches it', () => {
    expectShares({ topP: 0.5 }, { 1: 1 });
    expectShares({ topP: 0.51 }, { 1: 2 / 3, 3: 1 / 3 });
    expectShares({ topP: 0.75 }, { 1: 2 / 3, 3: 1 / 3 });
    expectShares({ topP: 0.8 }, { 0: 1 / 7, 1: 4 / 7, 3: 2 / 7 });
    expectShares({ topP: 1e-9 }, { 1: 1 });
  });
  it('min-p: all at least that fraction as likely as the likeliest', () => {
    expectShares({ minP: 0.25 }, { 0: 1 / 7, 1: 4 / 7, 3: 2 / 7 });
    expectShares({ minP: 0.26 }, { 1: 2 / 3, 3: 1 / 3 });
    expectShares({ minP: 1 }, { 1: 1 });
  });
  it('top-k before top-p: top-p is a share of what top-k left', () => {
    // Of 0.5 and 0.25, two thirds are reached by the first alone; of everything, 0.66 would need both.
    expectShares({ topK: 2, topP: 0.66 }, { 1: 1 });
    expectShares({ topP: 0.66 }, { 1: 2 / 3, 3: 1 / 3 });
  });
});

it('no choice is made from what is no distribution', () => {
  const all = [{}, { temperature: 0 }, { topK: 1 }, { topP: 0.5 }, { minP: 0.5 }];
  for (const bad of [
    [Number.NaN, Number.NaN],
    [0, 0],
    [Number.POSITIVE_INFINITY, 0],
  ]) {
    for (const given of all) {
      const choice = chooseToken(Float32Array.from(bad), settings(given), 0.7);
      expect(choice, `${bad} ${JSON.stringify(given)}`).toBeUndefined();
    }
  }
  expect(chooseToken(Float32Array.of(0.2, 0.2), settings(), 0.7), 'a sum of 0.4').toBeUndefined();
});

it('a token of probability 0 is never chosen, whatever the number', () => {
  const probabilities = fc
    .array(fc.nat(5), { minLength: 2, maxLength: 40 })
    .filter((counts) => counts.some((count) => count > 0))
    .map((counts) => {
      const total = counts.reduce((a, b) => a + b, 0);
      return Float32Array.from(counts, (count) => count / total);
    });
  const restrictions = fc.record({
    topP: fc.constantFrom(1, 0.9, 0.3),
    topK: fc.nat(5),
    minP: fc.constantFrom(0, 0.5),
  });
  const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(probabilities, restrictions, uniforms, (distribution, given, uniform) => {
      const choice = chooseToken(distribution, settings(given), uniform);
      expect(choice).toBeDefined();
      expect(distribution[choice?.id ?? -1]).toBeGreaterThan(0);
    }),
  );
});

describe('a token is chosen in two steps, by blocks', () => {
  it('as from the whole distribution', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.integer({ min: 0, max: 255 }), { minLength: 12, maxLength: 12 })
          .filter((all) => all.some((n) => n > 0)),
        fc.integer({ min: 0, max: 2 ** 20 - 1 }),
        (counts, draw) => {
          // Powers of two, so that sums are exact in float32.
          const total = counts.reduce((a, b) => a + b, 0);
          const padded = [...counts, 4096 - total, 0, 0, 0];
          const distribution = Float32Array.from(padded, (count) => count / 4096);
          const sums = Float32Array.from({ length: 4 }, (_, b) =>
            distribution.subarray(4 * b, 4 * b + 4).reduce((a, x) => a + x, 0),
          );
          const uniform = draw / 2 ** 20;
          const place = blockAt(sums, uniform);
          const block = place?.block ?? 0;
          const choice = place && withinBlock(place, distribution.subarray(4 * block, 4 * block + 4), uniform);
          expect(choice).toEqual(chooseToken(distribution, settings(), uniform));
        },
      ),
    );
  });

  it('the last of its block that is possible, where the sum of the block was rounded up', () => {
    const place = { block: 1, before: 0.5 };
    expect(withinBlock(place, Float32Array.of(0.2, 0.29, 0), 0.9999)?.id).toBe(4);
    expect(withinBlock(place, new Float32Array(3), 0.9999)).toBeUndefined();
    expect(withinBlock(place, Float32Array.of(Number.NaN, 0.1, 0.1), 0.6)).toBeUndefined();
  });

  it('not from what is no distribution', () => {
    expect(blockAt(Float32Array.of(0.5, Number.NaN), 0.7)).toBeUndefined();
    expect(blockAt(Float32Array.of(0.2, 0.2), 0.7)).toBeUndefined();
  });

  it('where nothing restricts the distribution', () => {
    expect([{}, { topP: 1 }, { topK: 0 }].map((given) => isPlain(settings(given)))).toEqual([true, true, true]);
    const others = [{ temperature: 0 }, { topP: 0.9 }, { topK: 3 }, { minP: 0.1 }];
    expect(others.map((given) => isPlain(settings(given)))).toEqual([false, false, false, false]);
  });
});
