import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, RltError, UsageError } from '../errors.js';
import { lastBoxed } from '../text/boxed.js';
import { ADAPTER_NAMES, adapterFor, adapterNamed } from './adapters.js';
import type { Problem } from './problem.js';
import { readProblems, writeProblems } from './problem-file.js';
import type { Trace } from './trace.js';
import { readTraces, writeTraces } from './trace-file.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-problems-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function wrote(name: string, rows: readonly unknown[]): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const refusal = (file: string, adapter?: string): Promise<RltError> =>
  readProblems(file, adapter === undefined ? {} : { adapter }).then(
    () => {
      throw new Error('it was not refused');
    },
    (error: RltError) => error,
  );

describe('problem files', () => {
  it('are read with every key, and written back byte for byte', async () => {
    const file = await wrote('own.jsonl', [
      {
        id: 'a',
        question: 'q',
        solution: 's',
        answer: '1',
        reasoning_trace: 't',
        level: 'easy',
        task: 'countdown',
        trace_kind: 'complete',
        numbers: [1, 2],
        target: 3,
      },
      { id: 'b', question: 'r', solution: 's' },
    ]);
    const problems = await readProblems(file);
    expect(problems[0]).toEqual({
      id: 'a',
      question: 'q',
      solution: 's',
      answer: '1',
      reasoningTraces: ['t'],
      level: 'easy',
      task: 'countdown',
      traceKind: 'complete',
      numbers: [1, 2],
      target: 3,
    } satisfies Problem);
    const copy = join(directory, 'copy.jsonl');
    await writeProblems(copy, problems);
    expect(await readFile(copy, 'utf8')).toBe(await readFile(file, 'utf8'));
  });

  it('give problems without id the hash of their content, also after reordering', async () => {
    const [one, two] = [
      { question: 'q1', solution: 's' },
      { question: 'q2', solution: 's', answer: 4, extra: 'left aside', reasoning_trace: null },
    ];
    const forward = await readProblems(await wrote('f.jsonl', [one, two]));
    const backward = await readProblems(await wrote('b.jsonl', [two, one]));
    expect(forward[0]?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(forward.map((problem) => problem.id)).toEqual([backward[1]?.id, backward[0]?.id]);
    expect(forward[1]).toEqual({ id: backward[0]?.id, question: 'q2', solution: 's', answer: '4' });
  });

  it.each(['question', 'problem'])('take a solution that is a number as its text, behind a %s', async (key) => {
    const file = await wrote(
      'numbers.jsonl',
      [17, 0, -2.5].map((solution, i) => ({ [key]: `q${i}`, solution })),
    );
    expect((await readProblems(file)).map(({ solution }) => solution)).toEqual(['17', '0', '-2.5']);
  });

  it('read only as many as asked', async () => {
    const file = await wrote('many.jsonl', [{ question: 'a', solution: 'b' }, { nonsense: true }]);
    expect(await readProblems(file, { first: 1 })).toHaveLength(1);
  });

  it.each([
    [
      [
        { id: 1, question: 'a', solution: 'b' },
        { id: '1', question: 'c', solution: 'd' },
      ],
      /id 1 occurs twice, first at line 1/,
      2,
      'id',
    ],
    [[{ question: 'a', solution: 'b' }, { question: 'a' }], /solution is missing/, 2, 'solution'],
    [[{ question: 'a', solution: ' \n' }], /solution is blank/, 1, 'solution'],
    [[{ question: 'a', solution: [17] }], /solution is neither a string nor a number/, 1, 'solution'],
    [[{ question: 'a', solution: null }], /solution is neither a string nor a number/, 1, 'solution'],
    [[{ question: 'a', solution: true }], /solution is neither a string nor a number/, 1, 'solution'],
    [[{ question: 5, solution: 'b' }], /question is not a string/, 1, 'question'],
    [[{ question: 'a', solution: 'b', reasoning_trace: 7 }], /reasoning_trace is not a string/, 1, 'reasoning_trace'],
    [[{ query: 'a', reply: 'b' }], /keys query, reply/, 1, undefined],
  ])('refuse %j', async (rows, message, line, field) => {
    const error = await refusal(await wrote('refused.jsonl', rows));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.facts.line).toBe(line);
    expect(error.facts.field).toBe(field);
    expect(error.facts.remedy).toBeDefined();
  });

  it('refuse an empty file and an unknown adapter', async () => {
    expect((await refusal(await wrote('empty.jsonl', []))).message).toMatch(/no problem/);
    expect(await refusal(await wrote('e.jsonl', []), 'gsm9k')).toBeInstanceOf(UsageError);
  });
});

