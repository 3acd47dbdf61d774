/** Chooses a token from a distribution. Pure: the random number comes in. */
import type { SamplingSettings } from '../../../engine.js';

export interface Choice {
  readonly id: number;
  /** Of the whole distribution, before top-p, top-k and min-p. */
  readonly logProb: number;
}

/**
 * Token at `uniform` of the cumulative distribution, restricted as the settings say, in order of ids; the likeliest one
 * at temperature 0. Undefined where the probabilities are not numbers.
 */
export function chooseToken(
  probabilities: Float32Array,
  settings: SamplingSettings,
  uniform: number,
): Choice | undefined {
  const id =
    settings.temperature === 0
      ? likeliest(probabilities)
      : restricted(settings)
        ? amongKept(probabilities, settings, uniform)
        : atCumulative(probabilities, uniform);
  if (id === undefined) return undefined;
  const logProb = Math.log(probabilities[id] ?? Number.NaN);
  return Number.isFinite(logProb) ? { id, logProb } : undefined;
}

const restricted = ({ topP = 1, topK = 0, minP = 0 }: SamplingSettings): boolean => topP < 1 || topK > 0 || minP > 0;

/** Whether a token is drawn from the whole distribution, so that `blockAt` and `withinBlock` choose it as well. */
export const isPlain = (settings: SamplingSettings): boolean => settings.temperature > 0 && !restricted(settings);

/** A part of the vocabulary in which the cumulative distribution reaches a number, and how much lies before it. */
export interface Block {
  readonly block: number;
  readonly before: number;
}

/** The block at `uniform` of the cumulative distribution, by the sums of all blocks. Undefined as for `chooseToken`. */
export function blockAt(sums: Float32Array, uniform: number): Block | undefined {
  const block = atCumulative(sums, uniform);
  if (block === undefined) return undefined;
  let before = 0;
  for (let i = 0; i < block; i++) before += sums[i] as number;
  return { block, before };
}

/** The token at `uniform` of the cumulative distribution, by the probabilities of its block. */
export function withinBlock(
  { block, before }: Block,
  probabilities: Float32Array,
  uniform: number,
): Choice | undefined {
  let cumulative = before;
  let last: number | undefined;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] as number;
    cumulative += probability;
    if (probability > 0) last = i;
    if (cumulative > uniform) break;
  }
  // The sum of a block on a device may be more than its parts are here, by rounding: then it is the last of them.
  if (last === undefined || Number.isNaN(cumulative)) return undefined;
  const logProb = Math.log(probabilities[last] as number);
  return Number.isFinite(logProb) ? { id: block * probabilities.length + last, logProb } : undefined;
}

function likeliest(probabilities: Float32Array): number | undefined {
  let best = 0;
  for (let id = 0; id < probabilities.length; id++) {
    const probability = probabilities[id] as number;
    if (!(probability >= 0)) return undefined;
    if (probability > (probabilities[best] as number)) best = id;
  }
  return best;
}

function atCumulative(probabilities: Float32Array, uniform: number): number | undefined {
  let cumulative = 0;
  for (let id = 0; id < probabilities.length; id++) {
    cumulative += probabilities[id] as number;
    if (cumulative > uniform) return id;
  }
  // Rounding can leave the sum just under the number drawn; with a sum far from 1 it is not a distribution.
  if (!(Math.abs(cumulative - 1) < 1e-3)) return undefined;
  for (let id = probabilities.length - 1; id >= 0; id--) if ((probabilities[id] as number) > 0) return id;
  return undefined;
}

/** Applies top-k, then top-p to what is left of it, then min-p, as vLLM and transformers order them; then draws. */
function amongKept(
  probabilities: Float32Array,
  { topP = 1, topK = 0, minP = 0 }: SamplingSettings,
  uniform: number,
): number | undefined {
  const best = likeliest(probabilities);
  if (best === undefined) return undefined;
  const highest = probabilities[best] as number;
  // Tokens below this cannot be kept: all of them together weigh less than what top-p leaves out.
  const floor = Math.max(minP * highest, topP < 1 ? (1 - topP) / probabilities.length / 2 : 0);
  const candidates: number[] = [];
  for (let id = 0; id < probabilities.length; id++) if ((probabilities[id] as number) >= floor) candidates.push(id);
  candidates.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b);
  if (topK > 0) candidates.length = Math.min(candidates.length, topK);
  const weight = (ids: readonly number[]) => ids.reduce((total, id) => total + (probabilities[id] as number), 0);
  if (topP < 1) {
    const reach = topP * (topK > 0 ? weight(candidates) : 1);
    let cumulative = 0;
    let kept = 0;
    while (kept < candidates.length && cumulative < reach)
      cumulative += probabilities[candidates[kept++] as number] as number;
    candidates.length = Math.max(1, kept);
  }
  candidates.sort((a, b) => a - b);
  const goal = uniform * weight(candidates);
  let cumulative = 0;
  for (const id of candidates) {
    cumulative += probabilities[id] as number;
    if (cumulative > goal) return id;
  }
  return candidates.at(-1);
}
