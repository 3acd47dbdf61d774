/** The sequences that a call samples, as groups that continue one prompt, cut into batches. */
import type { Completion, SampleRequest } from '../../../engine.js';
import type { Architecture } from '../../files/architecture.js';
import { cacheTokenBytes, completionBytes } from './kv-cache.js';

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

export const longestFirst = (groups: readonly PromptGroup[]): PromptGroup[] =>
  groups.toSorted((a, b) => b.request.prompt.length - a.request.prompt.length);

/** Bytes of padding from which on it matters how much of a cache it is. */
const PADDING_BYTES = 2 ** 26;

/**
 * Whether `prompts` of so many tokens in all, padded to the longest, would take much more room than they need: half as much
 * again. Every step attends to the padding, too.
 */
const isMostlyPadding = (prompts: number, longest: number, tokens: number, tokenBytes: number): boolean =>
  (prompts * longest - tokens) * tokenBytes > PADDING_BYTES && prompts * longest > 1.5 * tokens;

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
    const most = Math.max(1, Math.floor(cacheBytes / completionBytes(architecture, limit)));
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
  let longest = 0;
  let tokens = 0;
  const tokenBytes = cacheTokenBytes(architecture);
  for (const group of groups) {
    const [head] = batch;
    const { length } = group.request.prompt;
    const prompts = batch.length + 1;
    const most = Math.max(longest, length);
    const rows = head?.rows.length ?? group.rows.length;
    const limit = head === undefined ? reach(group) : Math.max(reach(head), reach(group));
    const own = rows * completionBytes(architecture, limit);
    const isFull = prompts * (own + most * tokenBytes) > cacheBytes;
    if (head !== undefined && (isFull || isMostlyPadding(prompts, most, tokens + length, tokenBytes))) {
      result.push(batch);
      batch = [];
      longest = 0;
      tokens = 0;
    }
    batch.push(group);
    longest = Math.max(longest, length);
    tokens += length;
  }
  if (batch.length > 0) result.push(batch);
  return result;
}
