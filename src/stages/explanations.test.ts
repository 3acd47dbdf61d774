import { expect, test } from 'vitest';
import { unendedWarning } from './explanations.js';

test('a warning is due once more than half of the explanations did not end', () => {
  expect(unendedWarning(0, 8)).toBeUndefined();
  expect(unendedWarning(4, 8)).toBeUndefined();
  expect(unendedWarning(5, 8)).toMatch(
    /^warning: 5 of 8 explanations did not end\. Warm the teacher up longer .*larger steps or maxSteps where they are set.*maxTokens.*a model that knows the subject/,
  );
});
