import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../pipeline/testing/rlt.js';
import { runCommandLine } from './testing/run-command.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
const BASE = 'builtin:base';

test('what is named and is not there is a usage error, whatever the command', async () => {
  const gone = join(folder, 'gone.jsonl');
  const [recipe, out] = [join(folder, 'recipe.yaml'), join(folder, 'out.jsonl')];
  writeFileSync(recipe, `extends: own-data\nname: mine\ndata: { train: { source: ${gone} } }\n`);
  for (const argv of [
    ['compare', gone, gone],
    ['report', gone],
    ['track', gone],
    ['studio', gone],
    ['run', gone],
    ['run', recipe, '--dry-run'],
    ['chat', gone],
    ['generate', BASE, '--in', gone, '--out', out],
    ['generate', BASE, '--teacher', '--in', gone, '--out', out],
    ['evaluate', '--model', BASE, '--problems', gone],
    ['evaluate', '--model', BASE, '--problems', gone, '--benchmark', 'gsm8k', '--out', join(folder, 'e')],
    ['evaluate', '--model', BASE, '--benchmark', `${gone}.yaml`],
    ['evaluate', '--regrade', '--out', gone],
    ['score', '--teacher', BASE, '--student', BASE, '--traces', gone, '--scores', out],
    ['export', gone, '--out', out],
    ['grade', 'math', '--in', gone, '--out', out],
    ['push', gone, 'hf:owner/name', '--dry-run'],
  ]) {
    const { code, stdout, stderr } = await runCommandLine(argv);
    expect([code, stdout], `${argv.join(' ')}: ${stderr}`).toEqual([2, '']);
    expect(stderr, argv.join(' ')).toMatch(/^(?:usage|recipe): /m);
    expect(stderr, argv.join(' ')).toContain('gone.jsonl');
  }
});

test('a misspelt run is told of by the nearest one, whatever the command', async () => {
  const [run, misspelt] = ['quickstart', 'quikstart'].map((name) => join(folder, name)) as [string, string];
  mkdirSync(join(run, 'stages'), { recursive: true });
  writeFileSync(join(run, 'recipe.yaml'), '');
  for (const argv of [
    ['report', misspelt],
    ['studio', misspelt],
    ['track', misspelt],
    ['chat', misspelt],
    ['compare', `${misspelt}:evaluate:rlt`, run],
    ['evaluate', misspelt],
    ['evaluate', misspelt, '--benchmark', 'gsm8k'],
    ['evaluate', '--model', misspelt, '--benchmark', 'gsm8k'],
    ['evaluate', '--regrade', '--out', misspelt],
    ['export', `${misspelt}:traces`],
    ['push', misspelt, 'hf:owner/name', '--dry-run'],
  ]) {
    const { code, stderr } = await runCommandLine(argv);
    expect([code, stderr], argv.join(' ')).toEqual([2, expect.stringContaining(`Did you mean ${run}`)]);
  }
});

test.each([
  ['answers.jsonl', '', /damaged: it is empty/],
  ['results.json', '', /the file is empty/],
  ['results.json', '{"rows":', /it is not valid JSON/],
  ['results.json', '{}', /expected a number, but it is missing/],
])('a damaged %s (%j) is called that, with its file', async (file, content, told) => {
  const run = join(folder, 'run');
  const stage = join(run, 'stages', '01-evaluate');
  mkdirSync(stage, { recursive: true });
  writeFileSync(
    join(run, 'recipe.yaml'),
    `name: own\nengine: { kind: local }\nmodels: { base: { source: ${BASE} } }\nstages:\n  - { stage: evaluate, name: evaluate, students: { base: base }, problems: { sums: benchmark:word-problems } }\n`,
  );
  const files = {
    'answers.jsonl': `${JSON.stringify({ student: 'base', level: 'sums', id: 'p', sample: 0, verdict: 'correct', reason: 'x', answer: '7', gold: '7', grader: 'math/5', ended: 'stop', tokens: 1, text: '7' })}\n`,
    'results.json': JSON.stringify({
      ...{ seed: 1, samples: 1, sampling: { temperature: 1, maxTokens: 9 }, graders: ['math/5'] },
      models: { base: 'checksum' },
      rows: [
        {
          ...{ student: 'base', level: 'sums', problems: 1, samples: 1, accuracy: 1, interval: [0.2, 1] },
          ...{ passAtK: [], unparsable: 0, cut: 0, levels: [] },
        },
      ],
    }),
    [file]: content,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(stage, name), text);
  writeFileSync(join(stage, 'manifest.json'), JSON.stringify({ files: {} }));
  const compared = await runCommandLine(['compare', `${run}:base`, `${run}:base`]);
  expect([compared.code, compared.stderr]).toEqual([1, expect.stringMatching(told)]);
  expect(compared.stderr).toContain(`this file of an evaluation is damaged: `);
  expect(compared.stderr).toContain(join(stage, file));
});
