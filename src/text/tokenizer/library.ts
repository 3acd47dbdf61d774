/**
 * The part of `@huggingface/tokenizers` that rlt uses, with types: the package's own do not resolve under Node's rules.
 * Texts are cut into words by the library's pre-tokenizers and merged by its model, but each word once: data sets say
 * the same words again and again, and the ids of a word do not depend on what stands beside it.
 */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { BYTE_CHARACTERS } from './byte-alphabet.js';

export interface LibraryTokenizer {
  /** Adds the ids of a text to a list. */
  encodeInto(ids: number[], text: string): void;
  /** The words of a text as the model knows them. */
  preTokenize(text: string): string[];
}

/** The components of a tokenizer, as tokenizer.json describes them. */
export interface LibraryDocument {
  readonly added_tokens: readonly [];
  readonly normalizer: null;
  readonly pre_tokenizer: object | null;
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
    readonly ignore_merges: boolean;
    readonly byte_fallback?: boolean;
  };
}

/** A pre-tokenizer of the library. */
interface PreTokenizer {
  pre_tokenize(text: string | readonly string[]): string[];
  /** Of a sequence. */
  readonly tokenizers?: readonly (PreTokenizer | null)[];
  /** Of `ByteLevel`: cuts at matches of the pattern if `use_regex`, and writes each byte as a character. */
  readonly byte_encoder?: unknown;
  readonly use_regex?: boolean;
  readonly pattern?: RegExp;
}

interface Model {
  encode(words: readonly string[]): string[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
}

/** Of two generations of words, the younger one becomes the older one when it has so many; words that are met again are kept. */
const MOST_WORDS = 20_000;
const LONGEST_WORD = 64;

/** Builds the library's BPE tokenizer. @throws the library's own errors */
export function openLibrary(document: LibraryDocument): LibraryTokenizer {
  const library = new Library(
    {
      ...document,
      model: { type: 'BPE', unk_token: null, ...document.model },
      post_processor: null,
      decoder: null,
    },
    {},
  );
  const preTokenizer: PreTokenizer | null = library.pre_tokenizer;
  const model: Model = library.model;
  const { cut, spelled } = cutter(stepsOf(preTokenizer));

  const merged = (word: string): readonly number[] =>
    model.encode([spelled(word)]).map((token) => model.tokens_to_ids.get(token) as number);

  let young = new Map<string, readonly number[]>();
  let old = new Map<string, readonly number[]>();
  const idsOf = (word: string): readonly number[] => {
    const known = young.get(word);
    if (known !== undefined) return known;
    const ids = old.get(word) ?? merged(word);
    if (word.length > LONGEST_WORD) return ids;
    if (young.size === MOST_WORDS) [young, old] = [new Map(), young];
    // A copy: a slice of a text would keep the text in memory.
    young.set(Buffer.from(word, 'utf16le').toString('utf16le'), ids);
    return ids;
  };

  return {
    encodeInto(ids, text) {
      for (const word of cut(text)) for (const id of idsOf(word)) ids.push(id);
    },
    preTokenize: (text) => preTokenizer?.pre_tokenize(text) ?? [text],
  };
}

/** The pre-tokenizers that are applied one after the other. */
function stepsOf(preTokenizer: PreTokenizer | null): readonly PreTokenizer[] {
  if (preTokenizer === null) return [];
  return preTokenizer.tokenizers?.flatMap(stepsOf) ?? [preTokenizer];
}

/** How texts become words. A byte-level step that comes last writes only the words that are new. */
function cutter(steps: readonly PreTokenizer[]): {
  readonly cut: (text: string) => readonly string[];
  readonly spelled: (word: string) => string;
} {
  const isByteLevel = steps.at(-1)?.byte_encoder !== undefined;
  const cuts = steps.flatMap((step, i) => (isByteLevel && i === steps.length - 1 ? [] : [cutBy(step)]));
  const { use_regex: cutsWords, pattern } = steps.at(-1) ?? {};
  if (isByteLevel && cutsWords === true && pattern !== undefined) cuts.push((text) => text.match(pattern) ?? []);
  return {
    cut(text) {
      let pieces: readonly string[] = [text];
      for (const cut of cuts) pieces = pieces.length === 1 ? cut(pieces[0] as string) : pieces.flatMap(cut);
      return pieces;
    },
    spelled: isByteLevel
      ? (word) => Array.from(Buffer.from(word), (byte) => BYTE_CHARACTERS[byte]).join('')
      : (word) => word,
  };
}

/** What a pre-tokenizer makes of a text. Matches that cover the text are its words; the library searches them one by one. */
const cutBy =
  (step: PreTokenizer) =>
  (text: string): readonly string[] => {
    const words = step.byte_encoder === undefined && step.pattern !== undefined ? text.match(step.pattern) : null;
    let length = 0;
    let hasEmpty = false;
    for (const word of words ?? []) {
      length += word.length;
      hasEmpty ||= word === '';
    }
    return words !== null && length === text.length && !hasEmpty ? words : step.pre_tokenize(text);
  };

/** What a tokenizer does to a text before anything else, by the library's normalizer. @throws the library's own errors */
export function openNormalizer(normalizer: object | null): (text: string) => string {
  const model = { type: 'BPE', unk_token: null, vocab: {}, merges: [] };
  const document = { added_tokens: [], normalizer, pre_tokenizer: null, post_processor: null, decoder: null, model };
  const opened = new Library(document, {}).normalizer;
  return (text) => (opened === null ? text : opened.normalize(text));
}
