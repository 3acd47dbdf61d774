import { describe, expect, it } from 'vitest';
import { NumericError } from '../../../errors.js';
import { adamState, adamStep, gradientNorm } from './adam.js';

const SETTINGS = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
const NONE: ReadonlySet<string> = new Set();
const tensors = (values: Record<string, readonly number[]>) =>
  new Map(Object.entries(values).map(([name, array]) => [name, Float32Array.from(array)]));

describe('AdamW', () => {
  it('moves uphill by the learning rate at its first step, whatever the size of the gradient', () => {
    const values = tensors({ w: [1, 1, 1] });
    adamStep(values, tensors({ w: [2, -0.001, 0] }), adamState(values), SETTINGS, NONE);
    const [up, down, still] = values.get('w') ?? [];
    expect(up).toBeCloseTo(1.1, 6);
    expect(down).toBeCloseTo(0.9, 5);
    expect(still).toBe(1);
  });

  it('takes a second step with corrected moments', () => {
    // m = 0.9 * 0.1 * 1 + 0.1 * 3 = 0.39, corrected by 0.19; v = 0.99 * 0.01 * 1 + 0.01 * 9 = 0.0999, by 0.0199.
    const values = tensors({ w: [0] });
    const state = adamState(values);
    adamStep(values, tensors({ w: [1] }), state, SETTINGS, NONE);
    adamStep(values, tensors({ w: [3] }), state, SETTINGS, NONE);
    const second = (0.1 * (0.39 / 0.19)) / Math.sqrt(0.0999 / 0.0199);
    expect(values.get('w')?.[0]).toBeCloseTo(0.1 + second, 6);
    expect(state.steps).toBe(2);
  });

  it('decays weights apart from the gradient', () => {
    const values = tensors({ w: [2] });
    adamStep(values, tensors({ w: [0] }), adamState(values), { ...SETTINGS, weightDecay: 0.5 }, NONE);
    expect(values.get('w')?.[0]).toBeCloseTo(2 * (1 - 0.1 * 0.5), 6);
  });

  it('leaves norms and biases alone, unless all is to decay', () => {
    const decayed = (decay?: 'matrices' | 'all') => {
      const values = tensors({ matrix: [2], norm: [2], bias: [2] });
      const settings = { ...SETTINGS, weightDecay: 0.5, ...(decay && { decay }) };
      const zeros = tensors({ matrix: [0], norm: [0], bias: [0] });
      adamStep(values, zeros, adamState(values), settings, new Set(['norm', 'bias']));
      return ['matrix', 'norm', 'bias'].map((name) => values.get(name)?.[0]);
    };
    const kept = Math.fround(2 * (1 - 0.1 * 0.5));
    expect(decayed()).toEqual([kept, 2, 2]);
    expect(decayed('matrices')).toEqual([kept, 2, 2]);
    expect(decayed('all')).toEqual([kept, kept, kept]);
  });

  it('clips by the norm over all tensors, and reports the norm before', () => {
    const clipped = tensors({ a: [0], b: [0] });
    const scaled = tensors({ a: [0], b: [0] });
    const settings = { ...SETTINGS, epsilon: 1 };
    const gradients = tensors({ a: [30], b: [40] });
    const clipping = { ...settings, clipNorm: 5 };
    const { gradientNorm: norm } = adamStep(clipped, gradients, adamState(clipped), clipping, NONE);
    adamStep(scaled, tensors({ a: [3], b: [4] }), adamState(scaled), settings, NONE);
    expect(norm).toBe(50);
    for (const name of ['a', 'b']) expect(clipped.get(name)?.[0]).toBeCloseTo(scaled.get(name)?.[0] ?? Number.NaN, 6);
  });

  it('changes nothing and names the tensor where a gradient is not finite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = tensors({ fine: [1], broken: [1] });
      const state = adamState(values);
      const gradients = tensors({ fine: [1], broken: [bad] });
      expect(() => adamStep(values, gradients, state, SETTINGS, NONE)).toThrow(NumericError);
      expect(() => gradientNorm(gradients)).toThrow('tensor broken');
      expect([values.get('fine')?.[0], values.get('broken')?.[0], state.steps]).toEqual([1, 1, 0]);
    }
  });
});
