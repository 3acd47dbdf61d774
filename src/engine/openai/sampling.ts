/** Completions and log-probs of whole calls, one request to the server for each. */
import { ConnectionError, InterruptedError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import { sliceIds, tokenIds } from '../../text/tokens.js';
import type {
  CallOptions,
  Completion,
  ModelFacts,
  SampledLogProbs,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
} from '../engine.js';
import { eachOf, seedOf } from '../remote/each.js';
import type { Dialect, Sampled, SampleOne } from './dialect.js';

export interface Served {
  readonly dialect: Dialect;
  /** The server's name for the model. */
  readonly name: string;
  readonly facts: ModelFacts;
}

/**
 * Completions of all requests, as they come. The first failure ends the others.
 * @throws {InterruptedError} when the signal is aborted; whatever `onCompletions` throws
 */
export async function sampleAll(
  served: Served,
  requests: readonly SampleRequest[],
  { signal, onProgress, onCompletions }: SampleOptions,
): Promise<Completion[][]> {
  const done = { tokens: 0, sequencesDone: 0 };
  return eachOf(requests, signal, async (request, index, either) => {
    const samples = Array.from({ length: request.count }, (_, sample) => sample);
    const completions = await Promise.all(
      samples.map(async (sample) => {
        const completion = await sampleOne(served, request, sample, either);
        done.tokens += completion.ids.length;
        done.sequencesDone += 1;
        if (!either.aborted) onProgress?.({ ...done });
        return completion;
      }),
    );
    if (!either.aborted) onCompletions?.(index, completions);
    return completions;
  });
}

async function sampleOne(
  { dialect, name, facts }: Served,
  { prompt, settings, key, firstSample = 0 }: SampleRequest,
  sample: number,
  signal: AbortSignal,
): Promise<Completion> {
  if (signal.aborted) throw new InterruptedError();
  const maxTokens = Math.min(settings.maxTokens, facts.contextTokens - prompt.length);
  const one: SampleOne = {
    model: name,
    prompt,
    settings,
    maxTokens,
    seed: seedOf(key) + firstSample + sample,
    signal,
  };
  const sampled = await dialect.sample(one);
  checkSampled(sampled, one, facts);
  const ended = sampled.stopped ? 'stop' : maxTokens < settings.maxTokens ? 'context' : 'length';
  return { ids: tokenIds(sampled.ids), logProbs: logProbsOf(sampled, dialect.logProbsOf(settings)), ended };
}

function logProbsOf({ logProbs }: Sampled, of: SampledLogProbs['of']): SampledLogProbs {
  return of === 'none' || logProbs === undefined
    ? { of: 'none' }
    : { of, values: asLogProbs(Float32Array.from(logProbs)) };
}

/** @throws {ConnectionError} when a completion is not one of what was asked for */
function checkSampled({ ids, logProbs, stopped }: Sampled, { settings, maxTokens }: SampleOne, facts: ModelFacts) {
  const last = ids.at(-1);
  const unknown = ids.find((id) => id < 0 || id >= facts.vocabularySize);
  const wrong =
    last === undefined
      ? 'no tokens'
      : unknown !== undefined
        ? `the id ${unknown} in a vocabulary of ${facts.vocabularySize}`
        : ids.length > maxTokens
          ? `${ids.length} tokens where ${maxTokens} were asked for`
          : stopped !== settings.stopIds.includes(last)
            ? `a completion that ${stopped ? 'ends without a stop id' : 'goes on after a stop id'}`
            : !stopped && ids.length < maxTokens
              ? `${ids.length} tokens and no stop id where ${maxTokens} were asked for`
              : logProbs !== undefined && logProbs.length !== ids.length
                ? `${logProbs.length} log-probs of ${ids.length} tokens`
                : logProbs?.some((value) => !Number.isFinite(value)) === true
                  ? 'log-probs that are not finite'
                  : undefined;
  if (wrong !== undefined)
    throw new ConnectionError(`the server sends ${wrong}`, {
      retryable: false,
      remedy: 'See whether the tokenizer here is the one of the model that the server has now.',
    });
}

/** Log-probs at the positions of all sequences. */
export async function scoreAll(
  { name }: Served,
  score: NonNullable<Dialect['score']>,
  sequences: readonly ScoreRequest[],
  { signal, onProgress }: CallOptions,
): Promise<TokenLogProbs[]> {
  const done = { tokens: 0, sequencesDone: 0 };
  return eachOf(sequences, signal, async ({ ids, positions }, _, either) => {
    if (either.aborted) throw new InterruptedError();
    const last = positions.at(-1);
    if (last === undefined) return asLogProbs(new Float32Array());
    const all = await score(name, sliceIds(ids, 0, last + 1), either);
    done.tokens += ids.length;
    done.sequencesDone += 1;
    if (!either.aborted) onProgress?.({ ...done });
    return asLogProbs(Float32Array.from(positions, (position) => all[position - 1] ?? Number.NaN));
  });
}
