/** The local engine behind the line protocol of bench/peers/torch_bench.py, whose documentation holds here as well. */
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Graph } from '../dist/engine/local/graph/graph.js';
import { InferenceSession } from '../dist/engine/local/graph/onnxruntime.js';
import { matmul } from '../dist/engine/local/graph/operations.js';
import { Session } from '../dist/engine/local/graph/session.js';
import { floats } from '../dist/engine/local/graph/tensors.js';
import { openLocalEngine } from '../dist/engine/local/local-engine.js';
import { LocalPolicy } from '../dist/engine/local/run/local-model.js';
import { Runtime } from '../dist/engine/local/run/runtime.js';
import { localSettings } from '../dist/engine/local/settings.js';
import { loadWeights, trainable } from '../dist/engine/local/weights/weights-source.js';
import { randomKey } from '../dist/random.js';

let engine;
let policy;
let threads;
let calls = 0;
const products = new Map();

async function timed(work) {
  const begin = performance.now();
  const value = await work();
  return [(performance.now() - begin) / 1000, value];
}

/** Bytes of tensors in the computer's memory that runs were given, and that came out of them. */
const bus = { runs: 0, in: 0, out: 0 };
function countBytes() {
  const create = InferenceSession.create.bind(InferenceSession);
  const bytesOf = (tensors) =>
    Object.values(tensors).reduce((sum, tensor) => sum + (tensor?.location === 'cpu' ? tensor.data.byteLength : 0), 0);
  InferenceSession.create = async (...args) => {
    const session = await create(...args);
    const run = session.run.bind(session);
    session.run = async (feeds, ...rest) => {
      const results = await run(feeds, ...rest);
      bus.runs += 1;
      bus.in += bytesOf(feeds);
      bus.out += bytesOf(results);
      return results;
    };
    return session;
  };
}

const operations = {
  /** With a provider other than the CPU the engine runs in this thread, where what crosses the bus can be counted. */
  async open({
    directory,
    threads: count,
    lora,
    seed = 0,
    provider = 'cpu',
    cacheBytes,
    activationBytes,
    bits,
    integerProducts,
    packedWeights,
  }) {
    await engine?.close();
    threads = count;
    const given = { cacheBytes, activationBytes, integerProducts, packedWeights };
    const sizes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const settings = { threads, provider, ...sizes };
    const source = { kind: 'directory', directory, ...(bits === undefined ? {} : { bits }) };
    const adapter = lora === undefined ? undefined : { ...lora, seed };
    if (provider === 'cpu') {
      engine = await openLocalEngine(settings);
      // Weights in few bits learn by an adapter alone, and packed ones do not learn; without one they sample and score.
      if ((bits !== undefined || packedWeights) && adapter === undefined) policy = await engine.open(source);
      else policy = await engine.train(source, adapter === undefined ? {} : { lora: adapter });
    } else {
      countBytes();
      engine = new Runtime(localSettings(settings));
      policy = new LocalPolicy(engine, trainable(await loadWeights(source), adapter));
    }
    return policy.facts;
  },
  /** What crossed the bus since the last such command. */
  async bus() {
    const counted = { ...bus };
    Object.assign(bus, { runs: 0, in: 0, out: 0 });
    return counted;
  },
  async train({ ids, temperature = 1, learningRate = 1e-5 }) {
    const positions = ids[0].slice(1).map((_, i) => i + 1);
    const weight = 1 / (ids.length * positions.length);
    const weights = new Float32Array(positions.length).fill(weight);
    const sequences = ids.map((row) => ({ ids: row, positions, weights, temperature }));
    const [forwardBackwardSeconds, logProbs] = await timed(() => policy.accumulate(sequences));
    const settings = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
    const [stepSeconds, { gradientNorm }] = await timed(() => policy.step(settings));
    const loss = -weight * logProbs.reduce((total, row) => total + row.reduce((a, b) => a + b, 0), 0);
    return { forwardBackwardSeconds, stepSeconds, loss, gradientNorm, tokens: ids.length * ids[0].length };
  },
  async sample({ prompts, newTokens, temperature = 1, oneByOne = false, showIds = false }) {
    // Repeated prompts are samples of one request, as a group of rollouts is.
    const requests = [];
    for (const prompt of prompts) {
      const last = requests.at(-1);
      if (last !== undefined && prompt.join() === last.prompt.join()) last.count += 1;
      else
        requests.push({
          prompt,
          count: 1,
          settings: { temperature, maxTokens: newTokens, stopIds: [] },
          key: randomKey(calls++),
        });
    }
    const [seconds, completions] = await timed(async () => {
      if (!oneByOne) return policy.sample(requests);
      const all = [];
      for (const request of requests) all.push(...(await policy.sample([request])));
      return all;
    });
    const tokens = completions.flat().reduce((total, { ids }) => total + ids.length, 0);
    if (tokens !== newTokens * prompts.length) throw new Error(`${tokens} tokens were sampled`);
    return { seconds, tokens, ...(showIds ? { ids: completions.flat().map(({ ids }) => [...ids]) } : {}) };
  },
  async score({ ids, positions, temperature = 1 }) {
    const requests = ids.map((row, i) => ({ ids: row, positions: positions[i], temperature }));
    const [seconds, logProbs] = await timed(() => policy.logProbs(requests));
    return { seconds, logProbs: logProbs.map((row) => [...row]), tokens: ids.length * ids[0].length };
  },
  async matmul({ size }) {
    if (!products.has(size)) {
      const graph = new Graph();
      graph.output('c', matmul(graph.input('a', [size, size]), graph.input('b', [size, size])));
      products.set(size, await Session.create(graph, { provider: 'cpu', threads: threads ?? 2 }));
    }
    const random = () => floats(Float32Array.from({ length: size * size }, Math.random), [size, size]);
    const feeds = { a: random(), b: random() };
    const [seconds] = await timed(() => products.get(size).run(feeds));
    return { seconds, flops: 2 * size ** 3 };
  },
  async memory() {
    const fields = Object.fromEntries(
      (await readFile('/proc/self/status', 'utf8')).split('\n').map((line) => line.split(':')),
    );
    // Writing 5 makes the kernel forget the peak.
    await writeFile('/proc/self/clear_refs', '5');
    return {
      residentBytes: Number.parseInt(fields.VmRSS, 10) * 1024,
      peakBytes: Number.parseInt(fields.VmHWM, 10) * 1024,
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.op === 'close') break;
  let answer;
  const before = process.cpuUsage();
  try {
    const result = await operations[command.op](command);
    const { user, system } = process.cpuUsage(before);
    answer = { ok: true, cpuSeconds: (user + system) / 1e6, ...result };
  } catch (error) {
    answer = { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await engine?.close();
