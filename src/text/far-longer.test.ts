import { expect, test } from 'vitest';
import { beginningOf, isFarLonger } from './far-longer.js';
import { tokenIds } from './tokens.js';

/** Every word is a token, with the white space behind it; counts what it is given. */
function wordTokenizer() {
  let characters = 0;
  return {
    encode(text: string) {
      characters += text.length;
      return tokenIds((text.match(/\S+\s*|^\s+/g) ?? []).map((_, index) => index));
    },
    get characters() {
      return characters;
    },
  };
}

test('a text of megabytes is known by its beginning', () => {
  const tokenizer = wordTokenizer();
  expect(isFarLonger(tokenizer, 'apple '.repeat(1_000_000), 512)).toBe(true);
  expect(tokenizer.characters).toBe(512 * 16);
});

test('what only looks long, is of long tokens or near the limit has to be encoded', () => {
  const tokenizer = wordTokenizer();
  expect(isFarLonger(tokenizer, 'apple '.repeat(600), 512)).toBe(false);
  expect(isFarLonger(tokenizer, 'apple '.repeat(2730), 512)).toBe(false);
  expect(tokenizer.characters).toBe(0);
  expect(isFarLonger(tokenizer, ' '.repeat(1_000_000), 512)).toBe(false);
  expect(isFarLonger(tokenizer, `${'x'.repeat(30)} `.repeat(1_000_000), 512)).toBe(false);
  expect(isFarLonger(tokenizer, 'apple '.repeat(1_000_000), Number.POSITIVE_INFINITY)).toBe(false);
});

test('the beginning of a text has whole characters', () => {
  expect(beginningOf('ab😀c', 3)).toBe('ab');
  expect(beginningOf('ab😀c', 4)).toBe('ab😀');
  expect(beginningOf('abc', 9)).toBe('abc');
});
