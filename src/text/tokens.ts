/** Token ids of one vocabulary, in order. Never a mix of two tokenizers' ids. */
export type TokenIds = readonly number[];
