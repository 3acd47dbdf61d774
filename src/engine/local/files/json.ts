/** JSON of untrusted model files: as JSON.parse reads it, but a key that occurs twice in one object is refused. */
import { InputError } from '../../../errors.js';
import { isObject } from '../../../json.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

/**
 * Parses `text` as one JSON object. JSON.parse keeps the last of two equal keys, so two readers of one file could see
 * different tensors; here that is an error, as in the Rust safetensors crate.
 *
 * @throws {InputError} when it is invalid, naming the file and, where known, the key or line
 */
export function parseJsonObject(text: string, file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      file,
      cause,
      remedy: 'Fetch the file again.',
    });
  }
  if (!isJsonObject(value)) throw new InputError('expected a JSON object at the top', { file });
  const duplicate = duplicateKey(text, file);
  if (duplicate !== undefined) {
    throw new InputError(`the key ${JSON.stringify(duplicate)} occurs twice in one object`, { file, field: duplicate });
  }
  return value;
}

/** Deeper than any file that models come with; what writes JSON back recurses, and must not run out of stack. */
const MAX_DEPTH = 100;

/**
 * The first key that an object of this valid JSON text holds twice, after unescaping; no recursion, so depth costs no
 * stack.
 */
function duplicateKey(text: string, file: string): string | undefined {
  // An entry a level: the keys of an object so far, or undefined for an array.
  const levels: (Set<string> | undefined)[] = [];
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
    if (levels.length > MAX_DEPTH) throw new InputError(`nested more than ${MAX_DEPTH} levels deep`, { file });
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        levels.push(new Set());
        keyNext = true;
        break;
      case 0x5b: // [
        levels.push(undefined);
        keyNext = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        keyNext = false;
        break;
      case 0x2c: // ,
        keyNext = levels.at(-1) !== undefined;
        break;
      case 0x22: {
        const start = i;
        for (i++; text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        if (!keyNext) break;
        keyNext = false;
        const key: string = JSON.parse(text.slice(start, i + 1));
        const keys = levels.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
        break;
      }
      default:
    }
  }
  return undefined;
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
