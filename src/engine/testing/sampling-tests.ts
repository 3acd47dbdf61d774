import { afterAll, beforeAll, expect, it } from 'vitest';
import { InterruptedError } from '../../errors.js';
import { randomKey } from '../../random.js';
import { farthest } from '../../testing/goldens.js';
import { concatIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import type { Completion, Model, SampleRequest } from '../engine.js';
import { type Bench, request } from './bench.js';

const idsOf = (completions: readonly (readonly Completion[])[]) =>
  completions.map((own) => own.map(({ ids, ended }) => ({ ids, ended })));

export function samplingTests({ engine, source, golden }: Bench): void {
  let model: Model;
  beforeAll(async () => {
    model = await engine.open(source('smollm2'));
  });
  afterAll(() => model.close());

  const requests = [
    request({ count: 5, key: randomKey(1) }, { maxTokens: 8 }),
    request(
      { prompt: tokenIds([5, 6, 7, 8]), count: 2, key: randomKey(2) },
      { maxTokens: 20, topP: 0.9, stopIds: tokenIds([3, 9]) },
    ),
    request({ prompt: tokenIds([4]), count: 3, key: randomKey(3) }, { maxTokens: 5, topK: 5, minP: 0.01 }),
  ];

  it('gives each request its completions, and equal ones for equal calls', async () => {
    const completions = await model.sample(requests);
    expect(completions.map(({ length }) => length)).toEqual([5, 2, 3]);
    const again = await model.sample(requests);
    if (engine.profile.deterministic) expect(again).toEqual(completions);
    else expect(idsOf(again)).toEqual(idsOf(completions));
  });

  it('draws by the key of a request, whatever else is in the call', async () => {
    const together = idsOf(await model.sample(requests));
    for (const [i, one] of requests.entries()) expect(idsOf(await model.sample([one]))).toEqual([together[i]]);
    expect(idsOf(await model.sample([...requests].reverse()))).toEqual([...together].reverse());
    const other = await model.sample(requests.map((one) => ({ ...one, key: randomKey(99) })));
    expect(idsOf(other)).not.toEqual(together);
  });

  it('continues a request at its first sample', async () => {
    const [whole = []] = idsOf(await model.sample([request({ count: 6 }, { maxTokens: 8 })]));
    const [rest = []] = idsOf(await model.sample([request({ count: 4, firstSample: 2 }, { maxTokens: 8 })]));
    expect(rest).toEqual(whole.slice(2));
  });

  it('is greedy at temperature 0', async () => {
    const { prompt, ids } = golden.greedy;
    const greedy = { temperature: 0, maxTokens: ids.length };
    const [[completion] = []] = await model.sample([request({ prompt }, greedy), request({ count: 2 })]);
    expect(completion?.ids).toEqual(ids);
    expect(completion?.ended).toBe('length');
    expect(completion?.logProbs.of).toBe(engine.profile.sampledLogProbs === 'none' ? 'none' : 'raw');
  });

  it('says why a completion ended: a stop id, the most tokens, the context', async () => {
    const all = tokenIds(Array.from({ length: 49 }, (_, id) => id));
    const long = tokenIds(Array.from({ length: 60 }, (_, i) => i % 49));
    const [[stopped] = [], [cut] = [], [full] = []] = await model.sample([
      request({}, { stopIds: all }),
      request({}, { maxTokens: 4 }),
      request({ prompt: long }, { maxTokens: 50 }),
    ]);
    expect(stopped).toMatchObject({ ended: 'stop', ids: { length: 1 } });
    expect(cut).toMatchObject({ ended: 'length', ids: { length: 4 } });
    expect(full).toMatchObject({ ended: 'context', ids: { length: 4 } });
  });

  it('reports log-probs of the kind that the profile names, as logProbs computes them', async () => {
    const { sampledLogProbs, anyTemperature } = engine.profile;
    const temperature = 0.7;
    const asked = request({ count: 3 }, { temperature, maxTokens: 6, topK: 10 });
    const [completions = []] = await model.sample([asked]);
    const at = sampledLogProbs === 'tempered' ? temperature : 1;
    const scored =
      at === 1 || anyTemperature
        ? await model.logProbs(completions.map(({ ids }) => scoring(asked, ids, at)))
        : undefined;
    for (const [i, { ids, logProbs }] of completions.entries()) {
      expect(logProbs.of).toBe(sampledLogProbs);
      if (logProbs.of === 'none') continue;
      expect(logProbs.values).toHaveLength(ids.length);
      if (scored !== undefined) expect(farthest(logProbs.values, scored[i] ?? [])).toBeLessThan(5e-5);
    }
  });

  it('reports the completions of each request once, when they are there', async () => {
    const reported = new Map<number, readonly Completion[]>();
    const completions = await model.sample(requests, {
      onCompletions(index, own) {
        expect(reported.has(index)).toBe(false);
        reported.set(index, own);
      },
    });
    expect([...reported.keys()].sort()).toEqual([0, 1, 2]);
    for (const [index, own] of reported) expect(own).toEqual(completions[index]);
  });

  it('reports a request before others are done', async () => {
    const controller = new AbortController();
    const work = [2, 60, 60, 60].map((maxTokens) => request({ count: 300 }, { maxTokens }));
    const reported: number[] = [];
    const call = model.sample(work, {
      signal: controller.signal,
      onCompletions(index) {
        reported.push(index);
        controller.abort();
      },
    });
    await expect(call).rejects.toThrow(InterruptedError);
    expect(reported.length).toBeLessThan(work.length);
  });

  it('fails with what a listener throws, and goes on', async () => {
    const call = model.sample(requests, {
      onCompletions() {
        throw new RangeError('not today');
      },
    });
    await expect(call).rejects.toThrow('not today');
    expect(await model.sample(requests)).toHaveLength(3);
  });

  it('reports progress in tokens and sequences of the whole call', async () => {
    const seen: { readonly tokens: number; readonly sequencesDone: number }[] = [];
    const completions = await model.sample(requests, { onProgress: (progress) => seen.push(progress) });
    const tokens = completions.flat().reduce((total, { ids }) => total + ids.length, 0);
    expect(seen.at(-1)).toEqual({ tokens, sequencesDone: 10 });
    expect(seen.map((one) => one.tokens)).toEqual(seen.map((one) => one.tokens).sort((a, b) => a - b));
  });
}

function scoring({ prompt }: SampleRequest, ids: TokenIds, temperature: number) {
  return { ids: concatIds(prompt, ids), positions: ids.map((_, i) => prompt.length + i), temperature };
}
