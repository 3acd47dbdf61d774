import { expect, test } from 'vitest';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import { adapterForm } from '../weights/adapter-form.js';
import { PeakMemory, type SizedUse } from './peak-memory.js';

const architecture = (hidden: number, layers = 2) => llamaArchitecture({ hidden, feedForward: 2 * hidden, layers });
const large = architecture(1024);
const one = { threads: 1 };
const lora = adapterForm(large, { rank: 8, alpha: 8, targets: ['q_proj'], seed: 0 });

const peak = (uses: readonly SizedUse[], settings = {}) =>
  new PeakMemory(localSettings({ ...one, ...settings })).stage(uses);
const idle = (more: Partial<SizedUse> = {}): SizedUse => ({ base: 'a', architecture: large, calls: [], ...more });
const train = { kind: 'train', groups: 1, rows: 1, promptTokens: 0, ownTokens: 100 } as const;

// Of each layer: q, k, v and o, gate, up and down; two norms. Besides: embedding and the last norm.
const MATRICES = 2 * (4 * 1024 * 1024 + 3 * 1024 * 2048);
const WEIGHTS = MATRICES + 2 * 2 * 1024 + 512 * 1024 + 1024;

test('a frozen model takes its weights; one of the same files takes nothing more', () => {
  const process = peak([]);
  expect(peak([idle()]) - process).toBe(4 * WEIGHTS);
  expect(peak([idle(), idle()]) - process).toBe(4 * WEIGHTS);
  expect(peak([idle(), idle({ base: 'b' })]) - process).toBe(2 * 4 * WEIGHTS);
});

test('8 bits take 9 bits a weight of the matrices, and 4 bits 5.25', () => {
  const saved = (bits: 4 | 8) => peak([idle()]) - peak([idle({ bits })]);
  expect(saved(8)).toBe((MATRICES * (32 - 9)) / 8);
  expect(saved(4)).toBe((MATRICES * (32 - 5.25)) / 8);
});

test('a model that samples in 4 bits has its matrices a second time, and a part of them in holes of the allocator', () => {
  const sampling = (layers: number, bits: 4 | 8): number => {
    const use = idle({ architecture: architecture(1024, layers), bits });
    const call = { kind: 'sample', groups: 1, rows: 2, promptTokens: 8, ownTokens: 8, times: 1 } as const;
    return peak([{ ...use, calls: [call] }]) - peak([use]);
  };
  // Activations are those of one layer; of each layer more, matrices, keys, values and nodes are.
  const ofLayer = (bits: 4 | 8): number => (sampling(6, bits) - sampling(2, bits)) / 4;
  const matrices = ((MATRICES / 2) * 5.25) / 8;
  expect(ofLayer(4) - ofLayer(8)).toBeGreaterThan(matrices);
  expect(ofLayer(4) - ofLayer(8)).toBeLessThan(1.5 * matrices);
});

test('with packed weights a model that samples few sequences has its matrices and the head a second time', () => {
  const settings = { packedWeights: true };
  const call = (groups: number, rows: number) =>
    ({ kind: 'sample', groups, rows, promptTokens: 8, ownTokens: 8, times: 1 }) as const;
  const more = (use: SizedUse): number => peak([use], settings) - peak([use]);
  const held = 4 * (MATRICES + 512 * 1024);
  for (const groups of [1, 4]) {
    expect(more(idle({ calls: [call(groups, 1)] }))).toBeGreaterThan(held);
    expect(more(idle({ calls: [call(groups, 1)] }))).toBeLessThan(1.5 * held);
  }
  const others = [call(5, 1), call(1, 2), { ...train, kind: 'score' } as const];
  for (const one of others) expect(more(idle({ calls: [one] }))).toBe(0);
  expect(more(idle({ training: { lora, reference: 'none' }, calls: [call(1, 1)] }))).toBe(0);
  expect(more(idle({ bits: 8, calls: [call(1, 1)] }))).toBe(0);
});

test('models of different weights hold them in sessions of their own', () => {
  const call = { kind: 'sample', groups: 1, rows: 1, promptTokens: 8, ownTokens: 8, times: 1 } as const;
  const two = (base: string, settings: object, bits?: 4): number =>
    peak([idle({ calls: [call], bits }), idle({ base, bits, calls: [call] })], settings) -
    peak([idle({ bits }), idle({ base, bits })], settings);
  for (const [settings, bits] of [[{ packedWeights: true }], [{}, 4]] as const) {
    expect(two('b', settings, bits)).toBeGreaterThan(1.7 * two('a', settings, bits));
  }
  expect(two('b', {})).toBeCloseTo(two('a', {}), 3);
});

