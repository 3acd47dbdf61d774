import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { InputError, type RltError } from '../errors.js';
import { adapterFor } from './adapters.js';
import type { ProblemColumns } from './columns/columns.js';
import { readProblemFile, readProblems, scanProblemFile } from './problem-file.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-layouts-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function wrote(rows: readonly unknown[] | string, name = 'rows.jsonl'): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof rows === 'string' ? rows : rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const refusal = async (file: string, columns?: ProblemColumns): Promise<RltError> =>
  readProblems(file, columns === undefined ? {} : { columns }).then(
    () => {
      throw new Error('it was not refused');
    },
    (error: RltError) => error,
  );

const THINK = '<think>\nt\n</think>\n\n4';
const STRATOS = '<|begin_of_thought|>\n\nt\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n4\n\n<|end_of_solution|>';
const user = { role: 'user', content: '2+2?' };

describe('a question, a trace and a solution are read', () => {
  it.each<[string, object]>([
    ['messages, think', { messages: [user, { role: 'assistant', content: THINK }] }],
    [
      'conversations, from and value, think',
      {
        conversations: [
          { from: 'human', value: '2+2?' },
          { from: 'gpt', value: THINK },
        ],
      },
    ],
    ['conversations, role and content', { conversations: [user, { role: 'assistant', content: STRATOS }] }],
    ['conversation, a model', { conversation: [user, { role: 'model', content: THINK }] }],
    [
      'a system message',
      { messages: [{ role: 'system', content: 'Be kind.' }, user, { role: 'assistant', content: THINK }] },
    ],
    ['reasoning_content', { messages: [user, { role: 'assistant', content: '4', reasoning_content: ' t' }] }],
    ['reasoning', { messages: [user, { role: 'assistant', reasoning: 't', content: '4' }] }],
    ['thinking', { messages: [user, { role: 'assistant', thinking: 't', content: '4' }] }],
    [
      'parts of text',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: '2+' },
              { type: 'text', text: '2?' },
            ],
          },
          { role: 'assistant', content: [{ type: 'text', text: THINK }] },
        ],
      },
    ],
    [
      'a thought among the parts',
      {
        messages: [
          user,
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 't' },
              { type: 'text', text: '4' },
            ],
          },
        ],
      },
    ],
    ['think opened by the template', { messages: [user, { role: 'assistant', content: 't\n</think>\n4' }] }],
    [
      'an answer in tags',
      { messages: [user, { role: 'assistant', content: '<think>t</think> <answer> 4 </answer>' }] },
    ],
    ['thinking tags', { messages: [user, { role: 'assistant', content: '<thinking>t</thinking>4' }] }],
    ['prompt and completion', { prompt: '2+2?', completion: THINK }],
    ['prompt and completion of turns', { prompt: [user], completion: [{ role: 'assistant', content: THINK }] }],
    ['prompt of turns and response', { prompt: [{ role: 'system', content: 's' }, user], response: THINK }],
    ['query and response', { query: '2+2?', response: STRATOS }],
    ['prompt, reasoning and completion', { prompt: '2+2?', reasoning: 't', completion: '4' }],
    ['instruction and output', { instruction: '2+2?', input: '', output: THINK }],
    ['problem and solution', { problem: '2+2?', solution: '4', reasoning_trace: 't' }],
    ['question and solution', { question: '2+2?', solution: THINK }],
    [
      'messages beside a question',
      { problem: 'other', solution: 'other', messages: [user, { role: 'assistant', content: THINK }] },
    ],
  ])('%s', async (_, record) => {
    const [problem] = await readProblems(await wrote([record]));
    expect(problem).toMatchObject({ question: '2+2?', reasoningTraces: ['t'], solution: '4' });
  });
});

