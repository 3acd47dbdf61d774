/**
 * One reinforcement step: where its time goes, what sharing the prompts of a group saves, and how it compares with TRL.
 *
 *     npm run build && node bench/rl-step.mjs [--part split|sharing|trl] [--steps 5] [--rounds 3] [--model DIR] [--json FILE]
 *         [--prompts 16] [--samples 16] [--tokens 64] [--trl-batch ALL] [--activation-mib N] [--lora RANK] [--integers]
 *
 * The setting is that of recipes/quickstart.yaml with the bundled base model; where there is none, with a fresh model of
 * the same shape and tokenizer, whose explanations are longer. The part `trl` needs a Python with
 * bench/peers/requirements.txt (RLT_PYTHON, default .venv/bin/python) and takes --prompts, --samples and --tokens of a
 * completion; with --trl-batch TRL's update goes through as many completions at a time, which larger models need to fit memory,
 * and --activation-mib is engine.activationMiB of rlt. With --lora an adapter of this rank on all linear layers learns, on both sides; with
 * --integers too, rlt holds the base in 8 bits and multiplies integers, while TRL computes in float32. Peaks of memory are those of the processes.
 * TRL runs with OpenMP threads that wait by spinning and by sleeping; the faster of the two stands for it.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { openLocalEngine } from '../dist/engine/local/local-engine.js';
import { ProblemSource } from '../dist/pipeline/inputs/problems.js';
import { runRecipe } from '../dist/pipeline/run-recipe.js';
import { randomKey } from '../dist/random.js';
import { loadRecipe } from '../dist/recipe/load.js';
import { formatOf } from '../dist/recipe/schema.js';
import { explanationPrompt, readerOf } from '../dist/stages/explanations.js';
import { layoutsOf } from '../dist/stages/layouts.js';
import { optimiseGroups } from '../dist/stages/training/grpo.js';
import { median } from './interleave.mjs';
import { clocked, metricsOf, stepsOf, withTrainingContext } from './stages.mjs';

const { values: options } = parseArgs({
  options: {
    part: { type: 'string' },
    steps: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    model: { type: 'string' },
    prompts: { type: 'string' },
    samples: { type: 'string' },
    tokens: { type: 'string', default: '64' },
    'trl-batch': { type: 'string' },
    'activation-mib': { type: 'string' },
    lora: { type: 'string' },
    integers: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const steps = Number(options.steps);
const rounds = Number(options.rounds);
const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.RLT_PYTHON ?? join(root, '.venv/bin/python');
const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const results = { machine: { cpu: cpus()[0].model.trim(), threads: availableParallelism() }, model: 'bundled' };
const seconds = (value) => `${value.toFixed(2)} s`;
const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** The model to measure with. */
async function modelDirectory() {
  if (options.model !== undefined) {
    results.model = 'given';
    return options.model;
  }
  const bundled = join(root, 'models/base');
  if (existsSync(join(bundled, 'config.json'))) return bundled;
  results.model = 'fresh';
  const recipe = await loadRecipe('pretrain-base', [
    'stages.base.steps=1',
    'stages.base.batch=1',
    'stages.base.vocabulary.documents=4000',
  ]);
  const directory = join(scratch, 'pretrain');
  await runRecipe(recipe, { runDirectory: directory });
  return join(directory, 'stages/01-base/model');
}

/** What an adapter changes: TRL's `all-linear`. */
const LINEAR = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

const base = await modelDirectory();
const recipeWith = (overrides = []) =>
  loadRecipe('quickstart', [
    `models.base.source=${base}`,
    'stages.teach.teacher=base',
    'stages.teach.student=base',
    'stages.teach.checkpointEvery=1000',
    ...overrides,
  ]);
const recipe = await recipeWith();
const setting = recipe.stages.find(({ name }) => name === 'teach');

/** A step of `teach`, split. The rest is all that is not inside a call of the engine. */
async function split() {
  // A short warm-up, so that explanations end as they do in the quickstart.
  const warm = await loadRecipe('quickstart', [
    `models.base.source=${base}`,
    'stages.warm-up.steps=16',
    'stages.reader.steps=16',
    `stages.teach.steps=${steps + 1}`,
    'stages.teach.checkpointEvery=1000',
  ]);
  const directory = join(scratch, 'split');
  await runRecipe(warm, { runDirectory: directory, only: ['warm-up', 'reader'] });
  let inCalls;
  const connect = async () => {
    const { engine, seconds } = clocked(await openLocalEngine({}));
    inCalls = seconds;
    return engine;
  };
  const splits = [];
  const progress = {
    note: () => undefined,
    stage: () => ({
      // Reported before the first step and after every step.
      report({ done }) {
        if (done > 0) splits.push({ ...inCalls });
        for (const phase of Object.keys(inCalls)) inCalls[phase] = 0;
      },
      finish: () => undefined,
    }),
  };
  const { stages } = await runRecipe(warm, { runDirectory: directory, only: ['teach'], connect, progress });
  const events = await stepsOf(directory, 'teach');
  const written = (await metricsOf(stages[0].directory)).map((values) => values['completion/tokens']);
  // The first step makes the engine's programs.
  const whole = median(events.slice(1).map((event) => event.seconds));
  const table = {};
  for (const phase of Object.keys(inCalls)) table[phase] = median(splits.slice(1).map((one) => one[phase]));
  table.rest = median(
    events
      .slice(1)
      .map((event, i) => event.seconds - Object.keys(inCalls).reduce((sum, phase) => sum + splits[i + 1][phase], 0)),
  );
  const tokens = median(written.slice(1));
  results.split = {
    prompts: setting.prompts,
    samples: setting.samples,
    completionTokens: tokens,
    steps,
    whole,
    ...table,
  };
  console.log(
    `\nA step of teach: ${setting.prompts} prompts x ${setting.samples} samples, ${tokens.toFixed(0)} tokens each (median of ${steps})\n`,
  );
  console.log('| part | time | share |\n|---|---|---|');
  for (const [phase, value] of Object.entries(table))
    console.log(`| ${phase} | ${seconds(value)} | ${percent(value / whole)} |`);
  console.log(`| step | ${seconds(whole)} | |`);
}

