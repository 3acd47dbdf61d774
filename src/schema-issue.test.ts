import { expect, it } from 'vitest';
import { z } from 'zod';
import { issueText } from './schema-issue.js';

const schema = z.strictObject({
  name: z.string(),
  sizes: z.array(z.int().min(1).max(9)).optional(),
  share: z.number().gt(0).optional(),
  kind: z.enum(['a', 'b']).optional(),
  only: z.literal('this').optional(),
});

it.each([
  [{}, 'expected a string, but it is missing'],
  [{ name: 7 }, 'expected a string, not 7'],
  [{ name: null }, 'expected a string, not null'],
  [{ name: ['x'] }, 'expected a string, not a list'],
  [{ name: 'x', sizes: {} }, 'expected a list, not an object'],
  [{ name: 'x', sizes: [3, 12] }, 'is 12; expected at most 9'],
  [{ name: 'x', sizes: ['3'] }, 'expected a number, not "3"'],
  [{ name: 'x', share: 0 }, 'is 0; expected above 0'],
  [{ name: 'x', share: 'y'.repeat(99) }, `expected a number, not "${'y'.repeat(38)}…`],
  [{ name: 'x', kind: 'c' }, 'expected one of a, b, not "c"'],
  [{ name: 'x', kind: null }, 'expected one of a, b, not null'],
  [{ name: 'x', only: 'c' }, 'expected this, not "c"'],
  [7, 'expected an object, not 7'],
])('%j: %s', (value, text) => {
  expect(issueText(schema.safeParse(value).error?.issues[0], value, 'not valid')).toBe(text);
});

it('leaves the words of a schema', () => {
  const own = z.strictObject({ a: z.string('a is missing') });
  expect(issueText(own.safeParse({}).error?.issues[0], {}, 'not valid')).toBe('a is missing');
});

it('has words where there is no issue', () => {
  expect(issueText(undefined, {}, 'not valid')).toBe('not valid');
});
