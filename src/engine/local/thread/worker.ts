/**
 * The thread in which the local engine computes: ONNX Runtime blocks its thread while it runs, and the caller's must
 * stay responsive for progress, cancelling and servers.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../errors.js';
import { AccumulationGuard } from '../../accumulation.js';
import type { DirectorySource } from '../../engine.js';
import { requireOwnCompanions } from '../files/directory.js';
import { builtProviders, checkProvider } from '../graph/session.js';
import { LocalModel, LocalPolicy } from '../run/local-model.js';
import { Runtime } from '../run/runtime.js';
import type { LocalSettings } from '../settings.js';
import type { ModelWeights } from '../weights/model-weights.js';
import { loadWeights, trainable } from '../weights/weights-source.js';
import { answerCalls } from './answers.js';
import { Lanes } from './lanes.js';
import type { EngineMethods } from './protocol.js';

if (parentPort === null) throw new Error('worker.ts runs in a worker thread only');
const settings: LocalSettings = workerData;
const runtime = new Runtime(settings, { dataParallel: (division) => new Lanes(division) });
const models = new Map<number, LocalModel>();
const guards = new WeakMap<LocalModel, AccumulationGuard>();
let handles = 0;

function keep(model: LocalModel) {
  const handle = handles++;
  models.set(handle, model);
  return { handle, facts: model.facts };
}

const load = async (source: DirectorySource, frozen: boolean): Promise<ModelWeights> =>
  loadWeights(source, { frozen, integer: await runtime.integerRange(source.bits) });

function keepPolicy(policy: LocalPolicy) {
  guards.set(policy, new AccumulationGuard(() => policy.discardGradient()));
  return keep(policy);
}

function modelOf(handle: number): LocalModel {
  const model = models.get(handle);
  if (model === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
  return model;
}

function policyOf(handle: number): { readonly policy: LocalPolicy; readonly guard: AccumulationGuard } {
  const policy = modelOf(handle);
  const guard = guards.get(policy);
  if (!(policy instanceof LocalPolicy) || guard === undefined)
    throw new InputError('this model is frozen', { remedy: 'Open it with train.' });
  return { policy, guard };
}

answerCalls<EngineMethods>(parentPort, {
  providers: () => builtProviders(),
  check: () => checkProvider(settings),
  open: async ({ source }) => keep(LocalModel.frozen(runtime, await load(source, true))),
  async train({ source, lora }) {
    const weights = trainable(await load(source, lora !== undefined), lora);
    // What could not be saved after the last step is refused before the first.
    if (weights.form.adapter === undefined || !weights.pristine) await requireOwnCompanions(weights.origin);
    return keepPolicy(new LocalPolicy(runtime, weights));
  },
  sample: ({ handle, requests }, options) => modelOf(handle).sample(requests, options),
  logProbs: ({ handle, sequences }, options) => modelOf(handle).logProbs(sequences, options),
  accumulate({ handle, sequences, accumulation }, options) {
    const { policy, guard } = policyOf(handle);
    return guard.accumulate(accumulation, () => policy.accumulate(sequences, options));
  },
  async step({ handle, settings, ticket }) {
    const { policy, guard } = policyOf(handle);
    await guard.step(ticket);
    return policy.step(settings);
  },
  freeze: async ({ handle }) => keep(await policyOf(handle).policy.freeze()),
  blendInto: ({ handle, reference, share }) => policyOf(handle).policy.blendInto(modelOf(reference), share),
  save: ({ handle, directory }) => policyOf(handle).policy.save(directory),
  async saveState({ handle, directory, accumulation }) {
    if (accumulation !== undefined) await policyOf(handle).guard.enter(accumulation);
    return modelOf(handle).saveState(directory);
  },
  restoreState: ({ handle, directory }) => modelOf(handle).restoreState(directory),
  async closeModel({ handle }) {
    await models.get(handle)?.close();
    models.delete(handle);
  },
  close: () => runtime.close(),
});
