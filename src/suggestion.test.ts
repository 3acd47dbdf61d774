import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest, suggestion } from './suggestion.js';

test('the distance counts insertions, deletions, substitutions and swaps of neighbours', () => {
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('steps', 'stpes')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('ca', 'abc')).toBe(3);
});

test('the distance is symmetric, 0 only between equal words, and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test('a word is suggested when it is near, else the known words are listed', () => {
  const known = ['steps', 'samples', 'student'];
  expect(nearest('Steps', known)).toBe('steps');
  expect(nearest('smaples', known)).toBe('samples');
  expect(nearest('optimiser', known)).toBeUndefined();
  expect(nearest('3', ['8', '4'])).toBeUndefined();
  expect(suggestion('stpes', known, 'keys')).toBe('Did you mean "steps"?');
  expect(suggestion('zzz', known, 'keys')).toBe('The keys: steps, samples, student.');
  expect(suggestion('zzz', [], 'keys')).toBe('There are no keys.');
});
