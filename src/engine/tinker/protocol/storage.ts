/** Lists of what a server keeps, and the paths by which it is found again. */
import { z } from 'zod';
import { InputError } from '../../../errors.js';
import { cursor, text, whole } from './json.js';

export const checkpoint = z.object({
  checkpoint_id: text,
  checkpoint_type: z.enum(['training', 'sampler']),
  time: text,
  tinker_path: text,
  size_bytes: whole.nullish(),
  public: z.boolean().nullish(),
});
export const checkpointsResponse = z.object({ checkpoints: z.array(checkpoint), cursor: cursor.nullish() });

export const trainingRun = z.object({
  training_run_id: text,
  base_model: text,
  model_owner: text.nullish(),
  is_lora: z.boolean(),
  corrupted: z.boolean().nullish(),
  lora_rank: whole.nullish(),
  last_request_time: text,
  last_checkpoint: checkpoint.nullish(),
  last_sampler_checkpoint: checkpoint.nullish(),
  user_metadata: z.record(text, z.unknown()).nullish(),
});
export const trainingRunsResponse = z.object({ training_runs: z.array(trainingRun), cursor: cursor.nullish() });

export const KINDS_OF_WEIGHTS = ['weights', 'sampler_weights'] as const;
export type KindOfWeights = (typeof KINDS_OF_WEIGHTS)[number];

/** `tinker://RUN/weights/NAME`: training state, or `sampler_weights`: weights to sample with. */
export interface WeightsPath {
  readonly run: string;
  /** SkyRL leaves it out of the paths of weights to sample with. */
  readonly kind: KindOfWeights | undefined;
  readonly name: string;
}

/** Names that cannot leave the folder in which they stand, on any system. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:+=@-]{0,199}$/;
export const isWeightsName = (name: string): boolean => NAME.test(name) && !name.includes('..');

export const weightsPath = ({ run, kind, name }: WeightsPath): string =>
  `tinker://${run}/${kind === undefined ? '' : `${kind}/`}${name}`;

/** @throws {InputError} when it is not a path of weights on a server */
export function readWeightsPath(path: string): WeightsPath {
  const [, run = '', kind, name = ''] =
    /^tinker:\/\/([^/]+)\/(?:(weights|sampler_weights)\/)?([^/]+)$/.exec(path) ?? [];
  if (isWeightsName(run) && isWeightsName(name))
    return { run, kind: KINDS_OF_WEIGHTS.find((known) => known === kind), name };
  throw new InputError(`${JSON.stringify(path)} is not a path of saved weights`, {
    remedy: 'Paths have the form tinker://RUN/weights/NAME or tinker://RUN/sampler_weights/NAME.',
  });
}
