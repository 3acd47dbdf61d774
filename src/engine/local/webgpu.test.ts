/** The engine with WebGPU as others use it: through its thread, with a driver and without; and what runs on WebGPU. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomKey } from '../../random.js';
import { hasCuda } from '../../testing/cuda.js';
import { farthest, goldenDirectory, openPolicy, readGolden, testRuntime } from '../../testing/goldens.js';
import { softwareVulkan } from '../../testing/software-vulkan.js';
import { tokenIds } from '../../text/tokens.js';
import type { LoraSettings, SampleRequest } from '../engine.js';
import { InferenceSession } from './graph/onnxruntime.js';
import { openLocalEngine } from './local-engine.js';
import type { LocalSettings, Provider } from './settings.js';

const directory = goldenDirectory('smollm2');
const golden = await readGolden('smollm2');
const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: golden.temperature }));
/** Alike at the beginning, so that it is computed once for all. */
const siblings = [5, 6, 7].map((last) => {
  const ids = tokenIds([...Array.from({ length: 12 }, (_, i) => i), last, 3, last]);
  return { ids, positions: [13, 14], weights: [1, -0.5], temperature: 1 };
});
const ADAM = golden.adamw.settings;
const greedy: SampleRequest = {
  prompt: golden.greedy.prompt,
  count: 1,
  settings: { temperature: 0, maxTokens: golden.greedy.ids.length, stopIds: tokenIds([]) },
  key: randomKey(1),
};

/** Runs a program in a process of its own, in which `engine` computes with WebGPU or another provider. */
function runAlone(program: string, environment: Record<string, string> = {}, provider: Provider = 'webgpu') {
  const source = `
    import { openLocalEngine } from ${JSON.stringify(new URL('./local-engine.js', import.meta.url).href)};
    const engine = await openLocalEngine({ provider: '${provider}', threads: 1 }).catch((error) => {
      console.log(JSON.stringify([error.name, error.code, error.message]));
      process.exit();
    });
    const policy = await engine.train({ kind: 'directory', directory: ${JSON.stringify(directory)} });
    const sequences = ${JSON.stringify([...sequences, ...siblings])};
    ${program}`;
  const env = { ...process.env, ...environment };
  const command = ['--input-type=module', '-e', source];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env });
  expect(signal, stderr).toBeNull();
  expect(status, stderr).toBe(0);
  // What ONNX Runtime throws is told with a remedy, and needs no line of its own.
  expect(stderr).not.toContain('[E:onnxruntime');
  return stdout;
}

// A driver that computes on the CPU compiles each kernel of each program there.
vi.setConfig({ testTimeout: 300_000 });
const vulkan = softwareVulkan();
if ('missing' in vulkan) console.warn(`skipped: the engine on WebGPU, since ${vulkan.missing}`);

