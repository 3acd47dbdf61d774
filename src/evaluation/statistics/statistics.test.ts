import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { betaQuantile, incompleteBeta, lnBinomial, normalCdf, normalQuantile, tQuantile } from './distributions.js';
import { majority, passAtK, passTrials, shareCorrect } from './estimators.js';
import { bootstrapMeanInterval, clopperPearson, type Interval, scoreInterval, wilson } from './intervals.js';
import { comparePaired, differenceInterval, mcnemar, signFlip } from './paired.js';

interface Golden {
  readonly betaQuantile: readonly [number, number, number, number][];
  readonly incompleteBeta: readonly [number, number, number, number][];
  readonly normalCdf: readonly [number, number][];
  readonly normalQuantile: readonly [number, number][];
  readonly tQuantile: readonly [number, number, number][];
  readonly wilson: readonly [number, number, number, number][];
  readonly mcnemar: readonly [number, number, number][];
  readonly signFlip: readonly [number[], number][];
  readonly bootstrap: { readonly scores: number[]; readonly low: number; readonly high: number };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../src/evaluation/goldens/statistics.json', import.meta.url), 'utf8'),
);

const relative = (value: number, expected: number) => Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-12);

describe('against SciPy', () => {
  it('distributions', () => {
    for (const [p, a, b, x] of golden.betaQuantile) expect(relative(betaQuantile(p, a, b), x)).toBeLessThan(1e-9);
    for (const [x, a, b, p] of golden.incompleteBeta) expect(relative(incompleteBeta(x, a, b), p)).toBeLessThan(1e-9);
    for (const [z, p] of golden.normalCdf) expect(Math.abs(normalCdf(z) - p)).toBeLessThan(1e-13);
    for (const [p, z] of golden.normalQuantile) expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-6);
    for (const [p, v, t] of golden.tQuantile) expect(relative(tQuantile(p, v), t)).toBeLessThan(1e-9);
  });

  it('intervals of a proportion', () => {
    for (const [successes, n, low, high] of golden.wilson) {
      const interval = wilson(successes / n, n);
      expect(interval.low).toBeCloseTo(low, 9);
      expect(interval.high).toBeCloseTo(high, 9);
    }
  });

  it('exact tests', () => {
    for (const [a, b, p] of golden.mcnemar) expect(mcnemar(a, b)).toBeCloseTo(p, 10);
    for (const [differences, p] of golden.signFlip) {
      const result = signFlip(differences, randomKey(1));
      expect(result.exact).toBe(true);
      expect(result.pValue).toBeCloseTo(p, 10);
    }
  });

  it('the BCa bootstrap, to the noise of its resamples', () => {
    const { scores, low, high } = golden.bootstrap;
    const interval = bootstrapMeanInterval(scores, { key: randomKey(3, 'test'), resamples: 20_000 });
    expect(Math.abs(interval.low - low)).toBeLessThan(0.005);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.005);
  });
});

describe('pass@k', () => {
  it('is 1 - C(n - c, k) / C(n, k)', () => {
    // 4 samples, 1 right: of the 6 pairs 3 hold it.
    expect(passAtK({ samples: 4, correct: 1 }, 2)).toBeCloseTo(0.5, 12);
    // 5 samples, 2 right: of the 10 triples one misses both.
    expect(passAtK({ samples: 5, correct: 2 }, 3)).toBeCloseTo(0.9, 12);
    expect(passAtK({ samples: 5, correct: 0 }, 3)).toBe(0);
    expect(passAtK({ samples: 5, correct: 5 }, 1)).toBe(1);
    expect(passAtK({ samples: 5, correct: 3 }, 3)).toBe(1);
  });

  it('is avg@k for k = 1, and the share of problems solved at all for k = n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (samples, seed) => {
        const tally = { samples, correct: seed % (samples + 1) };
        expect(passAtK(tally, 1)).toBeCloseTo(shareCorrect(tally), 12);
        expect(passAtK(tally, samples)).toBeCloseTo(tally.correct > 0 ? 1 : 0, 12);
      }),
    );
  });

  it('is the average over all choices of k samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (outcomes, wanted) => {
          const k = Math.min(wanted, outcomes.length);
          let chosen = 0;
          let passed = 0;
          for (let mask = 0; mask < 2 ** outcomes.length; mask++) {
            const picked = outcomes.filter((_, i) => (mask >> i) & 1);
            if (picked.length !== k) continue;
            chosen++;
            if (picked.some(Boolean)) passed++;
          }
          const tally = { samples: outcomes.length, correct: outcomes.filter(Boolean).length };
          expect(passAtK(tally, k)).toBeCloseTo(passed / chosen, 10);
        },
      ),
    );
  });

  it('refuses k above the number of samples', () => {
    expect(() => passAtK({ samples: 3, correct: 1 }, 4)).toThrow(UsageError);
  });
});

