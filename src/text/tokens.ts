declare const brand: unique symbol;

/**
 * Token ids of one vocabulary, in order. A type of its own, so that positions, lengths or other numbers cannot be passed
 * in their place.
 */
export type TokenIds = readonly number[] & { readonly [brand]: 'TokenIds' };

/** Declares numbers to be token ids. Engines and tokenizers check them against their own vocabulary. */
export function tokenIds(values: readonly number[]): TokenIds {
  return values as TokenIds;
}

/** The ids of all parts, one after the other. */
export function concatIds(...parts: readonly TokenIds[]): TokenIds {
  const ids: number[] = [];
  for (const part of parts) for (const id of part) ids.push(id);
  return tokenIds(ids);
}

/** Some of the ids, in order; the arguments are those of an array's `slice`. */
export function sliceIds(ids: TokenIds, start: number, end?: number): TokenIds {
  return tokenIds(ids.slice(start, end));
}
