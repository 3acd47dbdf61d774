/** What is known of a data file before it is read: its size, and whether it is what its name says. */
import { open, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { refusePointerFile } from '../../downloaded-file.js';
import { InputError, StorageError, UsageError } from '../../errors.js';
import { nearPath } from '../../near-path.js';
import { refuseSpecialFile } from '../../storage.js';
import { isAbsence, systemReason } from '../../system-errors.js';
import { mojibakeIn } from '../../text/mojibake.js';
import { readRightAgain, savedAsUtf8 } from './encoding.js';
import { DEFAULT_READ_LIMITS, type ReadLimits } from './record.js';

/**
 * The size of a file in bytes.
 * @throws {UsageError} when it is missing
 * @throws {StorageError} when it is not a file
 * @throws {InputError} when it is too large, or a Git LFS pointer
 */
export async function checkedFileSize(file: string, limits: ReadLimits = {}): Promise<number> {
  let facts: Awaited<ReturnType<typeof stat>>;
  try {
    facts = await stat(file);
  } catch (cause) {
    throw await cannotOpen(file, cause);
  }
  if (!facts.isFile()) {
    await refuseSpecialFile(file);
    throw new StorageError('this is a folder, not a file', { file, remedy: 'Name a file.' });
  }
  const most = limits.fileBytes ?? DEFAULT_READ_LIMITS.fileBytes;
  if (facts.size > most) {
    throw new InputError(`the file has ${facts.size} bytes, more than the limit of ${most}`, {
      file,
      remedy: 'Split the file, or raise the limit fileBytes.',
    });
  }
  await refusePointerFile(file).catch(async (cause: unknown) => {
    throw cause instanceof InputError ? cause : await cannotOpen(file, cause);
  });
  return facts.size;
}

/** That a file cannot be opened; one that is not there was named wrongly, so the nearest of those that are is told. */
async function cannotOpen(file: string, cause: unknown): Promise<StorageError | UsageError> {
  const message = `the file cannot be opened: ${systemReason(cause)}`;
  return isAbsence(cause)
    ? new UsageError(message, { file, remedy: await nearBy(file), cause })
    : new StorageError(message, { file, remedy: 'Check the path and its permissions.', cause });
}

async function nearBy(file: string): Promise<string> {
  const target = await readlink(file).catch(() => undefined);
  if (target !== undefined) return `It is a symbolic link to ${target}, which is not there.`;
  const near = nearPath(file);
  if (near !== undefined) return `Did you mean ${near}?`;
  const folder = dirname(file);
  const isReadable = await readdir(folder).then(
    () => true,
    () => false,
  );
  if (!isReadable) return `Check the path: there is no folder ${folder} to read.`;
  return `Check the path: the folder ${folder} has no file of this name.`;
}

/** What a stage of a run leaves beside its data. */
const OF_A_STAGE = ['stage.json', 'manifest.json', 'metrics.jsonl', 'model.json'];

/** @throws {StorageError} when it is a folder, with the data files in it */
export async function refuseFolder(file: string, endings: readonly string[]): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isDirectory() !== true) return;
  const names = await readdir(file).catch(() => []);
  const readable = names
    .filter((name) => endings.includes(extname(name).toLowerCase()) && !OF_A_STAGE.includes(name))
    .sort();
  const [first] = readable;
  throw new StorageError('this is a folder, not a data file', {
    file,
    remedy:
      first === undefined
        ? `Name a file that ends in ${endings.join(', ')}; the folder has none.`
        : `Name a file in it, such as ${join(file, first)}${readable.length > 1 ? `; there are ${readable.length}` : ''}.`,
  });
}

/** Bytes at the beginning of a file that show its kind and delimiter. */
export const HEAD_BYTES = 1 << 16;

/** The beginning of a file. @throws {UsageError | StorageError} when it is missing, cannot be read, or is a pipe, a socket or a device */
export async function fileHead(file: string): Promise<Buffer> {
  await refuseSpecialFile(file);
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw await cannotOpen(file, cause);
  }
}

interface Foreign {
  readonly what: string;
  /** Where in a text it is. */
  readonly line?: number;
  readonly remedy: string;
}

const unpack = (program: string): string =>
  `Decompress it first, for example with ${program}, and name the file inside.`;

/** How a table of another program becomes one that is read. */
const AS_CSV =
  'Save the sheet as CSV in UTF-8 (Excel: Save As, "CSV UTF-8"; LibreOffice: Save As, "Text CSV"; Numbers: Export To, CSV). ' +
  'Its first row names the columns, such as question and solution.';
/** The same of a text, in which nobody knows what is a question. */
const AS_ROWS =
  'Write its problems into a CSV file with the columns question and solution, or into a JSONL file with a line for each: ' +
  '{"question": "...", "solution": "..."}.';

