/** Token ids of one vocabulary, in order. */
export type TokenIds = readonly number[];
