import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { readProblemFile } from '../problem-file.js';
import type { ProblemColumns } from './columns.js';
import { columnsText, meantColumn } from './use.js';

const ALL = ['id', 'question', 'solution', 'answer', 'level', 'reasoning_trace'];

test.each([
  ['reasoning_traces', 'reasoning_trace'],
  ['Reasoning Trace', 'reasoning_trace'],
  ['reasonning-trace', 'reasoning_trace'],
  ['reasoning', 'reasoning_trace'],
  ['explanation', 'reasoning_trace'],
  ['chain_of_thought', 'reasoning_trace'],
  ['anwser', 'answer'],
  ['Answer', 'answer'],
  ['answers', 'answer'],
  ['level_', 'level'],
  ['levle', 'level'],
  ['ID', 'id'],
  ['solutoin', 'solution'],
])('%s was probably meant to be %s', (name, meant) => {
  expect(meantColumn(name, ALL)).toBe(meant);
});

test.each([
  'subject type source url tags unique_id uuid idx qid index split topic category label labels difficulty problem_type',
  'question_type final_answer expected_answer answer_type correctness_count generations messages reasoning_type',
  'reasoning_model model task number target score metadata is_correct 答案',
])('ordinary columns are not taken for misspelt ones: %s', (names) => {
  for (const name of names.split(' ')) expect([name, meantColumn(name, ALL)]).toEqual([name, undefined]);
});

it('a misspelt solution is told of beside an answer too, where answers are enough and where they are not', async () => {
  expect(meantColumn('soluton', ['id', 'question', 'answer'])).toBe('solution');
  await expect(useOf([{ question: '1+1?', soluton: 'It is 2.', answer: '2' }])).rejects.toThrow(
    /no solutions .*\n {2}Did you mean "solution" for "soluton"\? Add a column/,
  );
});

