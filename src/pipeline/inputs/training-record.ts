/** rlt.json beside a model's weights, or in the folder of its stage if a server has them: the format, the system messages and the reward that it was trained with. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { formatSchema, promptsSchema } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { IDENTITY_FILE } from '../../run/begun-stages.js';
import { STAGE_KINDS, type StageKind } from '../../stages/definition/kinds.js';
import { rewardSchema, type Settings } from '../../stages/definition/settings.js';
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

/** What a model was trained to be; undefined where nothing beside it says so. */
type TrainedRole = 'teacher' | 'student';

/** Stages by what they train: `pretrain` neither, and the others train nothing. */
const ROLES: Readonly<Partial<Record<StageKind, TrainedRole>>> = {
  'warm-up': 'teacher',
  teach: 'teacher',
  distill: 'student',
  reinforce: 'student',
};

const stageRecord = z.looseObject({ kind: z.enum(STAGE_KINDS) });

/**
 * The role that the model at a source was trained for, by the stage that it lies in, or by the reward in its record, which
 * only teachers have.
 * @throws {InputError} as `trainingRecordOf`
 */
export async function trainedRoleOf(source: string): Promise<TrainedRole | undefined> {
  if ((await trainingRecordOf(source))?.reward !== undefined) return 'teacher';
  const parsed = parseModelSource(source);
  // Its last stage was one of distillation (recipes/pretrain-base.yaml).
  if (parsed.kind === 'builtin') return 'student';
  if (parsed.kind !== 'path') return undefined;
  const folder = resolve(parsed.path);
  const file = [folder, dirname(folder)].map((place) => join(place, IDENTITY_FILE)).find(existsSync);
  if (file === undefined) return undefined;
  const stage = stageRecord.safeParse(jsonIn(await readText(file)));
  return stage.success ? ROLES[stage.data.kind] : undefined;
}

/** What is said of a model in the other role. */
export const ROLE_TEXTS: Readonly<Record<TrainedRole, string>> = {
  teacher: 'was trained as a teacher: it learnt to explain solutions, not to answer questions',
  student: 'was trained as a student: it learnt to answer questions, not to explain solutions',
};

/** A warning where a model is asked in another role than it was trained for. */
export async function roleWarning(source: string, asTeacher: boolean): Promise<string | undefined> {
  const role = await trainedRoleOf(source);
  if (role === undefined || (role === 'teacher') === asTeacher) return undefined;
  return role === 'student'
    ? `this model ${ROLE_TEXTS.student}; leave --teacher out`
    : `${TRAINED_AS_TEACHER}; add --teacher`;
}

/** Of a model that is asked questions all the same. */
export const TRAINED_AS_TEACHER = `this model ${ROLE_TEXTS.teacher}`;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
