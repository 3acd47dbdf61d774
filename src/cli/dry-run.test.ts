import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashesOf, SUMS, TINY, temporaryFolder } from '../pipeline/testing/rlt.js';
import { rltHere as rlt } from './testing/run-command.js';

const MINUTES = 60_000;

/** Files that recipes of these tests refer to. */
function filesIn(folder: string): void {
  const file = (name: string, ...lines: readonly object[]) =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const long = 'Ann has 5 shells. '.repeat(200);
  const traced = { question: 'Tom has 7 pears.', solution: 'The answer is 7.', reasoning_trace: 'Tom has 7 pears.' };
  file('good.jsonl', traced, { ...traced, question: 'Ann has 7 pears.' }, { ...traced, question: 'Ida has 7 pears.' });
  file('long.jsonl', { ...traced, question: long }, { ...traced, question: `${long}?` });
  file('pairs.jsonl', { question: 'a', solution: 'b' }, { question: 'c', solution: 'd' });
  file('prose.jsonl', { ...traced, answer: 'x', numbers: [1, 2] }, { ...traced, question: 'q', answer: '' });
  writeFileSync(join(folder, 'bad.jsonl'), `${JSON.stringify(traced)}\n{"question": \n`);
  const cut = { question: 'q', solution: 's', explanation: 'Hm', ended: 'length' };
  const silent = { question: 'q', solution: 's', explanation: ' \n', ended: 'stop' };
  file('silent.jsonl', { id: 'a', ...silent }, { id: 'b', ...silent, question: 'r', explanation: '' });
  file('unended.jsonl', { id: 'a', ...cut }, { id: 'b', ...cut, question: 'r' });
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'cut'));
  const base = new URL('../../models/base/', import.meta.url);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    writeFileSync(join(folder, 'cut', name), readFileSync(new URL(name, base)));
  writeFileSync(
    join(folder, 'cut', 'model.safetensors'),
    readFileSync(new URL('model.safetensors', base)).subarray(0, 4000),
  );
}

const recipe = (data: string, ...stages: readonly string[]) =>
  `name: checked
engine: { kind: local, threads: 1 }
prompts: { teacher: Explain., student: Solve. }
models: { base: "builtin:base" }
data: { train: ${data} }
stages:
${stages.map((stage) => `  - { ${stage} }\n`).join('')}`;

const WARM_UP = 'stage: warm-up, teacher: base, data: train, steps: 1, batch: 1, maxTokens: 400';
const TEACH = 'stage: teach, teacher: base, student: base, data: train, steps: 1, prompts: 1, samples: 2';

