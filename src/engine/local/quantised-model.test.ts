import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { farthest, goldenSource, readGolden, relativeError, testRuntime, valuesOf } from '../../testing/goldens.js';
import { concatIds, tokenIds } from '../../text/tokens.js';
import type { LoraSettings, WeightBits } from '../engine.js';
import { openLocalEngine } from './local-engine.js';
import { LocalModel, LocalPolicy } from './run/local-model.js';
import { asFloats as floatsOfRows } from './weights/integer.js';
import type { ModelWeights } from './weights/model-weights.js';
import { parametersOf } from './weights/parameters.js';
import { dequantise, isQuantisable } from './weights/quantised.js';
import { loadWeights, trainable } from './weights/weights-source.js';

const scratch = await mkdtemp(join(tmpdir(), 'rlt-quantised-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));
let places = 0;
const place = () => join(scratch, `${places++}`);

/** The float32 model whose weights are what a model of few bits stands for. */
function asFloats({ quantised = new Map(), integers = new Map(), ...weights }: ModelWeights): ModelWeights {
  const { architecture, adapter } = weights.form;
  const values = [...quantised].map(([name, matrix]) => [name, dequantise(matrix)] as const);
  for (const { name, size, parts } of integers.size > 0 ? parametersOf(architecture).filter(isQuantisable) : []) {
    const whole = new Float32Array(size);
    for (const { tensor, offset } of parts) {
      const matrix = integers.get(tensor);
      if (matrix !== undefined) whole.set(floatsOfRows(matrix), offset);
    }
    values.push([name, whole]);
  }
  return { ...weights, form: { architecture, adapter }, base: new Map([...weights.base, ...values]) };
}

// Untied and tied heads, biases, fused projections, a window, norms of queries and keys; rows of 16, 24, 32 and 36.
const MODELS = [
  'llama-untied',
  'smollm2',
  'qwen2',
  'qwen3',
  'phi3',
  'mistral-window',
  'gemma2',
  'llama3-rope',
] as const;
const FORMS = MODELS.flatMap((name) => ([8, 4] as const).map((bits) => [name, bits] as const));

describe.each(['onnxruntime', 'portable'] as const)('in the %s dialect', (dialect) => {
  const runtime = testRuntime({}, { dialect });
  afterAll(() => runtime.close());

  describe.each(dialect === 'onnxruntime' ? FORMS : FORMS.slice(0, 6))('%s in %i bits', async (name, bits) => {
    const golden = await readGolden(name);
    const lora: LoraSettings = { ...golden.lora, seed: 3 };
    const weights = await loadWeights({ ...goldenSource(name), bits });
    const both = () => [weights, asFloats(weights)].map((own) => new LocalPolicy(runtime, trainable(own, lora)));
    const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: golden.temperature }));
    const ADAM = { ...golden.adamw.settings, learningRate: 0.02 };

    it('holds the matrices of its layers in them, and nothing else', () => {
      expect(weights.quantised?.size).toBe(4 * weights.form.architecture.layers);
      expect([...weights.base.keys()].filter((key) => weights.quantised?.has(key))).toEqual([]);
    });

    it('computes what the float32 model of the rounded weights does: log-probs, gradients of the adapter, steps', async () => {
      const [few, floats] = both() as [LocalPolicy, LocalPolicy];
      for (let step = 0; step < 3; step++) {
        const [own, expected] = [await few.accumulate(sequences), await floats.accumulate(sequences)];
        own.forEach((row, s) => {
          expect(farthest(row, expected[s] ?? [])).toBeLessThan(1e-4);
        });
        const gradients = (await few.gradients()) ?? new Map<string, Float32Array>();
        expect(gradients.size).toBeGreaterThan(0);
        for (const [tensor, gradient] of (await floats.gradients()) ?? [])
          expect(relativeError(gradients.get(tensor) ?? [], gradient), tensor).toBeLessThan(1e-4);
        await few.step(ADAM);
        await floats.step(ADAM);
      }
    });

    it('samples the same tokens with the same log-probs, with few rows and with many', async () => {
      const [few, floats] = both() as [LocalPolicy, LocalPolicy];
      for (const temperature of [0, 1]) {
        const settings = { temperature, maxTokens: 12, stopIds: tokenIds([]) };
        const requests = golden.sequences.map(({ ids }, i) => {
          return { prompt: ids, count: i === 0 ? 70 : 2, settings, key: randomKey(7, i) };
        });
        const [own, expected] = [await few.sample(requests), await floats.sample(requests)];
        own.flat().forEach(({ ids, logProbs }, i) => {
          const other = expected.flat()[i];
          expect(ids).toEqual(other?.ids);
          if (other) expect(farthest(valuesOf(logProbs), valuesOf(other.logProbs))).toBeLessThan(1e-4);
        });
      }
    });
  });
});

