/**
 * What decoding costs, and what limits it:
 *
 *     npm run build && node bench/decoding.mjs MODEL_DIR [--part limits,lookup,packed,integers] [--rows 1,4,16,64,256] [--threads 2] [--rounds 3]
 *
 * limits: milliseconds of one step with so many sequences, beside what the machine can do: the rate at which a step reads
 * the weights against that of adding up 512 MiB, and its products with weights against one 1024 x 1024 product.
 * lookup: explanations of word problems, with tokens guessed by prompt lookup and without, in turns: tokens a step,
 * speed, and how many completions are the same (rounding turns a few tokens into others). packed: `packedWeights` beside
 * weights as they are, in turns: how fast all products of a token read the weights, and milliseconds of a step of so many
 * sequences with prompts of their own. integers: weights in 8 and 4 bits,
 * with products of integers and without, in turns: milliseconds of a step, and how far the log-probs of completions are
 * from those of scoring. MODEL_DIR is a float32 model with a chat template (scripts/smollm2.py makes one).
 * Run it on idle cores.
 */

import { createRequire } from 'node:module';
import { arch, cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelDirectory } from '../dist/engine/local/files/directory.js';
import { Graph } from '../dist/engine/local/graph/graph.js';
import { concat, matmul, reduceSum } from '../dist/engine/local/graph/operations.js';
import { Session } from '../dist/engine/local/graph/session.js';
import { floats } from '../dist/engine/local/graph/tensors.js';
import { openLocalEngine } from '../dist/engine/local/local-engine.js';
import { parametersOf } from '../dist/engine/local/weights/parameters.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { explanationPrompts } from './explanation-prompts.mjs';
import { median } from './interleave.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string', default: 'limits,lookup,packed,integers' },
    rows: { type: 'string', default: '1,4,16,64,256' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
const [directory] = positionals;
if (directory === undefined) throw new Error('the directory of a model is needed');
const parts = new Set(options.part.split(','));
const threads = Number(options.threads);
const rounds = Number(options.rounds);
const model = await readModelDirectory(directory);
await model.close();
const { architecture } = model;
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
const source = { kind: 'directory', directory };
// An embedding that is not the head is only looked up.
const matricesOfToken = parametersOf(architecture).filter(
  ({ shape, name }) => shape.length === 2 && (name !== 'embedding' || architecture.tiedEmbeddings),
);

console.log(
  `${cpus()[0]?.model} (${arch()}), ${threads} threads, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}, onnxruntime-node ${version}, ${basename(directory)}`,
);

async function timed(work) {
  const begin = performance.now();
  const value = await work();
  return [performance.now() - begin, value];
}

/** Milliseconds of one step of one more token for each of `rows` sequences: long completions less short ones. */
const stepTime = (policy, prompt, rows, round) => stepOf(policy, [{ prompt, count: rows }], round);

async function stepOf(policy, prompts, round) {
  const settings = (maxTokens) => ({ temperature: 1, maxTokens, stopIds: [] });
  const key = randomKey(round, 'decoding');
  const sample = (maxTokens) => policy.sample(prompts.map((own) => ({ ...own, settings: settings(maxTokens), key })));
  const [short, long] = [2, 18];
  const [before] = await timed(() => sample(short));
  const [whole] = await timed(() => sample(long));
  return (whole - before) / (long - short);
}

async function limits() {
  const stream = new RandomStream(randomKey(1, 'decoding'));
  const prompt = Array.from({ length: 64 }, () => stream.integer(0, architecture.vocabularySize - 1));
  const settings = { provider: 'cpu', threads };

  const sums = new Graph();
  sums.output('y', reduceSum(sums.input('x', ['N', 2 ** 21]), [1]));
  const read = await Session.create(sums, settings);
  const memory = floats(new Float32Array(2 ** 27).fill(1), [64, 2 ** 21]);
  const products = new Graph();
  products.output('c', matmul(products.input('a', [1024, 1024]), products.input('b', [1024, 1024])));
  const multiply = await Session.create(products, settings);
  const matrix = floats(new Float32Array(2 ** 20).fill(0.5), [1024, 1024]);

  const engine = await openLocalEngine({ threads, lookupTokens: 0, cacheBytes: 2 ** 32 });
  const policy = await engine.open(source);
  const rows = options.rows.split(',').map(Number);
  const times = { read: [], multiply: [], steps: rows.map(() => []) };
  for (let round = 0; round <= rounds; round++) {
    const measured = {
      read: (await timed(() => read.run({ x: memory })))[0],
      multiply: (await timed(() => multiply.run({ a: matrix, b: matrix })))[0],
      steps: [],
    };
    for (const count of rows) measured.steps.push(await stepTime(policy, prompt, count, round));
    if (round === 0) continue;
    times.read.push(measured.read);
    times.multiply.push(measured.multiply);
    measured.steps.forEach((time, i) => {
      times.steps[i].push(time);
    });
  }
  await engine.close();
  const bandwidth = 2 ** 29 / median(times.read) / 1e6;
  const peak = (2 * 1024 ** 3) / median(times.multiply) / 1e6;
  const weights = matricesOfToken.reduce((total, { size }) => total + size, 0);
  console.log(`adding up 512 MiB: ${bandwidth.toFixed(1)} GB/s; a 1024 x 1024 product: ${peak.toFixed(0)} GFLOP/s`);
  console.log(
    '| sequences | ms a step | tokens/s | weights read, GB/s | of the bandwidth | GFLOP/s | of the product |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---:|');
  rows.forEach((count, i) => {
    const time = median(times.steps[i]);
    const rate = (4 * weights) / time / 1e6;
    const flops = (2 * weights * count) / time / 1e6;
    const share = (of, whole) => `${((100 * of) / whole).toFixed(0)} %`;
    console.log(
      `| ${count} | ${time.toFixed(1)} | ${((1000 * count) / time).toFixed(0)} | ${rate.toFixed(1)} | ${share(rate, bandwidth)} | ${flops.toFixed(0)} | ${share(flops, peak)} |`,
    );
  });
}

async function lookup() {
  const { prompts, stopIds } = await explanationPrompts(directory, 4);
  const engines = [];
  for (const lookupTokens of [0, undefined]) {
    const engine = await openLocalEngine({ threads, lookupTokens });
    engines.push({ engine, policy: await engine.open(source) });
  }
  console.log(
    '| sequences | temperature | tokens a step | tokens/s without | with lookup | ratio | same completions |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---|');
  for (const count of [1, 2, 4]) {
    for (const temperature of [0, 0.7, 1]) {
      const times = engines.map(() => []);
      let ids;
      let counts;
      let total = 0;
      for (let round = 0; round <= rounds; round++) {
        counts = engines.map(() => 0);
        ids = [];
        for (const [i, { policy }] of engines.entries()) {
          const requests = prompts.slice(0, count).map((prompt, row) => ({
            prompt,
            count: 1,
            settings: { temperature, maxTokens: 192, stopIds },
            key: randomKey(row, 'decoding'),
          }));
          const onProgress = () => {
            counts[i] += 1;
          };
          const [time, completions] = await timed(() => policy.sample(requests, { onProgress }));
          if (round > 0) times[i].push(time);
          ids.push(completions.flat().map((one) => one.ids.join()));
          total = completions.flat().reduce((sum, one) => sum + one.ids.length, 0);
        }
      }
      const [without, withLookup] = times.map((all) => (1000 * total) / median(all));
      console.log(
        `| ${count} | ${temperature} | ${(counts[0] / counts[1]).toFixed(2)} | ${without.toFixed(0)} | ${withLookup.toFixed(0)} | ${(withLookup / without).toFixed(2)} | ${ids[0].filter((text, row) => text === ids[1][row]).length} of ${count} |`,
      );
    }
  }
  for (const { engine } of engines) await engine.close();
}

/** All products of a token, with weights that are inputs or constants: a session, and what it is fed. */
async function productsOf(held) {
  const graph = new Graph();
  const feeds = {};
  const inputs = new Map();
  const sums = matricesOfToken.map(({ name, shape }, index) => {
    const [rows, columns] = shape;
    // No two are equal, or constants would be joined.
    const values = Float32Array.from({ length: rows * columns }, (_, i) => ((i + index) % 97) / 5000);
    if (!inputs.has(columns)) {
      inputs.set(columns, graph.input(`x${columns}`, [1, columns]));
      feeds[`x${columns}`] = floats(new Float32Array(columns).fill(1), [1, columns]);
    }
    if (!held) feeds[name] = floats(values, shape);
    const weight = held ? graph.constant(name, 'float32', shape, () => values) : graph.input(name, shape);
    return reduceSum(matmul(inputs.get(columns), weight, { transposeB: true }), [1]);
  });
  graph.output('y', concat(sums, 1));
  return { session: await Session.create(graph, { provider: 'cpu', threads }), feeds };
}

async function packed() {
  const sides = [await productsOf(false), await productsOf(true)];
  const times = sides.map(() => []);
  for (let round = 0; round < 10 * (rounds + 1); round++)
    for (const [i, { session, feeds }] of sides.entries()) {
      const [time] = await timed(() => session.run(feeds));
      if (round >= 10) times[i].push(time);
    }
  for (const { session } of sides) await session.close();
  const bytes = matricesOfToken.reduce((total, { shape: [rows, columns] }) => total + 4 * rows * columns, 0);
  const rates = times.map(
    (all) => `${(bytes / median(all) / 1e6).toFixed(1)} (${(bytes / Math.min(...all) / 1e6).toFixed(1)})`,
  );
  console.log(`products of a token, medians and best, GB/s: weights as they are ${rates[0]}, packed ${rates[1]}`);

  const stream = new RandomStream(randomKey(3, 'decoding'));
  const prompts = Array.from({ length: 4 }, () => ({
    prompt: Array.from({ length: 64 }, () => stream.integer(0, architecture.vocabularySize - 1)),
    count: 1,
  }));
  const engines = [];
  for (const packedWeights of [false, true]) {
    const engine = await openLocalEngine({ threads, packedWeights, lookupTokens: 0 });
    engines.push({ engine, model: await engine.open(source) });
  }
  console.log('| sequences | ms a step | packed | ratio |\n|---:|---:|---:|---:|');
  for (const count of [1, 2, 4]) {
    const steps = engines.map(() => []);
    for (let round = 0; round <= rounds; round++)
      for (const [i, { model }] of engines.entries()) {
        const time = await stepOf(model, prompts.slice(0, count), round);
        if (round > 0) steps[i].push(time);
      }
    const [before, after] = steps.map(median);
    console.log(`| ${count} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${(before / after).toFixed(2)} |`);
  }
  for (const { engine } of engines) await engine.close();
}

async function integers() {
  const stream = new RandomStream(randomKey(2, 'decoding'));
  const prompt = Array.from({ length: 64 }, () => stream.integer(0, architecture.vocabularySize - 1));
  console.log(
    '| bits | sequences | ms a step | with integers | ratio | log-probs against scoring: mean difference | largest |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---:|');
  for (const bits of [8, 4]) {
    const engines = [];
    for (const integerProducts of [false, true]) {
      const engine = await openLocalEngine({ threads, integerProducts, lookupTokens: 0 });
      engines.push({ engine, policy: await engine.open({ ...source, bits }) });
    }
    for (const count of [1, 16, 64]) {
      const times = engines.map(() => []);
      for (let round = 0; round <= rounds; round++) {
        for (const [i, { policy }] of engines.entries()) {
          const time = await stepTime(policy, prompt, count, round);
          if (round > 0) times[i].push(time);
        }
      }
      const { policy } = engines[1];
      const settings = { temperature: 1, maxTokens: 32, stopIds: [] };
      const [completions] = await policy.sample([{ prompt, count: 16, settings, key: randomKey(count, 'integers') }]);
      const scored = await policy.logProbs(
        completions.map(({ ids }) => ({
          ids: [...prompt, ...ids],
          positions: [...ids].map((_, i) => prompt.length + i),
          temperature: 1,
        })),
      );
      const gaps = completions.flatMap(({ logProbs }, row) =>
        [...logProbs.values].map((value, i) => Math.abs(value - scored[row][i])),
      );
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      const [before, after] = times.map(median);
      console.log(
        `| ${bits} | ${count} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${(before / after).toFixed(2)} | ${mean.toFixed(3)} | ${Math.max(...gaps).toFixed(2)} |`,
      );
    }
    for (const { engine } of engines) await engine.close();
  }
}

if (parts.has('limits')) await limits();
if (parts.has('lookup')) await lookup();
if (parts.has('packed')) await packed();
if (parts.has('integers')) await integers();
