import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { type ChoiceColumns, choicesSchema, optionsInText } from './choices/choices.js';
import type { ProblemColumns } from './columns/columns.js';
import { columnsText } from './columns/use.js';
import { readProblemFile, readProblems } from './problem-file.js';
import { readQuestions } from './question-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-choices-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function wrote(content: string | readonly object[], ending = 'jsonl'): Promise<string> {
  const file = join(folder, `choices-${files++}.${ending}`);
  await writeFile(
    file,
    typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  return file;
}

const letters = async (rows: string | readonly object[], columns: ProblemColumns, ending?: string) =>
  (await readProblems(await wrote(rows, ending), { columns })).map(({ answer }) => answer);
const refusal = (read: Promise<unknown>): Promise<InputError> =>
  read.then(
    () => Promise.reject(new Error('was read')),
    (error: unknown) => {
      if (error instanceof InputError) return error;
      throw error;
    },
  );

const TABLE = 'question,A,B,C,D,correct,explanation\nHow many?,84,19,85,82,A,7 * 12\nAnd now?,19,86,89,88,D,11 * 8\n';
const LETTERED = { question: 'question', choices: { options: ['A', 'B', 'C', 'D'], key: 'correct' } };

describe('options with a key', () => {
  it('are listed below the question; the answer is the letter, and the solution ends with it', async () => {
    const [first, second] = await readProblems(await wrote(TABLE, 'csv'), { columns: LETTERED });
    expect(first).toMatchObject({
      question: 'How many?\n\n(A) 84\n(B) 19\n(C) 85\n(D) 82',
      solution: 'Answer: A\n84',
      answer: 'A',
    });
    expect(second).toMatchObject({ solution: 'Answer: D\n88', answer: 'D' });
    const worked = await readProblems(await wrote(TABLE, 'csv'), { columns: { ...LETTERED, solution: 'explanation' } });
    expect(worked[0]?.solution).toBe('7 * 12\n\nAnswer: A\n84');
  });

  const list = (key: unknown, choices: unknown = ['red', 'green', 'blue']) => ({ q: `Which? ${key}`, choices, key });
  const LIST: ProblemColumns = { question: 'q', choices: { options: 'choices', key: 'key' } };
  it.each<[string, readonly unknown[], readonly string[]]>([
    ['letters', ['A', 'c', '(B)', 'C)', 'Option A'], ['A', 'C', 'B', 'C', 'A']],
    ['letters with their texts', ['A) red', '(C) blue'], ['A', 'C']],
    ['texts', ['blue', ' red '], ['C', 'A']],
    ['numbers from 0', [0, 2, 1], ['A', 'C', 'B']],
    ['numbers from 1', [1, '3', 2], ['A', 'C', 'B']],
  ])('keys are %s', async (_, keys, expected) => {
    expect(
      await letters(
        keys.map((key) => list(key)),
        LIST,
      ),
    ).toEqual(expected);
  });

  it.each<[string, unknown, unknown, string]>([
    ['of texts with their letters', ['A)21', 'B)22', 'C)23'], 'B', '(A) 21\n(B) 22\n(C) 23'],
    ['of labels and texts', { text: ['x', 'y'], label: ['1', '2'] }, '2', '(A) x\n(B) y'],
    [
      'of objects',
      [
        { label: 'A', text: 'x' },
        { label: 'B', text: 'y' },
      ],
      'B',
      '(A) x\n(B) y',
    ],
    ['by letters', { A: 'x', B: 'y' }, 'B', '(A) x\n(B) y'],
    ['in a text', 'A) 12 B) 13 C) 14', 'B', '(A) 12\n(B) 13\n(C) 14'],
    ['as JSON in a text', '["12", "13"]', 'B', '(A) 12\n(B) 13'],
  ])('a list %s', async (_, choices, key, listed) => {
    const [problem] = await readProblems(await wrote([list(key, choices)]), { columns: LIST });
    expect(problem).toMatchObject({ question: `Which? ${key}\n\n${listed}`, answer: 'B' });
  });

  it('may have fewer options in some rows', async () => {
    const rows = 'q,A,B,C,key\nTrue?,yes,no,,B\nWhich?,1,2,3,C\n';
    const columns = { question: 'q', choices: { options: ['A', 'B', 'C'], key: 'key' } };
    const problems = await readProblems(await wrote(rows, 'csv'), { columns });
    expect(problems.map(({ question, answer }) => [question, answer])).toEqual([
      ['True?\n\n(A) yes\n(B) no', 'B'],
      ['Which?\n\n(A) 1\n(B) 2\n(C) 3', 'C'],
    ]);
  });

  it('a number that may be counted from 0 or from 1, or be an option, is refused until keyIs says it', async () => {
    const numbers = [list(1), list(2)];
    const error = await refusal(letters(numbers, LIST));
    expect(error.message).toMatch(
      /the key "1" may be the number of an option, counted from 0 or the number of an option, counted from 1, .*\(A\) red \(B\) green \(C\) blue .*jsonl:1, field key\)\n.*add keyIs: from-0 or keyIs: from-1 to choices/s,
    );
    const from = (keyIs: 'from-0' | 'from-1'): ProblemColumns => ({ ...LIST, choices: { ...LIST.choices, keyIs } });
    expect(await letters(numbers, from('from-0'))).toEqual(['B', 'C']);
    expect(await letters(numbers, from('from-1'))).toEqual(['A', 'B']);
    const texts = await refusal(letters([list('2', [3, 2, 4])], LIST));
    // 2 is the second option, by its text and counted from 1, but the third counted from 0.
    expect(texts.message).toMatch(/may be the text of an option or the number of an option, counted from 0/);
  });

  it('what a key is does not depend on how many rows are read', async () => {
    const file = await wrote([list(1), list(2), list(3)]);
    expect((await readProblems(file, { columns: LIST, first: 1 }))[0]?.answer).toBe('A');
  });

  it('a key that is none of the options is named with them, and so are all such rows', async () => {
    const error = await refusal(letters([list('A'), list('E'), list('B'), list('blue')], LIST));
    expect(error.message).toMatch(
      /the key "E" is none of its options: \(A\) red \(B\) green \(C\) blue .*jsonl:2, field key\)\n {2}In this file a key is the letter of an option\. Correct the row, or leave it out\. Another row is invalid\. Line 4/,
    );
    const twice = await refusal(
      letters([list('4', [4, 4, 2]), list('2', [4, 3, 2])], { ...LIST, choices: { ...LIST.choices, keyIs: 'text' } }),
    );
    expect(twice.message).toMatch(/the key "4" is the text of several of its options: \(A\) 4 \(B\) 4 \(C\) 2/);
    expect((await refusal(letters([list('purple')], LIST))).message).toMatch(
      /A key is the letter of an option, its text, or its number/,
    );
  });

  it('rows in which the right option stands twice are told of: of two equal options only one letter counts', async () => {
    const file = await wrote([list('A'), list('A', [4, 4, 2]), list('B', [4, 2, 4])]);
    expect((await readProblemFile(file, { columns: LIST })).columns?.choices).toBe(
      'multiple choice: options from choices, the right one by its letter in key; in 1 row (line 2) the right option stands under two letters, of which one counts',
    );
  });

  it('a column that is missing, or holds no options, is named', async () => {
    const choices = { options: ['A', 'B', 'X'], key: 'correct' };
    const missing = await refusal(letters(TABLE, { question: 'question', choices }, 'csv'));
    expect(missing.message).toMatch(/the column "X" is missing/);
    const none = await refusal(letters([list('A', 'red or green')], LIST));
    expect(none.message).toMatch(
      /the column "choices" holds no list of two or more options .*\n {2}Write a list, as in/,
    );
  });
});

