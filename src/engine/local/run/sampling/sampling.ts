/** Samples completions in batches that fit the cache of keys and values. */
import { asLogProbs } from '../../../../method/statistics.js';
import { tokenIds } from '../../../../text/tokens.js';
import type { Completion, SampleRequest } from '../../../engine.js';
import { at } from '../../graph/graph.js';
import { SamplingBatch } from './batch.js';
import type { SamplingJob } from './batch-sessions.js';
import { type SamplingRow, samplingBatches } from './prompt-groups.js';

/**
 * completions[request][sample] of requests that have passed `checkRequests`.
 * @throws {NumericError} when a distribution is not finite
 * @throws {InterruptedError} when the signal of the job's options is aborted
 */
export async function sample(job: SamplingJob, requests: readonly SampleRequest[]): Promise<Completion[][]> {
  const { options } = job;
  const completions: Completion[][] = requests.map(() => []);
  const missing = requests.map(({ count }) => count);
  let tokens = 0;
  let sequencesDone = 0;
  const listener = {
    onTokens(more: number, done: number) {
      tokens += more;
      sequencesDone += done;
      options?.onProgress?.({ tokens, sequencesDone });
    },
    onSampled({ request, sample: index }: SamplingRow, id: number) {
      options?.onToken?.(request, index, id);
    },
    onEnded({ request, sample: index, ids, logProbs }: SamplingRow, ended: Completion['ended']) {
      const of = requests[request]?.settings.temperature === 0 ? 'raw' : 'tempered';
      const own = at(completions, request);
      own[index] = { ids: tokenIds(ids), logProbs: { of, values: asLogProbs(Float32Array.from(logProbs)) }, ended };
      missing[request] = at(missing, request) - 1;
      if (missing[request] === 0) options?.onCompletions?.(request, own);
    },
  };
  for (const groups of samplingBatches(job.form.architecture, requests, job.runtime.settings.cacheBytes)) {
    await new SamplingBatch(job, groups, listener).run();
  }
  return completions;
}
