import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import {
  allTags,
  checkFormat,
  FORMATS,
  formatProblems,
  PAPER_FORMAT,
  studentSystemPrompt,
  type TagFormat,
  THINK_FORMAT,
  teacherSystemPrompt,
} from './formats.js';

function withThought(open: string, close: string): TagFormat {
  return { ...PAPER_FORMAT, student: { ...PAPER_FORMAT.student, thought: { open, close } } };
}

describe('the shipped formats', () => {
  it.each(Object.values(FORMATS))('$name has no problems', (format) => {
    expect(formatProblems(format)).toEqual([]);
  });

  it('list each tag once', () => {
    expect(allTags(PAPER_FORMAT)).toEqual([
      '<|begin_of_thought|>',
      '<|end_of_thought|>',
      '<|begin_of_solution|>',
      '<|end_of_solution|>',
      '<|begin_of_explanation|>',
      '<|end_of_explanation|>',
    ]);
    expect(allTags(THINK_FORMAT)).toHaveLength(6);
  });

  it('are described to the models with every tag that they have to write', () => {
    for (const tag of ['<|begin_of_thought|>', '<|end_of_thought|>', '<|begin_of_solution|>', '<|end_of_solution|>']) {
      expect(studentSystemPrompt(PAPER_FORMAT)).toContain(tag);
    }
    expect(studentSystemPrompt(THINK_FORMAT)).toContain('\\boxed{}');
    expect(teacherSystemPrompt(PAPER_FORMAT)).toContain('<|end_of_explanation|>');
    expect(teacherSystemPrompt(THINK_FORMAT)).toContain('<explanation>');
  });
});

describe("a format of one's own", () => {
  it.each([
    ['an empty tag', '', '</t>', /empty/],
    ['equal tags', '<t>', '<t>', /used twice/],
    ['a tag inside another', '<t', '<t>', /contains the other/],
    ['a tag of the solution', '<|begin_of_solution|>', '</t>', /used twice/],
    ['a tag with a space at its end', '<t> ', '</t>', /white space/],
  ])('with %s is refused', (_, open, close, message) => {
    expect(() => checkFormat(withThought(open, close))).toThrow(UsageError);
    expect(() => checkFormat(withThought(open, close))).toThrow(message);
  });

  it('with words between tags is refused', () => {
    expect(() => checkFormat({ ...PAPER_FORMAT, inner: ' then ' })).toThrow(/inner/);
  });

  it('is told all of its problems at once', () => {
    expect(formatProblems(withThought('', '<|end_of_solution|>')).map((problem) => problem.field)).toEqual([
      'student',
      'student',
    ]);
  });

  it('may be without white space', () => {
    expect(formatProblems({ ...withThought('[T]', '[/T]'), inner: '', between: '' })).toEqual([]);
  });
});
