/**
 * JSON of untrusted files: as JSON.parse reads it, but a key that occurs twice in one object is refused, and nesting is
 * bounded.
 */
import { InputError } from './errors.js';

/** Deeper than any file that models come with; what reads or writes the values recurses, and must not run out of stack. */
const MAX_DEPTH = 100;

const REMEDY = 'Fetch the file again; it may be truncated or edited.';

/**
 * Parses `text` as JSON. JSON.parse keeps the last of two equal keys, so two readers of one file could see different
 * tensors or tokens; here that is an error, as in the Rust safetensors crate.
 * @throws {InputError} when it is not JSON, a key occurs twice in an object, or it is nested too deeply
 */
export function parseStrictJson(text: string, file: string): unknown {
  // Before parsing: a hundred megabytes of brackets would take gigabytes.
  requireShallow(text, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      file,
      cause,
      remedy: REMEDY,
    });
  }
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) {
    throw new InputError(`the key ${JSON.stringify(duplicate)} occurs twice in one object`, {
      file,
      field: duplicate,
      remedy: REMEDY,
    });
  }
  return value;
}

/** Of any text, valid JSON or not. @throws {InputError} when its brackets nest more than MAX_DEPTH levels deep */
function requireShallow(text: string, file: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH)
        throw new InputError(`nested more than ${MAX_DEPTH} levels deep`, { file, remedy: REMEDY });
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

/** The place of the quotation mark that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = start + 1; ; ) {
    end = text.indexOf('"', end);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end++;
  }
}

/**
 * The first key that an object of this valid JSON text holds twice, after unescaping; no recursion, so depth costs no
 * stack.
 */
function duplicateKey(text: string): string | undefined {
  // An entry a level: the keys of an object so far, or undefined for an array.
  const levels: (Set<string> | undefined)[] = [];
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
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
        i = endOfString(text, i);
        if (!keyNext) break;
        keyNext = false;
        const written = text.slice(start + 1, i);
        const key: string = written.includes('\\') ? JSON.parse(`"${written}"`) : written;
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
