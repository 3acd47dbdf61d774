/**
 * The peak of memory that a dry run predicts of whole runs, beside the one that they have: `maxRSS` of the process. Nothing
 * is downloaded. Memory depends little on other work on the machine; all cases take some twenty minutes on idle cores. Those
 * of a whole run at 135 M need SmolLM2-135M-Instruct (scripts/smollm2.py), since random weights end no explanation.
 *
 *   npm run build && node bench/memory-runs.mjs [--only TEXT]
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { thisMachine } from '../dist/machine.js';
import { SIZES, writeModel } from './random-models.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const run = promisify(execFile);
const RLT = fileURLToPath(new URL('../bin/rlt.js', import.meta.url));
const BASE = fileURLToPath(new URL('../models/base', import.meta.url));
const SMOLLM2 = fileURLToPath(new URL('../models/SmolLM2-135M-Instruct', import.meta.url));

const set = (values) => Object.entries(values).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
const FEW_STEPS = set({ 'stages.teach.steps': 4 });
const THRIFT = set({ 'engine.gradientCheckpointing': true, 'engine.activationMiB': 16, 'engine.cacheMiB': 16 });
/** From the warm-up of a teacher to an evaluation; all weights are frozen but those of adapters. */
const whole = (name, settings) => ({
  name: `warm-up, teach, score, evaluate: SmolLM2-135M by LoRA${name}`,
  command: ['run', 'whole.yaml', ...set(settings)],
  needs: SMOLLM2,
});
/** The files are made by `files`. */
const CASES = [
  { name: 'quickstart', command: ['quickstart'] },
  { name: 'quickstart, the least memory by settings', command: ['quickstart', ...THRIFT] },
  {
    name: 'quickstart, one thread, 300 problems, 4 steps',
    command: ['quickstart', ...FEW_STEPS, ...set({ 'engine.threads': 1, 'data.train.count': 300 })],
  },
  {
    name: 'quickstart, four threads, 300 problems, 4 steps',
    command: ['quickstart', ...FEW_STEPS, ...set({ 'engine.threads': 4, 'data.train.count': 300 })],
  },
  { name: 'own data: 40 problems, 4 steps', command: ['run', 'own.yaml', ...FEW_STEPS] },
  {
    name: 'own data, teacher by LoRA: 40 problems, 4 steps',
    command: ['run', 'own.yaml', ...FEW_STEPS, ...set({ 'stages.teach.lora': '{}' })],
  },
  { name: 'evaluate: 200 problems', command: ['evaluate', 'alone.yaml'] },
  { name: 'distill: 1000 examples', command: ['distill', 'alone.yaml'] },
  { name: 'distill: 135M by LoRA, 6 steps of 4', command: ['distill', 'large.yaml'] },
  {
    name: 'distill: 135M, all weights, 2 steps of 4',
    command: ['distill', 'large.yaml', ...set({ 'stages.distill.lora': 'null', 'stages.distill.steps': 2 })],
  },
  whole('', {}),
  whole(', reference blended', {
    'stages.teach.reference.share': 0.9,
    'stages.teach.reference.everySteps': 1,
    'stages.teach.steps': 2,
  }),
  whole(', 8 bits', { 'models.base.bits': 8 }),
  whole(', 8 bits, integers', { 'models.base.bits': 8, 'engine.integerProducts': true }),
  whole(', 4 bits', { 'models.base.bits': 4 }),
  whole(', 4 bits, activations of 256 MiB', { 'models.base.bits': 4, 'engine.activationMiB': 256 }),
  whole(', 4 bits, integers', { 'models.base.bits': 4, 'engine.integerProducts': true }),
];