describe('the right option and the wrong ones in columns of their own', () => {
  const nonsense = (choices: ChoiceColumns, rows = TABLE) =>
    refusal(letters(rows, { question: 'question', choices }, 'csv'));
  it('are refused where the right one is only a key, with the form that reads it', async () => {
    const error = await nonsense({ correct: 'correct', wrong: ['A', 'B', 'C', 'D'] });
    expect(error.message).toMatch(
      /the right option, "A" in the column "correct", is only the letter or name of an option .*csv:2, field correct\)/,
    );
    expect(error.facts.remedy).toContain(
      'columns: { question: question, choices: { options: [A, B, C, D], key: correct } }',
    );
  });

  it('are refused where the right one is among the wrong ones, or the key means another', async () => {
    const among = choicesSchema.safeParse({ correct: 'A', wrong: ['A', 'B'] });
    expect(among.error?.issues[0]?.message).toBe('"A" is among the wrong ones');
    const error = await nonsense({ correct: 'A', wrong: ['B', 'C', 'D'] });
    expect(error.message).toMatch(
      /"19" in the column "A", is not the one that the column "correct" means: "88".*csv:3/,
    );
  });

  it('are read where options are letters themselves', async () => {
    const rows = 'question,right,w1,w2\nWhich vitamin?,C,A,D\n';
    const [problem] = await readProblems(await wrote(rows, 'csv'), {
      columns: { question: 'question', choices: { correct: 'right', wrong: ['w1', 'w2'] } },
    });
    expect(problem?.question).toContain(`(${problem?.answer}) C`);
  });
});

