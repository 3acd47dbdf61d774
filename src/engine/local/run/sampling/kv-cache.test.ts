import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KvCache } from './kv-cache.js';

/** What the cache should hold, as one array a place: model[row][column]. */
type Model = number[][][];

const WIDTH = 2;
const LAYERS = 2;
const MOST = 9;
/** New tokens of a row in a step. */
const TOKENS = 3;

const commands = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('place' as const),
      // How many of three new tokens each row keeps.
      counts: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('widen' as const), by: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('keep' as const), living: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }) }),
  ),
  { maxLength: 30 },
);

it('holds what was placed, however it grew and whichever rows left', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      const cache = new KvCache(LAYERS, 5, MOST, WIDTH);
      let model: Model = Array.from({ length: 5 }, () => []);
      let next = 1;
      for (const step of steps) {
        if (step.kind === 'widen') cache.widen(Math.min(MOST, cache.columns + step.by));
        else if (step.kind === 'place') {
          const values = Array.from(model, () => Array.from({ length: TOKENS }, () => [next++, next++]));
          const placements = model.map((row, i) => {
            return { column: row.length, count: Math.min(step.counts[i] ?? 0, cache.columns - row.length) };
          });
          // Sides and layers are told apart by the sign and a half.
          for (const layer of [0, 1]) {
            for (const side of [0, 1]) {
              const fresh = Float32Array.from(values.flat(2), (value) => (side === 0 ? value : -value) + layer / 2);
              cache.place(layer, side, fresh, TOKENS, placements);
            }
          }
          model = model.map((row, i) => [...row, ...(values[i] ?? []).slice(0, placements[i]?.count)]);
        } else if (step.kind === 'keep') {
          const sources = model.flatMap((_, row) => (step.living[row] === true ? [row] : []));
          if (sources.length === 0) continue;
          cache.keep(sources);
          model = sources.map((row) => model[row] as number[][]);
        }
        for (const layer of [0, 1]) {
          for (const side of [0, 1]) {
            const view = cache.view(layer, side);
            expect(view.length).toBe(model.length * cache.columns * WIDTH);
            model.forEach((row, r) => {
              const start = r * cache.columns * WIDTH;
              const expected = row.flat().map((value) => (side === 0 ? value : -value) + layer / 2);
              expect([...view.subarray(start, start + expected.length)]).toEqual(expected);
            });
          }
        }
      }
    }),
  );
});

it('leaves rows of nobody alone', () => {
  const cache = new KvCache(1, 4, 1, 1);
  cache.widen(1);
  cache.place(0, 0, Float32Array.of(1, 2, 3, 4), 1, Array(4).fill({ column: 0, count: 1 }));
  cache.keep([1, undefined, 3]);
  expect([...cache.view(0, 0)]).toEqual([2, 2, 4]);
});