describe('majority', () => {
  const same = (left: string, right: string) => Number(left) === Number(right);
  const vote = (answer: string, correct = false) => ({ answer, correct });

  it('takes the most frequent answer, counting equal ones together', () => {
    expect(majority([vote('5', true), vote('5.0', true), vote('6')], same)).toBe(1);
    expect(majority([vote('5', true), vote('6'), vote('6.0')], same)).toBe(0);
  });

  it('shares a tie, and is 0 without votes', () => {
    expect(majority([vote('5', true), vote('6')], same)).toBe(0.5);
    expect(majority([vote('5', true), vote('6'), vote('7')], same)).toBeCloseTo(1 / 3, 12);
    expect(majority([], same)).toBe(0);
  });
});

/** The share of simulated evaluations whose interval holds the true value. */
function coverage(trials: number, simulate: (stream: RandomStream) => { interval: Interval; truth: number }): number {
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { interval, truth } = simulate(new RandomStream(randomKey(2024, 'coverage', trial)));
    if (interval.low <= truth && truth <= interval.high) held++;
  }
  return held / trials;
}

/** Problems of varied difficulty: Beta(a, b) by order statistics of uniforms (a, b whole). */
function difficulty(stream: RandomStream, a: number, b: number): number {
  const uniforms = Array.from({ length: a + b - 1 }, () => stream.uniform()).sort((x, y) => x - y);
  return uniforms[a - 1] ?? 0;
}

const share = (stream: RandomStream, rate: number, samples: number): number => {
  let correct = 0;
  for (let i = 0; i < samples; i++) if (stream.uniform() < rate) correct++;
  return correct / samples;
};

describe('a perfect paired difference', () => {
  it.each([
    [5, 1],
    [5, 4],
    [10, 4],
    [30, 1],
    [30, 16],
  ])(
    'of %i problems, %i samples, has a narrower interval than one with a tie, and that one than one with a loss',
    (problems, samples) => {
      const widthOf = (first: number): number => {
        const { low, high } = differenceInterval([first, ...Array<number>(problems - 1).fill(1)], samples);
        return high - low;
      };
      expect(widthOf(1)).toBeLessThan(widthOf(0));
      expect(widthOf(0)).toBeLessThan(widthOf(-1));
      // Turned round it is the same.
      const [one, other] = [1, -1].map((sign) => differenceInterval(Array<number>(problems).fill(sign), samples));
      expect(one?.low).toBeCloseTo(-(other?.high ?? 0), 12);
    },
  );

  it('does not narrow with the samples of a problem, as long as these all agree', () => {
    const differences = [0, ...Array<number>(9).fill(1)];
    expect(differenceInterval(differences, 16)).toEqual(differenceInterval(differences, 1));
    // Equal parts of a problem on each: the estimate lies within, however they were rounded.
    const quarters = differenceInterval(Array<number>(12).fill(0.25), 4);
    expect([quarters.low, quarters.high].map((bound) => bound.toFixed(3))).toEqual(['-0.042', '0.471']);
    const thirds = [1 / 3, 2 / 3 - 1 / 3, 1 - 2 / 3, 2 / 3 - 1 / 3, 1 / 3];
    const rounded = differenceInterval(thirds, 3);
    expect(rounded.low).toBeLessThan(0.1);
    expect(rounded.high).toBeGreaterThan(0.6);
    // The first sample that differs from the others of its problem says that they are worth more than one.
    const { low } = differenceInterval([0.75, ...Array<number>(9).fill(1)], 4);
    expect(low).toBeCloseTo(0.918, 3);
    expect(differenceInterval(Array<number>(10).fill(1), 4).low).toBeCloseTo(0.567, 3);
  });
});

