/** Completions of many requests from one sampling session. */
import { randomUUID } from 'node:crypto';
import { UnsupportedError } from '../../errors.js';
import type { Completion, ModelFacts, SampledLogProbs, SampleOptions, SampleRequest } from '../engine.js';
import { eachOf, seedOf } from '../remote/each.js';
import type { Sampled, SamplingSession } from './client/sampling-session.js';
import type { Session } from './client/session.js';
import type { SamplingParams } from './protocol/sampling.js';

/** Most completions of one request to the server: progress is reported between requests, and results stay small. */
const MOST_SAMPLES = 64;
/** The same where the server computes the requests of a call together, as one of ours does: more than it takes at all. */
const MOST_SAMPLES_TOGETHER = 1024;
/** Most requests of a call that a server computes together. */
const MOST_TOGETHER = 256;

export interface SamplingJob {
  readonly session: Session;
  readonly facts: ModelFacts;
  readonly logProbs: SampledLogProbs['of'];
  /** Whether what was sent is waited for even when the call is aborted: the server would sample it at a bad time. */
  readonly finish: boolean;
}

/** @throws {UnsupportedError} when the server does not know a setting */
export function checkSettings(session: Session, requests: readonly SampleRequest[]): void {
  if (session.has('min_p')) return;
  requests.forEach(({ settings: { minP = 0 } }, sample) => {
    if (minP > 0)
      throw new UnsupportedError(`min-p ${minP}: the Tinker protocol does not have it`, {
        sample,
        remedy: 'Set sampling.minP to 0.',
      });
  });
}

/**
 * Completions of all requests, as they come. The first failure ends the others.
 * @throws {InterruptedError} when the signal is aborted; whatever `onCompletions` throws
 */
export async function sampleAll(
  sampler: SamplingSession,
  requests: readonly SampleRequest[],
  job: SamplingJob,
  { signal, onProgress, onCompletions }: SampleOptions,
): Promise<Completion[][]> {
  const done = { tokens: 0, sequencesDone: 0 };
  const batches = job.session.has('sample_batch');
  const most = batches ? MOST_SAMPLES_TOGETHER : MOST_SAMPLES;
  const isBatch = batches && requests.length <= Math.min(MOST_TOGETHER, job.session.handshake.limits.samplesInFlight);
  const batch = isBatch ? { id: randomUUID(), size: requests.length } : undefined;
  return eachOf(requests, signal, async (request, index, either) => {
    const parts = await Promise.all(
      partsOf(request.count, most).map(async ({ first, count }) => {
        const params = paramsOf(request, first, job);
        const part = await sampler.sample(request.prompt, count, params, {
          vocabulary: job.facts.vocabularySize,
          signal: either,
          finish: job.finish,
          batch: batch && first === 0 ? { ...batch, place: index } : undefined,
        });
        const completions = part.map((sampled) => completionOf(sampled, request, params, job.logProbs));
        done.tokens += completions.reduce((total, { ids }) => total + ids.length, 0);
        done.sequencesDone += count;
        if (!either.aborted) onProgress?.({ ...done });
        return completions;
      }),
    );
    const completions = parts.flat();
    if (!either.aborted) onCompletions?.(index, completions);
    return completions;
  });
}

const partsOf = (count: number, most: number): readonly { readonly first: number; readonly count: number }[] =>
  Array.from({ length: Math.ceil(count / most) }, (_, i) => ({
    first: i * most,
    count: Math.min(most, count - i * most),
  }));

function paramsOf(
  { prompt, settings, key, firstSample = 0 }: SampleRequest,
  first: number,
  job: SamplingJob,
): SamplingParams {
  const { temperature, topP = 1, topK = 0, minP = 0, maxTokens, stopIds } = settings;
  const sample = firstSample + first;
  return {
    max_tokens: Math.min(maxTokens, job.facts.contextTokens - prompt.length),
    seed: seedOf(key) + sample,
    stop: [...stopIds],
    temperature,
    top_k: topK === 0 ? -1 : topK,
    top_p: topP,
    ...(minP > 0 && { min_p: minP }),
    ...(job.session.has('sampling_key') && { rlt_key: { low: key.low, high: key.high }, rlt_first_sample: sample }),
  };
}

function completionOf(
  { ids, logProbs, stopped }: Sampled,
  { settings: { maxTokens, temperature } }: SampleRequest,
  { max_tokens: most }: SamplingParams,
  of: SampledLogProbs['of'],
): Completion {
  const kind = temperature === 0 && of !== 'none' ? 'raw' : of;
  return {
    ids,
    logProbs: kind === 'none' || logProbs === undefined ? { of: 'none' } : { of: kind, values: logProbs },
    ended: stopped ? 'stop' : most !== undefined && most !== null && most < maxTokens ? 'context' : 'length',
  };
}
