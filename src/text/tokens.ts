import { UsageError } from '../errors.js';

declare const brand: unique symbol;

/**
 * Token ids of one vocabulary, in order. A type of its own, so that positions, lengths or other numbers cannot be passed
 * in their place.
 */
export type TokenIds = readonly number[] & { readonly [brand]: 'TokenIds' };

/** Declares numbers to be token ids. Engines check them against their vocabulary; tokenizers decode an id without a token as U+FFFD. */
export function tokenIds(values: readonly number[]): TokenIds {
  return values as TokenIds;
}

/** Not by a schema: these are called for every sample. */
function requireIds(form: string, field: string, ids: unknown): void {
  if (Array.isArray(ids) || ArrayBuffer.isView(ids)) return;
  const [name] = form.split('(');
  throw new UsageError(`${name}: ${field}: expected a list of token ids`, { field, remedy: `Call it as ${form}.` });
}

/** The ids of all parts, one after the other. */
export function concatIds(...parts: readonly TokenIds[]): TokenIds {
  const ids: number[] = [];
  for (const [index, part] of parts.entries()) {
    requireIds('concatIds(prompt, completion.ids)', `parts.${index}`, part);
    for (const id of part) ids.push(id);
  }
  return tokenIds(ids);
}

/** Some of the ids, in order; the arguments are those of an array's `slice`. */
export function sliceIds(ids: TokenIds, start: number, end?: number): TokenIds {
  requireIds('sliceIds(ids, 0, 10)', 'ids', ids);
  return tokenIds(ids.slice(start, end));
}
