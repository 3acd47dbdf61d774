import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, StorageError, UsageError } from '../../errors.js';
import { placesText, someOf } from '../answers/results.js';
import { benchmarkNamed, loadBenchmark, promptStyle } from './benchmark.js';
import { gradedProblems } from './problems.js';
import { benchmarkSchema } from './schema.js';
import { BENCHMARK_NAMES } from './shipped.js';

const benchmarkProblems = async (...of: Parameters<typeof gradedProblems>) => [
  ...(await gradedProblems(...of)).problems,
];

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-benchmark-'));
  server = createServer((_, response) => {
    response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Made-up rows with GPQA's columns, one of which holds a line break and quotes. */
function gpqaTable(rows: number): string {
  const header =
    'Record ID,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,High-level domain';
  const lines = Array.from(
    { length: rows },
    (_, i) =>
      `rec${i},"Which is ""number ${i}"",\nof these?",right ${i},wrong ${i}a,"wrong, ${i}b",wrong ${i}c,${i % 2 ? 'Physics' : 'Biology'}`,
  );
  return `${[header, ...lines].join('\n')}\n`;
}

describe('GPQA', () => {
  it('gives options letters in an order of its own for each question, the same in every run', async () => {
    const path = await file('gpqa.csv', gpqaTable(40));
    const benchmark = benchmarkNamed('gpqa-diamond');
    const posed = await benchmarkProblems(benchmark, { problems: path });
    expect(posed).toHaveLength(40);
    const letters = posed.map(({ problem, gold }, i) => {
      expect(problem.question).toContain(`Which is "number ${i}",\nof these?\n\n(A) `);
      for (const option of [`right ${i}`, `wrong ${i}a`, `wrong, ${i}b`, `wrong ${i}c`]) {
        expect(problem.question.match(new RegExp(`\\([A-D]\\) ${option}$`, 'm'))).not.toBeNull();
      }
      expect(problem.question).toMatch(new RegExp(`\\(${gold}\\) right ${i}$`, 'm'));
      return gold;
    });
    expect([...new Set(letters)].sort()).toEqual(['A', 'B', 'C', 'D']);
    expect(posed.map(({ problem }) => problem.level)).toEqual(posed.map((_, i) => (i % 2 ? 'Physics' : 'Biology')));
    expect(await benchmarkProblems(benchmark, { problems: path })).toEqual(posed);
    expect(await benchmarkProblems(benchmark, { problems: path, limit: 7 })).toEqual(posed.slice(0, 7));
    const { grader, gold } = posed[0] as (typeof posed)[number];
    expect(grader.grade(gold, `Some thoughts on option X.\nAnswer: ${gold}`).verdict).toBe('correct');
  });

  it('names a column that is missing, with the nearest one', async () => {
    const path = await file('renamed.csv', gpqaTable(2).replace('Correct Answer,', 'Correct answer,'));
    const read = benchmarkProblems(benchmarkNamed('gpqa-diamond'), { problems: path });
    await expect(read).rejects.toThrow(InputError);
    await expect(read).rejects.toThrow('the column "Correct Answer" is missing');
    await expect(read).rejects.toThrow('Did you mean "Correct answer"?');
  });

  it('names an id that is given twice', async () => {
    const path = await file('twice.csv', gpqaTable(3).replace('rec2', 'rec0'));
    const read = benchmarkProblems(benchmarkNamed('gpqa-diamond'), { problems: path });
    await expect(read).rejects.toThrow(/the id rec0 occurs twice.*twice\.csv:6.*field Record ID/s);
  });

  it("asks multiple choice of one's own, with its options in the questions", async () => {
    const path = await file(
      'letters.jsonl',
      '{"question": "Which? (A) 1 (B) 2", "answer": "B"}\n{"question": "Which? (A) 3 (B) 4", "solution": "The answer is (A)."}\n',
    );
    const posed = await benchmarkProblems(benchmarkNamed('gpqa-diamond'), { problems: path });
    expect(
      posed.map(({ grader, gold, problem }) => [problem.question, grader.grade(gold, 'Answer: B').verdict]),
    ).toEqual([
      ['Which? (A) 1 (B) 2', 'correct'],
      ['Which? (A) 3 (B) 4', 'wrong'],
    ]);
  });

  it.each(['Question,A,B,C,D,Answer', 'Question,Option A,Option B,Option C,Option D,Correct Answer'])(
    "reads one's own table of options and a key, though some of its columns are called as GPQA's: %s",
    async (header) => {
      const path = await file('letters.csv', `${header}\nWhat is 2 + 2?,1,3,4,5,C\n`);
      const [posed] = await benchmarkProblems(benchmarkNamed('gpqa-diamond'), { problems: path });
      expect(posed?.problem.question).toBe('What is 2 + 2?\n\n(A) 1\n(B) 3\n(C) 4\n(D) 5');
      expect(posed?.grader.grade(posed.gold, 'Answer: C').verdict).toBe('correct');
    },
  );

  it('without a token says where to ask for access', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const read = benchmarkProblems(benchmarkNamed('gpqa-diamond'), { hub: { url, cache: join(folder, 'cache') } });
    await expect(read).rejects.toThrow(StorageError);
    await expect(read).rejects.toThrow(`Request access at ${url}/datasets/Idavidrein/gpqa`);
  });
});

const SHARED = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const shared = existsSync(SHARED);
if (!shared) console.warn(`skipped: the local copies of AIME24, MATH500 and GSM8K are not at ${SHARED}`);

describe('shipped benchmarks', () => {
  it('are known by their names, and an unknown name gets the nearest', () => {
    expect(BENCHMARK_NAMES).toEqual(['aime24', 'math500', 'gpqa-diamond', 'gsm8k', 'countdown', 'word-problems']);
    expect(() => benchmarkNamed('math-500')).toThrow(UsageError);
    expect(() => benchmarkNamed('math-500')).toThrow('Did you mean "math500"?');
    expect(() => benchmarkNamed('imagenet')).toThrow('The benchmarks: aime24');
  });

  it.each([
    ['countdown', ['three-numbers', 'four-numbers']],
    ['word-problems', ['basic', 'larger-numbers', 'more-steps']],
  ])('%s is generated, its levels taking turns', async (name, levels) => {
    const posed = await benchmarkProblems(benchmarkNamed(name), { limit: 6 });
    expect(posed.map(({ problem }) => problem.level)).toEqual(posed.map((_, index) => levels[index % levels.length]));
    for (const { problem, grader, gold } of posed) {
      expect(grader.grade(gold, problem.solution).verdict).toBe('correct');
    }
    expect((await benchmarkProblems(benchmarkNamed(name))).slice(0, 6)).toEqual(posed);
  });

  it.skipIf(!shared).each([
    ['aime24', 'aime24.jsonl', 30],
    ['math500', 'math500.jsonl', 500],
    ['gsm8k', 'gsm8k/test.jsonl', 1319],
  ] as const)('%s: every problem is right by its own solution', async (name, path, count) => {
    const posed = await benchmarkProblems(benchmarkNamed(name), { problems: join(SHARED, path) });
    expect(posed).toHaveLength(count);
    for (const { problem, grader, gold } of posed) {
      expect([problem.id, grader.grade(gold, problem.solution).verdict]).toEqual([problem.id, 'correct']);
    }
  });
});

describe("one's own benchmark", () => {
  it('is a few lines of YAML, its file beside it', async () => {
    await file('own.jsonl', '{"ask": "1 + 1", "result": 2}\n{"ask": "2 + 2", "result": "4"}\n');
    const path = await file(
      'own.yaml',
      'name: own\nsource: own.jsonl\ncolumns: { question: ask, answer: result }\ngrader: math\nprompt: "Compute {question}."\n',
    );
    const benchmark = await loadBenchmark(path);
    const posed = await benchmarkProblems(benchmark);
    expect(posed.map(({ problem, gold }) => [problem.question, gold])).toEqual([
      ['1 + 1', '2'],
      ['2 + 2', '4'],
    ]);
    expect(promptStyle(benchmark)).toEqual({ kind: 'plain', system: null, template: 'Compute {question}.' });
    expect(promptStyle(benchmark, 'paper')).toMatchObject({ kind: 'tagged', format: { name: 'paper' } });
  });

  it.each([
    ['{passage}\\n\\n{question}', 'passage'],
    ['{question}{choices}', 'choices'],
    ['{question}\\nOf {level_2}: {topic}', 'level_2'],
  ])('a name in braces that nothing fills is refused: %s', async (prompt, name) => {
    const path = await file('braces.yaml', `name: own\nsource: a.jsonl\ngrader: math\nprompt: "${prompt}"\n`);
    await expect(loadBenchmark(path)).rejects.toThrow(
      `nothing fills {${name}}: only {question} is filled. Of columns, passage names that of a text in front of the question, and choices`,
    );
  });

  it.each([
    '\\boxed{answer}, \\sqrt[3]{n}, \\frac{a}{b}, \\operatorname*{lcm}',
    'x^{2} + a_{n}',
    '{{answer}} as {"answer": 1}, or the set {1, 2}, {}',
  ])('braces of formulas and of other text are kept: %s', async (text) => {
    const path = await file(
      'formulas.yaml',
      `name: own\nsource: a.jsonl\ngrader: math\nprompt: '{question} ${text}'\n`,
    );
    expect((await loadBenchmark(path)).prompt).toBe(`{question} ${text}`);
  });

  it.each([
    ['name: own\nsource: a.jsonl\ngrader: maths\n', /grader/],
    ['name: own\nsource: a.jsonl\ngrader: math\nsample: 4\n', /Did you mean "samples"/],
    ['name: own\nsource: a.jsonl\ngrader: math\nprompt: Solve it.\n', /does not say where \{question\} goes/],
    ['name: own\nsource: a.jsonl\ngrader: math\ncolumns: { question: q }\n', /either answer or choices/],
    ['name: [\n', /this is not YAML/],
    ['a: &a [x]\nb: [*a, *a]\n', /YAML|alias/i],
  ])('a faulty one is refused: %j', async (text, message) => {
    const path = await file('faulty.yaml', text);
    await expect(loadBenchmark(path)).rejects.toThrow(InputError);
    await expect(loadBenchmark(path)).rejects.toThrow(message);
  });

  it('of multiple choice names the options and the key, of which the letter is the answer', async () => {
    await file('key.csv', 'q,A,B,C,right,why\nWhich?,red,green,blue,B,because\nAnd?,1,2,3,C,since\n');
    const choices = '{ options: [A, B, C], key: right }';
    const text = (columns: string): string => `name: own\nsource: key.csv\ngrader: choice\ncolumns: ${columns}\n`;
    const benchmark = await loadBenchmark(await file('key.yaml', text(`{ question: q, choices: ${choices} }`)));
    const posed = await benchmarkProblems(benchmark);
    expect(posed.map(({ problem, gold }) => [problem.question, gold])).toEqual([
      ['Which?\n\n(A) red\n(B) green\n(C) blue', 'B'],
      ['And?\n\n(A) 1\n(B) 2\n(C) 3', 'C'],
    ]);
    // Other problems in its layout, and in one that is recognised.
    const other = await file(
      'other.jsonl',
      '{"question": "How?", "choices": ["a", "b"], "answer": 1}\n{"question": "Why?", "choices": ["a", "b"], "answer": 0}\n',
    );
    expect((await benchmarkProblems(benchmark, { problems: other })).map(({ gold }) => gold)).toEqual(['B', 'A']);
    for (const wrong of ['choices: choices', 'choices: { options: A, wrong: [B] }', 'choices: { key: right }'])
      await expect(loadBenchmark(await file('wrong.yaml', text(`{ question: q, ${wrong} }`)))).rejects.toThrow(
        /choices takes an object: \{ options: \[A, B, C, D\], key: correct \}.*field columns\.choices/s,
      );
  });

  it('an empty file, and a reference that the grader cannot read, are named', async () => {
    const path = await file('empty.yaml', 'name: own\nsource: empty.jsonl\ngrader: integer\n');
    await file('empty.jsonl', '');
    await expect(loadBenchmark(path).then((benchmark) => benchmarkProblems(benchmark))).rejects.toThrow(
      'there are no problems in it',
    );
    const bad = await file('bad.jsonl', '{"id": "p1", "question": "q", "solution": "s", "answer": "blue"}\n');
    const read = benchmarkProblems(benchmarkNamed('aime24'), { problems: bad });
    await expect(read).rejects.toThrow(
      /the reference blue is not a whole number.*bad\.jsonl:1, field answer.*Name a grader that can read it \(math\)/s,
    );
    const unread = await file('unread.jsonl', '\n{"question": "q", "solution": "s", "answer": "n/a"}\n');
    await expect(benchmarkProblems(benchmarkNamed('aime24'), { problems: unread })).rejects.toThrow(
      /unread\.jsonl:2, field answer\)\n {2}No grader can read it: correct the answer, or leave the problem out\.$/,
    );
  });
});

it('problems of a benchmark with columns of its own are told by their lines', async () => {
  const rows = ['1', '2', '3'].map((a) => `\n${JSON.stringify({ q: `What is ${a}?`, a })}\n`);
  const source = await file('lines.jsonl', rows.join(''));
  const columns = { question: 'q', answer: 'a' };
  const { problems } = await gradedProblems(benchmarkSchema.parse({ name: 'own', source, grader: 'math', columns }));
  expect(placesText(someOf(problems, [0, 2]))).toBe('lines 2 and 6');
});