test('what learns has a gradient and two moments; a reference is one copy more', () => {
  const full = { lora: null, reference: 'none' } as const;
  expect(peak([idle({ training: full })]) - peak([idle()])).toBe(3 * 4 * WEIGHTS);
  const copied = { lora: null, reference: 'copy' } as const;
  expect(peak([idle({ training: copied })]) - peak([idle({ training: full })])).toBe(4 * WEIGHTS);
  // Rank 8 on q of two layers: A [8, 1024] and B [1024, 8].
  const adapter = 2 * 2 * 8 * 1024;
  const adapted = { lora, reference: 'none' } as const;
  expect(peak([idle({ training: adapted })]) - peak([idle()])).toBe(4 * 4 * adapter);
  // The base of an adapter that learns is that of the frozen model.
  expect(peak([idle(), idle({ training: adapted })]) - peak([idle({ training: adapted })])).toBe(0);
});

test('training needs less with checkpoints and with smaller micro-batches; long sequences need more than in proportion', () => {
  const deep = architecture(576, 12);
  const form = adapterForm(deep, { rank: 8, alpha: 8, targets: ['q_proj'], seed: 0 });
  const use = (ownTokens: number, groups = 1): SizedUse => ({
    base: 'a',
    architecture: deep,
    training: { lora: form, reference: 'none' },
    calls: [{ ...train, groups, ownTokens }],
  });
  const rest = peak([{ ...use(1), calls: [] }]);
  const of = (tokens: number) => peak([use(tokens)]) - rest;
  expect(of(400) - of(200)).toBeGreaterThan(of(200) - of(0.001 + 100) * 0.99);
  expect(peak([use(400)], { gradientCheckpointing: true })).toBeLessThan(peak([use(400)]));
  expect(peak([use(100, 8)], { activationBytes: 2 ** 24 })).toBeLessThan(peak([use(100, 8)]));
});

test('the first program for training keeps its memory for the stages after it', () => {
  const memory = new PeakMemory(localSettings(one));
  const learning = idle({ training: { lora, reference: 'none' }, calls: [train] });
  const first = memory.stage([learning]);
  const after = memory.stage([idle()]);
  expect(after).toBeGreaterThan(peak([idle()]));
  expect(after).toBeLessThan(first);
});

test('lanes have copies of a small model, and equal parts of the memory for activations', () => {
  const small = { base: 'a', architecture: architecture(64), calls: [] };
  const bytes = 4 * (2 * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64) + 512 * 64 + 64);
  const lanes = (threads: number) => peak([small], { threads }) - peak([], { threads });
  expect(lanes(1)).toBe(bytes);
  expect(lanes(3) - lanes(2)).toBe(bytes + (lanes(3) - 4 * bytes) / 3);
});

test('what no context holds is not predicted, however long texts may be', () => {
  const sample = (tokens: number): SizedUse =>
    idle({ calls: [{ kind: 'sample', groups: 4, rows: 4, promptTokens: tokens, ownTokens: tokens }] });
  const { contextTokens } = large;
  expect(peak([sample(1000 * contextTokens)])).toBe(peak([sample(contextTokens)]));
});

test('a reference that is blended with an adapter has matrices of its own, and nothing more while it blends', () => {
  const use = (reference: 'copy' | 'blend') => idle({ training: { lora, reference } });
  const adapter = 2 * 2 * 8 * 1024;
  expect(peak([use('blend')]) - peak([use('copy')])).toBe(4 * (MATRICES - adapter));
});

test('one call has a cache of keys and values: that of the call before was given back', () => {
  const sample = (groups: number): SizedUse =>
    idle({ calls: [{ kind: 'sample', groups, rows: 4, promptTokens: 100, ownTokens: 400 }] });
  const ofGroup = 4 * 2 * 2 * 1024 * (4 * 400 + 100);
  const more = peak([sample(3)], { cacheBytes: 2 ** 33 }) - peak([sample(2)], { cacheBytes: 2 ** 33 });
  expect(more).toBeGreaterThan(ofGroup);
  expect(more).toBeLessThan(1.5 * ofGroup);
});

test('the garbage of threads that trained stays in later stages', () => {
  const memory = new PeakMemory(localSettings({ threads: 2 }));
  const small: SizedUse = { base: 'a', architecture: architecture(64), calls: [] };
  const score: SizedUse = { ...small, calls: [{ ...train, kind: 'score' }] };
  const before = memory.stage([score]);
  memory.stage([{ ...small, training: { lora: null, reference: 'none' }, calls: [train] }]);
  expect(memory.stage([score]) - before).toBeGreaterThan(2 * 32 * 2 ** 20);
});
