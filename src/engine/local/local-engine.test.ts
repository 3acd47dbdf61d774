/** The engine as others use it: through its thread. Every bad input comes back as its typed error, and the engine goes on. */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  InputError,
  InterruptedError,
  NumericError,
  StorageError,
  UnsupportedError,
  UsageError,
} from '../../errors.js';
import { randomKey } from '../../random.js';
import { goldenDirectory, readGolden } from '../../testing/goldens.js';
import type { LoraSettings, Model, Policy, SampleRequest, SamplingSettings, WeightedSequence } from '../engine.js';
import { openLocalEngine } from './local-engine.js';
import { localSettings } from './settings.js';
import { Link } from './thread/link.js';
import type { Method } from './thread/methods.js';

const scratch = await mkdtemp(join(tmpdir(), 'rlt-engine-'));
const engine = await openLocalEngine({ threads: 1 });
const directory = goldenDirectory('smollm2');
const golden = await readGolden('smollm2');
const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
let policy: Policy;
beforeAll(async () => {
  policy = await engine.train({ kind: 'directory', directory });
});
afterAll(async () => {
  await engine.close();
  await rm(scratch, { recursive: true, force: true });
});

const sequence = (given: Partial<WeightedSequence> = {}): WeightedSequence => ({
  ids: [1, 2, 3, 4],
  positions: [1, 3],
  temperature: 1,
  weights: [0.5, -1],
  ...given,
});
const request = (given: Partial<SampleRequest> = {}, settings: Partial<SamplingSettings> = {}): SampleRequest => ({
  prompt: [1, 2, 3],
  count: 1,
  settings: { temperature: 1, maxTokens: 3, stopIds: [], ...settings },
  key: randomKey(1),
  ...given,
});
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };

/** The engine computes on after a refusal. */
const stillWorks = async (model: Model = policy) => {
  const [scored] = await model.logProbs([sequence()]);
  expect(scored?.every(Number.isFinite)).toBe(true);
};

let copies = 0;
async function damaged(change: (copy: string) => Promise<void>, from = directory): Promise<string> {
  const copy = join(scratch, `model-${copies++}`);
  await cp(from, copy, { recursive: true });
  await change(copy);
  return copy;
}

