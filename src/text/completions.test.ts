import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStudentCompletion, readStudentText, readTeacherCompletion } from './completions.js';
import { allTags, PAPER_FORMAT, THINK_FORMAT } from './formats.js';
import { studentLayout, teacherLayout } from './sequences.js';
import { chatTemplateOf } from './templates/chat-template.js';
import { parseTokenizer } from './tokenizer/files.js';
import { createTokenizer, loadTokenizer } from './tokenizer/tokenizer.js';
import { trainTokenizer } from './tokenizer/trainer.js';
import { sliceIds, tokenIds } from './tokens.js';

const goldens = fileURLToPath(new URL('../../src/text/goldens/', import.meta.url));
const smol = await loadTokenizer(join(goldens, 'smollm2'));

/** Tags are special tokens, and `.\n\n` is one token. */
const own = (() => {
  const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', ...allTags(PAPER_FORMAT)];
  const ends = { eosToken: '<|im_end|>', padToken: '<|endoftext|>' };
  const trained = trainTokenizer({ texts: ['x'], vocabularySize: 300, specialTokens, ...ends });
  const tokenizer = structuredClone(trained.tokenizer) as typeof trained.tokenizer & {
    pre_tokenizer: { pretokenizers: unknown[] };
    model: { vocab: Record<string, number>; merges: [string, string][] };
  };
  tokenizer.pre_tokenizer.pretokenizers.splice(0, 1);
  for (const merge of [
    ['Ċ', 'Ċ'],
    ['.', 'ĊĊ'],
  ] as [string, string][]) {
    tokenizer.model.vocab[merge.join('')] = Object.keys(tokenizer.model.vocab).length;
    tokenizer.model.merges.push(merge);
  }
  return createTokenizer(parseTokenizer({ tokenizer, tokenizerConfig: trained.tokenizerConfig }, 'own'));
})();

describe.each([
  ['tags as plain text', smol],
  ['tags as special tokens', own],
])('a teacher completion, %s', (_, tokenizer) => {
  const stop = tokenIds([tokenizer.eosId ?? -1]);
  const read = (ids: readonly number[]) => readTeacherCompletion(tokenizer, PAPER_FORMAT, tokenIds(ids), stop);

  it('of the layout itself gives back the explanation', () => {
    const teacher = teacherLayout({ tokenizer, chat: chatTemplateOf(tokenizer), format: PAPER_FORMAT });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (explanation) => {
        const { ids, promptLength } = teacher.sequence('Q', 'S', explanation, true);
        const completion = read(ids.slice(promptLength));
        expect(completion).toEqual({
          explanation,
          tokens: completion.tokens,
          ended: true,
          trailingTokens: 0,
          strayTags: 0,
          controlTokens: 0,
        });
        // The last token may hold the separator as well, and the separator's own tokens do not count.
        const { start, end } = teacher.sequence('Q', 'S', explanation, true).explanationSpan;
        expect(completion.tokens).toBe(end - start);
      }),
    );
  });

  it('without an end tag is all explanation', () => {
    const ids = tokenizer.encode('I was cut off here: ');
    expect(read(ids)).toMatchObject({ tokens: ids.length, explanation: 'I was cut off here: ', ended: false });
    expect(read([...ids, ...stop])).toMatchObject({ tokens: ids.length, ended: false });
    expect(read([])).toMatchObject({ tokens: 0, explanation: '', ended: false });
  });

  it('takes one separator away with the tag, and no more', () => {
    const end = tokenizer.encodeTemplate('<|end_of_explanation|>');
    expect(read([...tokenizer.encode('a'), ...end])).toMatchObject({ explanation: 'a', ended: true });
    expect(read([...tokenizer.encode('a'), ...tokenizer.encode('\n'), ...end]).explanation).toBe('a\n');
    expect(read([...tokenizer.encode('a\n'), ...tokenizer.encode('\n\n'), ...end]).explanation).toBe('a\n');
    expect(read(end)).toMatchObject({ tokens: 0, explanation: '', ended: true });
  });

  it('ends at the first end tag, also when it is spelled in ordinary tokens', () => {
    const spelled = tokenizer.encode('a\n\n<|end_of_explanation|> and more');
    expect(read(spelled)).toMatchObject({ explanation: 'a', ended: true });
    expect(read(spelled).trailingTokens).toBe(tokenizer.encode(' and more').length);
    const end = tokenizer.encodeTemplate('<|end_of_explanation|>');
    expect(read([...end, ...stop]).trailingTokens).toBe(0);
  });

  it('tells of stray tags and control tokens', () => {
    const ids = tokenizer.encodeTemplate('a<|begin_of_solution|>b<|im_start|>c');
    expect(read(ids)).toMatchObject({ strayTags: 1, ended: false });
    const twice = tokenizer.encode('<|begin_of_solution|>a<|begin_of_solution|>');
    expect(read(twice)).toMatchObject({ strayTags: 2 });
    expect(read(ids).controlTokens).toBe(tokenizer === own ? 2 : 1);
  });

  it('ends the explanation, unended, at a control token that is not its end tag', () => {
    const stray = tokenizer.encodeTemplate('a b\n\n<|im_start|>c d<|end_of_explanation|>');
    expect(read([...stray, ...stop])).toMatchObject({
      explanation: 'a b',
      tokens: tokenizer.encode('a b').length,
      ended: false,
      controlTokens: 1,
      trailingTokens: 0,
    });
    expect(read(tokenizer.encodeTemplate('<|im_start|>c'))).toMatchObject({ explanation: '', tokens: 0, ended: false });
  });
});

