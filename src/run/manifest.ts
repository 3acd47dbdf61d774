/**
 * The manifest of a folder with everything below it: SHA-256 and size of each file, and facts of its writer. Written last, so that
 * a folder with a manifest is complete, and one whose manifest verifies is unharmed.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StorageError } from '../errors.js';
import { checksumOf, MANIFEST, storageError, writeFileAtomically } from '../storage.js';

const manifestSchema = z.strictObject({
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.int().min(0) })),
  facts: z.record(z.string(), z.json()),
});
export type TreeManifest = z.output<typeof manifestSchema>;

/** Files below a folder as paths with `/`, sorted; `skip` decides on each entry of the folder itself. */
async function filesBelow(directory: string, skip: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    if (skip(entry.name)) continue;
    if (!entry.isDirectory()) files.push(entry.name);
    else
      for (const file of await filesBelow(join(directory, entry.name), () => false))
        files.push(`${entry.name}/${file}`);
  }
  return files.sort();
}

/** Writes `manifest.json` over everything in the folder, except what `skip` names and unfinished files. */
export async function sealTree(
  directory: string,
  facts: TreeManifest['facts'] = {},
  skip: (name: string) => boolean = () => false,
): Promise<TreeManifest> {
  const files: TreeManifest['files'] = {};
  try {
    for (const file of await filesBelow(directory, (name) => name === MANIFEST || name.startsWith('.') || skip(name))) {
      const path = join(directory, file);
      files[file] = { sha256: await checksumOf(path), bytes: (await stat(path)).size };
    }
  } catch (cause) {
    throw storageError('seal', directory, cause);
  }
  const manifest: TreeManifest = { files, facts };
  await writeFileAtomically(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Reads the manifest and compares every file with it, but for those in `except`; undefined when there is none, which is
 * what an unfinished folder looks like.
 * @throws StorageError naming the first file that is missing or has changed
 */
export async function verifyTree(directory: string, except: readonly string[] = []): Promise<TreeManifest | undefined> {
  const file = join(directory, MANIFEST);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw storageError('read', file, cause);
  }
  const remedy = `Restore it, or delete ${directory} and run again.`;
  let manifest: TreeManifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StorageError('this is no manifest', { file, remedy, cause });
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (name.startsWith('/') || name.split('/').includes('..') || name.includes('\\')) {
      throw new StorageError(`"${name}" is no file of this folder`, { file, remedy });
    }
    if (except.includes(name)) continue;
    const path = join(directory, name);
    // The size first: it costs nothing, and a file cut short is the commonest damage.
    let bytes: number;
    try {
      bytes = (await stat(path)).size;
    } catch (cause) {
      throw new StorageError('a file of a finished stage is missing', { file: path, remedy, cause });
    }
    if (bytes !== expected.bytes || (await checksumOf(path)) !== expected.sha256) {
      throw new StorageError('the file has changed since its stage was done', { file: path, remedy });
    }
  }
  return manifest;
}
