/** A run through a network that fails in every way: each step is applied once, and the weights are those of a run without faults. */
import { afterAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { ADAM, request } from '../engine/testing/bench.js';
import { openTinkerEngine } from '../engine/tinker/tinker-engine.js';
import { readGolden } from '../testing/goldens.js';
import { faultyProxy } from './testing/faulty-proxy.js';
import { QUICK, tinkerSettings, tinyServer } from './testing/tiny-server.js';

const server = await tinyServer();
afterAll(() => server.close());
const golden = await readGolden('smollm2');
const sequences = golden.sequences.map((one) => ({ ...one, temperature: 1 }));

/** Steps of two gradients each, sent ahead of their results, with samples, a copy and a restored state in between. */
async function run(engine: Engine, steps: number) {
  const policy = await engine.train(server.source('smollm2'), {
    lora: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'], seed: 3 },
  });
  const norms: (number | undefined)[] = [];
  const samples: unknown[] = [];
  for (let step = 0; step < steps; step++) {
    const [, , { gradientNorm }] = await Promise.all([
      policy.accumulate(sequences.slice(0, 2)),
      policy.accumulate(sequences.slice(2)),
      policy.step({ ...ADAM, learningRate: 0.005 }),
    ]);
    norms.push(gradientNorm);
    if (step % 20 === 7) {
      const [own = []] = await policy.sample([request({ count: 3 }, { maxTokens: 6 })]);
      samples.push(own.map(({ ids }) => ids));
    }
    if (step % 40 === 19) {
      const state = await policy.saveState(`step-${step}`);
      await policy.restoreState(state);
      const copy = await policy.freeze();
      samples.push((await copy.logProbs(sequences)).map((row) => Array.from(row)));
      await copy.close();
    }
  }
  const scores = (await policy.logProbs(sequences)).map((row) => Array.from(row));
  await policy.close();
  return { norms, samples, scores };
}

it('ends in the weights of a run without faults', { timeout: 600_000 }, async () => {
  const steps = Number(process.env.RLT_FAULT_STEPS ?? 60);
  const plain = await server.engine();
  const expected = await run(plain, steps);
  await plain.close();
  const proxy = await faultyProxy(server.url, 5, 0.2);
  const times = { ...QUICK, pollMs: 3000, requestMs: 3000 };
  const engine = await openTinkerEngine(tinkerSettings(proxy.url, { probe: false }), times);
  const found = await run(engine, steps);
  await engine.close();
  await proxy.close();
  const met = [...proxy.faults.values()].reduce((total, count) => total + count, 0);
  console.log(`${proxy.requests()} requests, ${met} faults of ${proxy.faults.size} kinds, ${steps} steps`);
  expect(proxy.faults.size).toBe(14);
  expect(found).toEqual(expected);
});
