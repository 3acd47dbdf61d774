import { describe, expect, it } from 'vitest';
import { InputError, UnsupportedError } from '../../errors.js';
import { checkColumns, chooseLoss, lossOf } from './losses.js';

const LOG_PROBS = [-0.5, -1, -2, -0.1, -3];
const COLUMNS = new Map<string, readonly number[]>([
  ['logprobs', [-0.7, -0.9, -1.2, -0.5, -2.99]],
  ['advantages', [1, -1, 0.5, -2, 0]],
]);
const WEIGHTS = new Map<string, readonly number[]>([['weights', [1, -1, 0.5, 0, 2]]]);

const computed = (name: string, settings: Readonly<Record<string, number>>, logProbs: readonly number[]) => {
  const loss = chooseLoss(name, new Map(Object.entries(settings)));
  const columns = checkColumns(loss, name === 'cross_entropy' ? WEIGHTS : COLUMNS, logProbs.length, 0);
  return lossOf(loss, columns, logProbs);
};

describe('losses as weights', () => {
  it.each([
    ['cross_entropy', {}],
    ['importance_sampling', {}],
    ['ppo', {}],
    ['ppo', { clip_low_threshold: 0.9, clip_high_threshold: 1.1 }],
    ['dro', { beta: 0.3 }],
  ] as const)('%s: the weights are minus its derivative %o', (name, settings) => {
    const { weights } = computed(name, settings, LOG_PROBS);
    LOG_PROBS.forEach((_, i) => {
      const at = (step: number) =>
        computed(
          name,
          settings,
          LOG_PROBS.map((value, j) => (j === i ? value + step : value)),
        ).loss;
      expect(weights[i], `${name} ${i}`).toBeCloseTo(-(at(1e-6) - at(-1e-6)) / 2e-6, 6);
    });
  });

  it('cispo: the clipped ratio is a constant', () => {
    const { weights, loss } = computed('cispo', { clip_high_threshold: 1.1 }, LOG_PROBS);
    // exp(-0.5 + 0.7) = 1.22 and exp(-0.1 + 0.5) = 1.49 are clipped to 1.1; the other ratios are below it.
    const expected = [1.1, -Math.exp(-0.1), 0.5 * Math.exp(-0.8), -2.2, 0];
    expected.forEach((value, i) => {
      expect(weights[i]).toBeCloseTo(value, 12);
    });
    expect(loss).toBeCloseTo(-expected.reduce((sum, value, i) => sum + value * (LOG_PROBS[i] ?? 0), 0), 12);
  });

  it('has the sums that a line of Python computes', () => {
    // -sum(r * A) and -sum(min(r * A, min(max(r, 0.8), 1.2) * A)) with r = exp(lp - q)
    expect(computed('importance_sampling', {}, LOG_PROBS).loss).toBeCloseTo(2.44241957309972, 12);
    expect(computed('ppo', {}, LOG_PROBS).loss).toBeCloseTo(2.4638223312598897, 12);
  });

  it('takes bounds of the ratio for each token', () => {
    const loss = chooseLoss('ppo', new Map());
    const bounds = new Map([...COLUMNS, ['clip_high_threshold', [1, 1, 1, 1, 1]]]);
    const { weights } = lossOf(loss, checkColumns(loss, bounds, 5, 0), LOG_PROBS);
    expect(weights[0]).toBe(0);
  });

  it('a token without an advantage adds nothing, however far the policies are apart', () => {
    const loss = chooseLoss('importance_sampling', new Map());
    const columns = checkColumns(
      loss,
      new Map([
        ['logprobs', [-1e4]],
        ['advantages', [0]],
      ]),
      1,
      0,
    );
    expect(lossOf(loss, columns, [0])).toMatchObject({ loss: 0, weights: Float64Array.of(0) });
  });
});

describe('what is refused', () => {
  it.each([
    ['gspo', {}, UnsupportedError, /no loss named "gspo"/],
    ['stable_reinforce', {}, UnsupportedError, /no loss named/],
    ['toString', {}, UnsupportedError, /no loss named/],
    ['ppo', { clip: 1 }, InputError, /no setting clip\n.*clip_low_threshold/],
    ['dro', {}, InputError, /needs the setting beta/],
    ['cross_entropy', { temperature: 0 }, InputError, /temperature 0/],
    ['cispo', { clip_high_threshold: Number.NaN }, InputError, /not a finite number/],
  ] as const)('%s with %o', (name, settings, kind, message) => {
    const choose = () => chooseLoss(name, new Map(Object.entries(settings)));
    expect(choose).toThrow(kind);
    expect(choose).toThrow(message);
  });

  it.each([
    [[['logprobs', [0]]], /needs advantages/],
    [
      [
        ['logprobs', [0, 1]],
        ['advantages', [0]],
      ],
      /2 logprobs for 1 target/,
    ],
    [
      [
        ['logprobs', [0]],
        ['advantages', [Number.NaN]],
      ],
      /advantages\[0\] is NaN/,
    ],
    [
      [
        ['logprobs', [0]],
        ['advantages', [0]],
        ['mask', [1]],
      ],
      /takes no mask/,
    ],
  ] as const)('columns %o', (columns, message) => {
    const loss = chooseLoss('importance_sampling', new Map());
    const check = () => checkColumns(loss, new Map(columns as never), 1, 3);
    expect(check).toThrow(message);
    expect(check).toThrow(/sample 3/);
  });
});
