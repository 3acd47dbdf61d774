/**
 * Peak memory and time of one LoRA training step of the local engine, with and without gradient checkpointing, each in
 * a process of its own. Weights are random, so nothing is downloaded.
 *
 *     npm run build && node bench/memory.mjs [--sizes 135M,0.5B] [--sequences 4] [--tokens 512] [--activation-mib 64,256]
 *
 * Memory is the largest resident set of the process (VmHWM of Linux), less what it had once the weights were read.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { openLocalEngine } from '../dist/engine/local/local-engine.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { SIZES, writeModel } from './random-models.mjs';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '135M,0.5B' },
    sequences: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '512' },
    'activation-mib': { type: 'string', default: '64,256' },
    measure: { type: 'string' },
  },
});
const LORA = {
  rank: 16,
  alpha: 32,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  seed: 1,
};
const ADAM = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

const mebibytes = (field) =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

/** One step in this process. */
async function measure({ directory, vocabulary, mib, gradientCheckpointing }) {
  const engine = await openLocalEngine({ activationBytes: mib * 2 ** 20, gradientCheckpointing });
  const policy = await engine.train({ kind: 'directory', directory }, { lora: LORA });
  const loaded = mebibytes('VmRSS');
  const [count, length] = [Number(options.sequences), Number(options.tokens)];
  const stream = new RandomStream(randomKey(1, 'memory'));
  const positions = Array.from({ length: length - 1 }, (_, i) => i + 1);
  const sequences = Array.from({ length: count }, () => ({
    ids: Array.from({ length }, () => stream.integer(0, vocabulary - 1)),
    positions,
    weights: new Float32Array(positions.length).fill(1 / (count * positions.length)),
    temperature: 1,
  }));
  const begin = performance.now();
  await policy.accumulate(sequences);
  const { gradientNorm } = await policy.step(ADAM);
  const seconds = (performance.now() - begin) / 1000;
  process.stdout.write(JSON.stringify({ loaded, peak: mebibytes('VmHWM'), seconds, gradientNorm }));
  await engine.close();
}

async function main() {
  console.log(`${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}`);
  console.log(`LoRA 16, ${options.sequences} sequences of ${options.tokens} tokens\n`);
  console.log('| model | activationMiB | checkpoints | weights and process | peak above | seconds | gradient norm |');
  console.log('|---|---:|---|---:|---:|---:|---:|');
  for (const size of options.sizes.split(',')) {
    const directory = await mkdtemp(join(tmpdir(), 'rlt-memory-'));
    try {
      await writeModel(directory, SIZES[size]);
      for (const mib of options['activation-mib'].split(',').map(Number)) {
        for (const gradientCheckpointing of [false, true]) {
          const given = { directory, vocabulary: SIZES[size].vocab_size, mib, gradientCheckpointing };
          const { stdout } = await promisify(execFile)(process.execPath, [
            fileURLToPath(import.meta.url),
            '--sequences',
            options.sequences,
            '--tokens',
            options.tokens,
            '--measure',
            JSON.stringify(given),
          ]);
          const { loaded, peak, seconds, gradientNorm } = JSON.parse(stdout);
          const cells = [size, mib, gradientCheckpointing ? 'yes' : 'no', `${loaded.toFixed(0)} MiB`];
          cells.push(`${(peak - loaded).toFixed(0)} MiB`, seconds.toFixed(1), gradientNorm.toPrecision(7));
          console.log(`| ${cells.join(' | ')} |`);
        }
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

await (options.measure === undefined ? main() : measure(JSON.parse(options.measure)));
