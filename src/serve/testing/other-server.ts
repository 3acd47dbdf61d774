/**
 * Other servers of the protocol, as far as they were measured to differ from ours: a proxy before a server of ours that
 * changes what passes. docs/engines.md has the measurements.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { float32Tensor, readTensor } from '../../engine/tinker/protocol/arrays.js';
import {
  type Datum,
  FORWARD_BACKWARD_REQUEST,
  type ForwardBackwardRequest,
  SAMPLE_RESPONSE,
} from '../../engine/tinker/protocol/messages.js';
import { zstdContent } from '../../engine/tinker/protocol/zstd.js';
import { type Holds, Traffic } from './traffic.js';

export interface Habits {
  /**
   * Losses are means of the means of sequences, by the sum of the weights for cross_entropy and by the number of tokens
   * for the others, as SkyRL-JAX has them.
   */
  readonly means?: boolean;
  /** Weights are a mask: other than 0 is 1. */
  readonly mask?: boolean;
  /** The optimiser takes the learning rate and nothing else. */
  readonly rateOnly?: boolean;
  /**
   * Sampling a snapshot of before a step undoes the step, if another one was sampled since: SkyRL-JAX reads a snapshot
   * into the model that learns where it is not the last that it read.
   */
  readonly overwrites?: boolean;
  /** The log-probs of a prompt begin with its second token. */
  readonly noGap?: boolean;
  /** Paths that are refused, with what the server says. */
  readonly refuses?: Readonly<Record<string, string>>;
  /** What `client/config` says beside what our server says. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly holds?: Holds;
}

export interface OtherServer {
  readonly url: string;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

/** More than any pass of the tests takes. */
const MOST_BYTES = 2 ** 24;

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const withTensor = (datum: Datum, name: string, change: (values: number[]) => number[]): Datum => {
  const tensor = datum.loss_fn_inputs.get(name);
  if (tensor === undefined) return datum;
  return {
    ...datum,
    loss_fn_inputs: new Map([...datum.loss_fn_inputs, [name, float32Tensor(change(readTensor(tensor)))]]),
  };
};
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

