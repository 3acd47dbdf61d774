/** A model that a server samples, and scores by the log-probs of prompts. Its weights do not change. */
import pLimit, { type LimitFunction } from 'p-limit';
import { InputError, InterruptedError, NumericError } from '../../../errors.js';
import { asLogProbs } from '../../../method/statistics.js';
import type { TokenIds } from '../../../text/tokens.js';
import type { TokenLogProbs } from '../../engine.js';
import type { Reply } from '../../remote/http.js';
import { readFloat32 } from '../protocol/arrays.js';
import { CALLS, HEADERS } from '../protocol/endpoints.js';
import type { Extension } from '../protocol/extensions.js';
import { readBody } from '../protocol/futures.js';
import { SAMPLE_RESPONSE, type SampleResponse } from '../protocol/messages.js';
import type { SampleBatch, SamplingParams } from '../protocol/sampling.js';
import { readSampledIds } from '../protocol/text.js';
import { accepted, type Connection } from './later.js';
import { ExpiredError, FailedError } from './results.js';

/** One completion, as the server reports it. */
export interface Sampled {
  readonly ids: TokenIds;
  readonly logProbs: TokenLogProbs | undefined;
  readonly stopped: boolean;
}

export interface SampleHow {
  readonly vocabulary: number;
  readonly signal: AbortSignal | undefined;
  /** Waits for what was sent even when the signal is aborted. */
  readonly finish: boolean;
  /** The requests that are computed together with this one, on servers with that extension. */
  readonly batch?: SampleBatch | undefined;
}

/** How often a sampling request is made again whose result was lost, or that failed by no fault of its own. */
const ATTEMPTS = 4;

interface SamplingConnection extends Connection {
  readonly handshake: { readonly limits: { readonly samplesInFlight: number } };
  has(extension: Extension): boolean;
}

/** The requests in flight of all sampling sessions of one connection. */
const limits = new WeakMap<SamplingConnection, LimitFunction>();
function limitOf(connection: SamplingConnection): LimitFunction {
  const limit = limits.get(connection) ?? pLimit(connection.handshake.limits.samplesInFlight);
  limits.set(connection, limit);
  return limit;
}

export class SamplingSession {
  readonly id: string;
  readonly #connection: SamplingConnection;
  #sequence = 0;

  constructor(connection: SamplingConnection, id: string) {
    this.#connection = connection;
    this.id = id;
  }

  /** `count` completions of one prompt. */
  async sample(prompt: TokenIds, count: number, params: SamplingParams, how: SampleHow): Promise<Sampled[]> {
    const { vocabulary } = how;
    return this.#ask(prompt, count, params, false, how, (response) => {
      if (response.sequences.length !== count)
        throw new InputError(`the result has ${response.sequences.length} of ${count} completions`);
      return response.sequences.map((sequence) => {
        const ids = readSampledIds(sequence);
        const unknown = ids.find((id) => id < 0 || id >= vocabulary);
        if (unknown !== undefined)
          throw new InputError(`the result has the id ${unknown} in a vocabulary of ${vocabulary}`);
        if (ids.length > (params.max_tokens ?? Number.POSITIVE_INFINITY))
          throw new InputError(`the result has ${ids.length} tokens, more than ${params.max_tokens}`);
        const logProbs = sequence.logprobs && readFloat32(sequence.logprobs);
        if (logProbs !== undefined && logProbs.length !== ids.length)
          throw new InputError(`the result has ${logProbs.length} log-probs of ${ids.length} tokens`);
        return {
          ids,
          logProbs: logProbs === undefined ? undefined : asLogProbs(logProbs),
          stopped: sequence.stop_reason === 'stop',
        };
      });
    });
  }

  /** The log-probs of all tokens but the first. On most servers it costs one token that is thrown away. */
  async promptLogProbs(ids: TokenIds, signal?: AbortSignal): Promise<TokenLogProbs> {
    const params = { max_tokens: 1, temperature: 1, top_k: -1, top_p: 1 };
    const samples = this.#connection.has('no_samples') ? 0 : 1;
    return this.#ask(ids, samples, params, true, { signal, finish: false }, ({ prompt_logprobs: bytes }) => {
      if (bytes === undefined) throw new InputError('the result has no log-probs of the prompt');
      const all = readFloat32(bytes);
      // The first token has none: most servers write NaN for it, SkyRL-JAX leaves it out.
      const values = all.length === ids.length ? all.subarray(1) : all;
      if (values.length !== ids.length - 1)
        throw new InputError(`the result has ${all.length} log-probs of a prompt of ${ids.length} tokens`);
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new NumericError(`the server computes the log-prob ${values[bad]}`, { tensor: 'logProbs' });
      return asLogProbs(values);
    });
  }

  #ask<Result>(
    prompt: TokenIds,
    count: number,
    params: SamplingParams,
    promptLogProbs: boolean,
    how: Pick<SampleHow, 'signal' | 'finish' | 'batch'>,
    read: (response: SampleResponse) => Result,
  ): Promise<Result> {
    return limitOf(this.#connection)(async () => {
      for (let attempt = 1; ; attempt++) {
        if (how.signal?.aborted === true) throw new InterruptedError();
        try {
          return await this.#askOnce(prompt, count, params, promptLogProbs, how, read);
        } catch (error) {
          // Weights do not change by sampling: asking again is always safe, under a number of its own.
          const isLost = error instanceof ExpiredError || error instanceof FailedError;
          if (!isLost || attempt >= ATTEMPTS) throw error;
        }
      }
    });
  }

  async #askOnce<Result>(
    prompt: TokenIds,
    count: number,
    params: SamplingParams,
    promptLogProbs: boolean,
    how: Pick<SampleHow, 'signal' | 'finish' | 'batch'>,
    read: (response: SampleResponse) => Result,
  ): Promise<Result> {
    const body = {
      num_samples: count,
      prompt: { chunks: [{ type: 'encoded_text' as const, tokens: [...prompt] }] },
      sampling_params: params,
      sampling_session_id: this.id,
      seq_id: this.#sequence++,
      prompt_logprobs: promptLogProbs,
      topk_prompt_logprobs: 0,
      ...(how.batch && { rlt_batch: how.batch }),
    };
    const { path, request } = CALLS.sample;
    const sent = await accepted(
      this.#connection,
      {
        method: 'POST',
        path,
        what: path,
        headers: { [HEADERS.backpressure]: '1' },
        body: JSON.stringify(readBody(request, body, 'the request asample')),
        ...(how.finish ? {} : { signal: how.signal }),
      },
      'Sample',
      true,
      (reply) => read(readSamples(reply)),
      how.finish ? undefined : how.signal,
    );
    return sent.result;
  }
}

function readSamples({ body }: Reply): SampleResponse {
  if (body.kind !== 'protobuf') throw new InputError('the result is not a message');
  return SAMPLE_RESPONSE.decode(body.bytes);
}
