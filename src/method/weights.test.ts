import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import { groupAdvantage } from './advantage.js';
import { RELEASED } from './released.js';
import { asLogProbs, pearson, spearman, sum } from './statistics.js';
import {
  type GrpoSample,
  type GrpoSettings,
  grpoSampleWeights,
  grpoWeights,
  type Normalisation,
  sftLoss,
  sftWeights,
  tokenShares,
} from './weights.js';

const close = (values: ArrayLike<number>, digits = 14) => Array.from(values, (value) => expect.closeTo(value, digits));

describe('shares of the batch', () => {
  test('by hand', () => {
    expect([...tokenShares([2, 4], 'sequence')]).toEqual([1 / 4, 1 / 8]);
    expect([...tokenShares([2, 4], 'token')]).toEqual([1 / 6, 1 / 6]);
    expect([...tokenShares([2, 4], { constantTokens: 16 })]).toEqual([1 / 32, 1 / 32]);
  });

  test('a sequence without tokens counts as a sequence and adds nothing', () => {
    expect([...tokenShares([2, 0], 'sequence')]).toEqual([1 / 4, 0]);
    expect([...tokenShares([2, 0], 'token')]).toEqual([1 / 2, 0]);
  });

  test('a batch without tokens and odd lengths are refused', () => {
    for (const lengths of [[], [0, 0], [1, -1], [1.5]]) {
      for (const normalisation of ['sequence', 'token', { constantTokens: 4 }] satisfies Normalisation[]) {
        expect(() => tokenShares(lengths, normalisation)).toThrow(UsageError);
      }
    }
    expect(() => tokenShares([1], { constantTokens: 0 })).toThrow(/constantTokens/);
  });

  test('sum to 1 over the tokens', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.constantFrom('sequence' as const, 'token' as const), (lengths_N, normalisation) => {
        const shares = tokenShares(lengths_N, normalisation);
        expect(sum(shares.map((share, n) => share * (lengths_N[n] as number)))).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('SFT', () => {
  test('weights are 1 / tokens of the whole batch, the loss is the mean negative log-likelihood', () => {
    const weights = sftWeights([1, 3]);
    expect(weights).toEqual([new Float64Array([0.25]), new Float64Array([0.25, 0.25, 0.25])]);
    expect(sftLoss(weights, [asLogProbs([-4]), asLogProbs([-1, -2, -1])])).toBe(2);
    // mean of the sequences' means: (4 + 4/3) / 2
    expect(sftLoss(sftWeights([1, 3], 'sequence'), [asLogProbs([-4]), asLogProbs([-1, -2, -1])])).toBeCloseTo(
      8 / 3,
      14,
    );
  });

  test('log-probs that are missing or not finite are named', () => {
    expect(() => sftLoss(sftWeights([1, 1]), [asLogProbs([-1]), asLogProbs([Number.NaN])])).toThrow(NumericError);
    expect(() => sftLoss(sftWeights([1, 1]), [asLogProbs([-1]), asLogProbs([Number.NaN])])).toThrow(
      /logProbs\[0\].*sample 1/,
    );
    expect(() => sftLoss(sftWeights([1, 1]), [asLogProbs([-1])])).toThrow(UsageError);
    expect(() => sftLoss(sftWeights([1, 1]), [asLogProbs([-1]), asLogProbs([-1, -1])])).toThrow(UsageError);
  });
});

describe('GRPO', () => {
  test('by hand, as released', () => {
    const { weights_NT, loss, kl, clippedLow, clippedHigh } = grpoWeights(
      [
        { advantage: 1, logProbs: asLogProbs([-1, -2]), reference: asLogProbs([-1, -1]) },
        { advantage: -1, logProbs: asLogProbs([-1]), reference: asLogProbs([-2]) },
      ],
      RELEASED.grpo,
    );
    // First sequence: share 1 / (2 * 2). ref - lp = 0: weight 1/4.
    // ref - lp = 1: 1 - e = -1.718281828, (1 + 0.04 * 1.718281828) / 4: the reference finds it likelier, so it is
    // pushed up.
    // Second: share 1 / (1 * 2). ref - lp = -1: 1 - 1/e = 0.632120559, (-1 - 0.04 * 0.632120559) / 2.
    expect(weights_NT[0]).toEqual(new Float64Array([0.25, (1 + 0.04 * (Math.E - 1)) / 4]));
    expect([...(weights_NT[1] as Float64Array)]).toEqual(close([(-1 - 0.04 * (1 - 1 / Math.E)) / 2]));
    // k3: 0, e - 2, 1/e. Loss: (-1 + (-1 + 0.04 (e - 2))) / 4 + (1 + 0.04 / e) / 2
    expect(loss).toBeCloseTo((-2 + 0.04 * (Math.E - 2)) / 4 + (1 + 0.04 / Math.E) / 2, 14);
    expect(kl).toBeCloseTo((Math.E - 2 + 1 / Math.E) / 3, 14);
    expect([clippedLow, clippedHigh]).toEqual([0, 0]);
  });

  test('clipping by hand: ratio 1.5 and 0.5 with either sign, low 0.2, high 0.3', () => {
    const settings: GrpoSettings = { beta: 0, normalisation: { constantTokens: 1 }, clip: { low: 0.2, high: 0.3 } };
    const logProbs = asLogProbs([Math.log(1.5), Math.log(0.5), 0]);
    const sample = { logProbs, old: asLogProbs([0, 0, 0]) };
    // A = 2: min(3, 2.6) is clipped; min(1, 1.6) = 1 is not: weight A * ratio = 1.
    const up = grpoSampleWeights({ ...sample, advantage: 2 }, 1, settings);
    expect([...up.weights]).toEqual(close([0, 1, 2]));
    expect(up.loss).toBeCloseTo(-(2.6 + 1 + 2), 14);
    expect([up.clippedLow, up.clippedHigh]).toEqual([0, 1]);
    // A = -2: min(-3, -2.6) = -3 is not clipped; min(-1, -1.6) = -1.6 is.
    const down = grpoSampleWeights({ ...sample, advantage: -2 }, 1, settings);
    expect([...down.weights]).toEqual(close([-3, 0, -2]));
    expect(down.loss).toBeCloseTo(3 + 1.6 + 2, 14);
    expect([down.clippedLow, down.clippedHigh]).toEqual([1, 0]);
  });

  test('in the first update of a batch clipping changes nothing', () => {
    const clip = { low: 0.2, high: 0.2 };
    const sample = { advantage: -0.3, logProbs: asLogProbs([-1, -0.2]), reference: asLogProbs([-1.5, -0.1]) };
    const strict = grpoWeights([sample], RELEASED.grpo);
    const first = grpoWeights([{ ...sample, old: asLogProbs(sample.logProbs) }], { ...RELEASED.grpo, clip });
    expect(first).toEqual({ ...strict, ratio: 1, samplingKl: 0 });
    expect([strict.ratio, strict.samplingKl]).toEqual([undefined, undefined]);
  });

  test('with clipping, the mean ratio and the KL to the sampling policy are over all tokens of the batch', () => {
    const settings: GrpoSettings = { beta: 0, normalisation: 'sequence', clip: { low: 0.2, high: 0.2 } };
    const samples = [
      { advantage: 1, logProbs: asLogProbs([Math.log(1.5), Math.log(0.5)]), old: asLogProbs([0, 0]) },
      { advantage: -1, logProbs: asLogProbs([-2]), old: asLogProbs([-2]) },
    ];
    const { ratio, samplingKl } = grpoWeights(samples, settings);
    expect(ratio).toBeCloseTo((1.5 + 0.5 + 1) / 3, 14);
    // KL(old || now): ratio - 1 - log ratio
    expect(samplingKl).toBeCloseTo((0.5 - Math.log(1.5) + (-0.5 - Math.log(0.5))) / 3, 14);
  });

  test('bounds that do not clip, and a ratio beyond the largest number, are refused', () => {
    const sample = { advantage: 1, logProbs: asLogProbs([0]), old: asLogProbs([-800]) };
    for (const clip of [
      { low: -0.1, high: 0.2 },
      { low: 1.1, high: 0.2 },
      { low: 0.2, high: -0.1 },
    ]) {
      expect(() => grpoWeights([sample], { beta: 0, normalisation: 'token', clip })).toThrow(/clip\.(low|high) is/);
    }
    const clip = { low: 0.2, high: 0.2 };
    expect(() => grpoWeights([sample], { beta: 0, normalisation: 'token', clip })).toThrow(/ratio\[0\] is Infinity/);
  });

  test('a group of one, equal rewards and no KL move nothing', () => {
    for (const rewards of [[-0.7], [0.1, 0.1, 0.1]]) {
      const { advantages_G } = groupAdvantage(rewards);
      const samples = Array.from(advantages_G, (advantage) => ({ advantage, logProbs: asLogProbs([-1, -2]) }));
      const { weights_NT, loss } = grpoWeights(samples, { beta: 0, normalisation: 'sequence' });
      expect(weights_NT.every((weights) => weights.every((weight) => weight === 0))).toBe(true);
      expect(Math.abs(loss)).toBe(0);
    }
  });

  test('the KL is measured with a beta of 0 when a reference is there', () => {
    const settings: GrpoSettings = { beta: 0, normalisation: 'token' };
    const sample = { advantage: 1, logProbs: asLogProbs([-1]) };
    expect(grpoWeights([sample], settings).kl).toBeUndefined();
    expect(grpoWeights([{ ...sample, reference: asLogProbs([0]) }], settings).kl).toBeCloseTo(Math.E - 2, 14);
    expect(grpoWeights([{ ...sample, reference: asLogProbs([0]) }], settings).weights_NT[0]).toEqual(
      new Float64Array([1]),
    );
  });

  test('an array that is absent, of another length, or not finite is named', () => {
    const bad: [Partial<GrpoSample>, GrpoSettings, RegExp][] = [
      [{}, RELEASED.grpo, /reference.*needed/],
      [{ reference: asLogProbs([-1]) }, { ...RELEASED.grpo, clip: { low: 0.2, high: 0.2 } }, /old.*needed/],
      [{ reference: asLogProbs([-1, -1]) }, RELEASED.grpo, /reference has 2 values for 1/],
      [{ reference: asLogProbs([Number.NaN]) }, RELEASED.grpo, /reference\[0\] is NaN.*sample 0/],
      [{ reference: asLogProbs([-1]), advantage: Number.NaN }, RELEASED.grpo, /advantage\[0\] is NaN/],
      // exp(799) is beyond the largest number.
      [{ reference: asLogProbs([-1]), logProbs: asLogProbs([-800]) }, RELEASED.grpo, /weights\[0\] is Infinity/],
    ];
    for (const [part, settings, message] of bad) {
      expect(() => grpoWeights([{ advantage: 1, logProbs: asLogProbs([-1]), ...part }], settings)).toThrow(message);
    }
  });
});

describe('the weights are the gradient', () => {
  // A tabular policy: logits_SV per state, log p = log softmax(logits / tau). Sequences visit states and choose tokens.
  const tau = 0.7;
  const states = 3;
  const tokens = 4;
  type Choice = readonly [state: number, token: number];
  const logProb = (logits: readonly number[], [state, token]: Choice): number => {
    const row = logits.slice(state * tokens, (state + 1) * tokens).map((logit) => logit / tau);
    return (row[token] as number) - Math.log(sum(row.map(Math.exp)));
  };
  // d/dlogits of sum_t w_t log p_t: each choice adds w (onehot - p) / tau to its state's row.
  const pullBack = (
    logits: readonly number[],
    choices_NT: readonly (readonly Choice[])[],
    weights_NT: readonly Float64Array[],
  ) => {
    const gradient = new Float64Array(logits.length);
    for (const [n, choices] of choices_NT.entries()) {
      for (const [t, [state, token]] of choices.entries()) {
        const weight = weights_NT[n]?.[t] as number;
        for (let v = 0; v < tokens; v++) {
          const p = Math.exp(logProb(logits, [state, v]));
          gradient[state * tokens + v] =
            (gradient[state * tokens + v] as number) + (weight * ((v === token ? 1 : 0) - p)) / tau;
        }
      }
    }
    return gradient;
  };

  const logits = fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), {
    minLength: states * tokens,
    maxLength: states * tokens,
  });
  const choice = fc.tuple(fc.nat(states - 1), fc.nat(tokens - 1));
  const batch = fc.array(
    fc.record({
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
      choices: fc.array(choice, { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const normalisations = fc.constantFrom<Normalisation>('sequence', 'token', { constantTokens: 7 });

  test.each([
    ['one update a batch', undefined],
    ['several updates with clipping', { low: 0.2, high: 0.3 }],
  ])('of the GRPO loss by finite differences: %s', (_, clip) => {
    fc.assert(
      fc.property(logits, logits, logits, batch, normalisations, (now, reference, sampler, samples, normalisation) => {
        const beta = 0.3;
        const old = clip === undefined ? now : sampler;
        // The loss from its definition, as a function of the logits; `old` and the reference are constants.
        const lossAt = (theta: readonly number[]): number => {
          const means = samples.map(({ advantage, choices }) => {
            const losses = choices.map((at) => {
              const lp = logProb(theta, at);
              const ref = logProb(reference, at);
              const ratio = Math.exp(lp - logProb(old, at));
              const bounded = clip === undefined ? ratio : Math.min(1 + clip.high, Math.max(1 - clip.low, ratio));
              const kl = Math.exp(ref - lp) - (ref - lp) - 1;
              return -(Math.min(ratio * advantage, bounded * advantage) - beta * kl);
            });
            return { total: losses.reduce((a, b) => a + b), length: losses.length };
          });
          const total = means.reduce((a, b) => a + b.total, 0);
          if (normalisation === 'sequence') return means.reduce((a, b) => a + b.total / b.length, 0) / means.length;
          if (normalisation === 'token') return total / means.reduce((a, b) => a + b.length, 0);
          return total / (means.length * 7);
        };
        // The loss has a kink where a ratio is at a bound: no derivative there to compare with.
        if (clip !== undefined) {
          const ratios = samples.flatMap(({ choices }) =>
            choices.map((at) => Math.exp(logProb(now, at) - logProb(old, at))),
          );
          fc.pre(ratios.every((ratio) => Math.abs(ratio - 0.8) > 1e-3 && Math.abs(ratio - 1.3) > 1e-3));
        }

        const { weights_NT, loss } = grpoWeights(
          samples.map(({ advantage, choices }) => ({
            advantage,
            logProbs: asLogProbs(choices.map((at) => logProb(now, at))),
            reference: asLogProbs(choices.map((at) => logProb(reference, at))),
            old: asLogProbs(choices.map((at) => logProb(old, at))),
          })),
          { beta, normalisation, ...(clip === undefined ? {} : { clip }) },
        );
        expect(loss).toBeCloseTo(lossAt(now), 11);
        const gradient = pullBack(
          now,
          samples.map(({ choices }) => choices),
          weights_NT,
        );
        const h = 1e-5;
        for (const i of now.keys()) {
          const above = now.with(i, (now[i] as number) + h);
          const below = now.with(i, (now[i] as number) - h);
          const slope = (lossAt(above) - lossAt(below)) / (2 * h);
          // Ratios reach e^8 here: an absolute bound for small slopes, a relative one for large.
          expect(Math.abs((gradient[i] as number) + slope)).toBeLessThan(
            1e-6 * (1 + Math.abs(slope)) + (1e-10 * Math.abs(loss)) / h,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('weights of a micro-batch are those of the whole batch', () => {
    const samples = [
      { advantage: 1, logProbs: asLogProbs([-1, -2, -3]), reference: asLogProbs([-2, -2, -2]) },
      { advantage: -1, logProbs: asLogProbs([-0.5]), reference: asLogProbs([-1]) },
    ];
    for (const normalisation of ['sequence', 'token'] as const) {
      const settings = { ...RELEASED.grpo, normalisation };
      const whole = grpoWeights(samples, settings).weights_NT;
      const shares = tokenShares([3, 1], normalisation);
      const single = samples.map((sample, n) => grpoSampleWeights(sample, shares[n] as number, settings).weights);
      expect(single).toEqual(whole);
      expect(grpoWeights(samples.toReversed(), settings).weights_NT.toReversed()).toEqual(whole);
    }
  });
});

describe('independent implementations agree (scripts/goldens/method.py)', () => {
  const goldens = JSON.parse(readFileSync(new URL('../../src/method/goldens/method.json', import.meta.url), 'utf8'));

  test("GRPO's loss, its gradient at every log-prob, KL and clipped shares: TRL", () => {
    const { advantages, logProbs, reference, old, cases } = goldens.grpo;
    expect(cases).toHaveLength(12);
    for (const golden of cases) {
      const settings: GrpoSettings = golden.settings;
      const result = grpoWeights(
        advantages.map((advantage: number, n: number) => ({
          advantage,
          logProbs: logProbs[n],
          ...(settings.beta === 0 ? {} : { reference: reference[n] }),
          old: old[n],
        })),
        settings,
      );
      expect(result.loss).toBeCloseTo(golden.loss, 12);
      expect(result.weights_NT.map((weights) => [...weights])).toEqual(
        golden.weights.map((row: number[]) => close(row, 12)),
      );
      if (golden.kl === null) expect(result.kl).toBeUndefined();
      else expect(result.kl).toBeCloseTo(golden.kl, 12);
      expect(result.clippedLow).toBeCloseTo(golden.clippedLow, 12);
      expect(result.clippedHigh).toBeCloseTo(golden.clippedHigh, 12);
    }
    expect(cases.some((golden: { clippedLow: number }) => golden.clippedLow > 0)).toBe(true);
    expect(cases.some((golden: { clippedHigh: number }) => golden.clippedHigh > 0)).toBe(true);
  });

  test('group advantages: torch', () => {
    for (const { rewards, std, scaled, unscaled } of goldens.advantage) {
      expect(groupAdvantage(rewards).std).toBeCloseTo(std, 13);
      expect([...groupAdvantage(rewards).advantages_G]).toEqual(close(scaled, 12));
      expect([...groupAdvantage(rewards, { scaleByStd: false, epsilon: 1e-4 }).advantages_G]).toEqual(
        close(unscaled, 13),
      );
    }
  });

  test('correlations: scipy', () => {
    for (const golden of goldens.correlation) {
      expect(pearson(golden.xs, golden.ys)).toBeCloseTo(golden.pearson, 9);
      expect(spearman(golden.xs, golden.ys)).toBeCloseTo(golden.spearman, 12);
    }
  });
});
