/** This client on the replies that the official SDK got: it reads in them what the SDK read, and asks as the SDK asked. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnsupportedError } from '../../../errors.js';
import { tokenIds } from '../../../text/tokens.js';
import { float32Tensor, int64Tensor } from '../protocol/arrays.js';
import { API } from '../protocol/endpoints.js';
import { FORWARD_BACKWARD_REQUEST } from '../protocol/messages.js';
import { datum } from '../protocol/text.js';
import { type Exchange, message, sdkSession } from '../testing/recorded.js';
import { type Answer, type ScriptedServer, scriptedServer } from '../testing/scripted-server.js';
import { Session } from './session.js';
import { TIMES } from './times.js';
import { Transport } from './transport.js';

const { exchanges, seen } = sdkSession();
const nameOf = ({ path }: Exchange): string => path.replace(API, '');
/** The recorded exchanges of a call, in their order. */
const recorded = (name: string): readonly Exchange[] => exchanges.filter((one) => nameOf(one) === name);

function answerOf({ status, response }: Exchange): Answer {
  const { data } = message.safeParse(response);
  return data === undefined
    ? { status, json: response }
    : { status, bytes: new Uint8Array(Buffer.from(data._base64, 'base64')) };
}

let server: ScriptedServer;
let session: Session;
beforeAll(async () => {
  server = await scriptedServer((path, before, { body }) => {
    const of = recorded(path);
    if (path === 'session_heartbeat') return { json: { type: path } };
    const found =
      path === 'retrieve_future'
        ? of.find(({ request }) => JSON.stringify(request).includes(`"${JSON.parse(body.toString()).request_id}"`))
        : (of[before] ?? of.at(-1));
    return found === undefined ? { status: 404, json: { detail: 'Not Found' } } : answerOf(found);
  });
  const keys = { apiKeyVariable: 'A_KEY', apiKeyFile: null };
  const times = { ...TIMES, backoffMs: 1, mostBackoffMs: 5 };
  session = await Session.open(new Transport({ url: server.url, keys, key: undefined, agent: 'test', times }), 'test');
});
afterAll(async () => {
  await session.close('success');
  await server.close();
});

const sent = (name: string) => server.seen.filter(({ path }) => path === name).map(({ body }) => body);
const asJson = (body: Buffer | undefined): unknown => JSON.parse(String(body));

it('reads what the SDK read, and asks as it asked', async () => {
  const lora = { rank: 4, seed: 3, train_attn: true, train_mlp: true, train_unembed: true };
  const model = await session.createModel('base', lora);
  expect(asJson(sent('create_model')[0])).toMatchObject({ model_seq_id: 0, base_model: 'base', lora_config: lora });
  expect(recorded('create_model')[0]?.request).toMatchObject({
    model_seq_id: 0,
    base_model: 'base',
    lora_config: lora,
  });

  const ids = tokenIds(seen.ids);
  const columns = { target_tokens: int64Tensor(seen.ids.slice(1)), weights: float32Tensor(seen.weights) };
  const pass = {
    loss: 'cross_entropy',
    forwardOnly: false,
    data: [datum(ids.slice(0, -1), columns)],
    expected: [{ targets: seen.weights.length }],
  };
  const [row] = await (await model.pass(pass)).result;
  expect(Array.from(row ?? [])).toEqual(seen.logProbs);
  const theirs = message.parse(recorded('forward_backward')[0]?.request);
  const [ours] = sent('forward_backward');
  expect(FORWARD_BACKWARD_REQUEST.decode(ours ?? new Uint8Array())).toEqual(
    FORWARD_BACKWARD_REQUEST.decode(Buffer.from(theirs._base64, 'base64')),
  );

  const { gradientNorm } = await (await model.step(seen.adam)).result;
  expect(gradientNorm).toBe(seen.step['grad_norm:mean']);
  expect(recorded('optim_step')[0]?.request).toMatchObject(asJson(sent('optim_step')[0]) as object);

  const sampler = await (await model.snapshot()).result;
  const params = { max_tokens: 4, seed: 1, temperature: 1, top_k: -1, top_p: 1, stop: [] };
  const samples = await sampler.sample(ids, 2, params, { vocabulary: 1000, signal: undefined, finish: false });
  expect(samples.map((one) => ({ ids: Array.from(one.ids), logProbs: Array.from(one.logProbs ?? []) }))).toEqual(
    seen.samples,
  );
  expect(samples.map(({ stopped }) => stopped)).toEqual([false, false]);
  const { num_samples, prompt, sampling_session_id, seq_id } = asJson(sent('asample')[0]) as Record<string, unknown>;
  expect(recorded('asample')[0]?.request).toMatchObject({ num_samples, prompt, sampling_session_id, seq_id });
  expect(Array.from(await sampler.promptLogProbs(ids))).toEqual(seen.promptLogProbs);

  expect(await (await model.save('recorded')).result).toBe(seen.path);
  const info = { base_model: 'base', is_lora: true, lora_rank: 4 };
  const loaded = await session.loadModel(seen.path, true, info, lora);
  expect(loaded.id).toBe(`${session.id}:train:1`);
  expect(recorded('load_weights')[0]?.request).toMatchObject(asJson(sent('load_weights')[0]) as object);

  const refused = (await model.pass({ ...pass, loss: 'gspo' })).result;
  await expect(refused).rejects.toThrow(UnsupportedError);
  await expect(refused).rejects.toThrow(/no loss named "gspo"/);
});
