/** Completions of many requests from one sampling session. */
import { UnsupportedError } from '../../errors.js';
import type { Completion, ModelFacts, SampledLogProbs, SampleOptions, SampleRequest } from '../engine.js';
import { eachOf, seedOf } from '../remote/each.js';
import type { Sampled, SamplingSession } from './client/sampling-session.js';
import type { Session } from './client/session.js';
import type { SamplingParams } from './protocol/sampling.js';

/** Most completions of one request to the server: progress is reported between requests, and results stay small. */
const MOST_SAMPLES = 64;

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
  return eachOf(requests, signal, async (request, index, either) => {
    const parts = await Promise.all(
      partsOf(request.count).map(async ({ first, count }) => {
        const params = paramsOf(request, first, job);
        const part = await sampler.sample(request.prompt, count, params, {
          vocabulary: job.facts.vocabularySize,
          signal: either,
          finish: job.finish,
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

const partsOf = (count: number): readonly { readonly first: number; readonly count: number }[] =>
  Array.from({ length: Math.ceil(count / MOST_SAMPLES) }, (_, i) => ({
    first: i * MOST_SAMPLES,
    count: Math.min(MOST_SAMPLES, count - i * MOST_SAMPLES),
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
