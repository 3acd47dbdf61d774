import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, RltError, StorageError, UnsupportedError } from '../../errors.js';
import { parseTokenizer } from './files.js';
import { createTokenizer, loadTokenizer, type Tokenizer } from './tokenizer.js';

const goldens = fileURLToPath(new URL('../../../src/text/goldens/', import.meta.url));

interface Golden {
  readonly strings: readonly { text: string; ids: number[]; plain: number[]; decoded: string }[];
}

interface MutableDocument {
  added_tokens: Record<string, unknown>[];
  normalizer: unknown;
  pre_tokenizer: Record<string, unknown>;
  decoder: unknown;
  model: { type: string; vocab: Record<string, unknown>; merges: unknown[]; [key: string]: unknown };
}

function json<T>(path: string): T {
  return JSON.parse(readFileSync(join(goldens, path), 'utf8')) as T;
}

function document(): MutableDocument {
  return json<MutableDocument>('smollm2/tokenizer.json');
}

function open(tokenizer: unknown, tokenizerConfig: unknown = {}): Tokenizer {
  return createTokenizer(parseTokenizer({ tokenizer, tokenizerConfig }, 'model'));
}

const families = ['llama-3.2', 'qwen-2.5', 'qwen-3', 'smollm2'];

describe.each(families)('the tokenizer of the %s family', async (family) => {
  const tokenizer = await loadTokenizer(join(goldens, family));
  const golden = json<Golden>(`${family}.json`);
  const controls = json<MutableDocument>(`${family}/tokenizer.json`).added_tokens.map((token) => String(token.content));
  const normalises = family.startsWith('qwen');
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...controls), fc.string({ unit: 'binary' }), fc.string(), fc.constant(' ')), {
      maxLength: 8,
    })
    .map((parts) => parts.join(''));

  it.each(golden.strings.map((one) => [one.text.slice(0, 40), one] as const))(
    'gives the ids that transformers gives for %j',
    (_, { text, ids, plain, decoded }) => {
      expect(tokenizer.encodeTemplate(text)).toEqual(ids);
      expect(tokenizer.encode(text)).toEqual(plain);
      expect(tokenizer.decode(ids)).toBe(decoded);
    },
  );

  it('writes back what it read, for any text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(normalises ? text.normalize('NFC') : text);
      }),
    );
  });

  it('never makes a control token from ordinary text', () => {
    fc.assert(fc.property(hostile, (text) => !tokenizer.encode(text).some((id) => tokenizer.isControl(id))));
    for (const control of controls) {
      const id = tokenizer.idOf(control);
      expect(id).toBeDefined();
      expect(tokenizer.encode(control)).not.toContain(id);
      expect(tokenizer.encodeTemplate(control)).toEqual([id]);
    }
  });

  it('encodes pieces as it encodes their whole, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
        const characters = Array.from(text);
        const cut = at % (characters.length + 1);
        const pieces = [
          { text: characters.slice(0, cut).join(''), control: true },
          { text: characters.slice(cut).join(''), control: false },
        ];
        expect(tokenizer.encodePieces(pieces)).toEqual(tokenizer.encode(text));
      }),
    );
  });
});

