import { expect, test } from 'vitest';
import { durationText, shortNumber, textProgress } from './progress.js';

function shown(terminal: boolean, columns = 200) {
  const written: string[] = [];
  let now = 0;
  const progress = textProgress({ write: (text) => written.push(text), terminal, columns, clock: () => now });
  const wait = (ms: number): void => {
    now += ms;
  };
  return { progress, written, wait };
}

test('plain lines come every ten seconds, with values, tokens per second and the time left', () => {
  const { progress, written, wait } = shown(false);
  const stage = progress.stage({ name: 'teach', index: 1, count: 4, unit: 'step' });
  wait(2000);
  stage.report({ done: 1, of: 11, values: { reward: -1.234567 }, tokens: 4000 });
  wait(2000);
  stage.report({ done: 2, of: 11, tokens: 4000 });
  wait(8000);
  stage.report({ done: 6, of: 11, tokens: 16_000 });
  stage.finish('reward -0.6');
  expect(written).toEqual([
    '[2/4] teach\n',
    // The first steps also start threads and compile kernels: no estimate is made from them alone.
    '[2/4] teach  step 1/11  reward -1.23  2k tokens/s\n',
    expect.stringMatching(/^\[2\/4\] teach {2}step 6\/11 {2}.* tokens\/s {2}10s left\n$/),
    '[2/4] teach  done in 12s: reward -0.6\n',
  ]);
});

test('the time left of the whole run follows from what was expected of its stages, and how long they took', () => {
  const { progress, written, wait } = shown(false);
  progress.expect?.(new Map(Object.entries({ 'warm-up': 10, teach: 40, evaluate: 20 })));
  const first = progress.stage({ name: 'warm-up', index: 0, count: 3, unit: 'step' });
  wait(15_000);
  first.report({ done: 50, of: 100, tokens: 1 });
  // Three times as slow as expected: of 10 s half are done in 15, and 60 are to come.
  expect(written.at(-1)).toContain('15s left  run: 3m15s left\n');
  wait(15_000);
  first.finish();
  const second = progress.stage({ name: 'teach', index: 1, count: 3, unit: 'step' });
  wait(60_000);
  second.report({ done: 5, of: 10, tokens: 1 });
  expect(written.at(-1)).toContain('1m00s left  run: 2m00s left\n');
  second.finish();
  const last = progress.stage({ name: 'evaluate', index: 2, count: 3, unit: 'problem' });
  wait(20_000);
  last.report({ done: 5, of: 10, tokens: 1 });
  expect(written.at(-1)).toContain('20s left\n');
});

test('a resumed stage counts its speed from where it resumed', () => {
  const { progress, written, wait } = shown(false);
  const stage = progress.stage({ name: 'teach', index: 0, count: 1, unit: 'step', done: 50 });
  wait(10_000);
  stage.report({ done: 60, of: 100 });
  expect(written).toEqual(['[1/1] teach  resumes after step 50\n', '[1/1] teach  step 60/100  40s left\n']);
});

test('a stage that finds out where it resumes says so with its first report', () => {
  const { progress, written, wait } = shown(false);
  const stage = progress.stage({ name: 'teach', index: 0, count: 1, unit: 'step' });
  stage.report({ done: 50, of: 100 });
  wait(10_000);
  stage.report({ done: 60, of: 100, tokens: 10 });
  expect(written.at(-1)).toBe('[1/1] teach  step 60/100  1 tokens/s  40s left\n');
});

test('rows that are read before the work begins are counted by themselves', () => {
  const { progress, written, wait } = shown(false);
  const stage = progress.stage({ name: 'teach', index: 0, count: 1, unit: 'step' });
  wait(20_000);
  stage.report({ unit: 'reading row', done: 40_000, of: 80_000 });
  wait(20_000);
  stage.report({ unit: 'reading row', done: 80_000, of: 80_000 });
  stage.report({ done: 0, of: 100 });
  wait(10_000);
  stage.report({ done: 50, of: 100, tokens: 10 });
  expect(written).toEqual([
    '[1/1] teach\n',
    '[1/1] teach  reading row 40000/80000\n',
    '[1/1] teach  reading row 80000/80000\n',
    '[1/1] teach  step 50/100  1 tokens/s  10s left\n',
  ]);
});

test('on a terminal one line is redrawn, cut to the width, and cleared before lines that stay', () => {
  const { progress, written, wait } = shown(true, 30);
  const stage = progress.stage({ name: 'teach', index: 0, count: 1, unit: 'step' });
  stage.report({ done: 1, of: 100_000, values: { reward: -1.5, kl: 0.25, length: 12 } });
  stage.report({ done: 2, of: 100_000 });
  wait(100);
  stage.report({ done: 3, of: 100_000 });
  progress.note('12 samples were cut');
  expect(written).toEqual([
    '[1/1] teach\n',
    '[1/1] teach  step 1/100000  r',
    '\r\u001b[2K',
    expect.stringMatching(/^\[1\/1\] teach {2}step 3\/100000/),
    '\r\u001b[2K',
    '12 samples were cut\n',
  ]);
  expect(written.every((text) => text.replace('\n', '').length <= 29)).toBe(true);
});

test('durations and numbers are short', () => {
  expect([0, 59.4, 61, 3599, 7260, 86_400 * 3, 86_400 * 365 * 40].map(durationText)).toEqual([
    '0s',
    '59s',
    '1m01s',
    '59m59s',
    '2h01m',
    '3d',
    '40 years',
  ]);
  expect([0, 0.00012, 0.5, 999, 999.9, 1234, 999_950, 2.5e9].map(shortNumber)).toEqual([
    '0',
    '1.2e-4',
    '0.5',
    '999',
    '1000',
    '1.23k',
    '1M',
    '2.5G',
  ]);
});
