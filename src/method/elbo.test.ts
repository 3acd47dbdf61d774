/**
 * The reward as a variational bound (docs/method.md, "The reward"): with lambda = 1, sums, tau = 1 and alpha = 0, the
 * expected reward under the teacher T is the evidence lower bound of log p_S(s | q) with T as the variational
 * posterior, when the end of a thought counts as one of its tokens. Checked on a student whose thoughts can all be
 * listed.
 */
import { describe, expect, test } from 'vitest';
import { RandomStream, randomKey } from '../random.js';
import { explanationReward, type RewardSettings } from './reward.js';
import { asLogProbs, sum } from './statistics.js';

const bound: RewardSettings = {
  solution: [{ reduction: 'sum', coefficient: 1 }],
  kl: [{ reduction: 'sum', coefficient: 1 }],
  estimator: 'k1',
  penalties: { missingEndTag: 0, emptyExplanation: 0 },
};

// Thoughts over the letters a and b of at most two letters, '.' being the end: after two letters the end is certain.
const LETTERS = ['a', 'b', '.'];
const STATES = ['', 'a', 'b'];
const THOUGHTS = ['.', 'a.', 'b.', 'aa.', 'ab.', 'ba.', 'bb.'];

/** state -> logits over LETTERS */
type Logits = Readonly<Record<string, readonly number[]>>;

const softmax = (logits: readonly number[]): number[] => {
  const total = sum(logits.map(Math.exp));
  return logits.map((logit) => Math.exp(logit) / total);
};

/** log p of each letter of a thought, its end included. */
const logProbs = (logits: Logits, thought: string): number[] =>
  [...thought].map((letter, k) => {
    const state = logits[thought.slice(0, k)];
    return state === undefined ? 0 : Math.log(softmax(state)[LETTERS.indexOf(letter)] as number);
  });

const probability = (logits: Logits, thought: string): number => Math.exp(sum(logProbs(logits, thought)));

const stream = new RandomStream(randomKey(1, 'elbo test'));
const randomLogits = (): Logits =>
  Object.fromEntries(STATES.map((state) => [state, LETTERS.map(() => stream.normal())]));

const student = randomLogits();
/** log p_S(s_k | q, t, s_<k) of the three tokens of one solution, for each thought. */
const solution: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  THOUGHTS.map((thought) => [thought, [0, 1, 2].map(() => Math.log(0.05 + 0.9 * stream.uniform()))]),
);
const joint = THOUGHTS.map((thought) => probability(student, thought) * Math.exp(sum(solution[thought] ?? [])));
const evidence = Math.log(sum(joint));
const posterior = joint.map((value) => value / sum(joint));

const reward = (teacher: Logits, thought: string): number =>
  explanationReward(
    {
      studentSolution: asLogProbs(solution[thought] ?? []),
      teacherExplanation: asLogProbs(logProbs(teacher, thought)),
      studentExplanation: asLogProbs(logProbs(student, thought)),
    },
    bound,
  ).total;

const expectedReward = (teacher: Logits): number =>
  sum(THOUGHTS.map((thought) => probability(teacher, thought) * reward(teacher, thought)));

describe('the reward as a bound of log p_S(s | q)', () => {
  test('the thoughts are all there are', () => {
    expect(sum(THOUGHTS.map((thought) => probability(student, thought)))).toBeCloseTo(1, 14);
  });

  test('the expected reward under any teacher is evidence minus KL(teacher || posterior)', () => {
    for (let i = 0; i < 20; i++) {
      const teacher = randomLogits();
      const gap = THOUGHTS.map((thought, index) => {
        const p = probability(teacher, thought);
        return p * Math.log(p / (posterior[index] as number));
      });
      expect(expectedReward(teacher)).toBeCloseTo(evidence - sum(gap), 12);
      expect(expectedReward(teacher)).toBeLessThan(evidence);
    }
  });

  test('left out, the end of a thought shifts it by E[log p_T(end) - log p_S(end)]', () => {
    const teacher = randomLogits();
    const inside = sum(
      THOUGHTS.map((thought) => {
        const total = explanationReward(
          {
            studentSolution: asLogProbs(solution[thought] ?? []),
            teacherExplanation: asLogProbs(logProbs(teacher, thought).slice(0, -1)),
            studentExplanation: asLogProbs(logProbs(student, thought).slice(0, -1)),
          },
          bound,
        ).total;
        return probability(teacher, thought) * total;
      }),
    );
    const shift = sum(
      THOUGHTS.map((thought) => {
        const end = (logProbs(teacher, thought).at(-1) as number) - (logProbs(student, thought).at(-1) as number);
        return probability(teacher, thought) * end;
      }),
    );
    expect(Math.abs(shift)).toBeGreaterThan(1e-3);
    expect(inside - shift).toBeCloseTo(expectedReward(teacher), 12);
  });

  test('gradient ascent on it reaches the posterior, the evidence, and the same reward for every thought', () => {
    let teacher: Logits = Object.fromEntries(STATES.map((state) => [state, [0, 0, 0]]));
    for (let step = 0; step < 2000; step++) {
      // Policy gradient in expectation: every letter of a thought has weight p_T(t) * (r(t) - baseline).
      const baseline = expectedReward(teacher);
      const gradient = new Map(STATES.map((state) => [state, new Float64Array(LETTERS.length)]));
      for (const thought of THOUGHTS) {
        const weight = probability(teacher, thought) * (reward(teacher, thought) - baseline);
        for (let k = 0; k < thought.length; k++) {
          const state = teacher[thought.slice(0, k)];
          const row = gradient.get(thought.slice(0, k));
          if (state === undefined || row === undefined) continue;
          const p = softmax(state);
          for (const [v, letter] of LETTERS.entries()) {
            row[v] = (row[v] as number) + weight * ((letter === thought[k] ? 1 : 0) - (p[v] as number));
          }
        }
      }
      teacher = Object.fromEntries(
        STATES.map((state) => [
          state,
          (teacher[state] ?? []).map((logit, v) => logit + 2 * (gradient.get(state)?.[v] as number)),
        ]),
      );
    }
    for (const [index, thought] of THOUGHTS.entries()) {
      expect(probability(teacher, thought)).toBeCloseTo(posterior[index] as number, 8);
      expect(reward(teacher, thought)).toBeCloseTo(evidence, 6);
    }
    expect(expectedReward(teacher)).toBeCloseTo(evidence, 12);
    // The student as its own teacher pays no KL, and still explains less well.
    expect(expectedReward(student)).toBeLessThan(evidence - 0.01);
  });
});