describe.skipIf('missing' in vulkan)('with a driver', () => {
  const train = async (settings: Partial<LocalSettings>) => {
    const engine = await openLocalEngine({ threads: 1, ...settings });
    return { engine, policy: await engine.train({ kind: 'directory', directory }) };
  };

  it('the five verbs give in its thread what they give on the CPU', async () => {
    const [mine, reference] = [await train({ provider: 'webgpu' }), await train({})];
    const same = (a: readonly Float32Array[], b: readonly Float32Array[]) => {
      expect(a).toHaveLength(b.length);
      for (const [s, row] of a.entries()) expect(farthest(row, b[s] ?? [])).toBeLessThan(1e-4);
    };
    const both = [mine.policy, reference.policy];
    const [[completion] = []] = await mine.policy.sample([greedy]);
    expect(completion?.ids).toEqual(golden.greedy.ids);
    for (const batch of [sequences, siblings, [...sequences, ...siblings]]) {
      const [a, b] = await Promise.all(both.map((policy) => policy.accumulate(batch)));
      same(a ?? [], b ?? []);
      const [one, other] = await Promise.all(both.map((policy) => policy.step(ADAM)));
      expect(Math.abs((one?.gradientNorm ?? Number.NaN) / (other?.gradientNorm ?? Number.NaN) - 1)).toBeLessThan(1e-4);
    }
    const [after, expected] = await Promise.all(both.map((policy) => policy.logProbs(siblings)));
    same(after ?? [], expected ?? []);
    const frozen = await mine.policy.freeze();
    expect(await frozen.logProbs(siblings)).toEqual(after);
    // One device serves all engines of a process: the one that stays computes on, and a new one can be made.
    const second = await train({ provider: 'webgpu' });
    const before = await second.policy.logProbs(sequences);
    await mine.engine.close();
    expect(await second.policy.logProbs(sequences)).toEqual(before);
    await second.engine.close();
    const third = await train({ provider: 'webgpu' });
    expect(await third.policy.logProbs(sequences)).toEqual(before);
    await Promise.all([third.engine.close(), reference.engine.close()]);
  });

  it('two processes compute the same bits, and end well, with the engine closed or not', () => {
    const program = (end: string) => `
      await policy.accumulate(sequences);
      await policy.step(${JSON.stringify(ADAM)});
      const settings = { temperature: 1, maxTokens: 4, stopIds: [] };
      const samples = await policy.sample([{ prompt: [3, 1], count: 5, settings, key: ${JSON.stringify(randomKey(1))} }]);
      const bits = (array) => [...new Uint32Array(Float32Array.from(array).buffer)];
      console.log(JSON.stringify([samples[0].map(({ ids, logProbs }) => [ids, bits(logProbs.values)]), (await policy.logProbs(sequences)).map(bits)]));
      ${end}`;
    const outputs = ['await engine.close();', ''].map((end) => runAlone(program(end)));
    expect(outputs[0]).toMatch(/^\[\[\[/);
    expect(outputs[1]).toBe(outputs[0]);
  });

  describe('what runs where', () => {
    let profiles: string;
    const sessions: ort.InferenceSession[] = [];
    beforeEach(async () => {
      profiles = await mkdtemp(join(tmpdir(), 'rlt-profile-'));
      const create = InferenceSession.create.bind(InferenceSession) as (
        model: Uint8Array,
        options: ort.InferenceSession.SessionOptions,
      ) => Promise<ort.InferenceSession>;
      // The real thing, made to write what each node cost and where it ran.
      vi.spyOn(InferenceSession, 'create').mockImplementation((async (
        model: Uint8Array,
        options: ort.InferenceSession.SessionOptions,
      ) => {
        const profileFilePrefix = join(profiles, `${sessions.length}`);
        const session = await create(model, { ...options, enableProfiling: true, profileFilePrefix });
        sessions.push(session);
        return session;
      }) as never);
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      await rm(profiles, { recursive: true, force: true });
    });

    interface Event {
      readonly cat: string;
      readonly args: {
        readonly provider?: string;
        readonly op_name?: string;
        readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
      };
    }

    const adapter: LoraSettings = { ...golden.lora, seed: 1 };
    it.each([
      // All weights in one micro-batch are what all other tests on WebGPU compute.
      ['an adapter', adapter, {}],
      ['all weights in narrow micro-batches, the vocabulary in chunks', undefined, { activationBytes: 1 }],
    ] as const)('every number is computed on WebGPU, the CPU computes shapes: %s', async (_, lora, settings) => {
      const runtime = testRuntime({ provider: 'webgpu', ...settings });
      const policy = await openPolicy(runtime, { kind: 'directory', directory }, lora);
      const long = { ids: tokenIds(Array.from({ length: 60 }, (_, i) => i % 49)), temperature: 1 };
      const positions = Array.from({ length: 59 }, (_, i) => i + 1);
      const all = [...sequences, ...siblings, { ...long, positions, weights: positions.map((p) => p / 59) }];
      await policy.logProbs(all);
      await policy.accumulate(all);
      await policy.step(ADAM);
      await policy.sample([greedy]);
      const made = sessions.splice(0);
      for (const session of made) session.endProfiling();
      await runtime.close();

      const files = await readdir(profiles);
      // Scoring and training, with and without a shared beginning; reading prompts; decoding.
      expect(files.length).toBeGreaterThanOrEqual(6);
      const events = (
        await Promise.all(
          files.map(async (file) => JSON.parse(await readFile(join(profiles, file), 'utf8')) as Event[]),
        )
      ).flat();
      const nodes = events.filter(({ cat, args }) => cat === 'Node' && args.provider !== undefined);
      const ofNumbers = nodes.filter(({ args }) => args.output_type_shape?.some((output) => 'float' in output));
      const kinds = (provider: string) =>
        new Set(ofNumbers.filter(({ args }) => args.provider === provider).map(({ args }) => args.op_name));
      expect([...kinds('CPUExecutionProvider')]).toEqual([]);
      const computed = kinds('WebGpuExecutionProvider');
      for (const type of ['Gemm', 'MatMul', 'Softmax', 'Exp', 'Log', 'ReduceMean', 'Gather', 'ScatterND'])
        expect(computed, type).toContain(type);
    });
  });
});

describe('a provider that this machine lacks', () => {
  const nowhere = join(tmpdir(), 'rlt-no-such-driver.json');
  const noVulkan = { VK_ICD_FILENAMES: nowhere, VK_DRIVER_FILES: nowhere };
  const lacked = [
    // Elsewhere than on Linux, WebGPU needs no Vulkan.
    { provider: 'webgpu', environment: noVulkan, isThere: process.platform !== 'linux' },
    { provider: 'cuda', environment: {}, isThere: hasCuda },
  ] as const;
  for (const { provider, environment, isThere } of lacked) {
    it.skipIf(isThere)(`${provider}: a typed error with a remedy when the engine is opened`, () => {
      const output = runAlone('', environment, provider);
      const [name, code, message] = JSON.parse(output) as string[];
      expect([name, code]).toEqual(['UnsupportedError', 'unsupported']);
      expect(message).toContain(`the provider ${provider} cannot be used on this machine: `);
      expect(message).toMatch(/\n {2}\S.*, or take the provider cpu/);
    });
  }
});