describe('without columns', () => {
  it('a file that is only asked is read, and what was read as what is told', async () => {
    const { problems, columns } = await readProblemFile(await wrote(TABLE, 'csv'), { needs: 'answers' });
    expect(problems.map(({ answer }) => answer)).toEqual(['A', 'D']);
    expect(columns).toMatchObject({
      choices: 'multiple choice: options from A, B, C and D, the right one by its letter in correct',
      read: ['question', 'A', 'B', 'C', 'D', 'correct'],
      ignored: [{ name: 'explanation' }],
    });
  });

  it.each<[string, object]>([
    ['choices and an index', { Question: 'Which?', choices: ['a', 'b', 'c'], answer: 0 }],
    ['option columns', { question: 'Which?', option_a: 'a', option_b: 'b', answer: 'option_a' }],
    ['opa to opd and cop', { question: 'Which?', opa: 'a', opb: 'b', opc: 'c', opd: 'd', cop: 0 }],
    ['option1 to option3', { question: 'Which?', option1: 'a', option2: 'b', option3: 'c', label: '1' }],
    ['ARC', { question: 'Which?', choices: { text: ['a', 'b'], label: ['A', 'B'] }, answerKey: 'A' }],
    ['a text', { question: 'Which?', options: 'A) a B) b', answer: 'A' }],
    ['small letters', { question: 'Which?', a: 'a', b: 'b', c: 'c', answer: 'a' }],
    ['small letters with a text', { question: 'Which?', a: 'a', b: 'b', c: 'red', answer: 'a' }],
    ['numbers', { question: 'Which?', 1: 'a', 2: 'b', 3: 'c', answer: '1' }],
    ['a list of Python', { question: 'Which?', choices: "['a', 'b']", answer: 'A' }],
    ['a list of NumPy', { question: 'Which?', choices: "['a' 'b'\n 'c']", answer: 'A' }],
    ['HellaSwag', { ind: 4, ctx_a: 'W', ctx_b: 'h', ctx: 'Which?', endings: ['a', 'b'], label: '0', split: 'val' }],
    ['WinoGrande', { sentence: 'Which?', option1: 'a', option2: 'b', answer: '1' }],
    [
      'ARC as AI2 has it',
      {
        question: {
          stem: 'Which?',
          choices: [
            { text: 'a', label: '1' },
            { text: 'b', label: '2' },
          ],
        },
        answerKey: '1',
      },
    ],
    [
      'ARC as pandas writes it into CSV',
      {
        question: 'Which?',
        choices: "{'text': array(['a', 'b'], dtype=object), 'label': array(['A', 'B'], dtype=object)}",
        answerKey: 'A',
      },
    ],
  ])('%s are recognised', async (_, row) => {
    const [problem] = await readProblems(await wrote([row]), { needs: 'answers' });
    expect(problem).toMatchObject({ answer: 'A', question: expect.stringMatching(/^Which\?\n\n\(A\) a\n\(B\) b/) });
  });

  it('columns a, b, c that may be coefficients are refused, and left aside where the answer is none of them', async () => {
    const row = { question: 'x^2 + bx + c?', a: 1, b: 3, c: 2, answer: 2 };
    const error = await refusal(readProblems(await wrote([row]), { needs: 'answers' }));
    expect(error.message).toMatch(
      /this looks like a multiple-choice file: it has a, b, c .*options: \["a", "b", "c"\]/s,
    );
    expect(error.facts.remedyForFile).toContain('Where a, b, c are no options, name the columns that count with');
    const texts = { question: 'Which?', a: 'red', b: 'blue', c: 'green', solution: 'It is red.' };
    expect((await refusal(readProblems(await wrote([texts])))).message).toMatch(
      /this looks like a multiple-choice file/,
    );
    const [other] = await readProblems(await wrote([{ ...row, answer: -7 }]), { needs: 'answers' });
    expect(other).toMatchObject({ question: 'x^2 + bx + c?', answer: '-7' });
    const [worked] = await readProblems(await wrote([{ question: 'x?', a: 1, b: 3, c: 2, solution: '3' }]));
    expect(worked).toMatchObject({ question: 'x?', solution: '3' });
  });

  it('where no column is known to be the key, the likely ones are named', async () => {
    const advice = async (row: object) =>
      (await refusal(readProblems(await wrote([row]), { needs: 'answers' }))).facts.remedyForRecipe;
    const options = { a: 'red', b: 'blue', c: 'green' };
    const yaml = (question: string, key: string) =>
      `columns: { question: ${question}, choices: { options: [a, b, c], key: ${key} } }`;
    expect(await advice({ question: 'Which?', ...options, richtig: 'b' })).toContain(
      `${yaml('question', 'richtig')}, where key is a guess: check it`,
    );
    expect(await advice({ Frage: 'Welche?', ...options, Lösung: 'B', Punkte: 2 })).toContain(
      `${yaml('Frage', 'Lösung')}, where question and key (it may be Punkte, too) are guesses: check them`,
    );
    expect(await advice({ question: 'Which?', ...options, answer: '', source: 'me' })).toContain(
      `${yaml('question', 'answer')}, where key is a guess: check it`,
    );
    expect(await advice({ question: 'Which?', ...options, source: 'me', url: 'x' })).toContain(
      `${yaml('question', 'KEY')}, where key is the column with the letter, the number or the text of the right option, one of source, url`,
    );
  });

  it('a blank key is a row to mend, also in the first row', async () => {
    const asked = async (file: string) => (await readQuestions(file)) ?? readProblemFile(file, { needs: 'answers' });
    for (const options of ['A,B,C', 'a,b,c', 'option_a,option_b,option_c']) {
      const rows = `question,${options},answer\nWhich?,x,y,z,\nAnd now?,x,y,z,B\n`;
      const error = await refusal(asked(await wrote(rows, 'csv')));
      expect(error.message).toMatch(
        /the column "answer" is blank .*csv:2, field answer\)\n {2}Write the letter, the text or the number of the right option there, or leave the row out/,
      );
    }
  });

  it('a file to learn from is refused with the columns that read it, for each of its readers', async () => {
    const error = await refusal(readProblems(await wrote(TABLE, 'csv')));
    const yaml = 'columns: { question: question, choices: { options: [A, B, C, D], key: correct } }';
    expect(error.facts.remedy).toContain(
      'Name the columns with columns: { question: "question", choices: { options: ["A", "B", "C", "D"], key: "correct" } }.',
    );
    expect(error.facts.remedyForRecipe).toContain(`Name the columns under the data set: ${yaml}.`);
    expect(error.facts.remedyForFile).toContain('--columns question=question,options=A+B+C+D,key=correct');
    for (const remedy of [error.facts.remedy, error.facts.remedyForRecipe, error.facts.remedyForFile])
      expect(remedy).toContain('as in "(A) 84"');
  });

  it('options in a text that cannot be taken apart are refused, and none that the question has already', async () => {
    const row = { question: 'Which?', options: 'red; green', answer: 'A' };
    const error = await refusal(readProblems(await wrote([row]), { needs: 'answers' }));
    expect(error.message).toMatch(
      /a multiple-choice file: it has options .*\n {2}Write options as a list, as in .*key: "answer".*where key is a guess/,
    );
    const whole = { question: 'Which? A) a B) b', options: 'A) a B) b', solution: '(A) a' };
    expect((await readProblems(await wrote([whole])))[0]?.question).toBe('Which? A) a B) b');
  });
});

