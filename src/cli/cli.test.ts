import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { InterruptedError, StorageError } from '../errors.js';
import type { RunOptions, RunSummary } from '../pipeline/run-recipe.js';
import { parseRecipe } from '../recipe/load.js';
import { STAGES } from '../stages/index.js';
import { hasCuda } from '../testing/cuda.js';
import type { CommandDefinition, CommandModule } from './command.js';
import { runCommand } from './commands/run.js';
import { stageCommand } from './commands/stage.js';
import { commands } from './commands.js';
import { renderSummary } from './summary-text.js';
import { runCommandLine } from './testing/run-command.js';

const cli = (
  argv: readonly string[],
  list?: readonly CommandModule[],
  { signal, stdout }: { signal?: AbortSignal; stdout?: () => void } = {},
) =>
  runCommandLine(argv, {
    ...(list === undefined ? {} : { list }),
    ...(signal === undefined ? {} : { signal }),
    ...(stdout === undefined ? {} : { onStdout: stdout }),
  });

/** A list of one command. */
const only = (name: string, definition: CommandDefinition): readonly CommandModule[] => [
  { name, summary: name, load: async () => definition },
];

const failing = (error: unknown): CommandModule => ({
  name: 'fail',
  summary: 'fails',
  load: async () => (command) => {
    command.action(() => {
      throw error;
    });
  },
});

test('an error begins on a line of its own, behind the progress of a run', async () => {
  const at = (text: string): CommandModule => ({
    name: 'fail',
    summary: 'fails',
    load: async () => (command, context) => {
      command.action(() => {
        context.stderr(text);
        throw new StorageError('broken');
      });
    },
  });
  for (const [text, between] of [
    ['[1/6] teach  step 3/6', '\n'],
    ['a note\n', ''],
    ['[1/6] teach\r\u001b[2K', ''],
  ] as const) {
    const { code, stderr } = await cli(['fail'], [at(text)]);
    expect([code, stderr]).toEqual([1, `${text}${between}storage: broken\n`]);
  }
});

