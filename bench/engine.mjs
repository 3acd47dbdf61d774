/**
 * The local engine against PyTorch: same weights, ids and threads, one measurement of each in turn, medians.
 *
 *     npm run build && node bench/engine.mjs [--rounds 5] [--threads 2] [--only PART-OF-A-NAME] [--json FILE]
 *
 * Needs a Python with bench/peers/requirements.txt (RLT_PYTHON, default .venv/bin/python) and, for the large model, the
 * directory that scripts/smollm2.py makes. PyTorch runs twice, its threads waiting by spinning and by sleeping; the faster
 * of the two stands for it in each line.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architectureOf } from '../dist/engine/local/files/config.js';
import { writeRandomModel } from '../dist/engine/local/weights/initial.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { Contender, interleave, median } from './interleave.mjs';
import { SIZES } from './random-models.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.RLT_PYTHON ?? join(root, '.venv/bin/python');
const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const large = join(root, 'models/SmolLM2-135M-Instruct');

const small = join(scratch, 'small');
await writeRandomModel(small, architectureOf(SIZES['1M'], 'config.json'), 1);

const stream = new RandomStream(randomKey(1, 'bench'));
const rows = (count, length, vocabulary) =>
  Array.from({ length: count }, () => Array.from({ length }, () => stream.integer(0, vocabulary - 1)));
/** `groups` prompts, each `each` times. */
const prompts = (groups, each, length, vocabulary) =>
  rows(groups, length, vocabulary).flatMap((prompt) => Array.from({ length: each }, () => prompt));
const lastOf = (count, length, chosen) =>
  Array.from({ length: count }, () => Array.from({ length: chosen }, (_, i) => length - chosen + i));

const lora = {
  rank: 16,
  alpha: 32,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};
/** Parameters that take part in products, for operations a token: 2 forward, 4 backward (LoRA: 2, for the base's weights have no gradient). */
const SMALL_PRODUCTS = 4 * (128 * 256 + 128 * 128 + 3 * 128 * 384) + 512 * 128;
const LARGE_PRODUCTS = 30 * (576 * 960 + 576 * 576 + 3 * 576 * 1536) + 49152 * 576;
const train = (ids, flops) => ({ command: { op: 'train', ids }, flops });
const cases = [
  ['1M: train 64 x 96', small, undefined, train(rows(64, 96, 512), 6 * SMALL_PRODUCTS)],
  [
    '1M: score 64 x 96, 32 positions',
    small,
    undefined,
    { command: { op: 'score', ids: rows(64, 96, 512), positions: lastOf(64, 96, 32) } },
  ],
  [
    '1M: sample 256 x 64, 16 prompts of 32',
    small,
    undefined,
    { command: { op: 'sample', prompts: prompts(16, 16, 32, 512), newTokens: 64 } },
  ],
  ['135M: train 4 x 512', large, undefined, train(rows(4, 512, 49152), 6 * LARGE_PRODUCTS)],
  ['135M: train 4 x 512, LoRA 16', large, lora, train(rows(4, 512, 49152), 4 * LARGE_PRODUCTS)],
  [
    '135M: sample 16 x 32, 4 prompts of 64',
    large,
    undefined,
    { command: { op: 'sample', prompts: prompts(4, 4, 64, 49152), newTokens: 32 } },
  ],
  [
    '135M: sample 64 x 32, 8 prompts of 64',
    large,
    undefined,
    { command: { op: 'sample', prompts: prompts(8, 8, 64, 49152), newTokens: 32 } },
  ],
  [
    '135M: score 32 x 512, 64 positions',
    large,
    undefined,
    { command: { op: 'score', ids: rows(32, 512, 49152), positions: lastOf(32, 512, 64) } },
  ],
].filter(([name]) => name.includes(options.only));

/** Throws unless all computed the same from the same weights: the log-probs of a scoring command, the loss of a training one. */
function checkAgreement(name, [ours, ...peers]) {
  const numbers = ({ logProbs, loss }) => logProbs?.flat() ?? (loss === undefined ? [] : [loss]);
  for (const theirs of peers) {
    const expected = numbers(theirs);
    const apart = numbers(ours).map((value, i) => Math.abs(value - expected[i]));
    // Asked for being near, not for being apart: a NaN must not pass.
    if (!apart.every((value) => value <= 1e-3))
      throw new Error(`${name}: rlt and PyTorch differ by ${Math.max(...apart)}`);
  }
}

const secondsOf = (answer) => answer.seconds ?? answer.forwardBackwardSeconds + answer.stepSeconds;
const peer = fileURLToPath(new URL('peers/torch_bench.py', import.meta.url));
const start = () => [
  new Contender('rlt', process.execPath, [fileURLToPath(new URL('local-peer.mjs', import.meta.url))]),
  new Contender('PyTorch', python, [peer]),
  new Contender('PyTorch, sleeping', python, [peer], { OMP_WAIT_POLICY: 'passive' }),
];

const share = (reached, rate) =>
  reached === undefined ? '' : `${((100 * reached) / rate).toFixed(0)} % of ${rate.toFixed(0)}`;

const results = [];
const heading = [
  '',
  'rlt tokens/s',
  'PyTorch tokens/s',
  'ratio',
  'GFLOP/s',
  "share of PyTorch's product",
  'of own product',
  'rlt peak GB',
  'PyTorch peak GB',
];
console.log(`| ${heading.join(' | ')} |\n|${heading.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`);
try {
  for (const [name, directory, adapter, { command, flops }] of cases) {
    if (!existsSync(directory)) {
      console.error(`skipped: ${name}, since ${directory} is not there (scripts/smollm2.py makes it)`);
      continue;
    }
    const contenders = start();
    try {
      for (const contender of contenders) {
        await contender.ask({ op: 'open', directory, threads, ...(adapter === undefined ? {} : { lora: adapter }) });
        await contender.ask({ op: 'memory' });
      }
      const answers = await interleave(contenders, command, rounds, (first) => checkAgreement(name, first));
      const rates = contenders.map((one) => {
        const measured = answers.get(one.name);
        return measured[0].tokens / median(measured.map(secondsOf));
      });
      const memory = [];
      for (const contender of contenders) memory.push((await contender.ask({ op: 'memory' })).peakBytes / 2 ** 30);
      const products = await interleave(contenders, { op: 'matmul', size: 1024 }, 9);
      const [own, ...theirs] = contenders.map(
        (one) => (2 * 1024 ** 3) / 1e9 / median(products.get(one.name).map(secondsOf)),
      );
      const product = Math.max(...theirs);
      const [rlt, spinning, sleeping] = rates;
      const torch = Math.max(spinning, sleeping);
      const reached = flops === undefined ? undefined : (rlt * flops) / 1e9;
      results.push({
        name,
        rlt,
        torch,
        ratio: rlt / torch,
        reached,
        own,
        product,
        memory,
        answers: Object.fromEntries(answers),
      });
      const cells = [
        name,
        rlt.toFixed(0),
        `${torch.toFixed(0)}${sleeping > spinning ? ' (sleeping)' : ''}`,
        (rlt / torch).toFixed(2),
        reached?.toFixed(0) ?? '',
        share(reached, product),
        share(reached, own),
        memory[0].toFixed(2),
        Math.min(memory[1], memory[2]).toFixed(2),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    } finally {
      for (const contender of contenders) await contender.close();
    }
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results)}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
