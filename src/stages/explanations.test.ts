import { expect, test } from 'vitest';
import { blankWarning, countBlank, Lasting, strangeSolutionsWarning, unendedWarning } from './explanations.js';

test('a warning is due once more than half of the explanations did not end', () => {
  expect(unendedWarning(0, 8)).toBeUndefined();
  expect(unendedWarning(4, 8)).toBeUndefined();
  expect(unendedWarning(5, 8)).toMatch(
    /^warning: 5 of 8 explanations did not end\. Warm the teacher up longer .*raise steps or maxSteps of its warm-up stage where they are set.*maxTokens.*a model that knows the subject/,
  );
});

test('a warning is due once more than half of the explanations say nothing', () => {
  const blank = countBlank(['', ' \n', 'Add 2.', ''].map((explanation) => ({ explanation })));
  expect(blank).toBe(3);
  expect(blankWarning(blank, 4)).toMatch(/^warning: 3 of 4 explanations are blank: .*reward\.kl.*a model that does\.$/);
  expect(blankWarning(blank, 4, true)).not.toMatch(/reward\.kl/);
  expect(blankWarning(2, 4)).toBeUndefined();
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
