/** What the engine asks of servers of the completions API, what it makes of their answers, and what it refuses. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConnectionError, UnsupportedError } from '../../errors.js';
import { farthest } from '../../testing/goldens.js';
import { concatIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import type { Completion, Engine, Model } from '../engine.js';
import { ADAM, request, sequence } from '../testing/bench.js';
import { openExactEngine, scratchFolder, withTokenizer } from '../testing/completions-models.js';
import { reasonOf, servedCompletions } from '../testing/served-completions.js';
import { completion, errorBody, llamaCompletion, modelList, tokenized, version, weightInfo } from './messages.js';

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let directory: string;
let local: Engine;
let exact: Model;
beforeAll(async () => {
  folder = await scratchFolder();
  directory = await withTokenizer(folder.path, 'smollm2');
  local = await openExactEngine();
  exact = await local.open({ kind: 'directory', directory });
});
afterAll(async () => {
  await local.close();
  await folder.remove();
});

const { serve, connect, tiny } = servedCompletions(() => directory);

/** The log-probs of completions by the local engine. */
async function exactly(prompt: TokenIds, completions: readonly Completion[], temperature: number) {
  return exact.logProbs(
    completions.map(({ ids }) => ({
      ids: concatIds(prompt, ids),
      positions: ids.map((_, i) => prompt.length + i),
      temperature,
    })),
  );
}