/** The engine's part of a step for completions of a fixed length, from the log-probs of `requests`. */
async function engineStep(policy, student, reference, prompts, count, tokens, round) {
  const began = performance.now();
  const requests = prompts.map((prompt, p) => ({
    prompt,
    count,
    settings: { temperature: 0.7, maxTokens: tokens, stopIds: [] },
    key: randomKey(1, 'bench', round, p),
  }));
  const completions_PG = await policy.sample(requests);
  const sequences = completions_PG.flatMap((completions_G, p) =>
    completions_G.map(({ ids }) => ({
      ids: [...prompts[p], ...ids],
      positions: ids.map((_, t) => prompts[p].length + t),
      temperature: 0.7,
    })),
  );
  await student.logProbs(sequences);
  await reference.logProbs(sequences);
  const weight = 1 / (sequences.length * tokens);
  await policy.accumulate(
    sequences.map((sequence, n) => ({
      ...sequence,
      weights: new Float32Array(tokens).fill(n % 2 === 0 ? weight : -weight),
    })),
  );
  await policy.step({ learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 });
  return (performance.now() - began) / 1000;
}

/** 64 samples of one prompt beside 64 prompts with one sample each. */
async function sharing() {
  const layouts = await layoutsOf({ kind: 'directory', directory: base }, formatOf(recipe), recipe.prompts);
  const engine = await openLocalEngine({});
  const policy = await engine.train({ kind: 'directory', directory: base });
  const student = await engine.open({ kind: 'directory', directory: base });
  const reference = await policy.freeze();
  const words = await new ProblemSource(recipe).problems('train');
  console.log('\nA step with 64 samples of one prompt, and one with 64 prompts (medians)\n');
  console.log('| prompt tokens | completion tokens | 64 samples of one | 64 prompts | ratio |\n|---|---|---|---|---|');
  results.sharing = [];
  for (const [problems, tokens] of [
    [1, 48],
    [4, 48],
  ]) {
    // Longer prompts are several questions in one.
    const prompts = Array.from({ length: 64 }, (_, p) =>
      layouts.teacher.prompt(
        words
          .slice(p * problems, (p + 1) * problems)
          .map(({ question }) => question)
          .join(' '),
        words[p].solution,
      ),
    );
    const length = Math.round(prompts.reduce((sum, { length }) => sum + length, 0) / prompts.length);
    const one = prompts.reduce((best, ids) =>
      Math.abs(ids.length - length) < Math.abs(best.length - length) ? ids : best,
    );
    const times = { one: [], separate: [] };
    for (let round = -1; round < 2 * rounds; round++) {
      const grouped = await engineStep(policy, student, reference, [one], 64, tokens, round);
      const separate = await engineStep(policy, student, reference, prompts, 1, tokens, round);
      if (round < 0) continue;
      times.one.push(grouped);
      times.separate.push(separate);
    }
    const row = {
      promptTokens: length,
      completionTokens: tokens,
      one: median(times.one),
      separate: median(times.separate),
    };
    results.sharing.push(row);
    console.log(
      `| ${length} | ${tokens} | ${seconds(row.one)} | ${seconds(row.separate)} | ${(row.separate / row.one).toFixed(2)} |`,
    );
  }
  await engine.close();
}

