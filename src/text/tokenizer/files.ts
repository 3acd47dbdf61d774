/** The tokenizer files of a Hugging Face directory: read, checked, and reduced to what rlt uses. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { decodeUtf8 } from '../../downloaded-file.js';
import { InputError, StorageError, UnsupportedError } from '../../errors.js';
import { issueText } from '../../schema-issue.js';
import { refuseSpecialFile } from '../../storage.js';
import { parseStrictJson } from '../../strict-json.js';
import type { AddedToken } from './added-tokens.js';
import { type Alphabet, fallbackAlphabet } from './alphabet.js';

const SUPPORTED =
  'Supported are byte-level BPE tokenizers (as of Llama 3, Qwen, SmolLM2 and those that rlt trains), and BPE with byte fallback (as of Llama 2, TinyLlama, Mistral, Phi 3 and Gemma).';

/** Larger than any vocabulary. Tables are indexed by id, so a huge id would exhaust memory. */
const MAX_ID = 0xffffff;

const addedTokenSchema = z.looseObject({
  id: z.int().nonnegative().max(MAX_ID),
  content: z.string().min(1),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
});

const splitPattern = z.union([
  z.looseObject({ Regex: z.string().min(1) }),
  z.looseObject({ String: z.string().min(1) }),
]);

const mergeSchema = z.union([z.string(), z.tuple([z.string(), z.string()])]);

const tokenizerSchema = z.looseObject({
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  model: z.looseObject({
    type: z.string().default('BPE'),
    vocab: z.record(z.string(), z.int().nonnegative().max(MAX_ID)),
    merges: z.array(mergeSchema),
    dropout: z.number().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
  }),
});

/** A special token is named by its text or by an object that carries the text. */
const namedTokenSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)])
  .nullish();

const configSchema = z.looseObject({
  bos_token: namedTokenSchema,
  eos_token: namedTokenSchema,
  pad_token: namedTokenSchema,
  unk_token: namedTokenSchema,
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
  added_tokens_decoder: z.record(z.string(), addedTokenSchema.omit({ id: true })).optional(),
});

const eosIdSchema = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]).nullish();

/** The checked parts of a tokenizer: ids are unique, and merges stay within the vocabulary. */
export interface TokenizerParts {
  /** For error messages. */
  readonly file: string;
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly ignoreMerges: boolean;
  readonly addedTokens: readonly AddedToken[];
  readonly alphabet: Alphabet;
  /** Component descriptions for the tokenizer library, as in tokenizer.json. */
  readonly normalizer: object | null;
  /** Null where the alphabet is not that of bytes: then the alphabet says all. */
  readonly preTokenizer: object | null;
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly padToken: string | undefined;
  readonly unkToken: string | undefined;
  /** The end-of-sequence ids of config.json and generation_config.json. */
  readonly modelEosIds: readonly number[];
  readonly chatTemplate: string | undefined;
}

/** The documents of a directory, parsed from JSON but not yet checked. */
export interface TokenizerDocuments {
  readonly tokenizer: unknown;
  readonly tokenizerConfig?: unknown;
  readonly specialTokensMap?: unknown;
  readonly config?: unknown;
  readonly generationConfig?: unknown;
  /** The text of chat_template.jinja, which takes precedence over a template in tokenizer_config.json. */
  readonly chatTemplate?: string;
}

function check<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InputError(issueText(issue, value, 'the document does not have the required form'), {
    file,
    field: issue === undefined || issue.path.length === 0 ? '(document)' : issue.path.join('.'),
    remedy: "Compare the file with the model's original; it may be truncated or edited.",
  });
}

function splitMerge(merge: string | [string, string], index: number, file: string): [string, string] {
  if (typeof merge !== 'string') return merge;
  const parts = merge.split(' ');
  const [left, right] = parts;
  if (parts.length !== 2 || !left || !right) {
    throw new InputError('a merge is not two tokens with one space between them', {
      file,
      field: `model.merges.${index}`,
    });
  }
  return [left, right];
}

/**
 * The pre-tokenizer for the library. What the library does differently from the reference implementation is replaced or
 * refused: its `Digits` knows only ASCII digits (the reference splits every numeric character), and it ignores split
 * behaviours other than `Isolated`.
 */
