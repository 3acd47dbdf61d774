/**
 * The local engine against PyTorch and llama.cpp: same weights, ids and threads, one measurement of each in turn, medians.
 *
 *     npm run build && node bench/engine.mjs [--rounds 5] [--threads 2] [--only PART-OF-A-NAME] [--json FILE]
 *         [--peers eager,compiled,bf16,compiled-bf16,llama.cpp] [--gguf FOLDER] [--not-repacked]
 *
 * Needs a Python with bench/peers/requirements.txt (RLT_PYTHON, default .venv/bin/python; for llama.cpp with
 * requirements-llama-cpp.txt beside it) and, for the large model, the directory that scripts/smollm2.py makes.
 *
 * Peers (default eager): PyTorch eager in float32, under torch.compile, with bfloat16 autocast, with both; each runs twice,
 * its threads waiting by spinning and by sleeping, and the faster of the two stands for it in each line. llama.cpp samples
 * from FOLDER (default models/gguf), which `bench/peers/llama_cpp_bench.py convert` fills; with --not-repacked its weights
 * stay as the files have them: what it repacks them to, where a processor has AMX, ended it with an illegal instruction on one.
 * Two rounds, in which programs are compiled and memory is first touched, do not count. All PyTorch peers at once want more
 * than 24 GB in training at 135M: name one a run there.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architectureOf } from '../dist/engine/local/files/config.js';
import { writeRandomModel } from '../dist/engine/local/weights/initial.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { explanationPrompts } from './explanation-prompts.mjs';
import { Contender, interleave, median } from './interleave.mjs';
import { SIZES } from './random-models.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: 'eager' },
    gguf: { type: 'string' },
    'not-repacked': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const chosen = new Set(options.peers.split(','));
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.RLT_PYTHON ?? join(root, '.venv/bin/python');
const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const large = join(root, 'models/SmolLM2-135M-Instruct');
const gguf = options.gguf ?? join(root, 'models/gguf');

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
const sample = (groups, each, length, vocabulary, newTokens) => ({
  command: { op: 'sample', prompts: prompts(groups, each, length, vocabulary), newTokens },
});
const score = (count, length, vocabulary, positions) => ({
  command: { op: 'score', ids: rows(count, length, vocabulary), positions: lastOf(count, length, positions) },
});
/** Texts from which tokens can be guessed. */
async function explanations(count, newTokens) {
  const { prompts } = existsSync(large) ? await explanationPrompts(large, count) : { prompts: [] };
  return { command: { op: 'sample', prompts, newTokens, temperature: 0.7, oneByOne: true } };
}
const SAMPLINGS = [
  ['sample 1 x 32, prompt of 64', sample(1, 1, 64, 49152, 32)],
  ['sample 16 x 32, 4 prompts of 64', sample(4, 4, 64, 49152, 32)],
  ['sample 64 x 32, 8 prompts of 64', sample(8, 8, 64, 49152, 32)],
];
const EXPLAINING = ['explain 8 problems, one by one', await explanations(8, 96)];
/** Frozen weights in 8 bits, multiplied as integers; PyTorch beside it has them in float32. */
const INTEGERS = { directory: large, lora, bits: 8, integerProducts: true };
const cases = [
  ['1M: train 64 x 96', { directory: small }, train(rows(64, 96, 512), 6 * SMALL_PRODUCTS)],
  ['1M: score 64 x 96, 32 positions', { directory: small }, score(64, 96, 512, 32)],
  ['1M: sample 256 x 64, 16 prompts of 32', { directory: small }, sample(16, 16, 32, 512, 64)],
  ['135M: train 4 x 512', { directory: large }, train(rows(4, 512, 49152), 6 * LARGE_PRODUCTS)],
  ['135M: train 4 x 512, LoRA 16', { directory: large, lora }, train(rows(4, 512, 49152), 4 * LARGE_PRODUCTS)],
  ['135M: score 32 x 512, 64 positions', { directory: large }, score(32, 512, 49152, 64)],
  ...[...SAMPLINGS, EXPLAINING].map(([name, work]) => [
    `135M: ${name}`,
    { directory: large, gguf: ['F32', 'BF16'] },
    work,
  ]),
  ...[...SAMPLINGS.slice(0, 1), EXPLAINING].map(([name, work]) => [
    `135M, packed: ${name}`,
    { directory: large, packedWeights: true, gguf: ['F32', 'BF16'] },
    work,
  ]),
  ...SAMPLINGS.map(([name, work]) => [`135M, 8 bits: ${name}`, { directory: large, bits: 8, gguf: ['Q8_0'] }, work]),
  ...SAMPLINGS.map(([name, work]) => [
    `135M, 4 bits: ${name}`,
    { directory: large, bits: 4, gguf: ['Q4_0', 'Q4_1'] },
    work,
  ]),
  ['135M, 8 bits, integers: train 4 x 512, LoRA 16', INTEGERS, train(rows(4, 512, 49152), 4 * LARGE_PRODUCTS)],
  ['135M, 8 bits, integers: score 32 x 512, 64 positions', { ...INTEGERS, lora: undefined }, score(32, 512, 49152, 64)],
  ...[8, 4].flatMap((bits) =>
    SAMPLINGS.map(([name, work]) => [
      `135M, ${bits} bits, integers: ${name}`,
      { directory: large, bits, integerProducts: true, gguf: bits === 8 ? ['Q8_0'] : ['Q4_0', 'Q4_1'] },
      work,
    ]),
  ),
].filter(([name]) => name.includes(options.only));

