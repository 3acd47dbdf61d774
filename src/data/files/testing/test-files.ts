/** Files in a temporary folder, and what reading them gives, for the tests of readers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RltError } from '../../../errors.js';
import type { DataRecord, ReadLimits } from '../record.js';
import { readRecords } from '../records.js';

/** A folder for the files of a test. */
export class TestFiles {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<TestFiles> {
    return new TestFiles(await mkdtemp(join(tmpdir(), 'rlt-files-')));
  }

  /** Writes a file, and returns its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const file = join(this.directory, name);
    await writeFile(file, content);
    return file;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** All rows of a file. */
export async function rowsOf(file: string, limits?: ReadLimits): Promise<DataRecord[]> {
  const rows: DataRecord[] = [];
  for await (const row of readRecords(file, limits)) rows.push(row);
  return rows;
}

/** The error of a file that has to be refused. */
export async function failureOf(file: string, limits?: ReadLimits): Promise<RltError> {
  const thrown: unknown = await rowsOf(file, limits).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof RltError)) throw new Error(`${file} was not refused as it should be: ${thrown}`);
  return thrown;
}
