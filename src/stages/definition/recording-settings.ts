/** Settings of what stages record and keep beside their artifacts, and of how they are evaluated meanwhile. */
import { z } from 'zod';
import { MOST_SAMPLES } from '../../engine/engine.js';
import { reference } from './settings.js';

/** Settings of a stage that say what it records beside its artifact, and change nothing in that: no part of its identity. */
const RECORDING_SETTINGS: readonly string[] = ['rollouts', 'keepEvery'];
/** Settings that came after others had made runs. As they are here they change nothing, and those runs stay theirs. */
const LATER_SETTINGS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['heldOut', null],
  ['keepBest', false],
  ['probe', null],
]);

/** The settings of a stage that its results depend on. */
export const countedSettings = (stage: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(stage).filter(
      ([key, value]) =>
        !RECORDING_SETTINGS.includes(key) && !(LATER_SETTINGS.has(key) && LATER_SETTINGS.get(key) === value),
    ),
  );

const rolloutsSchema = z
  .strictObject({
    every: z.int().min(1).default(1).describe('Steps from one recorded step to the next; the last is recorded too.'),
    problems: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Most problems recorded per step, each with all its completions; null: all.'),
    maxMegabytes: z
      .number()
      .gt(0)
      .default(256)
      .describe(
        'Most that the record takes on the disk, spread over the steps. Where all rollouts take more, as many problems per ' +
          'step are recorded as fit.',
      ),
  })
  .nullable()
  .prefault({})
  .describe(
    'What is recorded of the completions that are sampled, below rollouts/ in the run directory: text, rewards, log-probs ' +
      'of every token. null: nothing. It changes no result.',
  );

/** What a stage that scores records of the traces, token by token. */
export const scoredRollouts = rolloutsSchema
  .unwrap()
  .unwrap()
  .omit({ every: true })
  .nullable()
  .prefault({})
  .describe(
    'What is recorded of the traces token by token, below rollouts/ in the run directory, for the studio; a step is a batch of ' +
      '64 traces. null: nothing. It changes no result.',
  );

/** What stages that train by reinforcement record, and how they are evaluated meanwhile. */
export const recordShape = {
  heldOut: z
    .strictObject({
      data: reference('data').describe('The problems: a name under data, such as `train.held-out`.'),
      every: z
        .int()
        .min(1)
        .default(10)
        .describe('Steps from one evaluation to the next; the first and the last policy are evaluated too.'),
      problems: z.int().min(1).nullable().default(32).describe('Use only the first N problems; null uses all.'),
      samples: z.int().min(1).max(MOST_SAMPLES).default(4).describe('Completions per problem.'),
    })
    .nullable()
    .default(null)
    .describe(
      'Problems that the policy is evaluated on while it trains: the metrics of its completions of them are logged as ' +
        '`held-out/...`. null: none.',
    ),
  keepEvery: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Steps from one model that is kept to the next, as folders below kept/ in the run directory; null: none.',
    ),
  keepBest: z
    .union([z.boolean(), z.enum(['accuracy'])])
    .default(false)
    .describe(
      'Leave the model of the best evaluation, not the last one. true: by the reward on held-out problems; accuracy: by right ' +
        'answers, in teach those of the student of the probe, in reinforce those of the policy on held-out problems.',
    ),
  rollouts: rolloutsSchema,
};

/** By what the best model is chosen: `true` stands for the reward on held-out problems. */
export type KeepBest = boolean | 'accuracy';

/** The best step is one of those that are evaluated. A stage that can have a probe takes accuracies from it. */
export function checkBest({
  value: { keepBest, heldOut, probe },
  issues,
}: z.core.ParsePayload<{ readonly keepBest: KeepBest; readonly heldOut: unknown; readonly probe?: unknown }>): void {
  const isOfProbe = keepBest === 'accuracy' && probe !== undefined;
  if (keepBest === false || (isOfProbe ? probe : heldOut) !== null) return;
  const message = isOfProbe ? 'keepBest: accuracy requires a probe' : 'keepBest requires heldOut';
  issues.push({ code: 'custom', message, path: ['keepBest'], input: keepBest });
}
