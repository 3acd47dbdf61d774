/**
 * The part of `@huggingface/tokenizers` that rlt uses, with types: the package's own do not resolve under Node's rules.
 */
import { Tokenizer as Library } from '@huggingface/tokenizers';

export interface LibraryTokenizer {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  /** Null where the document has none. */
  readonly pre_tokenizer: { pre_tokenize(text: string): string[] } | null;
}

/** The components of a tokenizer, as tokenizer.json describes them. */
export interface LibraryDocument {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly normalized: boolean }[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
    readonly ignore_merges: boolean;
    readonly byte_fallback?: boolean;
  };
}

/** Builds the library's BPE tokenizer. @throws the library's own errors */
export function openLibrary(document: LibraryDocument): LibraryTokenizer {
  const model = { type: 'BPE', unk_token: null, ...document.model };
  return new Library({ ...document, model, post_processor: null, decoder: null }, {});
}

/** What a tokenizer does to a text before anything else, by the library's normalizer. @throws the library's own errors */
export function openNormalizer(normalizer: object | null): (text: string) => string {
  const model = { type: 'BPE', unk_token: null, vocab: {}, merges: [] };
  const document = { added_tokens: [], normalizer, pre_tokenizer: null, post_processor: null, decoder: null, model };
  const opened = new Library(document, {}).normalizer;
  return (text) => (opened === null ? text : opened.normalize(text));
}
