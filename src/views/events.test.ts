import { expect, test } from 'vitest';
import { eventOf, eventText, warningsIn } from './events.js';

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

test.each([
  [{ event: 'run begins', recipe: 'tiny', stages: 1 }, 'The run of tiny began or went on: 1 stage in all.'],
  [
    { event: 'data read', data: 'train', rows: 1200, problems: 1100, used: 1000, heldOut: 100 },
    'Data set train was read: 1,200 rows, 1,100 distinct problems, of which 1,000 are used and 100 held out.',
  ],
  [{ event: 'stage begins', stage: 'teach' }, 'teach: began.'],
  [{ event: 'stage resumes', stage: 'teach', step: 30 }, 'teach: resumed from its checkpoint after 30 steps.'],
  [{ event: 'stage done', stage: 'teach', manifest: 'manifest.json' }, 'teach: finished.'],
  [{ event: 'stage took', stage: 'teach', seconds: 61 }, 'teach: took 1m01s in this process.'],
  [{ event: 'prompts', stage: 'teach', kept: 19, tooLong: 0 }, 'teach: 19 prompts to work on.'],
  [
    { event: 'examples', stage: 'distill', kept: 1, tooLong: 1 },
    'distill: 1 example to work on; 1 more is too long for the models and left out.',
  ],
  [
    { event: 'cut for the student', stage: 'teach', step: 3, explanations: 2 },
    "teach, step 4: 2 explanations were cut to fit the student's context.",
  ],
  [
    { event: 'damaged checkpoint', stage: 'teach', step: 6, message: 'the file is empty' },
    'teach: the checkpoint of step 6 is damaged, so an earlier one was taken: the file is empty.',
  ],
  [
    { event: 'graded again', stage: 'evaluate', was: 'math', now: 'choice' },
    'evaluate: its answers were graded again by choice; before, by math.',
  ],
  [{ event: 'run ends', seconds: 13 }, 'The run finished; this process took 13s.'],
  [{ event: 'step', stage: 'teach', step: 1 }, undefined],
  // Of another version.
  [{ event: 'stage done' }, 'stage done'],
  [{ event: 'toString', stage: 'teach', seconds: 2, what: 3 }, 'teach: toString (2s, what 3)'],
])('the event %j is told as a sentence', (event, told) => {
  const [one] = events(event);
  expect(one && eventText(one)).toBe(told);
});
