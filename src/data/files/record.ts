import { z } from 'zod';
import { limitArgument } from '../../call-arguments.js';
import { InputError, type Place } from '../../errors.js';
import { isObject } from '../../json.js';
import { issueText } from '../../schema-issue.js';
import { repeatedKey } from '../../strict-json.js';
import { nearest } from '../../suggestion.js';

/** One row of a data file before it is interpreted, and its place: file and 1-based line or row. */
export interface DataRecord {
  readonly value: Readonly<Record<string, unknown>>;
  readonly place: Place;
}

/** Limits that keep a hostile or wrong file from filling the memory. */
export interface ReadLimits {
  /** Bytes of the whole file, as stored and, for Parquet, decompressed. Default 4 GiB. */
  readonly fileBytes?: number;
  /** Bytes of one line or CSV record. Default 16 MiB. */
  readonly lineBytes?: number;
  /** Rows of one file. Default 20 million. */
  readonly rows?: number;
}

/** The same, for calls without types. */
export const readLimitsSchema = z.strictObject({
  fileBytes: limitArgument.optional(),
  lineBytes: limitArgument.optional(),
  rows: limitArgument.optional(),
});

export const DEFAULT_READ_LIMITS: Required<ReadLimits> = {
  fileBytes: 4 * 2 ** 30,
  lineBytes: 16 * 2 ** 20,
  rows: 20_000_000,
};

/** @throws {InputError} with `place` when a file has more rows than are allowed */
export function requireRowLimit(rows: number, mostRows: number, place: Place): void {
  if (rows <= mostRows) return;
  throw new InputError(`the file has more than ${mostRows} rows`, {
    ...place,
    remedy: 'Split the file, or raise the limit rows.',
  });
}

/**
 * @throws {InputError} with `place` and the key when an object of a row's JSON holds a key twice: JSON.parse keeps the last
 * of the two values, and other readers the first
 */
export function requireDistinctKeys(text: string, value: unknown, place: Place): void {
  const key = repeatedKey(text, value);
  if (key === undefined) return;
  throw new InputError(`the key ${JSON.stringify(key)} occurs twice in one object`, {
    ...place,
    field: key,
    remedy: 'Remove or rename one of the two.',
  });
}

/** The path of the first string in a value that contains or matches `text`: `messages.1.content`. */
export function placeOfText(value: unknown, text: string | RegExp, path: readonly string[] = []): string | undefined {
  if (typeof value === 'string') return value.search(text) === -1 ? undefined : path.join('.');
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = placeOfText(item, text, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A half of a surrogate pair. */
const SURROGATE = /\p{Surrogate}/u;

/**
 * Checks what was taken from a record. A half of a surrogate pair has no UTF-8 form: it would be replaced when the text is
 * tokenized or written.
 * @throws {InputError} with the field of the record that holds it
 */
export function checkTexts(taken: readonly (string | undefined)[], { value, place }: DataRecord): void {
  if (!taken.some((text) => text !== undefined && SURROGATE.test(text))) return;
  const field = placeOfText(value, SURROGATE);
  throw new InputError('the text holds half of a surrogate pair, or bytes that are not UTF-8', {
    ...place,
    ...(field === undefined ? {} : { field }),
    remedy: 'Write the whole character or remove it, and save the file as UTF-8.',
  });
}

/** `value` parsed by `schema`. @throws {InputError} at `place`, with the path of the field, when it does not match */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown, place: Place, remedy: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  const instead = misspelt(schema, value, path);
  throw new InputError(issueText(issue, value, 'the record does not have the required form'), {
    ...place,
    ...(path === '' ? {} : { field: path }),
    remedy: instead === undefined ? remedy : `Did you mean "${instead}"? Rename it to ${path}. ${remedy}`,
  });
}

/** The unknown key of a record that is nearest to the one that is missing. */
function misspelt(schema: z.ZodType, value: unknown, missing: string): string | undefined {
  if (!isObject(value) || missing === '' || missing in value || !('shape' in schema) || !isObject(schema.shape))
    return undefined;
  const known = Object.keys(schema.shape);
  return nearest(
    missing,
    Object.keys(value).filter((key) => !known.includes(key)),
  );
}
