import { afterAll, describe, expect, it } from 'vitest';
import { RandomStream, randomKey } from '../../../../random.js';
import {
  distribution,
  farthest,
  GOLDEN_MODELS,
  goldenSource,
  openPolicy,
  testRuntime,
  valuesOf,
} from '../../../../testing/goldens.js';
import { concatIds, type TokenIds, tokenIds } from '../../../../text/tokens.js';
import type { Completion, LoraSettings, SampleRequest, SamplingSettings } from '../../../engine.js';
import { loadWeights, trainable } from '../../weights/weights-source.js';
import { LocalModel, LocalPolicy } from '../local-model.js';

const runtime = testRuntime();
/** Room for a few rows at a time: every call becomes many batches. */
const cramped = testRuntime({ cacheBytes: 20_000, activationBytes: 1 });
/** Guesses tokens although the models are small. */
const guessing = testRuntime({ lookupTokens: 5 });
/** Have prompts and what follows them in one cache although the models are small, without guesses and with them. */
const joining = testRuntime({}, { joinsSmall: true });
const joiningAndGuessing = testRuntime({ lookupTokens: 5 }, { joinsSmall: true });
/** Reads prompts in pieces of 64 tokens, of all sequences together. */
const inPieces = testRuntime({ activationBytes: 1 }, { joinsSmall: true });
/** Have float32 weights in the programs of few rows, without guesses and with them, which read in pieces too. */
const packing = testRuntime({ packedWeights: true }, { joinsSmall: true });
const packingAndGuessing = testRuntime(
  { packedWeights: true, lookupTokens: 5, activationBytes: 1 },
  { joinsSmall: true },
);
/** Prompts attend to themselves in two blocks of queries, from 20 tokens on in four. */
const inBlocks = testRuntime({}, { twoBlocks: 5 });
afterAll(() =>
  Promise.all(
    [runtime, cramped, guessing, joining, joiningAndGuessing, inPieces, packing, packingAndGuessing, inBlocks].map(
      (one: typeof runtime) => one.close(),
    ),
  ),
);

const stream = new RandomStream(randomKey(9, 'sampling'));
const text = (length: number) => tokenIds(Array.from({ length }, () => stream.integer(0, 47)));
const request = (
  prompt: TokenIds,
  count: number,
  settings: Partial<SamplingSettings> = {},
  seed = 0,
): SampleRequest => ({
  prompt,
  count,
  settings: { temperature: 1, maxTokens: 12, stopIds: tokenIds([]), ...settings },
  key: randomKey(seed, 'sample'),
});

/** Stop ids of a third of the vocabulary end rows early, one after the other. */
const STOPS = tokenIds(Array.from({ length: 16 }, (_, i) => 3 * i));
const calls: Record<string, readonly SampleRequest[]> = {
  'one row': [request(text(5), 1)],
  'a group': [request(text(5), 7)],
  'prompts of one token and of many': [request(text(1), 2), request(text(30), 2), request(text(8), 2)],
  'groups of unequal size': [request(text(6), 5), request(text(9), 1), request(text(3), 8), request(text(6), 2)],
  'rows that end at different times': [
    request(text(6), 9, { stopIds: STOPS }),
    request(text(4), 9, { stopIds: STOPS }),
  ],
  'groups that end as a whole, before others': [
    request(text(6), 3, { maxTokens: 2 }),
    request(text(11), 3, { maxTokens: 9 }),
    request(text(2), 3, { maxTokens: 1 }),
    request(text(5), 3, { maxTokens: 30, stopIds: STOPS }),
  ],
  'long completions, through growth of the cache, to the end of the context': [
    request(text(2), 3, { maxTokens: 99 }),
    request(text(20), 4, { maxTokens: 40 }),
    request(text(3), 3, { maxTokens: 57, stopIds: tokenIds([1, 2]) }),
  ],
  'temperatures of all kinds at once': [0, 0.3, 1, 2].map((temperature) => request(text(7), 3, { temperature })),
};

