/** Errors that cross a thread or process boundary arrive as what they were. */
import { expect, it } from 'vitest';
import { fromErrorRecord, InputError, RecipeError, toErrorRecord } from './errors.js';

const crossed = (error: unknown): Error => fromErrorRecord(structuredClone(toErrorRecord(error)));

it.each([new TypeError('a'), new RangeError('b'), new SyntaxError('c'), new Error('d')])('%o', (error) => {
  const arrived = crossed(error);
  expect(arrived.constructor).toBe(error.constructor);
  expect(arrived).toMatchObject({ name: error.name, message: error.message, stack: error.stack });
});

it('an error of the system keeps its code, and one of another class its name', () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  expect(crossed(missing)).toMatchObject({ message: 'no such file', code: 'ENOENT' });
  expect(crossed(new DOMException('late', 'DataCloneError'))).toMatchObject({ name: 'DataCloneError' });
});

it('errors of the package keep class, facts and message', () => {
  const input = new InputError('a blank', { file: 'x', line: 2, remedy: 'Fill it.' });
  expect(crossed(input)).toBeInstanceOf(InputError);
  expect(crossed(input)).toMatchObject({ code: 'input', message: input.message, facts: input.facts });
  const recipe = new RecipeError([{ message: 'no stages', field: 'stages' }], 'data');
  expect(crossed(recipe)).toBeInstanceOf(RecipeError);
  expect(crossed(recipe)).toMatchObject({ message: recipe.message, problems: recipe.problems, fault: 'data' });
});