test('only a column that the layout reads is suggested', () => {
  expect(meantColumn('levels', ['id', 'question', 'answer'])).toBeUndefined();
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-columns-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function useOf(rows: readonly unknown[] | string, columns?: ProblemColumns) {
  const file = join(directory, typeof rows === 'string' ? 'rows.csv' : 'rows.jsonl');
  await writeFile(file, typeof rows === 'string' ? rows : rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return (await readProblemFile(file, columns === undefined ? {} : { columns })).columns;
}

it('tells the columns that are read and those that are ignored', async () => {
  expect(await useOf('question,solution,subject,level_\n1+1?,2,sums,easy\n')).toEqual({
    read: ['question', 'solution'],
    ignored: [{ name: 'level_', meant: 'level' }, { name: 'subject' }],
  });
});

it('suggests a column only where rows are without it', async () => {
  const whole = { question: 'a', solution: 'b', answer: 'b', reasoning_trace: 'So.' };
  const other = { answers: ['b'], reasoning: 'Thus.', solutions: ['b'] };
  const ignored = ['answers', 'reasoning', 'solutions'].map((name) => ({ name }));
  expect((await useOf([{ ...whole, ...other }]))?.ignored).toEqual(ignored);
  // Empty cells are not missed.
  expect((await useOf([{ question: 'a', solution: 'b', anwser: ' ', reasoning: null }]))?.ignored).toEqual([
    { name: 'anwser' },
    { name: 'reasoning' },
  ]);
  expect((await useOf([whole, { question: 'c', solution: 'd', answers: 'd' }]))?.ignored).toEqual([
    { name: 'answers', meant: 'answer' },
  ]);
});

it('knows the columns of each layout', async () => {
  expect(await useOf([{ problem: 'a', answer: '1', soluton: 'It is 1.', unique_id: 'x', subject: 's' }])).toEqual({
    read: ['problem', 'answer', 'unique_id'],
    ignored: [{ name: 'soluton', meant: 'solution' }, { name: 'subject' }],
  });
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: '<think>So.</think>b' },
  ];
  // The reply holds the thought already.
  expect(await useOf([{ messages, reasoning: 'So.', source: 's' }])).toEqual({
    read: ['messages'],
    ignored: [{ name: 'reasoning' }, { name: 'source' }],
  });
  expect(await useOf([{ prompt: 'a', completion: 'b', reasoning: 'So.', query: 'c' }])).toEqual({
    read: ['prompt', 'completion', 'reasoning'],
    ignored: [{ name: 'query' }],
  });
  expect(await useOf([{ instruction: 'a', input: '', output: 'b' }])).toEqual({
    read: ['instruction', 'input', 'output'],
    ignored: [],
  });
  expect(await useOf([{ nums: [1, 2], target: 3, Id: 7 }])).toEqual({
    read: ['nums', 'target'],
    ignored: [{ name: 'Id', meant: 'id' }],
  });
});

it('takes columns in another case where none fit as they are written, and says so', async () => {
  const names = [
    { name: 'Question', as: 'question' },
    { name: 'SOLUTION', as: 'solution' },
    { name: 'Answer', as: 'answer' },
  ];
  const read = ['question', 'solution', 'answer'];
  expect(await useOf('Question,SOLUTION,Answer,Subject\n1+1?,2,2,sums\n')).toEqual({
    read,
    ignored: [{ name: 'Subject' }],
    names,
  });
  const rows = [
    { Question: 'a', SOLUTION: 'b', Answer: 'b' },
    // The column's own name wins.
    { Question: 'c', question: 'd', SOLUTION: 'e', Answer: 'f' },
  ];
  const file = join(directory, 'cases.jsonl');
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  for (const options of [{}, { adapter: 'plain' }]) {
    const found = await readProblemFile(file, options);
    expect(found.problems.map(({ question, solution, answer }) => [question, solution, answer])).toEqual([
      ['a', 'b', 'b'],
      ['d', 'e', 'f'],
    ]);
    expect(found.columns).toEqual({ read, ignored: [{ name: 'Question' }], names });
  }
});

it('takes neither of two columns that differ in case alone', async () => {
  await expect(useOf('Question,QUESTION,Solution\na,b,c\n')).rejects.toThrow(/no known layout fits the keys/);
  await expect(useOf('Topic,Solution\na,c\n')).rejects.toThrow(/columns: \{ question: "KEY", solution: "Solution" \}/);
});

it.each([
  ['Frage,Antwort', 'question: "Frage", solution: "Antwort"'],
  ['Nr,Aufgabe,Lösung,Ergebnis', 'question: "Aufgabe", solution: "Lösung", answer: "Ergebnis", id: "Nr"'],
  // An accent of its own, as macOS writes it.
  ['frage,lo\u0308sung', 'question: "frage", solution: "lo\u0308sung"'],
  ['pregunta,respuesta', 'question: "pregunta", solution: "respuesta"'],
  ['问题,答案', 'question: "问题", solution: "答案"'],
  ['题目,标准答案', 'question: "题目", solution: "标准答案"'],
  ['subject,Question_de,réponse', 'question: "Question_de", solution: "réponse"'],
])('proposes columns of other languages, and never reads them: %s', async (header, columns) => {
  const row = header.split(',').map((_, index) => `x${index}`);
  await expect(useOf(`${header}\n${row}\n`)).rejects.toThrow(`columns: { ${columns} }`);
});

it('takes the columns that the user names, and paths into them', async () => {
  const rows = [{ q: 'a', meta: { answer: '1' }, reasoning_trace: 'So.' }];
  expect(await useOf(rows, { question: 'q', answer: 'meta.answer' })).toEqual({
    read: ['q', 'meta'],
    ignored: [{ name: 'reasoning_trace' }],
  });
});

describe('texts that questions are about', () => {
  const text = 'Claim 3 was paid 35 euros.';
  const told = async (rows: readonly unknown[]) => {
    const file = join(directory, 'passages.jsonl');
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { columns } = await readProblemFile(file, { needs: 'answers' });
    return columns && columnsText(columns);
  };
  const hint = 'columns can name it as passage, to be read in front of the question';

  it.each(['context', 'passage', 'article'])('%s beside a question alone is told to be ignored', async (name) => {
    expect(await told([{ [name]: text, foo: 'x', question: 'How much?', answer: '35' }])).toBe(
      `columns read: question, answer; ignored: ${name} (${hint}), foo`,
    );
  });

  it('an input beside a question is ignored, beside an instruction it is read', async () => {
    expect(await told([{ input: 'x', question: 'How much?', answer: '35' }])).toBe(
      'columns read: question, answer; ignored: input',
    );
    expect(await told([{ context: text, instruction: 'How much?', answer: '35' }])).toBeUndefined();
  });

  it('says where rows with different passages repeat a question', async () => {
    const row = { context: text, question: 'How much?', answer: '35' };
    expect(await told([row, { ...row, context: text.replace('35', '36'), answer: '36' }])).toBe(
      `columns read: question, answer; ignored: context (${hint}; without it, rows with different passages repeat a question)`,
    );
    // The same text again, and another with another question.
    expect(await told([row, row, { ...row, context: 'Claim 4 was not paid at all.', question: 'How many?' }])).toBe(
      `columns read: question, answer; ignored: context (${hint})`,
    );
  });
});

describe('names of columns in another form of Unicode', () => {
  it('are the columns that are named', async () => {
    const decomposed = (name: string) => name.normalize('NFD');
    const file = join(directory, 'decomposed.jsonl');
    const record = { [decomposed('Énoncé')]: '2+3', [decomposed('Lösung')]: { [decomposed('Täxt')]: '5' }, more: 1 };
    await writeFile(file, `${JSON.stringify(record)}\n`);
    const columns = { question: 'Énoncé', solution: 'Lösung.Täxt' };
    const found = await readProblemFile(file, { columns });
    expect(found.problems[0]).toMatchObject({ question: '2+3', solution: '5' });
    expect(found.columns?.ignored).toEqual([{ name: 'more' }]);
    await writeFile(file, JSON.stringify(record).normalize('NFC'));
    const asDecomposed = { question: decomposed('Énoncé'), solution: decomposed('Lösung.Täxt') };
    expect((await readProblemFile(file, { columns: asDecomposed })).problems[0]?.solution).toBe('5');
  });
});
