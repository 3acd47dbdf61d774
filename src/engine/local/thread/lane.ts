/** The thread of a lane: see lanes.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../errors.js';
import type { SampleOptions } from '../../engine.js';
import { feedsOf } from '../programs/weight-inputs.js';
import { Runtime } from '../run/runtime.js';
import { sample } from '../run/sampling.js';
import type { SamplingJob } from '../run/sampling-batch.js';
import { differentiate, score } from '../run/sequences.js';
import type { LocalSettings } from '../settings.js';
import { learningValues, type ModelWeights } from '../weights/model-weights.js';
import { zerosLike } from '../weights/parameters.js';
import { answerCalls } from './answers.js';
import type { LaneMethods } from './lanes.js';

if (parentPort === null) throw new Error('lane.ts runs in a worker thread only');
const settings: LocalSettings = workerData;
const runtime = new Runtime(settings);
const replicas = new Map<number, ModelWeights>();

function weightsOf(replica: number): ModelWeights {
  const weights = replicas.get(replica);
  if (weights === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
  return weights;
}

function job(replica: number, options: SampleOptions): SamplingJob {
  const weights = weightsOf(replica);
  return { runtime, form: weights.form, weights: feedsOf(weights), quantised: weights.quantised, options };
}

answerCalls<LaneMethods>(parentPort, {
  put({ replica, weights }) {
    replicas.set(replica, weights);
    runtime.hold(weights.quantised);
  },
  update({ replica, base, adapter }) {
    // The form stays the same object: programs are kept by it.
    replicas.set(replica, { ...weightsOf(replica), base, adapter });
  },
  async drop({ replica }) {
    await runtime.release(replicas.get(replica)?.quantised);
    replicas.delete(replica);
  },
  sample: ({ replica, requests }, options) => sample({ ...job(replica, options), options }, requests),
  logProbs: ({ replica, sequences }, options) => score(job(replica, options), sequences),
  async differentiate({ replica, sequences }, options) {
    const gradients = zerosLike(learningValues(weightsOf(replica)));
    const logProbs = await differentiate(job(replica, options), sequences, gradients);
    return { logProbs, gradients };
  },
  close: () => runtime.close(),
});
