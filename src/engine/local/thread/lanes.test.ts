/** Models of several lanes against the same models in one thread. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, InterruptedError, NumericError } from '../../../errors.js';
import { randomKey } from '../../../random.js';
import {
  farthest,
  goldenSource,
  openPolicy,
  readGolden,
  relativeError,
  testRuntime,
} from '../../../testing/goldens.js';
import { tokenIds } from '../../../text/tokens.js';
import type { LoraSettings, SampleRequest } from '../../engine.js';
import type { Division } from '../run/division.js';
import { LocalPolicy } from '../run/local-model.js';
import type { Runtime } from '../run/runtime.js';
import { llamaArchitecture } from '../testing/llama.js';
import { writeRandomModel } from '../weights/initial.js';
import { loadWeights, trainable } from '../weights/weights-source.js';
import { Lanes } from './lanes.js';

const alone = testRuntime();
const divided = testRuntime({ threads: 3 }, { dataParallel: (division) => new Lanes(division) });
/** Two lanes, one of which is this thread. */
const withOwn = testRuntime({ threads: 2 }, { dataParallel: (division) => new Lanes({ ...division, here: true }) });
afterAll(async () => {
  for (const runtime of [alone, divided, withOwn]) await runtime.close();
});

const golden = await readGolden('smollm2');
const source = goldenSource('smollm2');
const lora: LoraSettings = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 4 };
const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: 0.7 }));
const ADAM = { ...golden.adamw.settings, learningRate: 0.02 };
const requests: SampleRequest[] = [5, 1, 3].map((count, i) => ({
  prompt: tokenIds([3 + i, 4, 5]),
  count,
  settings: { temperature: 0.7, maxTokens: 6, stopIds: tokenIds([7]) },
  key: randomKey(9, i),
  firstSample: i,
}));

async function gradients(policy: LocalPolicy): Promise<ReadonlyMap<string, Float32Array>> {
  await policy.accumulate(sequences);
  const values = await policy.gradients();
  if (values === undefined) throw new Error('nothing was accumulated');
  return new Map([...values].map(([name, array]) => [name, array.slice()]));
}

describe.each([
  ['lanes with all weights', divided, undefined],
  ['lanes with an adapter', divided, lora],
  ['this thread and another with all weights', withOwn, undefined],
  ['this thread and another with an adapter', withOwn, lora],
] as const)('%s', (_, runtime, adapter) => {
  it('sample, score, learn and forget as one thread does', async () => {
    const [one, many] = [await openPolicy(alone, source, adapter), await openPolicy(runtime, source, adapter)];
    const alike = async () => {
      const [expected, found] = [await one.logProbs(sequences), await many.logProbs(sequences)];
      expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
      found.forEach((row, i) => {
        expect(farthest(row, expected[i] ?? [])).toBeLessThan(1e-5);
      });
      const [written, own] = [await one.sample(requests), await many.sample(requests)];
      expect(own.map((completions) => completions.map(({ ids, ended }) => ({ ids, ended })))).toEqual(
        written.map((completions) => completions.map(({ ids, ended }) => ({ ids, ended }))),
      );
    };
    await alike();
    const before = await many.logProbs(sequences);
    const expected = await gradients(one);
    const found = await gradients(many);
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [name, gradient] of found) {
      expect(relativeError(gradient, expected.get(name) ?? []), name).toBeLessThan(1e-5);
    }
    // Lanes must see what a step, a blend and a restored state change.
    const copy = await many.freeze();
    for (const policy of [one, many]) await policy.step(ADAM);
    expect(await many.logProbs(sequences)).not.toEqual(before);
    await alike();
    expect(await copy.logProbs(sequences)).toEqual(before);
    await many.blendInto(copy, 1);
    const [blended, stepped] = [await copy.logProbs(sequences), await many.logProbs(sequences)];
    blended.forEach((row, i) => {
      expect(farthest(row, stepped[i] ?? [])).toBeLessThan(1e-5);
    });
    await copy.close();
    await expect(copy.logProbs(sequences)).rejects.toThrow(/closed/);
    await alike();
  });

  it('give equal bits for equal calls', async () => {
    const many = await openPolicy(runtime, source, adapter);
    const first = await gradients(many);
    await many.step({ ...ADAM, learningRate: 0 });
    expect(await gradients(many)).toEqual(first);
  });
});