export async function otherServer(target: string, habits: Habits): Promise<OtherServer> {
  /** Sequences since the last step, by model. */
  const sequences = new Map<string, number>();
  let steps = 0;
  /** Steps at the time of each snapshot. */
  const snapshots = new Map<string, number>();
  const requests = new Map<string, { readonly path: string; readonly key: string; readonly step: number }>();
  /** Results of forward passes, by their data and the number of steps before. */
  const forwards = new Map<string, Buffer<ArrayBufferLike>>();
  let undoneTo: number | undefined;
  let lastSampled: unknown;
  const traffic = new Traffic(habits.holds ?? {});

  /** The pass with other weights; undefined where they stay as they are. */
  function changePass(request: ForwardBackwardRequest): Uint8Array | undefined {
    if (request.forward_only) return undefined;
    sequences.set(request.model_id, (sequences.get(request.model_id) ?? 0) + request.data.length);
    if (habits.mask !== true && habits.means !== true) return undefined;
    const data = request.data.map((datum) => {
      if (habits.mask === true)
        return withTensor(datum, 'weights', (values) => values.map((value) => (value === 0 ? 0 : 1)));
      const byWeights = withTensor(datum, 'weights', (values) =>
        values.map((value) => value / Math.max(sum(values), 1e-9)),
      );
      return withTensor(byWeights, 'advantages', (values) => values.map((value) => value / values.length));
    });
    return FORWARD_BACKWARD_REQUEST.encode({ ...request, data });
  }

  function changeStep(body: Buffer): Buffer {
    steps += 1;
    undoneTo = undefined;
    const request = JSON.parse(body.toString());
    const count = sequences.get(request.model_id) ?? 1;
    sequences.delete(request.model_id);
    const { adam_params } = request;
    // Adam divides a gradient of 1 / S times the size by as much: only epsilon notices.
    if (habits.means === true) adam_params.eps *= count;
    if (habits.means === true) adam_params.grad_clip_norm = 0;
    if (habits.rateOnly === true)
      request.adam_params = { learning_rate: adam_params.learning_rate, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    return json(request);
  }

  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    let body: Buffer<ArrayBufferLike> = Buffer.concat(parts);
    const path = (incoming.url ?? '').replace('/api/v1/', '');
    const refused = habits.refuses?.[path];
    if (refused !== undefined) {
      outgoing.writeHead(400, { 'content-type': 'application/json' });
      outgoing.end(json({ detail: refused }));
      return;
    }
    const step = steps;
    let key = '';
    let arrived: ReturnType<Traffic['arrives']> | undefined;
    const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers as Record<string, string>;
    if (path === 'forward_backward') {
      const compressed = headers['content-encoding'] === 'zstd';
      const request = FORWARD_BACKWARD_REQUEST.decode(compressed ? zstdContent(body, MOST_BYTES) : body);
      traffic.passes.push({ sequences: request.data.length, compressed });
      arrived = traffic.arrives({ kind: 'training', model: request.model_id, ofPolicy: false });
      if (request.forward_only)
        key = Buffer.from(FORWARD_BACKWARD_REQUEST.encode({ data: request.data })).toString('base64');
      const changed = changePass(request);
      if (changed !== undefined) {
        body = Buffer.from(changed);
        delete headers['content-encoding'];
      }
    } else if (path === 'optim_step') {
      traffic.steps();
      arrived = traffic.arrives({ kind: 'training', model: JSON.parse(body.toString()).model_id, ofPolicy: false });
      body = changeStep(body);
    } else if (path === 'asample') {
      const sampled = JSON.parse(body.toString()).sampling_session_id;
      const at = snapshots.get(sampled);
      arrived = traffic.arrives({ kind: 'sample', model: '', ofPolicy: at !== undefined });
      if (at !== undefined && at < steps) traffic.staleSamples += 1;
      if (habits.overwrites === true && at !== undefined && at < steps && sampled !== lastSampled) undoneTo = at;
      lastSampled = sampled;
    } else if (path === 'retrieve_future') await traffic.held(JSON.parse(body.toString()).request_id);
    const reply = await fetch(target + incoming.url, {
      method: incoming.method ?? 'GET',
      headers,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    let bytes: Buffer<ArrayBufferLike> = Buffer.from(await reply.arrayBuffer());
    const type = reply.headers.get('content-type') ?? '';
    if (type.includes('json') && path === 'client/config')
      bytes = json({ ...JSON.parse(bytes.toString()), rlt_extensions: [], ...habits.config });
    else if (type.includes('json') && bytes.length > 0) {
      const { request_id: id, sampling_session_id: session, type: state } = JSON.parse(bytes.toString());
      if (arrived !== undefined) traffic.acknowledged(arrived, id);
      if (path === 'retrieve_future' && state !== 'try_again') traffic.done(JSON.parse(body.toString()).request_id);
      if (typeof id === 'string' && path !== 'retrieve_future') requests.set(id, { path, key, step });
      if (path === 'retrieve_future' && typeof session === 'string')
        snapshots.set(session, requests.get(JSON.parse(body.toString()).request_id)?.step ?? steps);
    } else if (path === 'retrieve_future') {
      traffic.done(JSON.parse(body.toString()).request_id);
      const known = requests.get(JSON.parse(body.toString()).request_id);
      if (known?.path === 'forward_backward' && known.key !== '') {
        const before = undoneTo === undefined ? undefined : forwards.get(`${undoneTo} ${known.key}`);
        if (before === undefined) forwards.set(`${known.step} ${known.key}`, bytes);
        else bytes = before;
      } else if (known?.path === 'asample' && habits.noGap === true) {
        const response = SAMPLE_RESPONSE.decode(bytes);
        const prompt = response.prompt_logprobs;
        if (prompt !== undefined)
          bytes = Buffer.from(SAMPLE_RESPONSE.encode({ ...response, prompt_logprobs: prompt.subarray(4) }));
      }
    }
    outgoing.writeHead(reply.status, { 'content-type': type, 'content-length': bytes.length });
    outgoing.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    traffic,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
