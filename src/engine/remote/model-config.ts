/** What the files of a model on this machine say about one that a server computes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { isAbsence, storageError } from '../../system-errors.js';

const modelConfig = z.object({
  vocab_size: z.int().min(1).optional(),
  max_position_embeddings: z.int().min(1).optional(),
});

/** The config.json beside a tokenizer; nothing where there is none. */
export async function readModelConfig(directory: string): Promise<z.output<typeof modelConfig>> {
  const file = join(directory, 'config.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (isAbsence(cause)) return '{}';
    throw storageError('read', file, cause);
  });
  try {
    return modelConfig.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError('the configuration of the model cannot be read', { file, cause });
  }
}