it('a conversation without a thought gives question and solution; id, answer and level are taken beside it', async () => {
  const record = { uuid: 'u', answer: 4, level: 'easy', messages: [user, { role: 'assistant', content: 'It is 4.' }] };
  expect(await readProblems(await wrote([record]))).toEqual([
    { id: 'u', question: '2+2?', solution: 'It is 4.', answer: '4', level: 'easy' },
  ]);
  const boxed = { messages: [user, { role: 'assistant', content: `<think>t</think>It is \\boxed{4}.` }] };
  expect((await readProblems(await wrote([boxed])))[0]).toMatchObject({ answer: '4' });
  // Without a thought, the columns of the problem say more than the conversation.
  const both = { problem: 'p', solution: 's', messages: [user, { role: 'assistant', content: 's, in other words' }] };
  expect((await readProblems(await wrote([both])))[0]).toMatchObject({ question: 'p', solution: 's' });
});

it.each([
  'Put an empty </think> at the start of the template. Then code 101.',
  'Setzen Sie ein leeres "</think>", dann Code 101.',
  'The template ends with </think>.',
  'Remove the trailing </think>',
  'The field <reasoning> is empty.',
  'Wrap it in <think> and </think> tags.',
  'Das Tag `<thinking>` beginnt, `</thinking>` beendet den Gedanken.',
])('tags that a text only mentions are part of it: %s', async (solution) => {
  for (const record of [
    { prompt: 'q', completion: solution },
    { instruction: 'q', output: solution },
    {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: solution },
      ],
    },
  ])
    expect(await readProblems(await wrote([record]))).toMatchObject([{ question: 'q', solution }]);
  const named = await readProblems(await wrote([{ q: 'q', s: solution }]), {
    columns: { question: 'q', solution: 's' },
  });
  expect(named).toMatchObject([{ question: 'q', solution }]);
  expect(named[0]).not.toHaveProperty('reasoningTraces');
});

it.each(['t</think>4', 't\n</think>\n\n4', 't </think>\n4', 't\n</think> 4'])(
  'a thought that the template opens ends: %j',
  async (completion) => {
    const [problem] = await readProblems(await wrote([{ prompt: 'q', completion }]));
    expect(problem).toMatchObject({ reasoningTraces: ['t'], solution: '4' });
  },
);

it('instruction and input are the question', async () => {
  const record = { instruction: 'Add.', input: '2+2', output: '4' };
  expect((await readProblems(await wrote([record])))[0]).toMatchObject({ question: 'Add.\n\n2+2', solution: '4' });
});

it('system messages are left out and counted', async () => {
  const reply = { role: 'assistant', content: '4' };
  const file = await wrote([
    { messages: [{ role: 'system', content: 's' }, user, reply] },
    { messages: [{ role: 'user', content: '2 + 2 = ?' }, reply] },
  ]);
  expect(await readProblemFile(file)).toMatchObject({ rows: 2, systemMessages: 1, problems: [{}, {}] });
});

