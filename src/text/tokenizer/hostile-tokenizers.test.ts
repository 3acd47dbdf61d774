import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError, UnsupportedError } from '../../errors.js';
import { BYTE_CHARACTERS } from './byte-alphabet.js';
import { parseTokenizer } from './files.js';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

interface Document {
  added_tokens: Record<string, unknown>[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  decoder: unknown;
  model: { type: string; vocab: Record<string, number>; merges: [string, string][]; ignore_merges?: boolean };
}

const SPLIT = (pattern: unknown, more: object = {}): object => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern, behavior: 'Isolated', invert: false, ...more },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
  ],
});

/** All bytes, a control token, and what the tests add. */
function document(change: (document: Document) => void = () => undefined): Document {
  const vocab: Record<string, number> = { '<|end|>': 0 };
  BYTE_CHARACTERS.forEach((character, byte) => {
    vocab[character] = byte + 1;
  });
  const made: Document = {
    added_tokens: [{ id: 0, content: '<|end|>', special: true }],
    normalizer: null,
    pre_tokenizer: SPLIT({ Regex: '\\p{N}' }),
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: [] },
  };
  change(made);
  return made;
}

/** Adds a token to the vocabulary with the merges that make it from left to right. */
function addToken(document: Document, token: string): number {
  let id = -1;
  for (let length = 2; length <= token.length; length++) {
    const text = token.slice(0, length);
    id = document.model.vocab[text] ?? 1000 + Object.keys(document.model.vocab).length;
    document.model.vocab[text] = id;
    document.model.merges.push([token.slice(0, length - 1), token.charAt(length - 1)]);
  }
  return id;
}

function open(tokenizer: Document, tokenizerConfig: unknown = {}, config: unknown = {}): Tokenizer {
  return createTokenizer(parseTokenizer({ tokenizer, tokenizerConfig, config }, 'model'));
}

describe('special tokens that only the vocabulary has', () => {
  it.each([
    ['named as the end of sequence', '<|im_end|>', { eos_token: '<|im_end|>' }, {}],
    ['named as the beginning of sequence', '<s>', { bos_token: '<s>' }, {}],
    ['named for padding', '[PAD]', { pad_token: '[PAD]' }, {}],
    ['that end sequences by config.json', '</s>', {}, { eos_token_id: 'id' }],
    ['in bars, named nowhere', '<|im_start|>', {}, {}],
  ])('%s: no text becomes one, and templates may print them', (_, token, tokenizerConfig, config) => {
    let id = -1;
    const made = document((d) => {
      id = addToken(d, token);
    });
    const tokenizer = open(made, tokenizerConfig, 'eos_token_id' in config ? { eos_token_id: id } : {});
    expect(tokenizer.isControl(id)).toBe(true);
    expect(tokenizer.encode(`a${token}b`)).not.toContain(id);
    expect(tokenizer.decode(tokenizer.encode(`a${token}b`))).toBe(`a${token}b`);
    expect(tokenizer.encodeTemplate(`a${token}`)).toContain(id);
  });

  it('leaves words alone that code and prose contain', () => {
    const ids: number[] = [];
    const words = ['<||>', '<div>', '[]', '<|>'];
    const tokenizer = open(
      document((d) => {
        for (const word of words) ids.push(addToken(d, word));
      }),
      { chat_template: '{{ messages[0] }}[] <|>' },
    );
    expect(words.map((word) => [...tokenizer.encode(word)])).toEqual(ids.map((id) => [id]));
  });

  it('pads with an ordinary letter where a model says so', () => {
    const tokenizer = open(document(), { pad_token: '!' });
    expect(tokenizer.padId).toBe(0x21 + 1);
    expect(tokenizer.decode(tokenizer.encode('Hello!'))).toBe('Hello!');
  });
});