function checkedPreTokenizer(config: { type: string; [key: string]: unknown }, file: string, field: string): object {
  switch (config.type) {
    case 'Sequence': {
      const inner = z.array(z.looseObject({ type: z.string() })).safeParse(config.pretokenizers);
      if (!inner.success) throw new InputError('the sequence has no list of pre-tokenizers', { file, field });
      const checked = inner.data.map((one, i) => checkedPreTokenizer(one, file, `${field}.pretokenizers.${i}`));
      return { type: 'Sequence', pretokenizers: checked };
    }
    case 'Digits':
      return {
        type: 'Split',
        pattern: { Regex: config.individual_digits === true ? '\\p{N}' : '\\p{N}+' },
        behavior: 'Isolated',
        invert: false,
      };
    case 'Split':
      // What does not match is removed, so that the matches are left: another way to write Isolated, where all matches.
      if (
        config.behavior === 'Removed'
          ? config.invert !== true
          : config.behavior !== 'Isolated' || config.invert === true
      ) {
        throw new UnsupportedError('splits that do not isolate their matches are not supported', {
          file,
          field,
          remedy: SUPPORTED,
        });
      }
      // Without one, the library takes every text for nothing.
      if (!splitPattern.safeParse(config.pattern).success) {
        throw new InputError('the split has no pattern', {
          file,
          field: `${field}.pattern`,
          remedy: "Compare the file with the model's original; it may be truncated or edited.",
        });
      }
      return config;
    case 'ByteLevel':
      if (config.add_prefix_space === true) {
        throw new UnsupportedError('tokenizers that add a space before the text are not supported', {
          file,
          field,
          remedy: SUPPORTED,
        });
      }
      return config;
    default:
      throw new UnsupportedError(`the pre-tokenizer ${JSON.stringify(config.type)} is not supported`, {
        file,
        field,
        remedy: SUPPORTED,
      });
  }
}

function hasByteLevel(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false;
  if ('type' in config && config.type === 'ByteLevel') return true;
  const lists: unknown[] = [];
  if ('pretokenizers' in config) lists.push(config.pretokenizers);
  if ('decoders' in config) lists.push(config.decoders);
  return lists.some((list) => Array.isArray(list) && list.some(hasByteLevel));
}

function asList(ids: number | number[] | null | undefined): number[] {
  return ids === null || ids === undefined ? [] : typeof ids === 'number' ? [ids] : ids;
}

/**
 * The parts of a tokenizer from its documents. `directory` only names files in errors.
 * @throws {InputError} when a document does not have the required form
 * @throws {UnsupportedError} when it is not a BPE tokenizer of a supported kind
 */
