import { describe, expect, it } from 'vitest';
import { tokenIds } from '../../../text/tokens.js';
import { localSettings } from '../settings.js';
import { llamaArchitecture } from '../testing/llama.js';
import { adapterForm } from '../weights/adapter-form.js';
import type { ModelForm } from '../weights/model-form.js';
import { tokensOfCall } from './call-shapes.js';
import { callTokens, isWorthTwo, lanesOf, learningLanesOf, secondLaneBytes } from './division.js';

const MIB = 2 ** 20;
const two = localSettings({ threads: 2 });
const formOf = (hidden: number, adapted = true): ModelForm => {
  const architecture = llamaArchitecture({ hidden, feedForward: 4 * hidden, layers: 2, vocabulary: 20_000 });
  const settings = { rank: 8, alpha: 8, targets: ['q_proj'], seed: 0 } as const;
  return { architecture, adapter: adapted ? adapterForm(architecture, settings) : undefined };
};
const [small, large] = [formOf(128), formOf(768)];

describe('who computes', () => {
  it('small models are shared by all threads in all calls, large ones are not', () => {
    const activationBytes = 600 * MIB;
    expect(lanesOf(localSettings({ threads: 3, activationBytes, cacheBytes: 300 }), small)).toMatchObject({
      count: 3,
      here: false,
      own: { threads: 1, activationBytes: 200 * MIB, cacheBytes: 100 },
    });
    expect(lanesOf(two, large)).toBeUndefined();
    expect(lanesOf(localSettings({ threads: 64 }), small)).toMatchObject({ count: 8, own: { threads: 8 } });
    for (const settings of [{ threads: 1 }, { threads: 2, provider: 'webgpu' }] as const)
      expect(lanesOf(localSettings(settings), small)).toBeUndefined();
  });

  it('large models learn in two lanes, this thread one of them, with half of what a micro-batch may take', () => {
    expect(learningLanesOf(two, large)).toMatchObject({
      count: 2,
      here: true,
      own: { threads: 1, activationBytes: 512 * MIB },
    });
    expect(learningLanesOf(localSettings({ threads: 8 }), large)).toMatchObject({ count: 2, own: { threads: 4 } });
    expect(learningLanesOf(two, small)).toBeUndefined();
  });

  it.each([
    ['an odd number of threads', { threads: 3 }],
    ['one thread', { threads: 1 }],
    ['checkpoints', { threads: 2, gradientCheckpointing: true }],
    ['another provider', { threads: 2, provider: 'webgpu' }],
    ['less room for activations than a copy takes', { threads: 2, activationBytes: 64 * MIB }],
  ] as const)('but not with %s', (_, settings) => {
    expect(learningLanesOf(localSettings(settings), large)).toBeUndefined();
  });

  it('what a second lane takes', () => {
    const plain = formOf(768, false);
    const weights = 4 * (2 * (4 * 768 ** 2 + 3 * 4 * 768 ** 2 + 2 * 768) + 20_000 * 768 + 768);
    expect(secondLaneBytes(plain)).toBe(4 * weights);
    // Rank 8 on q of two layers, once beside the weights and three times as it learns.
    const adapter = 4 * 2 * 8 * 2 * 768;
    expect(secondLaneBytes(large)).toBe(weights + 4 * adapter);
    expect(secondLaneBytes({ ...large, bits: 8 })).toBeLessThan(secondLaneBytes(large));
  });
});

describe('which calls are worth two lanes', () => {
  const sequence = (begin: number, tokens: number, from = 1) => {
    const ids = tokenIds(Array.from({ length: tokens + 1 }, (_, i) => (i < from ? begin : i)));
    return { ids, positions: [from, tokens], temperature: 1 };
  };
  const isWorth = (sequences: Parameters<typeof callTokens>[0], settings = two) =>
    isWorthTwo(settings, large, callTokens(sequences));

  it('those of at least 256 tokens a lane', () => {
    expect(isWorth([sequence(1, 256), sequence(2, 256)])).toBe(true);
    expect(isWorth([sequence(1, 255), sequence(2, 256)])).toBe(false);
    expect(isWorth([sequence(1, 512)])).toBe(false);
    expect(isWorth([])).toBe(false);
  });

  it('those that can be divided evenly', () => {
    expect(isWorth([sequence(1, 400), sequence(2, 300)])).toBe(true);
    expect(isWorth([sequence(1, 400), sequence(2, 280)])).toBe(false);
    expect(isWorth([1, 2, 3].map((begin) => sequence(begin, 300)))).toBe(false);
    expect(isWorth([1, 2, 3, 4].map((begin) => sequence(begin, 300)))).toBe(true);
  });

  it('not those that would compute a long prompt twice', () => {
    const samples = (prompt: number, own: number) => [0, 1, 2, 3].map(() => sequence(7, prompt + own, prompt));
    expect(isWorth(samples(40, 300))).toBe(true);
    expect(isWorth(samples(400, 100))).toBe(false);
  });

  it('nor those of sequences that take more than all activations may', () => {
    const long = [sequence(1, 500), sequence(2, 500)];
    expect(isWorth(long)).toBe(true);
    expect(isWorth(long, localSettings({ threads: 2, activationBytes: 16 * MIB }))).toBe(false);
  });

  it('calls that are known by their lengths alone are divided as real ones', () => {
    for (const [groups, rows, prompt, own] of [
      [1, 1, 0, 300],
      [4, 1, 0, 300],
      [5, 1, 20, 300],
      [1, 4, 100, 50],
      [2, 8, 100, 50],
      [3, 4, 100, 60],
    ] as const) {
      const call = { kind: 'train', groups, rows, promptTokens: prompt, ownTokens: own } as const;
      const sequences = Array.from({ length: groups * rows }, (_, i) => {
        // The token before the first chosen position belongs to the sequence, not to what is shared.
        const shared = rows > 1 ? prompt + 1 : 1;
        return sequence(1 + Math.floor(i / rows), prompt + own, shared);
      });
      const [predicted, real] = [tokensOfCall(call), callTokens(sequences)];
      expect(predicted.longest).toBe(real.longest);
      expect(predicted.whole / real.whole).toBeCloseTo(1, 1);
      const fullest = [predicted, real].map(({ lanes }) => Math.max(...lanes));
      expect((fullest[0] ?? 0) / (fullest[1] ?? 0)).toBeCloseTo(1, 1);
    }
  });
});
