import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readQuestions } from '../../data/question-file.js';
import { InterruptedError } from '../../errors.js';
import { answerQuestions } from '../../pipeline/answer-questions.js';
import { linesOf, temporaryFolder } from '../../pipeline/testing/rlt.js';
import { parseRecipe } from '../../recipe/load.js';
import { quietProgress } from '../../run/progress.js';
import { runCommandLine } from '../testing/run-command.js';

const BASE = fileURLToPath(new URL('../../../models/base/', import.meta.url));

const SUMS = [
  { id: 'a', question: 'Tom has 7 pears. Tom finds 5 more pears. How many pears does Tom have now?', solution: '12' },
  { id: 'b', question: 'Ann has 9 shells. Ann gives away 4 shells. How many shells does Ann have now?', solution: '5' },
  { id: 'c', question: 'Dan has 3 toys. Dan finds 2 more toys. How many toys does Dan have now?', solution: '5' },
] as const;

function fileOf(folder: string, name: string, rows: readonly object[]): string {
  const file = join(folder, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const generate = (...argv: readonly string[]) =>
  runCommandLine(['generate', 'builtin:base', '--threads', '1', '--max-tokens', '24', ...argv]);

test('questions without solutions are answered, and graded where there is one', async () => {
  const folder = temporaryFolder();
  const solved = fileOf(folder, 'solved.jsonl', SUMS);
  const { solution: _, ...asked } = SUMS[1];
  const mixed = fileOf(folder, 'mixed.jsonl', [
    SUMS[0],
    asked,
    { ...asked, id: 'c', question: SUMS[2].question, answer: 5 },
  ]);
  const [all, some] = [join(folder, 'all.jsonl'), join(folder, 'some.jsonl')];
  const unanswered = fileOf(folder, 'unanswered.jsonl', [{ question: 'How many?', solution: 'There are 7.' }]);
  const read = await generate('--in', unanswered, '--out', join(folder, 'told.jsonl'));
  expect(read.stderr).toContain(
    '1 of 1 problems of unanswered have no "answer", so generate reads it from their solutions: 1 ',
  );
  const graded = await generate('--in', solved, '--out', all, '-q');
  expect([graded.code, graded.stderr]).toEqual([0, '']);
  const right = linesOf(all).filter(({ verdict }) => verdict === 'correct').length;
  const lines = linesOf(all);
  const shareOf = (test: (line: Record<string, unknown>) => boolean) =>
    (100 * lines.filter(test).length) / lines.length;
  const [cut, unreadable] = [
    shareOf(({ ended }) => ended !== 'stop'),
    shareOf(({ verdict }) => verdict === 'unparsable'),
  ];
  const shares = [
    ...(cut > 0 ? [`${cut.toFixed(1)} % cut off`] : []),
    ...(unreadable > 0 ? [`${unreadable.toFixed(1)} % unreadable`] : []),
  ];
  const told = shares.length === 0 ? '' : ` (${shares.join(', ')})`;
  expect(graded.stdout).toBe(`3 answers, ${right} right${told}. Everything is in ${all}.\n`);
  const { code, stdout, stderr } = await generate('--in', mixed, '--out', some, '--json');
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('1 of 3 questions have no solution: answers to them are not graded\n');
  const grades = { right: expect.any(Number), unparsable: expect.any(Number), ungraded: 1 };
  const counts = { problems: 3, answers: 3, ...grades, cut: expect.any(Number), noRoom: 0, wordForWord: 0 };
  expect(JSON.parse(stdout)).toEqual({ out: some, ...counts });
  const [first, second, third] = linesOf(all);
  const { verdict: __, reason, gold, grader, answer, ...unjudged } = second ?? {};
  expect([reason, gold, grader]).toEqual([expect.any(String), '5', expect.stringContaining('math/')]);
  const answered = linesOf(some);
  expect(answered).toEqual([first, expect.objectContaining(unjudged), third]);
  expect(Object.keys(answered[1] ?? {})).not.toContain('verdict');
  expect(readdirSync(folder).sort()).toEqual([
    'all.jsonl',
    'mixed.jsonl',
    'solved.jsonl',
    'some.jsonl',
    'told.jsonl',
    'unanswered.jsonl',
  ]);
});

test('answers that nothing can be compared with are not counted as wrong', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'out.jsonl');
  const text = (question: string) => ({
    question,
    solution: 'Because the air scatters short waves more than long ones.',
  });
  const told = (of: string, have: string) =>
    `. ${of} ${have} a text as reference, which only a reply in the same words equals: add "answer" where replies are to be graded. Everything is in ${out}.\n`;
  const alone = fileOf(folder, 'text.jsonl', [text('Why is the sky blue?'), text('Why is it blue by day?')]);
  const { code, stdout, stderr } = await generate('--in', alone, '--out', out, '-q');
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^2 answers, 2 not graded( \(100\.0 % cut off\))?\. 2 of 2 problems have a text/);
  expect(stdout.endsWith(told('2 of 2 problems', 'have'))).toBe(true);
  expect(stdout).not.toMatch(/right|unreadable/);
  const mixed = fileOf(folder, 'mixed.jsonl', [SUMS[0], text('Why is the sky blue?')]);
  const some = await generate('--in', mixed, '--out', out, '--overwrite', '-q');
  expect(some.stdout).toMatch(/^2 answers, [01] right, 1 not graded/);
  expect(some.stdout.endsWith(told('1 of 2 problems', 'has'))).toBe(true);
  const json = await generate('--in', mixed, '--out', out, '--overwrite', '-q', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ answers: 2, ungraded: 1, wordForWord: 1 });
});

