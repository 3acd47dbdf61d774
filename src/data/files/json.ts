/** JSON files that hold all records in one list, or in a list under one key. */
import { readFile } from 'node:fs/promises';
import { InputError, StorageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { systemReason } from '../../system-errors.js';
import { encodingRemedy } from './encoding.js';
import { readJsonl } from './jsonl.js';
import { jsonParts, parseJson } from './lossless-json.js';
import { checkedFileSize } from './opening.js';
import { ofPython } from './python-json.js';
import {
  type DataRecord,
  DEFAULT_READ_LIMITS,
  placeOfText,
  type ReadLimits,
  requireDistinctKeys,
  requireRowLimit,
} from './record.js';

/** All of the file is in memory as one string, of which JavaScript's longest has half a billion characters. */
const MOST_BYTES = 256 * 2 ** 20;

const CONVERT = "Convert it to JSONL, one object on each line, for example with jq -c '.[]'.";

const LINE_END = /\r\n|\n|\r/;

/** Turns of one conversation; a list under such a key is not a list of records. */
const TURNS = new Set(['messages', 'conversations', 'conversation']);

/**
 * The records of a JSON file: a list of objects, an object with one list of objects under some key (`{"data": [...]}`), or
 * a single record. A file of JSON Lines with the ending .json is read as such. `line` of a record's place is that of its
 * beginning; where several begin on one line, as in a file that a program wrote, places have `record` instead.
 * @throws {InputError} with file and line when the file is not JSON, a record has a key twice, or it holds several lists or
 * something else
 * @throws {StorageError} when the file cannot be read
 */
export async function* readJson(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const size = await checkedFileSize(file, limits);
  const text = size > MOST_BYTES ? undefined : await decodedFile(file);
  if (text === undefined) {
    if (await isJsonLines(file, limits)) return yield* readJsonl(file, limits);
    throw new InputError(`a JSON list of ${size} bytes is longer than the limit of ${MOST_BYTES}`, {
      file,
      remedy: CONVERT,
    });
  }
  const whole = parsed(text);
  if ('cause' in whole) {
    if (await isJsonLines(file, limits)) return yield* readJsonl(file, limits);
    const line = lineOfSyntaxError(text);
    const python = ofPython(text, { file, ...(line === undefined ? {} : { line }) });
    if (python !== undefined) throw python;
    throw new InputError(`the file is not JSON: ${whole.cause.message}`, {
      file,
      ...(line === undefined ? {} : { line }),
      remedy: 'Write a list of objects, or JSONL with one object on each line.',
      cause: whole.cause,
    });
  }
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  const isByLine = haveLines(recordsIn(whole.value, text, file), text);
  let [line, counted, rows] = [1, 0, 0];
  for (const { start, end } of recordsIn(whole.value, text, file)) {
    line += text.slice(counted, start).split(LINE_END).length - 1;
    counted = start;
    const place = isByLine ? { file, line } : { file, record: rows + 1 };
    const row = text.slice(start, end);
    const value = parseJson(row);
    if (!isObject(value)) {
      throw new InputError('an element of the list is not an object', {
        ...place,
        remedy: 'Make every element an object with the columns as keys.',
      });
    }
    requireDistinctKeys(row, value, place);
    requireRowLimit(++rows, mostRows, place);
    yield { value, place };
  }
}

/** Whether each record begins on a line of its own. */
function haveLines(records: Iterable<{ readonly start: number }>, text: string): boolean {
  let before: number | undefined;
  for (const { start } of records) {
    if (before !== undefined && !LINE_END.test(text.slice(before, start))) return false;
    before = start;
  }
  return true;
}

async function decodedFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new StorageError(`the file cannot be read: ${systemReason(cause)}`, {
      file,
      remedy: 'Check its permissions.',
      cause,
    });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const before = bytes.toString('utf8').split('\ufffd', 1)[0] ?? '';
    throw new InputError('the file is not UTF-8 text', {
      file,
      ...fieldOfInvalidText(bytes.toString('utf8')),
      line: before.split(LINE_END).length,
      remedy: await encodingRemedy(bytes.subarray(Math.max(0, Buffer.byteLength(before) - 100)), file),
      cause,
    });
  }
}

/** The field of the record, in a list, that holds the first bytes that are not UTF-8. */
function fieldOfInvalidText(text: string): { readonly field?: string } {
  const whole = parsed(text);
  const path = 'value' in whole && Array.isArray(whole.value) ? placeOfText(whole.value, '\ufffd') : undefined;
  return path === undefined ? {} : { field: path.split('.').slice(1).join('.') };
}

function parsed(text: string): { readonly value: unknown } | { readonly cause: Error } {
  // An empty file has no records, as in every other format.
  if (text.trim() === '') return { value: [] };
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    return { cause: cause instanceof Error ? cause : new Error(String(cause)) };
  }
}

/** Whether the first line that is not blank is a record of its own: JSON Lines under another name. */
async function isJsonLines(file: string, limits: ReadLimits): Promise<boolean> {
  try {
    for await (const _ of readJsonl(file, limits)) return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return false;
}

/** The line of the first element of a list that is not JSON, if it can be found. */
function lineOfSyntaxError(text: string): number | undefined {
  const list = text.search(/\S/);
  if (text[list] !== '[') return undefined;
  for (const { start, end } of jsonParts(text, list)) {
    if ('cause' in parsed(text.slice(start, end))) return text.slice(0, end).trimEnd().split(LINE_END).length;
  }
  return undefined;
}

/** Where the records are in the text of a parsed file. */
function recordsIn(
  value: unknown,
  text: string,
  file: string,
): Iterable<{ readonly start: number; readonly end: number }> {
  const start = text.search(/\S/);
  if (start === -1) return [];
  if (Array.isArray(value)) return jsonParts(text, start);
  if (!isObject(value)) {
    throw new InputError('the file holds neither a list of objects nor an object', { file, remedy: CONVERT });
  }
  const lists = Object.keys(value).filter((key) => {
    const member = value[key];
    return Array.isArray(member) && member.length > 0 && member.every(isObject) && !TURNS.has(key);
  });
  if (lists.length > 1) {
    throw new InputError(`the file holds several lists of records: ${lists.join(', ')}`, {
      file,
      remedy: `Write the one to be read to a file of its own, for example with jq -c '.${lists[0]}[]'.`,
    });
  }
  if (lists.length === 0) return [{ start, end: text.trimEnd().length }];
  // JSON.parse keeps the last of two lists under one key.
  const [list, ...more] = [...jsonParts(text, start)].filter(({ key }) => key === lists[0]);
  if (more.length > 0) {
    throw new InputError(`the file holds two lists of records under ${JSON.stringify(lists[0])}`, {
      file,
      remedy: 'Put all records into one list.',
    });
  }
  return list === undefined ? [] : jsonParts(text, list.start);
}
