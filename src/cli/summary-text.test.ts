import { expect, test } from 'vitest';
import { resultTable } from './summary-text.js';

const row = (student: string, level: string, accuracy: number, interval: readonly [number, number]) =>
  ({ student, level, problems: 75, accuracy, interval }) as Parameters<typeof resultTable>[0][number];

test('a table says on which problems the two best students cannot be told apart', () => {
  const text = resultTable([
    row('base', 'held-out', 0.05, [0.03, 0.08]),
    row('rlt', 'held-out', 0.9, [0.85, 0.93]),
    row('base', 'more-steps', 0.07, [0.04, 0.12]),
    row('rlt', 'more-steps', 0.05, [0.02, 0.11]),
  ]);
  expect(text.split('\n').at(-1)).toBe(
    'The intervals of the two best overlap: more-steps (base, rlt). `rlt compare` pairs their answers, which may tell more.',
  );
});

test('a table of decided comparisons, of equal students or of one says nothing more', () => {
  const equal = [row('base', 'held-out', 0, [0, 0.6]), row('rlt', 'held-out', 0, [0, 0.6])];
  expect(resultTable(equal).split('\n')).toHaveLength(3);
  const decided = [row('base', 'held-out', 0.05, [0.03, 0.08]), row('rlt', 'held-out', 0.9, [0.85, 0.93])];
  expect(resultTable(decided).split('\n')).toHaveLength(3);
  expect(resultTable(decided.slice(0, 1)).split('\n')).toHaveLength(2);
});