test('every command has help of its own, on standard output', async () => {
  const { code, stdout, stderr } = await cli(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const { name, summary } of commands) {
    expect(stdout).toContain(`\n  ${name} `);
    const help = await cli([name, '--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain(`Usage: rlt ${name}`);
    expect(help.stdout.replaceAll(/\s+/g, ' ')).toContain(summary);
  }
});

test('a file to read is refused where it is given twice; of other options the last counts', async () => {
  const evaluation = ['evaluate', '--model', 'builtin:base', '--benchmark', 'word-problems'];
  expect(await cli([...evaluation, '--problems', 'a.csv', '--problems', 'b.csv'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'usage: --problems is given twice\n  It takes one file.\n',
  });
  const last = await cli(['problems', 'ages', '--count', '2', '--count', '3']);
  expect([last.code, last.stdout.trim().split('\n').length]).toEqual([0, 3]);
});

test('mistyped commands and options exit with 2 and a suggestion, and nothing on standard output', async () => {
  const usage = await cli(['nosuch']);
  expect(usage).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown command 'nosuch'") });
  expect(usage.stderr).toMatch(/The commands are: .*quickstart, .*teach/);
  expect((await cli(['run', 'quickstart', '--stepz', '3'])).stderr).toContain(
    '--steps is a setting of a stage: --set stages.teach.steps=VALUE, or rlt teach RECIPE --steps VALUE.',
  );
  const typed = await cli(['teach', 'quickstart', '--steps', 'abc', '--dry-run']);
  expect(typed).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^- steps must be .*not "abc" \(--steps abc, /m),
  });
  expect(typed.stderr).not.toContain('--set');
  for (const argv of [
    ['nosuch', '--help'],
    ['-h', 'nosuch'],
    ['help', 'nosuch'],
    ['nosuch', '--version'],
  ])
    expect(await cli(argv)).toEqual(usage);
  expect(await cli(['tech'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean teach?'),
  });
  expect(await cli(['run', 'quickstart', '--dryrun'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--dry-run'),
  });
  expect(await cli(['run'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("missing required argument 'recipe'"),
  });
  expect(await cli(['problems', 'countdwn'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"countdown"'),
  });
  expect(await cli(['problems', 'countdown', '--count', 'x'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--count takes/),
  });
  expect(await cli(['run', 'quickstrt'])).toMatchObject({ code: 2, stderr: expect.stringContaining('"quickstart"') });
  expect(await cli([])).toMatchObject({ code: 2, stdout: '' });
});

test('errors of ours are shown without a stack and decide the exit code; bugs are shown with one', async () => {
  const storage = await cli(['fail'], [failing(new StorageError('disk full', { file: 'x', remedy: 'Free space.' }))]);
  expect(storage).toEqual({ code: 1, stdout: '', stderr: 'storage: disk full (x)\n  Free space.\n' });
  expect((await cli(['fail'], [failing(new InterruptedError())])).code).toBe(130);
  const bug = await cli(['fail'], [failing(new TypeError('x is not a function'))]);
  expect(bug.code).toBe(1);
  expect(bug.stderr).toMatch(/^bug: .*\nTypeError: x is not a function\n {4}at /);
});

test('problems are JSONL, the same for the same seed', async () => {
  const first = await cli(['problems', 'word-problems', '--count', '3', '--seed', '5', '--level', 'more-steps']);
  expect(first.code).toBe(0);
  const lines = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({ level: 'more-steps', question: expect.any(String), solution: expect.any(String) });
  expect(await cli(['problems', 'word-problems', '--count', '3', '--seed', '5', '--level', 'more-steps'])).toEqual(
    first,
  );
});

test('an interruption ends the generation of problems, between two writes', async () => {
  const argv = ['problems', 'word-problems', '--count', '1000000'];
  const at = { code: 130, stderr: 'interrupted: the work was stopped\n' };
  const before = AbortSignal.abort(new InterruptedError());
  expect(await cli(argv, commands, { signal: before })).toEqual({ ...at, stdout: '' });
  // As Ctrl-C: the signal is aborted by the event loop while problems are generated.
  const controller = new AbortController();
  const stdout = () => setImmediate(() => controller.abort(new InterruptedError()));
  const { stdout: lines, ...ended } = await cli(argv, commands, { signal: controller.signal, stdout });
  expect([ended, lines.split('\n').length]).toEqual([at, 1001]);
});

test('a dry run prints the plan, and with --print-recipe above it a recipe that can be run', async () => {
  // The clone may hold a quickstart already, which a dry run with another seed refuses.
  const out = join(tmpdir(), `rlt-no-run-${process.pid}`);
  const dry = ['run', 'quickstart', '--dry-run', '--set', 'seed=4', '--tokens-per-second', '1000', '--out', out];
  const { code, stdout } = await cli(dry);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Plan of quickstart\./);
  expect(stdout).toMatch(/^stage .* time +memory$/m);
  expect(stdout).toMatch(/^teach +teach +1k +48 .* \d\.\d GB$/m);
  expect(stdout).toMatch(/^all .*\d+(h|m|s|d) +\d\.\d GB$/m);
  expect(stdout).toMatch(/\n\nNothing was run\. --print-recipe shows the recipe, .*\n$/);
  expect(stdout).not.toContain('seed: 4');
  const whole = (await cli([...dry, '--print-recipe'])).stdout;
  expect(parseRecipe(parse(whole)).seed).toBe(4);
  expect(whole).toMatch(/^# teach +teach +1k +48 /m);
  const json = JSON.parse((await cli([...dry, '--json'])).stdout) as {
    recipe: { seed: number };
    plan: { stages: { memory?: { bytes: number } }[] };
  };
  expect([json.recipe.seed, json.plan.stages.length]).toEqual([4, 10]);
  expect(json.plan.stages.every(({ memory }) => (memory?.bytes ?? 0) > 1e8)).toBe(true);
});

test('--print-recipe without a dry run, or beside --json, is wrong usage and runs nothing', async () => {
  for (const [more, message] of [
    [[], '--print-recipe needs --dry-run'],
    [['--dry-run', '--json'], '--json has the recipe already'],
  ] as const) {
    const { code, stdout, stderr } = await cli(['run', 'quickstart', '--print-recipe', ...more]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  }
});

test("the paper's recipe dry-runs here although its engine is a cluster, which is not connected", async () => {
  const dry = await cli(['run', 'paper-7b', '--dry-run']);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toMatch(/^teach +teach +16\.7k +125 +128k /m);
  expect(dry.stderr).toContain('the server at http://localhost:8000 is asked what it can do when a run begins');
});

test.skipIf(hasCuda)(
  'an engine that cannot be used is refused in a dry run, and before a run leaves anything',
  async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'rlt-provider-'));
    const out = join(scratch, 'run');
    for (const more of [['--dry-run'], []]) {
      const { code, stdout, stderr } = await cli([
        'run',
        'quickstart',
        '--set',
        'engine.provider=cuda',
        '--out',
        out,
        ...more,
      ]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /unsupported: .*\bcuda\b.*\n {2}Put ONNX Runtime's CUDA libraries beside it, or take the provider cpu/,
      );
      expect(existsSync(out)).toBe(false);
    }
    rmSync(scratch, { recursive: true });
  },
);

const facts = { problems: 200 };
const summary: RunSummary = {
  directory: 'runs/x',
  seconds: 61,
  secondsInAll: 61,
  stages: [
    { name: 'evaluate', kind: 'evaluate', directory: 'runs/x/stages/01-evaluate', reused: false, seconds: 60, facts },
  ],
  results: [
    {
      stage: 'evaluate',
      student: 'rlt',
      level: 'seen',
      problems: 200,
      samples: 1,
      accuracy: 0.925,
      interval: [0.88, 0.9561],
      passAtK: [],
      majority: { value: 0.925, interval: [0.88, 0.9561] },
      unparsable: 0,
      cut: 0,
      tokensPerAnswer: 40,
      levels: [],
    },
  ],
};

test('a stage command turns its options into overrides of the stages of its kind', async () => {
  const calls: { steps: unknown; options: RunOptions }[] = [];
  const distill = stageCommand('distill', async (recipe, options) => {
    calls.push({ steps: recipe.stages.map((stage) => ('steps' in stage ? stage.steps : undefined)), options });
    return summary;
  });
  const all = await cli(['distill', 'quickstart', '--steps', '3', '--out', 'there', '-q'], only('distill', distill));
  expect(all.code).toBe(0);
  expect(all.stdout).toContain('rlt      seen        200    92.5 %  88.0 % to 95.6 %');
  expect(all.stdout).toContain(
    '1 stage, 1m01s. Everything is in runs/x.\nLook at it with `rlt report runs/x` or `rlt studio runs/x`.\n',
  );
  const one = await cli(
    ['distill', 'quickstart', '--stage', 'student-rlt', '--steps', '4', '--json'],
    only('distill', distill),
  );
  expect(JSON.parse(one.stdout)).toEqual(summary);
  expect(calls[0]?.steps).toEqual([null, 3, 48, undefined, undefined, 3, 3, 3, 3, undefined]);
  expect(calls[0]?.options).toMatchObject({
    runDirectory: 'there',
    resume: false,
    only: ['reader', 'student-solutions', 'student-data-traces', 'student-warm-up', 'student-rlt'],
  });
  expect(calls[1]?.steps).toEqual([null, null, 48, undefined, undefined, null, null, null, 4, undefined]);
  expect(calls[1]?.options).toMatchObject({ runDirectory: join('runs', 'quickstart'), only: ['student-rlt'] });
  expect(await cli(['distill', 'quickstart', '--stage', 'student-rl'], only('distill', distill))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean "student-rlt"?'),
  });
  const explain = stageCommand('explain', async () => summary);
  expect(await cli(['explain', 'pretrain-base'], only('explain', explain))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It has: pretrain, distill.'),
  });
  expect(await cli(['distill', 'quickstart', '--steps', 'many'], only('distill', distill))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/whole number.*stages\.student-rlt\.steps/),
  });
});