const REFUSED: readonly (readonly [what: string, text: string, message: RegExp, code: 1 | 2])[] = [
  [
    'a missing file',
    recipe('gone.jsonl', WARM_UP),
    /cannot be opened: there is no such file or directory \(ENOENT\).*gone\.jsonl/,
    2,
  ],
  [
    'a missing file, with what the recipe says of it',
    recipe('{ source: gone.jsonl, whenMissing: "Make it with make-it.mjs." }', WARM_UP),
    /ENOENT.*gone\.jsonl, field data\.train\.source\)\. Make it with make-it\.mjs\.\n$/,
    2,
  ],
  [
    'a missing file, with paths beside the recipe in full',
    recipe('{ source: gone.jsonl, whenMissing: "Run <./make.mjs> or <./make it.mjs> for <you>." }', WARM_UP),
    /\)\. Run \/[^ <>"]+\/make\.mjs or "\/[^<>"]+\/make it\.mjs" for <you>\.\n$/,
    2,
  ],
  [
    'a missing file of a data set whose questions another leaves out',
    recipe('{ source: good.jsonl, except: [old] }, old: { source: gone.jsonl, whenMissing: "Make it." }', WARM_UP),
    /ENOENT.*gone\.jsonl.*\)\. Make it\.\n$/,
    2,
  ],
  ['a bad line', recipe('bad.jsonl', WARM_UP), /the line is not JSON.*bad\.jsonl:2/, 1],
  ['nothing left', recipe('{ source: good.jsonl, skip: 3 }', WARM_UP), /none of 3 problems are left in train/, 2],
  ['no trace', recipe('pairs.jsonl', WARM_UP), /none of the 2 problems of train has a trace.*whenNoTraces/, 2],
  [
    'no model',
    recipe('good.jsonl', WARM_UP).replace('"builtin:base"', 'empty'),
    /there is no model here.*field models\.base\.source/,
    2,
  ],
  ['a model cut short', recipe('good.jsonl', WARM_UP).replace('"builtin:base"', 'cut'), /model\.safetensors/, 1],
  [
    'examples longer than the context',
    recipe('long.jsonl', WARM_UP.replace('400', '4000')),
    /none of 2 examples can be used: 2 are longer than 512 tokens \(stage warm-up\)\n {2}Their prompts alone have/,
    1,
  ],
  [
    'examples longer than maxTokens',
    recipe('good.jsonl', WARM_UP.replace('400', '8')),
    /none of 3 examples can be used: 3 are longer than 8 tokens \(stage warm-up\)\n {2}Their prompts alone have \d+ tokens and more: raise maxTokens .*shorten the system message/,
    1,
  ],
  [
    'examples of a student too long',
    recipe('good.jsonl', 'stage: distill, student: base, traces: train, maxTokens: 9'),
    /none of 3 examples can be used: 3 are longer than 9 tokens \(stage distill\)/,
    1,
  ],
  [
    'prompts too long, of a stage behind a training stage',
    recipe('good.jsonl', WARM_UP, TEACH.replace('teacher: base', 'teacher: warm-up, maxPromptTokens: 10')),
    /none of 3 problems fits: each is longer than 10 tokens.*\(stage teach\)/,
    1,
  ],
  [
    'problems that leave no room for an explanation',
    recipe('long.jsonl', 'stage: explain, teacher: base, data: train'),
    /none of 2 problems fits the context of the teacher \(stage explain\)/,
    1,
  ],
  [
    'traces too long to be scored',
    recipe('long.jsonl', 'stage: score, teacher: base, student: base, traces: train'),
    /none of 2 traces fits the contexts of the two models \(stage score\)/,
    1,
  ],
  [
    'traces that say nothing',
    recipe('{ source: silent.jsonl, adapter: traces }', 'stage: distill, student: base, traces: train'),
    /all 2 explanations of train are blank, and a student would learn to think nothing.*\(stage distill\).*reward\.kl.*warm it up longer/s,
    1,
  ],
  [
    'questions too long for a student',
    recipe('long.jsonl', 'stage: reinforce, student: base, data: train, steps: 1'),
    /none of 2 problems fits: .*\(stage reinforce\)/,
    1,
  ],
  [
    'answers that cannot be graded',
    recipe('good.jsonl', 'stage: evaluate, students: { base: base }, problems: { own: train }, grader: choice'),
    /names no option, so choice cannot grade with it \(.*good\.jsonl:1, field solution, stage evaluate\)/,
    1,
  ],
  [
    'a sampler that cannot get the weights of its trainer',
    recipe('good.jsonl', 'stage: reinforce, student: base, data: train, steps: 1').replace(
      'models: { base: "builtin:base" }',
      'engines: { a: { kind: tinker, url: "http://localhost:1" }, b: { kind: tinker, url: "http://localhost:2" } }\n' +
        'models: { base: { source: "builtin:base", engine: a, sampler: b } }',
    ),
    /the engine b cannot open what the engine a saves \(field models\.base\.sampler\)\. Leave out the sampler/,
    2,
  ],
  [
    'a stage that cannot run here',
    recipe('good.jsonl', WARM_UP).replace('"builtin:base"', '{ source: "served:x", tokenizer: cut }'),
    /knows no models by name/,
    2,
  ],
];

