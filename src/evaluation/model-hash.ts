import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checksumOf } from '../checksum.js';
import type { ModelSource } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { verifyFolder } from '../manifest.js';
import { IDENTITY_FILE } from '../run/begun-stages.js';
import { listFiles, readText } from '../storage.js';
import { storageError } from '../system-errors.js';
import { knownChecksumOf } from './known-checksums.js';

/** The files that affect a model's output: weights, configuration, tokenizer, stop tokens, chat template. */
const MATTERS =
  /^(?:config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|adapter_config\.json|.*\.safetensors)$/;

/**
 * A SHA-256 over the files of a model and its adapter that affect its output: equal for equal copies anywhere. Models
 * that stages left are compared with the manifests of their stages on the way.
 * @param note is told of files that take long to read
 * @throws {StorageError} when a file cannot be read, or has changed since a stage wrote it
 */
export async function modelHash(source: ModelSource, note?: (text: string) => void): Promise<string> {
  const hash = createHash('sha256');
  // What a server holds under a name cannot be hashed from here: the name stands for it.
  if (source.kind === 'served') hash.update(`served ${source.name}\n`);
  else if (source.bits !== undefined) hash.update(`bits ${source.bits}\n`);
  const folders =
    source.kind === 'served' ? { tokenizer: source.tokenizer } : { base: source.directory, adapter: source.adapter };
  for (const [part, directory] of Object.entries(folders)) {
    if (directory === undefined) continue;
    const checksums = await verifiedChecksums(directory, note);
    for (const name of await listFiles(directory)) {
      if (!MATTERS.test(name)) continue;
      const checksum =
        name === 'adapter_config.json' ? await adapterChecksum(join(directory, name)) : await checksums(name);
      hash.update(`${part}/${name} ${checksum}\n`);
    }
  }
  return hash.digest('hex');
}

/**
 * Compares the files of a model with the manifest of the stage that left them; does nothing for any other model.
 * @throws {StorageError} when a file is missing or has changed since it was written
 */
export async function verifyModel({ directory, adapter }: Extract<ModelSource, { kind: 'directory' }>): Promise<void> {
  for (const folder of [directory, adapter]) if (folder !== undefined) await verifiedChecksums(folder);
}

/**
 * Checksums of the files of a folder, by name; each file is read at most once. Those of a finished stage are verified,
 * and therefore read now; others may be known from before.
 */
async function verifiedChecksums(
  directory: string,
  note?: (text: string) => void,
): Promise<(name: string) => Promise<string>> {
  // The stage is above the real place of the folder, which a link may name.
  const place = await realpath(directory).catch((cause: unknown) => {
    throw storageError('read', directory, cause);
  });
  const stage = dirname(place);
  const isOfStage = existsSync(join(stage, IDENTITY_FILE));
  const known = new Map<string, Promise<string>>();
  const checksum = (name: string): Promise<string> => {
    const path = join(directory, name);
    const found = known.get(name) ?? (isOfStage ? checksumOf(path) : knownChecksumOf(path, note));
    known.set(name, found);
    return found;
  };
  if (isOfStage) await verifyFolder(stage, basename(place), checksum);
  return checksum;
}

/** Without the name of the base model, which may be a path of this machine; the base model itself is hashed. */
async function adapterChecksum(file: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readText(file));
  if (!isObject(parsed)) throw new InputError('the adapter configuration is not a JSON object', { file });
  const { base_model_name_or_path: _, revision: __, ...config } = parsed;
  return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}