it.each([
  ['A) 12 B) 13 C) 14', ['12', '13', '14']],
  ['(A) the sun, (B) the moon', ['the sun', 'the moon']],
  ['A. x\nB. y', ['x', 'y']],
  ['red or green', undefined],
  ['see A) and B) below', undefined],
])('the options of %j', (text, expected) => {
  expect(optionsInText(text)?.texts).toEqual(expected);
});

describe('a passage that questions are about', () => {
  const ARTICLE = 'A claim above 5,000 euros is seen by two people. Others are seen by one.';
  const RACE = {
    article: ARTICLE,
    question: 'Who sees a claim of 700 euros?',
    options: ['Nobody', 'One person', 'Two people'],
    answer: 'B',
  };

  it('stands in front of a question whose options are recognised', async () => {
    const { problems, columns } = await readProblemFile(await wrote([RACE]), { needs: 'answers' });
    expect(problems[0]?.question).toBe(
      `${ARTICLE}\n\nWho sees a claim of 700 euros?\n\n(A) Nobody\n(B) One person\n(C) Two people`,
    );
    expect(columns?.ignored).toEqual([]);
  });

  it('is named in the advice on a file to learn from, in the forms of a recipe and of the command line', async () => {
    const error = await refusal(readProblemFile(await wrote([RACE])));
    expect(error.facts.remedyForRecipe).toContain(
      'columns: { question: question, passage: article, choices: { options: options, key: answer } }',
    );
    expect(error.facts.remedyForFile).toContain(
      '--columns question=question,passage=article,options=options,key=answer.',
    );
  });

  it('is read by its column, and rows may have none', async () => {
    const rows = [
      { context: `${ARTICLE}\n`, q: ' And 9,000?', a: '2' },
      { context: '', q: 'What is 2 + 2?', a: '4' },
    ];
    const columns = { question: 'q', passage: 'context', answer: 'a' };
    const read = await readProblems(await wrote(rows), { columns });
    expect(read.map(({ question }) => question)).toEqual([`${ARTICLE}\n\nAnd 9,000?`, 'What is 2 + 2?']);
    const asked = await readQuestions(await wrote(rows), { columns: { question: 'q', passage: 'context' } });
    expect(asked?.questions.map(({ question }) => question)).toEqual(read.map(({ question }) => question));
    expect(
      (await refusal(readProblems(await wrote(rows), { columns: { ...columns, passage: 'text' } }))).message,
    ).toMatch(/^the column "text" is missing/);
  });

  it('is told of where it is ignored, unless the question has it or it is only a word', async () => {
    const told = async (row: object) => {
      const { columns } = await readProblemFile(await wrote([row]));
      return columns && columnsText(columns);
    };
    const problem = { question: 'Who sees a claim of 700 euros?', solution: 'One person.' };
    expect(await told({ ...problem, context: ARTICLE })).toBe(
      'columns read: question, solution; ignored: context (columns can name it as passage, to be read in front of the question)',
    );
    expect(await told({ ...problem, context: 'claims' })).toMatch(/ignored: context$/);
    expect(await told({ ...problem, question: `${ARTICLE} Who?`, context: ARTICLE })).toMatch(/ignored: context$/);
  });
});
