/** The sequences that a call samples, as groups that continue one prompt, cut into batches. */
import type { Completion, SampleRequest } from '../../../engine.js';
import type { Architecture } from '../../files/architecture.js';
import { cacheTokenBytes } from './kv-cache.js';

/** One completion being written. */
export interface SamplingRow {
  readonly request: number;
  readonly sample: number;
  readonly limit: number;
  readonly ids: number[];
  readonly logProbs: number[];
  ended: Completion['ended'] | undefined;
}

/** Rows that continue one prompt. */
export interface PromptGroup {
  readonly request: SampleRequest;
  rows: SamplingRow[];
}

export function inverseTemperature({ request }: PromptGroup): number {
  const { temperature } = request.settings;
  return temperature === 0 ? 1 : 1 / temperature;
}

/** Tokens of the longest prompt. */
export const longestPrompt = (groups: readonly PromptGroup[]): number =>
  Math.max(...groups.map(({ request }) => request.prompt.length));

const roomFor = (a: Architecture, { prompt, settings }: SampleRequest): number =>
  Math.min(settings.maxTokens, a.contextTokens - prompt.length);

/** Cuts the requests into batches that fit the cache of keys and values, like prompts together. */
export function samplingBatches(
  architecture: Architecture,
  requests: readonly SampleRequest[],
  cacheBytes: number,
): PromptGroup[][] {
  const groups: PromptGroup[] = [];
  requests.forEach((request, index) => {
    const limit = roomFor(architecture, request);
    const rowBytes = cacheTokenBytes(architecture) * limit;
    const most = Math.max(1, Math.floor(cacheBytes / rowBytes));
    for (let start = 0; start < request.count; start += most) {
      const rows = Array.from({ length: Math.min(most, request.count - start) }, (_, i) => {
        return { request: index, sample: start + i, limit, ids: [], logProbs: [], ended: undefined };
      });
      groups.push({ request, rows });
    }
  });
  const reach = ({ request }: PromptGroup) => roomFor(architecture, request);
  groups.sort(
    (a, b) => b.rows.length - a.rows.length || reach(b) - reach(a) || b.request.prompt.length - a.request.prompt.length,
  );
  const result: PromptGroup[][] = [];
  let batch: PromptGroup[] = [];
  let prompt = 0;
  for (const group of groups) {
    const [head] = batch;
    const longest = Math.max(prompt, group.request.prompt.length);
    const rows = head?.rows.length ?? group.rows.length;
    const own = rows * (head === undefined ? reach(group) : Math.max(reach(head), reach(group)));
    if (head !== undefined && (batch.length + 1) * (own + longest) * cacheTokenBytes(architecture) > cacheBytes) {
      result.push(batch);
      batch = [];
      prompt = 0;
    }
    batch.push(group);
    prompt = Math.max(prompt, group.request.prompt.length);
  }
  if (batch.length > 0) result.push(batch);
  return result;
}
