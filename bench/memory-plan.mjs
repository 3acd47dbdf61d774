/**
 * The predicted peak of memory beside the measured one, each case in a process of its own. Weights are random, so nothing
 * is downloaded. Memory does not depend on other work on the machine.
 *
 *   npm run build && node bench/memory-plan.mjs [--only TEXT]
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { predictPeaks } from '../dist/engine/local/predict-peaks.js';
import { localSettings } from '../dist/engine/local/settings.js';
// The whole package, as a run loads it.
import { openLocalEngine } from '../dist/index.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { SIZES, writeModel } from './random-models.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, measure: { type: 'string' } } });

const LORA = { rank: 16, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] };
const ADAM = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

const training = (lora, groups, tokens) => ({
  training: { lora, reference: 'none' },
  calls: [{ kind: 'train', groups, rows: 1, promptTokens: 0, ownTokens: tokens - 1, alike: true }],
});
const sampling = (groups, rows, promptTokens, ownTokens) => ({
  calls: [{ kind: 'sample', groups, rows, promptTokens, ownTokens }],
});
const scoring = (groups, tokens, positions) => ({
  calls: [{ kind: 'score', groups, rows: 1, promptTokens: tokens - positions, ownTokens: positions }],
});
const ofTokens = (tokens, groups = 2) =>
  [false, true].map((gradientCheckpointing) => ({
    name: `135M: train ${groups} x ${tokens}, LoRA 16${gradientCheckpointing ? ', checkpoints' : ''}`,
    size: '135M',
    settings: { gradientCheckpointing },
    use: training(LORA, groups, tokens),
  }));
/** A large model under an adapter, with checkpoints, and what it samples. */
const inFewBits = (size, bits, groups, tokens) => [
  {
    name: `${size}, ${bits} bits: train ${groups} x ${tokens}, LoRA 16, checkpoints`,
    size,
    settings: { gradientCheckpointing: true },
    use: { bits, ...training(LORA, groups, tokens) },
  },
  {
    name: `${size}, ${bits} bits: sample ${(8 * groups) / 2} x 64, prompt of ${tokens}`,
    size,
    use: { bits, ...sampling(1, (8 * groups) / 2, tokens, 64) },
  },
  {
    name: `${size}, ${bits} bits, integers: sample ${(8 * groups) / 2} x 64, prompt of ${tokens}`,
    size,
    settings: { integerProducts: true },
    use: { bits, ...sampling(1, (8 * groups) / 2, tokens, 64) },
  },
];
/** Frozen weights of 8 bits, multiplied as integers in all that is computed. */
const byIntegers = (name, size, use, settings = {}) => ({
  name: `${size}, 8 bits, integers: ${name}`,
  size,
  settings: { integerProducts: true, ...settings },
  use: { bits: 8, ...use },
});
/** Float32 weights that the program of few sequences has once more. */
const packed = (size, promptTokens) => ({
  name: `${size}, packed: sample 1 x 64, prompt of ${promptTokens}`,
  size,
  settings: { packedWeights: true },
  use: sampling(1, 1, promptTokens, 64),
});
const CASES = [
  { name: '1M: train 64 x 96', size: '1M', use: training(null, 64, 96) },
  { name: '1M: score 256 x 96, 32 positions', size: '1M', use: scoring(256, 96, 32) },
  { name: '1M: sample 256 x 64, 16 prompts of 64', size: '1M', use: sampling(16, 16, 64, 64) },
  ...[128, 256, 512].flatMap((tokens) => ofTokens(tokens)),
  ...ofTokens(2000, 1).slice(1),
  {
    name: '135M: train 2 x 512, LoRA 16, activations of 512 MiB',
    size: '135M',
    settings: { activationBytes: 2 ** 29 },
    use: training(LORA, 2, 512),
  },
  { name: '135M: train 8 x 128, LoRA 16', size: '135M', use: training(LORA, 8, 128) },
  { name: '135M: train 2 x 128', size: '135M', use: training(null, 2, 128) },
  { name: '135M: sample 16 x 128, prompt of 256', size: '135M', use: sampling(1, 16, 256, 128) },
  { name: '135M: sample 1 x 64, prompt of 64', size: '135M', use: sampling(1, 1, 64, 64) },
  { name: '135M: sample 1 x 64, prompt of 1900', size: '135M', use: sampling(1, 1, 1900, 64) },
  {
    name: '135M, 4 bits, integers: sample 1 x 64, prompt of 1900',
    size: '135M',
    settings: { integerProducts: true },
    use: { bits: 4, ...sampling(1, 1, 1900, 64) },
  },
  byIntegers('sample 1 x 64, prompt of 1900', '135M', sampling(1, 1, 1900, 64)),
  packed('135M', 64),
  packed('135M', 1900),
  { name: '135M: score 8 x 512, 64 positions', size: '135M', use: scoring(8, 512, 64) },
  { name: '135M: score 1 x 2000, 256 positions', size: '135M', use: scoring(1, 2000, 256) },
  { name: '135M, 4 bits: score 8 x 256, 64 positions', size: '135M', use: { bits: 4, ...scoring(8, 256, 64) } },
  { name: '135M, 4 bits: sample 16 x 64, prompt of 256', size: '135M', use: { bits: 4, ...sampling(1, 16, 256, 64) } },
  { name: '135M, 4 bits: train 2 x 256, LoRA 16', size: '135M', use: { bits: 4, ...training(LORA, 2, 256) } },
  { name: '0.5B: train 2 x 256, LoRA 16', size: '0.5B', use: training(LORA, 2, 256) },
  packed('0.5B', 256),
  byIntegers('train 2 x 256, LoRA 16', '135M', training(LORA, 2, 256)),
  byIntegers('score 8 x 256, 64 positions', '135M', scoring(8, 256, 64)),
  byIntegers('train 2 x 256, LoRA 16', '0.5B', training(LORA, 2, 256)),
  byIntegers('train 4 x 512, LoRA 16, checkpoints', '0.5B', training(LORA, 4, 512), { gradientCheckpointing: true }),
  ...inFewBits('0.5B', 8, 2, 256),
  ...inFewBits('0.5B', 8, 4, 512),
  ...inFewBits('0.5B', 4, 4, 512),
  ...inFewBits('1.5B', 4, 4, 512),
];
/** Results do not depend on these, memory does: the second step finds what the first one kept. */
const STEPS = 2;