test('questions that fill the context are counted, with or without solutions, and refused where all do', async () => {
  const folder = temporaryFolder();
  const { solution, question } = SUMS[0];
  const long = 'Ann has 5 shells. '.repeat(200);
  const out = join(folder, 'out.jsonl');
  const command = (rows: readonly object[], ...argv: readonly string[]) =>
    generate('--in', fileOf(folder, 'in.jsonl', rows), '--out', out, '--overwrite', '--samples', '2', ...argv);
  for (const solved of [{}, { solution }]) {
    const rows = [
      { question, ...solved },
      { question: long, ...solved },
    ];
    const { code, stdout, stderr } = await command(rows);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      'generate: warning: 1 of 2 problems of in leave model no room for an answer in its context of 512 tokens',
    );
    expect(stdout).toMatch(
      /^4 answers, .*\. 1 of 2 problems left no room for an answer in the context\. Everything is in/,
    );
    const { stdout: json } = await command(rows, '--json', '-q');
    expect(JSON.parse(json)).toMatchObject({ problems: 2, answers: 4, noRoom: 1 });
    const refused = await command(rows.slice(1));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/input: the only problem of in leaves model no room for an answer: /);
  }
  expect(readdirSync(folder).sort()).toEqual(['in.jsonl', 'out.jsonl']);
});

test.runIf(process.platform === 'linux')('a file that cannot be made is named before anything is sampled', async () => {
  const folder = temporaryFolder();
  const { solution: _, ...asked } = SUMS[1];
  const files = [fileOf(folder, 'solved.jsonl', SUMS), fileOf(folder, 'unsolved.jsonl', [asked])];
  for (const file of files) {
    const { code, stderr } = await generate('--in', file, '--out', '/proc/x.jsonl', '-q');
    expect([code, stderr]).toEqual([
      1,
      'storage: cannot write: /proc takes no new entries (/proc/x.jsonl)\n  Choose a place on an ordinary file system.\n',
    ]);
  }
});