describe('special tokens of a directory', () => {
  it('are read from every file that names them', () => {
    const tokenizerConfig = { eos_token: { content: '<|im_end|>' }, pad_token: '<|endoftext|>' };
    const documents = {
      tokenizer: document(),
      tokenizerConfig,
      specialTokensMap: { bos_token: '<|im_start|>' },
      generationConfig: { eos_token_id: [5, 6] },
      config: { eos_token_id: 6 },
    };
    const tokenizer = createTokenizer(parseTokenizer(documents, 'model'));
    expect(tokenizer.eosId).toBe(tokenizer.idOf('<|im_end|>'));
    expect(tokenizer.bosId).toBe(tokenizer.idOf('<|im_start|>'));
    expect(tokenizer.padId).toBe(tokenizer.idOf('<|endoftext|>'));
    expect(tokenizer.eosIds).toEqual([tokenizer.eosId, 5, 6]);
    expect(tokenizer.vocabularySize).toBe(424);
  });

  it('may be listed in tokenizer_config.json only', () => {
    const tokenizer = open(document(), { added_tokens_decoder: { '424': { content: '<new>', special: true } } });
    expect(tokenizer.idOf('<new>')).toBe(424);
    expect(tokenizer.encodeTemplate('a<new>')).toEqual([...tokenizer.encode('a'), 424]);
  });

  it('takes the longer of two control tokens that begin alike', () => {
    const edited = document();
    edited.added_tokens.push({ id: 424, content: '<|im_end|>>', special: true });
    expect(open(edited).encodeTemplate('<|im_end|>>')).toEqual([424]);
  });

  it('keeps runs of white space that a vocabulary adds as ordinary text', () => {
    const edited = document();
    edited.added_tokens.push({ id: 424, content: '    ', special: false });
    const tokenizer = open(edited);
    expect(tokenizer.encode('a    b')).toContain(424);
    expect(tokenizer.isControl(424)).toBe(false);
    expect(tokenizer.decode(tokenizer.encode('a    b'))).toBe('a    b');
  });

  it('are not made by merges or by whole words either', () => {
    const edited = document();
    const { vocab, merges } = edited.model;
    vocab.ab = 424;
    merges.unshift(['a', 'b']);
    edited.model.ignore_merges = true;
    edited.added_tokens.push({ id: 424, content: 'ab', special: true });
    const tokenizer = open(edited);
    expect(tokenizer.encode('ab')).toEqual([...tokenizer.encode('a'), ...tokenizer.encode('b')]);
    expect(tokenizer.encodeTemplate('ab')).toEqual([424]);
  });
});

describe('byte fallback', () => {
  interface Fallback {
    readonly vocab: Record<string, number>;
    readonly merges: unknown[];
    readonly cases: readonly {
      readonly name: string;
      readonly document: MutableDocument;
      readonly strings: readonly { text: string; ids: number[]; plain: number[]; decoded: string }[];
      readonly broken: readonly { ids: number[]; decoded: string }[];
    }[];
  }
  const { vocab, merges, cases } = json<Fallback>('byte-fallback.json');

  describe.each(cases)('as $name has it', ({ document: parts, strings, broken }) => {
    const whole = (changes: object = {}) => ({ ...parts, model: { ...parts.model, vocab, merges, ...changes } });
    const tokenizer = open(whole());

    it.each(strings)('gives the ids of the tokenizers library for $text', ({ text, ids, plain, decoded }) => {
      expect(tokenizer.encodeTemplate(text)).toEqual(ids);
      expect(tokenizer.encode(text)).toEqual(plain);
      expect(tokenizer.decode(ids)).toBe(decoded);
    });

    it.each(broken)('decodes bytes that are no characters as it does: $decoded', ({ ids, decoded }) => {
      expect(tokenizer.decode(ids)).toBe(decoded);
    });

    it('never makes a control token from ordinary text, and writes back its bytes', () => {
      const hostile = fc.array(
        fc.oneof(fc.constantFrom('<s>', '</s>', '<0x0A>', ' ', '  '), fc.string({ unit: 'binary' })),
      );
      fc.assert(
        fc.property(hostile, (words) => {
          const ids = tokenizer.encode(words.join(''));
          expect(ids.some((id) => tokenizer.isControl(id))).toBe(false);
          const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(ids.map(tokenizer.bytesOf)));
          expect([words.join(''), ` ${words.join('')}`].map((one) => one.replaceAll('\u2581', ' '))).toContain(text);
        }),
      );
    });

    it('knows where pieces begin, the space before a stretch aside', () => {
      const texts = ['<s>', 'The train', ' leaves\n', '\u4f60\u597d \u00df', '</s>', ' in  three', ' hours'];
      const pieces = texts.map((text) => ({ text, control: text.startsWith('<') || text.endsWith('\n') }));
      const { ids, starts, borders } = tokenizer.layOut(pieces);
      const bytes = Buffer.concat(ids.map(tokenizer.bytesOf));
      expect([starts.length, starts.at(-1), borders.at(-1)]).toEqual([ids.length + 1, bytes.length, bytes.length]);
      const spelled = texts.map((_, i) => bytes.subarray(borders[i], borders[i + 1]).toString());
      // A stretch begins after a control token; there, some tokenizers put a space.
      const begins = (i: number) => i === 1 || i === 5;
      for (const [i, text] of texts.entries()) expect(begins(i) ? [text, ` ${text}`] : [text]).toContain(spelled[i]);
    });

    it('refuses text that lacks a byte, but not characters of the vocabulary', () => {
      const { '<0x74>': _, ...rest } = vocab;
      const lacking = open(whole({ vocab: rest }));
      expect(lacking.encode('the')).toEqual(tokenizer.encode('the'));
      const { '<0xC3>': __, ...others } = vocab;
      expect(() => open(whole({ vocab: others })).encode('\u00df')).toThrow(/U\+00DF/);
    });
  });

  it('with components of another kind is refused', () => {
    const [{ document: parts }] = cases as [Fallback['cases'][number]];
    const refused = (changes: object) =>
      expect(() => open({ ...parts, model: { ...parts.model, vocab, merges }, ...changes })).toThrow(
        /SentencePiece tokenizers with components of another kind/,
      );
    refused({ normalizer: { type: 'Lowercase' } });
    refused({ pre_tokenizer: { type: 'Whitespace' } });
    refused({ decoder: { type: 'ByteFallback' } });
    refused({ decoder: null });
  });
});