const settingsOf = ({ settings = {} }) => ({ threads: 2, ...settings });

/** Does what a case says in this process; its highest memory, in bytes. */
async function measure(given, directory) {
  const { bits, training: trained, calls } = given.use;
  const vocabulary = SIZES[given.size].vocab_size;
  const stream = new RandomStream(randomKey(1, 'memory'));
  const idsOf = (length) => Array.from({ length }, () => stream.integer(0, vocabulary - 1));
  const engine = await openLocalEngine(settingsOf(given));
  const source = { kind: 'directory', directory, ...(bits === undefined ? {} : { bits }) };
  const adapter = trained?.lora ? { lora: { ...trained.lora, alpha: 32, seed: 1 } } : {};
  const model = await (trained === undefined ? engine.open(source) : engine.train(source, adapter));
  for (let step = 0; step < STEPS; step++) {
    for (const { kind, groups, rows, promptTokens, ownTokens } of calls) {
      if (kind === 'sample') {
        const settings = { temperature: 1, maxTokens: ownTokens, stopIds: [] };
        const requests = Array.from({ length: groups }, (_, g) => {
          return { prompt: idsOf(promptTokens), count: rows, settings, key: randomKey(step, 'sample', g) };
        });
        await model.sample(requests);
        continue;
      }
      // A position is predicted from the tokens before it, so one token more is given than is computed.
      const first = Math.max(1, promptTokens);
      const length = kind === 'train' ? promptTokens + ownTokens + 1 : promptTokens + ownTokens;
      const positions = Array.from({ length: length - first }, (_, i) => first + i);
      const sequences = Array.from({ length: groups }, () => {
        return { ids: idsOf(length), positions, temperature: 1, weights: positions.map(() => 1 / positions.length) };
      });
      if (kind === 'score') await model.logProbs(sequences);
      else {
        await model.accumulate(sequences);
        await model.step(ADAM);
      }
    }
  }
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  process.stdout.write(String(1024 * Number(peak)));
  await engine.close();
}

async function main() {
  console.log('| | predicted, GB | measured, GB | ratio |\n|---|---:|---:|---:|');
  const cases = CASES.filter(({ name }) => name.includes(options.only ?? ''));
  for (const size of new Set(cases.map((one) => one.size))) {
    const directory = await mkdtemp(join(tmpdir(), 'rlt-memory-'));
    try {
      await writeModel(directory, SIZES[size]);
      for (const [index, given] of CASES.entries()) {
        if (given.size !== size || !cases.includes(given)) continue;
        const [predicted] = await predictPeaks(localSettings(settingsOf(given)), [
          [[{ shape: { directory }, ...given.use }]],
        ]);
        const script = fileURLToPath(import.meta.url);
        const argument = JSON.stringify({ index, directory });
        const { stdout } = await promisify(execFile)(process.execPath, [script, '--measure', argument]);
        const measured = Number(stdout);
        const figures = [predicted / 1e9, measured / 1e9, predicted / measured].map((value) => value.toFixed(2));
        console.log(`| ${[given.name, ...figures].join(' | ')} |`);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

if (options.measure === undefined) await main();
else {
  const { index, directory } = JSON.parse(options.measure);
  await measure(CASES[index], directory);
}
