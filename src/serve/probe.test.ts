/** The probe on servers that differ as other servers were measured to. */
import { afterAll, describe, expect, it } from 'vitest';
import { request } from '../engine/testing/bench.js';
import { Session } from '../engine/tinker/client/session.js';
import { TIMES } from '../engine/tinker/client/times.js';
import { Transport } from '../engine/tinker/client/transport.js';
import { probe } from '../engine/tinker/probe/probe.js';
import { openTinkerEngine } from '../engine/tinker/tinker-engine.js';
import { UnsupportedError } from '../errors.js';
import { farthest, readGolden } from '../testing/goldens.js';
import { type Habits, otherServer } from './testing/other-server.js';
import { QUICK, tinkerSettings, tinyServer } from './testing/tiny-server.js';

const server = await tinyServer();
afterAll(() => server.close());
const golden = await readGolden('smollm2');
const sequences = golden.sequences.map((one) => ({ ...one, temperature: 1 }));

async function findings(habits: Habits) {
  const other = await otherServer(server.url, habits);
  const settings = tinkerSettings(other.url);
  const transport = new Transport({
    ...settings,
    keys: settings,
    key: undefined,
    agent: 'test',
    times: { ...TIMES, ...QUICK },
  });
  const session = await Session.open(transport, 'test');
  const found = await probe(session, null);
  await session.close('success');
  await other.close();
  return found;
}

describe('the probe finds', () => {
  it('a server that sums, and all of Adam', async () => {
    expect(await findings({})).toEqual({
      training: { form: { loss: 'cross_entropy' }, adam: true, clips: true, copies: true },
      sampling: { logProbs: 'tempered', snapshots: 'kept', overwrites: false },
    });
  });

  it('means of means, and the form that undoes them', async () => {
    const { training } = await findings({ means: true });
    expect(training).toEqual({
      form: { loss: 'importance_sampling', divisor: 'n * S' },
      adam: true,
      clips: false,
      copies: true,
    });
  });

  it('an optimiser that takes the learning rate only', async () => {
    const { training } = await findings({ rateOnly: true });
    expect(training).toEqual({ form: { loss: 'cross_entropy' }, adam: false, clips: false, copies: true });
  });

  it('that the weights of cross_entropy are a mask, where other losses take signs', async () => {
    const { training } = await findings({ mask: true });
    expect(training).toMatchObject({ form: { loss: 'importance_sampling', divisor: '1' } });
  });

  it('a snapshot that undoes training when it is sampled', async () => {
    const { sampling } = await findings({ overwrites: true });
    expect(sampling).toMatchObject({ overwrites: true });
  });

  it('that a server does not sample, or keeps no second model', async () => {
    const { training, sampling } = await findings({
      refuses: { asample: 'no sampler is running', load_weights: 'Maximum number of LoRA adapters (1) reached' },
    });
    expect(sampling).toMatch(/no sampler is running/);
    expect(training).toMatchObject({ copies: false });
  });
});

it('a base model can be scored by the sampler, with and without a gap before its log-probs', async () => {
  const trainer = await server.engine();
  const expected = await (await trainer.open(server.source('smollm2'))).logProbs(sequences);
  await trainer.close();
  for (const noGap of [false, true]) {
    const other = await otherServer(server.url, { noGap });
    const engine = await openTinkerEngine(tinkerSettings(other.url, { probe: false, scoring: 'sampler' }), QUICK);
    const model = await engine.open(server.source('smollm2'));
    for (const [i, row] of (await model.logProbs(sequences)).entries())
      expect(farthest(row, expected[i] ?? [])).toBeLessThan(1e-5);
    await engine.close();
    await other.close();
  }
});

it('what was found not to work is refused with what was measured', async () => {
  const other = await otherServer(server.url, {
    refuses: { forward_backward: 'no trainer is running', asample: 'no sampler is running' },
  });
  const engine = await openTinkerEngine(tinkerSettings(other.url), QUICK);
  expect(engine.profile).toMatchObject({
    training: undefined,
    cannotTrain: expect.stringContaining('no trainer is running'),
  });
  const refused = engine.train(server.source('smollm2'), { lora: { rank: 4, alpha: 8, targets: ['q_proj'], seed: 1 } });
  await expect(refused).rejects.toThrow(UnsupportedError);
  await expect(refused).rejects.toThrow(/cannot train.*cross_entropy: .*no trainer is running/);
  const model = await engine.open(server.source('smollm2'));
  await expect(model.sample([request()])).rejects.toThrow(/cannot sample.*no sampler is running/);
  await engine.close();
  await other.close();
});