describe('what cannot be read is named with line and turn', () => {
  const reply = { role: 'assistant', content: '4' };
  it.each<[string, unknown, RegExp, string | undefined]>([
    ['a second question', { messages: [user, reply, user, reply] }, /a second turn of the user/, 'messages.2.content'],
    [
      'a second question of Bespoke-Stratos',
      {
        conversations: [
          { from: 'system', value: 's' },
          { from: 'human', value: '2+2?' },
          { from: 'gpt', value: STRATOS },
          { from: 'human', value: '3+3?' },
          { from: 'gpt', value: STRATOS },
        ],
      },
      /a second turn of the user/,
      'conversations.3.value',
    ],
    ['two questions in a row', { messages: [user, user, reply] }, /a second turn of the user/, 'messages.1.content'],
    ['two replies', { messages: [user, reply, reply] }, /a second turn of the assistant/, 'messages.2.content'],
    [
      'turns in a prompt',
      { prompt: [user, reply, user], completion: '4' },
      /a second turn of the user/,
      'prompt.2.content',
    ],
    ['no reply', { messages: [user] }, /no turn of the assistant/, 'messages'],
    ['no question', { messages: [{ role: 'system', content: 's' }] }, /no turn of the user/, 'messages'],
    ['a reply first', { messages: [reply, user] }, /begins with a turn of the assistant/, 'messages.0.content'],
    ['a tool', { messages: [user, { role: 'tool', content: '5' }, reply] }, /calls a tool/, 'messages.1'],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }, reply] },
      /a part of the turn is of the type image_url/,
      'messages.0.content.0',
    ],
    ['no role', { messages: [{ content: 'x' }, reply] }, /neither role nor from/, 'messages.0'],
    ['a thought without end', { prompt: 'q', completion: '<think>t' }, /has <think> but no <\/think>/, 'completion'],
    [
      'text before a thought, amid a line',
      { prompt: 'q', completion: 'Well, <think>t</think> 4' },
      /text before <think>/,
      'completion',
    ],
    ['text before a thought', { prompt: 'q', completion: 'x <think>t</think>4' }, /text before <think>/, 'completion'],
    [
      'half of the tags',
      { prompt: 'q', completion: '<|begin_of_thought|>t' },
      /has no <\|begin_of_thought\|>…/,
      'completion',
    ],
    ['a blank solution', { prompt: 'q', completion: '<think>t</think>' }, /solution is blank/, 'solution'],
    [
      'a reward but no reply',
      { prompt: [user], reward_model: {} },
      /no known layout fits the keys prompt, reward_model/,
      undefined,
    ],
    ['choices', { question: 'q', choices: ['a', 'b'], answer: 0 }, /a multiple-choice file: it has choices/, undefined],
    [
      'options',
      { question: 'q', options: { A: 'a' }, solution: 's' },
      /a multiple-choice file: it has options/,
      undefined,
    ],
    [
      'letters',
      { question: 'q', A: 1, B: 2, C: 3, D: 4, answer: 'B' },
      /a multiple-choice file: it has A, B, C, D/,
      undefined,
    ],
  ])('%s', async (_, record, message, field) => {
    const error = await refusal(await wrote([{ ...(record as object) }]));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.facts).toMatchObject({ line: 1, ...(field === undefined ? {} : { field }) });
    expect(error.facts.remedy).toBeDefined();
  });

  it('columns are proposed by the words in their names, to each reader in the form that he can write', () => {
    const ticket = { ticket_id: 'T-1', Customer_Question: 'q', Resolution: 's', Amount: 23, agent_notes: '' };
    const error = (record: object): InputError => {
      try {
        adapterFor(record);
      } catch (thrown) {
        if (thrown instanceof InputError) return thrown;
      }
      throw new Error('was read');
    };
    const { remedy, remedyForRecipe, remedyForFile } = error(ticket).facts;
    const yaml = 'columns: { question: Customer_Question, solution: Resolution, answer: Amount, id: ticket_id }';
    expect(error(ticket).message).not.toContain('none of them looks like');
    const quoted = yaml.replace(/: (\w+)(?=[, ])/g, ': "$1"');
    expect(remedy).toContain(`Name the columns with ${quoted} (a guess by their names: check it); level and`);
    expect(remedyForRecipe).toContain(`Name the columns in the recipe, under the data set: ${yaml}`);
    expect(remedyForFile).toContain(
      'Name the columns with --columns "question=Customer_Question,solution=Resolution,answer=Amount,id=ticket_id"',
    );
    expect(remedy).not.toContain('recipe');
    expect(error({ userPrompts: 'q', 'the response: final': 's' }).facts.remedy).toContain(
      'columns: { question: "userPrompts", solution: "the response: final" }',
    );
    // Not text, and words that only hold such a word.
    expect(error({ questionnaire: 'x', problem_set: ['x'], valid: 1 }).message).toContain(
      'none of them looks like a question, nor like a solution or an answer',
    );
  });

  it.each([
    ['How many is 1 + 1?,2\nHow many is 1 + 2?,3\n', 2, 'question,answer'],
    ['1,How many is 1 + 1?,It is 2.,2\n2,How many is 1 + 2?,It is 3.,3\n', 4, 'question,solution,answer'],
    ['How many is 1 + 1?,2,2\nHow many is 1 + 2?,3,3\n', 3, 'question,solution,answer'],
    ['"Tom has 7 pears, and gets 5. How many now?",7,5,12\n"And Ann?",3,4,7\n', 4, 'question,solution,answer'],
  ])('a table without a header is told of as that: %j', async (table, columns, header) => {
    const error = await refusal(await wrote(table, 'rows.csv'));
    expect(error.facts.remedy).toBe(
      `The first line looks like a row, not like the names of columns. Write a line with a name for each of the ${columns} columns in front of it, such as ${header}, with the delimiter of the rows in place of the comma if they have another.`,
    );
  });

  it('names of columns with numbers among them are a header', async () => {
    expect((await refusal(await wrote('region,2019,2020,notes\nx,1,2,y\n', 'rows.csv'))).message).toMatch(
      /no known layout fits the keys 2019, 2020, region, notes/,
    );
  });

  it('a layout that is not known says how to name the columns, and lists at most twenty', () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`k${i}`, i]));
    expect(() => adapterFor(many)).toThrow(
      /k19 and 5 more: none of them .*\n {2}Name the columns with columns: \{ question: "KEY", solution: "KEY" \}; answer, id, level and reasoning_trace can be named too/,
    );
    expect(() => adapterFor({ id: 1, Question: 'q', Answer: 'a' })).toThrow(
      /\{ question: "Question", solution: "Answer", id: "id" \}/,
    );
  });
});