describe('a call that cannot be computed', () => {
  const long = Array.from({ length: 65 }, () => 1);
  const sequences: Record<string, [readonly WeightedSequence[], RegExp]> = {
    'no sequences': [[], /an empty batch/],
    'an id outside the vocabulary': [
      [sequence(), sequence({ ids: [1, 49, 2, 2] })],
      /token id 49.*vocabulary of 49.*sample 1/,
    ],
    'a negative id': [[sequence({ ids: [-1, 2, 3, 4] })], /token id -1.*sample 0/],
    'an id that is not whole': [[sequence({ ids: [1.5, 2, 3, 4] })], /token id 1\.5/],
    'a sequence beyond the context': [
      [sequence(), sequence({ ids: long })],
      /65 tokens exceeds the context of 64.*sample 1/,
    ],
    'position 0': [[sequence({ positions: [0, 1] })], /position 0.*sample 0/],
    'a position beyond the end': [[sequence({ positions: [1, 4] })], /position 4/],
    'positions out of order': [[sequence({ positions: [3, 1] })], /position 1 after 3/],
    'a temperature of zero': [[sequence({ temperature: 0 })], /temperature 0/],
    'a temperature that is not a number': [[sequence({ temperature: Number.NaN })], /temperature NaN/],
  };
  it.each(Object.entries(sequences))('%s', async (_, [given, message]) => {
    for (const refuse of [() => policy.logProbs(given), () => policy.accumulate(given)]) {
      const error: unknown = await refuse().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toMatch(message);
    }
    await stillWorks();
  });

  it('weights that are too few, too many or not finite', async () => {
    await expect(policy.accumulate([sequence({ weights: [1] })])).rejects.toThrow(InputError);
    await expect(policy.accumulate([sequence({ weights: [1, 2, 3] })])).rejects.toThrow(InputError);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const refused = policy.accumulate([sequence(), sequence({ weights: [1, bad] })]);
      await expect(refused).rejects.toThrow(NumericError);
      await expect(refused).rejects.toThrow(/weight 1.*tensor weights, sample 1/);
    }
    await stillWorks();
  });

  const requests: Record<string, [readonly SampleRequest[], RegExp]> = {
    'no requests': [[], /no prompts/],
    'an empty prompt': [[request(), request({ prompt: [] })], /empty prompt.*sample 1/],
    'a prompt that fills the context': [[request({ prompt: long.slice(0, 64) })], /64 tokens leaves no room/],
    'an unknown id': [[request({ prompt: [77] })], /token id 77/],
    'no samples': [[request({ count: 0 })], /count 0/],
    'a negative temperature': [[request({}, { temperature: -1 })], /temperature -1/],
    'top-p of 0': [[request({}, { topP: 0 })], /topP 0/],
    'a fraction of top-k': [[request({}, { topK: 1.5 })], /topK 1\.5/],
    'min-p above 1': [[request({}, { minP: 2 })], /minP 2/],
    'no tokens': [[request({}, { maxTokens: 0 })], /maxTokens 0/],
  };
  it.each(Object.entries(requests))('%s', async (_, [given, message]) => {
    const error: unknown = await policy.sample(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    await stillWorks();
  });

  it('a step without a gradient, a share outside [0, 1], a copy of another engine', async () => {
    await expect(policy.step(ADAM)).rejects.toThrow(InputError);
    const copy = await policy.freeze();
    await expect(policy.blendInto(copy, 1.5)).rejects.toThrow(InputError);
    const other = await openLocalEngine({ threads: 1 });
    const foreign = await (await other.train({ kind: 'directory', directory })).freeze();
    await expect(policy.blendInto(foreign, 0.5)).rejects.toThrow(InputError);
    await other.close();
  });

  it('adapters of no rank, of unknown layers, of none', async () => {
    const lora: LoraSettings = { rank: 2, alpha: 4, targets: ['q_proj'], seed: 1 };
    await expect(engine.train({ kind: 'directory', directory }, { lora: { ...lora, rank: 0 } })).rejects.toThrow(
      InputError,
    );
    await expect(engine.train({ kind: 'directory', directory }, { lora: { ...lora, targets: [] } })).rejects.toThrow(
      UnsupportedError,
    );
    await expect(
      engine.train({ kind: 'directory', directory }, { lora: { ...lora, targets: ['lm_head' as never] } }),
    ).rejects.toThrow(/lm_head[\s\S]*q_proj/);
  });

  it('invalid settings of the engine', async () => {
    expect(() => localSettings({ threads: 0 })).toThrow(UsageError);
    expect(() => localSettings({ provider: 'tpu' as never })).toThrow(/tpu[\s\S]*cpu, webgpu, cuda/);
    await expect(openLocalEngine({ cacheBytes: 1.5 })).rejects.toThrow(UsageError);
  });

  it('models and states of a server', async () => {
    await expect(engine.open({ kind: 'served', name: 'base', tokenizer: directory })).rejects.toThrow(
      /cannot open base[\s\S]*directory/,
    );
    await expect(policy.restoreState({ kind: 'served', path: 'states/1' })).rejects.toThrow(InputError);
  });
});

