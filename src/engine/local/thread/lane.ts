/** The thread of a lane: see lanes.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../errors.js';
import type { CallOptions } from '../../engine.js';
import { Runtime } from '../run/runtime.js';
import { sample } from '../run/sampling.js';
import { differentiate, type SequenceJob, score } from '../run/sequences.js';
import type { LocalSettings } from '../settings.js';
import { feedsOf, type Weights } from '../weights/model-weights.js';
import { zerosLike } from '../weights/parameters.js';
import type { Derivative, LaneCall } from './lanes.js';
import { answerCalls } from './link.js';

if (parentPort === null) throw new Error('lane.ts runs in a worker thread only');
const runtime = new Runtime(workerData as LocalSettings);
const replicas = new Map<number, Weights>();

function weightsOf(replica: number): Weights {
  const weights = replicas.get(replica);
  if (weights === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
  return weights;
}

function job(replica: number, options: CallOptions): SequenceJob {
  const weights = weightsOf(replica);
  return { runtime, subject: weights.subject, weights: feedsOf(weights), options };
}

async function perform(call: LaneCall, options: CallOptions): Promise<unknown> {
  switch (call.method) {
    case 'put':
      replicas.set(call.replica, call.weights);
      return;
    case 'update':
      // The subject stays the same object: programs are kept by it.
      replicas.set(call.replica, { ...weightsOf(call.replica), base: call.base, adapter: call.adapter });
      return;
    case 'drop':
      replicas.delete(call.replica);
      return;
    case 'sample':
      return sample(job(call.replica, options), call.requests);
    case 'logProbs':
      return score(job(call.replica, options), call.sequences);
    case 'differentiate': {
      const { subject, base, adapter } = weightsOf(call.replica);
      const learning = subject.adapter === undefined ? base : adapter;
      const gradients = zerosLike(learning);
      const logProbs = await differentiate(job(call.replica, options), call.sequences, gradients);
      return { logProbs, gradients } satisfies Derivative;
    }
    case 'close':
      await runtime.close();
      return;
  }
}

answerCalls(parentPort, perform);