test('answers that contradict their solutions are counted with their lines, of a data set and of a file that is asked, as far as stages read it', async () => {
  const folder = temporaryFolder();
  const solutions: readonly (readonly [answer: number, solution: string])[] = [
    [1, 'Tom buys 6. The answer is 26.'],
    [26, 'Tom buys 6. The answer is 26.'],
    [2, 'Tom buys 6. The answer is 26.'],
    [4, 'It is \\boxed{4}, so 8 are left.'],
    // No answer is stated: numbers of the last sentence may be steps.
    [5, 'First 5, then 9.'],
    [5, 'Tom has 5 at first. Then he has 4 + 5 = 9.'],
    [7, 'First there are 3. Then there are 9.'],
    [1234, 'So there are 1,234.'],
  ];
  const rows = solutions.map(([answer, solution], i) => ({ question: `Tom has ${i} pears.`, solution, answer }));
  const own = join(folder, 'rows.jsonl');
  writeFileSync(own, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = join(folder, 'recipe.yaml');
  const stage = 'stage: evaluate, students: { base: base }, problems: { train: train }';
  writeFileSync(file, recipe('rows.jsonl', stage));
  const dry = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run');
  expect(dry.code, dry.stderr).toBe(0);
  const told = (of: string, where: string, has = 'have') =>
    `of ${of} with an answer ${has} a solution that comes to another one (${where}), for example line 1: answer 1, but 26 in its solution. Replies are graded by the answer.`;
  expect(dry.stderr).toContain(`note: 3 ${told('8 problems of train', 'lines 1, 3 and 7')}`);
  writeFileSync(file, recipe('rows.jsonl', `${stage}, limit: 2`));
  const few = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run');
  expect(few.stderr).toContain(`note: 1 ${told('2 problems of train', 'line 1', 'has')}`);
  const asked = ['evaluate', '--model', 'builtin:base', '--problems', own, '--dry-run'];
  expect((await rlt(...asked)).stderr).toContain(`note: 3 ${told('8 problems of rows.jsonl', 'lines 1, 3 and 7')}`);
});

test('short solutions that would be graded as wrong themselves are told of', async () => {
  const folder = temporaryFolder();
  const solutions = [
    'Open 443/tcp',
    'Code 103',
    'Use port 443, then 80.',
    'See ports 443-tcp.',
    'It is 26.',
    'Code 104',
  ];
  const rows = solutions.map((solution, i) => ({
    question: `Which code has case ${i}?`,
    solution,
    answer: ['443', '103', '443', '443', '26', '103'][i],
  }));
  const own = join(folder, 'rows.jsonl');
  writeFileSync(own, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { stderr } = await rlt(
    'evaluate',
    '--model',
    'builtin:base',
    '--problems',
    own,
    '--grader',
    'math',
    '--dry-run',
  );
  expect(stderr).toContain(
    'note: 1 of 6 problems of rows.jsonl with an answer has a short solution that would itself be graded as wrong (line 1), for example line 1: "Open 443/tcp" against 443.',
  );
  expect(stderr).not.toContain('Code 103"');
});

test('what is told of data names every stage that reads them, and how much each of them takes', async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 6 }, (_, i) => ({
    question: `Tom has ${i} pears.`,
    solution: `The answer is ${i}.`,
    ...(i < 4 ? {} : { answer: String(i) }),
  }));
  writeFileSync(join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const evaluate = (name: string, limit: string) =>
    `{ stage: evaluate, name: ${name}, students: { base: base }, problems: { train: train }${limit} }`;
  const stages = [
    evaluate('a', ', limit: 2'),
    evaluate('b', ''),
    evaluate('c', ', limit: 9'),
    evaluate('d', ', limit: 2'),
  ];
  const file = join(folder, 'recipe.yaml');
  const head =
    'name: several\nmodels: { base: builtin:base }\ndata: { train: { source: rows.jsonl, limit: 5 } }\nstages:\n';
  writeFileSync(file, `${head}${stages.map((stage) => `  - ${stage}\n`).join('')}`);
  const dry = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run');
  expect(dry.code, dry.stderr).toBe(0);
  const notes = dry.stderr.match(/.* have no "answer".*/g);
  expect(notes).toEqual([
    'note: 2 of the first 2 problems of train have no "answer", so a and d read it from their solutions: 2 state it ("the answer is", "####").',
    'note: 4 of 5 problems of train have no "answer", so b and c read it from their solutions: 4 state it ("the answer is", "####").',
  ]);
  expect(dry.stdout).toContain('train: 6 questions without traces, 5 used; a and d take the first 2 problems.\n');
});

test.runIf(process.platform === 'linux')('a dry run finds that a run directory cannot be made', async () => {
  const folder = temporaryFolder();
  filesIn(folder);
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, recipe('good.jsonl', WARM_UP));
  for (const argv of [['--dry-run'], []]) {
    const { code, stderr } = await rlt('run', file, '--out', '/proc/foo', ...argv);
    expect(code).toBe(1);
    expect(stderr).toMatch(/storage: cannot make the run directory.*\/proc/);
    const there = await rlt('run', file, '--out', '/proc', ...argv);
    expect(there.code).toBe(1);
    expect(there.stderr).toMatch(/storage: cannot write in the run directory: \/proc takes no new entries \(\/proc\)/);
  }
  const out = join(folder, 'made', 'run');
  expect((await rlt('run', file, '--out', out, '--dry-run')).code).toBe(0);
  expect(readdirSync(folder).filter((name) => name.includes('made') || name.startsWith('.'))).toEqual([]);
});

