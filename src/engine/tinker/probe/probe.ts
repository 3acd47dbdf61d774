/**
 * Measures at the start what a server does with signed weights, which log-probs it reports, and what becomes of
 * snapshots: servers of one protocol differ in all of these, and none says so.
 */
import { InputError, RltError } from '../../../errors.js';
import type { ServerModel } from '../client/server-model.js';
import type { Session } from '../client/session.js';
import type { Findings } from '../profile.js';
import { measureBaseSampling, measureSampling } from './sampling.js';
import { measureTraining } from './training.js';

/** What the protocol says that servers do. */
export const DOCUMENTED: Findings = {
  training: { form: { loss: 'cross_entropy' }, adam: true, clips: true, copies: true },
  // That samples at temperature 1 come with the model's log-probs is agreed; of others it is not.
  sampling: { logProbs: 'none', snapshots: 'kept', overwrites: true },
};

/** An adapter of the smallest rank that servers take. */
export const SMALL_ADAPTER = { rank: 8, seed: 0, train_attn: true, train_mlp: true, train_unembed: false };

/** By how much the model learns between snapshots, relative to the steps that measure gradients. */
const LEARNING_RATE = 0.05;

/**
 * @throws {InputError} when the server does not have the model to measure with; {ConnectionError} when the server cannot be
 * reached
 */
export async function probe(session: Session, probeModel: string | null): Promise<Findings> {
  const { models } = session.handshake;
  const known = models.map(({ model_name }) => model_name).join(', ') || 'none';
  const chosen =
    probeModel === null
      ? (models.find(({ trainable }) => trainable !== false) ?? models[0])
      : models.find(({ model_name }) => model_name === probeModel);
  if (chosen === undefined)
    throw new InputError(
      probeModel === null
        ? `the server at ${session.transport.host} has no model`
        : `the server at ${session.transport.host} has no model named ${probeModel}`,
      { ...(probeModel !== null && { field: 'probeModel' }), remedy: `It has ${known}.` },
    );
  const base = chosen.model_name;
  const sampleable = chosen.sampleable !== false;
  const create = () => session.createModel(base, SMALL_ADAPTER);
  const training =
    chosen.trainable === false ? `it does not train ${base}` : await refusedAsText(() => measureTraining(create));
  if (typeof training === 'string')
    return {
      training,
      sampling: sampleable ? await measureBaseSampling(await session.sampleBase(base)) : `it does not sample ${base}`,
    };
  const model = await create();
  try {
    const copies = await holdsCopies(session, model, base);
    const sampling = sampleable
      ? await measureSampling(model, training.form, LEARNING_RATE)
      : `it does not sample ${base}`;
    return { training: { ...training, copies }, sampling };
  } finally {
    await model.unload().catch(() => undefined);
  }
}

/** Whether a copy of a model can be loaded while the model stays. */
async function holdsCopies(session: Session, model: ServerModel, base_model: string): Promise<boolean> {
  const { result } = await model.save('probe-copy');
  const path = await result;
  try {
    const info = { base_model, is_lora: true, lora_rank: SMALL_ADAPTER.rank };
    const copy = await session.loadModel(path, false, info, SMALL_ADAPTER);
    await copy.unload().catch(() => undefined);
    return true;
  } catch (error) {
    if (error instanceof RltError && error.code !== 'connection') return false;
    throw error;
  } finally {
    await session.forget(path);
  }
}

/** What a server refuses is a finding; that it cannot be reached is not. */
async function refusedAsText<Result>(work: () => Promise<Result>): Promise<Result | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RltError && error.code !== 'connection') return error.summary;
    throw error;
  }
}
