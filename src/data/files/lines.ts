/** Text files by lines, as bytes. */
import { open } from 'node:fs/promises';
import { InputError, StorageError } from '../../errors.js';
import { systemReason } from '../../system-errors.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CHUNK = 1 << 18;

/** Bytes that a line may have at most, and what is wrong with one that has more. */
interface LineLimit {
  readonly most: number;
  readonly tooLong: (line: number) => InputError;
}

/** The bytes of a file, each piece in memory of its own. Streams do the same, but cost every start 4 ms to load. */
async function* chunks(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * The lines of a file as bytes, without line ends. They end with line feeds or, in a file that begins without any, with
 * carriage returns, as old Macs wrote. Memory is bounded by the longest line.
 * @throws {StorageError} when the file cannot be read; what `limit` says when a line is too long
 */
export async function* linesOf(file: string, limit?: LineLimit): AsyncGenerator<{ bytes: Buffer; line: number }> {
  let line = 1;
  let parts: Buffer[] = [];
  let length = 0;
  let lineEnd: number | undefined;
  const grow = (part: Buffer): void => {
    length += part.length;
    if (limit !== undefined && length > limit.most) throw limit.tooLong(line);
    parts.push(part);
  };
  try {
    for await (const chunk of chunks(file)) {
      let start = 0;
      lineEnd ??= chunk.includes(NEWLINE) || !chunk.includes(CARRIAGE_RETURN) ? NEWLINE : CARRIAGE_RETURN;
      for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, start)) {
        grow(chunk.subarray(start, end));
        const [first] = parts;
        yield { bytes: first !== undefined && parts.length === 1 ? first : Buffer.concat(parts), line };
        parts = [];
        length = 0;
        line++;
        start = end + 1;
      }
      if (start < chunk.length) grow(chunk.subarray(start));
    }
    if (length > 0) yield { bytes: Buffer.concat(parts), line };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new StorageError(`the file cannot be read: ${systemReason(cause)}`, {
      file,
      remedy: 'Check the path and its permissions.',
      cause,
    });
  }
}
