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
  const duplicate = repeatedKey(text, value);
  if (duplicate !== undefined) {
    throw new InputError(`the key ${JSON.stringify(duplicate)} occurs twice in one object`, {
      file,
      field: duplicate,
      remedy: REMEDY,
    });
  }
  return value;
}

/**
 * The first key that an object of this JSON text holds twice, after unescaping; `value` is what JSON.parse made of it. Rows
 * of data go through here, so the text is searched only where it may hold one: behind every key stands a quotation mark
 * with a colon, and where there are no more of these than the value has keys, each key was written once.
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  return mostKeys(text) > keysIn(value) ? duplicateKey(text) : undefined;
}

/** The colons behind a quotation mark that is not escaped: those behind keys, and of strings that begin with a colon. */
function mostKeys(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let quote = colon - 1;
    while (isSpace(text.charCodeAt(quote))) quote--;
    if (text.charCodeAt(quote) === 0x22 && !isEscaped(text, quote)) count++;
  }
  return count;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Whether the quotation mark at this place is behind an odd number of backslashes. */
function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/** The keys of all objects in a value; no recursion, so depth costs no stack. */
function keysIn(value: unknown): number {
  let count = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const members: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) count += members.length;
    for (const member of members) if (typeof member === 'object' && member !== null) waiting.push(member);
  }
  return count;
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
    if (!isEscaped(text, end)) return end;
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