test.each(REFUSED)('%s: a dry run and a run say the same and exit alike', async (_, text, message, code) => {
  const folder = temporaryFolder();
  filesIn(folder);
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, text);
  const out = join(folder, 'run');
  const dry = await rlt('run', file, '--out', out, '--dry-run');
  expect([dry.code, dry.stdout], dry.stderr).toEqual([code, '']);
  expect(dry.stderr).toMatch(message);
  const run = await rlt('run', file, '--out', out);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code, stderr: dry.stderr });
  // Found before anything was written, also where an earlier stage could have run.
  expect(existsSync(out)).toBe(false);
});

test.each([
  ['bad.jsonl', 1, /^data: the data cannot be used:\n- the line is not JSON.*bad\.jsonl:2/],
  ['empty.jsonl', 1, /^data: the data cannot be used:\n- there are no problems in it/],
  // The recipe names a file that is not there.
  ['gone.jsonl', 2, /^recipe: the recipe has 1 problem:\n- the file cannot be opened/],
])('a fault of a data file is not called one of the recipe: %s', async (data, exit, message) => {
  const folder = temporaryFolder();
  filesIn(folder);
  writeFileSync(join(folder, 'empty.jsonl'), '');
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, recipe(data, WARM_UP));
  const { code, stderr } = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run');
  expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
});

test('too few steps of a warm-up are told before the run, with the stage that would stop and the setting', async () => {
  const out = join(temporaryFolder(), 'run');
  const shrunk = ['run', 'quickstart', '--set', 'data.train.count=30', '--out', out, '--dry-run'];
  const { code, stderr } = await rlt(...shrunk);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain('note: warning');
  expect(stderr).toContain(
    'warning: warm-up takes 3 steps, too few for the bundled model to learn how an explanation ends; teach ' +
      'stops where none of its explanations ends. Set stages.warm-up.minSteps to about 120 (--set stages.warm-up.minSteps=120).\n',
  );
  expect((await rlt(...shrunk, '--set', 'stages.warm-up.minSteps=120')).stderr).not.toContain('too few');
});