describe('tokenizers that would lose text', () => {
  it.each([
    [
      'a special token of one letter',
      document((d) => d.added_tokens.push({ id: 0x65 + 1, content: 'e', special: true })),
      {},
      /special token "e" is also the token of a byte/,
    ],
    [
      'a special token that is the sign of a byte of Chinese',
      document((d) => d.added_tokens.push({ id: 0xe9 + 1, content: 'é', special: true })),
      {},
      /special token "é"/,
    ],
    ['a sequence that ends with a letter', document(), { eos_token: 'e' }, /special token "e"/],
    [
      'lower case',
      document((d) => {
        d.normalizer = { type: 'Lowercase' };
      }),
      {},
      /normalizer .* changes the text/,
    ],
    [
      'no accents',
      document((d) => {
        d.normalizer = { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }] };
      }),
      {},
      /normalizer .* changes the text/,
    ],
    [
      'squares that become factors',
      document((d) => {
        d.normalizer = { type: 'NFKC' };
      }),
      {},
      /normalizer .* changes the text/,
    ],
  ])('%s is refused when the tokenizer is opened', (_, made, config, message) => {
    expect(() => open(made, config)).toThrow(message);
  });

  it('is refused at the text that a normalizer changes', () => {
    const tokenizer = open(
      document((d) => {
        d.normalizer = { type: 'Replace', pattern: { String: 'zebra' }, content: 'horse' };
      }),
    );
    expect(tokenizer.decode(tokenizer.encode('a donkey'))).toBe('a donkey');
    expect(() => tokenizer.encode('a zebra')).toThrow(UnsupportedError);
  });

  it('composes accents as Qwen does', () => {
    const tokenizer = open(
      document((d) => {
        d.normalizer = { type: 'NFC' };
      }),
    );
    expect(tokenizer.decode(tokenizer.encode('e\u0301'))).toBe('\u00e9');
  });

  it('is refused where the vocabulary spells a merge otherwise than its parts', () => {
    const made = document((d) => {
      d.model.vocab.th = 900;
      d.model.merges.push(['t', 'h']);
      // An added word over the id of a merge: transformers would read "th" back as "zz".
      d.added_tokens.push({ id: 900, content: 'th', special: false, normalized: true });
    });
    const tokenizer = open(made);
    expect(tokenizer.decode(tokenizer.encode('the'))).toBe('the');
  });
});

describe('patterns that backtrack', () => {
  it.each([
    ['in the split', { pre_tokenizer: SPLIT({ Regex: '(a+)+b|(?:x*)*y' }) }],
    ['in the normalizer', { normalizer: { type: 'Replace', pattern: { Regex: '(a|aa)+$' }, content: 'a' } }],
  ])('%s end in an error within seconds', { timeout: 60_000 }, (_, change) => {
    const before = performance.now();
    const encode = (): unknown => {
      const made = document((d) => Object.assign(d, change));
      return open(made).encode(`${'a'.repeat(60)}!`);
    };
    expect(encode).toThrow(InputError);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it('of families in use take linear time', () => {
    const patterns = [
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    ];
    for (const pattern of patterns) {
      const expression = new RegExp(pattern.replace('(?i:', '(?:'), 'gu');
      for (const unit of ['a', '1', ' ', '\n', " '", '!', ' a', "'", ' \n', '\u3000']) {
        const text = unit.repeat(100_000);
        const before = performance.now();
        expect([...text.matchAll(expression)].map((match) => match[0]).join('').length).toBe(text.length);
        expect(performance.now() - before).toBeLessThan(5_000);
      }
    }
  });
});

const models = fileURLToPath(new URL('../../../models/base/', import.meta.url));

it('the bundled model is read without the clock', () => {
  const tokenizer = JSON.parse(readFileSync(`${models}tokenizer.json`, 'utf8')) as Document;
  const opened = open(tokenizer);
  const text = 'What is 2 + 3? '.repeat(1000);
  expect(opened.decode(opened.encode(text))).toBe(text);
});
