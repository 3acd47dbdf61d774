/** Requests for samples and for the log-probs of prompts, as the engine computes them, and their results. */
import { randomBytes } from 'node:crypto';
import type { Completion, Model, ModelFacts, SampleRequest, TokenLogProbs } from '../../engine/engine.js';
import { checkIds } from '../../engine/requests.js';
import { float32Bytes, int32Bytes } from '../../engine/tinker/protocol/arrays.js';
import {
  SAMPLE_RESPONSE,
  type SampledSequence,
  type SampleResponse,
  type Tensor,
} from '../../engine/tinker/protocol/messages.js';
import type { SampleBody, SamplingParams } from '../../engine/tinker/protocol/sampling.js';
import { InputError, UnsupportedError } from '../../errors.js';
import { type RandomKey, randomKey } from '../../random.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { sliceIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import { gather, partsOf, rowsByExample, type Targets, targetsOf } from './datums.js';
import type { PromptTargets } from './extensions.js';

/** A request, checked: what is sampled, what is scored, and how the results are cut. */
export interface PreparedSample {
  /** Undefined where nothing can be or was asked to be sampled. */
  readonly request: SampleRequest | undefined;
  readonly count: number;
  readonly prompt: TokenIds;
  readonly promptLogProbs: Targets | undefined;
  readonly promptTargets: (Targets & { readonly shape: readonly number[] }) | undefined;
  /** Where completions end before the engine ends them. */
  readonly stops: StopStrings | undefined;
  /** Most tokens that it computes. */
  readonly tokens: number;
}

interface StopStrings {
  readonly strings: readonly string[];
  readonly tokenizer: Tokenizer;
}

/** What a request is checked against. */
export interface SampledModel {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  readonly requestTokens: number;
  readonly samples: number;
}

/** Asked for by name, and not computed here. */
const UNSUPPORTED = ['topk_prompt_logprobs', 'topk_sample_logprobs', 'prompt_alt_tokens_k'] as const;

/** @throws {InputError | UnsupportedError} when the request cannot be computed */
export function prepareSample(body: SampleBody, targets: PromptTargets, model: SampledModel): PreparedSample {
  const wanted = UNSUPPORTED.find((name) => (body[name] ?? 0) > 0);
  if (wanted !== undefined) {
    throw new UnsupportedError(`this server does not compute ${wanted}`, {
      remedy: 'Ask for the log-probs of chosen tokens by target_prompt_logprobs.',
    });
  }
  if (body.record_stability_info === true)
    throw new UnsupportedError('this server does not keep stability information');
  const { facts, requestTokens } = model;
  const prompt = promptOf(body, facts);
  const count = body.num_samples;
  if (!Number.isInteger(count) || count < 0 || count > model.samples)
    throw new InputError(`num_samples is ${count}, not from 0 to ${model.samples}`);
  const room = facts.contextTokens - prompt.length;
  const maxTokens = Math.min(body.sampling_params.max_tokens ?? room, room);
  if (maxTokens < 0 || (body.sampling_params.max_tokens ?? 1) < 1)
    throw new InputError(
      room < 0
        ? `a prompt of ${prompt.length} tokens exceeds the context of ${facts.contextTokens}`
        : `max_tokens is ${body.sampling_params.max_tokens}, not a positive number`,
    );
  const promptLogProbs = body.prompt_logprobs === true ? scored(prompt, body.prompt_logprobs_last_n) : undefined;
  const promptTargets = targets == null ? undefined : chosen(prompt, targets, facts);
  const parts = [promptLogProbs, promptTargets].flatMap((one) => (one === undefined ? [] : one.parts));
  const tokens =
    prompt.length + count * maxTokens + parts.reduce((total, { request }) => total + request.ids.length, 0);
  if (tokens > requestTokens) {
    throw new InputError(`a request of up to ${tokens} tokens, of which this server takes ${requestTokens}`, {
      remedy: 'Ask for fewer samples or tokens, or start the server with a larger --max-tokens.',
    });
  }
  const { stopIds, strings } = stopsOf(body.sampling_params, model);
  return {
    request:
      count === 0 || maxTokens === 0
        ? undefined
        : {
            prompt,
            count,
            settings: { ...choiceOf(body.sampling_params), maxTokens, stopIds },
            ...drawFrom(body.sampling_params),
          },
    count,
    prompt,
    promptLogProbs,
    promptTargets,
    stops: strings.length === 0 ? undefined : { strings, tokenizer: model.tokenizer },
    tokens,
  };
}

