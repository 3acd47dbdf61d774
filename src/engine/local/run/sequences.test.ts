import { afterAll, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../errors.js';
import { RandomStream, randomKey } from '../../../random.js';
import {
  farthest,
  type GoldenModel,
  goldenSource,
  openPolicy,
  relativeError,
  testRuntime,
} from '../../../testing/goldens.js';
import { tokenIds } from '../../../text/tokens.js';
import type { CallProgress, LoraSettings, WeightedSequence } from '../../engine.js';
import type { LocalPolicy } from './local-model.js';

const runtime = testRuntime();
/** The smallest micro-batches that there are: about one sequence each, few positions at a time. */
const narrow = testRuntime({ activationBytes: 1 });
/** Sequences attend to themselves in two blocks of queries, from 20 tokens on in four. */
const blocks = testRuntime({}, { twoBlocks: 5 });
afterAll(() => Promise.all([runtime.close(), narrow.close(), blocks.close()]));

const source = goldenSource('qwen3');
const lora: LoraSettings = { rank: 3, alpha: 6, targets: ['q_proj', 'v_proj', 'down_proj'], seed: 5 };
const forms: Record<string, readonly [GoldenModel, LoraSettings?]> = {
  'all weights': ['qwen3'],
  'an adapter': ['qwen3', lora],
  'windows in all layers': ['mistral-window'],
  'windows in some layers': ['ministral', lora],
  'windows and caps': ['gemma2'],
  'windows with a rotation of their own': ['gemma3'],
  'fused projections': ['phi3', { ...lora, targets: ['qkv_proj', 'gate_up_proj'] }],
};
/** Every model has as many tokens. */
const VOCABULARY = 48;

const stream = new RandomStream(randomKey(3, 'sequences'));
const text = (length: number) => Array.from({ length }, () => stream.integer(0, VOCABULARY - 1));
const signed = (
  ids: readonly number[],
  positions: readonly number[],
  temperature = 1,
  weights = positions.map(() => stream.normal()),
): WeightedSequence => ({ ids: tokenIds(ids), positions, temperature, weights });
const from = (first: number, length: number) => Array.from({ length: length - first }, (_, i) => first + i);

const prompts = [text(20), text(33), text(12)];
const answer = (prompt: readonly number[], length: number, temperature = 1) => {
  const ids = [...prompt, ...text(length)];
  return signed(ids, from(prompt.length, ids.length), temperature);
};
const [first, second, third] = prompts as [number[], number[], number[]];
const twin = answer(first, 6);
const warmUp = signed(text(20), from(1, 20));

const batches: Record<string, readonly WeightedSequence[]> = {
  'eight of one length': Array.from({ length: 8 }, () => signed(text(16), from(1, 16))),
  'ragged lengths': [2, 3, 9, 17, 30, 31, 60, 64].map((length) => signed(text(length), from(1, length))),
  'groups of one prompt': [3, 7, 1, 12].map((length) => answer(first, length)),
  'groups of unequal size and length': [
    ...[5, 6, 2].map((length) => answer(first, length)),
    ...[9, 1].map((length) => answer(second, length)),
    ...[4, 4, 8].map((length) => answer(third, length)),
    answer(second, 3),
  ],
  'a group of one': [answer(first, 7)],
  'the same sequence three times': [twin, twin, twin],
  'a chosen position 1 alone': [signed(text(2), [1]), signed(text(9), [1])],
  'temperatures mixed in one call and one group': [0.3, 1, 2.5, 0.7].map((t) => answer(first, 5, t)),
  'weights of zero': [signed(text(8), [1, 5, 7], 1, [0, 0, 0]), signed(text(8), [2, 7], 1, [0, -1.5])],
  'sequences without chosen positions among others': [
    signed(text(8), []),
    signed(text(9), [4, 8]),
    signed([1], []),
    signed(text(5), [4]),
  ],
  'more positions than are projected at once': [signed(text(64), from(1, 64)), signed(text(63), from(1, 63))],
};

/** Accumulates and takes the gradient; each model starts afresh. */
async function gradientOf(policy: LocalPolicy, calls: readonly (readonly WeightedSequence[])[]) {
  const logProbs: Float32Array[] = [];
  for (const call of calls) logProbs.push(...(await policy.accumulate(call)));
  return { logProbs, gradients: new Map(await policy.gradients()) };
}

describe.each(Object.entries(forms))('training %s', (_, [model, adapter]) => {
  const open = async (where = runtime) => {
    const policy = await openPolicy(where, goldenSource(model), adapter);
    if (adapter === undefined) return policy;
    // One step away from the fresh adapter, whose B is zero.
    await policy.accumulate([warmUp]);
    const settings = { learningRate: 0.05, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
    await policy.step(settings);
    return policy;
  };

  it.each(Object.entries(batches))(
    '%s: as one call, one by one, in narrow micro-batches, in blocks of queries',
    async (name, sequences) => {
      const policy = await open();
      const whole = await gradientOf(policy, [sequences]);
      const single = await gradientOf(
        await open(),
        sequences.map((sequence) => [sequence]),
      );
      const cut = await gradientOf(await open(narrow), [sequences]);
      const inBlocks = await gradientOf(await open(blocks), [sequences]);
      const scored = await policy.logProbs(sequences);
      const backwards = await policy.logProbs([...sequences].reverse());
      sequences.forEach(({ positions }, s) => {
        expect(whole.logProbs[s]).toHaveLength(positions.length);
        for (const other of [single.logProbs, cut.logProbs, inBlocks.logProbs, scored, [...backwards].reverse()])
          expect(farthest(other[s] ?? [], whole.logProbs[s] ?? []), `${name}, sequence ${s}`).toBeLessThan(2e-5);
      });
      for (const other of [single, cut, inBlocks]) {
        expect(other.gradients.size).toBe(whole.gradients.size);
        for (const [tensor, gradient] of whole.gradients)
          expect(relativeError(other.gradients.get(tensor) ?? [], gradient), tensor).toBeLessThan(2e-5);
      }
    },
  );

  it('an abort within the last micro-batch rejects the call, and the next call is as before', async () => {
    const policy = await open(narrow);
    const sequences = [signed(text(8), [1, 5, 7]), signed(text(9), [2, 3])];
    const expected = await policy.logProbs(sequences);
    const controller = new AbortController();
    const onProgress = ({ sequencesDone }: CallProgress) => {
      if (sequencesDone === sequences.length) controller.abort();
    };
    const { signal } = controller;
    await expect(policy.logProbs(sequences, { signal, onProgress })).rejects.toThrow(InterruptedError);
    await expect(policy.accumulate(sequences, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    expect(await policy.logProbs(sequences)).toEqual(expected);
  });

  it('gives no gradient where all weights are zero, and none for what was not chosen', async () => {
    const zero = await gradientOf(await open(), [[signed(text(8), [1, 5, 7], 1, [0, 0, 0])]]);
    const empty = await gradientOf(await open(), [[signed(text(8), [])]]);
    for (const { gradients } of [zero, empty])
      for (const gradient of gradients.values()) expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it('is linear in the weights: opposite weights cancel', async () => {
    const sequence = answer(second, 8);
    const opposite = { ...sequence, weights: Array.from(sequence.weights, (weight) => -weight) };
    const alone = await gradientOf(await open(), [[sequence]]);
    const both = await gradientOf(await open(), [[sequence, opposite]]);
    for (const [tensor, gradient] of both.gradients) {
      const size = Math.max(...(alone.gradients.get(tensor) ?? []).map(Math.abs));
      expect(Math.max(...gradient.map(Math.abs)), tensor).toBeLessThan(1e-5 * size + 1e-7);
    }
  });
});

it('reports progress that ends at all sequences', async () => {
  const policy = await openPolicy(narrow, source);
  const seen: number[] = [];
  const sequences = batches['ragged lengths'] ?? [];
  await policy.logProbs(sequences, { onProgress: ({ sequencesDone }) => seen.push(sequencesDone) });
  expect(seen.at(-1)).toBe(sequences.length);
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
});
