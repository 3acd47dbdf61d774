/**
 * Manifests: the SHA-256 and size of every file in a directory, written last. A directory with a manifest is complete,
 * and one whose manifest verifies is unharmed. Finished stages, checkpoints and training states have one.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf } from './checksum.js';
import { StorageError } from './errors.js';
import { isObject } from './json.js';
import { readText, writeFileAtomically } from './storage.js';
import { isAbsence, storageError } from './system-errors.js';

export const MANIFEST = 'manifest.json';

interface FileEntry {
  readonly sha256: string;
  readonly bytes: number;
}

export interface Manifest {
  /** By path below the directory, with `/` between its parts. */
  readonly files: Readonly<Record<string, FileEntry>>;
  /** What the writer adds about the directory. */
  readonly facts: Readonly<Record<string, number | string>>;
}

/**
 * Paths of the files below a directory, sorted by code unit; `skip` decides on each entry of the directory itself.
 * Names that begin with a dot are left out at every depth: unfinished files of ours, and what file managers leave.
 */
async function filesBelow(directory: string, skip: (name: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || skip(entry.name)) continue;
    if (!entry.isDirectory()) files.push(entry.name);
    else {
      const below = await filesBelow(join(directory, entry.name), () => false);
      files.push(...below.map((file) => `${entry.name}/${file}`));
    }
  }
  return files.sort();
}

/**
 * Writes `manifest.json` over everything in the directory, atomically, except entries of the directory itself that `skip`
 * selects and files whose names begin with a dot.
 * @throws {StorageError} when a file cannot be read, or the manifest not written
 */
export async function writeManifest(
  directory: string,
  facts: Manifest['facts'] = {},
  skip: (name: string) => boolean = () => false,
): Promise<Manifest> {
  const entries: [string, FileEntry][] = [];
  try {
    for (const file of await filesBelow(directory, (name) => name === MANIFEST || skip(name))) {
      const path = join(directory, file);
      entries.push([file, { sha256: await checksumOf(path), bytes: (await stat(path)).size }]);
    }
  } catch (cause) {
    throw storageError('make the manifest', directory, cause);
  }
  const manifest: Manifest = { files: Object.fromEntries(entries), facts };
  await writeFileAtomically(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Reads the manifest and compares every file with it, except those in `except`. Files that it does not name are ignored.
 * @returns undefined when there is no manifest: the directory is absent or unfinished
 * @throws {StorageError} when the manifest is damaged, or naming the first file that is missing or has changed
 */
export async function verifyManifest(directory: string, except: readonly string[] = []): Promise<Manifest | undefined> {
  const manifest = await readManifest(directory);
  for (const [name, expected] of Object.entries(manifest?.files ?? {}))
    if (!except.includes(name)) await verifyFile(join(directory, name), expected, remakingIn(directory), checksumOf);
  return manifest;
}

/**
 * As `verifyManifest`, without reading the files: a file of the right size whose bytes have changed is not found.
 * @throws {StorageError} when the manifest is damaged, or naming the first file that is missing or has another size
 */
export async function verifySizes(directory: string): Promise<void> {
  for (const [name, expected] of Object.entries((await readManifest(directory))?.files ?? {}))
    await verifySize(join(directory, name), expected, remakingIn(directory));
}

/**
 * Compares the files of one folder of a finished directory with its manifest. `checksum` gives that of a file by its path
 * below the folder, perhaps from an earlier reading: models can have gigabytes.
 * @throws {StorageError} when the manifest is damaged, or naming the first file that is missing or has changed
 */
export async function verifyFolder(
  directory: string,
  folder: string,
  checksum: (name: string) => Promise<string>,
): Promise<void> {
  const remedy = `Restore it, or delete ${directory} and run again the recipe that made it.`;
  for (const [name, expected] of Object.entries((await readManifest(directory))?.files ?? {}))
    if (name.startsWith(`${folder}/`)) {
      const below = name.slice(folder.length + 1);
      await verifyFile(join(directory, name), expected, remedy, () => checksum(below));
    }
}

const remakingIn = (directory: string): string => `Restore it, or delete ${directory} and run again.`;

async function verifyFile(
  file: string,
  expected: FileEntry,
  remedy: string,
  checksum: (file: string) => Promise<string>,
): Promise<void> {
  // The size first: it costs nothing, and a file cut short is the commonest damage.
  await verifySize(file, expected, remedy);
  if ((await checksum(file)) !== expected.sha256) throw changedFile('wrong checksum', file, remedy);
}

async function verifySize(file: string, expected: FileEntry, remedy: string): Promise<void> {
  const bytes = await sizeOf(file, remedy);
  if (bytes !== expected.bytes) throw changedFile(`${bytes} bytes instead of ${expected.bytes}`, file, remedy);
}

const changedFile = (how: string, file: string, remedy: string): StorageError =>
  new StorageError(`the file has changed since it was written: ${how}`, { file, remedy });

async function sizeOf(file: string, remedy: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    if (!isAbsence(cause)) throw storageError('read', file, cause);
    throw new StorageError('a file that the manifest names is missing', { file, remedy, cause });
  }
}

/**
 * @returns undefined when there is no manifest
 * @throws {StorageError} when it is damaged
 */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const file = join(directory, MANIFEST);
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    if (error instanceof StorageError && isAbsence(error.cause)) return undefined;
    throw error;
  }
  const damaged = (what: string, cause?: unknown): StorageError =>
    new StorageError(`not a manifest: ${what}`, { file, remedy: `Delete ${directory} and run again.`, cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged('not valid JSON', cause);
  }
  if (!isObject(value) || !isObject(value.files)) throw damaged('no files');
  if (!isObject(value.facts)) throw damaged('no facts');
  const files = Object.entries(value.files).map(([name, entry]): [string, FileEntry] => {
    if (!staysBelow(name)) throw damaged(`${JSON.stringify(name)} is not a file of this directory`);
    if (!isFileEntry(entry)) throw damaged(`no checksum and size of ${name}`);
    return [name, { sha256: entry.sha256, bytes: entry.bytes }];
  });
  const facts = Object.entries(value.facts).map(([name, fact]): [string, number | string] => {
    if (typeof fact !== 'number' && typeof fact !== 'string') throw damaged(`${name} is not a number or a text`);
    return [name, fact];
  });
  return { files: Object.fromEntries(files), facts: Object.fromEntries(facts) };
}

function staysBelow(path: string): boolean {
  return !path.includes('\\') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function isFileEntry(value: unknown): value is FileEntry {
  return isObject(value) && typeof value.sha256 === 'string' && Number.isSafeInteger(value.bytes);
}
