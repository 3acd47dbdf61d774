import type { z } from 'zod';
import { InputError, type Place } from '../../errors.js';

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

export const DEFAULT_READ_LIMITS: Required<ReadLimits> = {
  fileBytes: 4 * 2 ** 30,
  lineBytes: 16 * 2 ** 20,
  rows: 20_000_000,
};

/** `value` parsed by `schema`. @throws {InputError} at `place`, with the path of the field, when it does not match */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown, place: Place, remedy: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  throw new InputError(issue?.message ?? 'the record does not have the required form', {
    ...place,
    ...(path === '' ? {} : { field: path }),
    remedy,
  });
}
