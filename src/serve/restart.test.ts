/** Servers that are stopped or killed, and started again in the same directory. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusyError } from '../errors.js';
import { DEFAULT_TIMES } from './settings.js';
import { childServer } from './testing/child-server.js';
import { Client, textOf } from './testing/client.js';
import { testServer } from './testing/server.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-restart-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Two steps, and the log-probs after each, from request `first` on. */
async function twoSteps(client: Client, model: string, first: number): Promise<number[][]> {
  const found: number[][] = [];
  for (const seq of [first, first + 3]) {
    await client.forwardBackward(model, seq, {});
    await client.step(model, seq + 1);
    found.push(await client.logProbs(model, seq + 2));
  }
  return found;
}

/** A server of the bundled model in a process of its own, and a client of it. */
async function ownProcess(directory: string) {
  const server = await childServer('builtin:base', directory);
  return { ...server, client: new Client(server.url) };
}

describe('a server that is stopped', () => {
  it('goes on as if it had not been: models, results, numbers, snapshots', async () => {
    const directory = join(folder, 'stopped');
    const before = await testServer(directory);
    let client = new Client(before.url);
    const session = await client.session();
    const [one, two] = [await client.model(session, {}, 0), await client.model(session, {}, 1)];
    const expected = [...(await twoSteps(client, two, 1)), ...(await twoSteps(client, two, 7))];
    const found = await twoSteps(client, one, 1);
    const unfetched = await client.forwardBackward(one, 7, { forward_only: true });
    await client.result(unfetched);
    const snapshot = await client.result(
      await client.post('save_weights_for_sampler', { model_id: one, seq_id: 8, sampling_session_seq_id: 0 }),
    );
    const sampled = await client.sampled({ sampling_session_id: snapshot.json.sampling_session_id, seq_id: 0 });
    await before.close();

    const after = await testServer(directory);
    client = new Client(after.url);
    expect((await client.post('session_heartbeat', { session_id: session })).status).toBe(200);
    // A repeated request is known, and its result still there.
    expect(textOf(await client.forwardBackward(one, 7, { forward_only: true }), 'request_id')).toBe(`${one}:7`);
    expect((await client.result(unfetched)).bytes).toBeDefined();
    expect(await client.sampled({ sampling_session_id: snapshot.json.sampling_session_id, seq_id: 1 })).toEqual(
      sampled,
    );
    found.push(...(await twoSteps(client, one, 9)));
    expect(found).toEqual(expected);
    const { json } = await client.get(`training_runs/${one}/checkpoints`);
    expect(json.checkpoints).toMatchObject([{ checkpoint_id: 'weights/stopped-8' }]);
    await after.close();
  });

  it('says what became of a gradient that no step had used', async () => {
    const directory = join(folder, 'gradient');
    const before = await testServer(directory);
    let client = new Client(before.url);
    const model = await client.model(await client.session());
    const [first] = await twoSteps(client, model, 1);
    await client.result(await client.forwardBackward(model, 7, {}));
    await before.close();
    const after = await testServer(directory);
    client = new Client(after.url);
    const refused = await client.step(model, 8);
    expect(refused).toMatchObject({
      status: 410,
      json: { detail: expect.stringMatching(/requests 7 to 7 .* are lost\n.*weights\/stopped-6, .* after request 6/) },
    });
    const path = /tinker:\S+stopped-6/.exec(String(refused.json.detail))?.[0];
    const loaded = await client.post('load_weights', {
      session_id: model.replace(/:train:0$/, ''),
      model_seq_id: 1,
      path,
      optimizer: true,
    });
    await client.result(loaded);
    expect((await client.logProbs(textOf(loaded, 'model_id'), 1))[0]).not.toEqual(first?.[0]);
    await after.close();
  });

  it('leaves what it did not compute to be asked again, or names it as lost', async () => {
    const directory = join(folder, 'waiting');
    const before = await testServer(directory);
    let client = new Client(before.url);
    const session = await client.session();
    const model = await client.model(session);
    const made = await client.post('create_sampling_session', {
      session_id: session,
      sampling_session_seq_id: 0,
      base_model: 'base',
    });
    const ask = (seq_id: number, num_samples: number, max_tokens: number) =>
      client.post('asample', {
        num_samples,
        prompt: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7] }] },
        sampling_params: { max_tokens, seed: 1, stop: [] },
        sampling_session_id: made.json.sampling_session_id,
        seq_id,
      });
    const long = await ask(0, 1024, 500);
    const waiting = await client.forwardBackward(model, 1, {});
    await before.close();
    const after = await testServer(directory);
    client = new Client(after.url);
    expect((await client.result(long)).status).toBe(410);
    expect((await client.result(await ask(1, 1, 2))).bytes).toBeDefined();
    expect(await client.result(waiting)).toMatchObject({
      status: 410,
      json: { detail: expect.stringMatching(/requests 1 to 1 .* are lost\n.*Nothing of this model was saved/) },
    });
    await after.close();
  });

  it('keeps its directory to itself', async () => {
    const directory = join(folder, 'locked');
    const server = await testServer(directory);
    await expect(testServer(directory)).rejects.toThrow(BusyError);
    await server.close();
    await (await testServer(directory)).close();
  });

  it('puts away the models of a client that is silent, and brings them back', async () => {
    const server = await testServer(join(folder, 'silent'), { times: { ...DEFAULT_TIMES, session: 0 } });
    const client = new Client(server.url);
    const session = await client.session();
    const [one, two] = [await client.model(session, {}, 0), await client.model(session, {}, 1)];
    const expected = await twoSteps(client, two, 1);
    const [first] = await twoSteps(client, one, 1);
    const weights = join(folder, 'silent', 'runs', one.replaceAll(':', '.'), 'weights');
    await expect.poll(() => readdir(weights).catch(() => []), { timeout: 15_000 }).toEqual(['stopped-6']);
    expect(first).toEqual(expected[0]);
    expect(await client.logProbs(one, 7)).toEqual(expected[1]);
    await server.close();
  });
});

