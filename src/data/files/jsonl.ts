import { type FileHandle, open } from 'node:fs/promises';
import { InputError, StorageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { writeFileAtomically } from '../../storage.js';
import { systemReason } from '../../system-errors.js';
import { encodingRemedy } from './encoding.js';
import { linesOf } from './lines.js';
import { parseJson } from './lossless-json.js';
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

const NEWLINE = 0x0a;
const CHUNK = 1 << 18;

function storageError(message: string, file: string, remedy: string, cause: unknown): StorageError {
  return new StorageError(`${message}: ${systemReason(cause)}`, { file, remedy, cause });
}

/**
 * The JSON objects of a JSONL file, in order. A UTF-8 byte order mark, carriage returns and blank lines are allowed,
 * and the last line need not end with a line feed.
 * @throws {InputError} with file and line when a line is not UTF-8, not JSON, not an object, has a key twice or is too
 * long, or there are too many
 * @throws {StorageError} when the file cannot be read
 */
export async function* readJsonl(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  await checkedFileSize(file, limits);
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rows = 0;
  const lineBytes = limits.lineBytes ?? DEFAULT_READ_LIMITS.lineBytes;
  const tooLong = (line: number): InputError =>
    new InputError(`the line is longer than the limit of ${lineBytes} bytes`, {
      file,
      line,
      remedy:
        'Put one JSON object on each line. If the text of one is as long as that, shorten it, or leave the row out: no model reads so much. A file that is one JSON list is read when its name ends in .json.',
    });
  for await (const { bytes, line } of linesOf(file, { most: lineBytes, tooLong })) {
    const place = { file, line };
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      throw new InputError('the line is not UTF-8 text', {
        ...place,
        ...fieldOfInvalidBytes(bytes),
        remedy: await encodingRemedy(bytes, file),
        cause,
      });
    }
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (cause) {
      const python = ofPython(text, place);
      if (python !== undefined) throw python;
      const reason = cause instanceof Error ? `: ${cause.message}` : '';
      if (isJson(text.trim().replace(/,$/, '')))
        throw new InputError('a comma stands behind the JSON object of the line', {
          ...place,
          remedy: 'Remove the commas at the ends of lines.',
          cause,
        });
      throw new InputError(`the line is not JSON${reason}`, {
        ...place,
        remedy: 'Put one JSON object on each line. A file that is one JSON list is read when its name ends in .json.',
        cause,
      });
    }
    if (!isObject(value)) {
      throw new InputError(`the line is ${Array.isArray(value) ? 'a JSON array' : 'JSON'} but not an object`, {
        ...place,
        remedy: 'Put one JSON object on each line. A file that is one JSON list is read when its name ends in .json.',
      });
    }
    requireDistinctKeys(text, value, place);
    requireRowLimit(++rows, mostRows, place);
    yield { value, place };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The field in which a line stops being UTF-8, if the rest is JSON. */
function fieldOfInvalidBytes(bytes: Buffer): { readonly field?: string } {
  try {
    const field = placeOfText(JSON.parse(bytes.toString('utf8')), '\ufffd');
    return field === undefined ? {} : { field };
  } catch {
    // The line is not JSON either.
    return {};
  }
}

function jsonLine(record: object, file: string): string {
  let line: string;
  try {
    line = JSON.stringify(record, (_key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
      return value;
    });
  } catch (cause) {
    throw storageError('a record cannot be written as JSON', file, 'Leave out values that JSON cannot express.', cause);
  }
  return `${line}\n`;
}

/**
 * Writes all records, or leaves the file as it was.
 * @throws {StorageError} when it cannot be written, or a record has no JSON form
 */
export async function writeJsonl(file: string, records: Iterable<object> | AsyncIterable<object>): Promise<void> {
  await writeFileAtomically(file, async (handle) => {
    let pending: string[] = [];
    let size = 0;
    for await (const record of records) {
      const line = jsonLine(record, file);
      pending.push(line);
      size += line.length;
      if (size > 1 << 20) {
        await handle.writeFile(pending.join(''));
        pending = [];
        size = 0;
      }
    }
    await handle.writeFile(pending.join(''));
  });
}

/**
 * A JSONL file that grows while a stage runs. Opening it drops an unfinished last line that a killed process left, so
 * every line is complete; each `append` is one write of complete lines.
 */
export class JsonlAppender {
  readonly file: string;
  /** Bytes of an unfinished last line that were dropped when the file was opened. */
  readonly droppedBytes: number;
  readonly #handle: FileHandle;

  private constructor(file: string, handle: FileHandle, droppedBytes: number) {
    this.file = file;
    this.#handle = handle;
    this.droppedBytes = droppedBytes;
  }

  static async open(file: string): Promise<JsonlAppender> {
    try {
      // 'a+' and not 'r+': writes go to the end even when another handle has appended in the meantime.
      const handle = await open(file, 'a+');
      try {
        const { size } = await handle.stat();
        const whole = await endOfLastLine(handle, size);
        if (whole < size) await handle.truncate(whole);
        return new JsonlAppender(file, handle, size - whole);
      } catch (cause) {
        await handle.close();
        throw cause;
      }
    } catch (cause) {
      throw storageError(
        'the file cannot be opened for appending',
        file,
        'Check the directory and its permissions.',
        cause,
      );
    }
  }

  /** Adds records and returns the text of their lines. */
  async append(...records: readonly object[]): Promise<string> {
    const text = records.map((record) => jsonLine(record, this.file)).join('');
    try {
      await this.#handle.appendFile(text);
      return text;
    } catch (cause) {
      throw storageError(
        'the file cannot be written',
        this.file,
        'Check the free space; then run the same command again.',
        cause,
      );
    }
  }

  /** Resolves when everything appended is on disk. */
  async sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (cause) {
      throw storageError(
        'the file cannot be synced',
        this.file,
        'Check the disk; then run the same command again.',
        cause,
      );
    }
  }

  async lineCount(): Promise<number> {
    return (await this.#lines(Number.POSITIVE_INFINITY)).count;
  }

  /** Drops every line after the first `count`. */
  async keepLines(count: number): Promise<void> {
    await this.#handle.truncate((await this.#lines(count)).end);
  }

  /** How many lines there are, `most` at most, and where the last of these ends. */
  async #lines(most: number): Promise<{ readonly count: number; readonly end: number }> {
    const buffer = Buffer.alloc(CHUNK);
    let [end, count] = [0, 0];
    for (let position = 0; count < most; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      for (let at = chunk.indexOf(NEWLINE); at !== -1 && count < most; at = chunk.indexOf(NEWLINE, at + 1)) {
        end = position + at + 1;
        count += 1;
      }
      position += bytesRead;
    }
    return { count, end };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The position after the last newline among the first `size` bytes. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(1 << 16);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    if (bytesRead < end - start) throw new Error('the file shrank while it was read');
    const last = buffer.lastIndexOf(NEWLINE, bytesRead - 1);
    if (last !== -1) return start + last + 1;
    end = start;
  }
  return 0;
}