describe('a token that holds the last of the explanation and the first of the separator', () => {
  it('counts as one of the explanation', () => {
    const [merged = -1] = own.encode('.\n\n');
    expect(own.decode([merged])).toBe('.\n\n');
    const end = own.idOf('<|end_of_explanation|>') ?? -1;
    const sampled = tokenIds([...own.encode('So 4'), merged, end, 2]);
    expect(readTeacherCompletion(own, PAPER_FORMAT, sampled, tokenIds([2]))).toMatchObject({
      explanation: 'So 4.',
      tokens: own.encode('So 4').length + 1,
      ended: true,
    });
  });
});

describe('a student completion', () => {
  it.each([
    ['paper', PAPER_FORMAT, 'it is 4'],
    ['think', THINK_FORMAT, 'so \\boxed{4}'],
  ])('of the layout itself is well-formed (%s)', (_, format, solution) => {
    for (const tokenizer of [smol, own]) {
      const student = studentLayout({ tokenizer, chat: chatTemplateOf(tokenizer), format });
      const { ids, promptLength } = student.sequence('Q', 'first 2,\nthen 4', solution);
      expect(readStudentCompletion(tokenizer, format, sliceIds(ids, promptLength), student.stopIds)).toEqual({
        thought: 'first 2,\nthen 4',
        solution,
        answerText: format === THINK_FORMAT ? '4' : solution,
        wellFormed: true,
        problems: [],
      });
    }
  });

  const open = '<|begin_of_thought|>';
  const close = '<|end_of_thought|>';
  const begin = '<|begin_of_solution|>';
  const end = '<|end_of_solution|>';
  it.each([
    [
      'nothing',
      '',
      undefined,
      undefined,
      undefined,
      'no-thought-open no-thought-close no-solution-open no-solution-close no-answer',
    ],
    [
      'a bare answer',
      '4',
      undefined,
      undefined,
      undefined,
      'no-thought-open no-thought-close no-solution-open no-solution-close no-answer',
    ],
    ['an empty thought', `${open}${close}${begin}4${end}`, '', '4', '4', ''],
    ['no thought', `${begin}4${end}`, undefined, '4', '4', 'no-thought-open no-thought-close'],
    [
      'an endless thought',
      `${open} so`,
      undefined,
      undefined,
      undefined,
      'no-thought-close no-solution-open no-solution-close no-answer',
    ],
    ['an unopened thought', `so${close}${begin}4${end}`, 'so', '4', '4', 'no-thought-open'],
    ['an unclosed solution', `${open}a${close}${begin}\n\n4 `, 'a', '4', '4', 'no-solution-close'],
    ['a solution cut in its end tag', `${open}a${close}${begin}\n\n4\n\n<|end`, 'a', '4', '4', 'no-solution-close'],
    ['a solution cut in the first character', `${open}a${close}${begin}4<`, 'a', '4', '4', 'no-solution-close'],
    [
      'a solution cut before the last',
      `${open}a${close}${begin}$4${end.slice(0, -1)}`,
      'a',
      '$4',
      '$4',
      'no-solution-close',
    ],
    ['other marks at its end', `${open}a${close}${begin}4 <e`, 'a', '4 <e', '4 <e', 'no-solution-close'],
    ['a sign that is closed', `${open}a${close}${begin}<${end}`, 'a', '<', '<', ''],
    [
      'an end tag that is cut alone',
      `${open}a${close}${begin}\n\n<|end_of`,
      'a',
      '',
      undefined,
      'no-solution-close no-answer',
    ],
    ['another tag alone', `${open}a${close}${begin}${begin}${end}`, 'a', begin, undefined, 'repeated-tag no-answer'],
    [
      'another tag that is cut',
      `${open}a${close}${begin}<|begin_of_s`,
      'a',
      '<|begin_of_s',
      undefined,
      'no-solution-close no-answer',
    ],
    ['an empty solution', `${open}a${close}${begin}\n\n${end}`, 'a', '', undefined, 'no-answer'],
    ['words before', `Well. ${open}a${close}${begin}4${end}`, 'a', '4', '4', 'text-outside-tags'],
    ['words between', `${open}a${close} thus ${begin}4${end}`, 'a', '4', '4', 'text-outside-tags'],
    ['words after', `${open}a${close}${begin}4${end} bye`, 'a', '4', '4', 'text-outside-tags'],
    [
      'two solutions',
      `${open}a${close}${begin}4${end}${begin}5${end}`,
      'a',
      '4',
      '4',
      'text-outside-tags repeated-tag',
    ],
    [
      'a solution in the thought',
      `${open}${begin}3${end}${close}${begin}4${end}`,
      `${begin}3${end}`,
      '4',
      '4',
      'repeated-tag',
    ],
    ['a box', `${open}a${close}${begin}it is \\boxed{4}.${end}`, 'a', 'it is \\boxed{4}.', '4', ''],
    ['a box without braces', `${open}a${close}${begin}so \\boxed 12.${end}`, 'a', 'so \\boxed 12.', '12', ''],
    ['an empty box', `${open}a${close}${begin}\\boxed{}${end}`, 'a', '\\boxed{}', '\\boxed{}', ''],
  ])('with %s', (_, text, thought, solution, answerText, problems) => {
    const expected = { thought, solution, answerText, wellFormed: problems === '' };
    expect(readStudentText(PAPER_FORMAT, text, true)).toMatchObject(expected);
    expect(readStudentText(PAPER_FORMAT, text, true).problems.join(' ')).toBe(problems);
  });

  it('loses what was cut of the end tag of any format', () => {
    const solution = { open: '[SOL]', close: 'END.' };
    const own = { ...PAPER_FORMAT, student: { ...PAPER_FORMAT.student, solution } };
    const read = (text: string) => readStudentText(own, `${open}a${close}[SOL]${text}`, false).answerText;
    expect(read('4 END')).toBe('4 END');
    expect(read('option E')).toBe('option E');
    const bracketed = { ...own, student: { ...own.student, solution: { open: '[SOL]', close: '[/SOL]' } } };
    expect(readStudentText(bracketed, `${open}a${close}[SOL]4 [/SO`, false).answerText).toBe('4');
    expect(readStudentText(bracketed, `${open}a${close}[SOL]4 <`, false).answerText).toBe('4 <');
  });

  it('that was cut off says so', () => {
    const ids = smol.encodeTemplate(`${open}a${close}${begin}4${end}`);
    expect(readStudentCompletion(smol, PAPER_FORMAT, ids, tokenIds([2])).problems).toEqual(['not-stopped']);
  });

  it('of the think format needs a box', () => {
    expect(readStudentText(THINK_FORMAT, '<think>\na\n</think>\n\n4', true)).toMatchObject({
      solution: '4',
      answerText: undefined,
      problems: ['no-answer'],
    });
    const read = (solution: string) => readStudentText(THINK_FORMAT, `<think>\na\n</think>\n\n${solution}`, true);
    expect(read('so \\boxed\\frac12')).toMatchObject({ answerText: '\\frac12', problems: [] });
    expect(read('\\boxed{}')).toMatchObject({ answerText: undefined, problems: ['no-answer'] });
  });

  it('never raises, and finds no more than is there', () => {
    const part = fc.oneof(fc.constantFrom(...allTags(PAPER_FORMAT), '\\boxed{', '{', '}', '\\'), fc.string());
    fc.assert(
      fc.property(fc.array(part), fc.constantFrom(PAPER_FORMAT, THINK_FORMAT), (parts, format) => {
        const text = parts.join('');
        const completion = readStudentText(format, text, true);
        for (const piece of [completion.thought, completion.solution, completion.answerText]) {
          if (piece !== undefined) expect(text).toContain(piece);
        }
      }),
    );
  });
});
