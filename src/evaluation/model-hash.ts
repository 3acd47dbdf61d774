import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ModelSource } from '../engine/engine.js';
import { checksumOf, listFiles } from '../storage.js';

/** What changes what a model writes: weights, their shape, the vocabulary, the chat template. */
const MATTERS =
  /^(?:config\.json|tokenizer\.json|tokenizer_config\.json|chat_template\.jinja|adapter_config\.json|.*\.safetensors)$/;

/** A SHA-256 over the files of a model and its adapter that matter, by name: equal for equal copies anywhere. @throws StorageError */
export async function modelHash(source: ModelSource): Promise<string> {
  const hash = createHash('sha256');
  for (const [part, directory] of Object.entries({ base: source.directory, adapter: source.adapter })) {
    if (directory === undefined) continue;
    for (const name of await listFiles(directory)) {
      // An adapter's configuration names the path of its base, which differs from machine to machine.
      if (!MATTERS.test(name) || (part === 'adapter' && name === 'adapter_config.json')) continue;
      hash.update(`${part}/${name} ${await checksumOf(join(directory, name))}\n`);
    }
  }
  return hash.digest('hex');
}
