/**
 * Which traces of a problem a student is distilled from (arXiv 2506.08388): those that fit the student's context, and
 * among them the best by the RLT reward, the first, or all.
 */

import { NumericError, type Place, UsageError } from '../errors.js';
import {
  aNumber,
  listOf,
  objectWith,
  oneOf,
  optional,
  requireArguments,
  settingsOf,
  trueOrFalse,
} from './arguments.js';
import { maximum } from './statistics.js';

/** One trace, as far as the choice goes. */
export interface TraceFacts {
  /** Length of the whole training sequence (prompt, trace, solution, end) in the student's tokens. */
  readonly tokens: number;
  /** Whether the explanation ended by itself, with its end tag. */
  readonly ended: boolean;
  /** The RLT reward, if the trace was scored. */
  readonly reward?: number;
  /** Whether the explanation is blank: has no text, or white space alone. */
  readonly empty?: boolean;
}

/** How traces are chosen among the samples of a problem. */
export interface SelectionSettings {
  /** Traces with more tokens do not fit. Default: every trace fits. */
  readonly contextTokens?: number;
  /** Whether a trace that was cut before its end tag may be kept. */
  readonly unended: 'keep' | 'drop';
  /**
   * Of several that fit: the one with the highest reward (the earliest of equals) among those that say something, if any
   * does; the first; or all.
   */
  readonly keep: 'reward' | 'first' | 'all';
  /** When none fits: leave the problem out, or still choose one by `keep`, which training then has to cut. */
  readonly whenNoneFits: 'drop' | 'choose';
}

const TRACES = listOf(objectWith({ tokens: aNumber, ended: trueOrFalse, reward: optional(aNumber) }));
const SETTINGS = settingsOf({
  contextTokens: optional(aNumber),
  unended: oneOf('keep', 'drop'),
  keep: oneOf('reward', 'first', 'all'),
  whenNoneFits: oneOf('drop', 'choose'),
});

/** Why a sample does not become a trace. */
export type DropReason = 'unended' | 'over context' | 'not chosen';

/** Which of the samples of a problem become traces. */
export interface Selection {
  /** Indices of the kept traces, increasing. */
  readonly kept: readonly number[];
  /** Kept although they are longer than the context. */
  readonly keptOverContext: readonly number[];
  /** Every other trace, increasing, with the reason, so that all of them can be counted. */
  readonly dropped: readonly { readonly index: number; readonly reason: DropReason }[];
}

/**
 * The traces of one problem that are kept, in their order. With `keep: 'all'`, `whenNoneFits: 'choose'` keeps the
 * first.
 * @throws {UsageError} when the choice is by reward and a trace has none
 * @throws {NumericError} when a reward is not finite
 */
export function selectTraces(traces: readonly TraceFacts[], settings: SelectionSettings, place: Place = {}): Selection {
  requireArguments("selectTraces(traces, { unended: 'drop', keep: 'reward', whenNoneFits: 'drop' })", {
    traces: [traces, TRACES],
    settings: [settings, SETTINGS],
  });
  const limit = settings.contextTokens ?? Number.POSITIVE_INFINITY;
  const faults = traces.map((trace): DropReason | undefined => {
    if (settings.unended === 'drop' && !trace.ended) return 'unended';
    return trace.tokens > limit ? 'over context' : undefined;
  });
  const fitting = [...traces.keys()].filter((index) => faults[index] === undefined);
  const tooLong = [...traces.keys()].filter((index) => faults[index] === 'over context');
  const pool = fitting.length === 0 && settings.whenNoneFits === 'choose' ? tooLong : fitting;
  const kept = new Set(
    choose(traces, pool, fitting.length === 0 && settings.keep === 'all' ? 'first' : settings.keep, place),
  );
  return {
    kept: [...kept],
    keptOverContext: [...kept].filter((index) => faults[index] === 'over context'),
    dropped: faults.flatMap((fault, index) => (kept.has(index) ? [] : [{ index, reason: fault ?? 'not chosen' }])),
  };
}

function choose(
  traces: readonly TraceFacts[],
  pool: readonly number[],
  keep: SelectionSettings['keep'],
  place: Place,
): readonly number[] {
  if (keep === 'all') return pool;
  if (keep === 'first') return pool.slice(0, 1);
  if (pool.length === 0) return [];
  const rewards = new Map(pool.map((index) => [index, rewardOf(traces, index, place)]));
  // White space costs next to no KL, and no student learns anything from it, whatever its reward.
  const speaking = pool.filter((index) => traces[index]?.empty !== true);
  const candidates = speaking.length === 0 ? pool : speaking;
  const best = maximum(candidates.map((index) => rewards.get(index) ?? Number.NEGATIVE_INFINITY));
  return candidates.filter((index) => rewards.get(index) === best).slice(0, 1);
}

function rewardOf(traces: readonly TraceFacts[], index: number, place: Place): number {
  const reward = traces[index]?.reward;
  if (reward === undefined) {
    throw new UsageError(`trace ${index} has no reward, and traces are chosen by reward`, {
      ...place,
      remedy: "Score the traces first, or set keep to 'first' or 'all'.",
    });
  }
  if (!Number.isFinite(reward)) throw new NumericError(`the reward of trace ${index} is ${reward}`, place);
  return reward;
}
