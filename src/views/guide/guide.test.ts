import { expect, test } from 'vitest';
import { flagsIn, RULES } from './flags.js';
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