describe.each(GOLDEN_MODELS.filter((name) => !['llama3-rope', 'qwen2-yarn'].includes(name)))('%s', async (name) => {
  const source = goldenSource(name);
  const lora: LoraSettings | undefined =
    name === 'qwen2' ? { rank: 2, alpha: 4, targets: ['q_proj', 'up_proj'], seed: 2 } : undefined;
  const policy = await openPolicy(runtime, source, lora);
  const inBatches = await openPolicy(cramped, source, lora);

  const requests = Object.values(calls).flat();
  const together = await policy.sample(requests);
  /** What a call's requests were given among all others. */
  const ofCall = (call: string) => {
    const names = Object.entries(calls).flatMap(([name, own]) => own.map(() => name));
    return requests.flatMap((request, r) => (names[r] === call ? [{ request, completions: together[r] ?? [] }] : []));
  };

  it.each(Object.keys(calls))('%s: the cache gives what a full forward pass gives', async (call) => {
    const sampled = ofCall(call).flatMap(({ request: { prompt, settings, count }, completions }) => {
      expect(completions).toHaveLength(count);
      const temperature = settings.temperature === 0 ? 1 : settings.temperature;
      return completions.map(({ ids, logProbs }) => ({ prompt, ids, logProbs, temperature }));
    });
    const scored = await policy.logProbs(
      sampled.map(({ prompt, ids, temperature }) => ({
        ids: concatIds(prompt, ids),
        positions: ids.map((_, i) => prompt.length + i),
        temperature,
      })),
    );
    for (const [i, { logProbs }] of sampled.entries())
      expect(farthest(valuesOf(logProbs), scored[i] ?? [])).toBeLessThan(5e-5);
  });

  it.each(Object.keys(calls))('%s: why each ended', (call) => {
    for (const { request, completions } of ofCall(call)) {
      const { prompt, settings } = request;
      for (const { ids, ended, logProbs } of completions) {
        const room = policy.facts.contextTokens - prompt.length;
        const stopped = settings.stopIds.includes(ids.at(-1) ?? -1);
        expect(ids.slice(0, -1).some((id) => settings.stopIds.includes(id))).toBe(false);
        expect(valuesOf(logProbs)).toHaveLength(ids.length);
        expect(ended).toBe(stopped ? 'stop' : room < settings.maxTokens ? 'context' : 'length');
        if (!stopped) expect(ids).toHaveLength(Math.min(room, settings.maxTokens));
      }
    }
  });

  it('what is sampled depends neither on the other requests, nor on their order, nor on room', async () => {
    const ids = (completions: typeof together) => completions.map((group) => group.map((one) => one.ids));
    const backwards = await policy.sample([...requests].reverse());
    expect(ids([...backwards].reverse())).toEqual(ids(together));
    expect(ids(await inBatches.sample(requests))).toEqual(ids(together));
    const alone = [];
    for (const one of requests) alone.push(...(await policy.sample([one])));
    expect(ids(alone)).toEqual(ids(together));
  });
});

describe.each(GOLDEN_MODELS)('%s, guessing tokens that stood before', async (name) => {
  const plain = await openPolicy(runtime, goldenSource(name));
  const policy = await openPolicy(guessing, goldenSource(name));
  /** A prompt that repeats itself, and so is guessed from. */
  const repeated = (length: number) => tokenIds(Array.from(text(4 * length), (_, i) => 5 + (i % length)));
  const ended = (completions: readonly (readonly Completion[])[]) =>
    completions.map((own) => own.map(({ ids, ended }) => ({ ids, ended })));

  it.each([
    ['many rows, of which the last are few', Object.values(calls).flat()],
    ['a group', calls['a group'] ?? []],
    ['one greedy row to the end of the context', [request(repeated(3), 1, { temperature: 0, maxTokens: 99 })]],
    [
      'greedy rows and others, that end by tokens that are guessed',
      [
        request(repeated(2), 1, { temperature: 0, maxTokens: 30 }),
        request(text(9), 2, { temperature: 0.5, maxTokens: 30, stopIds: STOPS }),
        request(repeated(5), 1, { temperature: 0.2, maxTokens: 17 }),
      ],
    ],
    ['four rows', [request(repeated(3), 3, { temperature: 0.3, maxTokens: 20 }), request(text(2), 1)]],
  ] as const)('%s: as without guesses', async (_, requests) => {
    const expected = await plain.sample(requests);
    const completions = await policy.sample(requests);
    expect(ended(completions)).toEqual(ended(expected));
    const logProbs = (all: typeof expected) => all.flat().map((one) => valuesOf(one.logProbs));
    logProbs(completions).forEach((values, i) => {
      expect(farthest(values, logProbs(expected)[i] ?? [])).toBeLessThan(5e-5);
    });
  });

  it('a text that repeats itself takes fewer steps, and tells each token', async () => {
    const told: number[] = [];
    let steps = 0;
    const onToken = (_: number, __: number, id: number) => told.push(id);
    const onProgress = () => {
      steps += 1;
    };
    const settings = { temperature: 0, maxTokens: 40 };
    const [[completion] = []] = await policy.sample([request(repeated(1), 1, settings)], { onToken, onProgress });
    expect(told).toEqual([...(completion?.ids ?? [])]);
    const distinct = new Set(told).size;
    // Models with random weights soon say the same token, or the same few, for ever.
    expect(distinct).toBeLessThan(told.length);
    expect(steps).toBeLessThan(told.length);
  });
});

