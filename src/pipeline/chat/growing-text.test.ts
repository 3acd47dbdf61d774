import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrowingText, type Parts } from './growing-text.js';

type Part = 'thought' | 'solution';
const TAGS: Parts<Part> = {
  thought: new Map([
    ['<think>', 'thought'],
    ['</think>', 'solution'],
  ]),
  solution: new Map([
    ['<solution>', 'solution'],
    ['</solution>', 'solution'],
  ]),
};

/** The parts of a text that comes in pieces of these lengths, the last of them over and over. */
function partsOf(text: string, lengths: readonly number[], tags: Parts<Part> = TAGS): Record<Part, string> {
  const parts = { thought: '', solution: '' };
  const growing = new GrowingText(tags, 'thought', (shown, part: Part) => {
    parts[part] += shown;
  });
  const bytes = Buffer.from(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[Math.min(i, lengths.length - 1)] ?? 1;
    growing.add(bytes.subarray(at, at + length));
    at += length;
  }
  growing.end();
  expect(growing.text).toBe(text);
  return parts;
}

test.each([1, 2, 5, 1000])(
  'thought and solution come apart, without tags and white space, in pieces of %i',
  (length) => {
    expect(partsOf('<think>\n\n2 + 3 = 5 < 6\n</think>\n\n<solution>\n5 é\n</solution>', [length])).toEqual({
      thought: '2 + 3 = 5 < 6',
      solution: '5 é',
    });
  },
);

test('a reply that is cut has what is there, and what only began like a tag is text', () => {
  expect(partsOf('<think>\n2 + 3 </thin', [3])).toEqual({ thought: '2 + 3 </thin', solution: '' });
  expect(partsOf('<think>a</think>\n<solution>\n5\n</solu', [1])).toEqual({ thought: 'a', solution: '5\n</solu' });
});

test('nothing is shown after a tag that ends all, and without tags a text is shown as it is', () => {
  const ending = { thought: new Map([['</think>', undefined]]), solution: new Map() };
  expect(partsOf(' a </think> b </think>', [1], ending)).toEqual({ thought: 'a', solution: '' });
  const none = { thought: new Map(), solution: new Map() };
  expect(partsOf(' a </think>\n', [1], none)).toEqual({ thought: ' a </think>\n', solution: '' });
});

test('how a text is cut into pieces does not change its parts', () => {
  const text = fc
    .array(fc.constantFrom('<think>', '</think>', '<solution>', '</solution>', '</th', '<', ' ', '\n', 'ab', 'é'))
    .map((pieces) => pieces.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });
  fc.assert(
    fc.property(text, lengths, (one, cuts) => {
      expect(partsOf(one, cuts)).toEqual(partsOf(one, [1000]));
    }),
  );
});
