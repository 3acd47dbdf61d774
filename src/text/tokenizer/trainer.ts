/**
 * Trains a small byte-level BPE vocabulary (Sennrich, Haddow, Birch: "Neural machine translation of rare words with
 * subword units", ACL 2016, over bytes as in GPT-2) and writes it as a Hugging Face tokenizer. Deterministic: the most
 * frequent pair is merged first, among equally frequent ones the one with the smaller ids.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { makeDirectory } from '../../storage.js';
import { storageError } from '../../system-errors.js';
import { BYTE_CHARACTERS } from './byte-alphabet.js';
import { openLibrary } from './library.js';

export interface TokenizerTraining {
  readonly texts: Iterable<string>;
  /** Special tokens, 256 bytes and merges together. The result is smaller if the texts run out of pairs to merge. */
  readonly vocabularySize: number;
  /** In the order of their ids, which begin at 0. They never occur in merges, and they separate words in the texts. */
  readonly specialTokens: readonly string[];
  /** The special token that ends a turn. */
  readonly eosToken: string;
  /** One of the special tokens. */
  readonly padToken: string;
  /** Default: ChatML without a default system message. */
  readonly chatTemplate?: string;
  /** The model's context length, written to tokenizer_config.json. */
  readonly contextTokens?: number;
}

/** The two documents of a trained tokenizer, as JSON values. */
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
 * Words: English contractions; letters with an optional space before them; single digits, so that a number has one
 * tokenization; symbols with an optional space before them; line breaks; other white space.
 */
const WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const SPLIT = { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false } as const;
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false } as const;
const PRE_TOKENIZER = { type: 'Sequence', pretokenizers: [SPLIT, BYTE_LEVEL] } as const;

/** Counts of words, as characters of the byte alphabet, in order of first occurrence. */
function countWords(texts: Iterable<string>, specialTokens: readonly string[]): Map<string, number> {
  // The pre-tokenizer that will split texts when the vocabulary is used.
  const { preTokenize } = openLibrary({
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
      for (const word of preTokenize(stretch)) {
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
  let left: number | undefined;
  for (const right of word.ids) {
    if (left !== undefined) {
      const pair = left * PAIR_BASE + right;
      pairs.set(pair, (pairs.get(pair) ?? 0) + sign * word.count);
    }
    left = right;
  }
}

function mostFrequent(pairs: ReadonlyMap<number, number>): number | undefined {
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
  let previous: number | undefined;
  for (const id of ids) {
    if (previous === left && id === right) {
      result.push(merged);
      previous = undefined;
    } else {
      if (previous !== undefined) result.push(previous);
      previous = id;
    }
  }
  if (previous !== undefined) result.push(previous);
  return result;
}

function checkTraining(training: TokenizerTraining): void {
  const { specialTokens, vocabularySize } = training;
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes('')) {
    throw new UsageError('specialTokens has empty or equal tokens', { field: 'specialTokens' });
  }
  for (const field of ['eosToken', 'padToken'] as const) {
    if (!specialTokens.includes(training[field])) {
      throw new UsageError(`${field} is ${JSON.stringify(training[field])}; expected one of the special tokens`, {
        field,
      });
    }
  }
  const least = specialTokens.length + 256;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least || vocabularySize >= PAIR_BASE) {
    throw new UsageError(
      `vocabularySize is ${vocabularySize}; expected ${least} (special tokens and 256 bytes) to ${PAIR_BASE - 1}`,
      { field: 'vocabularySize' },
    );
  }
}

/** Trains a tokenizer. @throws {UsageError} when a setting is out of range or the special tokens are not distinct */
export function trainTokenizer(training: TokenizerTraining): TrainedTokenizer {
  checkTraining(training);
  const { specialTokens, vocabularySize } = training;
  const tokens: string[] = [...specialTokens];
  const idOf = new Map<string, number>(tokens.map((token, id) => [token, id]));
  // In the order of the characters, not of the bytes, as in other trainers, so that ties break alike.
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
    const pair = mostFrequent(pairs);
    if (pair === undefined) break;
    const left = Math.floor(pair / PAIR_BASE);
    const right = pair % PAIR_BASE;
    const parts: [string, string] = [tokens[left] as string, tokens[right] as string];
    const token = parts.join('');
    let merged = idOf.get(token);
    if (merged !== undefined && merged < specialTokens.length) {
      // This merge would make a special token from plain text.
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

/**
 * Writes tokenizer.json and tokenizer_config.json to a directory, which is created if needed.
 * @throws {StorageError} when they cannot be written
 */
export async function writeTokenizer(directory: string, trained: TrainedTokenizer): Promise<void> {
  const files = { 'tokenizer.json': trained.tokenizer, 'tokenizer_config.json': trained.tokenizerConfig };
  try {
    await makeDirectory(directory);
    for (const [name, document] of Object.entries(files)) {
      await writeFile(join(directory, name), `${JSON.stringify(document, null, 1)}\n`);
    }
  } catch (cause) {
    throw storageError('write the tokenizer', directory, cause);
  }
}