function promptOf({ prompt }: SampleBody, facts: ModelFacts): TokenIds {
  const ids = prompt.chunks.flatMap((chunk) => {
    if ('tokens' in chunk) return chunk.tokens;
    throw new UnsupportedError(`the prompt has a piece of the type ${chunk.type}; models here read text only`);
  });
  if (ids.length === 0) throw new InputError('an empty prompt');
  checkIds(ids, facts);
  return tokenIds(ids);
}

function choiceOf({ temperature, top_k, top_p, min_p }: SamplingParams) {
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new InputError(`temperature ${temperature} is not a number from 0`);
  if (!(top_p > 0 && top_p <= 1)) throw new InputError(`top_p ${top_p} is not in (0, 1]`);
  if (!Number.isInteger(top_k) || top_k < -1) throw new InputError(`top_k ${top_k} is not -1 or a whole number from 0`);
  if (min_p != null && !(min_p >= 0 && min_p <= 1)) throw new InputError(`min_p ${min_p} is not in [0, 1]`);
  return { temperature, topP: top_p, topK: Math.max(0, top_k), minP: min_p ?? 0 };
}

/** Seeds are rows of one table, so that sample i of a seed is sample 0 of seed + i. */
const SEEDS: RandomKey = randomKey(0, 'serve/asample');

/** Where the random numbers come from; without a seed they are drawn anew. */
function drawFrom({ seed, rlt_key, rlt_first_sample }: SamplingParams): Pick<SampleRequest, 'key' | 'firstSample'> {
  if (rlt_key != null) return { key: rlt_key, firstSample: rlt_first_sample ?? 0 };
  if (seed != null) {
    if (seed < 0) throw new InputError(`the seed ${seed} is negative`);
    return { key: SEEDS, firstSample: seed };
  }
  const bytes = randomBytes(8);
  return { key: { low: bytes.readUInt32LE(0), high: bytes.readUInt32LE(4) }, firstSample: 0 };
}

/** Absent: the model's own end; an empty list: none. */
function stopsOf({ stop }: SamplingParams, { tokenizer, facts }: SampledModel) {
  const none: readonly string[] = [];
  if (stop == null) return { stopIds: tokenizer.eosIds, strings: none };
  const all = typeof stop === 'string' ? [stop] : stop;
  const ids = all.filter((one) => typeof one === 'number');
  const strings = all.filter((one) => typeof one === 'string');
  checkIds(ids, facts);
  if (strings.some((text) => text === '')) throw new InputError('an empty stop string');
  // Where completions are to end at a text, they also end where the model ends them.
  return { stopIds: strings.length === 0 ? tokenIds(ids) : tokenizer.eosIds, strings };
}

/** Prompts are scored by the model's own distribution, at whatever temperature samples are drawn. */
const PROMPT_TEMPERATURE = 1;

/** The log-probs of a prompt's tokens but the first, or of the last ones. */
function scored(prompt: TokenIds, lastN: number | null | undefined): Targets {
  const most = prompt.length - 1;
  const count = lastN ?? most;
  if (count < (lastN == null ? 0 : 1) || count > most)
    throw new InputError(`prompt_logprobs_last_n is ${count}, not from 1 to ${most}`);
  const input = sliceIds(prompt, 0, -1);
  const targets = input.map((_, i) => (i < most - count ? -1 : (prompt[i + 1] ?? -1)));
  return targetsOf(input, targets, 1, PROMPT_TEMPERATURE);
}

/** The log-probs of chosen tokens at each place of a prompt but the first. */
function chosen(
  prompt: TokenIds,
  tensor: NonNullable<PromptTargets>,
  facts: ModelFacts,
): Targets & { readonly shape: readonly number[] } {
  if (tensor.sparse_crow_indices != null)
    throw new UnsupportedError('target_prompt_logprobs can only be dense here', { remedy: 'Fill the rest with -1.' });
  const { data, shape } = tensor;
  const [rows = 0, width = 0] = shape ?? [];
  if (shape?.length !== 2 || rows !== prompt.length - 1 || width < 1 || data.length !== rows * width)
    throw new InputError(`target_prompt_logprobs of shape [${shape ?? ''}] for a prompt of ${prompt.length} tokens`);
  checkIds(
    data.filter((id) => id !== -1),
    facts,
  );
  return { ...targetsOf(sliceIds(prompt, 0, -1), data, width, PROMPT_TEMPERATURE), shape };
}

