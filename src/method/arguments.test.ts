/** Calls of the method without types: what they would compute from a wrong argument is no number that anyone should see. */
import { expect, it } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import { groupAdvantage } from './advantage.js';
import { correctnessReward } from './correctness.js';
import { completionMetrics, rewardMetrics, updateMetrics } from './metrics.js';
import { referenceUpdate } from './reference.js';
import { explanationReward, paperReward } from './reward.js';
import { learningRate, warmupSteps } from './schedule.js';
import { selectTraces } from './selection.js';
import { grpoSampleWeights, grpoWeights, sftLoss, sftWeights, tokenShares } from './weights.js';

type Callable = (...of: readonly never[]) => unknown;
const refusalOf = (call: Callable, given: readonly unknown[]): unknown => {
  try {
    return Reflect.apply(call, undefined, given);
  } catch (error) {
    return error;
  }
};

const logProbs = [-1, -2];
const input = { studentSolution: logProbs, teacherExplanation: logProbs, studentExplanation: logProbs };
const settings = { beta: 0, normalisation: 'token' };
const paper = paperReward();
const choice = { unended: 'drop', keep: 'reward', whenNoneFits: 'drop' };

it.each<[Callable, readonly unknown[], string]>([
  [grpoWeights, [[{ advantage: '1', logProbs }], settings], 'samples_N.0.advantage: expected a number, not "1"'],
  [grpoWeights, [[{ advantage: 1, logProbs: ['-1'] }], settings], 'logProbs[0] is "-1"; expected a number'],
  [grpoWeights, [[{ advantage: 1, logProbs }]], 'settings: expected an object, but it is missing'],
  [grpoWeights, [[{ advantage: 1, logProbs }], { ...settings, beta: '0' }], 'settings.beta: expected a number'],
  [grpoWeights, [[{ advantage: 1, logProbs }], { ...settings, betta: 1 }], 'settings.betta: there is no such option'],
  [grpoWeights, [[{ advantage: 1, logProbs }], { ...settings, clip: {} }], 'settings.clip.low: it is missing'],
  [
    grpoWeights,
    [[{ advantage: 1, logProbs }], { beta: 0, normalisation: 'tokens' }],
    'expected one of sequence, token',
  ],
  [grpoSampleWeights, [{ advantage: 1, logProbs }, '0.5', settings], 'share: expected a number, not "0.5"'],
  [tokenShares, [[1, 2], 'tokens'], 'normalisation: expected one of sequence, token'],
  [tokenShares, [[1, 2], { constantTokens: '5' }], 'normalisation: expected one of sequence, token'],
  [sftWeights, [['1'], 'token'], 'lengths_N.0: expected a number, not "1"'],
  [sftLoss, [[['1', 1]], [logProbs]], 'weights_NT.0.0: expected a number, not "1"'],
  [groupAdvantage, [[1, 0], { scaleByStd: true, epsilon: 0, scaleByStdd: 1 }], 'scaleByStdd: there is no such option'],
  [groupAdvantage, [[1, 0], { epsilon: 0 }], 'settings.scaleByStd: it is missing'],
  [
    groupAdvantage,
    [[1, 0], { scaleByStd: 'yes', epsilon: 0 }],
    'settings.scaleByStd: expected true or false, not "yes"',
  ],
  [
    groupAdvantage,
    [[1, 0], { scaleByStd: true, epsilon: Number.NaN }],
    'settings.epsilon: expected a number from 0, not NaN',
  ],
  [correctnessReward, ['rigth'], 'outcome: expected one of right, malformed, wrong, not "rigth"'],
  [correctnessReward, ['toString'], 'outcome: expected one of right, malformed, wrong, not "toString"'],
  [correctnessReward, ['right', { right: '1', wrong: 0, malformed: 0 }], 'settings.right: expected a number, not "1"'],
  [learningRate, [0, 10, { schedule: 'cosine', peak: 1 }], 'settings.schedule: there is no such option'],
  [learningRate, [0, 10, { shape: 'cosin', peak: 1 }], 'settings.shape: expected one of constant, linear, cosine'],
  [learningRate, [0, 10, { shape: 'linear', peak: '1' }], 'settings.peak: expected a number, not "1"'],
  [learningRate, [0, 10, { shape: 'linear', peak: 1, warmUp: 0.1 }], 'settings.warmUp: there is no such option'],
  [warmupSteps, ['100', { share: 0.1 }], 'totalSteps: expected a number, not "100"'],
  [referenceUpdate, [1, { update: 'blended', everySteps: 1, share: 1 }], 'expected one of never, blend, replace'],
  [selectTraces, [[], { ...choice, keep: 'best' }], 'settings.keep: expected one of reward, first, all, not "best"'],
  [selectTraces, [[], { ...choice, context: 5 }], 'settings.context: there is no such option'],
  [explanationReward, [{ ...input, studentSolution: undefined }, paper], 'input.studentSolution: it is missing'],
  [explanationReward, [input], 'settings: expected an object, but it is missing'],
  [explanationReward, [input, { ...paper, estimator: 'k2' }], 'settings.estimator: expected one of k1, k3, not "k2"'],
  [
    explanationReward,
    [input, { ...paper, kl: [{ reduction: 'avg', coefficient: 1 }] }],
    'settings.kl.0.reduction: expected one of mean, min, max, sum, median, not "avg"',
  ],
  [
    explanationReward,
    [input, { ...paper, penalties: { missingEndTag: '-1', emptyExplanation: -1 } }],
    'settings.penalties.missingEndTag: expected a number, not "-1"',
  ],
  [paperReward, [{ lambda: Number.NaN }], 'settings.lambda: expected a number, not NaN'],
  [rewardMetrics, [[{ total: 1, solution: {}, kl: {}, penalty: 0, penalties: {} }], paper], 'rewards.0.solution.value'],
  [completionMetrics, [[{ logProbs, ended: 'stop' }]], 'completions.0.ended: expected true or false, not "stop"'],
  [updateMetrics, [{ loss: '1', learningRate: 1 }], 'updates.0.loss: expected a number, not "1"'],
])('%o(...%j) is refused', (call, given, message) => {
  const error = refusalOf(call, given);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain(message);
});

it('rewards whose differences overflow have no advantages', () => {
  const refused = refusalOf(groupAdvantage, [[1e308, -1e308], undefined, { step: 3 }]);
  expect(refused).toBeInstanceOf(NumericError);
  expect(refused).toMatchObject({ facts: { step: 3 } });
  expect(refusalOf(groupAdvantage, [[1e200, 0]])).toBeInstanceOf(NumericError);
});

it('what types allow is taken', () => {
  const samples = [{ advantage: 1, logProbs: new Float32Array(logProbs), id: 'mine' }];
  const taken = refusalOf(grpoWeights, [samples, { ...settings, clip: undefined }]);
  expect(taken).toMatchObject({ weights_NT: [Float64Array.of(0.5, 0.5)] });
  expect(
    refusalOf(explanationReward, [
      { ...input, faults: undefined },
      { ...paper, emptyKl: undefined },
    ]),
  ).toHaveProperty('total');
});
