/** Models, an engine and folders for tests of the completions API. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoldenModel, goldenDirectory } from '../../testing/goldens.js';
import type { Engine } from '../engine.js';
import { openLocalEngine } from '../local/local-engine.js';

const BUNDLED = fileURLToPath(new URL('../../../models/base', import.meta.url));

/** The golden models have 49 tokens and no tokenizer. This one can express some of what tokenizers are compared by. */
async function tinyTokenizer(): Promise<string> {
  const whole = JSON.parse(await readFile(join(BUNDLED, 'tokenizer.json'), 'utf8'));
  const merges = [
    ['h', 'e'],
    ['t', 'w'],
    ['Ġ', 't'],
    ['o', 'b'],
  ] as const;
  const tokens = [...'Ġ.-Aabcdefghilnoprstuvw', ...merges.map((pair) => pair.join(''))];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return JSON.stringify({ ...whole, added_tokens: [], model: { ...whole.model, vocab, merges } });
}

/** A golden model with a tokenizer. */
export async function withTokenizer(folder: string, model: GoldenModel): Promise<string> {
  const directory = join(folder, model);
  await mkdir(directory, { recursive: true });
  for (const file of ['config.json', 'model.safetensors'])
    await cp(join(goldenDirectory(model), file), join(directory, file));
  await writeFile(join(directory, 'tokenizer.json'), await tinyTokenizer());
  await writeFile(join(directory, 'tokenizer_config.json'), '{}');
  return directory;
}

/** The engine that computes what the servers answer. */
export const openExactEngine = (): Promise<Engine> => openLocalEngine({ threads: 1 });

/** A folder that the caller removes. */
export async function scratchFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'rlt-completions-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