test('a teacher needs solutions, and what is no question is said as before', async () => {
  const folder = temporaryFolder();
  const questions = fileOf(folder, 'questions.jsonl', [{ question: 'How many?' }, { question: 'How few?' }]);
  const out = join(folder, 'out.jsonl');
  const teacher = await generate('--teacher', '--in', questions, '--out', out, '-q');
  expect(teacher.code).toBe(1);
  expect(teacher.stderr).toMatch(
    /^warning: this model was trained as a student.*\ninput: the problem has no solution, which a teacher explains \(.*questions\.jsonl:1\)\n {2}Add a column solution/,
  );
  const nothing = await generate('--in', fileOf(folder, 'nothing.jsonl', []), '--out', out, '-q');
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('nothing.jsonl')]);
  const other = fileOf(folder, 'other.jsonl', [{ text: 'How many?' }]);
  const unfit = (await generate('--in', other, '--out', out, '-q')).stderr;
  expect(unfit).toMatch(
    /^input: no known layout fits the keys text: none of them looks like a question, nor like a solution .*\n {2}Name the columns with --columns "question=KEY,solution=KEY"; .* Or rename them to question and solution,/,
  );
  expect(unfit).not.toContain('recipe');
  const choices = fileOf(folder, 'choices.jsonl', [{ question: 'Which?', choices: ['one', 'two'] }]);
  expect((await generate('--in', choices, '--out', out, '-q')).stderr).toMatch(
    /this is a multiple-choice file.*\n {2}Name the columns with --columns question=question,options=choices,key=KEY, where key is .* Or write the options into the question/,
  );
  const broken = fileOf(folder, 'broken.jsonl', [{ question: 'How many?' }, { question: 'Why?', solution: [7] }]);
  expect((await generate('--in', broken, '--out', out, '-q')).stderr).toMatch(
    /solution is neither a string nor a number.*:2/,
  );
});

test('lines name the model as its run does, and only in that differ from those of its folder', async () => {
  const run = temporaryFolder();
  const stages = [
    { stage: 'teach', name: 'generate', teacher: 'base', student: 'base', data: 'sums' },
    { stage: 'distill', name: 'own', student: 'base', traces: 'sums' },
    { stage: 'evaluate', students: { rlt: 'own' }, problems: { sums: 'sums' } },
  ];
  const recipe = { name: 'named', models: { base: 'builtin:base' }, data: { sums: 'sums.jsonl' }, stages };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe));
  for (const folder of ['01-generate', '02-own'])
    cpSync(BASE, join(run, 'stages', folder, 'model'), { recursive: true });
  const folder = temporaryFolder();
  const solved = fileOf(folder, 'solved.jsonl', SUMS);
  const { solution: _, ...asked } = SUMS[1];
  const unsolved = fileOf(folder, 'unsolved.jsonl', [asked]);
  const lines = async (model: readonly string[], from: string, ...argv: readonly string[]) => {
    const out = join(folder, 'out.jsonl');
    const options = ['--threads', '1', '--max-tokens', '24', '-q', '--in', from, '--out', out, '--overwrite'];
    const { code, stderr } = await runCommandLine(['generate', ...model, ...options, ...argv]);
    expect(code, stderr).toBe(0);
    return linesOf(out);
  };
  const plain = await lines([join(run, 'stages/02-own')], solved);
  expect(plain.map(({ student }) => student)).toEqual(['model', 'model', 'model']);
  expect(await lines([run, 'rlt'], solved)).toEqual(plain.map((line) => ({ ...line, student: 'rlt' })));
  const [answer] = await lines([run, 'own'], unsolved, '--bits', '8');
  expect(answer).toMatchObject({ student: 'own', id: 'b' });
  // Of a name that the stage of the command has, too; and where the run has one teacher, its own.
  const traces = await lines([join(run, 'stages/01-generate')], solved, '--teacher');
  expect(traces.map(({ model }) => model)).toEqual(['model', 'model', 'model']);
  expect(await lines([run], solved, '--teacher')).toEqual(traces.map((line) => ({ ...line, model: 'generate' })));
});

test('questions are found in every layout, with their ids', async () => {
  const folder = temporaryFolder();
  const rows = [
    { Question: 'one?' },
    { problem: 'two?', level: 3 },
    { instruction: 'Add', input: '1, 2' },
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'three?' },
      ],
    },
    { prompt: 'four?', answer: '4' },
    { question: 'five?', solution: '5' },
    { question: ' one?' },
  ];
  const ask = async (name: string, given: readonly object[]) =>
    (await readQuestions(fileOf(folder, name, given)))?.questions.map(({ question, level, problem }) => [
      question,
      level,
      problem?.solution,
    ]);
  expect(await ask('all.jsonl', rows)).toEqual([
    ['one?', undefined, undefined],
    ['two?', '3', undefined],
    ['Add\n\n1, 2', undefined, undefined],
    ['three?', undefined, undefined],
    ['four?', undefined, '4'],
    ['five?', undefined, '5'],
  ]);
});