describe('with products of integers', () => {
  const runtime = testRuntime({ integerProducts: true });
  afterAll(() => runtime.close());
  const requestsOf = (name: (typeof MODELS)[number], count: number) =>
    readGolden(name).then(({ sequences }) =>
      sequences.map(({ ids }, i) => {
        const settings = { temperature: 1, maxTokens: 12, stopIds: tokenIds([]) };
        return { prompt: ids, count, settings, key: randomKey(8, i) };
      }),
    );
  /** How far the log-probs of completions are from those of scoring. */
  async function gaps(model: LocalModel, requests: Awaited<ReturnType<typeof requestsOf>>): Promise<number[]> {
    const completions = await model.sample(requests);
    const sequences = completions.flatMap((own, r) =>
      own.map(({ ids }) => {
        const prompt = requests[r]?.prompt ?? tokenIds([]);
        return { ids: concatIds(prompt, ids), positions: ids.map((_, i) => prompt.length + i), temperature: 1 };
      }),
    );
    const scored = await model.logProbs(sequences);
    return completions.flat().flatMap(({ logProbs }, i) => {
      return [...valuesOf(logProbs)].map((value, k) => Math.abs(value - (scored[i]?.[k] ?? Number.NaN)));
    });
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  const load = async (name: (typeof MODELS)[number], bits: WeightBits) =>
    loadWeights({ ...goldenSource(name), bits }, { integer: await runtime.integerRange(bits) });

  it.each(FORMS)('%s in %i bits samples nearly from the distribution that it is scored by', async (name, bits) => {
    const model = LocalModel.frozen(runtime, await load(name, bits));
    for (const count of [1, 20]) {
      const all = await gaps(model, await requestsOf(name, count));
      // The first token comes of the prompt, which is read as it is scored.
      expect(mean(all)).toBeGreaterThan(1e-5);
      expect(mean(all)).toBeLessThan(0.05);
    }
    await model.close();
  });

  it.each(MODELS)('%s in 8 bits computes nearly what the float32 model of its weights does', async (name) => {
    const golden = await readGolden(name);
    const lora: LoraSettings = { ...golden.lora, seed: 3 };
    const weights = await load(name, 8);
    expect(weights.integers?.size).toBeGreaterThanOrEqual(4 * weights.form.architecture.layers);
    expect([weights.quantised, weights.form.bits, weights.form.integer]).toEqual([undefined, 8, expect.any(Number)]);
    const exact = testRuntime();
    const [few, floats] = [weights, asFloats(weights)].map((own, i) => {
      const learning = trainable(own, lora);
      // B is zero at first, and A would have no gradient.
      const stream = new RandomStream(randomKey(5, 'adapter'));
      for (const [tensor, values] of learning.adapter)
        if (tensor.endsWith('lora_B'))
          values.forEach((_, at) => {
            values[at] = 0.02 * stream.normal();
          });
      return new LocalPolicy(i === 0 ? runtime : exact, learning);
    }) as [LocalPolicy, LocalPolicy];
    const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: golden.temperature }));
    const [own, expected] = [await few.accumulate(sequences), await floats.accumulate(sequences)];
    const gaps = own.flatMap((row, s) =>
      [...row].map((value, i) => Math.abs(value - (expected[s]?.[i] ?? Number.NaN))),
    );
    expect(mean(gaps)).toBeGreaterThan(1e-6);
    // Rows of 16 to 36 numbers, whose roundings hardly cancel; log-probs are -5 to -11. Where a processor leaves 7 bits, steps are twice
    // as large.
    expect(mean(gaps)).toBeLessThan((0.12 * 127) / (weights.form.integer ?? Number.NaN));
    const gradients = (await few.gradients()) ?? new Map<string, Float32Array>();
    let [both, mine, theirs] = [0, 0, 0];
    for (const [tensor, gradient] of (await floats.gradients()) ?? [])
      gradient.forEach((value, i) => {
        const other = gradients.get(tensor)?.[i] ?? Number.NaN;
        [both, mine, theirs] = [both + value * other, mine + other ** 2, theirs + value ** 2];
      });
    expect(both / Math.sqrt(mine * theirs)).toBeGreaterThan(0.98);
    await exact.close();
  });

  it.each(FORMS)(
    '%s in %i bits samples one sequence from one cache as from two, in turns with many',
    async (name, bits) => {
      const joining = testRuntime({ integerProducts: true }, { joinsSmall: true });
      const weights = await load(name, bits);
      const [apart, joined] = [runtime, joining].map((own) => LocalModel.frozen(own, weights));
      const [one, many] = [(await requestsOf(name, 1)).slice(0, 1), await requestsOf(name, 3)];
      const sampled = async (model: LocalModel | undefined, requests: typeof many) =>
        ((await model?.sample(requests)) ?? [])
          .flat()
          .map(({ ids, logProbs }) => ({ ids, values: valuesOf(logProbs) }));
      const [first, expected] = [await sampled(joined, one), await sampled(apart, one)];
      expect(first.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
      // Another order of sums may round a number to the neighbouring code.
      first.forEach(({ values }, i) => {
        expect(farthest(values, expected[i]?.values ?? [])).toBeLessThan(0.02);
      });
      // Many are not few: their program is the other one, which takes the place of the first and gives it back.
      expect(await sampled(joined, many)).toEqual(await sampled(apart, many));
      expect(await sampled(joined, one)).toEqual(first);
      await joined?.close();
      await apart?.close();
      await joining.close();
    },
  );

  it('a model that learns in 8 bits samples from the very distribution that it is trained on', async () => {
    const policy = new LocalPolicy(runtime, trainable(await load('smollm2', 8), LORA));
    for (const count of [1, 40]) {
      const requests = await requestsOf('smollm2', count);
      // Sums of float32 in another order may round a number to the neighbouring code.
      expect(mean(await gaps(policy, requests))).toBeLessThan(1e-3);
      expect(mean(await gaps(await policy.freeze(), requests))).toBeLessThan(1e-3);
    }
  });

  it('a model that learns in 4 bits, and one in float32, sample from the very distribution that they are scored by', async () => {
    const requests = await requestsOf('smollm2', 3);
    const weights = await loadWeights({ ...goldenSource('smollm2'), bits: 4 });
    const policy = new LocalPolicy(runtime, trainable(weights, LORA));
    expect(Math.max(...(await gaps(policy, requests)))).toBeLessThan(1e-4);
    expect(Math.max(...(await gaps(await policy.freeze(), requests)))).toBeLessThan(1e-4);
    const floats = LocalModel.frozen(runtime, await loadWeights(goldenSource('smollm2')));
    expect(Math.max(...(await gaps(floats, requests)))).toBeLessThan(1e-4);
  });
});

