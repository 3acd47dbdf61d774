import { expect, test } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import { groupAdvantage } from './advantage.js';
import {
  completionMetrics,
  explanationMetrics,
  groupMetrics,
  rewardMetrics,
  rewardRecord,
  updateMetrics,
} from './metrics.js';
import { explanationReward, paperReward } from './reward.js';
import { asLogProbs } from './statistics.js';

test('flaws of explanations are shares of those that have any', () => {
  const none = { trailingTokens: 0, strayTags: 0, controlTokens: 0 };
  expect(
    explanationMetrics([none, { ...none, trailingTokens: 3 }, { ...none, strayTags: 1, trailingTokens: 1 }, none]),
  ).toEqual({ 'explanation/trailing': 0.5, 'explanation/strayTags': 0.25, 'explanation/controlTokens': 0 });
  expect(() => explanationMetrics([])).toThrow(UsageError);
});

test('rewards: means of the total, of the terms, and of each part before its coefficient', () => {
  const settings = paperReward({ lambda: 2, alpha: 0.5 });
  const first = explanationReward(
    {
      studentSolution: asLogProbs([-1, -3]),
      teacherExplanation: asLogProbs([-1]),
      studentExplanation: asLogProbs([-2]),
      faults: ['missingEndTag'],
    },
    settings,
  );
  const second = explanationReward(
    {
      studentSolution: asLogProbs([-2]),
      teacherExplanation: asLogProbs([-1, -1]),
      studentExplanation: asLogProbs([-1, -4]),
    },
    settings,
  );
  // first: r_SS = -2 + 0.5 * -3 = -3.5, r_KL = 2 * 1 + 1 * 1 = 3, penalty -1: -7.5
  // second: r_SS = -2 + 0.5 * -2 = -3, r_KL = 2 * 1.5 + 1 * 3 = 6: -9
  expect(rewardMetrics([first, second], settings)).toEqual({
    reward: -8.25,
    'reward/solution': -3.25,
    'reward/solution/mean': -2,
    'reward/solution/min': -2.5,
    'reward/kl': 4.5,
    'reward/kl/mean': 1.25,
    'reward/kl/max': 2,
    'reward/penalty': -0.5,
    'penalized/missingEndTag': 0.5,
    'penalized/emptyExplanation': 0,
  });
  expect(() => rewardMetrics([], settings)).toThrow(UsageError);
  expect(rewardRecord(first)).toEqual({
    total: -7.5,
    solution: -3.5,
    'solution/mean': -2,
    'solution/min': -3,
    kl: 3,
    'kl/mean': 1,
    'kl/max': 1,
    penalty: -1,
    'penalty/missingEndTag': -1,
  });
});

test('groups: spread inside groups, and the share that teaches nothing', () => {
  const settings = { scaleByStd: false, epsilon: 0 };
  const groups = [
    groupAdvantage([1, 1, 1], settings),
    groupAdvantage([3], settings),
    groupAdvantage([0, 3, 6], settings),
  ];
  expect(groupMetrics(groups)).toEqual({ 'groups/std': 1, 'groups/zeroStd': 2 / 3, 'advantage/largest': 3 });
});

test('a spread at the rounding of 32-bit log-probs counts as none', () => {
  expect(groupMetrics([groupAdvantage([-1.5, -1.5000001])])['groups/zeroStd']).toBe(1);
  expect(groupMetrics([groupAdvantage([-1.5, -1.5001])])['groups/zeroStd']).toBe(0);
});

test('updates: what is known, under its name', () => {
  expect(updateMetrics({ loss: 1, gradientNorm: 2, learningRate: 3 })).toEqual({
    'update/loss': 1,
    'update/gradientNorm': 2,
    'update/learningRate': 3,
  });
  expect(updateMetrics({ loss: 1, gradientNorm: 2, learningRate: 3, kl: 0, clippedLow: 0, clippedHigh: 0.5 })).toEqual({
    'update/loss': 1,
    'update/gradientNorm': 2,
    'update/learningRate': 3,
    'update/kl': 0,
    'update/clippedLow': 0,
    'update/clippedHigh': 0.5,
  });
});

test('updates: what the engine does not report, and what only clipping has, is absent', () => {
  expect(updateMetrics({ loss: 1, gradientNorm: undefined, learningRate: 3, ratio: undefined })).toEqual({
    'update/loss': 1,
    'update/learningRate': 3,
  });
  const clipped = { loss: 1, learningRate: 3, clippedLow: 0, clippedHigh: 0.5, ratio: 1.1, samplingKl: 0.02 };
  expect(Object.keys(updateMetrics(clipped))).toEqual([
    'update/loss',
    'update/learningRate',
    'update/clippedLow',
    'update/clippedHigh',
    'update/ratio',
    'update/samplingKl',
  ]);
});

test('updates: several on one batch are averaged', () => {
  const first = { loss: 1, gradientNorm: 2, learningRate: 3, clippedLow: 0 };
  expect(updateMetrics(first, { loss: 3, learningRate: 5, clippedLow: 0.5 })).toEqual({
    'update/loss': 2,
    'update/learningRate': 4,
    'update/clippedLow': 0.25,
  });
  expect(() => updateMetrics()).toThrow(UsageError);
});

test('completions: lengths, how many ended, and -log p per token', () => {
  const completions = [
    { logProbs: asLogProbs([-1, -2, -3]), ended: true },
    { logProbs: asLogProbs([-4]), ended: false },
  ];
  expect(completionMetrics(completions)).toEqual({
    'completion/tokens': 2,
    'completion/longest': 3,
    'completion/ended': 0.5,
    'completion/negLogProb': 2.5,
  });
  expect(completionMetrics([{ logProbs: asLogProbs([]), ended: false }])).not.toHaveProperty('completion/negLogProb');
  expect(() => completionMetrics([{ logProbs: asLogProbs([Number.NaN]), ended: true }])).toThrow(NumericError);
});