/** Single rows, at most four of them. */
const singles: Record<string, readonly SampleRequest[]> = {
  'one row': [request(text(5), 1)],
  'one row, of one token, to the end of the context': [request(text(1), 1, { maxTokens: 99 })],
  'prompts of one token and of many': [request(text(1), 1), request(text(30), 1), request(text(8), 1)],
  'prompts that end in the first piece, at its end, at the start of the next, and in the last': [
    request(text(3), 1),
    request(text(16), 1),
    request(text(17), 1),
    request(text(40), 1),
  ],
  'rows that end at different times': [
    request(text(6), 1, { maxTokens: 3 }),
    request(text(4), 1, { maxTokens: 30, stopIds: STOPS }),
    request(text(11), 1, { maxTokens: 1 }),
    request(text(7), 1, { maxTokens: 40 }),
  ],
  'temperatures of all kinds, and growth': [0, 0.3, 1, 2].map((temperature, i) =>
    request(text(5 + i), 1, { temperature, maxTokens: 40 }),
  ),
  'five rows, which are not few': Array.from({ length: 5 }, (_, i) => request(text(3 + i), 1)),
};

describe.each(GOLDEN_MODELS)('%s, read and decoded by other programs', async (name) => {
  const source = goldenSource(name);
  const lora: LoraSettings | undefined =
    name === 'qwen2' ? { rank: 2, alpha: 4, targets: ['q_proj', 'up_proj'], seed: 2 } : undefined;
  const usual = await openPolicy(runtime, source, lora);
  const weights = trainable(await loadWeights(source), lora);
  const others = [
    ...(await Promise.all(
      [joining, joiningAndGuessing, inPieces, inBlocks].map((one) => openPolicy(one, source, lora)),
    )),
    ...[packing, packingAndGuessing].map((one) => LocalModel.frozen(one, weights)),
  ];

  it.each(Object.entries({ ...singles, 'many rows': Object.values(calls).flat() }))(
    '%s: one cache for prompt and completion, and prompts in pieces and blocks, change nothing',
    async (_, requests) => {
      const expected = await usual.sample(requests);
      for (const model of others) {
        const completions = await model.sample(requests);
        expect(completions.map((own) => own.map(({ ids, ended }) => ({ ids, ended })))).toEqual(
          expected.map((own) => own.map(({ ids, ended }) => ({ ids, ended }))),
        );
        completions.flat().forEach(({ logProbs }, i) => {
          const other = expected.flat()[i];
          expect(farthest(valuesOf(logProbs), other ? valuesOf(other.logProbs) : [])).toBeLessThan(5e-5);
        });
      }
    },
  );
});