const LORA: LoraSettings = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 4 };

it('a model in few bits differs from float32 by what rounding does: steps of 4 bits are 16 times those of 8', async () => {
  const golden = await readGolden('smollm2');
  const runtime = testRuntime();
  const requests = golden.sequences.map((sequence) => ({ ...sequence, temperature: 1 }));
  const gaps: number[] = [];
  for (const bits of [8, 4] as const) {
    const policy = new LocalPolicy(runtime, trainable(await loadWeights({ ...goldenSource('smollm2'), bits }), LORA));
    const scored = await policy.logProbs(requests);
    const differences = scored.flatMap((row, s) =>
      [...row].map((value, k) => {
        const position = requests[s]?.positions[k] ?? 0;
        return Math.abs(value - (golden.logProbs['1']?.[s]?.[position - 1] ?? Number.NaN));
      }),
    );
    gaps.push(differences.reduce((sum, difference) => sum + difference, 0) / differences.length);
  }
  const [eight = Number.NaN, four = Number.NaN] = gaps;
  expect(eight).toBeGreaterThan(1e-4);
  expect(eight).toBeLessThan(0.1);
  expect(four / eight).toBeGreaterThan(8);
  expect(four / eight).toBeLessThan(32);
  await runtime.close();
});

describe.each([8, 4] as const)('a model in %i bits', (bits: WeightBits) => {
  const lora = LORA;
  const source = { ...goldenSource('smollm2'), bits };
  const ADAM = { learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

  it('resumes with the same bits, freezes, saves an adapter and opens it again', async () => {
    const golden = await readGolden('smollm2');
    const sequences = golden.sequences.map((sequence) => ({ ...sequence, temperature: 1 }));
    // Two threads: the model is small enough for lanes.
    const engine = await openLocalEngine({ threads: 2 });
    const steps = async (policy: Awaited<ReturnType<typeof engine.train>>, count: number) => {
      for (let step = 0; step < count; step++) {
        await policy.accumulate(sequences);
        await policy.step(ADAM);
      }
    };
    const whole = await engine.train(source, { lora });
    const reference = await whole.freeze();
    const before = await reference.logProbs(sequences);
    await steps(whole, 2);
    const state = await whole.saveState(place());
    const copy = await reference.saveState(place());
    await steps(whole, 2);
    const interrupted = await engine.train(source, { lora });
    await interrupted.restoreState(state);
    await steps(interrupted, 2);
    const expected = await whole.logProbs(sequences);
    expect(await interrupted.logProbs(sequences)).toEqual(expected);
    expect(await reference.logProbs(sequences)).toEqual(before);
    await reference.restoreState(copy);
    expect(await reference.logProbs(sequences)).toEqual(before);
    const saved = await whole.save(place());
    expect(saved).toMatchObject({ kind: 'directory', bits });
    expect(await (await engine.open(saved)).logProbs(sequences)).toEqual(expected);
    const [first] = sequences;
    const settings = { temperature: 1, maxTokens: 6, stopIds: tokenIds([]) };
    const request = { prompt: first?.ids ?? tokenIds([]), count: 5, settings, key: randomKey(2) };
    expect(await interrupted.sample([request])).toEqual(await whole.sample([request]));
    await engine.close();
  });

  it('is not trained, merged or blended: the remedy says what is', async () => {
    const engine = await openLocalEngine({ threads: 1 });
    await expect(engine.train(source)).rejects.toThrow(UnsupportedError);
    await expect(engine.train(source)).rejects.toThrow(`weights of ${bits} bits cannot be changed`);
    const policy = await engine.train(source, { lora });
    const reference = await policy.freeze();
    await expect(policy.blendInto(reference, 0.5)).rejects.toThrow(UnsupportedError);
    const saved = await policy.save(place());
    await expect(engine.train(saved, { lora: { ...lora, rank: 3 } })).rejects.toThrow(UnsupportedError);
    await engine.close();
  });

  it('is refused where the provider computes with float32 weights only', async () => {
    const engine = await openLocalEngine({ threads: 1 });
    expect(engine.profile.weightBits).toEqual([8, 4]);
    await engine.close();
  });
});

it('frozen weights of the same files and bits are in memory once', async () => {
  const source = goldenSource('qwen3');
  const [a, b, c, own] = [
    await loadWeights({ ...source, bits: 8 }, { frozen: true }),
    await loadWeights({ ...source, bits: 8 }, { frozen: true }),
    await loadWeights({ ...source, bits: 4 }, { frozen: true }),
    await loadWeights({ ...source, bits: 8 }),
  ];
  expect(a.base).toBe(b.base);
  expect(a.quantised).toBe(b.quantised);
  expect(a.quantised).not.toBe(c.quantised);
  expect(own.base).not.toBe(a.base);
});