test('a file that another process writes is called so, and not by the folder beside it', async () => {
  const folder = temporaryFolder();
  const { solution: _, ...asked } = SUMS[1];
  const files = [fileOf(folder, 'solved.jsonl', SUMS), fileOf(folder, 'unsolved.jsonl', [asked])];
  for (const [index, file] of files.entries()) {
    const out = join(folder, `out-${index}.jsonl`);
    const argv = ['generate', 'builtin:base', '--threads', '1', '--samples', '300', '--in', file, '--out', out, '-q'];
    const stop = new AbortController();
    const first = runCommandLine(argv, { signal: stop.signal });
    const lock = (): string | undefined => {
      const [hidden] = readdirSync(folder).filter((name) => name.startsWith(`.out-${index}`));
      return hidden === undefined ? undefined : join(folder, hidden, 'lock.json');
    };
    while (!existsSync(lock() ?? '')) await new Promise((resolve) => setTimeout(resolve, 5));
    const busy = (elsewhere: string, told: string) => [
      1,
      `busy: the same command is writing this file: process ${process.pid}${elsewhere} (${out})\n  ${told}\n`,
    ];
    const here = await runCommandLine(argv);
    expect([here.code, here.stderr]).toEqual(busy('', 'Wait for it to end, or stop it; or name another file.'));
    stop.abort(new InterruptedError());
    expect((await first).code).toBe(130);
    const held = lock() ?? '';
    writeFileSync(held, JSON.stringify({ pid: process.pid, host: 'elsewhere.example', began: null, token: 'x' }));
    const there = await runCommandLine(argv);
    const remedy = `If no process is, delete ${dirname(held)}, where its unfinished work is; or name another file.`;
    expect([there.code, there.stderr]).toEqual(busy(' on elsewhere.example', remedy));
  }
});

test('answers that were interrupted go on to the same bytes, and what other calls left is removed', async () => {
  const folder = temporaryFolder();
  const recipe = parseRecipe({
    name: 'generate',
    engine: { kind: 'local', threads: 1 },
    models: { model: 'builtin:base' },
    data: { problems: 'questions.jsonl' },
    stages: [
      {
        stage: 'evaluate',
        name: 'generate',
        students: { model: 'model' },
        problems: { problems: 'problems' },
        sampling: { maxTokens: 8 },
        samples: 2,
        batch: 2,
      },
    ],
  });
  const questions = SUMS.map(({ id, question }) => ({ id, question, level: undefined, problem: undefined }));
  const never = new AbortController().signal;
  const [whole, again] = [join(folder, 'whole.jsonl'), join(folder, 'again.jsonl')];
  const options = { signal: never, progress: quietProgress };
  await answerQuestions(recipe, questions, whole, options);
  expect(linesOf(whole).map(({ id, sample }) => `${id}${sample}`)).toEqual(['a0', 'a1', 'b0', 'b1', 'c0', 'c1']);
  const stop = new AbortController();
  const stopping = {
    note: () => undefined,
    stage: () => ({ report: () => stop.abort(new InterruptedError()), finish: () => undefined }),
  };
  await expect(
    answerQuestions(recipe, questions, again, { signal: stop.signal, progress: stopping }),
  ).rejects.toBeInstanceOf(InterruptedError);
  const [left = ''] = readdirSync(folder).filter((name) => name.startsWith('.'));
  expect(left).toMatch(/^\.again\.jsonl\.[0-9a-f]{12}\.run$/);
  expect(linesOf(join(folder, left, 'answers.jsonl')).length).toBe(2);
  // A process that was killed between two lines of a batch, and one with other options.
  appendFileSync(join(folder, left, 'answers.jsonl'), '{"student":"model"}\n{"stu');
  mkdirSync(join(folder, '.again.jsonl.0123456789ab.run', 'stages'), { recursive: true });
  for (const other of ['.again.jsonl.other.run', '.whole.jsonl.0123456789ab.run']) mkdirSync(join(folder, other));
  await answerQuestions(recipe, questions, again, options);
  expect(readFileSync(again)).toEqual(readFileSync(whole));
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([
    '.again.jsonl.other.run',
    '.whole.jsonl.0123456789ab.run',
  ]);
});
