import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { groupAdvantage } from './advantage.js';
import { completionMetrics, explanationMetrics, groupMetrics, rewardMetrics, updateMetrics } from './metrics.js';
import { explanationReward, paperReward } from './reward.js';
import { asLogProbs } from './statistics.js';

const page = new URL('../../docs/method.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const links = [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, label = '', target = '']) => ({
  label,
  target,
}));

test('every file that docs/method.md links to is there, and declares what the link names', () => {
  const files = links.filter(({ target }) => target.startsWith('../'));
  expect(files.length).toBeGreaterThan(30);
  for (const { label, target } of files) {
    const file = new URL(target, page);
    expect(existsSync(file), target).toBe(true);
    const name = /^`([A-Za-z0-9_]+)(?:\.([A-Za-z0-9_]+))?`$/.exec(label);
    if (name === null || !target.endsWith('.ts')) continue;
    const source = readFileSync(file, 'utf8');
    expect(source, label).toMatch(
      new RegExp(`export (?:async )?(?:function|const|interface|type|class) ${name[1]}\\b`),
    );
    if (name[2] !== undefined) expect(source, label).toMatch(new RegExp(`^ {2}${name[2]}\\b`, 'm'));
  }
});

test('every link inside docs/method.md has its heading', () => {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const { target } of links.filter((link) => link.target.startsWith('#'))) {
    expect(headings).toContain(target.slice(1));
  }
});

test('docs/method.md explains the metrics that there are, and no others', () => {
  const settings = paperReward();
  const reward = explanationReward(
    { studentSolution: asLogProbs([-1]), teacherExplanation: asLogProbs([-1]), studentExplanation: asLogProbs([-1]) },
    settings,
  );
  const names = Object.keys({
    ...rewardMetrics([reward], settings),
    ...groupMetrics([groupAdvantage([1, 2])]),
    ...completionMetrics([{ logProbs: asLogProbs([-1]), ended: true }]),
    ...explanationMetrics([{ trailingTokens: 0, strayTags: 0, controlTokens: 0 }]),
    ...updateMetrics({
      loss: 0,
      gradientNorm: 0,
      learningRate: 0,
      kl: 0,
      clippedLow: 0,
      clippedHigh: 0,
      ratio: 1,
      samplingKl: 0,
    }),
  });
  const section = text.slice(text.indexOf('## Logged metrics'), text.indexOf('## Implementation details'));
  const explained = [...section.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  expect(explained.toSorted()).toEqual(names.toSorted());
});