/** How far log-probs of random ids may be in the mean from those of float32 weights, with weights and what meets them in 8 bits. */
const ROUNDED = 0.3;

/** The numbers that a peer must agree on: log-probs of a scoring command, the loss of a training one. */
const numbersOf = ({ logProbs, loss }) => logProbs?.flat() ?? (loss === undefined ? [] : [loss]);
const apart = (ours, theirs) => {
  const expected = numbersOf(theirs);
  return numbersOf(ours).map((value, i) => Math.abs(value - expected[i]));
};

const meanOf = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

const secondsOf = (answer) => answer.seconds ?? answer.forwardBackwardSeconds + answer.stepSeconds;
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const WAYS = {
  eager: ['PyTorch', {}],
  compiled: ['PyTorch, torch.compile', { compile: true }],
  bf16: ['PyTorch, bf16 autocast', { autocast: true }],
  'compiled-bf16': ['PyTorch, torch.compile, bf16 autocast', { compile: true, autocast: true }],
};
for (const way of chosen)
  if (way !== 'llama.cpp' && !(way in WAYS))
    throw new Error(`--peers has no ${way}, only ${Object.keys(WAYS)}, llama.cpp`);

/**
 * Who takes part in a line: the engine first, then peers as { name, contenders, tolerance }, of whose contenders the
 * fastest counts. `tolerance`: how far its numbers may be from the engine's.
 */
async function participants(model, { op, oneByOne }) {
  const { directory, lora: adapter, bits, integerProducts, packedWeights, gguf: forms = [] } = model;
  const opening = { op: 'open', directory, threads, ...(adapter === undefined ? {} : { lora: adapter }) };
  const open = async (name, file, command, environment = {}) => {
    const [runs, args] = file.endsWith('.mjs') ? [process.execPath, [script(file)]] : [python, [script(file)]];
    const contender = new Contender(name, runs, args, environment);
    started.push(contender);
    contender.facts = await contender.ask(command);
    await contender.ask({ op: 'memory' });
    return contender;
  };
  const started = [];
  try {
    const ofWeights = {
      ...(bits === undefined ? {} : { bits }),
      ...(integerProducts ? { integerProducts } : {}),
      ...(packedWeights ? { packedWeights } : {}),
    };
    const rlt = await open('rlt', 'local-peer.mjs', { ...opening, ...ofWeights });
    const peers = [];
    for (const [way, [name, settings]] of Object.entries(WAYS)) {
      // Samples of other weights show nothing, and generate is not compiled as a whole.
      const isOther = op === 'sample' && (bits !== undefined || oneByOne || settings.compile);
      if (!chosen.has(way) || isOther) continue;
      const command = { ...opening, ...settings };
      peers.push({
        name,
        contenders: [
          await open(name, 'peers/torch_bench.py', command),
          await open(`${name}, sleeping`, 'peers/torch_bench.py', command, { OMP_WAIT_POLICY: 'passive' }),
        ],
        tolerance: bits !== undefined ? ROUNDED : settings.autocast ? 0.5 : 1e-3,
      });
    }
    if (chosen.has('llama.cpp') && op === 'sample') {
      for (const form of forms) {
        const file = join(gguf, `${form}.gguf`);
        if (!existsSync(file)) throw new Error(`${file} is not there: bench/peers/llama_cpp_bench.py convert makes it`);
        const name = `llama.cpp ${form}`;
        const contender = await open(name, 'peers/llama_cpp_bench.py', {
          op: 'open',
          file,
          threads,
          repacked: !options['not-repacked'],
        });
        await compareWeights(rlt, contender, form);
        peers.push({ name, contenders: [contender], tolerance: 0 });
      }
    }
    return { rlt, peers, started };
  } catch (error) {
    for (const contender of started) await contender.close();
    throw error;
  }
}

/** How far log-probs of random ids may be from the engine's in the mean, with both sides' weights in as many bits. */
const FORMS = { F32: 0.01, BF16: 0.1, Q8_0: 0.3, Q4_0: 2, Q4_1: 2 };
const compared = new Set();

/** Says how far the log-probs of a sampling peer are from the engine's: samples alone would not show other weights. */
async function compareWeights(rlt, peer, form) {
  if (compared.has(form)) return;
  compared.add(form);
  const { command } = score(4, 96, 49152, 32);
  const differences = apart(await rlt.ask(command), await peer.ask(command));
  const mean = meanOf(differences);
  notes.push(
    `${peer.name}: log-probs ${mean.toPrecision(2)} apart in the mean, at most ${Math.max(...differences).toPrecision(2)}`,
  );
  if (!(mean <= FORMS[form])) throw new Error(notes.at(-1));
}