describe('columns', () => {
  const row = { q: '2+2?', meta: { answer: 4, 'a.b': 'x' }, turns: [{ text: 'a' }, { text: THINK }], n: 7, hard: null };
  it('are named, also by a path, and a thought in the solution is the trace', async () => {
    const columns = { question: 'q', solution: 'turns.1.text', answer: 'meta.answer', id: 'n', level: 'hard' };
    expect(await readProblems(await wrote([row]), { columns })).toEqual([
      { id: '7', question: '2+2?', solution: '4', answer: '4', reasoningTraces: ['t'] },
    ]);
    const last = { question: 'q', answer: 'meta.answer', reasoning_trace: 'turns.-1.text' };
    expect((await readProblems(await wrote([row]), { columns: last }))[0]).toMatchObject({
      solution: '4',
      answer: '4',
      reasoningTraces: ['t'],
    });
  });

  it('of traces may hold lists, and a name with a dot is found before a path', async () => {
    const record = { 'a.b': 'q', a: { b: 'other' }, s: 's', t: ['t', '<think>u</think>4'] };
    const columns = { question: 'a.b', solution: 's', reasoning_trace: 't' };
    expect((await readProblems(await wrote([record]), { columns }))[0]).toMatchObject({
      question: 'q',
      reasoningTraces: ['t', 'u'],
    });
  });

  it('take the answer of a prompt with turns', async () => {
    const record = { prompt: [user], reward_model: { ground_truth: '4' } };
    const columns = { question: 'prompt.0.content', answer: 'reward_model.ground_truth' };
    expect((await readProblems(await wrote([record]), { columns }))[0]).toMatchObject({
      question: '2+2?',
      solution: '4',
      answer: '4',
    });
  });

  it.each<[ProblemColumns, RegExp]>([
    [{ question: 'qq', solution: 's' }, /the column "qq" is missing .*field qq\)\n {2}Did you mean "q"\?/],
    [{ question: 'zebra', solution: 's' }, /\n {2}The columns: q, s, meta\./],
    [{ question: 'meta.anser', solution: 's' }, /\n {2}Did you mean "answer"\?/],
    [
      { question: 'meta', solution: 's' },
      /holds neither a string nor a number .*\n {2}Name a part of it, such as meta\.answer/,
    ],
    [{ question: 'q', solution: 's', reasoning_trace: 'trace' }, /the column "trace" is missing/],
    [{ question: 'q', solution: 's', level: 'meta.level' }, /\n {2}The columns in meta: answer\./],
  ])('%j that are not there are named', async (columns, message) => {
    const file = await wrote([{ q: 'x', s: 'y', meta: { answer: 1 } }]);
    expect((await refusal(file, columns)).message).toMatch(message);
  });

  it('may be missing in some rows where they are optional', async () => {
    const file = await wrote([
      { q: 'x', s: 'y' },
      { q: 'z', s: 'y', t: 'trace' },
    ]);
    const columns = { question: 'q', solution: 's', reasoning_trace: 't' };
    expect((await readProblems(file, { columns })).map(({ reasoningTraces }) => reasoningTraces)).toEqual([
      undefined,
      ['trace'],
    ]);
  });
});

