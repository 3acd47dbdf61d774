/**
 * docs/results/gsm8k-smollm2.md from a finished run of recipes/gsm8k-smollm2.yaml, with its metrics and their figure.
 * Run it after `npm run build`:
 *
 *     node scripts/gsm8k-report.mjs RUN-DIRECTORY [--results docs/results]
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { parse } from 'yaml';
import { readTraces } from '../dist/data/trace-file.js';
import { bootstrapMeanInterval } from '../dist/evaluation/statistics/intervals.js';
import { signFlip } from '../dist/evaluation/statistics/paired.js';
import { mean } from '../dist/method/statistics.js';
import { randomKey } from '../dist/random.js';
import { writeFileAtomically } from '../dist/storage.js';

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { results: { type: 'string', default: fromRoot('docs/results') } },
});
const [run] = positionals;
if (run === undefined) {
  console.error('usage: node scripts/gsm8k-report.mjs RUN-DIRECTORY [--results docs/results]');
  process.exit(2);
}
const END_STEPS = 8;
const SHOWN = 2;

const recipe = parse(await readFile(join(run, 'recipe.yaml'), 'utf8'));
const stage = (name) => {
  const index = recipe.stages.findIndex((one) => (one.name ?? one.stage) === name);
  if (index < 0) throw new Error(`the recipe of ${run} has no stage ${name}`);
  return { ...recipe.stages[index], folder: join(run, 'stages', `${String(index + 1).padStart(2, '0')}-${name}`) };
};
const jsonl = async (file) =>
  (await readFile(file, 'utf8')).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
const json = async (file) => JSON.parse(await readFile(file, 'utf8'));
const number = (value, digits = 2) => value.toFixed(digits).replace('-', '−');
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const table = (header, rows) =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const quote = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => `> ${line.replaceAll('$', '\\$')}  `)
    .join('\n');

const teach = stage('teach');
const steps = await jsonl(join(teach.folder, 'metrics.jsonl'));
const ends = (metric) =>
  [steps.slice(0, END_STEPS), steps.slice(-END_STEPS)].map((part) => mean(part.map((one) => one[metric])));

/** Held-out problems: mean reward of the explanations of each, before and after. */
const held = await Promise.all(
  ['score-before', 'score-after'].map(async (name) => {
    const byProblem = new Map();
    for (const trace of await readTraces(join(stage(name).folder, 'traces.jsonl')))
      byProblem.set(trace.id, [...(byProblem.get(trace.id) ?? []), trace]);
    return byProblem;
  }),
);
const [before, after] = held;
const ids = [...before.keys()].filter((id) => after.has(id)).sort();
const of = (traces, measure) => mean(traces.map(measure));
const parts = [
  ['reward', ({ reward }) => reward.total],
  ['r_SS: the student finds the solution', ({ reward }) => reward.solution],
  ['λ r_KL: what the student would not have written', ({ reward }) => reward.kl],
  ['explanations that end', ({ ended }) => (ended === 'stop' ? 1 : 0)],
];
const heldRows = parts.map(([name, measure]) => {
  const [one, other] = held.map((byProblem) => ids.map((id) => of(byProblem.get(id), measure)));
  const differences = other.map((value, i) => value - one[i]);
  const { low, high } = bootstrapMeanInterval(differences, { key: randomKey(1, 'gsm8k-report', name) });
  const { pValue } = signFlip(differences, randomKey(2, 'gsm8k-report', name));
  return [
    name,
    number(mean(one)),
    number(mean(other)),
    `${number(mean(differences))} (${number(low)} to ${number(high)})`,
    pValue < 0.001 ? '< 0.001' : pValue.toFixed(3),
  ];
});
const { rows: students } = await json(join(stage('evaluate').folder, 'results.json'));
const examples = ids.slice(0, SHOWN).map((id) => {
  const [one, other] = held.map((byProblem) => byProblem.get(id)[0]);
  return [
    `**${one.question.replaceAll('$', '\\$')}** (${one.solution})`,
    `Before:\n\n${quote(one.explanation)}`,
    `After:\n\n${quote(other.explanation)}`,
  ].join('\n\n');
});

const figure = 'gsm8k-smollm2.svg';
const metrics = 'gsm8k-smollm2-metrics.jsonl';
await mkdir(values.results, { recursive: true });
await writeFileAtomically(join(values.results, metrics), `${steps.map((one) => JSON.stringify(one)).join('\n')}\n`);
await promisify(execFile)(process.execPath, [
  fromRoot('scripts/plots/metrics.mjs'),
  join(values.results, metrics),
  '--stage',
  'teach',
  '--title',
  'GSM8K, SmolLM2-135M-Instruct by LoRA',
  '--out',
  join(values.results, figure),
]);
const lora = `LoRA of rank ${teach.lora.rank}`;
await writeFileAtomically(
  join(values.results, 'gsm8k-smollm2.md'),
  `${[
    '# GSM8K with SmolLM2-135M-Instruct',
    `Real problems and a real model, on two CPU cores: \`npx rlt run gsm8k-smollm2\`, then \`node scripts/gsm8k-report.mjs runs/gsm8k-smollm2\`, which wrote this page. ` +
      `Teacher and students are SmolLM2-135M-Instruct with ${lora}. This run read local copies (\`--set models.smollm2.source=...\`): GSM8K itself, and the model that ` +
      `scripts/smollm2.py makes, whose weights were once rounded to 4 bits. ` +
      `RL: ${teach.steps} steps of ${teach.prompts} problems x ${teach.samples} explanations of at most ${teach.sampling.maxTokens} tokens.`,
    `## Reinforcement\n\n![The metrics of each step](${figure})\n\n` +
      table(
        ['metric', `first ${END_STEPS} steps`, `last ${END_STEPS} steps`],
        ['reward', 'reward/solution', 'reward/kl', 'completion/ended', 'completion/tokens'].map((name) => [
          `\`${name}\``,
          ...ends(name).map((value) => number(value)),
        ]),
      ) +
      `\n\nEvery step asks other problems, so single steps scatter; all of them are in [${metrics}](${metrics}).`,
    `## Before and after, on held-out problems\n\n${ids.length} problems of the test set, ${before.get(ids[0]).length} explanations each, by the warmed-up teacher and by the trained one, ` +
      `scored by the same student. Differences are paired by problem: mean, 95 % interval (bootstrap over problems), p of the sign-flip test.\n\n` +
      table(['', 'before', 'after', 'difference', 'p'], heldRows),
    `## Students\n\nDistilled on ${stage('traces-rlt').limit} explanations each; ${students[0].problems} test problems x ${students[0].samples} samples.\n\n` +
      table(
        ['student', 'accuracy', '95 % interval'],
        students.map(({ student, accuracy, interval: [low, high] }) => [
          student,
          percent(accuracy),
          `${percent(low)} to ${percent(high)}`,
        ]),
      ) +
      '\n\nA model of this size solves next to nothing of GSM8K, so accuracies tell these students apart no better than chance; the reward does.',
    `## Explanations\n\n${examples.join('\n\n')}`,
  ].join('\n\n')}\n`,
);