describe('a server that is killed', () => {
  it('brings models back from their last saved states, and names what is lost', async () => {
    const directory = join(folder, 'killed');
    const first = await ownProcess(directory);
    const session = await first.client.session();
    const [lost, kept, twin] = [
      await first.client.model(session, {}, 0),
      await first.client.model(session, {}, 1),
      await first.client.model(session, {}, 2),
    ];
    const expected = [...(await twoSteps(first.client, twin, 1)), ...(await twoSteps(first.client, twin, 7))];
    const paths: unknown[] = [];
    for (const model of [lost, kept]) {
      await twoSteps(first.client, model, 1);
      const saved = await first.client.post('save_weights', { model_id: model, seq_id: 7, path: 'ck' });
      paths.push((await first.client.result(saved)).json.path);
    }
    await first.client.forwardBackward(lost, 8, {});
    await first.client.result(await first.client.step(lost, 9));
    await first.client.logProbs(kept, 8);
    expect((await first.stop('SIGKILL')).code).toBeNull();

    const second = await ownProcess(directory);
    const { client } = second;
    expect((await client.post('session_heartbeat', { session_id: session })).status).toBe(200);
    // What was computed after the state was saved changed nothing here: the model goes on.
    expect(await twoSteps(client, kept, 9)).toEqual(expected.slice(2));
    const detail = `requests 8 to 9 of ${lost} are lost\n  Make a model from its last saved state, ${paths[0]}, and continue after request 7.`;
    const refused = await client.forwardBackward(lost, 10, {});
    expect(refused).toMatchObject({ status: 410, json: { detail: expect.stringContaining(detail) } });
    const result = await client.post('retrieve_future', { request_id: `${lost}:9` });
    expect(result).toMatchObject({ status: 410, json: { detail: expect.stringContaining(detail) } });
    const sent = await client.post('load_weights', {
      session_id: session,
      model_seq_id: 3,
      path: paths[0],
      optimizer: true,
    });
    await client.result(sent);
    expect(await twoSteps(client, textOf(sent, 'model_id'), 1)).toEqual(expected.slice(2));
    // Nothing of this one was ever saved.
    expect((await client.step(twin, 13)).json.detail).toMatch(/Nothing of this model was saved/);
    const stopped = await second.stop('SIGTERM');
    expect(stopped).toMatchObject({
      code: 0,
      errors: expect.stringContaining('stopped; sessions, models and results'),
    });
  });

  it('is not stopped by what a killed one left half written', async () => {
    const directory = join(folder, 'half');
    const first = await testServer(directory);
    const client = new Client(first.url);
    const model = await client.model(await client.session());
    await client.result(await client.post('save_weights', { model_id: model, seq_id: 1, path: 'whole' }));
    await first.close();
    const weights = join(directory, 'runs', model.replaceAll(':', '.'), 'weights');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(weights, 'half', 'state'), { recursive: true });
    await writeFile(join(weights, 'half', 'state', 'state.safetensors'), 'x');
    const second = await testServer(directory);
    const { json } = await new Client(second.url).get('checkpoints');
    expect(json.checkpoints).toMatchObject([{ checkpoint_id: 'weights/whole' }]);
    expect(await readdir(weights)).toEqual(['whole']);
    await second.close();
  });
});
