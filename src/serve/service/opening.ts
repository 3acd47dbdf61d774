/** Policies from checkpoints. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DirectorySource, Engine, Policy } from '../../engine/engine.js';
import type { Learner } from '../compute/trainer.js';
import { Refusal } from '../refusal.js';
import type { LoraRecord, RunRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { Base } from './bases.js';

/** Whether two adapters have the same form; the seed is of their first weights only. */
const sameForm = (a: LoraRecord | null, b: LoraRecord | null): boolean =>
  a === null || b === null
    ? a === b
    : a.rank === b.rank && a.alpha === b.alpha && isDeepStrictEqual([...a.targets].sort(), [...b.targets].sort());

/**
 * A model with the weights of a checkpoint, and with the state of its optimiser or a fresh one.
 * @throws {Refusal} when there is no such checkpoint, or it is one of another model
 */
export async function openFromCheckpoint(
  engine: Engine,
  store: Store,
  base: Base,
  lora: LoraRecord | null,
  { path, optimizer }: NonNullable<RunRecord['resume']>,
): Promise<Learner> {
  const checkpoint = store.checkpointAt(path);
  if (checkpoint.kind !== 'weights')
    throw new Refusal(
      400,
      `${path} has weights to sample with, without the state of training\n  Load one of save_weights.`,
    );
  if (checkpoint.base_model !== base.name)
    throw new Refusal(400, `${path} was made from ${checkpoint.base_model}, not from ${base.name}`);
  if (!sameForm(checkpoint.lora, lora))
    throw new Refusal(400, `${path} has ${formOf(checkpoint.lora)}, this model ${formOf(lora)}`);
  const options = lora === null ? {} : { lora };
  const policy = await engine.train(base.source, options);
  const state = { kind: 'directory' as const, directory: store.weightsOf(checkpoint) };
  try {
    if (checkpoint.blended === true) {
      const model = await policy.freeze();
      await model.restoreState(state);
      await policy.close();
      return { kind: 'blended', model };
    }
    await policy.restoreState(state);
    return { kind: 'policy', model: optimizer ? policy : await withFreshOptimiser(engine, base, policy, options) };
  } catch (error) {
    await policy.close();
    throw error;
  }
}

/** The engine restores weights and optimiser together; saved and opened again, the weights come alone. */
async function withFreshOptimiser(
  engine: Engine,
  base: Base,
  policy: Policy,
  options: Parameters<Engine['train']>[1],
): Promise<Policy> {
  const scratch = await mkdtemp(join(tmpdir(), 'rlt-serve-'));
  try {
    await policy.save(join(scratch, 'model'));
    await policy.close();
    const directory = join(scratch, 'model');
    const source: DirectorySource =
      options?.lora === undefined
        ? { kind: 'directory', directory }
        : { kind: 'directory', directory: base.source.directory, adapter: directory };
    const fresh = await engine.train(source, options);
    // A model of all weights copies its tokenizer from where it was opened, whenever it is saved.
    const close = fresh.close.bind(fresh);
    fresh.close = async () => {
      await close();
      await rm(scratch, { recursive: true, force: true });
    };
    return fresh;
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

const formOf = (lora: LoraRecord | null): string =>
  lora === null ? 'all weights' : `an adapter of rank ${lora.rank} on ${lora.targets.join(', ')}`;