export function parseTokenizer(documents: TokenizerDocuments, directory: string): TokenizerParts {
  const file = join(directory, 'tokenizer.json');
  const configFile = join(directory, 'tokenizer_config.json');
  const parsed = check(tokenizerSchema, documents.tokenizer, file);
  const config = check(configSchema, documents.tokenizerConfig ?? {}, configFile);
  const specials = check(configSchema, documents.specialTokensMap ?? {}, join(directory, 'special_tokens_map.json'));
  const { model } = parsed;

  const refuse = (field: string, what: string): never => {
    throw new UnsupportedError(what, { file, field, remedy: SUPPORTED });
  };
  if (model.type !== 'BPE') refuse('model.type', `tokenizers of type ${JSON.stringify(model.type)} are not supported`);
  const components = { normalizer: parsed.normalizer ?? null, preTokenizer: parsed.pre_tokenizer ?? null };
  const alphabet =
    model.byte_fallback === true
      ? (fallbackAlphabet({ ...components, decoder: parsed.decoder }) ??
        refuse('model.byte_fallback', 'SentencePiece tokenizers with components of another kind are not supported'))
      : ({ kind: 'bytes' } as const);
  if (model.dropout) refuse('model.dropout', 'tokenizers that drop merges at random are not supported');
  if (model.continuing_subword_prefix)
    refuse('model.continuing_subword_prefix', 'tokenizers with subword prefixes are not supported');
  if (model.end_of_word_suffix)
    refuse('model.end_of_word_suffix', 'tokenizers with end-of-word suffixes are not supported');
  if (alphabet.kind === 'bytes' && !hasByteLevel(parsed.pre_tokenizer))
    refuse('pre_tokenizer', 'tokenizers that do not encode bytes are not supported');
  if (alphabet.kind === 'bytes' && !hasByteLevel(parsed.decoder))
    refuse('decoder', 'tokenizers that do not decode bytes are not supported');

  const addedTokens: AddedToken[] = [];
  const addedIds = new Map<number, string>();
  const listed = Object.entries(config.added_tokens_decoder ?? {}).map(([id, token]) => ({ ...token, id: Number(id) }));
  for (const [index, token] of [...parsed.added_tokens, ...listed].entries()) {
    const here = index < parsed.added_tokens.length;
    const place = here
      ? { file, field: `added_tokens.${index}` }
      : { file: configFile, field: `added_tokens_decoder.${token.id}` };
    const known = addedIds.get(token.id);
    if (!here && known === token.content) continue;
    if (!Number.isSafeInteger(token.id) || known !== undefined) {
      throw new InputError(`added token ${JSON.stringify(token.content)} has an id that is not its own`, place);
    }
    const { id, content, special, single_word: singleWord, lstrip, rstrip, normalized = !special } = token;
    addedIds.set(id, content);
    addedTokens.push({ id, content, special, singleWord, lstrip, rstrip, normalized });
  }

  const vocabulary = new Map<string, number>();
  const tokenOfId = new Map<number, string>(addedIds);
  for (const [token, id] of Object.entries(model.vocab)) {
    const other = tokenOfId.get(id);
    if (other !== undefined && other !== token) {
      throw new InputError(`tokens ${JSON.stringify(other)} and ${JSON.stringify(token)} share the id ${id}`, {
        file,
        field: 'model.vocab',
      });
    }
    tokenOfId.set(id, token);
    vocabulary.set(token, id);
  }
  for (const token of addedTokens) {
    if ((vocabulary.get(token.content) ?? token.id) !== token.id) {
      const what = `added token ${JSON.stringify(token.content)} has a different id in the vocabulary`;
      throw new InputError(what, { file, field: 'added_tokens' });
    }
  }
  const merges = model.merges.map((merge, index) => {
    const [left, right] = splitMerge(merge, index, file);
    for (const token of [left, right, left + right]) {
      if (!vocabulary.has(token)) {
        throw new InputError(`a merge needs the token ${JSON.stringify(token)}, which the vocabulary lacks`, {
          file,
          field: `model.merges.${index}`,
        });
      }
    }
    return [left, right] as const;
  });

  const template = documents.chatTemplate ?? config.chat_template ?? undefined;
  const modelEosIds = [
    ...eosIdsOf(documents.generationConfig, join(directory, 'generation_config.json')),
    ...eosIdsOf(documents.config, join(directory, 'config.json')),
  ];
  return {
    file,
    vocabulary,
    merges,
    ignoreMerges: model.ignore_merges === true,
    addedTokens,
    alphabet,
    normalizer: components.normalizer,
    preTokenizer:
      alphabet.kind === 'bytes'
        ? checkedPreTokenizer(parsed.pre_tokenizer ?? { type: 'none' }, file, 'pre_tokenizer')
        : null,
    bosToken: config.bos_token ?? specials.bos_token ?? undefined,
    eosToken: config.eos_token ?? specials.eos_token ?? undefined,
    padToken: config.pad_token ?? specials.pad_token ?? undefined,
    unkToken: config.unk_token ?? specials.unk_token ?? undefined,
    modelEosIds,
    chatTemplate: Array.isArray(template) ? template.find((one) => one.name === 'default')?.template : template,
  };
}

function eosIdsOf(document: unknown, file: string): number[] {
  const schema = z.looseObject({ eos_token_id: eosIdSchema });
  return asList(check(schema, document ?? {}, file).eos_token_id);
}

async function readText(file: string): Promise<string | undefined> {
  await refuseSpecialFile(file);
  try {
    return decodeUtf8(await readFile(file), file);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new StorageError('the file cannot be read', { file, cause });
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  return parseStrictJson(text, file);
}

/**
 * Reads the tokenizer of a Hugging Face directory; only tokenizer.json is required.
 * @throws {StorageError} when a file is missing or cannot be read
 * @throws {InputError} when a document does not have the required form
 * @throws {UnsupportedError} when it is not a BPE tokenizer of a supported kind
 */
export async function readTokenizerFiles(directory: string): Promise<TokenizerParts> {
  const file = join(directory, 'tokenizer.json');
  const tokenizer = await readJson(file);
  if (tokenizer === undefined) {
    throw new StorageError('the directory has no tokenizer', {
      file,
      remedy: 'Give a Hugging Face model directory with a tokenizer.json.',
    });
  }
  const chatTemplate = await readText(join(directory, 'chat_template.jinja'));
  const documents: TokenizerDocuments = {
    tokenizer,
    tokenizerConfig: await readJson(join(directory, 'tokenizer_config.json')),
    specialTokensMap: await readJson(join(directory, 'special_tokens_map.json')),
    config: await readJson(join(directory, 'config.json')),
    generationConfig: await readJson(join(directory, 'generation_config.json')),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
  return parseTokenizer(documents, directory);
}
