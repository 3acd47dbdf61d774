import { expect, test } from 'vitest';
import { tokenIds } from '../../text/tokens.js';
import { requireFitting } from './sft.js';

const example = (prompt: number, tokens: number) => ({
  id: 'p',
  ids: tokenIds(Array.from({ length: tokens }, () => 1)),
  spans: [{ start: prompt, end: tokens }],
});

test('where no example fits, prompts that are too long by themselves are told of as that', () => {
  const refusal = (examples: Parameters<typeof requireFitting>[3]) => {
    try {
      return requireFitting('warm-up', { of: 2, tooLong: 2 }, 10, examples);
    } catch (error) {
      return String(error);
    }
  };
  expect(refusal([example(12, 20), example(10, 15)])).toMatch(
    /2 are longer than 10 tokens \(stage warm-up\)\n {2}Their prompts alone have 10 tokens and more: raise maxTokens .*system message/,
  );
  // What is learnt can be made shorter; of texts that are not encoded nothing is known.
  for (const examples of [[example(12, 20), example(9, 20)], [undefined]])
    expect(refusal(examples)).toMatch(/use shorter data/);
});
