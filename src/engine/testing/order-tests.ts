import { expect, it } from 'vitest';
import { InputError, InterruptedError } from '../../errors.js';
import { tokenIds } from '../../text/tokens.js';
import type { Policy } from '../engine.js';
import { ADAM, type Bench, request, sequencesOf } from './bench.js';

export function orderTests(bench: Bench): void {
  const { engine, source, place } = bench;
  const sequences = sequencesOf(bench);
  const [early, late] = [sequences.slice(0, 2), sequences.slice(2)];
  const bad = [{ ids: tokenIds([1, 2, 3]), positions: [1], temperature: 1, weights: [Number.NaN] }];
  const train = () => engine.train(source('smollm2'));
  const scores = (policy: Policy) => policy.logProbs(sequences);

  /** What a policy computes after one whole step, each call awaited. */
  async function stepped(): Promise<Float32Array[]> {
    const policy = await train();
    await policy.accumulate(early);
    await policy.accumulate(late);
    await policy.step(ADAM);
    return scores(policy);
  }

  it('calls take effect in the order in which they are made, without being awaited', async () => {
    const awaited = await train();
    const asked = [request({ count: 3 }, { maxTokens: 6 })];
    const expected = [
      await awaited.accumulate(early),
      await scores(awaited),
      await awaited.accumulate(late),
      await awaited.step(ADAM),
      await scores(awaited),
      await awaited.sample(asked),
      await awaited.accumulate(sequences),
      await awaited.step(ADAM),
      await scores(awaited),
    ];
    const policy = await train();
    const found = await Promise.all([
      policy.accumulate(early),
      scores(policy),
      policy.accumulate(late),
      policy.step(ADAM),
      scores(policy),
      policy.sample(asked),
      policy.accumulate(sequences),
      policy.step(ADAM),
      scores(policy),
    ]);
    expect(found).toEqual(expected);
  });

  it('saving, restoring, freezing and closing keep their places', async () => {
    const policy = await train();
    const before = await scores(policy);
    const [, , state, copy, , , after] = await Promise.all([
      policy.accumulate(sequences),
      policy.step(ADAM),
      policy.saveState(place('state')),
      policy.freeze(),
      policy.accumulate(sequences),
      policy.step(ADAM),
      scores(policy),
    ]);
    const [, restored] = await Promise.all([policy.restoreState(state), scores(policy)]);
    expect(await copy.logProbs(sequences)).toEqual(restored);
    expect(restored).not.toEqual(before);
    expect(after).not.toEqual(restored);
    const [last, , closed] = await Promise.allSettled([scores(policy), policy.close(), scores(policy)]);
    expect(last).toMatchObject({ status: 'fulfilled', value: restored });
    expect(closed).toMatchObject({ status: 'rejected' });
  });

  it.skipIf(engine.profile.training?.blending !== true)(
    'blending takes its place among the calls on the copy',
    async () => {
      const policy = await train();
      const copy = await policy.freeze();
      await policy.accumulate(sequences);
      await policy.step(ADAM);
      const [before, , after] = await Promise.all([
        copy.logProbs(sequences),
        policy.blendInto(copy, 1),
        copy.logProbs(sequences),
      ]);
      expect(before).not.toEqual(after);
      expect(await copy.logProbs(sequences)).toEqual(after);
    },
  );

  it('calls on several models at once give each its own results', async () => {
    const policies = await Promise.all([train(), train(), train()]);
    const results = await Promise.all(
      policies.flatMap((policy, i) => [
        policy.accumulate(sequences.slice(i)),
        policy.step(ADAM),
        policy.logProbs(sequences),
      ]),
    );
    for (const [i, policy] of policies.entries()) expect(await scores(policy)).toEqual(results[3 * i + 2]);
  });

  it('a failed accumulate costs its whole step, also where the rest was issued already', async () => {
    const policy = await train();
    const before = await scores(policy);
    const [first, failed, step] = await Promise.allSettled([
      policy.accumulate(early),
      policy.accumulate(bad),
      policy.step(ADAM),
    ]);
    expect(first?.status).toBe('fulfilled');
    expect(failed?.status).toBe('rejected');
    expect(step).toMatchObject({ status: 'rejected', reason: expect.any(InputError) });
    const [, , alone] = await Promise.allSettled([policy.accumulate(bad), policy.accumulate(late), policy.step(ADAM)]);
    expect(alone).toMatchObject({ status: 'rejected', reason: expect.any(InputError) });
    expect(await scores(policy)).toEqual(before);
    // Nothing of it is left: neither for a later step nor for a saved state.
    await policy.saveState(place('state'));
    await expect(policy.step(ADAM)).rejects.toThrow(InputError);
  });

  it('the batch can be accumulated again after a failure', async () => {
    const policy = await train();
    await policy.accumulate(early);
    await expect(policy.accumulate(bad)).rejects.toThrow();
    await Promise.all([policy.accumulate(early), policy.accumulate(late), policy.step(ADAM)]);
    expect(await scores(policy)).toEqual(await stepped());
  });

  it('an accumulate that is aborted before it is made, or while it waits, costs its step as well', async () => {
    const policy = await train();
    const before = await scores(policy);
    const [, never, refused] = await Promise.allSettled([
      policy.accumulate(early),
      policy.accumulate(late, { signal: AbortSignal.abort() }),
      policy.step(ADAM),
    ]);
    expect(never).toMatchObject({ status: 'rejected', reason: expect.any(InterruptedError) });
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(InputError) });
    const controller = new AbortController();
    const calls = [
      policy.sample([request({ count: 4 }, { maxTokens: 20 })]),
      policy.accumulate(early),
      policy.accumulate(late, { signal: controller.signal }),
      policy.step(ADAM),
    ] as const;
    controller.abort();
    const [, , waiting, step] = await Promise.allSettled(calls);
    expect(waiting).toMatchObject({ status: 'rejected', reason: expect.any(InterruptedError) });
    expect(step).toMatchObject({ status: 'rejected', reason: expect.any(InputError) });
    expect(await scores(policy)).toEqual(before);
    await policy.saveState(place('state'));
    await Promise.all([policy.accumulate(early), policy.accumulate(late), policy.step(ADAM)]);
    expect(await scores(policy)).toEqual(await stepped());
  });
}
