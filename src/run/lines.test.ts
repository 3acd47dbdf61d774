import { expect, test } from 'vitest';
import { damageText, type Lines, wholeLines } from './lines.js';

const numbers = (text: string) => wholeLines(text, (value) => (typeof value === 'number' ? value : undefined));

test('whole lines are values or damage; the beginning of a line is neither', () => {
  expect(numbers('')).toEqual({ values: [], damaged: [] });
  expect(numbers('1\n2\n')).toEqual({ values: [1, 2], damaged: [] });
  expect(numbers('1\n2\n3')).toEqual({ values: [1, 2], damaged: [], unfinished: 3 });
  expect(numbers('{"a')).toEqual({ values: [], damaged: [], unfinished: 1 });
  expect(numbers('1\n\n"a"\n{"b":\n2\n{"c"')).toEqual({ values: [1, 2], damaged: [3, 4], unfinished: 6 });
});

test('damage is told by file, with the first of its lines; so is a line cut short, where nobody writes it', () => {
  const text = (lines: Omit<Lines<unknown>, 'values'>, isBeingWritten = false) =>
    damageText('a.jsonl', lines, { isBeingWritten });
  expect(text({ damaged: [] })).toBeUndefined();
  expect(text({ damaged: [7] })).toBe('a.jsonl: 1 line could not be read (7)');
  expect(text({ damaged: [], unfinished: 9 }, true)).toBeUndefined();
  expect(text({ damaged: [], unfinished: 9 })).toBe('a.jsonl: 1 line could not be read (9, which is cut short)');
  expect(text({ damaged: [7], unfinished: 9 }, true)).toBe('a.jsonl: 1 line could not be read (7)');
  expect(text({ damaged: [7], unfinished: 9 })).toBe('a.jsonl: 2 lines could not be read (7, 9, which is cut short)');
  expect(text({ damaged: Array.from({ length: 12 }, (_, i) => i + 1) })).toBe(
    'a.jsonl: 12 lines could not be read (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)',
  );
});
