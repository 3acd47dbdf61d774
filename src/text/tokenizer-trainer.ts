/**
 * Trains a small byte-level BPE vocabulary (Sennrich, Haddow, Birch: "Neural machine translation of rare words with
 * subword units", ACL 2016, over bytes as in GPT-2) and writes it as a Hugging Face tokenizer. Deterministic: the commonest
 * pair is merged first, among equally common ones that with the smaller ids.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError, UsageError } from '../errors.js';
import { BYTE_CHARACTERS } from './byte-alphabet.js';
import { openLibrary } from './tokenizer-library.js';

export interface TokenizerTraining {
  readonly texts: Iterable<string>;
  /** Special tokens, the 256 bytes and the merges together. Smaller when the texts have no more pairs to merge. */
  readonly vocabularySize: number;
  /** In the order of their ids, which begin at 0. They never occur in merges; in the texts they are borders. */
  readonly specialTokens: readonly string[];
  /** Ends a turn; one of the special tokens. */
  readonly eosToken: string;
  /** One of the special tokens. */
  readonly padToken: string;
  /** Default: ChatML without a default system message. */
  readonly chatTemplate?: string;
  /** Written into tokenizer_config.json: how many tokens the model reads. */
  readonly contextTokens?: number;
}

/** The two documents of a trained tokenizer, ready to be written as JSON. */
export interface TrainedTokenizer {
  readonly tokenizer: TokenizerDocument;
  readonly tokenizerConfig: Readonly<Record<string, unknown>>;
}

export interface TokenizerDocument {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly model: {
    readonly type: 'BPE';
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/**
 * Words: English contractions; letters with one space before them; each digit by itself, so that a number has one
 * tokenization; signs with one space before them; line breaks; other white space.
 */
const WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const SPLIT = { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false } as const;
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false } as const;
const PRE_TOKENIZER = { type: 'Sequence', pretokenizers: [SPLIT, BYTE_LEVEL] } as const;

/** How often each word occurs, as characters of the byte alphabet, in order of first occurrence. */
function countWords(texts: Iterable<string>, specialTokens: readonly string[]): Map<string, number> {
  // The very pre-tokenizer that will cut texts when the vocabulary is used.
  const { pre_tokenizer: preTokenizer } = openLibrary({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: PRE_TOKENIZER,
    model: { vocab: {}, merges: [], ignore_merges: false },
  });
  const longestFirst = [...specialTokens].sort((a, b) => b.length - a.length);
  const borders = longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  const border = new RegExp(borders, 'u');
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const stretch of specialTokens.length === 0 ? [text] : text.split(border)) {
      for (const word of preTokenizer.pre_tokenize(stretch)) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
  }
  return counts;
}

interface Word {
  ids: number[];
  readonly count: number;
}

/** Pairs of ids as one number: ids stay below 2^20. */
const PAIR_BASE = 0x100000;

function addPairs(word: Word, sign: 1 | -1, pairs: Map<number, number>): void {
  for (let i = 1; i < word.ids.length; i++) {
    const pair = (word.ids[i - 1] as number) * PAIR_BASE + (word.ids[i] as number);
    pairs.set(pair, (pairs.get(pair) ?? 0) + sign * word.count);
  }
}

function commonest(pairs: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  let bestCount = 0;
  for (const [pair, count] of pairs) {
    if (count > bestCount || (count === bestCount && best !== undefined && pair < best)) {
      best = pair;
      bestCount = count;
    }
  }
  return best;
}

function mergePair(ids: readonly number[], left: number, right: number, merged: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      result.push(merged);
      i++;
    } else {
      result.push(ids[i] as number);
    }
  }
  return result;
}

function checkTraining(training: TokenizerTraining): void {
  const { specialTokens, vocabularySize } = training;
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes('')) {
    throw new UsageError('special tokens are distinct and not empty', { field: 'specialTokens' });
  }
  for (const field of ['eosToken', 'padToken'] as const) {
    if (!specialTokens.includes(training[field])) {
      throw new UsageError(`${JSON.stringify(training[field])} is not among the special tokens`, { field });
    }
  }
  const least = specialTokens.length + 256;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least || vocabularySize >= PAIR_BASE) {
    throw new UsageError(`a vocabulary of ${vocabularySize} tokens cannot be made`, {
      field: 'vocabularySize',
      remedy: `Ask for ${least} (the special tokens and 256 bytes) to ${PAIR_BASE - 1}.`,
    });
  }
}

/** Raises UsageError for settings that cannot be met. */
export function trainTokenizer(training: TokenizerTraining): TrainedTokenizer {
  checkTraining(training);
  const { specialTokens, vocabularySize } = training;
  const tokens: string[] = [...specialTokens];
  const idOf = new Map<string, number>(tokens.map((token, id) => [token, id]));
  // In the order of the characters, not of the bytes, as other trainers number them: ties then break alike.
  for (const character of [...BYTE_CHARACTERS].sort()) {
    if (idOf.has(character)) throw new UsageError(`a single byte cannot be a special token: ${character}`);
    idOf.set(character, tokens.length);
    tokens.push(character);
  }

  const words: Word[] = [...countWords(training.texts, specialTokens)].map(([word, count]) => ({
    ids: Array.from(word, (character) => idOf.get(character) as number),
    count,
  }));
  const pairs = new Map<number, number>();
  for (const word of words) addPairs(word, 1, pairs);
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    const pair = commonest(pairs);
    if (pair === undefined) break;
    const left = Math.floor(pair / PAIR_BASE);
    const right = pair % PAIR_BASE;
    const parts: [string, string] = [tokens[left] as string, tokens[right] as string];
    const token = parts.join('');
    let merged = idOf.get(token);
    if (merged !== undefined && merged < specialTokens.length) {
      // The words spell a special token; joining its letters would make it from plain text.
      pairs.delete(pair);
      continue;
    }
    if (merged === undefined) {
      merged = tokens.length;
      tokens.push(token);
      idOf.set(token, merged);
    }
    merges.push(parts);
    for (const word of words) {
      const ids = mergePair(word.ids, left, right, merged);
      if (ids.length === word.ids.length) continue;
      addPairs(word, -1, pairs);
      word.ids = ids;
      addPairs(word, 1, pairs);
    }
  }

  const addedToken = (content: string) => ({
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: specialTokens.map((content, id) => ({ id, ...addedToken(content) })),
      normalizer: null,
      pre_tokenizer: PRE_TOKENIZER,
      post_processor: null,
      decoder: { ...BYTE_LEVEL, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
    },
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: null,
      eos_token: training.eosToken,
      pad_token: training.padToken,
      unk_token: null,
      clean_up_tokenization_spaces: false,
      ...(training.contextTokens === undefined ? {} : { model_max_length: training.contextTokens }),
      added_tokens_decoder: Object.fromEntries(specialTokens.map((content, id) => [String(id), addedToken(content)])),
      chat_template: training.chatTemplate ?? CHATML_TEMPLATE,
    },
  };
}

/** Writes tokenizer.json and tokenizer_config.json into a directory, which is made when it is not there. */
export async function writeTokenizer(directory: string, trained: TrainedTokenizer): Promise<void> {
  const files = { 'tokenizer.json': trained.tokenizer, 'tokenizer_config.json': trained.tokenizerConfig };
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, document] of Object.entries(files)) {
      await writeFile(join(directory, name), `${JSON.stringify(document, null, 1)}\n`);
    }
  } catch (cause) {
    throw new StorageError('the tokenizer cannot be written', { file: directory, cause });
  }
}
