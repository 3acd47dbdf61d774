/** The cells of a record by the names of their columns, or by paths into these: `meta.answer`, `messages.1.content`. */
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { suggestion } from '../suggestion.js';
import type { DataRecord } from './files/record.js';

const NOT_ASCII = /\P{ASCII}/u;

/** The key of an object that is this name, in whatever form of Unicode either is written: macOS takes letters and their accents apart. */
export function keyNamed(value: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (Object.hasOwn(value, name)) return name;
  if (!NOT_ASCII.test(name)) return undefined;
  const composed = name.normalize('NFC');
  return Object.keys(value).find((key) => key.normalize('NFC') === composed);
}

/** The value in a column, by its name or else by the path; undefined where there is none. */
export function found(value: Readonly<Record<string, unknown>>, path: string): unknown {
  const own = keyNamed(value, path);
  if (own !== undefined) return value[own];
  let current: unknown = value;
  for (const name of path.split('.')) {
    if (Array.isArray(current)) {
      current = /^-?\d+$/.test(name) ? current.at(Number(name)) : undefined;
      continue;
    }
    const key = isObject(current) ? keyNamed(current, name) : undefined;
    if (!isObject(current) || key === undefined) return undefined;
    current = current[key];
  }
  return current;
}

/** What there is beside the first key of a path that is missing: `columns: a, b`, or keys inside of an object. */
export function missingColumn({ value, place }: DataRecord, path: string): InputError {
  const keys = path.split('.');
  const known = [...Array(keys.length).keys()].findLast(
    (depth) => found(value, keys.slice(0, depth).join('.')) != null,
  );
  const depth = known ?? 0;
  const parent = depth === 0 ? value : found(value, keys.slice(0, depth).join('.'));
  const names = isObject(parent) ? Object.keys(parent) : [];
  const inside = depth === 0 ? '' : ` in ${keys.slice(0, depth).join('.')}`;
  return new InputError(`the column "${path}" is missing`, {
    ...place,
    field: path,
    remedy: Array.isArray(parent)
      ? `${keys.slice(0, depth).join('.')} is a list of ${parent.length}; its elements are numbered from 0.`
      : suggestion(keys[depth] ?? path, names, `columns${inside}`),
  });
}

export function textOf(value: unknown, path: string, { place }: DataRecord): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InputError(`the column "${path}" holds neither a string nor a number`, {
    ...place,
    field: path,
    ...(typeof value === 'object' && value !== null
      ? {
          remedy: `Name a part of it, such as ${path}.${Array.isArray(value) ? '0' : (Object.keys(value)[0] ?? 'text')}.`,
        }
      : {}),
  });
}

/**
 * The text in a column, not trimmed; a number becomes text. `wanted`: what is to be written there.
 * @throws {InputError} with the column when it is missing or blank
 */
export function requiredCell(record: DataRecord, path: string, wanted = 'it'): string {
  const value = found(record.value, path);
  if (value === undefined) throw missingColumn(record, path);
  const text = value === null ? '' : textOf(value, path, record);
  if (text.trim() !== '') return text;
  const remedy = `Write ${wanted} there, or leave the row out.`;
  throw new InputError(`the column "${path}" is blank`, { ...record.place, field: path, remedy });
}

/** As `requiredCell`; undefined where the column is missing, null or blank. */
export function optionalCell(record: DataRecord, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : found(record.value, path);
  if (path === undefined || value == null) return undefined;
  const text = textOf(value, path, record);
  return text.trim() === '' ? undefined : text;
}

/** Whether a record has a column, even without a value. */
export function hasColumn({ value }: DataRecord, path: string): boolean {
  return found(value, path) !== undefined;
}
