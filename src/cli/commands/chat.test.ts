import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { linesOf, rlt, SUMS, temporaryFolder } from '../../pipeline/testing/rlt.js';
import { endlessModel, QUESTION } from '../testing/endless-model.js';
import { runCommandLine } from '../testing/run-command.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

interface Conversation {
  readonly child: ChildProcessWithoutNullStreams;
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<number | null>;
}

function chat(...argv: readonly string[]): Conversation {
  const child = spawn(process.execPath, [MAIN, 'chat', '--threads', '1', ...argv]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, said: () => ({ stdout, stderr }), ended };
}

async function talk(lines: string | Uint8Array, ...argv: readonly string[]) {
  const { child, said, ended } = chat(...argv);
  child.stdin.end(lines);
  return { code: await ended, ...said() };
}

test('lines are questions, each answered by itself; the same seed gives the same replies', async () => {
  const first = await talk(`${QUESTION}\n\n${QUESTION}\r\n`, 'builtin:base', '--seed', '5');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toMatch(
    /^builtin:base: asked as a student in the tags of the format paper, the format that it was trained in\n/,
  );
  expect(first.stderr.match(/\(solution: /g)?.length).toBe(2);
  expect(await talk(`${QUESTION}\n${QUESTION}\n`, 'builtin:base', '--seed', '5')).toEqual(first);
  const greedy = await talk(`${QUESTION}\n${QUESTION}\n`, 'builtin:base', '--temperature', '0');
  const [one, two] = greedy.stdout.split(/(?<=<\|end_of_solution\|>)\n/);
  expect(one).toContain('<|begin_of_solution|>');
  expect(two).toBe(one);
});

test('packed weights are float32 weights, and replies stay as they are', async () => {
  const reply = await talk(`${QUESTION}\n`, 'builtin:base', '--seed', '5');
  expect(await talk(`${QUESTION}\n`, 'builtin:base', '--seed', '5', '--packed-weights')).toEqual(reply);
  const refused = await talk('', 'builtin:base', '--bits', '8', '--packed-weights');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('--packed-weights is about weights in float32, and the model is read in 8 bits'),
  ]);
});