/** Documents of office programs, by what stands in their ZIP archive; where the first does not show it, by the name. */
const OFFICE: readonly (Foreign & { readonly inside: RegExp; readonly endings: readonly string[] })[] = [
  { inside: /xl\//, endings: ['.xlsx', '.xlsm', '.xlsb'], what: 'an Excel workbook', remedy: AS_CSV },
  { inside: /opendocument\.spreadsheet/, endings: ['.ods'], what: 'an OpenDocument spreadsheet', remedy: AS_CSV },
  { inside: /Index\/.*\.iwa/s, endings: ['.numbers'], what: 'a document of Numbers, Pages or Keynote', remedy: AS_CSV },
  { inside: /word\//, endings: ['.docx'], what: 'a Word document', remedy: AS_ROWS },
  { inside: /opendocument\.text/, endings: ['.odt'], what: 'an OpenDocument text', remedy: AS_ROWS },
  { inside: /ppt\/|opendocument\.presentation/, endings: ['.pptx', '.odp'], what: 'a presentation', remedy: AS_ROWS },
];

/** Office documents before 2007 are all of one format. */
const oldOffice = (ending: string): Foreign =>
  ['.doc', '.ppt'].includes(ending)
    ? { what: 'an old Word or PowerPoint document', remedy: AS_ROWS }
    : { what: 'an old Excel workbook', remedy: AS_CSV };

/** Kinds of files by their first bytes, in latin1. */
const MAGIC: readonly (Foreign & { readonly bytes: string })[] = [
  { bytes: '\x1f\x8b', what: 'gzip-compressed', remedy: unpack('gunzip') },
  { bytes: '\x28\xb5\x2f\xfd', what: 'Zstandard-compressed', remedy: unpack('unzstd') },
  { bytes: '\xfd7zXZ', what: 'xz-compressed', remedy: unpack('unxz') },
  { bytes: 'BZh', what: 'bzip2-compressed', remedy: unpack('bunzip2') },
  { bytes: '7z\xbc\xaf', what: 'a 7z archive', remedy: unpack('7z x') },
  {
    bytes: 'PAR1',
    what: 'a Parquet file',
    remedy: 'Rename it to end in .parquet, or save it as JSONL where that is not read.',
  },
  { bytes: 'ARROW1', what: 'an Arrow file', remedy: 'Save it as Parquet or JSONL.' },
  { bytes: 'SQLite format 3', what: 'an SQLite database', remedy: 'Export the table as CSV or JSONL.' },
  { bytes: '%PDF', what: 'a PDF document', remedy: AS_ROWS },
  { bytes: '{\\rtf', what: 'an RTF document', remedy: AS_ROWS },
  {
    bytes: 'version https://git-lfs',
    what: 'a Git LFS pointer, not the data itself',
    remedy: 'Run git lfs pull in its repository.',
  },
];

/** What the beginning of a file is, where it is no text that is read here; with what to do. */
export function foreignKind(head: Buffer, file: string): Foreign | undefined {
  const start = head.toString('latin1');
  const ending = extname(file).toLowerCase();
  if (start.startsWith('PK\x03\x04')) {
    const office =
      OFFICE.find(({ inside }) => inside.test(start)) ?? OFFICE.find(({ endings }) => endings.includes(ending));
    return office ?? { what: 'a ZIP archive', remedy: unpack('unzip') };
  }
  if (start.startsWith('\xd0\xcf\x11\xe0')) return oldOffice(ending);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(start)) return { what: 'UTF-16 text', remedy: savedAsUtf8(file, 'utf-16') };
  const misread = misreadStart(head, ending);
  if (misread !== undefined)
    return { what: `${MISREAD} (${misread})`, remedy: readRightAgain(file, head.toString('utf8')) };
  const known = MAGIC.find(({ bytes }) => start.startsWith(bytes));
  if (known !== undefined) return known;
  if (/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)/i.test(start)) {
    return { what: 'a web page', remedy: 'Download the data itself: the link to the raw file.' };
  }
  if (!start.includes('\0')) return undefined;
  if (isTextWithNul(start)) {
    const line = start.slice(0, start.indexOf('\0')).split('\n').length;
    return { what: 'a text with a NUL character', remedy: 'Remove the character, or write the row anew.', line };
  }
  const order = orderOfUtf16(head);
  if (order !== undefined) return { what: 'UTF-16 text', remedy: savedAsUtf8(file, `utf-16${order}`) };
  return { what: 'a binary file, not text', remedy: 'Save it as JSONL, CSV or Parquet.' };
}

const MISREAD = 'text that was read in another encoding than it was written in, before it was saved';

/** The mark of UTF-8, or the names of a table's columns, as they are where UTF-8 was misread. */
function misreadStart(head: Buffer, ending: string): string | undefined {
  const [first = ''] = head.toString('utf8').trimStart().split('\n', 1);
  if (/^[\ufeff"]*\u00ef\u00bb\u00bf/u.test(first)) return 'it begins with "ï»¿", which is the mark of UTF-8';
  if (ending !== '.csv' && ending !== '.tsv') return undefined;
  for (const name of first.split(/[;,\t|"]/)) {
    const { written, meant } = mojibakeIn(name) ?? {};
    if (written !== undefined && meant !== undefined) return `a column is named "${written}" instead of "${meant}"`;
  }
  return undefined;
}

/** The order of bytes of a UTF-16 text without a mark, mostly of ASCII: each second byte is 0, and hardly another. */
function orderOfUtf16(head: Buffer): 'le' | 'be' | undefined {
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) * 4 < head.length || Math.min(even, odd) * 50 > head.length) return undefined;
  return odd > even ? 'le' : 'be';
}

/** Whether a few NUL characters are all that a text has of a binary file: a disk that was full, a careless export. */
function isTextWithNul(start: string): boolean {
  const nuls = start.split('\0').length - 1;
  return nuls * 100 <= start.length && !/(?![\0\t\n\f\r])\p{Cc}/u.test(Buffer.from(start, 'latin1').toString('utf8'));
}

/** @throws {InputError} when a file is not of the kind that its name says, with what it is */
export async function refuseForeign(file: string, isParquet: boolean): Promise<void> {
  const head = await fileHead(file);
  if (isParquet && (head.length === 0 || head.subarray(0, 4).toString('latin1') === 'PAR1')) return;
  const foreign = foreignKind(head, file);
  if (foreign === undefined || (isParquet && (foreign.what.startsWith('a binary') || foreign.line !== undefined)))
    return;
  const { what, remedy, line } = foreign;
  throw new InputError(`this is ${what}`, { file, ...(line === undefined ? {} : { line }), remedy });
}
