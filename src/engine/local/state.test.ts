import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, StorageError } from '../../errors.js';
import { randomKey } from '../../random.js';
import { goldenSource, openPolicy, readGolden, testRuntime } from '../../testing/goldens.js';
import type { LoraSettings } from '../engine.js';
import type { LocalModel, LocalPolicy } from './run/local-model.js';

const scratch = await mkdtemp(join(tmpdir(), 'rlt-state-'));
const runtime = testRuntime();
afterAll(async () => {
  await runtime.close();
  await rm(scratch, { recursive: true, force: true });
});

const golden = await readGolden('smollm2');
const source = goldenSource('smollm2');
const lora: LoraSettings = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 4 };
const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: 1 }));
const ADAM = { ...golden.adamw.settings, learningRate: 0.02 };

async function steps(policy: LocalPolicy, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) {
    const weights = golden.adamw.weights[step % 5] ?? [];
    await policy.accumulate(sequences.map((sequence, s) => ({ ...sequence, weights: weights[s] ?? [] })));
    await policy.step(ADAM);
  }
}
const scores = (model: LocalModel) => model.logProbs(sequences);
let places = 0;
const place = () => join(scratch, `state-${places++}`);

describe.each([
  ['all weights', undefined],
  ['an adapter', lora],
] as const)('training %s', (_, adapter) => {
  it('a state that is not whole, or belongs to another model, is refused and changes nothing', async () => {
    const policy = await openPolicy(runtime, source, adapter);
    await steps(policy, 0, 1);
    const directory = place();
    await policy.saveState(directory);
    const damaged = place();
    await cp(directory, damaged, { recursive: true });
    const file = join(damaged, 'state.safetensors');
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(file, bytes);
    const before = await scores(policy);
    await expect(policy.restoreState(damaged)).rejects.toThrow(StorageError);
    await expect(policy.restoreState(damaged)).rejects.toThrow(
      /checksum[\s\S]*state\.safetensors|state\.safetensors[\s\S]*checksum/,
    );
    await expect(policy.restoreState(place())).rejects.toThrow(StorageError);
    const other = await openPolicy(runtime, goldenSource('qwen3'), adapter);
    await expect(other.restoreState(directory)).rejects.toThrow(InputError);
    const wider = await openPolicy(runtime, source, { ...lora, rank: 5 });
    await expect(wider.restoreState(directory)).rejects.toThrow(InputError);
    if (adapter !== undefined) {
      const stronger = await openPolicy(runtime, source, { ...adapter, alpha: 40 });
      await expect(stronger.restoreState(directory)).rejects.toThrow(
        'alpha / rank of 2, where that of this model is 20',
      );
    }
    expect(await scores(policy)).toEqual(before);
    await policy.restoreState(directory);
  });
});

it('an adapter that learnt says with its base, merged, what it says by itself', async () => {
  const policy = await openPolicy(runtime, source, lora);
  await steps(policy, 0, 4);
  const directory = place();
  await policy.save(directory);
  const trained = await scores(policy);
  const merged = await openPolicy(runtime, { ...source, adapter: directory });
  for (const [s, row] of (await scores(merged)).entries())
    for (const [k, value] of row.entries()) expect(value).toBeCloseTo(trained[s]?.[k] ?? Number.NaN, 4);
});

it('two processes compute the same bits', () => {
  const program = `
    import { openLocalEngine } from ${JSON.stringify(new URL('./local-engine.js', import.meta.url).href)};
    const engine = await openLocalEngine({ threads: 2 });
    const policy = await engine.train({ kind: 'directory', directory: ${JSON.stringify(source.directory)} });
    const sequences = ${JSON.stringify(sequences)};
    for (let step = 0; step < 3; step++) {
      await policy.accumulate(sequences);
      await policy.step(${JSON.stringify(ADAM)});
    }
    const settings = { temperature: 1, maxTokens: 20, stopIds: [] };
    const samples = await policy.sample([{ prompt: [3, 1], count: 9, settings, key: ${JSON.stringify(randomKey(1))} }]);
    const bits = (array) => [...new Uint32Array(Float32Array.from(array).buffer)];
    console.log(JSON.stringify([samples[0].map((one) => [one.ids, bits(one.logProbs.values)]), (await policy.logProbs(sequences)).map(bits)]));
    await engine.close();
  `;
  const outputs = [0, 1].map(() => {
    const command = ['--input-type=module', '-e', program];
    const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return stdout;
  });
  expect(outputs[0]).not.toBe('');
  expect(outputs[1]).toBe(outputs[0]);
}, 300_000);