test('a teacher gets a question and a solution, and its end tag is not shown', async () => {
  const { code, stdout, stderr } = await talk(
    `${QUESTION}\n5 + 3 = 8. The answer is 8.\n`,
    'builtin:base',
    '--teacher',
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('asked as a teacher in the tags of the format paper');
  expect(stdout).not.toContain('<|end_of_explanation|>');
});

test('bytes that are not UTF-8 are told of, and not asked', async () => {
  const lines = Buffer.concat([
    Buffer.from(`${QUESTION}\n\nA caf`),
    Buffer.from([0xe9]),
    Buffer.from(` has 2 shells.\n${QUESTION}\n`),
  ]);
  const { code, stdout, stderr } = await talk(lines, 'builtin:base', '--temperature', '0');
  expect(stderr).toContain(
    'the line has bytes that are not UTF-8, here as \ufffd: A caf\ufffd has 2 shells. (standard input:3)',
  );
  expect(stderr).toMatch(/Save the text as UTF-8/);
  expect(stderr).toContain('1 of the questions could not be asked');
  const [one, two] = stdout.split(/(?<=<\|end_of_solution\|>)\n/);
  expect(two).toBe(one);
  expect(code).toBe(1);
});

test('a question that is too long costs no other', async () => {
  const { code, stdout, stderr } = await talk(`${'Tom has 2 shells. '.repeat(200)}\n${QUESTION}\n`, 'builtin:base');
  expect(stderr).toMatch(/the question has \d+ tokens, and the model reads 512/);
  expect(stderr).toContain('1 of the questions could not be asked');
  expect(stdout.trim()).not.toBe('');
  expect(code).toBe(1);
});

test('Ctrl-C stops a reply, whose beginning was shown, and ends the conversation at the second', async () => {
  const { child, said, ended } = chat(await endlessModel(), '--seed', '2');
  const until = async (is: () => boolean) => {
    while (!is() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  child.stdin.write(`${QUESTION}\n`);
  await until(() => said().stdout.length > 40);
  child.kill('SIGINT');
  await until(() => said().stderr.includes('(stopped)'));
  expect(said().stdout.split('\n').length).toBeGreaterThan(1);
  child.stdin.write(`${QUESTION}\n`);
  const before = said().stdout.length;
  await until(() => said().stdout.length > before + 40);
  child.kill('SIGINT');
  await until(() => said().stderr.split('(stopped)').length === 3);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
});

test('a termination request ends it, also within a reply and while the model is opened', async () => {
  const { child, said, ended } = chat(await endlessModel(), '--temperature', '0');
  child.stdin.write(`${QUESTION}\n${QUESTION}\n`);
  while (said().stdout.length < 40 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGTERM');
  expect(await ended).toBe(130);
  expect(said().stderr.split('(stopped)').length).toBe(2);
  const begun = new AbortController();
  begun.abort();
  const { code, stdout } = await runCommandLine(['chat', 'builtin:base', '--threads', '1'], { signal: begun.signal });
  expect([code, stdout]).toEqual([130, '']);
});

test('a teacher who is asked without a solution, and the line of bytes that are not UTF-8', async () => {
  const odd = await talk(`${QUESTION}\n`, 'builtin:base', '--teacher');
  expect(odd.stderr).toContain('the last question has no solution');
  expect(odd.code).toBe(1);
  const damaged = await talk(Uint8Array.of(0x71, 0xff, 0x0a, 0x73, 0x0a), 'builtin:base', '--teacher');
  expect(damaged.stderr).toContain('(standard input:1)');
});

test('control characters of a model reach no terminal', async () => {
  const { stdout } = await talk(
    `${QUESTION}\n`.repeat(8),
    await endlessModel(),
    '--max-tokens',
    '600',
    '--temperature',
    '3',
  );
  expect(stdout.length).toBeGreaterThan(50);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test('what is wrong is said by the option that it comes from', async () => {
  const wrong = {
    'builtin:base --temperature hot': /^usage: --temperature must be a number/,
    'builtin:base --threads 0': /^usage: --threads must be at least 1/,
    'builtin:bass': /Did you mean "base"\?/,
    nothere:
      /no such model or run \(nothere\)\n {2}Name .* run directory with the name of a model in it, builtin:base, or hf:/,
    'builtin:base student': /names a model of a run, and there is no run here/,
    'builtin:base --teacher --format plain': /a teacher is asked in tags/,
  };
  const said = await Promise.all(Object.keys(wrong).map((argv) => talk('', ...argv.split(' '))));
  Object.values(wrong).forEach((message, i) => {
    expect(said[i]?.stderr).toMatch(message);
  });
});

test('models of a run go by the names of stages and students', async () => {
  const run = temporaryFolder();
  const model = await endlessModel();
  const recipe = {
    name: 'named',
    models: { base: 'builtin:base' },
    data: { sums: SUMS },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'sums' },
      { stage: 'distill', name: 'own', student: 'base', traces: 'sums' },
      { stage: 'evaluate', students: { 'from-traces': 'own' }, problems: { sums: 'sums' } },
    ],
  };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe));
  for (const folder of ['01-warm-up', '02-own']) {
    mkdirSync(join(run, 'stages', folder), { recursive: true });
    cpSync(model, join(run, 'stages', folder, 'model'), { recursive: true });
  }
  const cases = [
    [[run], /Name one behind it: warm-up, own, from-traces, base\./],
    [[run, 'from-trace'], /no model "from-trace".*\n.*Did you mean "from-traces"/],
    [[run, 'from-traces'], /stages\/02-own\/model: asked as a student/],
    [[run, '--teacher'], /stages\/01-warm-up\/model: asked as a teacher/],
    [[join(run, 'stages/02-own')], /stages\/02-own\/model: asked as a student/],
    [[`${run}:own`], /stages\/02-own\/model: asked as a student/],
  ] as const;
  const said = await Promise.all(cases.map(([argv]) => talk('', ...argv)));
  cases.forEach(([, message], i) => {
    expect(said[i]?.stderr).toMatch(message);
  });
});

test('generate writes answers, and traces of a teacher, the same bytes each time', async () => {
  const folder = temporaryFolder();
  const [answers, traces] = [join(folder, 'answers.jsonl'), join(folder, 'traces.jsonl')];
  const argv = ['generate', 'builtin:base', '--in', SUMS, '--limit', '5', '--samples', '2', '--threads', '1', '-q'];
  expect(await rlt(...argv, '--out', answers)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^10 answers, \d+ right\. Everything is in .*answers\.jsonl\.\n$/),
  });
  const lines = linesOf(answers);
  expect(lines.map(({ sample }) => sample)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  expect(lines[0]).toMatchObject({
    text: expect.stringContaining('<|'),
    verdict: expect.any(String),
    tokens: expect.any(Number),
  });
  const before = readFileSync(answers);
  expect((await rlt(...argv, '--out', answers)).stderr).toMatch(/the file exists already/);
  expect((await rlt(...argv, '--out', answers, '--overwrite')).code).toBe(0);
  expect(readFileSync(answers)).toEqual(before);
  expect(await rlt(...argv, '--teacher', '--out', traces, '--json')).toMatchObject({ code: 0 });
  expect(linesOf(traces).length).toBe(10);
  expect(linesOf(traces)[0]).toMatchObject({ explanation: expect.any(String), ended: expect.any(String) });
  expect(readdirSync(folder).sort()).toEqual(['answers.jsonl', 'traces.jsonl']);
  expect((await rlt(...argv, '--out', traces, '--overwrite', '--temperature', 'x')).stderr).toMatch(
    /^usage: --temperature must be/,
  );
  expect((await rlt('generate', 'builtin:base', '--in', SUMS, '--out', SUMS)).stderr).toMatch(
    /would overwrite the problems/,
  );
});
