/**
 * The thread in which the local engine computes: ONNX Runtime blocks its thread while it runs, and the caller's must
 * stay alive for progress, cancelling and servers. Speaks protocol.ts with local-engine.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../errors.js';
import type { CallOptions } from '../../engine.js';
import { builtProviders } from '../graph/session.js';
import { LocalModel, LocalPolicy } from '../run/local-model.js';
import { Runtime } from '../run/runtime.js';
import type { LocalSettings } from '../settings.js';
import { loadWeights, trainable } from '../weights/weights-source.js';
import { answerCalls } from './link.js';
import type { Call } from './protocol.js';

if (parentPort === null) throw new Error('worker.ts runs in a worker thread only');
const runtime = new Runtime(workerData as LocalSettings, { divides: true });
const models = new Map<number, LocalModel>();
let handles = 0;

function keep(model: LocalModel) {
  const handle = handles++;
  models.set(handle, model);
  return { handle, facts: model.facts };
}

function modelOf(handle: number): LocalModel {
  const model = models.get(handle);
  if (model === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
  return model;
}

function policyOf(handle: number): LocalPolicy {
  const model = modelOf(handle);
  if (!(model instanceof LocalPolicy)) throw new InputError('this model is frozen', { remedy: 'Open it with train.' });
  return model;
}

async function perform(call: Call, options: CallOptions): Promise<unknown> {
  switch (call.method) {
    case 'providers':
      return builtProviders();
    case 'open':
      return keep(new LocalModel(runtime, await loadWeights(call.source)));
    case 'train':
      return keep(new LocalPolicy(runtime, trainable(await loadWeights(call.source), call.lora)));
    case 'sample':
      return modelOf(call.handle).sample(call.requests, options);
    case 'logProbs':
      return modelOf(call.handle).logProbs(call.sequences, options);
    case 'accumulate':
      return policyOf(call.handle).accumulate(call.sequences, options);
    case 'step':
      return policyOf(call.handle).step(call.settings);
    case 'freeze':
      return keep(policyOf(call.handle).freeze());
    case 'blendInto':
      return policyOf(call.handle).blendInto(modelOf(call.reference), call.share);
    case 'save':
      return policyOf(call.handle).save(call.directory);
    case 'saveState':
      return modelOf(call.handle).saveState(call.directory);
    case 'restoreState':
      return modelOf(call.handle).restoreState(call.directory);
    case 'closeModel': {
      await models.get(call.handle)?.close();
      models.delete(call.handle);
      return;
    }
    case 'closeEngine':
      await runtime.close();
      return;
  }
}

answerCalls(parentPort, perform);
