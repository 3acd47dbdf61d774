import { Tokenizer as Library } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { BYTE_CHARACTERS } from './byte-alphabet.js';
import { openLibrary } from './library.js';

const split = (Regex: string, more: object = {}) => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
  ...more,
});
const bytes = (use_regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: false,
  use_regex,
});
const sequence = (...pretokenizers: object[]) => ({ type: 'Sequence', pretokenizers });
const WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const PRE_TOKENIZERS = {
  'words, then bytes': sequence(split(WORDS), bytes(false)),
  'bytes, which cut words': bytes(true),
  'digits, then bytes, which cut words': sequence(split('\\p{N}'), bytes(true)),
  'a sequence in a sequence': sequence(sequence(split('\\p{N}{1,3}'), split('[a-f]+')), bytes(true)),
  'matches that leave gaps': sequence(split('[a-m]+'), bytes(false)),
  'matches that are empty': sequence(split('x*'), bytes(false)),
  'matches alone': sequence(split(WORDS, { behavior: 'Removed', invert: true }), bytes(false)),
  'matches alone, which leave gaps': sequence(split('[a-m ]+', { behavior: 'Removed', invert: true }), bytes(false)),
  'a text instead of a pattern': sequence({ ...split(''), pattern: { String: 'an' } }, bytes(false)),
  'bytes, then what cuts them': sequence(bytes(false), split('Ġ[a-z]+')),
  'nothing but bytes': bytes(false),
} as const;

const letters = 'abcdefghijklmnopqrstuvwxyz';
const vocab = Object.fromEntries([...BYTE_CHARACTERS, 'an', 'th', 'the', 'ann'].map((t, id) => [t, id]));
const merges: [string, string][] = [
  ['a', 'n'],
  ['t', 'h'],
  ['th', 'e'],
  ['an', 'n'],
];

/** A word for each number, of one to four letters. */
function wordOf(number: number): string {
  const letter = letters.charAt(number % 26);
  return number < 26 ? letter : wordOf(Math.floor(number / 26) - 1) + letter;
}

const TEXTS = [
  'the anna  banana than\n\nthe  ',
  ' leading and\ttabs\r\n',
  "It's 12345 and 7's – naïve 日本語 🙂🙂 e\u0301",
  'xxx',
  'x',
  `${'long'.repeat(40)} ${'an'.repeat(200)}`,
  '\u0000\ufeff\u0085 ',
];

const encoded = (tokenizer: ReturnType<typeof openLibrary>, text: string): number[] => {
  const ids: number[] = [];
  tokenizer.encodeInto(ids, text);
  return ids;
};

const model = { vocab, merges, ignore_merges: false };

test('words that were forgotten have the same ids again', () => {
  const ours = openLibrary({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: PRE_TOKENIZERS['words, then bytes'],
    model,
  });
  const before = TEXTS.map((text) => encoded(ours, text));
  // More than are remembered.
  for (let from = 0; from < 50_000; from += 1000)
    encoded(ours, Array.from({ length: 1000 }, (_, i) => wordOf(from + i)).join(' '));
  expect(TEXTS.map((text) => encoded(ours, text))).toEqual(before);
});

describe.each(Object.entries(PRE_TOKENIZERS))('%s', (_, pre_tokenizer) => {
  const reference = new Library(
    {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer,
      model: { type: 'BPE', unk_token: null, ...model },
      post_processor: null,
      decoder: null,
    },
    {},
  );
  const idsIn = (text: string): number[] => reference.encode(text, { add_special_tokens: false }).ids;

  test('gives the ids of the library, whatever was encoded before', () => {
    const ours = openLibrary({ added_tokens: [], normalizer: null, pre_tokenizer, model });
    for (let round = 0; round < 3; round++) for (const text of TEXTS) expect(encoded(ours, text)).toEqual(idsIn(text));
  });
});

test('without a pre-tokenizer a text is one word, whose unknown characters are bytes', () => {
  const names = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const model = {
    vocab: Object.fromEntries([...names, '▁', 'a', 'n', 'an'].map((token, id) => [token, id])),
    merges: [['a', 'n']] as const,
    ignore_merges: false,
    byte_fallback: true,
  };
  const ours = openLibrary({ added_tokens: [], normalizer: null, pre_tokenizer: null, model });
  for (let round = 0; round < 2; round++) expect(encoded(ours, '▁anné')).toEqual([256, 259, 258, 0xc3, 0xa9]);
});
