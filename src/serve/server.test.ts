/** The server over real sockets, with the bundled model. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { float32Tensor, int64Tensor, outputColumn, readFloat32, readTensor } from '../engine/tinker/protocol/arrays.js';
import { datum, readSampledIds } from '../engine/tinker/protocol/text.js';
import { zstdFrame } from '../engine/tinker/protocol/zstd.js';
import { tokenIds } from '../text/tokens.js';
import type { RunningServer } from './server.js';
import { DEFAULT_LIMITS, DEFAULT_TIMES } from './settings.js';
import { ADAM, Client, outputOf, shifted, textOf } from './testing/client.js';
import { BUNDLED, testServer } from './testing/server.js';

let folder: string;
let server: RunningServer;
let client: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-test-'));
  server = await testServer(join(folder, 'main'), {
    limits: { ...DEFAULT_LIMITS, bodyBytes: 200_000, requestTokens: 4000, samples: 8, models: 64 },
    times: { ...DEFAULT_TIMES, gap: 1, poll: 1 },
  });
  client = new Client(server.url);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const IDS = [5, 6, 7, 8];

describe('the handshake', () => {
  it('says what it serves and how it wants to be asked', async () => {
    expect((await client.get('healthz')).json).toEqual({ status: 'ok' });
    expect((await client.post('client/config', { sdk_version: '0.38.0' })).json).toMatchObject({
      pjwt_auth_enabled: false,
      parallel_fwdbwd_chunks: true,
      rlt_extensions: expect.arrayContaining(['full_fine_tuning', 'sampling_key']),
    });
    expect((await client.get('get_server_capabilities')).json).toEqual({
      supported_models: [{ model_name: 'base', max_context_length: 512, trainable: true, sampleable: true }],
    });
  });

  it('keeps a session until it is finished', async () => {
    const session = await client.session();
    expect((await client.post('session_heartbeat', { session_id: session })).status).toBe(200);
    expect((await client.get(`sessions/${session}`)).json).toMatchObject({ training_run_ids: [], sampler_ids: [] });
    const model = await client.model(session);
    await client.post(`sessions/${session}/finish`, { reason: { type: 'success' }, detail: null });
    expect((await client.post('session_heartbeat', { session_id: session })).status).toBe(410);
    expect((await client.step(model, 1)).status).toBe(410);
    expect((await client.post('session_heartbeat', { session_id: 'session-x' })).status).toBe(404);
    const found = await client.post('sessions/search', { session_id: session });
    expect(found.json).toMatchObject({
      sessions: [{ status: { type: 'client_finished', reason: { type: 'success' } } }],
    });
  });

  it('names what it does not offer', async () => {
    const answer = await client.post('create_custom_loss', {});
    expect(answer).toMatchObject({ status: 404, json: { detail: expect.stringContaining('create_custom_loss') } });
    const unknown = await client.post('create_model', {
      session_id: await client.session(),
      model_seq_id: 0,
      base_model: 'Qwen/Qwen3-8B',
      lora_config: { rank: 8 },
    });
    expect(unknown).toMatchObject({ status: 400, json: { detail: expect.stringMatching(/no model named.*\n.*base/) } });
    const huge = await client.post('create_model', {
      session_id: await client.session(),
      model_seq_id: 0,
      base_model: 'base',
      lora_config: { rank: 1_000_000_000 },
    });
    expect(huge).toMatchObject({ status: 400, json: { detail: expect.stringContaining('more than 1024') } });
  });
});

describe('training', () => {
  it('a request that was refused leaves no gap, and may come again, corrected', async () => {
    const model = await client.model(await client.session());
    const asked = (seq_id: number, learning_rate: number) =>
      client.post('optim_step', {
        ...{ model_id: model, seq_id },
        adam_params: { ...ADAM, learning_rate },
      });
    const forward = (seq: number) =>
      client.forwardBackward(model, seq, { data: [shifted(IDS, { weights: [1, 1, 1] })] });
    await client.result(await forward(1));
    expect(await asked(2, -1)).toMatchObject({ status: 400 });
    await client.result(await asked(2, 1e-3));
    expect(await asked(3, -1)).toMatchObject({ status: 400 });
    await client.result(await forward(4));
    await client.result(await asked(5, 1e-3));
  });

  it('computes as the engine does, with an adapter and with all weights', async () => {
    const session = await client.session();
    const engine = await openLocalEngine({ threads: 1 });
    const source = { kind: 'directory', directory: BUNDLED } as const;
    const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
    const sequence = { ids: tokenIds(IDS), positions: [1, 2, 3], temperature: 1 };
    for (const [place, lora] of [{ rank: 4, alpha: 32, targets, seed: 3 }, undefined].entries()) {
      const policy = await engine.train(source, lora === undefined ? {} : { lora });
      const model = await client.model(session, lora === undefined ? { lora_config: null } : {}, place);
      expect(await client.logProbs(model, 1)).toEqual(Array.from((await policy.logProbs([sequence]))[0] ?? []));
      // The protocol's own reduction: a sum, with signs.
      const weights = [1, -1, 0.5];
      const sent = await client.forwardBackward(model, 2, { data: [shifted(IDS, { weights })] });
      const stepped = await client.step(model, 3);
      const output = outputOf(await client.result(sent));
      const [before = []] = await policy.accumulate([{ ...sequence, weights }]);
      const loss = -weights.reduce((sum, weight, i) => sum + weight * (before[i] ?? 0), 0);
      expect(output.metrics.get('loss:sum')).toBeCloseTo(loss, 10);
      const { gradientNorm } = await policy.step({
        learningRate: ADAM.learning_rate,
        beta1: ADAM.beta1,
        beta2: ADAM.beta2,
        epsilon: ADAM.eps,
        weightDecay: 0,
        decay: 'all',
      });
      expect((await client.result(stepped)).json).toEqual({
        metrics: { 'grad_norm:mean': gradientNorm },
        type: 'optim_step',
      });
      expect(await client.logProbs(model, 4)).toEqual(Array.from((await policy.logProbs([sequence]))[0] ?? []));
      expect((await client.post('get_info', { model_id: model })).json).toMatchObject({
        is_lora: lora !== undefined,
        model_data: { arch: 'llama', model_name: 'base' },
      });
      await client.result(await client.post('unload_model', { model_id: model }));
      expect((await client.step(model, 5)).status).toBe(410);
    }
    await engine.close();
  });

  it('has the losses of ratios, exactly', async () => {
    const model = await client.model(await client.session());
    const q = (await client.logProbs(model, 1)).map((value) => value - 0.3);
    const ratio = Math.exp(0.3);
    const advantages = [1, -2, 0.5];
    const losses = { importance_sampling: 0.5 * ratio, ppo: -(1.2 - 2 * ratio + 0.5 * 1.2), dro: undefined };
    let seq = 2;
    for (const [loss_fn, expected] of Object.entries(losses)) {
      const sent = await client.forwardBackward(model, seq++, {
        loss_fn,
        data: [shifted(IDS, { logprobs: q, advantages })],
        ...(loss_fn === 'dro' && { loss_fn_config: new Map([['beta', 0.1]]) }),
      });
      const loss = outputOf(await client.result(sent)).metrics.get('loss:sum');
      if (expected === undefined) expect(loss).toBeTypeOf('number');
      else expect(loss).toBeCloseTo(expected, 5);
    }
    expect((await client.result(await client.step(model, seq))).json).toHaveProperty('metrics');
  });

  it('scores targets that are not the next ids, and several for each id', async () => {
    const model = await client.model(await client.session());
    const [, second] = await client.logProbs(model, 1, [5, 6, 9]);
    const third = (await client.logProbs(model, 2, [5, 6, 7, 20]))[2];
    const first = await client.logProbs(model, 3, [5, 6]);
    const rows = datum([5, 6, 7], {
      target_tokens: { ...int64Tensor([6, 6, 9, 7, 20, 20]), shape: [3, 2] },
      weights: { ...float32Tensor([1, 0, 1, 0, 1, 0]), shape: [3, 2] },
    });
    const sent = await client.forwardBackward(model, 4, { data: [rows], forward_only: true });
    const output = outputOf(await client.result(sent));
    const [found = []] = outputColumn(output, 'logprobs');
    expect(output.loss_fn_outputs[0]?.fields.get('logprobs')?.trailing_shape).toEqual([2]);
    [first[0], first[0], second, undefined, third, third].forEach((value, i) => {
      if (value !== undefined) expect(found[i]).toBeCloseTo(value, 4);
    });
  });

  it('reads bodies that are compressed by zstd', async () => {
    const model = await client.model(await client.session());
    const plain = await client.logProbs(model, 1);
    const { FORWARD_BACKWARD_REQUEST } = await import('../engine/tinker/protocol/messages.js');
    const body = FORWARD_BACKWARD_REQUEST.encode({
      model_id: model,
      seq_id: 2,
      loss_fn: 'cross_entropy',
      forward_only: true,
      data: [shifted(IDS, { weights: [1, 1, 1] })],
    });
    const sent = await client.send('POST', 'forward_backward', zstdFrame(body), { 'content-encoding': 'zstd' });
    expect(Array.from(outputColumn(outputOf(await client.result(sent)), 'logprobs')[0] ?? [])).toEqual(plain);
    const gzip = await client.send('POST', 'forward_backward', body, { 'content-encoding': 'gzip' });
    expect(gzip.status).toBe(415);
    expect((await client.post('forward_backward', {})).status).toBe(415);
  });
});

describe('order and repetition', () => {
  it('computes requests in the order of their numbers, however they arrive', async () => {
    const session = await client.session();
    const [one, two] = [await client.model(session, {}, 0), await client.model(session, {}, 1)];
    const late = await client.step(one, 3);
    const early = await client.forwardBackward(one, 2, { data: [shifted([9, 8, 7], { weights: [1, 2] })] });
    await client.forwardBackward(one, 1, {});
    for (const sent of [early, late]) expect((await client.result(sent)).json).not.toHaveProperty('error');
    for (const sent of [
      await client.forwardBackward(two, 1, {}),
      await client.forwardBackward(two, 2, { data: [shifted([9, 8, 7], { weights: [1, 2] })] }),
      await client.step(two, 3),
    ])
      await client.result(sent);
    expect(await client.logProbs(one, 4)).toEqual(await client.logProbs(two, 4));
  });

  it('applies a repeated request once, and refuses its number with another body', async () => {
    const session = await client.session();
    const [one, two] = [await client.model(session, {}, 0), await client.model(session, {}, 1)];
    for (const model of [one, two]) {
      await client.forwardBackward(model, 1, {});
      await client.result(await client.step(model, 2));
    }
    const again = await Promise.all([1, 2, 3].map(() => client.forwardBackward(one, 1, {})));
    expect(new Set(again.map((answer) => textOf(answer, 'request_id'))).size).toBe(1);
    expect((await client.result(await client.step(one, 2))).json).toHaveProperty('metrics');
    const other = await client.step(one, 2, { ...ADAM, learning_rate: 1 });
    expect(other).toMatchObject({ status: 409, json: { detail: expect.stringContaining('another body') } });
    expect(await client.logProbs(one, 3)).toEqual(await client.logProbs(two, 3));
    const made = { session_id: session, model_seq_id: 0, base_model: 'base', lora_config: { rank: 4, seed: 3 } };
    expect((await client.result(await client.post('create_model', made))).json).toEqual({
      model_id: one,
      type: 'create_model',
    });
    expect((await client.post('create_model', { ...made, lora_config: { rank: 2 } })).status).toBe(409);
  });

  it('gives up waiting for a request that never comes, and says which', async () => {
    const model = await client.model(await client.session());
    const answer = await client.result(await client.step(model, 5));
    expect(answer.json).toMatchObject({ category: 'user', error: expect.stringMatching(/request 5 .*request 1/) });
    expect(await client.logProbs(model, 6)).toHaveLength(3);
  });

  it('a pass that fails costs its step, and the next one begins anew', async () => {
    const session = await client.session();
    const [one, two] = [await client.model(session, {}, 0), await client.model(session, {}, 1)];
    const sent = [
      await client.forwardBackward(one, 1, {}),
      await client.forwardBackward(one, 2, { data: [shifted([5, 6, 6000], { weights: [1, 1] })] }),
      await client.forwardBackward(one, 3, {}),
      await client.step(one, 4),
      await client.forwardBackward(one, 5, {}),
      await client.step(one, 6),
    ];
    const results = await Promise.all(sent.map((each) => client.result(each)));
    const errors = results.map(({ json }) => json.error);
    expect(errors[1]).toMatch(/token id 6000 is outside the vocabulary/);
    expect(results[1]?.json).toMatchObject({ rlt_error: { code: 'input', facts: { sample: 0 } } });
    expect(errors[2]).toMatch(/incomplete/);
    expect(errors[3]).toMatch(/an optim_step after a forward_backward that failed/);
    expect([errors[0], errors[4], errors[5]]).toEqual([undefined, undefined, undefined]);
    await client.forwardBackward(two, 1, {});
    await client.result(await client.step(two, 2));
    expect(await client.logProbs(one, 7)).toEqual(await client.logProbs(two, 3));
    // What is sent once the failure is known does not belong to the step that failed.
    await client.result(await client.forwardBackward(one, 8, { loss_fn: 'gspo' }));
    await client.forwardBackward(one, 9, {});
    expect((await client.result(await client.step(one, 10))).json).toHaveProperty('metrics');
    expect((await client.result(await client.step(one, 11))).json.error).toMatch(/without an accumulated gradient/);
  });

  it('forgets a gradient when it is asked to', async () => {
    const model = await client.model(await client.session());
    await client.forwardBackward(model, 1, {});
    await client.result(await client.post('rlt/discard_gradient', { model_id: model, seq_id: 2 }));
    expect((await client.result(await client.step(model, 3))).json.error).toMatch(/without an accumulated gradient/);
  });

  it('cancels what waits', async () => {
    const model = await client.model(await client.session());
    await client.forwardBackward(model, 1, {});
    const waiting = await client.step(model, 3);
    await client.post('cancel_future', { request_id: textOf(waiting, 'request_id') });
    await client.forwardBackward(model, 2, {});
    expect((await client.result(waiting)).json.error).toMatch(/cancelled/);
  });

  it('answers 410 for results that it does not keep', async () => {
    const answer = await client.post('retrieve_future', { request_id: 'session-0:train:0:7' });
    expect(answer).toMatchObject({ status: 410, json: { detail: expect.stringContaining('no longer kept') } });
  });
});

describe('sampling', () => {
  const sampler = async (wish: object, place = 0): Promise<string> =>
    textOf(
      await client.post('create_sampling_session', {
        session_id: await client.session(),
        sampling_session_seq_id: place,
        ...wish,
      }),
      'sampling_session_id',
    );

  it('draws by seeds, with log-probs, and acknowledges an id for each sample', async () => {
    const session = await sampler({ base_model: 'base' });
    const body = { sampling_session_id: session, seq_id: 0, num_samples: 3 };
    const sent = await client.post('asample', {
      ...body,
      prompt: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7] }] },
      sampling_params: { max_tokens: 4, seed: 1, stop: [] },
    });
    expect(sent.json.sample_sequence_ids).toHaveLength(3);
    const { sequences } = await client.sampled({ ...body, seq_id: 1 });
    expect(sequences.map(({ stop_reason }) => stop_reason)).toEqual(['length', 'length', 'length']);
    const ids = sequences.map((one) => [...readSampledIds(one)]);
    // Sample i of a seed is sample 0 of the next seed but i.
    const shiftedSeed = await client.sampled({
      ...body,
      seq_id: 2,
      num_samples: 1,
      sampling_params: { max_tokens: 4, seed: 3, stop: [] },
    });
    expect(shiftedSeed.sequences.map((one) => [...readSampledIds(one)])).toEqual([ids[2]]);
    const [first = []] = ids;
    const scored = await client.sampled({
      sampling_session_id: session,
      seq_id: 3,
      prompt: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7, ...first] }] },
      prompt_logprobs: true,
      sampling_params: { max_tokens: 1 },
    });
    const prompt = readFloat32(scored.prompt_logprobs ?? new Uint8Array());
    expect(prompt).toHaveLength(3 + first.length);
    expect(prompt[0]).toBeNaN();
    const own = readFloat32(sequences[0]?.logprobs ?? new Uint8Array());
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(prompt[3 + i] ?? 0, 4);
    });
  });

  it('reports log-probs at the temperature of sampling, and of prompts at 1', async () => {
    const session = await sampler({ base_model: 'base' });
    const params = { max_tokens: 3, seed: 4, stop: [], temperature: 0.5 };
    const cold = await client.sampled({ sampling_session_id: session, seq_id: 0, sampling_params: params });
    const [sequence] = cold.sequences;
    if (sequence === undefined) throw new Error('no sample');
    const engine = await openLocalEngine({ threads: 1 });
    const model = await engine.open({ kind: 'directory', directory: BUNDLED });
    const ids = tokenIds([5, 6, 7, ...readSampledIds(sequence)]);
    const [tempered = []] = await model.logProbs([{ ids, positions: [3, 4, 5], temperature: 0.5 }]);
    readFloat32(sequence.logprobs ?? new Uint8Array()).forEach((value, i) => {
      expect(value).toBeCloseTo(tempered[i] ?? 0, 4);
    });
    await engine.close();
  });

  it('scores the last tokens and chosen ones, and stops at ids and at text', async () => {
    const session = await sampler({ base_model: 'base' });
    const prompt = { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7, 8] }] };
    const ask = (seq_id: number, more: object) =>
      client.sampled({ sampling_session_id: session, seq_id, prompt, sampling_params: { max_tokens: 1 }, ...more });
    const all = readFloat32((await ask(0, { prompt_logprobs: true })).prompt_logprobs ?? new Uint8Array());
    const last = await ask(1, { prompt_logprobs: true, prompt_logprobs_last_n: 1 });
    const cut = readFloat32(last.prompt_logprobs ?? new Uint8Array());
    expect([...cut.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(cut[3]).toBeCloseTo(all[3] ?? 0, 4);
    const target_prompt_logprobs = { data: [6, -1, 9, 7, 8, 8], dtype: 'int64', shape: [3, 2] };
    const { target_prompt_logprobs: tensor } = await ask(2, { target_prompt_logprobs });
    const targets = tensor === undefined ? [] : readTensor(tensor);
    [all[1], Number.NaN, undefined, all[2], all[3], all[3]].forEach((value, i) => {
      if (value !== undefined && Number.isNaN(value)) expect(targets[i]).toBeNaN();
      else if (value !== undefined) expect(targets[i]).toBeCloseTo(value, 4);
    });
    const free = await ask(3, { sampling_params: { max_tokens: 20, seed: 9, stop: [] } });
    const [sequence] = free.sequences;
    const ids: readonly number[] = sequence === undefined ? [] : readSampledIds(sequence);
    const stop = ids[4] ?? 0;
    const stopped = (await ask(4, { sampling_params: { max_tokens: 20, seed: 9, stop: [stop] } })).sequences[0];
    expect(stopped?.stop_reason).toBe('stop');
    expect(stopped && [...readSampledIds(stopped)]).toEqual(ids.slice(0, ids.indexOf(stop) + 1));
  });

  it('samples snapshots, which stay as they were', async () => {
    const session = await client.session();
    const model = await client.model(session);
    const snapshot = async (seq: number, more: object) =>
      (await client.result(await client.post('save_weights_for_sampler', { model_id: model, seq_id: seq, ...more })))
        .json;
    const { path } = await snapshot(1, { path: 'before' });
    await client.forwardBackward(model, 2, {});
    await client.step(model, 3, { ...ADAM, learning_rate: 0.1 });
    const { sampling_session_id: after } = await snapshot(4, { sampling_session_seq_id: 7 });
    expect(after).toBe(`${session}:sample:7`);
    const made = await client.post('create_sampling_session', {
      session_id: session,
      sampling_session_seq_id: 8,
      model_path: path,
    });
    const prompt = { chunks: [{ type: 'encoded_text', tokens: IDS }] };
    const score = async (id: unknown) => {
      const body = { sampling_session_id: id, seq_id: 0, prompt, prompt_logprobs: true };
      return readFloat32((await client.sampled(body)).prompt_logprobs ?? new Uint8Array()).subarray(1);
    };
    const [old, young] = [await score(made.json.sampling_session_id), await score(after)];
    const trained = await client.logProbs(model, 5);
    trained.forEach((value, i) => {
      expect(young[i]).toBeCloseTo(value, 3);
    });
    expect(Math.abs((old[2] ?? 0) - (young[2] ?? 0))).toBeGreaterThan(0.01);
    expect((await client.get(`samplers/${session}:sample:8`)).json).toMatchObject({
      base_model: 'base',
      model_path: path,
    });
  });

  it.each([
    [{ topk_prompt_logprobs: 2 }, /topk_prompt_logprobs/],
    [{ num_samples: 9 }, /num_samples is 9/],
    [{ prompt: { chunks: [{ type: 'encoded_text', tokens: [1, 999] }] } }, /token id 999/],
    [{ prompt: { chunks: [{ type: 'image', data: '' }] } }, /image/],
    [{ prompt: { chunks: [] } }, /empty prompt/],
    [{ num_samples: 8, sampling_params: { max_tokens: 509 } }, /of which this server takes 4000/],
    [{ sampling_params: { max_tokens: 1, top_p: 0 } }, /top_p 0/],
    [{ sampling_params: { max_tokens: 1, seed: -1 } }, /seed -1/],
    [{ prompt_logprobs: true, prompt_logprobs_last_n: 3 }, /last_n is 3/],
  ])('refuses %o', async (body, message) => {
    const session = await sampler({ base_model: 'base' });
    const answer = await client.post('asample', {
      num_samples: 1,
      prompt: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7] }] },
      sampling_params: { max_tokens: 4 },
      sampling_session_id: session,
      seq_id: 0,
      ...body,
    });
    expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringMatching(message) } });
  });

  it('tells which requests of a sampling session are done', async () => {
    const session = await sampler({ base_model: 'base' });
    await client.sampled({ sampling_session_id: session, seq_id: 0 });
    await client.sampled({ sampling_session_id: session, seq_id: 3_000_000_000 });
    const ask = (more: object) =>
      client.post('retrieve_futures', {
        target: { type: 'sampling_session', sampling_session_id: session, cloned_sampler_id: 0 },
        prev_cursor: 0,
        retrieved_request_ids: [],
        ...more,
      });
    const first = await ask({});
    expect(first.json.completions).toMatchObject([{ state: 'finished', request_id: `${session}:0` }]);
    const rest = await ask({ prev_cursor: first.json.cursor, timeout: 0, retrieved_request_ids: [`${session}:0`] });
    expect(rest.json.completions).toEqual([]);
    expect((await client.post('retrieve_future', { request_id: `${session}:0` })).status).toBe(410);
    expect((await client.post('join_sampling_session', { sampling_session_id: session })).json).toMatchObject({
      client_counter: 1,
    });
  });
});

describe('checkpoints', () => {
  it('are saved, listed, loaded with and without the optimiser, copied and deleted', async () => {
    const session = await client.session();
    const model = await client.model(session);
    await client.forwardBackward(model, 1, {});
    await client.step(model, 2);
    const save = (seq: number, more: object) =>
      client.post('save_weights', { model_id: model, seq_id: seq, ...more }).then((sent) => client.result(sent));
    const { path } = (await save(3, { path: 'ck', ttl_seconds: 3600, user_metadata: { a: 'b' } })).json;
    expect(path).toBe(`tinker://${model}/weights/ck`);
    expect((await save(4, { path: 'ck' })).json.error).toMatch(/overwrite/);
    expect((await save(5, { path: 'ck', overwrite: true })).json.path).toBe(path);
    const load = async (place: number, optimizer: boolean) => {
      const sent = await client.post('load_weights', { session_id: session, model_seq_id: place, path, optimizer });
      expect((await client.result(sent)).json).toEqual({ path, type: 'load_weights' });
      return textOf(sent, 'model_id');
    };
    const [whole, weights] = [await load(1, true), await load(2, false)];
    const legacy = await client.model(session, {}, 3);
    await client.result(await client.post('load_weights', { model_id: legacy, seq_id: 1, path, optimizer: true }));
    const after: number[][] = [];
    for (const [id, first] of [
      [model, 6],
      [whole, 1],
      [legacy, 2],
      [weights, 1],
    ] as const) {
      await client.forwardBackward(id, first, {});
      await client.step(id, first + 1);
      after.push(await client.logProbs(id, first + 2));
    }
    expect(after[1]).toEqual(after[0]);
    expect(after[2]).toEqual(after[0]);
    expect(after[3]).not.toEqual(after[0]);
    const { json } = await client.get(`training_runs/${model}/checkpoints`);
    expect(json.checkpoints).toMatchObject([
      { checkpoint_id: 'weights/ck', checkpoint_type: 'training', tinker_path: path },
    ]);
    expect((await client.post('weights_info', { tinker_path: path })).json).toEqual({
      base_model: 'base',
      is_lora: true,
      lora_rank: 4,
      train_unembed: false,
      train_mlp: true,
      train_attn: true,
    });
    const copied = await client.post('copy_weights', { session_id: session, model_seq_id: 9, source_path: path });
    expect(copied.json.tinker_path).toBe(`tinker://${session}:train:9/weights/ck`);
    expect(
      (await client.send('PUT', `training_runs/${model}/checkpoints/weights/ck/ttl`, '{"ttl_seconds":7200}')).status,
    ).toBe(204);
    expect((await client.send('DELETE', `training_runs/${model}/checkpoints/weights/ck`)).status).toBe(204);
    expect((await client.post('weights_info', { tinker_path: path })).status).toBe(404);
    expect((await client.get(`training_runs/${model}`)).json).toMatchObject({ is_lora: true, last_checkpoint: null });
    expect((await client.post('weights_info', { tinker_path: copied.json.tinker_path })).status).toBe(200);
  });

  it.each(['../outside', '..', 'a/b', '', '/etc/passwd', 'a\\b', `${'x'.repeat(300)}`, 'stopped-3', '.hidden', 'a\0b'])(
    'cannot be named %j',
    async (name) => {
      const model = await client.model(await client.session());
      const before = await readdir(folder, { recursive: true });
      for (const [seq, call] of ['save_weights', 'save_weights_for_sampler'].entries()) {
        if (name === 'stopped-3' && seq === 1) continue;
        const sent = await client.post(call, { model_id: model, seq_id: seq + 1, path: name });
        expect((await client.result(sent)).json.error, call).toMatch(/cannot name a checkpoint|the server's own/);
      }
      const added = (await readdir(folder, { recursive: true })).filter((entry) => !before.includes(entry));
      expect(added.filter((entry) => !entry.endsWith('accepted'))).toEqual([]);
      expect((await client.post('weights_info', { tinker_path: `tinker://${model}/weights/${name}` })).status).not.toBe(
        200,
      );
    },
  );
});

describe('limits', () => {
  it('of bodies, before and after decompression', async () => {
    const large = await client.send('POST', 'create_session', JSON.stringify({ tags: ['x'.repeat(300_000)] }));
    expect(large).toMatchObject({ status: 413, json: { detail: expect.stringContaining('200000 bytes') } });
    const frame = zstdFrame(new Uint8Array(300_000));
    const answer = await client.send('POST', 'forward_backward', frame, { 'content-encoding': 'zstd' });
    expect([400, 413]).toContain(answer.status);
  });

  it('of tokens', async () => {
    const model = await client.model(await client.session());
    const ids = Array.from({ length: 401 }, (_, i) => 5 + (i % 100));
    const data = Array.from({ length: 10 }, () => shifted(ids, { weights: ids.slice(1).map(() => 1) }));
    const sent = await client.forwardBackward(model, 1, { data });
    expect((await client.result(sent)).json.error).toMatch(/4010 tokens, of which this server takes 4000/);
  });

  it('of models in memory: one that is idle makes room, and comes back as it was', async () => {
    const small = await testServer(join(folder, 'small'), { limits: { ...DEFAULT_LIMITS, models: 1 } });
    const own = new Client(small.url);
    const session = await own.session();
    const twins = [await own.model(session, {}, 0), await own.model(session, {}, 1)];
    const found: number[][] = [];
    for (const seq of [1, 4]) {
      for (const model of twins) {
        await own.forwardBackward(model, seq, {});
        await own.step(model, seq + 1);
        found.push(await own.logProbs(model, seq + 2));
      }
    }
    const alone = await own.model(session, {}, 2);
    for (const seq of [1, 3]) {
      await own.forwardBackward(alone, seq, {});
      await own.result(await own.step(alone, seq + 1));
    }
    expect(found[0]).toEqual(found[1]);
    expect(found[2]).toEqual(found[3]);
    expect(await own.logProbs(alone, 5)).toEqual(found[2]);
    // A gradient cannot be put away.
    await own.result(await own.forwardBackward(alone, 6, {}));
    const refused = await own.post('create_model', { session_id: session, model_seq_id: 3, base_model: 'base' });
    expect((await own.result(refused)).json.error).toMatch(/1 models are in memory, .* middle of a step/);
    await small.close();
  });

  it('of what waits', async () => {
    const small = await testServer(join(folder, 'waiting'), { limits: { ...DEFAULT_LIMITS, waiting: 2 } });
    const own = new Client(small.url);
    const model = await own.model(await own.session());
    for (const seq of [2, 3]) expect((await own.forwardBackward(model, seq, {})).status).toBe(200);
    const refused = await own.forwardBackward(model, 4, {});
    expect(refused).toMatchObject({ status: 429, json: { detail: expect.stringContaining('2 requests wait') } });
    expect((await own.forwardBackward(model, 1, {})).status).toBe(200);
    expect((await own.result(await own.forwardBackward(model, 4, {}))).json).not.toHaveProperty('error');
    await small.close();
  });
});
