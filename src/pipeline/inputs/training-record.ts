/** rlt.json beside a model's weights: the format, the system messages and the reward that it was trained with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { formatSchema, promptsSchema } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { rewardSchema, type Settings } from '../../stages/settings.js';
import { readText, writeFileAtomically } from '../../storage.js';
import { builtinDirectory } from './models.js';

const FILE = 'rlt.json';

const schema = z.strictObject({
  format: formatSchema,
  prompts: promptsSchema,
  /** Of a teacher that was trained by reinforcement. */
  reward: rewardSchema.exactOptional(),
});

/** What a model was trained with, in the terms of a recipe. */
export type TrainingRecord = Settings<typeof schema>;

export async function writeTrainingRecord(directory: string, record: TrainingRecord): Promise<void> {
  await writeFileAtomically(join(directory, FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * What the model at a source says that it was trained with; undefined if it does not say, or lies on the hub or a server.
 * @throws {InputError} when its file is not such a record
 */
export async function trainingRecordOf(source: string): Promise<TrainingRecord | undefined> {
  const parsed = parseModelSource(source);
  if (parsed.kind !== 'builtin' && parsed.kind !== 'path') return undefined;
  const file = join(parsed.kind === 'builtin' ? builtinDirectory(parsed.name) : parsed.path, FILE);
  if (!existsSync(file)) return undefined;
  const record = schema.safeParse(jsonIn(await readText(file)));
  if (record.success) return record.data;
  const field = record.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new InputError('the file does not say what the model was trained with', {
    file,
    ...(field === '' ? {} : { field }),
    remedy: 'Delete it, and name format and system messages yourself.',
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
