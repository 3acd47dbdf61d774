import { expect, test } from 'vitest';
import { dataFactsText } from './pipeline/inputs/data-facts.js';
import { commandLine, printable, printableName } from './printable.js';
import { textProgress } from './run/progress.js';

const EVIL = '\u001b[31mevil\u001b[0m\nkey';

test('control characters are written as escapes, and other text stays', () => {
  expect(printable(EVIL)).toBe('\\u001b[31mevil\\u001b[0m\nkey');
  expect(printableName(`${EVIL}\t`)).toBe('\\u001b[31mevil\\u001b[0m\\nkey\\t');
  expect(printable('\u009b2J\u202eabc\u0007\r')).toBe('\\u009b2J\\u202eabc\\u0007\\u000d');
  for (const text of ['Größe, 数学 👩‍🔬', 'a\nb\tc', '']) expect(printable(text)).toBe(text);
});

test('names of columns are on one line of the facts of a data set', () => {
  const facts = {
    rows: 2,
    problems: 2,
    questions: 2,
    traces: 0,
    mostTraces: 0,
    withoutTrace: 2,
    excluded: 0,
    heldOut: 0,
    main: 2,
    heldOutProblems: 0,
    columns: { read: ['question', 'solution'], ignored: [{ name: EVIL }] },
  };
  expect(dataFactsText(facts)).toBe(
    '2 questions without traces; columns read: question, solution; ignored: \\u001b[31mevil\\u001b[0m\\nkey',
  );
  expect(dataFactsText({ ...facts, rows: 32, explanations: 32, columns: { read: [], ignored: [] } })).toBe(
    '32 explanations of 2 questions',
  );
});

test('notes of a run cannot move the cursor', () => {
  const written: string[] = [];
  textProgress({ write: (text) => written.push(text), terminal: false }).note(EVIL);
  expect(written).toEqual(['\\u001b[31mevil\\u001b[0m\nkey\n']);
});

test('a line to be copied has words in quotes where a shell would take them apart', () => {
  expect(commandLine('rlt', 'run', 'a/b.yaml', '--set', 'x=1')).toBe('rlt run a/b.yaml --set x=1');
  expect(commandLine('my runs/one', '[1, 2]', '')).toBe('"my runs/one" "[1, 2]" ""');
  expect(commandLine('x="a"', '$HOME', "it's", 'a"\'b')).toBe(`'x="a"' '$HOME' "it's" 'a"'\\''b'`);
});