describe.each([
  ['several lanes', divided],
  ['this thread and another', withOwn],
])('a call on %s', (_, runtime) => {
  it('names the sample by its place in the whole call', async () => {
    const policy = await openPolicy(runtime, source);
    const bad = sequences.length - 1;
    const weighted = sequences.map((sequence, i) => ({
      ...sequence,
      weights: Float32Array.from(sequence.weights, (weight) => (i === bad ? Number.NaN : weight)),
    }));
    await expect(policy.accumulate(weighted)).rejects.toMatchObject({ facts: { sample: bad } });
    await expect(policy.logProbs([])).rejects.toThrow(InputError);
    const broken = await openPolicy(runtime, source);
    for (const array of broken.weights.base.values()) array.fill(Number.NaN);
    const error = await broken.sample(requests).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NumericError);
    expect([0, 1, 2]).toContain((error as NumericError).facts.sample);
    // The half that was computed before is gone.
    await expect(policy.step(ADAM)).rejects.toThrow(/without an accumulated gradient/);
  });

  it('is aborted everywhere, and the model stays usable', async () => {
    const policy = await openPolicy(runtime, source);
    const controller = new AbortController();
    // Far more than can be done before the abort arrives, however busy the machine is.
    const long = requests.map((request) => ({
      ...request,
      count: 5000,
      settings: { ...request.settings, maxTokens: 30, stopIds: tokenIds([]) },
    }));
    const seen: number[] = [];
    const call = policy.sample(long, {
      signal: controller.signal,
      onProgress({ tokens }) {
        seen.push(tokens);
        controller.abort();
      },
    });
    await expect(call).rejects.toThrow(InterruptedError);
    expect(seen.length).toBeGreaterThan(0);
    expect((await policy.logProbs(sequences)).length).toBe(sequences.length);
  });

  it('reports totals of all lanes', async () => {
    const policy = await openPolicy(runtime, source);
    let last = { tokens: 0, sequencesDone: 0 };
    const completions = await policy.sample(requests, {
      onProgress(progress) {
        last = progress;
      },
    });
    expect(last.sequencesDone).toBe(9);
    expect(last.tokens).toBe(completions.flat().reduce((total, { ids }) => total + ids.length, 0));
  });
});

describe('a large model', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rlt-lanes-'));
  afterAll(() => rm(directory, { recursive: true, force: true }));
  // Few positions are chosen, so that the vocabulary, which makes it large, costs little.
  await writeRandomModel(
    directory,
    llamaArchitecture({ hidden: 256, feedForward: 64, layers: 1, vocabulary: 70_000 }),
    1,
  );
  const sequence = (tokens: number, seed: number) => ({
    ids: tokenIds(Array.from({ length: tokens + 1 }, (_, i) => 1 + ((seed * i) % 300))),
    positions: [tokens - 1, tokens],
    weights: [1, -0.5],
    temperature: 1,
  });
  const [even, single] = [[sequence(300, 7), sequence(290, 11)], [sequence(300, 7)]];

  async function learn(runtime: Runtime, bits: 8 | undefined, calls: readonly (typeof even)[]) {
    const weights = await loadWeights({ kind: 'directory', directory, ...(bits && { bits }) });
    const policy = new LocalPolicy(runtime, trainable(weights, { ...lora, seed: 4 }));
    const logProbs: number[][] = [];
    const gradients: ReadonlyMap<string, Float32Array>[] = [];
    for (const call of calls) {
      logProbs.push((await policy.accumulate(call)).flatMap((row) => [...row]));
      gradients.push(new Map([...((await policy.gradients()) ?? [])].map(([name, array]) => [name, array.slice()])));
      await policy.step(ADAM);
    }
    await policy.close();
    return { logProbs, gradients };
  }

  it.each([undefined, 8] as const)(
    'learns in two lanes where a call is worth it, and sees each step there (bits: %s)',
    async (bits) => {
      const started: Division[] = [];
      const runtime = testRuntime(
        { threads: 2 },
        {
          dataParallel(division) {
            started.push(division);
            return new Lanes(division);
          },
        },
      );
      const calls = [single, even, even, single, even];
      const [found, again, expected] = [
        await learn(runtime, bits, calls),
        await learn(runtime, bits, calls),
        await learn(alone, bits, calls),
      ];
      expect(started).toMatchObject([{ count: 2, here: true }]);
      expect(again).toEqual(found);
      found.logProbs.forEach((row, i) => {
        expect(farthest(row, expected.logProbs[i] ?? [])).toBeLessThan(1e-3);
      });
      found.gradients.forEach((gradient, i) => {
        for (const [name, values] of gradient)
          expect(relativeError(values, expected.gradients[i]?.get(name) ?? []), `${name} of call ${i}`).toBeLessThan(
            1e-3,
          );
      });
      await runtime.close();
    },
  );
});