describe('coverage of the 95 % intervals, in simulated evaluations', () => {
  it.each([
    ['30 problems, 8 samples', 30, 8, 1, 2],
    ['100 problems, 4 samples', 100, 4, 2, 1],
    ['200 problems, 16 samples', 200, 16, 1, 1],
    ['500 problems, 1 sample', 500, 1, 3, 1],
  ])('scores of %s', (_, problems, samples, a, b) => {
    const found = coverage(1_500, (stream) => {
      const scores = Array.from({ length: problems }, () => share(stream, difficulty(stream, a, b), samples));
      return { interval: scoreInterval(scores, samples), truth: a / (a + b) };
    });
    expect(found).toBeGreaterThan(0.93);
    expect(found).toBeLessThan(0.97);
  });

  it.each([
    ['60 problems, 8 samples', 60, 8],
    ['200 problems, 1 sample', 200, 1],
  ])('paired differences of %s', (_, problems, samples) => {
    const found = coverage(1_500, (stream) => {
      const rates = Array.from({ length: problems }, () => difficulty(stream, 2, 2));
      const a = rates.map((rate) => share(stream, rate * 0.8, samples));
      const b = rates.map((rate) => share(stream, rate * 0.8 + 0.1, samples));
      const differences = b.map((score, i) => score - (a[i] ?? 0));
      return { interval: differenceInterval(differences, samples), truth: 0.1 };
    });
    expect(found).toBeGreaterThan(0.93);
    expect(found).toBeLessThan(0.97);
  });

  it.each([30, 50, 198, 500])(
    'one sample of %i problems: the exact coverage, on average over the true rates',
    (problems) => {
      const rates = Array.from({ length: 91 }, (_, i) => 0.05 + i / 100);
      const covered = rates.map((rate) => {
        let total = 0;
        for (let correct = 0; correct <= problems; correct++) {
          const { low, high } = wilson(correct / problems, problems);
          const log =
            lnBinomial(problems, correct) + correct * Math.log(rate) + (problems - correct) * Math.log1p(-rate);
          if (low <= rate && rate <= high) total += Math.exp(log);
        }
        return total;
      });
      const average = covered.reduce((sum, value) => sum + value, 0) / covered.length;
      expect(average).toBeGreaterThan(0.945);
      expect(average).toBeLessThan(0.96);
      expect(Math.min(...covered)).toBeGreaterThan(0.9);
    },
  );

  it.each([3, 5, 10, 20, 30, 50, 99])('one sample of %i problems: at least 95 of 100 at every rate', (problems) => {
    const intervals = Array.from({ length: problems + 1 }, (_, correct) =>
      scoreInterval([...Array<number>(correct).fill(1), ...Array<number>(problems - correct).fill(0)], 1),
    );
    for (let rate = 0.01; rate < 0.995; rate += 0.01) {
      let covered = 0;
      for (const [correct, { low, high }] of intervals.entries()) {
        const log = lnBinomial(problems, correct) + correct * Math.log(rate) + (problems - correct) * Math.log1p(-rate);
        if (low <= rate && rate <= high) covered += Math.exp(log);
      }
      expect(covered).toBeGreaterThan(0.95);
    }
  });

  it.each([
    [5, 4],
    [10, 4],
    [20, 16],
  ])('scores of %i problems with %i samples: at least 93 of 100', (problems, samples) => {
    for (const [a, b] of [
      [1, 1],
      [1, 4],
      [4, 1],
    ] as const) {
      const found = coverage(1_000, (stream) => {
        const scores = Array.from({ length: problems }, () => share(stream, difficulty(stream, a, b), samples));
        return { interval: scoreInterval(scores, samples), truth: a / (a + b) };
      });
      expect(found).toBeGreaterThan(0.93);
    }
  });

  it.each([
    ['50 problems, pass@8 of 16 samples, nearly all solved', 50, 16, 8, 3, 1],
    ['30 problems, pass@4 of 8 samples', 30, 8, 4, 1, 2],
    ['100 problems, pass@2 of 4 samples', 100, 4, 2, 2, 1],
    ['20 problems, pass@8 of 16 samples, nearly all solved', 20, 16, 8, 4, 1],
  ])('pass@k of %s: at least 94 of 100', (_, problems, samples, k, a, b) => {
    // E[1 - (1 - p)^k] of a difficulty from Beta(a, b).
    const truth = 1 - Array.from({ length: k }, (_, i) => (b + i) / (a + b + i)).reduce((product, x) => product * x, 1);
    const found = coverage(1_500, (stream) => {
      const scores = Array.from({ length: problems }, () => {
        const correct = Math.round(samples * share(stream, difficulty(stream, a, b), samples));
        return passAtK({ samples, correct }, k);
      });
      return { interval: scoreInterval(scores, passTrials(samples, k)), truth };
    });
    expect(found).toBeGreaterThan(0.94);
  });

  it("Clopper and Pearson's bounds of 0 and of 3 in 10 are the published ones", () => {
    // 0 of 10: 1 - 0.025^(1/10). 3 of 10: 0.0667 to 0.6525 in tables of the interval.
    expect(clopperPearson(0, 10).high).toBeCloseTo(1 - 0.025 ** 0.1, 9);
    expect(clopperPearson(0, 10).low).toBe(0);
    expect(clopperPearson(0.3, 10).low).toBeCloseTo(0.0667, 4);
    expect(clopperPearson(0.3, 10).high).toBeCloseTo(0.6525, 4);
  });

  it('the BCa bootstrap of 60 skewed values', () => {
    const found = coverage(400, (stream) => {
      const values = Array.from({ length: 60 }, () => -Math.log(1 - stream.uniform()));
      const key = randomKey(stream.integer(0, 1e9));
      return { interval: bootstrapMeanInterval(values, { key, resamples: 1_000 }), truth: 1 };
    });
    expect(found).toBeGreaterThan(0.91);
    expect(found).toBeLessThan(0.98);
  });

  it('a p-value below 0.05 comes about 5 times in 100 where models are alike', () => {
    let small = 0;
    for (let trial = 0; trial < 600; trial++) {
      const stream = new RandomStream(randomKey(77, trial));
      const rates = Array.from({ length: 12 }, () => stream.uniform());
      const a = rates.map((rate) => share(stream, rate, 8));
      const b = rates.map((rate) => share(stream, rate, 8));
      if (comparePaired(a, b, { key: randomKey(1), samples: 8 }).pValue < 0.05) small++;
    }
    expect(small / 600).toBeGreaterThan(0.02);
    expect(small / 600).toBeLessThan(0.08);
  });
});

