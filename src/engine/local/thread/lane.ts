/** The thread of a lane: see lanes.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../errors.js';
import type { SampleOptions } from '../../engine.js';
import { feedsOf } from '../programs/weight-inputs.js';
import { Runtime } from '../run/runtime.js';
import type { SamplingJob } from '../run/sampling/batch.js';
import { sample } from '../run/sampling/sampling.js';
import { differentiate, score, sinkInto } from '../run/sequences.js';
import type { LocalSettings } from '../settings.js';
import { heldBy } from '../weights/held.js';
import { learningValues, type ModelWeights } from '../weights/model-weights.js';
import { type ParameterValues, setValues, sharedZerosLike } from '../weights/parameters.js';
import { answerCalls } from './answers.js';
import type { LaneMethods } from './lanes.js';

if (parentPort === null) throw new Error('lane.ts runs in a worker thread only');
const settings: LocalSettings = workerData;
const runtime = new Runtime(settings);

interface Replica {
  readonly weights: ModelWeights;
  /** Of the last call, from the first one on. */
  gradients?: ParameterValues;
}
const replicas = new Map<number, Replica>();

function held(replica: number): Replica {
  const known = replicas.get(replica);
  if (known === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
  return known;
}

function job(replica: number, options: SampleOptions): SamplingJob {
  const { weights } = held(replica);
  const feeds = feedsOf(weights);
  return {
    runtime,
    form: weights.form,
    weights: () => feeds,
    quantised: weights.quantised,
    integers: weights.integers,
    options,
  };
}

answerCalls<LaneMethods>(parentPort, {
  put({ replica, weights }) {
    replicas.set(replica, { weights });
    runtime.hold(heldBy(weights));
  },
  update: ({ replica, values }) => setValues(learningValues(held(replica).weights), values),
  async drop({ replica }) {
    const known = replicas.get(replica);
    await runtime.release(known && heldBy(known.weights));
    replicas.delete(replica);
  },
  sample: ({ replica, requests }, options) => sample({ ...job(replica, options), options }, requests),
  logProbs: ({ replica, sequences }, options) => score(job(replica, options), sequences),
  async differentiate({ replica, sequences }, options) {
    const own = held(replica);
    own.gradients ??= sharedZerosLike(learningValues(own.weights));
    const { gradients } = own;
    for (const gradient of gradients.values()) gradient.fill(0);
    const logProbs = await differentiate(
      job(replica, options),
      sequences,
      sinkInto(gradients, own.weights.form.architecture),
    );
    return { logProbs, gradients };
  },
  close: () => runtime.close(),
});
