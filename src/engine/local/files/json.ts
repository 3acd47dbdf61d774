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