describe('tokens that someone added', () => {
  interface AddedGolden {
    readonly name: string;
    readonly family: string;
    readonly changes: Partial<MutableDocument>;
    readonly added: Record<string, unknown>[];
    readonly strings: readonly { text: string; ids: number[]; plain: number[] }[];
  }

  describe.each(json<{ cases: AddedGolden[] }>('added-tokens.json').cases)(
    '$name',
    ({ family, changes, added, strings }) => {
      const edited = { ...json<MutableDocument>(`${family}/tokenizer.json`), ...changes };
      edited.added_tokens.push(...added);
      const tokenizer = open(edited);

      it.each(strings)('gives the ids of the tokenizers library for $text', ({ text, ids, plain }) => {
        expect(tokenizer.encodeTemplate(text)).toEqual(ids);
        expect(tokenizer.encode(text)).toEqual(plain);
      });
    },
  );

  it('are control tokens where they are structure, marked special or not', () => {
    const edited = document();
    const contents = ['<think>', '</tool_call>', '<|fim_prefix|>', '<｜User｜>', '[turn]', '[word]', '<calc>', 'turn'];
    edited.added_tokens.push(...contents.map((content, i) => ({ id: 424 + i, content, special: false })));
    const tokenizer = open(edited, { chat_template: "{{ '[turn]' }} Take your turn; [word" });
    const isControl = contents.map((_, i) => tokenizer.isControl(424 + i));
    expect(isControl).toEqual([true, true, true, true, true, false, false, false]);
    for (const [i, content] of contents.entries()) {
      expect(tokenizer.encodeTemplate(content)).toEqual([424 + i]);
      if (isControl[i]) expect(tokenizer.encode(content)).not.toContain(424 + i);
      else expect(tokenizer.encode(content)).toEqual([424 + i]);
    }
  });

  it('take white space out of untrusted text, but are not found across pieces', () => {
    const edited = document();
    edited.added_tokens.push({ id: 424, content: '<|turn|>', special: true, rstrip: true });
    const tokenizer = open(edited);
    const pieces = (...texts: [string, boolean][]) =>
      tokenizer.encodePieces(texts.map(([text, control]) => ({ text, control })));
    expect(pieces(['<|turn|> ', true], ['\n Hi', false])).toEqual([424, ...tokenizer.encode('Hi')]);
    expect(pieces(['<|tu', true], ['rn|>', false])).toEqual(tokenizer.encode('<|turn|>'));
    expect(pieces(['<|turn|>', false])).not.toContain(424);
  });
});

