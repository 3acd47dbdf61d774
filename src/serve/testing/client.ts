/** Requests to a server over real sockets, as tests make them. */
import { setTimeout as delay } from 'node:timers/promises';
import { float32Tensor, int64Tensor, outputColumn } from '../../engine/tinker/protocol/arrays.js';
import {
  FORWARD_BACKWARD_OUTPUT,
  FORWARD_BACKWARD_REQUEST,
  type ForwardBackwardOutput,
  SAMPLE_RESPONSE,
  type SampleResponse,
} from '../../engine/tinker/protocol/messages.js';
import { datum } from '../../engine/tinker/protocol/text.js';

export interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
  readonly bytes: Uint8Array | undefined;
}

/** Text of an answer's field. */
export const textOf = (answer: Answer, field: string): string => String(answer.json[field]);

export const ADAM = { learning_rate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0, grad_clip_norm: 0 };

/** A sequence whose ids predict one another, with a column of numbers for each prediction. */
export const shifted = (ids: readonly number[], columns: Readonly<Record<string, readonly number[]>>) =>
  datum(ids.slice(0, -1), {
    target_tokens: int64Tensor(ids.slice(1)),
    ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, float32Tensor(values)])),
  });

export class Client {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = `${url}/api/v1/`;
    this.headers = headers;
  }

  async send(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && {
          'content-type': typeof body === 'string' ? 'application/json' : 'application/x-protobuf',
        }),
        ...this.headers,
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json = isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>) : {};
    return { status: response.status, json, bytes: isJson ? undefined : bytes };
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body: object): Promise<Answer> {
    return this.send('POST', path, JSON.stringify(body));
  }

  /** The result of an acknowledged request. */
  async result(acknowledged: Answer | string): Promise<Answer> {
    const id = typeof acknowledged === 'string' ? acknowledged : textOf(acknowledged, 'request_id');
    for (;;) {
      const answer = await this.post('retrieve_future', { request_id: id });
      if (answer.status !== 408) return answer;
      await delay(5);
    }
  }

  async session(): Promise<string> {
    return textOf(await this.post('create_session', { sdk_version: '0.38.0' }), 'session_id');
  }

  /** Makes a model of a session and returns its id. */
  async model(session: string, more: object = {}, place = 0): Promise<string> {
    const made = await this.post('create_model', {
      session_id: session,
      model_seq_id: place,
      base_model: 'base',
      lora_config: { rank: 4, seed: 3 },
      ...more,
    });
    const result = await this.result(made);
    if (result.json.model_id === undefined) throw new Error(JSON.stringify([made.json, result.json]));
    return textOf(result, 'model_id');
  }

  forwardBackward(model: string, seq: number, given: Partial<Parameters<typeof FORWARD_BACKWARD_REQUEST.encode>[0]>) {
    const body = FORWARD_BACKWARD_REQUEST.encode({
      model_id: model,
      seq_id: seq,
      loss_fn: 'cross_entropy',
      data: [shifted([5, 6, 7, 8], { weights: [1, 1, 1] })],
      ...given,
    });
    return this.send('POST', 'forward_backward', body);
  }

  step(model: string, seq: number, adam: object = ADAM): Promise<Answer> {
    return this.post('optim_step', { model_id: model, seq_id: seq, adam_params: adam });
  }

  /** The log-probs of a sequence's targets, by a forward pass. */
  async logProbs(model: string, seq: number, ids: readonly number[] = [5, 6, 7, 8]): Promise<number[]> {
    const sent = await this.forwardBackward(model, seq, {
      forward_only: true,
      data: [shifted(ids, { weights: ids.slice(1).map(() => 1) })],
    });
    const [row = []] = outputColumn(outputOf(await this.result(sent)), 'logprobs');
    return Array.from(row);
  }

  async sampled(body: object): Promise<SampleResponse> {
    const answer = await this.result(
      await this.post('asample', {
        num_samples: 1,
        prompt: { chunks: [{ type: 'encoded_text', tokens: [5, 6, 7] }] },
        sampling_params: { max_tokens: 4, seed: 1, stop: [] },
        ...body,
      }),
    );
    if (answer.bytes === undefined) throw new Error(JSON.stringify(answer.json));
    return SAMPLE_RESPONSE.decode(answer.bytes);
  }
}

export function outputOf(answer: Answer): ForwardBackwardOutput {
  if (answer.bytes === undefined) throw new Error(JSON.stringify(answer.json));
  return FORWARD_BACKWARD_OUTPUT.decode(answer.bytes);
}