/** The processor, what of its instructions matters here, and the versions on this side. */
async function machine() {
  const info = await readFile('/proc/cpuinfo', 'utf8');
  const field = (name) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1];
  const flags = (field('flags') ?? '')
    .split(' ')
    .filter((flag) => /^(avx2|fma|avx512f|avx512bw|avx512_vnni|avx_vnni|avx512_bf16|avx512_fp16|amx_\w+)$/.test(flag));
  const onnxruntime = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
  return (
    `${field('model name')}, family ${field('cpu family')} model ${field('model')}, ${availableParallelism()} cores, ${flags.join(' ')}; ` +
    `Node ${process.version}, onnxruntime-node ${onnxruntime}; ${threads} threads, medians of ${rounds} rounds; ` +
    `load when it began ${loadavg()[0].toFixed(2)}; ${new Date().toISOString()}`
  );
}

const share = (reached, rate) =>
  reached === undefined || rate === undefined ? '' : `${((100 * reached) / rate).toFixed(0)} % of ${rate.toFixed(0)}`;

const notes = [await machine()];
const results = [];
const heading = [
  '',
  'peer',
  'rlt tokens/s',
  "peer's tokens/s",
  'ratio',
  'GFLOP/s',
  "share of the peer's product",
  'of own product',
  'rlt peak GB',
  "peer's peak GB",
];
console.log(`| ${heading.join(' | ')} |\n|${heading.map((_, i) => (i < 2 ? '---' : '---:')).join('|')}|`);
try {
  for (const [name, opening, { command, flops }] of cases) {
    if (!existsSync(opening.directory)) {
      console.error(`skipped: ${name}, since ${opening.directory} is not there (scripts/smollm2.py makes it)`);
      continue;
    }
    const { rlt, peers, started } = await participants(opening, command);
    try {
      if (peers.length === 0) continue;
      const first = await rlt.ask(command);
      for (const peer of peers) {
        for (const contender of peer.contenders) {
          const differences = apart(first, await contender.ask(command));
          // Asked for being near, not for being apart: a NaN must not pass. Of rounded weights single ones may be far.
          const isExact = opening.bits === undefined || differences.length === 0;
          const judged = isExact ? differences : [meanOf(differences)];
          if (!judged.every((value) => value <= peer.tolerance))
            throw new Error(`${name}: rlt and ${contender.name} differ by ${Math.max(...judged)}`);
          if (peer.tolerance > 1e-3 && differences.length > 0)
            notes.push(
              `${name}: ${contender.name} differs by ${meanOf(differences).toPrecision(2)} in the mean, at most ${Math.max(...differences).toPrecision(2)}`,
            );
        }
      }
      for (const { facts } of started.slice(1)) {
        const said = [facts.versions, facts.system]
          .filter((one) => one !== undefined)
          .map((one) => JSON.stringify(one));
        if (!notes.includes(said.join(' '))) notes.push(said.join(' '));
      }
      const answers = await interleave(started, command, rounds);
      const memory = new Map();
      for (const one of started) memory.set(one.name, (await one.ask({ op: 'memory' })).peakBytes / 2 ** 30);
      const multiply = started.filter(({ name: who }) => !who.startsWith('llama.cpp'));
      const products = await interleave(multiply, { op: 'matmul', size: 1024 }, 9);
      const product = (one) =>
        products.has(one.name) ? (2 * 1024 ** 3) / 1e9 / median(products.get(one.name).map(secondsOf)) : undefined;
      const rate = (one) => answers.get(one.name)[0].tokens / median(answers.get(one.name).map(secondsOf));
      const own = rate(rlt);
      const reached = flops === undefined ? undefined : (own * flops) / 1e9;
      for (const peer of peers) {
        const fastest = peer.contenders.reduce((best, one) => (rate(one) > rate(best) ? one : best));
        const theirs = peer.contenders.map(product).filter((one) => one !== undefined);
        const peak = Math.min(...peer.contenders.map((one) => memory.get(one.name)));
        const cells = [
          name,
          fastest.name,
          own.toFixed(0),
          rate(fastest).toFixed(0),
          (own / rate(fastest)).toFixed(2),
          reached?.toFixed(0) ?? '',
          share(reached, theirs.length === 0 ? undefined : Math.max(...theirs)),
          share(reached, product(rlt)),
          memory.get(rlt.name).toFixed(2),
          peak.toFixed(2),
        ];
        console.log(`| ${cells.join(' | ')} |`);
      }
      results.push({ name, memory: Object.fromEntries(memory), answers: Object.fromEntries(answers) });
    } finally {
      for (const contender of started) await contender.close();
    }
  }
  console.log(`\n${notes.join('\n')}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ notes, results })}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
