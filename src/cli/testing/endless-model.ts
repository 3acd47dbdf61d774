/** A model for conversations, and a question that it answers at length. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRandomModel } from '../../engine/random-model.js';
import { temporaryFolder } from '../../pipeline/testing/rlt.js';

const BASE = fileURLToPath(new URL('../../../models/base/', import.meta.url));

/** A model of random weights that reads 4,000 tokens, asked as the bundled one is: it hardly ever ends a reply. */
export async function endlessModel(): Promise<string> {
  const folder = join(temporaryFolder(), 'model');
  const config = JSON.parse(readFileSync(join(BASE, 'config.json'), 'utf8'));
  await writeRandomModel(folder, { ...config, max_position_embeddings: 4000 }, 1, BASE);
  cpSync(join(BASE, 'rlt.json'), join(folder, 'rlt.json'));
  return folder;
}

export const QUESTION = 'Tom has 5 apples and buys 3. How many apples does Tom have?';
