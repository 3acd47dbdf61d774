import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTraces, writeTraces } from '../../data/trace-file.js';
import { InterruptedError } from '../../errors.js';
import { writeManifest } from '../../manifest.js';
import { hashesOf, linesOf, SUMS, temporaryFolder } from '../../pipeline/testing/rlt.js';
import { FORMATS, studentSystemPrompt } from '../../text/formats.js';
import { runCommandLine } from '../testing/run-command.js';

const trace = { question: '1 + 1 = ?', solution: '2', explanation: 'One and one.', ended: 'stop' } as const;
const TRACES = [
  { ...trace, id: 'a', sample: 1, model: 'teach', seed: 3, answer: '2', reward: { total: -0.5, kl: 1 } },
  { ...trace, id: 'a', sample: 0, explanation: '', ended: 'length', reward: { total: -2, kl: 1 } },
  { ...trace, id: 'b', explanation: 'Zwölf.\n\nJa.' },
] as const;

const STAGES = [
  { stage: 'warm-up', teacher: 'base', data: 'sums' },
  { stage: 'explain', name: 'before', teacher: 'base', data: 'sums' },
  { stage: 'explain', name: 'after', teacher: 'warm-up', data: 'sums' },
];

/** A run whose stages of these folders are done. */
async function runOf(recipe: object, ...done: readonly string[]): Promise<string> {
  const run = join(temporaryFolder(), 'run');
  mkdirSync(join(run, 'stages'), { recursive: true });
  const whole = { name: 'traced', models: { base: 'builtin:base' }, data: { sums: SUMS }, stages: STAGES, ...recipe };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(whole));
  writeFileSync(join(run, 'events.jsonl'), '');
  for (const folder of done) {
    await writeTraces(join(run, 'stages', folder, 'traces.jsonl'), TRACES);
    await writeManifest(join(run, 'stages', folder));
  }
  return run;
}

const rlt = (...argv: readonly string[]) => runCommandLine(['export', ...argv]);

const turn = (explanation: string): string =>
  `<|begin_of_thought|>\n\n${explanation}\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n2\n\n<|end_of_solution|>`;
const asked = (system: string) => [
  { role: 'system', content: system },
  { role: 'user', content: '1 + 1 = ?' },
];
const rowsOf = (system: string, texts: readonly string[]) =>
  texts.map((text) => ({ messages: [...asked(system), { role: 'assistant', content: text }] }));

const facts = [
  { id: 'a', ended: 'stop', sample: 1, reward: -0.5 },
  { id: 'a', ended: 'length', sample: 0, reward: -2 },
  { id: 'b', ended: 'stop', sample: null, reward: null },
];

test('a run, a stage of it, its folder and its file give the same conversations, to a file or printed', async () => {
  const run = await runOf({ prompts: { student: 'Solve.' } }, '03-after');
  const before = hashesOf(run);
  const folder = join(run, 'stages', '03-after');
  const wanted = rowsOf(
    'Solve.',
    TRACES.map(({ explanation }) => turn(explanation)),
  ).map((row, index) => ({ ...row, ...facts[index] }));
  for (const given of [run, `${run}:after`, folder, join(folder, 'traces.jsonl')]) {
    const { code, stdout, stderr } = await rlt(given);
    expect([
      code,
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]).toEqual([0, wanted]);
    expect(stderr).toBe(
      '1 of 3 explanations did not end with their tag: their "ended" is not "stop"\n1 of 3 explanations are blank\n',
    );
  }
  const out = join(temporaryFolder(), 'new', 'training.jsonl');
  const written = await rlt(run, '--out', out);
  expect([written.code, written.stdout]).toEqual([
    0,
    `3 conversations, in the tags of the format paper. Everything is in ${out}.\n`,
  ]);
  expect(linesOf(out)).toEqual(wanted);
  expect(hashesOf(run)).toEqual(before);
});

test('the other layout keeps what the student writes apart; other tags and messages replace those of the run', async () => {
  const run = await runOf({}, '03-after');
  const { stdout } = await rlt(run, '--layout', 'prompt-completion', '--format', 'think', '--system-prompt', 'Go.');
  expect(stdout.split('\n').map((line) => (line === '' ? {} : JSON.parse(line)))[2]).toEqual({
    prompt: asked('Go.'),
    completion: [{ role: 'assistant', content: '<think>\nZwölf.\n\nJa.\n</think>\n\n2' }],
    ...facts[2],
  });
  const own = {
    ...{ name: 'mine', inner: ' ', between: '\n' },
    teacher: { solution: { open: '<s>', close: '</s>' }, explanation: { open: '<e>', close: '</e>' } },
    student: { thought: { open: '<t>', close: '</t>' } },
  };
  const custom = await rlt(`${await runOf({ format: own }, '02-before')}:before`);
  expect(JSON.parse(custom.stdout.split('\n')[2] ?? '').messages[2].content).toBe('<t> Zwölf.\n\nJa. </t>\n2');
});

