import { expect, it } from 'vitest';
import { evaluator, product, sum } from './dimension.js';

it('computes dimensions from the sizes that a run has', () => {
  const sizes = new Map([
    ['B', 3],
    ['T', 5],
  ]);
  expect(evaluator(7)(sizes)).toBe(7);
  expect(evaluator(0)(sizes)).toBe(0);
  expect(evaluator('B')(sizes)).toBe(3);
  expect(evaluator(product(['B', 'T', 'T', 2]))(sizes)).toBe(150);
  expect(evaluator(product([sum(['B', 'T', 1]), 'B']))(sizes)).toBe(27);
  expect(() => evaluator('C')(sizes)).toThrow('the size C is not known');
});
