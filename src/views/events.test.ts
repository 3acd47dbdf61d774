import { expect, test } from 'vitest';
import { eventOf, warningsIn } from './events.js';

const events = (...given: readonly object[]) =>
  given.flatMap((fields) => eventOf({ time: '2026-11-27T12:00:00.000Z', ...fields }) ?? []);

test('warnings are those of the last process, and of each stage since it last began', () => {
  const first = [
    { event: 'run begins' },
    { event: 'warning', text: 'warning: foreign text' },
    { event: 'stage begins', stage: 'teach' },
    { event: 'warning', stage: 'teach', text: 'step 1: warning: none ended' },
  ];
  const both = ['warning: foreign text', 'teach, step 1: warning: none ended'];
  expect(warningsIn(events(...first))).toEqual(both);
  // A process that resumes says again what it says at its start, and may repeat what a stage said.
  const resumed = [
    ...first,
    { event: 'run begins' },
    { event: 'stage resumes', stage: 'teach', step: 1 },
    { event: 'warning', stage: 'teach', text: 'step 1: warning: none ended' },
  ];
  expect(warningsIn(events(...resumed))).toEqual(both.slice(1));
  expect(warningsIn(events(...resumed, { event: 'stage begins', stage: 'teach' }))).toEqual([]);
  expect(warningsIn(events({ event: 'warning' }, { event: 'warning', text: 3 }))).toEqual([]);
});

test('a warning of other graders holds until the answers are graded again', () => {
  const graded = [
    { event: 'warning', stage: 'evaluate', text: 'warning: 2 problems are left out' },
    { event: 'graded again', stage: 'evaluate', was: 'math', now: 'choice' },
    { event: 'warning', stage: 'evaluate', text: 'warning: graded again by choice, which the recipe does not say' },
  ];
  const left = 'evaluate, warning: 2 problems are left out';
  expect(warningsIn(events(...graded))).toEqual([left, expect.stringContaining('graded again by choice')]);
  const back = { event: 'graded again', stage: 'evaluate', was: 'choice', now: 'math' };
  expect(warningsIn(events(...graded, back))).toEqual([left]);
});