describe('adapters', () => {
  it('gsm8k takes the annotations out and the answer from after the mark', async () => {
    const file = await wrote('gsm.jsonl', [
      { question: 'q', answer: 'He has 48/2 = <<48/2=24>>24 clips.\nSo $<<1,000+80=1080>>1,080.\n#### 1,080' },
    ]);
    const [problem] = await readProblems(file);
    expect(problem).toMatchObject({
      question: 'q',
      solution: 'He has 48/2 = 24 clips.\nSo $1,080.\n#### 1,080',
      answer: '1,080',
    });
    const [steps] = await readProblems(file, { adapter: 'gsm8k-steps' });
    expect(steps).toMatchObject({
      solution: 'The answer is 1,080.',
      answer: '1,080',
      reasoningTraces: ['He has 48/2 = 24 clips.\nSo $1,080.'],
    });
    expect(
      (await refusal(await wrote('g.jsonl', [{ question: 'q', answer: 'no mark' }]), 'gsm8k')).facts,
    ).toMatchObject({
      line: 1,
      field: 'answer',
    });
  });

  it('bespoke-stratos takes question, trace and solution from the conversation', async () => {
    const reply =
      '<|begin_of_thought|>\n\nThink of <|end_of_thought|> as text.\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\nIt is \\boxed{\\frac{1}{2}}.\n\n<|end_of_solution|>';
    const turns = [
      { from: 'user', value: 'What is half?' },
      { from: 'assistant', value: reply },
    ];
    const file = await wrote('stratos.jsonl', [{ system: 'x', conversations: turns }]);
    expect((await readProblems(file))[0]).toMatchObject({
      question: 'What is half?',
      reasoningTraces: ['Think of <|end_of_thought|> as text.'],
      solution: 'It is \\boxed{\\frac{1}{2}}.',
      answer: '\\frac{1}{2}',
    });
    const cut = await wrote('cut.jsonl', [{ conversations: [turns[0], { from: 'assistant', value: 'no tags' }] }]);
    expect((await refusal(cut, 'bespoke-stratos')).facts).toMatchObject({ line: 1, field: 'conversations.1.value' });
    const alone = await wrote('alone.jsonl', [{ conversations: [turns[0]] }]);
    expect((await refusal(alone)).message).toMatch(/no turn of the assistant/);
  });

  it('math takes the answer from its column, else from the box; an answer alone makes a boxed solution', async () => {
    const file = await wrote('math.jsonl', [
      { problem: 'p', solution: 'so $\\boxed{3}$', level: 2, unique_id: 'x/1' },
      { problem: 'p2', solution: 'so $\\boxed{3}$', answer: '3.0' },
      { problem: 'p4', solution: 'so \\boxed 12.', unique_id: 'x/4' },
      { problem: 'p5', solution: 'so $\\boxed\\frac12$', unique_id: 'x/5' },
      { id: 60, problem: 'p3', answer: '204' },
    ]);
    expect(await readProblems(file)).toMatchObject([
      { id: 'x/1', question: 'p', solution: 'so $\\boxed{3}$', answer: '3', level: '2' },
      { answer: '3.0' },
      { answer: '12' },
      { answer: '\\frac12' },
      { id: '60', question: 'p3', solution: '\\boxed{204}', answer: '204' },
    ]);
    expect((await refusal(await wrote('m.jsonl', [{ problem: 'p', solution: ' ' }]))).facts.line).toBe(1);
  });

  it('countdown makes question and solution from numbers and target, and refuses the impossible', async () => {
    const [problem] = await readProblems(await wrote('c.jsonl', [{ nums: [3, 5, 2], target: 13 }]));
    expect(problem).toMatchObject({
      question: 'Use 3, 5 and 2 to make 13.',
      answer: '3 * 5 - 2',
      numbers: [3, 5, 2],
      target: 13,
    });
    expect(problem?.reasoningTraces).toEqual(['3 * 5 = 15. 15 - 2 = 13.']);
    expect((await refusal(await wrote('c2.jsonl', [{ nums: [1, 1], target: 9 }]))).message).toMatch(
      /1, 1 cannot make 9/,
    );
  });

  it('give problems or typed errors for any record', () => {
    const keys = fc.constantFrom(
      'question',
      'solution',
      'answer',
      'problem',
      'conversations',
      'nums',
      'target',
      'id',
      'level',
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constant('x #### 5'),
      fc.constant([{ from: 'user', value: 'q' }]),
    );
    fc.assert(
      fc.property(
        fc.dictionary(keys, value, { maxKeys: 5 }),
        fc.constantFrom('auto', ...ADAPTER_NAMES),
        (record, name) => {
          try {
            const adapter = name === 'auto' ? adapterFor(record) : adapterNamed(name);
            expect(typeof adapter.problem(record, { line: 1 }).question).toBe('string');
          } catch (error) {
            expect(error).toBeInstanceOf(RltError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('trace files', () => {
  const traces: readonly Trace[] = [
    { id: 'a', question: 'q', solution: 's', explanation: 'e', ended: 'stop', tokens: 3, model: 'm', seed: 7 },
    {
      id: 'a',
      question: 'q',
      solution: 's',
      explanation: '',
      ended: 'untagged',
      tokens: 0,
      model: 'm',
      seed: 7,
      sample: 1,
      answer: '1',
      level: 'seen',
      task: 'word-problems',
      reward: { total: -1.5, solution: -0.25 },
    },
  ];

  it.each(['t.jsonl', 't.parquet'])('are read back as written from %s', async (name) => {
    const file = join(directory, name);
    await writeTraces(file, traces);
    expect(await readTraces(file)).toEqual(traces);
  });

  it('written by hand need only id, question, solution and explanation', async () => {
    const [trace] = await readTraces(
      await wrote('hand.jsonl', [{ id: 5, question: 'q', solution: 's', explanation: 'e' }]),
    );
    expect(trace).toEqual({ id: '5', question: 'q', solution: 's', explanation: 'e', ended: 'stop' });
  });

  it.each([
    [{ question: 'q', solution: 's', explanation: 'e' }, 'id'],
    [{ id: 'a', question: 'q', solution: '', explanation: 'e' }, 'solution'],
    [{ id: 'a', question: 'q', solution: 's' }, 'explanation'],
    [{ id: 'a', question: 'q', solution: 's', explanation: 'e', ended: 'maybe' }, 'ended'],
    [{ id: 'a', question: 'q', solution: 's', explanation: 'e', tokens: -1 }, 'tokens'],
    [{ id: 'a', question: 'q', solution: 's', explanation: 'e', reward: { solution: 1 } }, 'reward'],
    [{ id: 'a', question: 'q', solution: 's', explanation: 'e', reward: { total: null } }, 'reward.total'],
  ])('refuse %j', async (row, field) => {
    const error = await readTraces(await wrote('refused-trace.jsonl', [row])).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).facts).toMatchObject({ line: 1, field });
  });
});

const gsm8k = join('..', 'shared', 'data', 'gsm8k', 'test.jsonl');
const hasData = existsSync(gsm8k);
if (!hasData) console.log(`skipped: reading GSM8K and MATH500, because ${gsm8k} is absent`);

describe.skipIf(!hasData)('data sets', () => {
  it('GSM8K: every problem has a whole number as answer and no annotation left', async () => {
    const problems = await readProblems(gsm8k);
    expect(problems).toHaveLength(1319);
    for (const problem of problems) {
      expect(problem.answer).toMatch(/^-?[\d,]+$/);
      expect(problem.solution).not.toMatch(/<<|>>/);
      expect(problem.solution.endsWith(`\n#### ${problem.answer}`)).toBe(true);
    }
  });

  it('MATH500 and AIME24: the box agrees with the answer column', async () => {
    const problems = await readProblems(join('..', 'shared', 'data', 'math500.jsonl'));
    expect(problems).toHaveLength(500);
    const agreeing = problems.filter((problem) => lastBoxed(problem.solution) === problem.answer);
    expect(agreeing.length).toBeGreaterThanOrEqual(490);
    const aime = await readProblems(join('..', 'shared', 'data', 'aime24.jsonl'));
    expect(aime).toHaveLength(30);
    expect(aime.every((problem) => problem.solution === `\\boxed{${problem.answer}}`)).toBe(true);
  });
});

it('a problem file given as traces is called one, with what to give instead', async () => {
  const pair = { id: 'a', question: 'q', solution: 's' };
  const refused = async (row: object) => readTraces(await wrote('pairs.jsonl', [row]));
  await expect(refused(pair)).rejects.toThrow(
    /this is a file of problems, not of traces: its rows have no explanation .*\n.*traces\.jsonl of an explain stage/,
  );
  await expect(refused({ ...pair, reasoning_trace: 't' })).rejects.toThrow('rename reasoning_trace to explanation');
  await expect(refused({ ...pair, explaination: 't' })).rejects.toThrow('rename explaination to explanation');
});

it('of first rows that lack what all others have, that is said, and not that no layout fits', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ question: `q${i}`, ...(i < 9 ? {} : { solution: 's' }) }));
  const lacking = await refusal(await wrote('lacking.jsonl', rows));
  expect(lacking.message).toMatch(
    /^solution is missing .*lacking\.jsonl:1, field solution\)\n.* 8 more rows are invalid\. Lines 2, 3, 4, 5, 6 and 3 more: solution is missing/s,
  );
  const none = await refusal(await wrote('none.jsonl', rows.slice(0, 9)));
  expect(none.message).toMatch(
    /^no known layout fits the keys question: none of them looks like a solution or an answer .*none\.jsonl:1/,
  );
});

it('of keys that no layout fits, what is not among them is said; of a file that is not there, which is near', async () => {
  const nothing = await wrote('nothing.jsonl', [{ foo: 1, bar: 'x' }]);
  expect((await refusal(nothing)).message).toMatch(
    /fits the keys foo, bar: none of them looks like a question, nor like a solution or an answer \(/,
  );
  const answers = await refusal(await wrote('answers-alone.jsonl', [{ solution: 's', answer: 'a' }]));
  expect(answers.message).toMatch(/fits the keys solution, answer: none of them looks like a question \(/);
  expect((await refusal(nothing.replace('nothing', 'nothng'))).facts.remedy).toBe(`Did you mean ${nothing}?`);
  const link = join(nothing, '..', 'link.jsonl');
  await symlink('nowhere.jsonl', link);
  expect((await refusal(link)).facts.remedy).toBe('It is a symbolic link to nowhere.jsonl, which is not there.');
  const elsewhere = await refusal(join(nothing, '..', 'gone', 'nothing.jsonl'));
  expect(elsewhere.facts.remedy).toMatch(/^Check the path: there is no folder .*gone to read\.$/);
});

it('a misspelt key that is required is named', async () => {
  const auto = await refusal(await wrote('typo.jsonl', [{ qestion: 'q', solution: 's' }]));
  expect(auto.message).toMatch(
    /no known layout fits the keys qestion, solution .*\n {2}Did you mean "question" for "qestion"\? Name/,
  );
  const row = await refusal(
    await wrote('row.jsonl', [
      { question: 'q', solution: 's' },
      { question: 'r', soluton: 's' },
    ]),
  );
  expect(row.message).toMatch(
    /solution is missing .*row\.jsonl:2, field solution\)\n {2}Did you mean "soluton"\? Rename it to solution\./,
  );
  // Columns that are called otherwise are no typing errors.
  expect((await refusal(await wrote('other.jsonl', [{ query: 'a', reply: 'b' }]))).message).not.toContain(
    'Did you mean',
  );
});

describe('a JSON list in one line', () => {
  const list = async (rows: readonly unknown[]): Promise<string> => {
    const file = join(directory, 'list.json');
    await writeFile(file, JSON.stringify(rows));
    return file;
  };

  it('has its invalid rows named by their numbers', async () => {
    const rows = Array.from({ length: 20 }, (_, row) => ({ question: `q${row}`, solution: row < 7 ? 's' : '' }));
    const { message } = await refusal(await list(rows));
    expect(message).toContain('list.json, record 8, field solution)');
    expect(message).toMatch(/12 more rows are invalid\. Records 9, 10, 11, 12, 13 and 7 more: /);
  });

  it('has rows with one id named by their numbers', async () => {
    const row = { id: 'a', question: 'q', solution: 's' };
    const { message } = await refusal(await list([{ ...row, id: 'b', question: 'p' }, row, { ...row, question: 'r' }]));
    expect(message).toMatch(
      /occurs twice, first at record 2 with another question \(.*list\.json, record 3, field id\)/,
    );
  });
});
