/**
 * What stays on a device, by a driver in software where there is one: sampling and learning there give what they give in
 * this computer's memory, and what crosses the bus is small.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomStream, randomKey } from '../../../../random.js';
import { farthest, goldenSource, openPolicy, readGolden, testRuntime, valuesOf } from '../../../../testing/goldens.js';
import { softwareVulkan } from '../../../../testing/software-vulkan.js';
import { tokenIds } from '../../../../text/tokens.js';
import type { DirectorySource, SampleRequest, SamplingSettings } from '../../../engine.js';
import { InferenceSession } from '../../graph/onnxruntime.js';
import { llamaArchitecture } from '../../testing/llama.js';
import { writeRandomModel } from '../../weights/initial.js';
import type { LocalPolicy } from '../local-model.js';
import { blockSizeOf } from './choice.js';

// The driver compiles each kernel of each program on the CPU.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const vulkan = softwareVulkan();
if ('missing' in vulkan) console.warn(`skipped: what stays on a device, since ${vulkan.missing}`);

const stream = new RandomStream(randomKey(3, 'device'));
const text = (length: number, vocabulary = 48) =>
  tokenIds(Array.from({ length }, () => stream.integer(0, vocabulary - 1)));
const request = (length: number, count: number, settings: Partial<SamplingSettings> = {}): SampleRequest => ({
  prompt: text(length),
  count,
  settings: { temperature: 1, maxTokens: 20, stopIds: tokenIds([]), ...settings },
  key: randomKey(length, 'sample'),
});

describe.skipIf('missing' in vulkan)('on WebGPU', () => {
  const [card, computer] = [testRuntime({ provider: 'webgpu' }), testRuntime()];
  const scratch = mkdtemp(join(tmpdir(), 'rlt-device-'));
  afterAll(async () => {
    await Promise.all([card.close(), computer.close()]);
    await rm(await scratch, { recursive: true, force: true });
  });
  const both = (source: DirectorySource) => Promise.all([card, computer].map((runtime) => openPolicy(runtime, source)));

  async function expectSameSamples([mine, theirs]: readonly LocalPolicy[], requests: readonly SampleRequest[]) {
    const [found, expected] = [await mine?.sample(requests), await theirs?.sample(requests)];
    expect(found?.map((group) => group.map(({ ids, ended }) => [[...ids], ended]))).toEqual(
      expected?.map((group) => group.map(({ ids, ended }) => [[...ids], ended])),
    );
    for (const [g, group] of (found ?? []).entries()) {
      for (const [s, { logProbs }] of group.entries()) {
        const theirs = expected?.[g]?.[s];
        expect(theirs).toBeDefined();
        if (theirs !== undefined) expect(farthest(valuesOf(logProbs), valuesOf(theirs.logProbs))).toBeLessThan(1e-4);
      }
    }
  }

  it.each([
    ['smollm2', 'groups that grow, end and leave'],
    ['gemma2', 'windows, and scores with a cap'],
  ] as const)('samples what the CPU samples: %s, %s', async (name, _what) => {
    const stops = tokenIds(Array.from({ length: 12 }, (_, i) => 4 * i));
    await expectSameSamples(await both(goldenSource(name)), [
      request(6, 4, { stopIds: stops }),
      request(11, 1, { maxTokens: 40 }),
      request(2, 3, { temperature: 0.7, stopIds: stops }),
      request(3, 2, { temperature: 0 }),
      request(9, 2, { topP: 0.8 }),
    ]);
  });

  describe('a vocabulary of which only a part is fetched', () => {
    let source: DirectorySource;
    beforeAll(async () => {
      const directory = join(await scratch, 'wide');
      await writeRandomModel(
        directory,
        llamaArchitecture({ hidden: 32, feedForward: 64, layers: 2, vocabulary: 6144 }),
        1,
      );
      source = { kind: 'directory', directory };
    });

    it('samples what the CPU samples', async () => {
      expect(blockSizeOf(6144)).toBe(64);
      const policies = await both(source);
      await expectSameSamples(policies, [request(6, 6), request(9, 2, { temperature: 1.3 }), request(1, 1)]);
      // Settings by which a token cannot be chosen from parts.
      await expectSameSamples(policies, [request(6, 3, { topK: 5 }), request(4, 1, { temperature: 0 })]);
    });

    it('sends neither weights, nor keys and values, nor distributions once they are there', async () => {
      const policy = await openPolicy(card, source);
      await policy.sample([request(5, 4)]);
      const bus = counted();
      await policy.sample([request(5, 4, { maxTokens: 16 })]);
      const { runs, sent, fetched } = bus();
      // A prefill, and for each further token a step and the blocks that its tokens are in; the cache is made once.
      expect(runs).toBeLessThan(2 * 16 + 4);
      const [rows, vocabulary] = [4, 6144];
      const aBlockAndAllSums = 4 * rows * (vocabulary / 64 + 64);
      // The prefill gives one distribution for the group.
      expect(fetched).toBeLessThanOrEqual(15 * aBlockAndAllSums + 4 * vocabulary);
      const weights = 4 * (policy.facts.parameters ?? 0);
      expect(sent / runs).toBeLessThan(weights / 20);
    });

    it('accumulates and steps without fetching a gradient or sending a weight', async () => {
      const policy = await openPolicy(card, source);
      const ids = text(24, 6144);
      const positions = ids.slice(1).map((_, i) => i + 1);
      const batch = [{ ids, positions, weights: positions.map(() => 0.1), temperature: 1 }];
      const step = async () => {
        await policy.accumulate(batch);
        await policy.accumulate(batch);
        return policy.step({ learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
      };
      await step();
      const bus = counted();
      await step();
      const { sent, fetched } = bus();
      expect(fetched).toBeLessThanOrEqual(4 * (2 * positions.length + 1));
      expect(sent).toBeLessThan(40_000);
    });
  });

  it('learns as on the CPU: sums of micro-batches, moments, frozen copies, blending, and states', async () => {
    const golden = await readGolden('qwen2');
    const narrow = [testRuntime({ provider: 'webgpu', activationBytes: 1 }), testRuntime({ activationBytes: 1 })];
    const policies = await Promise.all(narrow.map((runtime) => openPolicy(runtime, goldenSource('qwen2'))));
    const weighted = golden.sequences.map((sequence) => ({ ...sequence, temperature: 1 }));
    const step = async (policy: LocalPolicy) => {
      await policy.accumulate(weighted);
      await policy.accumulate(weighted.slice(0, 1));
      const { gradientNorm } = await policy.step({ ...golden.adamw.settings, weightDecay: 0.1 });
      return gradientNorm ?? Number.NaN;
    };
    const scores = async (model: { logProbs: LocalPolicy['logProbs'] }) =>
      (await model.logProbs(weighted)).flatMap((row) => [...row]);
    const outcome = async (policy: LocalPolicy) => {
      const norms = [await step(policy)];
      const copy = await policy.freeze();
      const before = await scores(copy);
      norms.push(await step(policy), await step(policy));
      expect(await scores(copy)).toEqual(before);
      const state = join(await scratch, `state-${policy === policies[0]}`);
      await policy.saveState(state);
      const saved = await scores(policy);
      const next = [await step(policy), ...(await scores(policy))];
      await policy.restoreState(state);
      expect(await scores(policy)).toEqual(saved);
      expect([await step(policy), ...(await scores(policy))]).toEqual(next);
      await policy.blendInto(copy, 0.5);
      return [...norms, ...before, ...saved, ...next, ...(await scores(copy))];
    };
    const [mine, theirs] = [await outcome(policies[0] as LocalPolicy), await outcome(policies[1] as LocalPolicy)];
    expect(farthest(mine, theirs)).toBeLessThan(1e-3);
    await Promise.all(narrow.map((runtime) => runtime.close()));
  });

  /** Counts runs, and bytes of tensors in this computer's memory that they take and give, from now on. */
  function counted() {
    const count = { runs: 0, sent: 0, fetched: 0 };
    const bytesOf = (tensors: Readonly<Record<string, ort.OnnxValue | null>>) =>
      Object.values(tensors).reduce((sum, value) => {
        const tensor = value as ort.Tensor | null;
        return sum + (tensor?.location === 'cpu' ? (tensor.data as Float32Array).byteLength : 0);
      }, 0);
    for (const session of sessions) {
      const own = session.run.bind(session) as (...args: unknown[]) => Promise<Record<string, ort.OnnxValue>>;
      session.run = (async (feeds: Record<string, ort.OnnxValue>, ...rest: unknown[]) => {
        const results = await own(feeds, ...rest);
        count.runs += 1;
        count.sent += bytesOf(feeds);
        count.fetched += bytesOf(results);
        return results;
      }) as never;
    }
    return () => count;
  }
});

/** All sessions of this file, whose runs can be counted. */
const sessions: ort.InferenceSession[] = [];
const create = InferenceSession.create.bind(InferenceSession) as (...args: unknown[]) => Promise<ort.InferenceSession>;
(InferenceSession as { create: unknown }).create = async (...args: unknown[]) => {
  const session = await create(...args);
  sessions.push(session);
  return session;
};

it('a vocabulary is divided where that is even and worth it', () => {
  expect([512, 4095, 4096, 49152, 151936, 32000, 50257].map(blockSizeOf)).toEqual([
    undefined,
    undefined,
    64,
    192,
    128,
    160,
    undefined,
  ]);
});