describe('intervals at the edges', () => {
  it('are honest where every sample is right, wrong, or alike', () => {
    expect(scoreInterval([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8)).toMatchObject({ low: 0 });
    expect(scoreInterval([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8).high).toBeGreaterThan(0.2);
    expect(scoreInterval([1, 1, 1, 1], 1).high).toBe(1);
    const alike = scoreInterval([0.5, 0.5, 0.5, 0.5], 2);
    expect(alike.high - alike.low).toBeGreaterThan(0.5);
  });

  it('hold the score and stay in [0, 1]', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 40 }),
        (samples, counts) => {
          const scores = counts.map((count) => Math.min(count, samples) / samples);
          const centre = scores.reduce((total, score) => total + score, 0) / scores.length;
          const { low, high } = scoreInterval(scores, samples);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(centre + 1e-12);
          expect(high).toBeGreaterThanOrEqual(centre - 1e-12);
        },
      ),
    );
  });

  it('refuse an empty set and unequal lists', () => {
    expect(() => scoreInterval([], 1)).toThrow(UsageError);
    expect(() => comparePaired([1], [1, 0], { key: randomKey(1), samples: 1 })).toThrow(UsageError);
  });

  it('give equal models no difference', () => {
    const result = comparePaired([1, 0, 1], [1, 0, 1], { key: randomKey(1), samples: 1 });
    expect(result).toMatchObject({ difference: 0, pValue: 1, test: 'mcnemar', problems: 3 });
    expect(result.interval.low).toBeLessThan(0);
    expect(result.interval.high).toBeGreaterThan(0);
  });
});