describe('a model that cannot be used', async () => {
  const shard = (await readdir(goldenDirectory('llama3-rope'))).find((name) => name.startsWith('model-00002')) ?? '';
  const cases: Record<string, [() => Promise<string>, new (...args: never[]) => Error, RegExp]> = {
    'is not there': [async () => join(scratch, 'nowhere'), StorageError, /nowhere/],
    'has no weights': [
      () => damaged((copy) => rm(join(copy, 'model.safetensors'))),
      StorageError,
      /model\.safetensors/,
    ],
    'has truncated weights': [
      () => damaged((copy) => truncate(join(copy, 'model.safetensors'), 5000)),
      InputError,
      /model\.safetensors/,
    ],
    'lacks a shard': [
      () => damaged((copy) => rm(join(copy, shard)), goldenDirectory('llama3-rope')),
      StorageError,
      new RegExp(shard),
    ],
    'has weights of another shape': [
      () =>
        damaged((copy) => writeFile(join(copy, 'config.json'), JSON.stringify({ ...config, intermediate_size: 40 }))),
      InputError,
      /gate_proj|up_proj|down_proj/,
    ],
    'has an unknown architecture': [
      () => damaged((copy) => writeFile(join(copy, 'config.json'), JSON.stringify({ ...config, model_type: 'mamba' }))),
      UnsupportedError,
      /mamba[\s\S]*llama[\s\S]*qwen3/,
    ],
    'has an unknown number type': [
      () =>
        damaged((copy) => writeFile(join(copy, 'config.json'), JSON.stringify({ ...config, torch_dtype: 'float8' }))),
      UnsupportedError,
      /float8/,
    ],
    'has a config that is no JSON': [
      () => damaged((copy) => writeFile(join(copy, 'config.json'), '{"model_type": ')),
      InputError,
      /config\.json/,
    ],
  };
  it.each(Object.entries(cases))('%s', async (_, [make, kind, message]) => {
    const bad = await make();
    for (const refuse of [
      () => engine.open({ kind: 'directory', directory: bad }),
      () => engine.train({ kind: 'directory', directory: bad }),
    ]) {
      const error: unknown = await refuse().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(message);
    }
    await stillWorks();
  });
});

describe('numbers that are not finite', () => {
  it('in a file are found when it is read', async () => {
    const bad = await damaged(async (copy) => {
      const file = join(copy, 'model.safetensors');
      const bytes = await readFile(file);
      bytes.writeFloatLE(Number.NaN, bytes.length - 4);
      await writeFile(file, bytes);
    });
    const error: unknown = await engine.open({ kind: 'directory', directory: bad }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NumericError);
    expect((error as Error).message).toMatch(/element \d+ is NaN.*tensor/);
  });

  it('in what is computed name the tensor and the sample, and leave the model as it was', async () => {
    // So near 0 that the logits of this sequence alone overflow.
    const bad = sequence({ temperature: 1e-40 });
    const failures = [
      () => policy.logProbs([sequence(), bad]),
      () => policy.accumulate([sequence(), bad]),
      () => policy.sample([request(), request({ prompt: [3, 2] }, { temperature: 1e-40 })]),
    ];
    const tensors = ['logProbs', 'logProbs', 'probabilities'];
    for (const [i, fail] of failures.entries()) {
      const error: unknown = await fail().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NumericError);
      expect((error as NumericError).facts).toMatchObject({ tensor: tensors[i], sample: 1 });
      await stillWorks();
    }
    // Half a batch does not reach a step.
    await expect(policy.step(ADAM)).rejects.toThrow(InputError);
  });

  it('in a gradient stop the step and leave the weights and the last state', async () => {
    const model = await engine.train({ kind: 'directory', directory });
    const before = await model.logProbs([sequence()]);
    await model.accumulate([sequence({ weights: [3e38, -3e38] }), sequence({ weights: [3e38, -3e38] })]);
    const error: unknown = await model.step(ADAM).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NumericError);
    expect((error as NumericError).facts.tensor).toMatch(/./);
    expect(await model.logProbs([sequence()])).toEqual(before);
    await model.accumulate([sequence()]);
    await model.step(ADAM);
    await model.close();
  });
});