describe('packed weights', async () => {
  const opened = async () => {
    const weights = await loadWeights(goldenSource('smollm2'));
    return { model: LocalModel.frozen(packing, weights), weights };
  };
  const sampled = async (model: LocalModel, calls: readonly SampleRequest[]) =>
    (await model.sample(calls)).flat().map(({ ids, logProbs }) => ({ ids, values: valuesOf(logProbs) }));
  const [few, many] = [[request(text(9), 1)], [request(text(9), 6)]];

  it('few rows are computed with what the program holds, others with the weights themselves', async () => {
    const { model, weights } = await opened();
    const [before, ofMany] = [await sampled(model, few), await sampled(model, many)];
    const changed = weights.base.get('layers.0.down');
    changed?.set(changed.map((value) => -3 * value));
    expect(await sampled(model, few)).toEqual(before);
    expect(await sampled(model, many)).not.toEqual(ofMany);
    // A policy has none of them: what it learns changes what it samples.
    const policy = new LocalPolicy(packing, weights);
    expect(await sampled(policy, few)).not.toEqual(before);
    await model.close();
    await policy.close();
  });

  it('models of the same weights share them, until the last is closed', async () => {
    const { model, weights } = await opened();
    const other = LocalModel.frozen(packing, weights);
    const before = await sampled(model, few);
    await model.close();
    expect(await sampled(other, few)).toEqual(before);
    await other.close();
    await expect(other.sample(few)).rejects.toThrow('this model was closed');
    const again = await opened();
    expect(await sampled(again.model, few)).toEqual(before);
    await again.model.close();
  });
});

describe('random numbers', async () => {
  const policy = await openPolicy(runtime, goldenSource('smollm2'));
  const prompt = text(6);

  it('a request can be continued at any sample', async () => {
    const whole = await policy.sample([request(prompt, 7)]);
    const parts = await policy.sample([request(prompt, 3), { ...request(prompt, 4), firstSample: 3 }]);
    expect(parts.flat().map(({ ids }) => ids)).toEqual(whole.flat().map(({ ids }) => ids));
  });

  it('another key gives other samples, the same key the same', async () => {
    const [a, b, c] = await policy.sample([
      request(prompt, 5, {}, 1),
      request(prompt, 5, {}, 1),
      request(prompt, 5, {}, 2),
    ]);
    expect(b).toEqual(a);
    expect(c?.map(({ ids }) => ids)).not.toEqual(a?.map(({ ids }) => ids));
  });

  it.each([0.6, 1.5])(
    'frequencies are those of the distribution at temperature %s (chi-square)',
    async (temperature) => {
      const count = 4000;
      const [samples = []] = await policy.sample([request(prompt, count, { temperature, maxTokens: 2 })]);
      const sharpened = (logProbs: Float32Array) => {
        const raw = Array.from(logProbs, (logProb) => Math.exp(logProb / temperature));
        const total = raw.reduce((a, b) => a + b, 0);
        return raw.map((value) => value / total);
      };
      const check = (ids: readonly (number | undefined)[], probabilities: readonly number[]) => {
        // Tokens that are expected fewer than five times count as one.
        const bins: { expected: number; found: number }[] = [];
        const rest = { expected: 0, found: 0 };
        probabilities.forEach((probability, id) => {
          const expected = probability * ids.length;
          const found = ids.filter((other) => other === id).length;
          if (expected >= 5) bins.push({ expected, found });
          else {
            rest.expected += expected;
            rest.found += found;
          }
        });
        if (rest.expected >= 5) bins.push(rest);
        else if (bins[0] !== undefined) {
          bins[0].expected += rest.expected;
          bins[0].found += rest.found;
        }
        const statistic = bins.reduce((sum, { expected, found }) => sum + (found - expected) ** 2 / expected, 0);
        const freedom = bins.length - 1;
        expect(freedom).toBeGreaterThan(2);
        // Mean plus four deviations of a chi-square; the seed is fixed, so this holds always or never.
        expect(statistic).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
      };
      const firsts = samples.map(({ ids }) => ids[0]);
      check(firsts, sharpened(await distribution(policy, prompt)));
      // The second token, after the first that came most often: by way of the cache.
      const tally = (id: number | undefined) => firsts.filter((other) => other === id).length;
      const common = [...new Set(firsts)].reduce((a, b) => (tally(b) > tally(a) ? b : a)) ?? 0;
      const seconds = samples.filter(({ ids }) => ids[0] === common).map(({ ids }) => ids[1]);
      check(seconds, sharpened(await distribution(policy, [...prompt, common])));
    },
  );

  it('greedy samples are all the same', async () => {
    const [samples = []] = await policy.sample([request(prompt, 3, { temperature: 0 })]);
    expect(samples[1]).toEqual(samples[0]);
    expect(samples[2]).toEqual(samples[0]);
  });
});
