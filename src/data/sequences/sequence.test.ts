import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { Cursor } from '../cursor.js';
import { RecordStore, stored } from './record-store.js';
import { filtered, firstOf, Lazy, mapped, picked } from './sequence.js';

const lazily = <Item>(items: readonly Item[]) => new Lazy(items.length, (index) => items[index] as Item);

test('a lazy sequence has what an array has', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (items, a, b) => {
      const lazy = lazily(items);
      expect([...lazy]).toEqual(items);
      expect(lazy.at(a)).toBe(items.at(a));
      expect([...lazy.slice(a, b)]).toEqual(items.slice(a, b));
      expect([...lazy.slice(a).slice(b)]).toEqual(items.slice(a).slice(b));
      expect(lazy.map((item, index) => item + index)).toEqual(items.map((item, index) => item + index));
      const isEven = (item: number): boolean => item % 2 === 0;
      expect([...filtered(lazy, isEven)]).toEqual(items.filter(isEven));
      expect([...mapped(lazy, (item) => `${item}`)]).toEqual(items.map((item) => `${item}`));
    }),
  );
  expect([...picked(lazily(['a', 'b', 'c']), [2, 0])]).toEqual(['c', 'a']);
});

test('nothing is made before it is asked for', () => {
  const made: number[] = [];
  const items = mapped(lazily([1, 2, 3, 4]), (item) => {
    made.push(item);
    return item;
  });
  const rest = items.slice(2);
  expect(made).toEqual([]);
  expect(rest.at(1)).toBe(4);
  expect(made).toEqual([4]);
});

test('without a limit a sequence stays the same, so that what is known of it stays known', () => {
  const items = lazily([1, 2, 3]);
  expect(firstOf(items, null)).toBe(items);
  expect(firstOf(items, 3)).toBe(items);
  expect([...firstOf(items, 2)]).toEqual([1, 2]);
});

test('a cursor gives the items of a lazy sequence in the order of those of an array', () => {
  const items = Array.from({ length: 23 }, (_, index) => index);
  const [one, other] = [new Cursor(items, { seed: 4 }), new Cursor(lazily(items), { seed: 4 })];
  for (let batch = 0; batch < 9; batch++) expect(other.next(5)).toEqual(one.next(5));
  expect(other.state).toEqual(one.state);
});

it('keeps any JSON as it was, also beyond a piece of its memory', async () => {
  const values = fc.sample(fc.jsonValue({ maxDepth: 2 }), { numRuns: 200, seed: 1 }).map((value) => ({ value }));
  const texts = ['\ud83d\ude00é', 'x'.repeat(600_000), 'é'.repeat(1_100_000), '', 'y'.repeat(600_000)];
  const store = new RecordStore<unknown>();
  const given = [...values, ...texts, ...values];
  expect(given.map((value) => store.add(value))).toEqual(given.map((_, index) => index));
  // Compared as JSON: it has one zero only.
  const written = given.map((value) => JSON.stringify(value));
  expect(written.map((_, index) => JSON.stringify(store.at(index)))).toEqual(written);
  const kept = await stored(
    (async function* () {
      yield* texts;
    })(),
  );
  expect([...kept]).toEqual(texts);
});
