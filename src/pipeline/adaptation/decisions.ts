/**
 * decisions.json of a run directory: what was decided by what the data have and the engines can, for people and for
 * resuming.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrainingProfile } from '../../engine/engine.js';
import { StorageError } from '../../errors.js';
import { DECISIONS_FILE } from '../../run/directory.js';
import { readText, writeFileAtomically } from '../../storage.js';
import type { Abilities } from '../requirements.js';
import type { Decision, TraceCounts } from './adapt.js';

const optimiserFields = [
  'learningRate',
  'beta1',
  'beta2',
  'epsilon',
  'weightDecay',
  'decay',
  'clipNorm',
] as const satisfies TrainingProfile['optimiser'];

const abilities = z.strictObject({
  name: z.string(),
  anyTemperature: z.boolean(),
  scoring: z.boolean(),
  training: z
    .strictObject({
      full: z.boolean(),
      lora: z.boolean(),
      frozenCopies: z.boolean(),
      blending: z.boolean(),
      optimiser: z.array(z.enum(optimiserFields)),
    })
    .nullable(),
});

const schema = z.strictObject({
  /** By the field of the recipe that has their settings. */
  engines: z.record(z.string(), abilities).default({}),
  data: z.record(z.string(), z.strictObject({ problems: z.int().min(0), traced: z.int().min(0) })),
  decisions: z.array(z.strictObject({ stage: z.string(), text: z.string() })),
});

/** What decisions were made by. */
export interface DecidingFacts {
  readonly counts: ReadonlyMap<string, TraceCounts>;
  /** What the engines could when they were first connected, by the field of the recipe that has their settings. */
  readonly engines: ReadonlyMap<string, Abilities>;
}

/** What a run directory says of its data and engines, which may not be there any more; empty for a new run. */
export async function recordedFacts(runDirectory: string): Promise<DecidingFacts> {
  const file = join(runDirectory, DECISIONS_FILE);
  if (!existsSync(file)) return { counts: new Map(), engines: new Map() };
  const { success, data } = schema.safeParse(parsed(await readText(file)));
  if (!success) throw new StorageError('the file is not a record of decisions', { file, remedy: 'Delete it.' });
  const engines = Object.entries(data.engines).map(([field, { training, ...told }]): [string, Abilities] => [
    field,
    { ...told, training: training ?? undefined },
  ]);
  return { counts: new Map(Object.entries(data.data)), engines: new Map(engines) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes what was found and decided; nothing where nothing had to be found out. */
export async function recordDecisions(
  runDirectory: string,
  { counts, engines }: DecidingFacts,
  decisions: readonly Decision[],
): Promise<void> {
  if (counts.size === 0 && engines.size === 0) return;
  const known = [...engines].map(([field, { name, anyTemperature, scoring = true, training = null }]) => [
    field,
    { name, anyTemperature, scoring, training },
  ]);
  const record = {
    ...(engines.size > 0 && { engines: Object.fromEntries(known) }),
    data: Object.fromEntries(counts),
    decisions,
  };
  await writeFileAtomically(join(runDirectory, DECISIONS_FILE), `${JSON.stringify(record, null, 2)}\n`);
}