it('the sampled sign-flip test agrees with the exact one', () => {
  const stream = new RandomStream(randomKey(9));
  const differences = Array.from({ length: 16 }, () => stream.normal() + 0.4);
  const exact = signFlip(differences, randomKey(1));
  // Values too small to matter make it too long to enumerate.
  const sampled = signFlip([...differences, 1e-15, -1e-15], randomKey(1));
  expect([exact.exact, sampled.exact]).toEqual([true, false]);
  expect(Math.abs(exact.pValue - sampled.pValue)).toBeLessThan(0.01);
});

describe('problems that tell nothing of what their samples are worth', () => {
  const alike = (problems: number, score: number) => Array.from({ length: problems }, () => score);

  it.each([
    // By hand: 1 - 0.025^(1/P).
    [1, 4, 0.975],
    [2, 2, 0.841886],
    [5, 4, 0.521824],
    // From 100 problems on Wilson's, z^2 / (P + z^2) with z = 1.959964.
    [100, 4, 0.0369935],
  ])('of %i with %i samples, all wrong or all right, each counts once', (problems, samples, bound) => {
    const none = scoreInterval(alike(problems, 0), samples);
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(bound, 6);
    const all = scoreInterval(alike(problems, 1), samples);
    expect(all.low).toBeCloseTo(1 - bound, 6);
    expect(all.high).toBe(1);
  });

  it('a single problem says next to nothing of others, however many samples it has', () => {
    // Quantiles of Beta(1/2, 3/2), whose distribution function at sin^2 t is (2t + sin 2t) / pi, by hand: t = 0.019636.
    const { low, high } = scoreInterval([0.5], 64);
    expect(low).toBeCloseTo(0.019636 ** 2, 7);
    expect(high).toBeCloseTo(1 - 0.019636 ** 2, 7);
  });

  it('all wrong is held in 97.5 of 100 cases where a problem is solved always or never, and in more elsewhere', () => {
    for (const problems of [1, 2, 3, 5, 10, 50, 150]) {
      const { high } = scoreInterval(alike(problems, 0), 4);
      // The chance that no problem is solved, where the rate is just above the interval.
      expect((1 - high) ** problems).toBeLessThanOrEqual(0.025 + 1e-9);
    }
  });
});

it('the upper bounds of avg@k and pass@k are one where nothing is solved, as docs/evaluation.md says', () => {
  const none = [0, 0, 0, 0];
  expect(scoreInterval(none, 4)).toEqual(scoreInterval(none, passTrials(4, 4)));
  const one = [1, 0, 0, 0];
  expect(scoreInterval(one, 4).high).toBeCloseTo(0.837, 3);
  expect(scoreInterval(one, passTrials(4, 4)).high).toBeCloseTo(0.806, 3);
});

it('one right sample narrows the interval, since it is the first difference among problems, as docs/evaluation.md says', () => {
  expect(scoreInterval([0, 0, 0, 0, 0], 4).high).toBeCloseTo(0.522, 3);
  expect(scoreInterval([0.25, 0, 0, 0, 0], 4).high).toBeCloseTo(0.355, 3);
});
