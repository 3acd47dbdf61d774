import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checksumOf } from '../checksum.js';
import type { ModelSource } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { listFiles, readText } from '../storage.js';

/** The files that affect a model's output: weights, configuration, tokenizer, stop tokens, chat template. */
const MATTERS =
  /^(?:config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|adapter_config\.json|.*\.safetensors)$/;

/**
 * A SHA-256 over the files of a model and its adapter that affect its output: equal for equal copies anywhere.
 * @throws {StorageError} when a file cannot be read
 */
export async function modelHash(source: ModelSource): Promise<string> {
  const hash = createHash('sha256');
  // What a server holds under a name cannot be hashed from here: the name stands for it.
  if (source.kind === 'served') hash.update(`served ${source.name}\n`);
  const folders =
    source.kind === 'served' ? { tokenizer: source.tokenizer } : { base: source.directory, adapter: source.adapter };
  for (const [part, directory] of Object.entries(folders)) {
    if (directory === undefined) continue;
    for (const name of await listFiles(directory)) {
      if (!MATTERS.test(name)) continue;
      const file = join(directory, name);
      const checksum = name === 'adapter_config.json' ? await adapterChecksum(file) : await checksumOf(file);
      hash.update(`${part}/${name} ${checksum}\n`);
    }
  }
  return hash.digest('hex');
}

/** Without the name of the base model, which may be a path of this machine; the base model itself is hashed. */
async function adapterChecksum(file: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readText(file));
  if (!isObject(parsed)) throw new InputError('the adapter configuration is not a JSON object', { file });
  const { base_model_name_or_path: _, revision: __, ...config } = parsed;
  return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}
