import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { Cursor, type CursorState, epochOrder, type LastBatch } from './cursor.js';

const items = (count: number) => Array.from({ length: count }, (_, i) => i);
const lastBatches = fc.constantFrom<LastBatch>('keep', 'fill');

describe('Cursor', () => {
  it('gives every item once a pass, the ragged last batch too, in another order each pass', () => {
    const cursor = new Cursor(items(10), { seed: 3 });
    const passes = [0, 1].map(() => [cursor.next(4), cursor.next(4), cursor.next(4)]);
    for (const pass of passes) {
      expect(pass.map((batch) => batch.length)).toEqual([4, 4, 2]);
      expect(pass.flat().sort((a, b) => a - b)).toEqual(items(10));
    }
    expect(passes[0]?.flat()).not.toEqual(passes[1]?.flat());
    expect(cursor.state).toEqual({ seed: 3, count: 10, epoch: 2, position: 0 });
  });

  it('fills the ragged batch when asked', () => {
    const order = [0, 1].map((epoch) => epochOrder(3, 10, epoch));
    const filling = new Cursor(items(10), { seed: 3, lastBatch: 'fill' });
    expect([filling.next(8), filling.next(8)]).toEqual([
      order[0]?.slice(0, 8),
      [...(order[0]?.slice(8) ?? []), ...(order[1]?.slice(0, 6) ?? [])],
    ]);
    expect(new Cursor(items(2), { seed: 1, lastBatch: 'fill' }).next(5)).toHaveLength(5);
  });

  it('continues from a saved state, through JSON, exactly as an uninterrupted one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer(),
        lastBatches,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        fc.nat(19),
        (count, seed, lastBatch, sizes, stop) => {
          const whole = new Cursor(items(count), { seed, lastBatch });
          const expected = sizes.map((size) => whole.next(size));
          const first = new Cursor(items(count), { seed, lastBatch });
          const before = sizes.slice(0, stop).map((size) => first.next(size));
          const state = JSON.parse(JSON.stringify(first.state)) as CursorState;
          const second = new Cursor(items(count), { seed, lastBatch, state });
          const after = sizes.slice(stop).map((size) => second.next(size));
          expect([...before, ...after]).toEqual(expected);
          expect(second.state).toEqual(whole.state);
        },
      ),
    );
  });

  it('never gives an empty batch, and with keep or fill gives every item equally often', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom<LastBatch>('keep', 'fill'),
        fc.integer({ min: 1, max: 7 }),
        (count, lastBatch, size) => {
          const cursor = new Cursor(items(count), { seed: 1, lastBatch });
          const given: number[] = [];
          while (given.length < 3 * count) {
            const batch = cursor.next(size);
            expect(batch.length).toBeGreaterThan(0);
            given.push(...batch);
          }
          expect(given.slice(0, 3 * count).sort((a, b) => a - b)).toEqual(items(count).flatMap((i) => [i, i, i]));
        },
      ),
    );
  });

  it('refuses a state of another seed, other data or out of bounds, and no items', () => {
    const state = { seed: 1, count: 5, epoch: 0, position: 2 };
    const resume =
      (changed: Partial<CursorState>, count = 5) =>
      () =>
        new Cursor(items(count), { seed: 1, state: { ...state, ...changed } });
    expect(resume({})).not.toThrow();
    expect(resume({ seed: 2 })).toThrow(InputError);
    expect(resume({}, 6)).toThrow(/over 5 items, but there are 6/);
    expect(resume({ position: 5 })).toThrow(InputError);
    expect(resume({ epoch: -1 })).toThrow(InputError);
    expect(() => new Cursor([], { seed: 1 })).toThrow(InputError);
  });
});
