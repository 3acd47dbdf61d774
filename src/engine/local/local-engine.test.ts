/** The local engine's own: its files, settings and thread. What every engine must do is in engine-suite.ts. */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, NumericError, StorageError, UnsupportedError, UsageError } from '../../errors.js';
import { randomKey } from '../../random.js';
import { goldenDirectory, readGolden } from '../../testing/goldens.js';
import { tokenIds } from '../../text/tokens.js';
import type { CallOptions, LoraSettings, ModelSource, Policy, SampleRequest } from '../engine.js';
import { sequence } from '../testing/bench.js';
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

/** The engine goes on after a refusal. */
const stillWorks = async () => {
  const [scored] = await policy.logProbs([sequence()]);
  expect(scored?.every(Number.isFinite)).toBe(true);
};

let copies = 0;
async function damaged(change: (copy: string) => Promise<void>, from = directory): Promise<string> {
  const copy = join(scratch, `model-${copies++}`);
  await cp(from, copy, { recursive: true });
  await change(copy);
  return copy;
}

describe('what the engine is given', () => {
  it('invalid settings of the engine', async () => {
    expect(() => localSettings({ threads: 0 })).toThrow(UsageError);
    expect(() => localSettings({ lookupTokens: 65 })).toThrow('lookupTokens is 65');
    expect(() => localSettings({ threads: 1025 })).toThrow('threads is 1025');
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

describe('what is misspelt is refused, and not left out of account', () => {
  const request = {
    ...{ prompt: sequence().ids, count: 1, key: randomKey(1) },
    settings: { temperature: 1, maxTokens: 2, stopIds: tokenIds([]) },
  };
  it.each<readonly [string, () => Promise<unknown>, string]>([
    ['adaptor', () => engine.open({ kind: 'directory', directory, adaptor: 'a' } as ModelSource), '"adaptor"'],
    ['bit', () => engine.open({ kind: 'directory', directory, bit: 8 } as ModelSource), '"bit"'],
    ['adapter: 3', () => engine.open({ kind: 'directory', directory, adapter: 3 as never }), 'source.adapter'],
    ['firstsample', () => policy.sample([{ ...request, firstsample: 3 } as SampleRequest]), 'requests.0.firstsample'],
    ['Signal', () => policy.logProbs([sequence()], { Signal: 1 } as CallOptions), 'no option "Signal"'],
    ['state', () => policy.restoreState({ kind: 'dir', directory } as never), 'state.kind'],
    ['no path', () => policy.restoreState({ kind: 'directory' } as never), 'state.directory'],
  ])('%s', async (_, call, said) => {
    const error = await call().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(said);
    await stillWorks();
  });

  it('a stop id that is no token', async () => {
    const settings = { ...request.settings, stopIds: tokenIds([policy.facts.vocabularySize]) };
    await expect(policy.sample([{ ...request, settings }])).rejects.toThrow(InputError);
  });
});

it("an adapter's state is not restored into an adapter of fewer layers, which would lose a part of it", async () => {
  const train = (targets: LoraSettings['targets']) =>
    engine.train({ kind: 'directory', directory }, { lora: { rank: 2, alpha: 4, targets, seed: 1 } });
  const [both, one] = [await train(['q_proj', 'v_proj']), await train(['q_proj'])];
  const state = await both.saveState(join(scratch, 'state-of-two'));
  const before = await one.logProbs([sequence()]);
  await expect(one.restoreState(state)).rejects.toThrow(/a tensor that this model does not have/);
  expect(await one.logProbs([sequence()])).toEqual(before);
});

it('a LoRA rank beyond the widest layer, and an alpha that scales nothing or too much, are refused at once', async () => {
  const train = (rank: number) =>
    engine.train({ kind: 'directory', directory }, { lora: { rank, alpha: 4, targets: ['q_proj'], seed: 1 } });
  for (const rank of [1_000_000, 0, 1.5]) await expect(train(rank), `${rank}`).rejects.toThrow(/a LoRA rank of/);
  await (await train(16)).close();
  for (const alpha of [0, -1, 1e300, Number.POSITIVE_INFINITY])
    await expect(
      engine.train({ kind: 'directory', directory }, { lora: { rank: 2, alpha, targets: ['q_proj'], seed: 1 } }),
      `${alpha}`,
    ).rejects.toThrow(/alpha/);
});

it('what an asynchronous listener throws rejects the call, which waits for it', async () => {
  const request = {
    ...{ prompt: sequence().ids, count: 1, key: randomKey(1) },
    settings: { temperature: 1, maxTokens: 2, stopIds: tokenIds([]) },
  };
  let done = false;
  await policy.sample([request], {
    onCompletions: async () => {
      await setTimeout(50);
      done = true;
    },
  });
  expect(done).toBe(true);
  const failing = policy.sample([request], { onCompletions: () => Promise.reject(new Error('full')) });
  await expect(failing).rejects.toThrow('full');
  await stillWorks();
});

it('a model may be closed after its engine', async () => {
  const own = await openLocalEngine({ threads: 1 });
  const model = await own.open({ kind: 'directory', directory });
  await own.close();
  await model.close();
});

it('a model with a link to a file elsewhere is opened, but not trained: the file would be saved with it', async () => {
  const linked = await damaged(async (copy) => {
    await writeFile(join(scratch, 'secret'), 'a private key');
    await symlink(join(scratch, 'secret'), join(copy, 'LICENSE'));
  });
  await (await engine.open({ kind: 'directory', directory: linked })).close();
  await expect(engine.train({ kind: 'directory', directory: linked })).rejects.toThrow(/link that leaves.*LICENSE/);
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
});

it('a signal that is none is refused before anything is sent, and the engine goes on', async () => {
  const signal = new AbortController() as unknown as AbortSignal;
  await expect(policy.logProbs([sequence()], { signal })).rejects.toThrow(UsageError);
  await expect(policy.accumulate([sequence()], { signal })).rejects.toThrow('expected an AbortSignal');
  await stillWorks();
});

describe('lifetimes', () => {
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

  it('the facts of a model are those of its files', () => {
    const parameters = [...golden.arrays]
      .filter(([name]) => name.startsWith('adamw/'))
      .reduce((sum, [, { length }]) => sum + length, 0);
    expect(policy.facts).toEqual({ vocabularySize: 49, contextTokens: 64, parameters });
  });
});