describe('decoding', async () => {
  const tokenizer = await loadTokenizer(join(goldens, 'smollm2'));

  it('writes control tokens as their text', () => {
    const ids = tokenizer.encodeTemplate('<|im_start|>a<|im_end|>');
    expect(tokenizer.decode(ids)).toBe('<|im_start|>a<|im_end|>');
  });

  it('shows cut characters and ids without a token', () => {
    const [first = 0, ...rest] = tokenizer.encode('ñ');
    expect(rest).toHaveLength(1);
    expect(tokenizer.decode([first])).toBe('\uFFFD');
    expect(tokenizer.decode([999_999])).toBe('\uFFFD');
    expect(tokenizer.decode([])).toBe('');
    expect(() => tokenizer.decode([-1])).toThrow(InputError);
  });
});

describe('digits', () => {
  it('of every script stand alone where the tokenizer splits digits, as in the reference implementation', () => {
    const edited = document();
    const { vocab, merges } = edited.model;
    vocab['Â²'] = 424; // the bytes of U+00B2, superscript two
    vocab['Â²Â²'] = 425;
    merges.push(['Â', '²'], ['Â²', 'Â²']);
    expect(open(edited).encode('²²')).toEqual([424, 424]);
    edited.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
    expect(open(edited).encode('²²')).toEqual([425]);
  });
});

describe('text that cannot be encoded', () => {
  it('is refused when half a character stands alone', async () => {
    const tokenizer = await loadTokenizer(join(goldens, 'smollm2'));
    expect(() => tokenizer.encode('ab\ud83d')).toThrow(/well-formed.*\n?.*/);
    expect(() => tokenizer.encode('\ude42')).toThrow(InputError);
    expect(tokenizer.decode(tokenizer.encode('🙂'))).toBe('🙂');
  });

  it('is refused when it is no text', async () => {
    const tokenizer = await loadTokenizer(join(goldens, 'smollm2'));
    expect(() => tokenizer.encode(5 as never)).toThrow(/expected a text, not 5/);
    expect(() => tokenizer.encode(undefined as never)).toThrow(/expected a text, not undefined/);
  });

  it('is refused, not shortened, when the vocabulary lacks a byte', () => {
    const edited = document();
    const { vocab } = edited.model;
    delete vocab['\u0104']; // stands for byte 0x04, which no merge uses
    const tokenizer = open(edited);
    expect(() => tokenizer.encode('a\u0004b')).toThrow(/U\+0004/);
    expect(tokenizer.decode(tokenizer.encode('a\u0005b'))).toBe('a\u0005b');
  });
});

