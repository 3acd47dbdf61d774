/** Every bad input comes back as its typed error, and the engine goes on. */
import { beforeAll, expect, it } from 'vitest';
import { InputError, InterruptedError, NumericError, UsageError } from '../../errors.js';
import { sliceIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import type { Model, Policy, SampleRequest, WeightedSequence } from '../engine.js';
import { ADAM, type Bench, request, sequence } from './bench.js';

export function errorTests({ open, openInSmallBatches, engine, source }: Bench): void {
  const trains = engine.profile.training !== undefined;
  let model: Model;
  /** The same, where the engine trains. */
  let policy: Policy;
  beforeAll(async () => {
    if (trains) policy = await engine.train(source('smollm2'));
    model = trains ? policy : await engine.open(source('smollm2'));
  });

  const stillWorks = async (opened: Model = model) => {
    const [scored] = await opened.logProbs([sequence()]);
    expect(scored?.every(Number.isFinite)).toBe(true);
  };
  const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (reason: unknown) => reason,
    );

  const long = tokenIds(Array.from({ length: 65 }, () => 1));
  const sequences: Record<string, [readonly WeightedSequence[], RegExp]> = {
    'no sequences': [[], /an empty batch/],
    'an id outside the vocabulary': [
      [sequence(), sequence({ ids: tokenIds([1, 49, 2, 2]) })],
      /token id 49.*vocabulary of 49.*sample 1/,
    ],
    'a negative id': [[sequence({ ids: tokenIds([-1, 2, 3, 4]) })], /token id -1.*sample 0/],
    'an id that is not whole': [[sequence({ ids: tokenIds([1.5, 2, 3, 4]) })], /token id 1\.5/],
    'a sequence beyond the context': [
      [sequence(), sequence({ ids: long })],
      /65 tokens exceeds the context of 64.*sample 1/,
    ],
    'an id of text': [[sequence({ ids: ['5', 2, 3, 4] as unknown as TokenIds })], /token id "5" is not a whole number/],
    'position 0': [[sequence({ positions: [0, 1] })], /position 0.*sample 0/],
    'a position beyond the end': [[sequence({ positions: [1, 4] })], /position 4/],
    'positions out of order': [[sequence({ positions: [3, 1] })], /position 1 is listed after position 3/],
  };
  it.each(Object.entries(sequences))('%s', async (_, [given, message]) => {
    for (const refuse of [() => model.logProbs(given), ...(trains ? [() => policy.accumulate(given)] : [])]) {
      const error = await reasonOf(refuse());
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({ message: expect.stringMatching(message) });
    }
    await stillWorks();
  });

  it.skipIf(!engine.profile.anyTemperature)('temperatures that are zero or not a number', async () => {
    for (const temperature of [0, Number.NaN]) {
      for (const refuse of [policy.logProbs, policy.accumulate]) {
        const refused = refuse.call(policy, [sequence({ temperature })]);
        await expect(refused).rejects.toThrow(InputError);
        await expect(refused).rejects.toThrow(`temperature ${temperature}`);
      }
    }
    await stillWorks();
  });

  it.skipIf(!trains)('weights that are too few, too many or not finite', async () => {
    await expect(policy.accumulate([sequence({ weights: [1] })])).rejects.toThrow(InputError);
    await expect(policy.accumulate([sequence({ weights: [1, 2, 3] })])).rejects.toThrow(InputError);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const refused = policy.accumulate([sequence(), sequence({ weights: [1, bad] })]);
      await expect(refused).rejects.toThrow(NumericError);
      await expect(refused).rejects.toThrow(/weight 1.*tensor weights, sample 1/);
    }
    await stillWorks();
  });

  const requests: Record<string, [readonly SampleRequest[], RegExp]> = {
    'no requests': [[], /no prompts/],
    'an empty prompt': [[request(), request({ prompt: tokenIds([]) })], /empty prompt.*sample 1/],
    'a prompt that fills the context': [[request({ prompt: sliceIds(long, 0, 64) })], /64 tokens leaves no room/],
    'an unknown id': [[request({ prompt: tokenIds([77]) })], /token id 77/],
    'no samples': [[request({ count: 0 })], /count 0/],
    'a negative temperature': [[request({}, { temperature: -1 })], /temperature -1/],
    'top-p of 0': [[request({}, { topP: 0 })], /topP 0/],
    'a fraction of top-k': [[request({}, { topK: 1.5 })], /topK 1\.5/],
    'min-p above 1': [[request({}, { minP: 2 })], /minP 2/],
    'no tokens': [[request({}, { maxTokens: 0 })], /maxTokens 0/],
  };
  it.each(Object.entries(requests))('%s', async (_, [given, message]) => {
    const error = await reasonOf(model.sample(given));
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    await stillWorks();
  });

  const forms: Record<string, [unknown, string]> = {
    'requests that are none': [undefined, 'requests: expected a list of requests, but it is missing'],
    'a request without a key': [{ key: undefined }, 'requests: expected a list of requests, but element 0 has no key'],
    'a key that is a word': [{ key: 'a' }, 'requests.0.key: expected a random key'],
    'a key that is an object': [{ key: {} }, 'requests.0.key: expected a random key'],
    'a key of two words beyond 32 bits': [{ key: { low: 2 ** 32, high: 0 } }, 'requests.0.key: expected a random key'],
    'a request without settings': [{ settings: undefined }, 'element 0 has no settings'],
    'settings without stop ids': [{ settings: { temperature: 1, maxTokens: 3 } }, 'requests.0.settings.stopIds'],
    'a misspelt setting': [
      { settings: { temperature: 1, maxTokens: 3, stopIds: [], top_p: 0.9 } },
      'there is no such option (field requests.0.settings.top_p)\n  Did you mean "topP"?',
    ],
    'a setting that is a text': [
      { settings: { temperature: 1, maxTokens: 3, stopIds: [], topP: '0.9' } },
      'requests.0.settings.topP: expected a number, not "0.9"',
    ],
  };
  it.each(Object.entries(forms))('%s', async (_, [given, message]) => {
    const requests = given === undefined ? given : [{ ...request(), ...(given as object) }];
    const error = await reasonOf(model.sample(requests as never));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    await stillWorks();
  });

  it('sequences that are none', async () => {
    const { weights: _, ...scored } = sequence();
    for (const given of [undefined, {}, [undefined], [{ ...scored, positions: 1 }], [{ ids: scored.ids }]])
      expect(await reasonOf(model.logProbs(given as never))).toBeInstanceOf(UsageError);
    if (trains) {
      await expect(policy.accumulate([scored as never])).rejects.toThrow('element 0 has no weights');
      await expect(policy.accumulate([{ ...scored, weights: 1 } as never])).rejects.toThrow(UsageError);
    }
    await stillWorks();
  });

  it.each([null, 5, { signal: {} }, { onProgress: 5 }, { onCompletions: 'all' }, { onToken: null }])(
    'options of calls that are none: %j',
    async (given) => {
      expect(await reasonOf(model.sample([request()], given as never))).toBeInstanceOf(UsageError);
      expect(await reasonOf(model.logProbs([sequence()], given as never))).toBeInstanceOf(UsageError);
      await stillWorks();
    },
  );

  it('places of models that are none', async () => {
    const calls = [engine.open.bind(engine), ...(trains ? [engine.train.bind(engine)] : [])];
    for (const call of calls)
      for (const given of [undefined, 'builtin:base', {}, { kind: 'folder' }, { kind: 'directory' }])
        expect(await reasonOf(call(given as never))).toBeInstanceOf(UsageError);
    if (trains) {
      const targets = ['q_proj'];
      const wrong: readonly unknown[] = [
        { rank: 2, alpha: 4, target: targets, seed: 1 },
        { rank: 2, alpha: Number.NaN, targets, seed: 1 },
        { rank: 2, alpha: Number.POSITIVE_INFINITY, targets, seed: 1 },
      ];
      for (const lora of wrong)
        expect(await reasonOf(engine.train(source('smollm2'), { lora } as never))).toBeInstanceOf(UsageError);
    }
  });

  it.skipIf(!trains)('settings of a step that are none leave weights and gradient as they are', async () => {
    const own = await engine.train(source('smollm2'));
    const before = await own.logProbs([sequence()]);
    await own.accumulate([sequence()]);
    const wrong: readonly unknown[] = [
      undefined,
      {},
      { learningRate: 0.001 },
      { ...ADAM, learningRate: Number.NaN },
      { ...ADAM, learningRate: Number.POSITIVE_INFINITY },
      { ...ADAM, learningRate: '0.001' },
      { ...ADAM, learningRate: -0.001 },
      { ...ADAM, learningRate: 1e30 },
      { ...ADAM, learningRate: 0.01, weightDecay: 101 },
      { ...ADAM, beta2: 1 },
      { ...ADAM, epsilon: '1e-8' },
      { ...ADAM, epsilon: 0 },
      { ...ADAM, weightDecay: -1 },
      { ...ADAM, clipNorm: Number.NaN },
      { ...ADAM, decay: 'none' },
      { ...ADAM, clipnorm: 1 },
    ];
    for (const settings of wrong) {
      const error = await reasonOf(own.step(settings as never));
      expect(error, JSON.stringify(settings)).toBeInstanceOf(UsageError);
    }
    expect(await reasonOf(own.step({ ...ADAM, clipnorm: 1 } as never))).toMatchObject({
      summary: 'policy.step: settings.clipnorm: there is no such option',
      facts: { remedy: expect.stringContaining('Did you mean "clipNorm"?') },
    });
    expect(await own.logProbs([sequence()])).toEqual(before);
    // The gradient of before is still there.
    await own.step(ADAM);
    expect(await own.logProbs([sequence()])).not.toEqual(before);
    await own.close();
  });

  it.skipIf(!trains)('what is saved without a path, and states that are none', async () => {
    for (const call of [policy.save.bind(policy), policy.saveState.bind(policy), policy.restoreState.bind(policy)])
      for (const given of [undefined, '', 5, {}])
        expect(await reasonOf(call(given as never)), String(given)).toBeInstanceOf(UsageError);
    await stillWorks();
  });

  it.skipIf(!trains)('a step without a gradient', async () => {
    await expect(policy.step(ADAM)).rejects.toThrow(InputError);
    await stillWorks();
  });

  it.skipIf(engine.profile.training?.blending !== true)(
    'a share outside [0, 1], a copy of another engine',
    async () => {
      const copy = await policy.freeze();
      await expect(policy.blendInto(copy, 1.5)).rejects.toThrow(InputError);
      const other = await open();
      const foreign = await (await other.train(source('smollm2'))).freeze();
      await expect(policy.blendInto(foreign, 0.5)).rejects.toThrow(InputError);
      await other.close();
    },
  );

  it('what cannot be sent to where it is computed is the mistake of that call alone', async () => {
    await expect(model.sample([request({ prompt: [() => 1] as never })])).rejects.toThrow(/could not be cloned/);
    await stillWorks();
  });

  it.skipIf(!engine.profile.anyTemperature)(
    'numbers that are not finite name the tensor and the sample, and leave the model as it was',
    async () => {
      // So near 0 that the logits of this sequence alone overflow.
      const bad = sequence({ temperature: 1e-40 });
      const failures = [
        () => policy.logProbs([sequence(), bad]),
        () => policy.accumulate([sequence(), bad]),
        () => policy.sample([request(), request({ prompt: tokenIds([3, 2]) }, { temperature: 1e-40 })]),
      ];
      const tensors = ['logProbs', 'logProbs', 'probabilities'];
      for (const [i, fail] of failures.entries()) {
        const error = await reasonOf(fail());
        expect(error).toBeInstanceOf(NumericError);
        expect(error).toMatchObject({ facts: { tensor: tensors[i], sample: 1 } });
        await stillWorks();
      }
      // Half a batch does not reach a step.
      await expect(policy.step(ADAM)).rejects.toThrow(InputError);
    },
  );

  it.skipIf(!trains)('a gradient that is not finite stops the step and leaves the weights', async () => {
    const own = await engine.train(source('smollm2'));
    const before = await own.logProbs([sequence()]);
    await own.accumulate([sequence({ weights: [3e38, -3e38] }), sequence({ weights: [3e38, -3e38] })]);
    const error = await reasonOf(own.step(ADAM));
    expect(error).toBeInstanceOf(NumericError);
    expect(error).toMatchObject({ facts: { tensor: expect.stringMatching(/./) } });
    expect(await own.logProbs([sequence()])).toEqual(before);
    await own.accumulate([sequence()]);
    await own.step(ADAM);
    await own.close();
  });

  it('interruption before and in the middle of a call leaves the model usable', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      ...sequence({ ids: tokenIds(Array.from({ length: 2 + (i % 60) }, () => i % 49)), positions: [1], weights: [1] }),
    }));
    const small = await openInSmallBatches();
    const learner = trains ? await small.train(source('smollm2')) : undefined;
    const own = learner ?? (await small.open(source('smollm2')));
    const before = await own.logProbs([sequence()]);
    const kinds = {
      logProbs: (signal: AbortSignal, onProgress: () => void) => own.logProbs(many, { signal, onProgress }),
      ...(learner && {
        accumulate: (signal: AbortSignal, onProgress: () => void) => learner.accumulate(many, { signal, onProgress }),
      }),
      sample: (signal: AbortSignal, onProgress: () => void) =>
        own.sample([request({ count: 2000 }, { maxTokens: 60 })], { signal, onProgress }),
    };
    for (const [name, start] of Object.entries(kinds)) {
      const never = start(AbortSignal.abort(), () => undefined);
      await expect(never, name).rejects.toThrow(InterruptedError);
      const controller = new AbortController();
      const stopped = start(controller.signal, () => controller.abort());
      await expect(stopped, name).rejects.toThrow(InterruptedError);
      expect(await own.logProbs([sequence()]), name).toEqual(before);
    }
    // The half-finished gradient is gone.
    if (learner !== undefined) await expect(learner.step(ADAM)).rejects.toThrow(InputError);
    await small.close();
  });

  it.skipIf(!trains)(
    'a gradient and its step, issued together, are both done or both undone, whenever they are interrupted',
    async () => {
      const own = await engine.train(source('smollm2'));
      const outcomes = new Set<string>();
      const both = (signal?: AbortSignal) =>
        Promise.allSettled([
          own.accumulate([sequence(), sequence()], signal === undefined ? {} : { signal }),
          own.step(ADAM),
        ]);
      // The first call loads programs.
      await both();
      const began = performance.now();
      await both();
      const whole = performance.now() - began;
      for (const share of [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, undefined]) {
        const before = await own.logProbs([sequence()]);
        const controller = new AbortController();
        if (share !== undefined) setTimeout(() => controller.abort(), share * whole);
        const [accumulated, stepped] = await both(controller.signal);
        const changed = JSON.stringify(await own.logProbs([sequence()])) !== JSON.stringify(before);
        expect([stepped.status, changed], `after ${share} of ${whole} ms`).toEqual([
          accumulated.status,
          accumulated.status === 'fulfilled',
        ]);
        if (accumulated.status === 'rejected') expect(accumulated.reason).toBeInstanceOf(InterruptedError);
        outcomes.add(accumulated.status);
      }
      expect(outcomes).toContain('fulfilled');
      await own.close();
    },
  );

  it('interruption of a call that waits its turn ends that one alone', async () => {
    const controller = new AbortController();
    const first = model.sample([request({ count: 4 }, { maxTokens: 20 })]);
    const second = model.logProbs([sequence()], { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toThrow(InterruptedError);
    expect(await first).toHaveLength(1);
  });

  it('a closed model and a closed engine say so', async () => {
    const own = await open();
    const opened = await own.open(source('smollm2'));
    await stillWorks(opened);
    await opened.close();
    await expect(opened.logProbs([sequence()])).rejects.toThrow(InputError);
    const other = await own.open(source('smollm2'));
    const [last] = await Promise.all([other.logProbs([sequence()]), own.close()]);
    expect(last).toHaveLength(1);
    await expect(other.logProbs([sequence()])).rejects.toThrow(UsageError);
    await own.close();
  });
}