test('how much of the data is too long for a stage is said before the run', async () => {
  const folder = temporaryFolder();
  filesIn(folder);
  const traced = { question: 'Tom has 7 pears.', solution: 'The answer is 7.', reasoning_trace: 'Tom has 7 pears.' };
  const long = 'Ann has 5 shells. '.repeat(200);
  const some = [traced, { ...traced, question: long }, { ...traced, question: `${long}?` }];
  writeFileSync(join(folder, 'some.jsonl'), some.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const file = join(folder, 'recipe.yaml');
  writeFileSync(
    file,
    recipe(
      'some.jsonl',
      WARM_UP,
      TEACH.replace('teacher: base', 'teacher: warm-up'),
      'stage: explain, teacher: teach, data: train',
      'stage: score, teacher: teach, student: base, traces: train',
      'stage: distill, student: base, traces: train, maxTokens: 4000',
      'stage: reinforce, student: base, data: train, steps: 1, maxPromptTokens: 4000',
      'stage: distill, name: of-explained, student: base, traces: explain',
      'stage: evaluate, students: { base: base }, problems: { own: train }, limit: 2',
    ),
  );
  const { code, stdout, stderr } = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run', '--json');
  expect(code, stderr).toBe(0);
  const items: readonly { readonly name: string; readonly items: number }[] = JSON.parse(stdout).plan.stages;
  // The plan counts what is used, also of what an earlier stage leaves; an evaluation asks all.
  const used = {
    'warm-up': 1,
    teach: 1,
    explain: 1,
    score: 1,
    distill: 1,
    reinforce: 1,
    'of-explained': 1,
    evaluate: 2,
  };
  expect(Object.fromEntries(items.map((stage) => [stage.name, stage.items]))).toEqual(used);
  for (const note of [
    'warm-up: left out 2 of 3 examples: longer than 400 tokens',
    "teach: left out 2 of 3 problems: their prompts have more than 16384 tokens (maxPromptTokens), or fill a model's context",
    'explain: left out 2 of 3 problems: they leave no room for an explanation in the context of the teacher',
    'score: left out 2 of 3 traces: longer than the context of a model',
    'distill: left out 2 of 3 examples: longer than 512 tokens',
    "reinforce: left out 2 of 3 problems: their prompts have more than 4000 tokens (maxPromptTokens), or fill a model's context",
    'reinforce: each step has 16 prompts of 1 problem, so that problems come several times in it',
    'evaluate: warning: 1 of 2 problems of train leave base no room for an answer in its context of 512 tokens; they count as not solved',
  ])
    expect(stderr).toContain(`note: ${note}\n`);
});

test('times are estimated from problems without traces too; an upper bound is not called an estimate', async () => {
  const folder = temporaryFolder();
  filesIn(folder);
  const file = join(folder, 'recipe.yaml');
  const plan = async (text: string) => {
    writeFileSync(file, text);
    const { code, stdout, stderr } = await rlt('run', file, '--dry-run', '--tokens-per-second', '1');
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const explain = 'stage: explain, teacher: base, data: train, sampling: { maxTokens: 100000 }';
  const estimated = await plan(recipe('pairs.jsonl', explain));
  // Two prompts, and explanations of two tokens; the limit is what the context of 512 tokens leaves after a prompt.
  expect(estimated).toMatch(/^explain +explain .* 1\.02k +- +- +1m00s +0\.\d GB$/m);
  expect(estimated).toContain(
    'estimated from the lengths of the data: without traces in train, explanations are taken to be as long as question',
  );
  expect(estimated).not.toContain('upper bound, which');
  const unread = await plan(recipe('{ source: "hf:owner/name/train.jsonl", limit: 2 }', explain));
  expect(unread).toMatch(/^explain +explain .* 1\.02k +- +- +<= 17m02s +<= 0\.\d GB$/m);
  expect(unread).toMatch(/^all +.* <= 17m02s +<= 0\.\d GB$/m);
  expect(unread).toContain('<= is an upper bound, which may be many times too high');
  expect(unread).not.toContain('estimated from');
});

test('a recipe that was edited in the run directory is rewritten, which is said', async () => {
  const folder = temporaryFolder();
  const argv = ['pretrain', TINY, '--set', 'stages.base.steps=2', '--out', join(folder, 'run')];
  const first = await rlt(...argv);
  expect([first.code, first.stderr.includes('rewritten')]).toEqual([0, false]);
  const file = join(folder, 'run', 'recipe.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('seed: 3', 'seed: 4'));
  const again = await rlt(...argv);
  expect(again.stderr).toContain('recipe.yaml of the run directory differed in seed and is rewritten');
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect((await rlt(...argv)).stderr).not.toContain('rewritten');
});

test('a warm-up of too few steps for the bundled model is named before the run, unless they are raised', async () => {
  const folder = temporaryFolder();
  const warning = 'warning: warm-up takes 3 steps, too few for the bundled model to learn how an explanation ends';
  const dry = (...set: readonly string[]) =>
    rlt('warm-up', 'quickstart', '--set', 'data.train.count=30', ...set, '--out', join(folder, 'run'), '--dry-run');
  const shrunk = await dry();
  expect(shrunk.code, shrunk.stderr).toBe(0);
  expect(shrunk.stderr).toContain(
    `${warning}; teach stops where none of its explanations ends. Set stages.warm-up.minSteps to about 120`,
  );
  expect((await dry('--set', 'stages.warm-up.minSteps=120')).stderr).not.toContain('too few');
});

test('a dry run of a good recipe exits with 0 and writes nothing', async () => {
  const folder = temporaryFolder();
  filesIn(folder);
  const file = join(folder, 'recipe.yaml');
  const atRate = (stage: string) => `${stage}, optimiser: { learningRate: 1.0e-3 }`;
  writeFileSync(file, recipe('good.jsonl', atRate(WARM_UP.replace('steps: 1', 'steps: 40')), atRate(TEACH)));
  const before = hashesOf(folder);
  const { code, stdout, stderr } = await rlt('run', file, '--out', join(folder, 'run'), '--dry-run');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Plan of checked\..*\n.*\nwarm-up /);
  expect(hashesOf(folder)).toEqual(before);
});

test(
  'a dry run sees the run directory: stages of another recipe, earlier stages that are missing, nothing to resume',
  async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'run');
    const short = ['--set', 'stages.base.steps=2', '--out', out];
    expect((await rlt('pretrain', TINY, ...short, '-q')).code).toBe(0);
    const planned = await rlt('run', TINY, ...short, '--dry-run');
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/^base .* done +-$/m);
    expect(planned.stdout).toMatch(/^left .*\nDone already: base\. What remains: \S+, .* and \S+\.$/m);
    const finished = await rlt('pretrain', TINY, ...short, '--dry-run');
    expect(finished.stdout).toContain('Done already: base. Nothing remains to be run.');
    expect(finished.stdout).not.toContain('Time for');
    const stage = join(out, 'stages', '01-base');
    for (const [name, text, message] of [
      ['model/model.safetensors', 'cut', 'the file has changed since it was written: 3 bytes instead of '],
      ['metrics.jsonl', undefined, 'a file that the manifest names is missing'],
      ['manifest.json', '{', 'not a manifest: not valid JSON'],
    ] as const) {
      const before = readFileSync(join(stage, name));
      if (text === undefined) rmSync(join(stage, name));
      else writeFileSync(join(stage, name), text);
      const real = await rlt('pretrain', TINY, ...short);
      expect([real.code, real.stderr]).toEqual([1, expect.stringContaining(message)]);
      for (const command of ['pretrain', 'run']) {
        const damaged = await rlt(command, TINY, ...short, '--dry-run');
        expect([damaged.code, damaged.stdout]).toEqual([1, '']);
        expect(real.stderr).toContain(damaged.stderr.trim());
      }
      writeFileSync(join(stage, name), before);
    }
    for (const dry of [[], ['--dry-run']]) {
      const changed = await rlt('run', TINY, ...short, '--set', 'stages.base.steps=3', ...dry);
      expect([changed.code, changed.stdout]).toEqual([2, '']);
      expect(changed.stderr).toContain(
        'make differently: 01-base. Settings that differ: stages.base.steps (was 2, now 3)',
      );
      const early = await rlt('score', TINY, ...short, ...dry);
      expect(early.code).toBe(2);
      // The size of the stage is known without what the others leave, so a dry run plans it and then says what a run says.
      expect(early.stdout).toEqual(dry.length === 0 ? '' : expect.stringMatching(/^Plan of tiny\..*\nscore /s));
      expect(early.stderr).toContain('these stages are needed and have not been run: teach, explain');
      // The recipe of a run stands for that run.
      const own = await rlt('score', join(out, 'recipe.yaml'), ...dry);
      expect([own.code, own.stderr]).toEqual([2, expect.stringContaining(`: teach, explain (${out})`)]);
      const none = await rlt('run', TINY, '--out', join(folder, 'none'), '--resume', ...dry);
      expect([none.code, none.stdout]).toEqual([2, '']);
      expect(none.stderr).toContain('there is no earlier run to resume');
    }
    // The folder of a recipe with other stages: its results are not to be deleted.
    writeFileSync(
      join(folder, 'other.yaml'),
      `name: other\nmodels: { base: "builtin:base" }\ndata: { sums: ${SUMS} }\nstages: [{ stage: warm-up, teacher: base, data: sums }]\n`,
    );
    const other = await rlt('run', join(folder, 'other.yaml'), '--out', out);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('It belongs to another recipe: choose another directory with --out.');
    expect(other.stderr).not.toMatch(/delete/i);
  },
  5 * MINUTES,
);

test(
  'a file in place of a directory, or of what a command reads, is refused before anything is written',
  async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'taken');
    writeFileSync(file, '{"gold":"1","prediction":"1"}\n');
    for (const more of [['--dry-run'], []]) {
      const { code, stderr } = await rlt('run', TINY, '--out', file, ...more);
      expect(code).toBe(2);
      expect(stderr).toContain('the run directory is a file');
    }
    const { code, stderr } = await rlt('grade', 'math', '--in', file, '--out', file);
    expect(code).toBe(2);
    expect(stderr).toContain('would overwrite the pairs');
    expect(readFileSync(file, 'utf8')).toBe('{"gold":"1","prediction":"1"}\n');
  },
  MINUTES,
);