describe('a broken tokenizer', () => {
  const breakings: [string, (edited: MutableDocument) => void, new (...args: never[]) => RltError, RegExp][] = [
    ['no vocabulary', (d) => Reflect.deleteProperty(d.model, 'vocab'), InputError, /model\.vocab/],
    ['an id that is no integer', (d) => Reflect.set(d.model.vocab, 'a', 1.5), InputError, /model\.vocab\.a/],
    ['an id beyond reason', (d) => Reflect.set(d.model.vocab, 'a', 2 ** 40), InputError, /model\.vocab\.a/],
    ['two tokens of one id', (d) => Reflect.set(d.model.vocab, 'a', d.model.vocab.b), InputError, /share the id/],
    ['a merge outside the vocabulary', (d) => d.model.merges.push(['a', '\u2603']), InputError, /merges\.\d+/],
    ['a merge of one token', (d) => d.model.merges.push('a'), InputError, /merges\.\d+/],
    [
      'an added token twice',
      (d) => d.added_tokens.push({ ...d.added_tokens[0], content: 'x' }),
      InputError,
      /not its own/,
    ],
    [
      'a split without a pattern',
      (d) =>
        Reflect.set(d, 'pre_tokenizer', {
          type: 'Sequence',
          pretokenizers: [{ type: 'Split', behavior: 'Isolated' }, d.pre_tokenizer],
        }),
      InputError,
      /the split has no pattern.*pre_tokenizer\.pretokenizers\.0\.pattern/,
    ],
    ['a WordPiece model', (d) => Reflect.set(d.model, 'type', 'WordPiece'), UnsupportedError, /"WordPiece"/],
    ['byte fallback', (d) => Reflect.set(d.model, 'byte_fallback', true), UnsupportedError, /SentencePiece/],
    ['dropout', (d) => Reflect.set(d.model, 'dropout', 0.1), UnsupportedError, /random/],
    ['no byte-level decoder', (d) => Reflect.set(d, 'decoder', null), UnsupportedError, /decode bytes/],
    [
      'no byte-level splitting',
      (d) => Reflect.set(d, 'pre_tokenizer', { type: 'Whitespace' }),
      UnsupportedError,
      /bytes/,
    ],
    ['an unknown normalizer', (d) => Reflect.set(d, 'normalizer', { type: 'Rot13' }), InputError, /cannot be built/],
  ];

  it.each(breakings)('with %s is refused', (_, edit, kind, message) => {
    const edited = document();
    edit(edited);
    expect(() => open(edited)).toThrow(kind);
    expect(() => open(edited)).toThrow(message);
  });

  it('with a special token that has no id is refused', () => {
    expect(() => open(document(), { eos_token: '</s>' })).toThrow(/"<\/s>".*eos_token/s);
  });

  it('only ever raises errors of ours', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('model', 'added_tokens', 'pre_tokenizer', 'decoder'),
        (value, key) => {
          try {
            open({ ...document(), [key]: value });
          } catch (error) {
            expect(error).toBeInstanceOf(RltError);
          }
        },
      ),
    );
  });

  it('names the file that is missing or no JSON', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlt-'));
    try {
      await expect(loadTokenizer(directory)).rejects.toThrow(StorageError);
      await writeFile(join(directory, 'tokenizer.json'), '{"model": ');
      await expect(loadTokenizer(directory)).rejects.toThrow(/not valid JSON.*tokenizer\.json/s);
      const [token = ''] = Object.keys(document().model.vocab);
      const twice = JSON.stringify(document()).replace('"vocab":{', `"vocab":{${JSON.stringify(token)}:9,`);
      await writeFile(join(directory, 'tokenizer.json'), twice);
      await expect(loadTokenizer(directory)).rejects.toThrow(/occurs twice in one object.*tokenizer\.json/s);
      await writeFile(join(directory, 'tokenizer.json'), `{"pre_tokenizer":${'['.repeat(1e5)}`);
      await expect(loadTokenizer(directory)).rejects.toThrow(/nested more than 100 levels.*tokenizer\.json/s);
      await writeFile(join(directory, 'tokenizer.json'), Buffer.from('7b22ff223a317d', 'hex'));
      await expect(loadTokenizer(directory)).rejects.toThrow(/not valid UTF-8.*tokenizer\.json/s);
      await writeFile(join(directory, 'tokenizer.json'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
      await expect(loadTokenizer(directory)).rejects.toThrow(/Git LFS pointer.*tokenizer\.json.*git lfs pull/s);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('fingerprints', () => {
  it('are equal for equal tokenizers only', async () => {
    const edited = document();
    edited.model.merges.reverse();
    expect(open(document()).fingerprint).toBe((await loadTokenizer(join(goldens, 'smollm2'))).fingerprint);
    expect(open(edited).fingerprint).not.toBe(open(document()).fingerprint);
  });
});