/** Computes requests together and hands each result over as soon as it is there. */
export async function computeSamples(
  model: Model,
  all: readonly PreparedSample[],
  signal: AbortSignal,
  done: (index: number, response: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  const scored = all.map(({ promptLogProbs, promptTargets }) =>
    [promptLogProbs, promptTargets].filter((targets) => targets !== undefined),
  );
  const { requests } = partsOf(scored.flat());
  const rows = requests.length === 0 ? [] : await model.logProbs(requests, { signal });
  const byTargets = rowsByExample(scored.flat(), rows);
  let next = 0;
  const ofPrompts = scored.map((own) => own.map(() => byTargets[next++] ?? []));
  const finish = (index: number, completions: readonly Completion[]): void => {
    const sample = all[index];
    if (sample !== undefined) done(index, responseOf(sample, completions, ofPrompts[index] ?? []));
  };
  const sampled: { readonly index: number; readonly request: SampleRequest }[] = [];
  all.forEach(({ request }, index) => {
    if (request === undefined) finish(index, []);
    else sampled.push({ index, request });
  });
  if (sampled.length === 0) return;
  await model.sample(
    sampled.map(({ request }) => request),
    {
      signal,
      onCompletions: (request, completions) => finish(sampled[request]?.index ?? -1, completions),
    },
  );
}

function responseOf(
  sample: PreparedSample,
  completions: readonly Completion[],
  rows: readonly (readonly TokenLogProbs[])[],
): Uint8Array<ArrayBuffer> {
  const { promptLogProbs, promptTargets, count, stops } = sample;
  const left = [...rows];
  const prompt = promptLogProbs && gather(promptLogProbs, left.shift() ?? []);
  const targets = promptTargets && gather(promptTargets, left.shift() ?? []);
  // A prompt that fills the context leaves nothing to sample.
  const sequences =
    completions.length > 0
      ? completions.map((completion) => sequenceOf(completion, stops))
      : Array.from({ length: count }, (): SampledSequence => ({ stop_reason: 'length', tokens: new Uint8Array() }));
  const response: Partial<SampleResponse> = {
    sequences,
    ...(prompt && { prompt_logprobs: float32Bytes([Number.NaN, ...prompt]) }),
    ...(targets && { target_prompt_logprobs: tensorOf(targets, promptTargets?.shape ?? []) }),
  };
  return SAMPLE_RESPONSE.encode(response);
}

const tensorOf = (values: Float32Array, shape: readonly number[]): Tensor => ({
  dense: float32Bytes(values),
  dtype: 'float32',
  shape,
});

function sequenceOf({ ids, logProbs, ended }: Completion, stops: StopStrings | undefined): SampledSequence {
  const end = stops === undefined ? undefined : endAtString(ids, stops);
  const kept = end ?? ids.length;
  return {
    stop_reason: end !== undefined || ended === 'stop' ? 'stop' : 'length',
    tokens: int32Bytes(ids.slice(0, kept)),
    ...(logProbs.of !== 'none' && { logprobs: float32Bytes(logProbs.values.subarray(0, kept)) }),
  };
}

/** How many tokens a completion has up to the first that completes a stop string; undefined where none does. */
function endAtString(ids: TokenIds, { strings, tokenizer }: StopStrings): number | undefined {
  const includes = (count: number): boolean => {
    const text = tokenizer.decode(ids.slice(0, count));
    return strings.some((string) => text.includes(string));
  };
  if (!includes(ids.length)) return undefined;
  // Text that has a string keeps it as it grows, but for half a character at its end; so halves can be searched.
  let [without, withIt] = [0, ids.length];
  while (withIt - without > 1) {
    const middle = (without + withIt) >> 1;
    if (includes(middle)) withIt = middle;
    else without = middle;
  }
  return withIt;
}