describe('values keep their meaning', () => {
  it('numbers with more digits than a double holds are taken as they are written', async () => {
    const file = await wrote(
      '{"id": 6150769120280496265, "question": "q1", "solution": "s", "answer": 123456789012345678901}\n' +
        '{"id": 6150769120280496266, "question": "q2", "solution": "s", "answer": 0.1000000000000000055, "level": 5}\n',
    );
    expect(await readProblems(file)).toEqual([
      { id: '6150769120280496265', question: 'q1', solution: 's', answer: '123456789012345678901' },
      { id: '6150769120280496266', question: 'q2', solution: 's', answer: '0.1000000000000000055', level: '5' },
    ]);
    const nested = await wrote('{"q": "q", "meta": {"answer": [123456789012345678901]}}\n');
    const columns = { question: 'q', answer: 'meta.answer.0' };
    expect((await readProblems(nested, { columns }))[0]).toMatchObject({ answer: '123456789012345678901' });
  });

  it.each([
    ['cells.csv', 'id,question,solution,answer,level,reasoning_trace\n1,q1,s1,4,,\n,q2,s2,,easy,t\n'],
    ['cells.tsv', 'id\tquestion\tsolution\tanswer\tlevel\treasoning_trace\n1\tq1\ts1\t4\t\t\n\tq2\ts2\t\teasy\tt\n'],
    [
      'cells.jsonl',
      '{"id":1,"question":"q1","solution":"s1","answer":4,"level":"","reasoning_trace":""}\n' +
        '{"id":"","question":"q2","solution":"s2","answer":"","level":"easy","reasoning_trace":"t"}\n',
    ],
  ])('an empty cell of %s is a missing value', async (name, content) => {
    const problems = await readProblems(await wrote(content, name));
    expect(problems).toEqual([
      { id: '1', question: 'q1', solution: 's1', answer: '4' },
      {
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        question: 'q2',
        solution: 's2',
        level: 'easy',
        reasoningTraces: ['t'],
      },
    ]);
  });

  test('half of a surrogate pair is named with file, line and field, and ignored in unused columns', async () => {
    const file = await wrote(
      '{"question": "a", "solution": "s", "preview": "\\ud83d"}\n{"question": "b \\uD800", "solution": "s"}\n',
    );
    const error = await refusal(file);
    expect(error.message).toMatch(/half of a surrogate pair/);
    expect(error.facts).toMatchObject({ file, line: 2, field: 'question' });
    const turns = await wrote([{ messages: [user, { role: 'assistant', content: 'x\udc00' }] }]);
    expect((await refusal(turns)).facts).toMatchObject({ line: 1, field: 'messages.1.content' });
    expect(await readProblems(await wrote('{"question": "\\ud83d\\ude00", "solution": "s"}\n'))).toMatchObject([
      { question: '😀' },
    ]);
  });
});

it('problems.jsonl of an evaluation is read as problems with answers, and a column gold of other files is not', async () => {
  const game = '{"numbers":[3,4,12],"target":11}';
  const asked = await wrote([
    { id: 'sums/a', question: '1 + 1 = ?', gold: '2' },
    { id: 'games/b', question: 'Use 3, 4 and 12 to make 11.', gold: game },
  ]);
  const { problems } = await scanProblemFile(asked, { needs: 'answers' });
  expect([...problems]).toEqual([
    { id: 'a', question: '1 + 1 = ?', solution: '2', answer: '2' },
    expect.objectContaining({ id: 'games/b', numbers: [3, 4, 12], target: 11 }),
  ]);
  expect([...problems][1]).not.toHaveProperty('answer');
  // Elsewhere `gold` may be the number of an option.
  const foreign = await wrote([{ id: 'a', question: 'Which?', subject: 'tides', gold: 2 }]);
  await expect(scanProblemFile(foreign, { needs: 'answers' })).rejects.toThrow(/no known layout fits the keys/);
});

