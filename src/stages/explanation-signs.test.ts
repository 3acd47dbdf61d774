import { describe, expect, test } from 'vitest';
import {
  blankNote,
  blankWarning,
  countBlank,
  Lasting,
  strangeSolutionsWarning,
  TeacherWatch,
  unendedWarning,
} from './explanation-signs.js';
import type { WrittenExplanation } from './explanations.js';
import type { ScoredExplanation } from './rewards/explanation-reward.js';

test('a warning is due once more than half of the explanations did not end', () => {
  expect(unendedWarning(0, 8, 'untaught')).toBeUndefined();
  expect(unendedWarning(4, 8, 'untaught')).toBeUndefined();
  expect(unendedWarning(5, 8, 'untaught')).toMatch(
    /^warning: 5 of 8 explanations did not end\. Warm the teacher up longer .*raise steps or maxSteps of its warm-up stage where they are set.*maxTokens.*a model that knows the subject/,
  );
});

test('a warning is due once more than half of the explanations say nothing', () => {
  const blank = countBlank(['', ' \n', 'Add 2.', ''].map((explanation) => ({ explanation })));
  expect(blank).toBe(3);
  const learnt = blankWarning(blank, 4, 'learnt');
  expect(learnt).toMatch(
    /^warning: 3 of 4 explanations are blank: saying nothing pays.*reward\.kl.*a model that does\.$/,
  );
  expect(blankWarning(blank, 4, 'hopeless')).not.toMatch(/reward\.kl/);
  expect(blankWarning(2, 4, 'learnt')).toBeUndefined();
  // Nothing has paid yet for a teacher that was only warmed up.
  expect(blankNote(blank, 4, 'learnt')).toBe(learnt);
  expect(blankNote(blank, 4, 'given')).toMatch(/are blank\. Unless their model was trained as a teacher, take one/);
  expect(blankNote(blank, 4, 'untaught')).toBe(
    'warning: 3 of 4 explanations are blank, before any reinforcement learning of their teacher: warm it up longer, or on traces that are not blank.',
  );
});

test('solutions are noise to a student that would do better by guessing', () => {
  const reader = { name: 'reader', vocabularySize: 512 };
  // -ln 512 = -6.238
  expect(strangeSolutionsWarning(-6.2, reader)).toBeUndefined();
  expect(strangeSolutionsWarning(-6.3, reader)).toMatch(/to reader, .*\(-6\.3 nats\) .*at random \(-6\.2\)/);
});

test('a warning lasts once it was due three steps in a row', () => {
  const silence = new Lasting(3);
  const found = ['a', 'b', undefined, 'c', 'd', 'e', 'f', undefined].map((warning) => silence.next(warning));
  expect(found).toEqual([undefined, undefined, undefined, undefined, undefined, 'e', 'f', undefined]);
});

test('of a single step, once it was due', () => {
  expect(new Lasting(1).next('a')).toBe('a');
});

describe('the watch over a teacher', () => {
  const written = (explanation: string, ended = true) => ({ explanation, ended }) as WrittenExplanation;
  const scored = (logProb: number) =>
    ({ reward: { solution: { perToken: [logProb] } } }) as unknown as ScoredExplanation;
  const watching = (shape = { prompts: 10, samples: 10, steps: 9 }) => {
    const notes: string[] = [];
    const stage = { name: 'teach', note: (line: string) => void notes.push(line) };
    return { notes, watch: new TeacherWatch(stage, shape, { name: 'reader', vocabularySize: 512 }) };
  };

  test('warns once of each sign, with the step as people count it', () => {
    const { notes, watch } = watching();
    for (const step of [0, 1, 2]) {
      watch.inspect([written('so'), written('on', false), written('on', false)], [scored(-9)], step);
    }
    expect(notes.map((note) => note.slice(0, 60))).toEqual([
      'step 1: warning: 2 of 3 explanations did not end. Warm the t',
      'step 1: warning: to reader, a token of the solutions is less',
    ]);
  });

  test('stops a teacher that ends nothing', () => {
    const { watch } = watching();
    expect(() => watch.inspect([written('so', false)], [scored(-1)], 3)).toThrow(/ended none of the 1 explanations/);
  });

  test('names the learning rate first where explanations ended in an earlier step, also of a run that was resumed', () => {
    const stopped = (steps: readonly number[]): string => {
      const { watch } = watching();
      try {
        for (const step of steps) watch.inspect([written('so', step === 0 && steps.length > 1)], [scored(-1)], step);
      } catch (error) {
        return String(error);
      }
      return '';
    };
    const first = /\n {2}In earlier steps they ended, .*lower optimiser\.learningRate .*Warm the teacher up longer/;
    expect(stopped([0, 1])).toMatch(first);
    expect(stopped([7])).toMatch(first);
    expect(stopped([0])).toMatch(/\n {2}Warm the teacher up longer/);

    const { notes, watch } = watching();
    watch.inspect([written('so')], [scored(-1)], 0);
    watch.inspect([written('so'), written('on', false), written('on', false)], [scored(-1)], 1);
    expect(notes).toEqual([
      expect.stringMatching(/^step 2: .*did not end\. In earlier steps they ended.*learningRate/),
    ]);
  });

  test('stops one that has been silent for three steps, and for a hundred explanations', () => {
    const { notes, watch } = watching();
    const step = (index: number) => watch.inspect([written(' '), written('')], [scored(-1)], index);
    step(0);
    step(1);
    expect(() => step(2)).toThrow(/all 2 explanations of each of the last 3 steps are blank/);
    expect(notes).toHaveLength(1);

    // It fell silent, or was so from the start; of a run that is resumed nobody knows the latter.
    const later = watching();
    for (const index of [7, 8, 9]) later.watch.inspect([written(''), written(''), written('so')], [scored(-1)], index);
    const early = watching();
    for (const index of [0, 1, 2]) early.watch.inspect([written(''), written(''), written('so')], [scored(-1)], index);
    expect([later.notes, early.notes].map(([note]) => /saying nothing pays/.test(note ?? ''))).toEqual([true, false]);
    expect(early.notes[0]).toMatch(/before any reinforcement learning of their teacher: warm it up longer/);

    const few = watching({ prompts: 2, samples: 1, steps: 60 });
    for (let index = 0; index < 49; index++) few.watch.inspect([written(''), written('')], [scored(-1)], index);
    expect(() => few.watch.inspect([written(''), written('')], [scored(-1)], 49)).toThrow(/last 50 steps/);
  });
});
