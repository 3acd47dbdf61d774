import { expect, test } from 'vitest';
import { equalRewardsText } from './equal-rewards.js';

const textOf = (metrics: Readonly<Record<string, readonly number[]>>): string | undefined =>
  equalRewardsText((metric) => metrics[metric] ?? []);

test('steps without any difference in reward are told of where they are more than half', () => {
  expect(textOf({ 'groups/zeroStd': [1, 1, 1] })).toMatch(/^3 of 3 steps taught nothing: /);
  expect(textOf({ 'groups/zeroStd': [1, 1, 0] })).toMatch(/^2 of 3 steps taught nothing: /);
  expect(textOf({ 'groups/zeroStd': [1, 0] })).toBeUndefined();
  // One group that differs is enough for a step to teach.
  expect(textOf({ 'groups/zeroStd': [0.9, 0.9, 0.9] })).toBeUndefined();
  // The KL term to the reference moves the weights all the same.
  expect(textOf({ 'groups/zeroStd': [1, 1], 'update/kl': [0, 0] })).toMatch(
    /^2 of 2 steps taught nothing: .*the same reward\. Only the KL term \(beta\) moved the weights then\. /,
  );
  const still = { 'groups/zeroStd': [1, 0, 1], 'update/kl': [0, 0, 0], 'update/gradientNorm': [0, 2, 0] };
  expect(textOf(still)).not.toContain('moved');
  expect(textOf({ ...still, 'update/gradientNorm': [0, 2, 8e-9] })).toContain('moved');
  expect(textOf({ 'update/loss': [1, 2] })).toBeUndefined();
});

const EQUAL = { 'groups/zeroStd': [1, 1], 'completion/ended': [1, 0.9] };

test.each([
  ['all cut', { 'completion/ended': [0, 0] }, /cut at the token limit: raise sampling\.maxTokens/],
  ['empty in the end', { 'penalized/emptyExplanation': [0.4, 1] }, /Most explanations were empty: saying nothing pays/],
  ['all empty', { 'penalized/emptyExplanation': [1, 1] }, /empty, from the first step on: warm the teacher up longer/],
  ['all alike', {}, /all alike: raise sampling\.temperature, .*warm the teacher up for fewer steps/],
  ['none in form', { 'answers/right': [0, 0], 'answers/malformed': [1, 1] }, /no form that can be graded: distil/],
  ['none right', { 'answers/right': [0, 0], 'answers/malformed': [0, 0] }, /Almost no answer was right: .*easier/],
  ['all right', { 'answers/right': [1, 1], 'answers/malformed': [0, 0] }, /Almost every answer .*harder problems/],
  ['mixed', { 'answers/right': [0.5, 0.4] }, /all right or all wrong: raise samples or sampling\.temperature/],
])('%s: the likely cause and what to change', (_, metrics, cause) => {
  expect(textOf({ ...EQUAL, ...metrics })).toMatch(cause);
});