it('the ids in problems.jsonl of an evaluation lose its label, those of other files keep what is before a slash', async () => {
  const idsOf = async (rows: readonly { readonly id: string }[], more: object = {}): Promise<readonly string[]> => {
    const file = await wrote(rows.map((row, index) => ({ question: `${index} + 1 = ?`, gold: '2', ...row, ...more })));
    const { problems } = await scanProblemFile(file, { needs: 'answers' });
    return [...problems].map(({ id }) => id);
  };
  expect(await idsOf([{ id: 'gsm8k/1' }, { id: 'gsm8k/2' }])).toEqual(['1', '2']);
  expect(await idsOf([{ id: 'gsm8k/test/1' }, { id: 'gsm8k/gsm8k/2' }])).toEqual(['test/1', '2']);
  // Two sets may use one id.
  expect(await idsOf([{ id: 'easy/1' }, { id: 'hard/1' }])).toEqual(['1', 'hard/1']);
  expect(await idsOf([{ id: '1' }, { id: 'gsm8k/2' }])).toEqual(['1', 'gsm8k/2']);
  expect(await idsOf([{ id: 'gsm8k/' }])).toEqual(['gsm8k/']);
  expect(await idsOf([{ id: 'gsm8k/1' }], { answer: '2' })).toEqual(['gsm8k/1']);
});

it('the answers of an evaluation are refused as problems, with the file that has these', async () => {
  const line = {
    student: 'm',
    level: 'sums',
    id: 'a',
    sample: 0,
    verdict: 'wrong',
    gold: '2',
    ended: 'stop',
    text: '3',
  };
  const refused = await refusal(await wrote([line]));
  expect(refused.message).toMatch(
    /these are the answers of a model, not the problems .*\n {2}Name the file of the problems: problems\.jsonl/s,
  );
});

it('many invalid rows are reported together, with the lines of the first few and what is wrong there', async () => {
  const good = { question: 'q', solution: 's' };
  const file = await wrote([good, { question: 'x' }, good, { question: 'y' }]);
  const error = await refusal(file);
  expect(error.summary).toBe('solution is missing');
  expect(error.facts).toMatchObject({ file, line: 2, field: 'solution' });
  expect(error.facts.remedy).toMatch(/ Another row is invalid\. Line 4: solution is missing\.$/);
  const many = await wrote([good, ...Array.from({ length: 30 }, () => ({ question: 'x' }))]);
  expect((await refusal(many)).facts.remedy).toMatch(
    / 29 more rows are invalid\. Lines 3, 4, 5, 6, 7 and 24 more: solution is missing\.$/,
  );
  const mixed = await wrote([good, { question: 'x' }, { solution: 's' }, { ...good, answer: [1] }, { question: 'y' }]);
  expect((await refusal(mixed)).facts.remedy).toMatch(
    / 3 more rows are invalid\. Line 3: question is missing; line 4: answer .*; line 5: solution is missing\.$/,
  );
  const kinds = [
    { id: [1] },
    { level: [1] },
    { answer: [1] },
    { reasoning_trace: 1 },
    { solution: ' ' },
    { question: ' ' },
  ];
  const others = await wrote([good, { question: 'x' }, ...kinds.map((kind) => ({ ...good, ...kind }))]);
  expect((await refusal(others)).facts.remedy).toMatch(
    / 6 more rows are invalid\. Line 3: .*; line 4: .*; line 7: .*; and 1 for other reasons\.$/,
  );
  // An error that ends the reading does not hide the rows before it.
  const broken = await wrote('{"question": "q", "solution": "s"}\n{"question": "q"}\n{"question": \n');
  const { line, remedy } = (await refusal(broken)).facts;
  expect(line).toBe(2);
  expect(remedy).toMatch(/ At line 3 reading ended, and later rows were not checked: the line is not JSON: .*\.$/);
  const worse = await wrote(`${JSON.stringify(good)}\n{"question": "x"}\n{"question": "y"}\nno\n{"question": "z"}\n`);
  expect((await refusal(worse)).facts.remedy).toMatch(
    / Another row is invalid\. Line 3: solution is missing\. At line 4 reading ended/,
  );
});
