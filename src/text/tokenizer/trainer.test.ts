import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StorageError, UsageError } from '../../errors.js';
import { allTags, PAPER_FORMAT } from '../formats.js';
import { chatTemplateOf, encodeChat, endOfTurn } from '../templates/chat-template.js';
import { parseTokenizer } from './files.js';
import { createTokenizer, loadTokenizer, type Tokenizer } from './tokenizer.js';
import { type TokenizerTraining, trainTokenizer, writeTokenizer } from './trainer.js';

interface Golden {
  readonly texts: readonly string[];
  readonly specialTokens: readonly string[];
  readonly vocabularySize: number;
  readonly merges: readonly [string, string][];
  readonly vocab: Record<string, number>;
  readonly strings: readonly { text: string; ids: number[] }[];
}

const file = fileURLToPath(new URL('../../../src/text/goldens/trained.json', import.meta.url));
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

const ends = { eosToken: '<|im_end|>', padToken: '<|endoftext|>' };
const chatTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

function train(training: Partial<TokenizerTraining> & Pick<TokenizerTraining, 'texts'>) {
  return trainTokenizer({ vocabularySize: 500, specialTokens: chatTokens, ...ends, ...training });
}

function open(trained: ReturnType<typeof trainTokenizer>): Tokenizer {
  return createTokenizer(parseTokenizer(JSON.parse(JSON.stringify(trained)) as typeof trained, 'trained'));
}

describe('a trained tokenizer', () => {
  const trained = train(golden);

  it('has the vocabulary and the merges that the reference trainer finds', () => {
    expect(trained.tokenizer.model.merges).toEqual(golden.merges);
    expect(trained.tokenizer.model.vocab).toEqual(golden.vocab);
  });

  it('written and read gives the ids of the reference implementation', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlt-'));
    try {
      await writeTokenizer(join(directory, 'model'), trained);
      const tokenizer = await loadTokenizer(join(directory, 'model'));
      expect(tokenizer.vocabularySize).toBe(golden.vocabularySize);
      for (const { text, ids } of golden.strings) {
        expect(tokenizer.encodeTemplate(text)).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(text);
      }
      expect(tokenizer.eosIds).toEqual([2]);
      expect(tokenizer.padId).toBe(0);
      const chat = chatTemplateOf(tokenizer);
      expect(endOfTurn(tokenizer, chat).id).toBe(2);
      const ids = encodeChat(tokenizer, chat, [{ role: 'user', content: 'b' }], { addGenerationPrompt: true });
      expect(tokenizer.decode(ids)).toBe('<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is the same for the same texts', () => {
    expect(JSON.stringify(train(golden))).toBe(JSON.stringify(trained));
  });

  it('writes every digit as a token of its own', () => {
    const tokenizer = open(train({ texts: ['1212121212 1212 '.repeat(50)] }));
    expect(tokenizer.encode('2121')).toHaveLength(4);
    expect(tokenizer.encode('a 12')).toHaveLength(4);
  });

  it('writes back any text', () => {
    const tokenizer = open(trained);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.every((id) => !tokenizer.isControl(id))).toBe(true);
      }),
    );
  });

  it('merges by hand-counted frequency', () => {
    // Words: "ab" 3 times, "abc" twice, "bc" 4 times: ab 5, bc 6. bc first; then a+bc 2 against ab 3.
    const texts = ['ab', 'ab', 'ab', 'abc', 'abc', 'bc', 'bc', 'bc', 'bc'];
    const merges = train({ texts, vocabularySize: 262 }).tokenizer.model.merges;
    expect(merges).toEqual([
      ['b', 'c'],
      ['a', 'b'],
      ['a', 'bc'],
    ]);
  });

  it('stops early when there is nothing left to merge', () => {
    expect(open(train({ texts: ['ab'] })).vocabularySize).toBe(3 + 256 + 1);
    expect(open(train({ texts: [] })).vocabularySize).toBe(3 + 256);
  });
});

describe('special tokens', () => {
  it('may be the tags of a format, which are then one token each', () => {
    const specialTokens = [...chatTokens, ...allTags(PAPER_FORMAT)];
    const texts = ['<|begin_of_thought|>\n\nthink think think\n\n<|end_of_thought|>'.repeat(20)];
    const trained = train({ texts, specialTokens });
    const tokenizer = open(trained);
    for (const tag of allTags(PAPER_FORMAT)) {
      expect(tokenizer.encodeTemplate(tag)).toEqual([specialTokens.indexOf(tag)]);
      expect(tokenizer.encode(tag).length).toBeGreaterThan(1);
    }
    // The tags were borders: nothing was learnt from their letters.
    expect(trained.tokenizer.model.merges.flat()).not.toContain('thought');
    expect(trained.tokenizer.model.merges.map((merge) => merge.join(''))).toContain('think');
  });

  it('are not spelled by merges', () => {
    const tokenizer = open(train({ texts: ['xab xab xab'], specialTokens: [...chatTokens, 'ab'] }));
    expect(tokenizer.encode('ab')).not.toContain(tokenizer.idOf('ab'));
  });
});

describe('training that cannot be done', () => {
  const cases: [string, Partial<TokenizerTraining>][] = [
    ['too small a vocabulary', { vocabularySize: 258 }],
    ['a vocabulary that is no number', { vocabularySize: Number.NaN }],
    ['an end token that is not special', { eosToken: '</s>' }],
    ['a padding token that is not special', { padToken: '<pad>' }],
    ['a special token twice', { specialTokens: [...chatTokens, '<|im_end|>'] }],
    ['an empty special token', { specialTokens: [...chatTokens, ''] }],
    ['a special token that is a byte', { specialTokens: [...chatTokens, 'a'] }],
  ];

  it.each(cases)('with %s is refused', (_, training) => {
    expect(() => train({ texts: ['a'], ...training })).toThrow(UsageError);
  });

  it('into a directory that cannot be made is a storage error', async () => {
    await expect(writeTokenizer(join(file, 'below-a-file'), train({ texts: [] }))).rejects.toThrow(StorageError);
  });
});