describe('vLLM', () => {
  it('says everything about sampling that its model could have a default for', async () => {
    const server = await serve();
    const model = await (await connect(server)).open(tiny());
    server.seen.length = 0;
    await model.sample([request({ count: 2 }, { maxTokens: 3, stopIds: tokenIds([7]) })]);
    const asked = server.seen.filter(({ call }) => call === 'POST /v1/completions').map(({ body }) => body);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({
      model: 'tiny',
      prompt: [1, 2, 3],
      n: 1,
      max_tokens: 3,
      temperature: 1,
      top_p: 1,
      top_k: -1,
      min_p: 0,
      repetition_penalty: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      stop_token_ids: [7],
      ignore_eos: true,
      logprobs: 0,
      return_token_ids: true,
    });
    expect(Number(asked[1]?.seed)).toBe(Number(asked[0]?.seed) + 1);
  });

  it('scores with one sequence per request, up to the last position that is asked for', async () => {
    const server = await serve();
    const model = await (await connect(server)).open(tiny());
    server.seen.length = 0;
    const found = await model.logProbs([
      sequence({ positions: [1, 2] }),
      sequence({ ids: tokenIds([4, 5]), positions: [] }),
    ]);
    const expected = await exact.logProbs([sequence({ positions: [1, 2] })]);
    expect(farthest(found[0] ?? [], expected[0] ?? [])).toBeLessThan(1e-4);
    expect(found[1]).toHaveLength(0);
    const asked = server.seen.filter(({ call }) => call === 'POST /v1/completions');
    expect(asked.map(({ body }) => body)).toEqual([
      { model: 'tiny', prompt: [1, 2, 3], n: 1, max_tokens: 1, temperature: 1, prompt_logprobs: 0 },
    ]);
  });

  it.each([
    ['raw', 'raw', 1],
    ['processed', 'tempered', 0.5],
  ] as const)('finds out which log-probs come with samples: %s', async (logProbs, of, at) => {
    const engine = await connect(await serve({ logProbs }));
    expect(engine.profile.sampledLogProbs).toBe(of);
    const model = await engine.open(tiny());
    const asked = request({ count: 3 }, { temperature: 0.5, maxTokens: 6 });
    const [completions = []] = await model.sample([asked]);
    const expected = await exactly(asked.prompt, completions, at);
    for (const [i, { logProbs: found }] of completions.entries()) {
      expect(found.of).toBe(of);
      if (found.of !== 'none') expect(farthest(found.values, expected[i] ?? [])).toBeLessThan(1e-4);
    }
    // Processed log-probs are those of what top-p has left.
    const [[cut] = []] = await model.sample([request({}, { temperature: 0.5, topP: 0.9 })]);
    expect(cut?.logProbs.of).toBe(of === 'raw' ? 'raw' : 'none');
    const [[greedy] = []] = await model.sample([request({}, { temperature: 0 })]);
    expect(greedy?.logProbs.of).toBe('raw');
  });

  it('has no more requests in flight than it may', async () => {
    const server = await serve();
    const model = await (await connect(server, { requestsInFlight: 3 })).open(tiny());
    await Promise.all([
      model.sample([request({ count: 20 })]),
      model.logProbs(Array.from({ length: 20 }, () => sequence())),
    ]);
    expect(server.mostInFlight()).toBeLessThanOrEqual(3);
    expect(server.mostInFlight()).toBeGreaterThan(1);
  });

  it.each([
    ['alone where the server takes adapters, which ends it otherwise', true],
    ['together where it does not', false],
  ])('scores %s', async (_, lora) => {
    const server = await serve({ lora });
    const engine = await connect(server);
    const models = await Promise.all([engine.open(tiny()), engine.open(tiny())]);
    const before = server.mostInFlight();
    const asked = () => server.seen.filter(({ call }) => call === 'POST /v1/completions').length;
    const askedAtTheStart = asked();
    const [rows, completions, others] = await Promise.all([
      models[0].logProbs(Array.from({ length: 8 }, () => sequence())),
      models[1].sample([request({ count: 8 })]),
      models[1].logProbs(Array.from({ length: 8 }, () => sequence())),
    ]);
    expect(before).toBe(1);
    expect([rows.length, completions[0]?.length, others.length]).toEqual([8, 8, 8]);
    // Only samples share the server that takes adapters.
    expect(server.mostInFlight() > 8).toBe(!lora);
    expect(asked() - askedAtTheStart).toBe(24);
  });

  it('carries adapters by names of its own, and takes them off', async () => {
    const policy = await local.train(
      { kind: 'directory', directory },
      { lora: { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'], seed: 1 } },
    );
    await policy.accumulate([sequence()]);
    await policy.step(ADAM);
    const saved = await policy.save(join(folder.path, 'adapter'));
    const server = await serve();
    const engine = await connect(server);
    const [base, adapted] = await Promise.all([engine.open(tiny()), engine.open(saved)]);
    const [found, expected] = [await adapted.logProbs([sequence()]), await policy.logProbs([sequence()])];
    expect(farthest(found[0] ?? [], expected[0] ?? [])).toBeLessThan(1e-4);
    const plain = await exact.logProbs([sequence()]);
    expect(farthest(expected[0] ?? [], plain[0] ?? [])).toBeGreaterThan(1e-3);
    // The frozen student on the same server is what it was.
    expect(farthest((await base.logProbs([sequence()]))[0] ?? [], plain[0] ?? [])).toBeLessThan(1e-4);
    await adapted.close();
    expect(server.seen.at(-1)?.call).toBe('POST /v1/unload_lora_adapter');
  });

  it("puts a policy's weights in the place of the server's own, and these back in the end", async () => {
    const policy = await local.train({ kind: 'directory', directory });
    const server = await serve();
    const engine = await connect(server);
    let before: Model | undefined;
    for (const step of [0, 1]) {
      await policy.accumulate([sequence()]);
      await policy.step(ADAM);
      const model = await engine.open(await policy.save(join(folder.path, `weights-${step}`)));
      await before?.close();
      before = model;
      const [found, expected] = [await model.logProbs([sequence()]), await policy.logProbs([sequence()])];
      expect(farthest(found[0] ?? [], expected[0] ?? [])).toBeLessThan(1e-4);
    }
    expect(server.seen.filter(({ call }) => call === 'POST /reset_prefix_cache')).toHaveLength(2);
    await expect(engine.open(tiny())).rejects.toThrow(
      /weights of a policy in the place of those of tiny.*two servers/s,
    );
    // Another engine is told as well: the mark stays on the server.
    await expect((await connect(server)).open(tiny())).rejects.toThrow(/Another run put them there/);
    await before?.close();
    const again = await engine.open(tiny());
    const plain = await exact.logProbs([sequence()]);
    expect(farthest((await again.logProbs([sequence()]))[0] ?? [], plain[0] ?? [])).toBeLessThan(1e-4);
    // While the frozen student is open, nothing takes its place.
    await expect(engine.open({ kind: 'directory', directory })).rejects.toThrow(/weights of tiny are in use/);
  });

  it('notices that the server changed its weights while they were in use', async () => {
    const server = await serve();
    const [one, other] = [await connect(server), await connect(server)];
    const student = await one.open(tiny());
    await student.logProbs([sequence()]);
    await other.open({ kind: 'directory', directory });
    const error = await reasonOf(student.logProbs([sequence()]));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/changed the weights of tiny while they were in use/),
    });
  });

  it('asks again when the server is busy or fails, and says which model is gone when it was restarted', async () => {
    let faults = [503, 429, 500, 500];
    let gone = false;
    const server = await serve({
      before(path) {
        if (path !== '/v1/completions') return undefined;
        if (gone) return { status: 404, json: { error: { message: 'The model `tiny` does not exist.' } } };
        const status = faults.shift();
        return status === undefined ? undefined : { status, json: { error: { message: `status ${status}` } } };
      },
    });
    const model = await (await connect(server)).open(tiny());
    expect(await model.logProbs([sequence()])).toHaveLength(1);
    faults = [500, 500, 500];
    await expect(model.logProbs([sequence()])).rejects.toThrow(/status 500/);
    gone = true;
    await expect(model.logProbs([sequence()])).rejects.toThrow(/`tiny` does not exist/);
  });
});

