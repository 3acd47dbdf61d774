/** A policy that samples on a server: what the server samples must be what was trained. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnsupportedError } from '../errors.js';
import type { Engine } from './engine.js';
import { sampledOn } from './sampler.js';
import { ADAM, request, sequence } from './testing/bench.js';
import { openExactEngine, scratchFolder, withTokenizer } from './testing/completions-models.js';
import { fakeCompletions } from './testing/fake-completions.js';

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let directory: string;
let local: Engine;
beforeAll(async () => {
  folder = await scratchFolder();
  directory = await withTokenizer(folder.path, 'smollm2');
  local = await openExactEngine();
});
afterAll(async () => {
  await local.close();
  await folder.remove();
});

it('greedy samples of another local engine are compared at temperature 1', async () => {
  const other = await openExactEngine();
  const trained = await local.train({ kind: 'directory', directory });
  const policy = sampledOn(trained, other, join(folder.path, 'greedy'));
  expect((await policy.sample([request({}, { temperature: 0, maxTokens: 8 })]))[0]).toHaveLength(1);
  await policy.close();
  await other.close();
});

it.each([false, true])('a server that takes weights; not using them: %s', async (keepsWeights) => {
  const server = await fakeCompletions({ models: { tiny: directory }, keepsWeights });
  const engine = await server.engine();
  const trained = await local.train({ kind: 'directory', directory });
  const policy = sampledOn(trained, engine, join(folder.path, `handed-over-${keepsWeights}`));
  try {
    const asked = [request({ count: 4 }, { maxTokens: 8 })];
    // Before the first step, the weights that the server keeps are the policy's.
    expect((await policy.sample(asked))[0]).toHaveLength(4);
    for (let step = 0; step < 4; step++) {
      await policy.accumulate([sequence()]);
      await policy.step({ ...ADAM, learningRate: 0.05 });
    }
    const outcome = await policy.sample(asked).catch((error: unknown) => error);
    if (keepsWeights) {
      expect(outcome).toBeInstanceOf(UnsupportedError);
      expect(String(outcome)).toMatch(/vLLM 0\.32\.0 at .* does not sample the weights that were trained: .* are \d/);
    } else expect(outcome).toHaveLength(1);
  } finally {
    await policy.close();
    await engine.close();
    await server.close();
  }
});
