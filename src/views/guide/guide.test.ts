import { expect, test } from 'vitest';
import { flagsIn, RULES, tooFewSteps, unmoved } from './flags.js';
import { guideIn, metricGuide } from './metric-guide.js';

test('docs/method.md has a text for every metric that a flag is raised on, and for the usual ones', async () => {
  const guide = await metricGuide();
  for (const { metric } of RULES) expect(guide[metric]?.redFlag, metric).toMatch(/\w{5}/);
  expect(guide['update/loss']?.what).toMatch(/^the loss that is minimised/);
  expect(guide['update/clippedHigh']).toEqual(guide['update/clippedLow']);
  expect(guide['update/samplingKl']?.what).toContain('KL(p_old || p_theta)');
  expect(Object.keys(guide).length).toBeGreaterThan(25);
  for (const { what, healthy, redFlag } of Object.values(guide)) expect(what + healthy + redFlag).not.toMatch(/[`*]/);
});

test('rows of other tables are left out', () => {
  expect(
    guideIn('| `a` | b | c | d |\n## Logged metrics\n\n| `x/y` | w | h | r \\| s |\n\n## Next\n| `z` | | | |\n'),
  ).toEqual({
    'x/y': { what: 'w', healthy: 'h', redFlag: 'r | s' },
  });
});

const flagged = (metrics: Readonly<Record<string, readonly (number | null)[]>>): string[] => {
  const steps = Object.values(metrics)[0]?.map((_, step) => step) ?? [];
  return flagsIn({ stage: 'teach', steps, seconds: steps, series: metrics }).map(({ metric }) => metric);
};

test('a flag needs steps that agree: one odd step raises none', () => {
  const low = [0.9, 0.2, 0.2, 0.2, 0.2, 0.2];
  expect(flagged({ 'completion/ended': low })).toEqual(['completion/ended']);
  expect(flagged({ 'completion/ended': [...low.slice(0, 5), 0.6] })).toEqual([]);
  expect(flagged({ 'completion/ended': low.slice(0, 4) })).toEqual([]);
  expect(flagged({ 'completion/ended': [null, ...low] })).toEqual(['completion/ended']);
  expect(flagged({})).toEqual([]);
});

test('a leak is a kl_k that rises together with r_SS', () => {
  const rising = Array.from({ length: 12 }, (_, step) => 1 + 0.2 * step);
  const better = Array.from({ length: 12 }, (_, step) => -1 + 0.05 * step);
  expect(flagged({ 'reward/kl/max': rising, 'reward/solution': better })).toEqual(['reward/kl/max']);
  expect(flagged({ 'reward/kl/max': rising, 'reward/solution': [...better].reverse() })).toEqual([]);
  expect(flagged({ 'penalized/emptyExplanation': rising.map((value) => value / 20) })).toEqual([
    'penalized/emptyExplanation',
  ]);
});

test('what a run warns of at once needs no steps that agree', () => {
  expect(flagged({ 'penalized/emptyExplanation': [0.1, 0.2, 1] })).toEqual(['penalized/emptyExplanation']);
  expect(flagged({ 'penalized/emptyExplanation': [0.1, 0.2, 0.4] })).toEqual([]);
  expect(flagged({ 'penalized/emptyExplanation': [0.8, 0.9, 1] })).toEqual(['penalized/emptyExplanation']);
  const ended = { 'completion/ended': [0.98, 0.99, 0.984] };
  expect(
    flagged({ ...ended, 'penalized/missingEndTag': [0.9, 0.4, 0.977], 'explanation/controlTokens': [0, 0.2, 0.64] }),
  ).toEqual(['penalized/missingEndTag', 'explanation/controlTokens']);
  expect(flagged({ 'penalized/missingEndTag': [0.9, 0.9, 0.4], 'explanation/controlTokens': [0.64, 0.5] })).toEqual([]);
  // One flag of a metric: not that most lack it and also that ever more do.
  const rising = Array.from({ length: 10 }, (_, step) => 0.1 * step);
  expect(flagged({ 'penalized/missingEndTag': rising })).toEqual(['penalized/missingEndTag']);
  expect(flagged({ 'penalized/missingEndTag': rising.map((value) => value / 2) })).toEqual(['penalized/missingEndTag']);
});

test('how many steps the flags need is said where there are fewer', () => {
  expect(tooFewSteps(1)).toMatch(/^1 step is too few for most red flags, which need 5/);
  expect(tooFewSteps(4)).toMatch(/^4 steps are too few for most red flags, which need 5/);
  expect(tooFewSteps(9)).toMatch(/^9 steps are too few for red flags of a rise or a fall/);
  expect([0, 10, 48].map(tooFewSteps)).toEqual([undefined, undefined, undefined]);
});

test('what a stage says of steps that taught nothing is a flag, in the place of the rule on the same metric', () => {
  const series = { 'groups/zeroStd': [1, 1, 1, 1, 1, 1], 'completion/ended': [1, 1, 1, 1, 1, 1] };
  const flags = flagsIn({ stage: 'teach', steps: [0, 1, 2, 3, 4, 5], seconds: [], series });
  expect(flags.map(({ message }) => message)).toEqual([expect.stringMatching(/^6 of 6 steps taught nothing: .*alike/)]);
  expect(flagged({ 'groups/zeroStd': [1, 1] })).toEqual(['groups/zeroStd']);
  expect(flagged({ 'groups/zeroStd': [0.9, 0.9] })).toEqual([]);
});

test('a policy that ends far from where it started is flagged in a run of few steps too, but not for one odd step', () => {
  expect(flagged({ 'update/kl': [0, 0, 1.7, 1.5] })).toEqual(['update/kl']);
  expect(flagged({ 'update/kl': [0, 0, 0.1, 1.5] })).toEqual([]);
  expect(flagged({ 'update/kl': [0, 0, 1.7, 0.5] })).toEqual([]);
  const long = Array.from({ length: 12 }, (_, step) => (step < 10 ? 0.1 : 2));
  expect(flagged({ 'update/kl': long })).toEqual([]);
  expect(flagged({ 'update/kl': [...long, 2, 2, 2] })).toEqual(['update/kl']);
});

test('that a policy is as it was is said after few steps, where it has neither moved nor gained reward', () => {
  const still = { 'update/kl': [0, 1e-13, 2e-5, 3e-5], reward: [-1.9, -1.8, -2, -1.95] };
  expect(unmoved(still)).toMatch(
    /^After 4 steps the policy writes as it did before: update\/kl is at most 0\.00003 nats per token, and the reward has not risen\./,
  );
  // Without any update, rewards differ by the problems of the steps.
  const rising = { 'update/kl': [0, 1e-13, 2e-12, 0], reward: [-9, -8, -5, -4] };
  expect(unmoved(rising)).toContain('update/kl is 0, so any change of the reward is chance.');
  expect(unmoved({ ...still, 'update/kl': [0, 0, 0.02, 0.04] })).toBeUndefined();
  expect(unmoved({ ...still, reward: [-1.9, -1.8, -0.5, -0.4] })).toBeUndefined();
  // Before the first update nothing can have moved.
  expect(unmoved({ 'update/kl': [0, 1e-13], reward: [-1.9, -1.9] })).toBeUndefined();
  expect(unmoved({ reward: still.reward })).toBeUndefined();
});