describe("llama.cpp's server", () => {
  it('samples with its defaults switched off, and cuts at stop ids that it does not know', async () => {
    const server = await serve({ kind: 'llamacpp' });
    const engine = await connect(server);
    expect(engine.profile).toMatchObject({ scoring: false, sampledLogProbs: 'raw', sources: ['served'] });
    const model = await engine.open(tiny());
    const asked = request({ count: 4 }, { maxTokens: 8, stopIds: tokenIds([2, 5, 6, 7, 8, 9, 10, 11, 12]) });
    const [completions = []] = await model.sample([asked]);
    expect(server.seen.find(({ call }) => call === 'POST /completion')?.body).toMatchObject({
      top_k: 0,
      top_p: 1,
      min_p: 0,
      typical_p: 1,
      repeat_penalty: 1,
      dry_multiplier: 0,
      xtc_probability: 0,
      mirostat: 0,
      n_predict: 8,
      return_tokens: true,
    });
    const expected = await exactly(asked.prompt, completions, 1);
    for (const [i, { ids, ended, logProbs }] of completions.entries()) {
      const end = ids.findIndex((id) => asked.settings.stopIds.includes(id));
      expect([ended, end]).toEqual(end < 0 ? ['length', -1] : ['stop', ids.length - 1]);
      if (logProbs.of !== 'none') expect(farthest(logProbs.values, expected[i] ?? [])).toBeLessThan(1e-4);
    }
    expect(completions.some(({ ended }) => ended === 'stop')).toBe(true);
    await expect(model.logProbs([sequence()])).rejects.toThrow(UnsupportedError);
  });

  it('an end of text that is no stop id here is an error, not a completion', async () => {
    const model = await (await connect(await serve({ kind: 'llamacpp' }))).open(tiny());
    const error = await reasonOf(model.sample([request({ count: 60 }, { maxTokens: 60 })]));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ message: expect.stringMatching(/ended a completion by itself \(eos\)/) });
  });
});

const RECORDED = fileURLToPath(new URL('../../../../shared/data/tinker/', import.meta.url));
const FILES = [
  'vllm-0.32-completions-tiny.json',
  'vllm-0.32-lora-stop-reload-errors.json',
  'vllm-0.32-processed_logprobs-reload_weights.json',
  'vllm-0.32-smollm2-float32.json',
  'llama.cpp-server-xllamacpp.json',
].filter((name) => existsSync(join(RECORDED, name)));
if (FILES.length === 0)
  console.log('skipped: ../shared/data/tinker is not here, so no recorded answers of vLLM and llama.cpp are read');

describe.skipIf(FILES.length === 0).each(FILES)('recorded: %s', (name) => {
  const exchange = z.object({
    name: z.string(),
    method: z.string(),
    path: z.string(),
    request: z.unknown(),
    status: z.int(),
    response: z.unknown(),
  });
  const exchanges = z.array(exchange).parse(JSON.parse(readFileSync(join(RECORDED, name), 'utf8')));
  const isLlama = name.startsWith('llama');
  const schemas: Record<string, z.ZodType> = {
    '/v1/models': modelList,
    '/version': version,
    '/weight_info': weightInfo,
    '/tokenize': tokenized,
    '/completion': llamaCompletion,
    ...(isLlama ? {} : { '/v1/completions': completion }),
  };
  const ofOnePrompt = z.object({ n: z.literal(1).default(1), prompt: z.array(z.int()) });

  it('every answer has the form that the engine reads', () => {
    let read = 0;
    for (const { path, status, request: asked, response } of exchanges) {
      const schema = schemas[path];
      if (status >= 400) expect(errorBody.safeParse(response).success).toBe(true);
      else if (schema !== undefined && (path !== '/v1/completions' || ofOnePrompt.safeParse(asked).success)) {
        expect(schema.safeParse(response).error).toBeUndefined();
        read += 1;
      }
    }
    expect(read).toBeGreaterThan(0);
  });
});