/** One GRPO step of `optimiseGroups` with a reward that costs nothing, and the same in TRL. */
async function trl() {
  const layouts = await layoutsOf({ kind: 'directory', directory: base }, formatOf(recipe), recipe.prompts);
  const tokens = Number(options.tokens);
  const count = Number(options.prompts ?? setting.prompts);
  const samples = Number(options.samples ?? setting.samples);
  const fixed = await recipeWith([
    `stages.teach.steps=${steps}`,
    `stages.teach.prompts=${count}`,
    `stages.teach.samples=${samples}`,
    `stages.teach.sampling.maxTokens=${tokens}`,
    'stages.teach.optimiser.learningRate=1e-6',
  ]);
  const rank = Number(options.lora);
  const adapter = options.lora === undefined ? {} : { lora: { rank, alpha: 2 * rank, targets: LINEAR, seed: 1 } };
  const source = { kind: 'directory', directory: base, ...(options.integers ? { bits: 8 } : {}) };
  const texts = [];
  const ourPhases = [];
  const activations = options['activation-mib'];
  const peaks = {};
  const ours = async (round) => {
    const engine = await openLocalEngine({
      threads: 2,
      integerProducts: options.integers,
      ...(activations === undefined ? {} : { activationBytes: Number(activations) * 2 ** 20 }),
    });
    const policy = await engine.train(source, adapter);
    const problems = (await new ProblemSource(fixed).problems('train')).slice(0, count);
    const reader = readerOf({ model: policy, layouts });
    const prompts = problems.map((problem) => explanationPrompt(reader, undefined, problem));
    texts.splice(0, texts.length, ...prompts.map(({ ids }) => layouts.tokenizer.decode(ids)));
    const directory = join(scratch, `trl-${round}`);
    await withTrainingContext({ recipe: fixed, name: 'teach', directory }, async (context, stage) => {
      // Without stop ids every completion has its full length.
      await optimiseGroups(
        context,
        policy,
        { training: prompts, heldOut: [] },
        [],
        { ...stage, rollouts: null },
        {
          asTheyFinish: false,
          reward: async (groups) =>
            groups.map(({ completions_G }) => ({
              rewards_G: completions_G.map(({ ids }) => ids.filter((id) => id % 2 === 0).length / ids.length),
              detail: undefined,
            })),
          tokenizer: layouts.tokenizer,
          metrics: () => ({ metrics: {}, tokens: 0 }),
        },
      );
    });
    await engine.close();
    const counted = (await stepsOf(directory, 'teach')).slice(1);
    ourPhases.push(...counted.map(({ phases }) => phases));
    peaks.rlt = process.resourceUsage().maxRSS * 1024;
    return counted.map(({ seconds }) => seconds);
  };
  const theirs = async (environment) => {
    const file = join(scratch, 'prompts.json');
    await writeFile(file, JSON.stringify(texts));
    const { stdout } = await promisify(execFile)(
      python,
      [join(root, 'bench/peers/trl_grpo.py'), '--model', base, '--prompts', file, '--samples', String(samples)].concat([
        '--tokens',
        String(tokens),
        '--steps',
        String(steps),
        '--threads',
        '2',
        ...(options['trl-batch'] === undefined ? [] : ['--batch', options['trl-batch']]),
        ...(options.lora === undefined ? [] : ['--lora', options.lora]),
      ]),
      { env: { ...process.env, ...environment }, maxBuffer: 2 ** 26 },
    );
    const answer = JSON.parse(stdout.trim().split('\n').at(-1));
    results.versions = answer.versions;
    peaks.TRL = Math.max(peaks.TRL ?? 0, answer.peakBytes);
    return answer.stepSeconds.slice(1);
  };
  const contenders = {
    rlt: ours,
    TRL: () => theirs({}),
    'TRL, sleeping': () => theirs({ OMP_WAIT_POLICY: 'passive' }),
  };
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(contenders)) {
      const found = await work(round);
      times[name].push(...found);
      // Large models take minutes: who stops it has what there was.
      console.error(
        `${name}: ${found.map(seconds).join(', ')}${name === 'rlt' ? `; ${JSON.stringify(ourPhases.at(-1))}` : ''}`,
      );
    }
  }
  const medians = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
  const faster = Math.min(medians.TRL, medians['TRL, sleeping']);
  const ratio = faster / medians.rlt;
  const phases = Object.fromEntries(
    ['sampling', 'reference', 'update'].map((phase) => [phase, median(ourPhases.map((one) => one[phase] ?? 0))]),
  );
  results.trl = {
    phases,
    prompts: count,
    samples,
    completionTokens: tokens,
    medians,
    peaks,
    ratio,
    all: times,
  };
  console.log(
    `\nA GRPO step with the same reward: ${count} prompts x ${samples} samples x ${tokens} tokens (medians of ${rounds} runs)\n`,
  );
  console.log('| | time | completion tokens/s |\n|---|---|---|');
  for (const [name, value] of Object.entries(medians)) {
    console.log(`| ${name} | ${seconds(value)} | ${((count * samples * tokens) / value).toFixed(0)} |`);
  }
  console.log(
    `\nOf rlt's: ${Object.entries(phases)
      .map(([phase, value]) => `${phase} ${seconds(value)}`)
      .join(', ')}.`,
  );
  const gigabytes = (bytes) => `${(bytes / 2 ** 30).toFixed(2)} GB`;
  console.log(`Peak memory: rlt ${gigabytes(peaks.rlt)}, TRL ${gigabytes(peaks.TRL)}.`);
  console.log(`rlt is ${ratio.toFixed(2)} times as fast as TRL.`);
}

const parts = { split, sharing, trl };
try {
  for (const [name, work] of Object.entries(parts))
    if (options.part === undefined || options.part === name) await work();
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
