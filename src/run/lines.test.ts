import { expect, test } from 'vitest';
import { damageText, wholeLines } from './lines.js';

const numbers = (text: string) => wholeLines(text, (value) => (typeof value === 'number' ? value : undefined));

test('whole lines are values or damage; the beginning of a line is neither', () => {
  expect(numbers('')).toEqual({ values: [], damaged: [] });
  expect(numbers('1\n2\n3')).toEqual({ values: [1, 2], damaged: [] });
  expect(numbers('1\n\n"a"\n{"b":\n2\n{"c"')).toEqual({ values: [1, 2], damaged: [3, 4] });
});

test('damage is told by file, with the first of its lines', () => {
  expect(damageText('a.jsonl', { damaged: [] })).toBeUndefined();
  expect(damageText('a.jsonl', { damaged: [7] })).toBe('a.jsonl: 1 line could not be read (7)');
  expect(damageText('a.jsonl', { damaged: Array.from({ length: 12 }, (_, i) => i + 1) })).toBe(
    'a.jsonl: 12 lines could not be read (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)',
  );
});