describe('interruption', () => {
  it('before and in the middle of a call rejects with InterruptedError and leaves the model usable', async () => {
    const many = Array.from({ length: 8000 }, (_, i) => ({
      ...sequence({ ids: Array.from({ length: 2 + (i % 60) }, () => i % 49), positions: [1], weights: [1] }),
    }));
    const small = await openLocalEngine({ threads: 1, activationBytes: 1 });
    const model = await small.train({ kind: 'directory', directory });
    const before = await model.logProbs([sequence()]);
    const kinds = {
      logProbs: (signal: AbortSignal, onProgress: () => void) => model.logProbs(many, { signal, onProgress }),
      accumulate: (signal: AbortSignal, onProgress: () => void) => model.accumulate(many, { signal, onProgress }),
      sample: (signal: AbortSignal, onProgress: () => void) =>
        model.sample([request({ count: 8000 }, { maxTokens: 60 })], { signal, onProgress }),
    };
    for (const [name, start] of Object.entries(kinds)) {
      await expect(
        start(AbortSignal.abort(), () => undefined),
        name,
      ).rejects.toThrow(InterruptedError);
      const controller = new AbortController();
      await expect(
        start(controller.signal, () => controller.abort()),
        name,
      ).rejects.toThrow(InterruptedError);
      expect(await model.logProbs([sequence()]), name).toEqual(before);
    }
    // The half-finished gradient is gone.
    await expect(model.step(ADAM)).rejects.toThrow(InputError);
    await small.close();
  });

  it('of a call that waits its turn ends that one alone', async () => {
    const controller = new AbortController();
    const first = policy.logProbs([sequence()]);
    const second = policy.logProbs([sequence()], { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toThrow(InterruptedError);
    expect(await first).toHaveLength(1);
  });
});

describe('lifetimes', () => {
  it('a closed model and a closed engine say so', async () => {
    const own = await openLocalEngine({ threads: 1 });
    const model = await own.open({ kind: 'directory', directory });
    await stillWorks(model);
    await model.close();
    await expect(model.logProbs([sequence()])).rejects.toThrow(InputError);
    const other = await own.open({ kind: 'directory', directory });
    await stillWorks(other);
    await own.close();
    await expect(other.logProbs([sequence()])).rejects.toThrow(UsageError);
    await own.close();
  });

  it('the death of the thread is reported to every waiting call, and to later ones', async () => {
    const program = `
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => { throw new Error('out of memory'); });`;
    const link = new Link<{ readonly close: Method<undefined, void> }>(
      new URL(`data:text/javascript,${encodeURIComponent(program)}`),
      undefined,
    );
    const ends = await Promise.allSettled([link.call('close', undefined), link.call('close', undefined)]);
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'out of memory' } });
    await expect(link.call('close', undefined)).rejects.toThrow('out of memory');
  });

  it('what cannot be sent to the thread is the mistake of that call alone', async () => {
    await expect(policy.sample([request({ prompt: [() => 1] as never })])).rejects.toThrow(/could not be cloned/);
    await stillWorks();
  });

  it('a directory that cannot be written is named, and nothing of it stays', async () => {
    const file = join(scratch, 'a-file');
    await writeFile(file, '');
    for (const refuse of [() => policy.save(join(file, 'model')), () => policy.saveState(join(file, 'state'))]) {
      const error: unknown = await refuse().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StorageError);
      expect((error as Error).message).toContain(file);
    }
    // Root writes anywhere; others are refused by permissions as well.
    if (process.getuid?.() !== 0) {
      const closed = join(scratch, 'closed');
      await mkdir(closed);
      await chmod(closed, 0o500);
      await expect(policy.save(join(closed, 'model'))).rejects.toThrow(StorageError);
    }
    await stillWorks();
  });

  it('calls at the same time are answered in order, each with its own result', async () => {
    const results = await Promise.all([
      policy.logProbs([sequence()]),
      policy.sample([request({ count: 3 })]),
      policy.logProbs([sequence({ ids: [5, 6, 7, 8] })]),
    ]);
    expect(results[0]).toEqual(await policy.logProbs([sequence()]));
    expect(results[2]).toEqual(await policy.logProbs([sequence({ ids: [5, 6, 7, 8] })]));
    expect(results[1][0]).toHaveLength(3);
  });

  it('the facts of a model are those of its files', () => {
    const parameters = [...golden.arrays]
      .filter(([name]) => name.startsWith('adamw/'))
      .reduce((sum, [, { length }]) => sum + length, 0);
    expect(policy.facts).toEqual({ vocabularySize: 49, contextTokens: 64, parameters });
  });
});
