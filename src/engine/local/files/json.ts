/** JSON of untrusted model files, read strictly. */
import { InputError } from '../../../errors.js';
import { isObject } from '../../../json.js';
import { parseStrictJson } from '../../../strict-json.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

/**
 * Parses `text` as one JSON object, strictly.
 * @throws {InputError} when it is invalid, naming the file and, where known, the key or line
 */
export function parseJsonObject(text: string, file: string): JsonObject {
  const value = parseStrictJson(text, file);
  if (!isJsonObject(value)) throw new InputError('expected a JSON object at the top', { file });
  return value;
}

/**
 * The keys whose numbers are written as floats although they are whole (`30.0`): JSON.parse forgets which they were, and
 * Python, where the two are of different types, may not take one for the other.
 */
export function wholeFloatKeys(text: string): readonly string[] {
  const found = text.matchAll(/"([^"\\]+)"\s*:\s*-?\d+\.0+(?=[\s,}])/g);
  return [...new Set([...found].map(([, key]) => key ?? ''))].sort();
}

/** A document as indented JSON text, with the whole numbers at these keys as floats. */
export function stringifyWithFloats(document: JsonObject, keys: readonly string[]): string {
  return JSON.stringify(document, null, 2).replaceAll(
    /^(\s*"([^"\\]+)": -?\d+)(,?)$/gm,
    (line, number: string, key: string, comma: string) => (keys.includes(key) ? `${number}.0${comma}` : line),
  );
}
