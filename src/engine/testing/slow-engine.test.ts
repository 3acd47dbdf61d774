import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ConnectionError, exitCodeOf, InputError, UnsupportedError } from '../../errors.js';
import { GOLDEN_MODELS, goldenDirectory, goldenSource } from '../../testing/goldens.js';
import type { ServedSource } from '../engine.js';
import { ADAM, sequence } from './bench.js';
import { engineSuite } from './engine-suite.js';
import { openSlowEngine, type SlowSettings } from './slow-engine.js';

const scratch = await mkdtemp(join(tmpdir(), 'rlt-slow-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

const models = Object.fromEntries(GOLDEN_MODELS.map((name) => [`tiny/${name}`, goldenDirectory(name)]));
const served = (name: string): ServedSource => ({
  kind: 'served',
  name: `tiny/${name}`,
  tokenizer: goldenDirectory('smollm2'),
});
const slow = (given: Partial<SlowSettings> = {}) => openSlowEngine({ models, directory: scratch, ...given });

const remote = (given: Partial<SlowSettings> = {}) => ({
  open: () => slow(given),
  openInSmallBatches: () => slow(given),
  source: served,
});

engineSuite('the slow engine', remote());
engineSuite(
  'a slow engine that can do less',
  remote({ seed: 2, anyTemperature: false, sampledLogProbs: 'none', blending: false }),
);
engineSuite('a slow engine with raw log-probs', remote({ seed: 3, sampledLogProbs: 'raw' }));

it('a later server of the same directory knows what an earlier one saved', async () => {
  const first = await slow();
  const policy = await first.train(served('smollm2'));
  await policy.accumulate([sequence()]);
  await policy.step(ADAM);
  const [saved, state] = [await policy.save('a/model'), await policy.saveState('a/state')];
  const expected = await policy.logProbs([sequence()]);
  await first.close();
  const second = await slow();
  expect(await (await second.open(saved)).logProbs([sequence()])).toEqual(expected);
  const resumed = await second.train(served('smollm2'));
  await resumed.restoreState(state);
  expect(await resumed.logProbs([sequence()])).toEqual(expected);
  await second.close();
});

it('models that a server does not know are refused', async () => {
  const engine = await slow();
  await expect(engine.open(goldenSource('smollm2'))).rejects.toThrow(UnsupportedError);
  await expect(engine.open(served('nothing'))).rejects.toThrow(InputError);
  await expect(engine.open(served('nothing'))).rejects.toThrow(/tiny\/nothing[\s\S]*tiny\/smollm2/);
  await engine.close();
});

it('the death of a server is a ConnectionError of every call, and no retry is safe', async () => {
  const engine = await slow();
  const model = await engine.open(served('smollm2'));
  const waiting = model.logProbs([sequence()]);
  engine.kill();
  // Whichever is noticed first: that the process has ended, or that nothing can be written to it.
  for (const call of [waiting, model.logProbs([sequence()])]) {
    const error = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ retryable: false, message: expect.stringMatching(/SIGKILL|cannot be reached/) });
    expect(exitCodeOf(error)).toBe(1);
  }
  await engine.close();
});
