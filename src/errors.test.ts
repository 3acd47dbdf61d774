import { expect, test } from 'vitest';
import { RecipeError } from './errors.js';

test('problems are listed with their places; a remedy that helps several in a row stands once, behind the last', () => {
  const made = (field: string) => ({ message: 'the file is missing', field, remedy: 'Make it.' });
  const { message } = new RecipeError([made('a'), made('b'), { message: 'too small', field: 'c' }, made('d')]);
  expect(message).toBe(`the recipe has 4 problems:
- the file is missing (field a)
- the file is missing (field b)
  Make it.
- too small (field c)
- the file is missing (field d)
  Make it.`);
});

test('of many problems the first are listed', () => {
  const problems = Array.from({ length: 23 }, (_, index) => ({ message: `problem ${index}` }));
  const lines = new RecipeError(problems, 'data').message.split('\n');
  expect(lines[0]).toBe('the data have 23 problems:');
  expect(lines.slice(-2)).toEqual(['- problem 19', '- and 3 more']);
});
