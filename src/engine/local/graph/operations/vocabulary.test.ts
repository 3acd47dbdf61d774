import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gradients } from '../differentiate.js';
import { Graph } from '../graph.js';
import { memoryOf } from '../memory.js';
import { toOnnx } from '../onnx.js';
import { InferenceSession } from '../onnxruntime.js';
import { Session } from '../session.js';
import { floats, integers } from '../tensors.js';
import { chunkedLogProb } from './vocabulary.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-vocabulary-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** [M, 4] hidden states that meet a vocabulary in chunks, with the gradients of what learns. */
function graphOf(
  chunks: number,
  learning: 'nothing' | 'hidden' | 'hidden and head',
  { cap, vocabulary = 8 }: { readonly cap?: number; readonly vocabulary?: number } = {},
): Graph {
  const graph = new Graph();
  const [hidden, head] = [graph.input('hidden', ['M', 4]), graph.input('head', [vocabulary, 4])];
  const targets = graph.input('targets', ['M'], 'int64');
  const sizes = graph.input('sizes', [chunks], 'int64');
  const capped = cap === undefined ? undefined : { cap, factors: graph.input('factors', ['M', 1]) };
  const ofHead = learning === 'hidden and head';
  const seed = learning === 'nothing' ? undefined : { gradient: graph.input('seed', ['M']), ofHead };
  const logProbs = chunkedLogProb(hidden, head, targets, sizes, { capped, seed });
  graph.output('logProbs', logProbs);
  if (seed === undefined) return graph;
  const sources = ofHead ? [hidden, head] : [hidden];
  const results = gradients([{ tensor: logProbs, seed: seed.gradient }], sources);
  for (const [i, result] of results.entries()) graph.output(`gradient ${i}`, result);
  return graph;
}

/** Which operators ONNX Runtime computes of three chunks, in its order. */
async function computed(graph: Graph, operators: readonly string[]): Promise<readonly string[]> {
  const session = await InferenceSession.create(toOnnx(graph, 'onnxruntime'), {
    graphOptimizationLevel: 'all',
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
    logSeverityLevel: 3,
  });
  const known = {
    hidden: floats(new Float32Array(24).fill(0.5), [6, 4]),
    head: floats(new Float32Array(32).fill(0.5), [8, 4]),
    targets: integers([0, 1, 2, 3, 4, 5], [6]),
    sizes: integers([2, 2, 2], [3]),
    seed: floats(new Float32Array(6).fill(1), [6]),
  };
  const names = new Set(graph.inputs.map(({ name }) => name));
  await session.run(Object.fromEntries(Object.entries(known).filter(([name]) => names.has(name))));
  session.endProfiling();
  await session.release();
  const [file = ''] = await readdir(folder);
  const profile = join(folder, file);
  const events: readonly { name: string; args?: { op_name?: string } }[] = JSON.parse(await readFile(profile, 'utf8'));
  await rm(profile);
  return events.flatMap(({ name, args }) =>
    name.endsWith('_kernel_time') && operators.includes(args?.op_name ?? '') ? [args?.op_name ?? ''] : [],
  );
}

const repeated = (operators: readonly string[]) => [operators, operators, operators].flat();

test('a chunk is done with before the next one begins, and meets the vocabulary once', async () => {
  const forward = ['Gemm', 'LogSoftmax', 'GatherElements'];
  expect(await computed(graphOf(3, 'nothing'), forward)).toEqual(repeated(forward));
  // The product forward, the log-probs that are read of it, the exponentials, and the product back.
  expect(await computed(graphOf(3, 'hidden'), ['Gemm', 'GatherElements', 'Exp'])).toEqual(
    repeated(['Gemm', 'GatherElements', 'Exp', 'Gemm']),
  );
});

test('chunks meet the vocabulary one after the other where the head learns too', async () => {
  const operators = await computed(graphOf(3, 'hidden and head'), ['Gemm', 'GatherElements', 'Exp']);
  expect(operators).toEqual(repeated(['Gemm', 'GatherElements', 'Exp', 'Gemm', 'Gemm']));
});

test('the memory predicted is that of the logits and log-probs of one chunk', () => {
  const working = (...graph: Parameters<typeof graphOf>) => memoryOf(graphOf(...graph), new Map([['M', 6]])).working;
  /** Bytes of the logits of a chunk, and of the head. */
  const [logits, head] = [2 * 8 * 4, 8 * 4 * 4];
  expect(working(3, 'nothing')).toBe(2 * logits);
  expect(working(3, 'hidden')).toBe(2 * logits);
  expect(working(3, 'hidden', { cap: 30 })).toBe(3 * logits);
  expect(working(3, 'hidden and head')).toBe(2 * logits + 2 * head);
  expect(working(1, 'hidden and head')).toBe(2 * 3 * logits);
});

test('log-probs over a large vocabulary are those of double precision, whether something learns or not', async () => {
  const [tokens, width, vocabulary] = [6, 4, 50_000];
  const wave = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));
  const [hidden, head] = [wave(tokens * width, 1.3), wave(vocabulary * width, 0.7)];
  const targets = [0, 49_999, 7, 1_000, 30_000, 12_345];
  const exact = targets.map((target, token) => {
    const logits = Array.from({ length: vocabulary }, (_, id) => {
      let logit = 0;
      for (let i = 0; i < width; i++) logit += Number(hidden[token * width + i]) * Number(head[id * width + i]);
      return logit;
    });
    return Number(logits[target]) - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  });
  for (const learning of ['nothing', 'hidden'] as const) {
    const session = await Session.create(graphOf(3, learning, { vocabulary }), { provider: 'cpu', threads: 1 });
    const results = await session.run({
      hidden: floats(hidden, [tokens, width]),
      head: floats(head, [vocabulary, width]),
      targets: integers(targets, [tokens]),
      sizes: integers([2, 2, 2], [3]),
      ...(learning === 'nothing' ? {} : { seed: floats(new Float32Array(tokens).fill(1), [tokens]) }),
    });
    await session.close();
    const found = Array.from(results.get('logProbs') ?? []);
    expect(found).toHaveLength(tokens);
    expect(Math.max(...found.map((logProb, i) => Math.abs(logProb - Number(exact[i]))))).toBeLessThan(4e-6);
  }
});

test('a gradient other than the one that was given is refused', () => {
  const graph = new Graph();
  const [hidden, head] = [graph.input('hidden', ['M', 4]), graph.input('head', [8, 4])];
  const [targets, sizes] = [graph.input('targets', ['M'], 'int64'), graph.input('sizes', [2], 'int64')];
  const [gradient, other] = [graph.input('gradient', ['M']), graph.input('other', ['M'])];
  const logProbs = chunkedLogProb(hidden, head, targets, sizes, { seed: { gradient, ofHead: false } });
  const of = (seed: typeof other, source: typeof hidden) => () => gradients([{ tensor: logProbs, seed }], [source]);
  expect(of(other, hidden)).toThrow('has gradients only of the one that was given to it');
  expect(of(gradient, head)).toThrow('has no gradient of the head');
  expect(of(gradient, hidden)).not.toThrow();
});