test('the end of a run names what looks at it, and what compares its two best students', () => {
  const [row] = summary.results;
  if (row === undefined) throw new Error('the summary has a result');
  const better = { ...row, student: 'the best', accuracy: 0.95 };
  const results = [{ ...row, student: 'poor', accuracy: 0 }, row, better, { ...row, level: 'far', student: 'poor' }];
  expect(
    renderSummary({ ...summary, results }, false)
      .split('\n')
      .at(-2),
  ).toBe(
    'Look at it with `rlt report runs/x` or `rlt studio runs/x`, and compare two students with ' +
      '`rlt compare runs/x:evaluate:rlt "runs/x:evaluate:the best"`.',
  );
  expect(renderSummary({ ...summary, results }, true)).not.toContain('rlt report');
});

test('a value behind --set and its path, without =, is told of as that', async () => {
  const { code, stderr } = await cli(
    ['run', 'quickstart', '--set', 'stages.teach.steps', '4'],
    only(
      'run',
      runCommand(async () => async () => summary),
    ),
  );
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('--set takes path.to.key=value, not "stages.teach.steps"'),
  ]);
});

test('a refused recipe lists all problems and exits with 2', async () => {
  const run = runCommand(async () => async () => summary);
  const { code, stderr } = await cli(
    ['run', 'quickstart', '--set', 'sed=1', '--set', 'stages.teach.samples=0'],
    only('run', run),
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/^recipe: the recipe has 2 problems:\n/);
  expect(stderr).toMatch(/^- unknown key "sed" .*Did you mean "seed"\?$/m);
  expect(stderr).toMatch(/^- samples must be at least 2, not 0 .*field stages\.teach\.samples\)$/m);
});

test('there is a command for every kind of stage', () => {
  const names = commands.map((command) => command.name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(STAGES)));
  expect(new Set(names).size).toBe(names.length);
});

test('the program itself: standard output carries only results, and a closed pipe is not a failure', () => {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const version = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
  expect([version.status, version.stderr]).toEqual([0, '']);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong = spawnSync(process.execPath, [main, 'run', 'nowhere.yaml'], { encoding: 'utf8' });
  expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  const directory = mkdtempSync(join(tmpdir(), 'rlt-cli-'));
  try {
    const piped = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${main}" problems word-problems --count 3000 | head -n 1`],
      {
        encoding: 'utf8',
        cwd: directory,
      },
    );
    expect([piped.status, piped.stderr]).toEqual([0, '']);
    expect(JSON.parse(piped.stdout)).toHaveProperty('question');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