test('a file outside of runs has the tags of the paper, and keys that none of its traces has are left out', async () => {
  const file = join(temporaryFolder(), 'mine.jsonl');
  await writeTraces(file, [{ ...trace, id: 'a' }]);
  const { code, stdout, stderr } = await rlt(file);
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('tags of the format paper, unless --format says otherwise'),
  ]);
  const [row] = rowsOf(studentSystemPrompt(FORMATS.paper), [turn(trace.explanation)]);
  expect(JSON.parse(stdout)).toEqual({ ...row, id: 'a', ended: 'stop' });
  expect((await rlt(file, '--format', 'released')).stderr).toBe('');
});

test('what a run gives chat templates besides messages is told of', async () => {
  const run = await runOf({ prompts: { date: '2026-02-28', variables: { enable_thinking: true } } }, '03-after');
  expect((await rlt(run)).stderr).toContain(
    'the run gives chat templates enable_thinking=true, date="2026-02-28", which is not in the file',
  );
});

test('what cannot be exported is refused with what to do, and nothing is written', async () => {
  const folder = temporaryFolder();
  const [out, both] = [join(folder, 'out.jsonl'), await runOf({}, '02-before', '03-after')];
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('empty.jsonl'), '');
  await writeTraces(at('cut.jsonl'), [{ ...trace, id: 'a', ended: 'length' }]);
  await writeTraces(at('blank.jsonl'), [{ ...trace, id: 'a', explanation: ' \n' }]);
  const refusals: readonly [readonly string[], number, string][] = [
    [[both], 2, `Name one: ${both}:before, ${both}:after.`],
    [[`${both}:warm-up`], 2, 'The stages with traces: before, after.'],
    [[await runOf({ stages: STAGES.slice(0, 1) })], 2, 'it has none; its stages: warm-up.'],
    [[await runOf({})], 2, 'They come from its stages before and after, which are not done'],
    [[folder], 2, 'there are no traces in this folder'],
    [[SUMS], 1, 'this is a file of problems, not of traces'],
    [[at('empty.jsonl')], 1, 'there are no traces in this file'],
    [[at('cut.jsonl')], 1, 'none of the 1 explanations of this file ended with their tag'],
    [[at('blank.jsonl')], 1, 'all 1 explanations of this file are blank'],
    [[both, '--layout', 'sharegpt'], 2, 'Write --layout messages'],
    [[both, '--layout', 'alpaca'], 2, 'The layouts: messages, prompt-completion.'],
    [[both, '--format', 'messages'], 2, 'How rows hold a conversation is --layout'],
    [[both, '--format', 'papr'], 2, 'Did you mean "paper"?'],
  ];
  for (const [argv, expected, text] of refusals) {
    const { code, stdout, stderr } = await rlt(...argv, '--out', out);
    expect([code, stdout, stderr], argv.join(' ')).toEqual([expected, '', expect.stringContaining(text)]);
  }
  expect(existsSync(out)).toBe(false);
});

test('a file that is there, one of a run, or one of another kind is not written', async () => {
  const run = await runOf({}, '03-after');
  const folder = temporaryFolder();
  const kept = join(folder, 'kept.jsonl');
  writeFileSync(kept, 'mine');
  const mine = join(folder, 'traces.jsonl');
  await writeTraces(mine, TRACES);
  for (const [argv, text] of [
    [[run, '--out', kept], 'Name another with --out, or add --overwrite.'],
    [[run, '--out', join(run, 'stages', '03-after', 'training.jsonl')], 'this is a file of a run'],
    [[run, '--out', join(folder, 'training.parquet')], '--out must end in .jsonl'],
    [[mine, '--out', mine, '--overwrite'], 'the training data would overwrite the traces'],
  ] as const) {
    const { code, stderr } = await rlt(...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  }
  expect([readFileSync(kept, 'utf8'), await readTraces(mine)]).toEqual(['mine', TRACES]);
  expect((await rlt(run, '--out', kept, '--overwrite')).code).toBe(0);
  expect(linesOf(kept)).toHaveLength(3);
  expect(readdirSync(folder).toSorted()).toEqual(['kept.jsonl', 'traces.jsonl']);
});

test('traces that have changed since their stage left them, and damaged files, leave what was there', async () => {
  const run = await runOf({}, '03-after');
  const traces = join(run, 'stages', '03-after', 'traces.jsonl');
  appendFileSync(traces, '{"id":');
  const out = join(temporaryFolder(), 'out.jsonl');
  writeFileSync(out, 'earlier');
  const changed = await rlt(run, '--out', out, '--overwrite');
  expect([changed.code, changed.stderr]).toEqual([
    1,
    expect.stringContaining('the file has changed since it was written'),
  ]);
  const damaged = await rlt(traces, '--out', out, '--overwrite');
  expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringContaining(`${traces}:4`)]);
  expect(readFileSync(out, 'utf8')).toBe('earlier');
});

test('Ctrl-C ends an export, and leaves no file', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'many.jsonl');
  await writeTraces(
    file,
    Array.from({ length: 20_000 }, (_, index) => ({ ...trace, id: String(index) })),
  );
  const controller = new AbortController();
  setTimeout(() => controller.abort(new InterruptedError()), 100);
  const { code } = await runCommandLine(['export', file, '--out', join(folder, 'out.jsonl')], {
    signal: controller.signal,
  });
  expect([code, readdirSync(folder)]).toEqual([130, ['many.jsonl']]);
});
