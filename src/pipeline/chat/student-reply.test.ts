import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStudentText } from '../../text/completions.js';
import { FORMATS, studentTags } from '../../text/formats.js';
import { TextUpTo } from './growing-text.js';
import { type StudentParts, StudentReply } from './student-reply.js';

const TAGGED = {
  ...FORMATS.think,
  student: { thought: { open: '<think>', close: '</think>' }, solution: { open: '<solution>', close: '</solution>' } },
};

/** The parts of a text that comes in pieces of these lengths, the last of them over and over. */
function partsOf(text: string, lengths: readonly number[], format = TAGGED as typeof FORMATS.think): StudentParts {
  const parts = { thought: '', solution: '' };
  const growing = new StudentReply(format, (shown, part) => {
    parts[part] += shown;
  });
  const bytes = Buffer.from(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[Math.min(i, lengths.length - 1)] ?? 1;
    growing.add(bytes.subarray(at, at + length));
    at += length;
  }
  growing.end();
  expect(growing.text).toBe(text);
  return parts;
}

test.each([1, 2, 5, 1000])(
  'thought and solution come apart, without tags and white space, in pieces of %i',
  (length) => {
    expect(partsOf('<think>\n\n2 + 3 = 5 < 6\n</think>\n\n<solution>\n5 é\n</solution>', [length])).toEqual({
      thought: '2 + 3 = 5 < 6',
      solution: '5 é',
    });
    expect(partsOf('<think>\n2 + 3 = 5\n</think>\n\nThe answer is 5.', [length], FORMATS.think)).toEqual({
      thought: '2 + 3 = 5',
      solution: 'The answer is 5.',
    });
  },
);

test.each([
  ['<think>\n2 + 3 </thin', '2 + 3', ''],
  ['<think>a</think>\n<solution>\n5\n</solu', 'a', '5'],
  ['<think>a</think> b <solution>5</solution> c', 'a', '5'],
  ['<think>a <solution>5</solution>', 'a', '5'],
  ['<think>a <solution>4</solution> b</think><solution>5', 'a 4 b', '5'],
  ['<think>a</think><solution>pre </think>42</solution>', 'a', 'pre 42'],
  ['<think>a</think> 5', 'a', ''],
  ['so <think>a</think><solution>5', 'a', '5'],
  ['no tag at all', 'no tag at all', ''],
  ['a</think><solution>5</solution><think>b</think>', 'a', '5'],
  ['', '', ''],
])('of %j, whole or cut, the parts are what is known of them', (text, thought, solution) => {
  for (const length of [1, 3, 1000]) expect(partsOf(text, [length])).toEqual({ thought, solution });
});

const pieces = fc
  .array(fc.constantFrom('<think>', '</think>', '<solution>', '</solution>', '</th', '<', ' ', '\n', 'ab', 'é'))
  .map((texts) => texts.join(''));

test('how a text is cut into pieces does not change its parts', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });
  fc.assert(
    fc.property(pieces, lengths, (text, cuts) => {
      expect(partsOf(text, cuts)).toEqual(partsOf(text, [1000]));
    }),
    { numRuns: 1000 },
  );
});

test('the solution is the one that graders read, without tags', () => {
  const bare = (text: string) => studentTags(TAGGED).reduce((left, tag) => left.replaceAll(tag, ''), text);
  const isCut = (text: string) => /<\/?[a-z]*$/.test(text.trimEnd());
  fc.assert(
    fc.property(pieces, (rest) => {
      fc.pre(!rest.includes('<think>') && !isCut(rest));
      const text = `<think>${rest}`;
      const { solution = '' } = readStudentText(TAGGED, text, true);
      expect(partsOf(text, [3]).solution).toBe(bare(solution).trim());
    }),
    { numRuns: 1000 },
  );
});

test('nothing is shown from an end tag on, and without one a text is shown as it is', () => {
  const shown = (text: string, tag?: string) => {
    let all = '';
    const growing = new TextUpTo(tag, (more) => {
      all += more;
    });
    for (const byte of Buffer.from(text)) growing.add(Uint8Array.of(byte));
    growing.end();
    return all;
  };
  expect(shown('a </b> c </b>', '</b>')).toBe('a');
  expect(shown('a </', '</b>')).toBe('a </');
  expect(shown(' é </b>\n')).toBe(' é </b>\n');
});