async function files(folder) {
  const { stdout } = await run(process.execPath, [RLT, 'problems', 'word-problems', '--count', '40', '--seed', '3']);
  await writeFile(join(folder, 'own.jsonl'), stdout);
  await writeFile(join(folder, 'own.yaml'), 'extends: own-data\nname: own\ndata: { train: { source: own.jsonl } }\n');
  const prompts = 'prompts: { teacher: Explain the solution., student: Solve the problem. }';
  const data = (name, count) => `data: { ${name}: { source: task:word-problems, count: ${count} } }`;
  const alone = [
    'name: alone',
    prompts,
    'models: { base: builtin:base }',
    data('train', 1000),
    'stages:',
    '  - { stage: distill, student: base, traces: train, maxTokens: 384, batch: 32 }',
    '  - { stage: evaluate, students: { base: base }, problems: { train: train }, limit: 200, samples: 4, sampling: { temperature: 0.7, maxTokens: 160 } }',
  ];
  await writeFile(join(folder, 'alone.yaml'), `${alone.join('\n')}\n`);
  const model = join(folder, 'model');
  await mkdir(model);
  await writeModel(model, SIZES['135M']);
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) await copyFile(join(BASE, file), join(model, file));
  const large = [
    'name: large',
    prompts,
    'models: { base: model }',
    data('train', 100),
    'stages:',
    '  - { stage: distill, student: base, traces: train, maxTokens: 384, batch: 4, steps: 6, lora: { rank: 16 } }',
  ];
  await writeFile(join(folder, 'large.yaml'), `${large.join('\n')}\n`);
  const all = [
    'name: whole',
    prompts,
    'engine: { kind: local, activationMiB: 64 }',
    `models: { base: { source: ${JSON.stringify(SMOLLM2)} } }`,
    data('train', 60),
    'stages:',
    '  - { stage: warm-up, teacher: base, data: train, steps: 3, batch: 8, maxTokens: 256, lora: { rank: 16 }, optimiser: { learningRate: 1.0e-3 } }',
    '  - { stage: teach, teacher: warm-up, student: base, data: train, steps: 1, prompts: 4, samples: 4, sampling: { maxTokens: 96 }, maxPromptTokens: 192, lora: { rank: 16 }, reference: { share: 1 } }',
    '  - { stage: score, teacher: teach, student: base, traces: train, limit: 8 }',
    '  - { stage: evaluate, students: { base: base, taught: teach }, problems: { train: train }, limit: 4, samples: 4, sampling: { temperature: 0.7, maxTokens: 96 } }',
  ];
  await writeFile(join(folder, 'whole.yaml'), `${all.join('\n')}\n`);
  await writeFile(
    join(folder, 'hook.mjs'),
    `import { isMainThread } from 'node:worker_threads';
     import { writeSync } from 'node:fs';
     if (isMainThread) process.on('exit', () => writeSync(2, \`\\npeak \${process.resourceUsage().maxRSS}\\n\`));`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'rlt-memory-runs-'));
try {
  await files(folder);
  const { rlt, node, onnxruntime, system, processor } = thisMachine();
  console.log(
    `${processor}, ${cpus().length} cores, ${system}, Node ${node}, ONNX Runtime ${onnxruntime}, rlt ${rlt}\n`,
  );
  console.log('| | predicted, GB | measured, GB | ratio |\n|---|---:|---:|---:|');
  const hook = pathToFileURL(join(folder, 'hook.mjs')).href;
  for (const { name, command, needs } of CASES.filter((one) => one.name.includes(options.only))) {
    if (needs !== undefined && !existsSync(needs)) {
      console.log(`| ${name} | left out: ${needs} is not there | | |`);
      continue;
    }
    const where = { cwd: folder, maxBuffer: 2 ** 26 };
    const out = ['--out', join(folder, 'run')];
    const planned = await run(process.execPath, [RLT, ...command, ...out, '--dry-run', '--json'], where);
    const stages = JSON.parse(planned.stdout).plan.stages.flatMap(({ memory }) => memory?.bytes ?? []);
    const { stderr } = await run(process.execPath, ['--import', hook, RLT, ...command, ...out], where);
    const measured = 1024 * Number(/\npeak (\d+)\n/.exec(stderr)[1]);
    const predicted = Math.max(...stages);
    const figures = [predicted / 1e9, measured / 1e9, predicted / measured].map((value) => value.toFixed(2));
    console.log(`| ${[name, ...figures].join(' | ')} |`);
    await rm(join(folder, 'run'), { recursive: true, force: true });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
