/** Training on servers that differ from ours as others were measured to: it ends in the weights that ours ends in. */
import { afterAll, describe, expect, it } from 'vitest';
import { ADAM, request } from '../engine/testing/bench.js';
import { openTinkerEngine } from '../engine/tinker/tinker-engine.js';
import { farthest, readGolden } from '../testing/goldens.js';
import { type Habits, otherServer } from './testing/other-server.js';
import { QUICK, tinkerSettings, tinyServer } from './testing/tiny-server.js';

const server = await tinyServer();
afterAll(() => server.close());
const golden = await readGolden('smollm2');
const sequences = golden.sequences.map((one) => ({ ...one, temperature: 1 }));
const LORA = {
  rank: 4,
  alpha: 32,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  seed: 3,
} as const;

interface Wishes {
  /** Whether what the server does is measured first. */
  readonly probe?: boolean;
  /** Whether samples are under way while a step is asked for, some of them given up. */
  readonly samples?: boolean;
}

/** Three steps, of two calls each, with weights of both signs; the log-probs after them and at each step. */
async function train(habits: Habits, { probe = true, samples = false }: Wishes = {}) {
  const other = await otherServer(server.url, habits);
  const engine = await openTinkerEngine(tinkerSettings(other.url, { probe }), QUICK);
  const before = other.traffic.staleSamples;
  const policy = await engine.train(server.source('smollm2'), { lora: { ...LORA, targets: [...LORA.targets] } });
  const scores: Awaited<ReturnType<typeof policy.logProbs>>[] = [];
  for (let step = 0; step < 3; step++) {
    const abort = new AbortController();
    const sampling = samples
      ? [
          policy.sample([0, 1, 2].map(() => request({ count: 2 }, { maxTokens: 5 }))),
          policy.sample([request({ count: 2 }, { maxTokens: 5 })], {
            signal: abort.signal,
            onCompletions: () => abort.abort(),
          }),
        ]
      : [];
    await Promise.all([
      policy.accumulate(sequences.slice(0, 2)),
      policy.accumulate(sequences.slice(2)),
      policy.step({ ...ADAM, learningRate: 0.003, epsilon: 1e-3 }),
      Promise.allSettled(sampling),
    ]);
    scores.push(await policy.logProbs(sequences));
  }
  const stale = other.traffic.staleSamples - before;
  await engine.close();
  await other.close();
  return { scores, stale, traffic: other.traffic };
}

const plain = await train({});

/** The largest difference of log-probs after any step from those on a server without habits. */
const distance = ({ scores }: { readonly scores: (typeof plain)['scores'] }): number =>
  Math.max(...scores.flatMap((rows, step) => rows.map((row, i) => farthest(row, plain.scores[step]?.[i] ?? []))));

it('means of means are undone', async () => {
  expect(distance(await train({ means: true }))).toBeLessThan(2e-5);
});

it('where sampling an old snapshot undoes training, none is sampled, also with samples under way', async () => {
  const found = await train({ overwrites: true }, { samples: true });
  expect(found.stale).toBe(0);
  expect(distance(found)).toBe(0);
});

describe('what a server bounds is kept', () => {
  it.each([
    ['sequences', { fwdbwd_max_chunk_len: 1 }],
    ['bytes', { fwdbwd_max_chunk_bytes_count: 1 }],
  ])('%s of a pass: gradients are those of whole passes', async (_, config) => {
    const found = await train({ config }, { probe: false });
    expect(found.traffic.passes.length).toBeGreaterThanOrEqual(6 * sequences.length);
    expect(new Set(found.traffic.passes.map((pass) => pass.sequences))).toEqual(new Set([1]));
    expect(distance(found)).toBeLessThan(2e-5);
  });

  it('passes are compressed where it is asked for, and only there', async () => {
    const found = await train({ config: { proto_compress_fwdbwd: true } }, { probe: false });
    expect(found.traffic.passes.every(({ compressed }) => compressed)).toBe(true);
    expect(distance(found)).toBe(0);
    expect(plain.traffic.passes.some(({ compressed }) => compressed)).toBe(false);
  });

  it('samples without a result', async () => {
    const other = await otherServer(server.url, {
      config: { sample_max_concurrent_requests: 3 },
      holds: { sample: 3 },
    });
    const engine = await openTinkerEngine(tinkerSettings(other.url, { probe: false }), QUICK);
    const model = await engine.open(server.source('smollm2'));
    const completions = await model.sample(Array.from({ length: 12 }, () => request()));
    expect(completions).toHaveLength(12);
    expect(other.traffic.most.sample).toBe(3);
    await engine.close();
    await other.close();
  });

  it('training requests of a model without a result: 64', async () => {
    const other = await otherServer(server.url, { config: { fwdbwd_max_chunk_len: 1 }, holds: { training: 64 } });
    const engine = await openTinkerEngine(tinkerSettings(other.url, { probe: false }), QUICK);
    const policy = await engine.train(server.source('smollm2'), { lora: { ...LORA, targets: [...LORA.targets] } });
    const many = Array.from({ length: 80 }, (_, i) => sequences[i % sequences.length] ?? sequences[0]);
    await policy.accumulate(many.flatMap((one) => one ?? []));
    expect(other.traffic.most.training).toBe(64);
    await engine.close();
    await other.close();
  });
});
