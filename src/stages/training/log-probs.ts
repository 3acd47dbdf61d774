/** Reuses the log-probs that came with a completion. */
import type { Completion, TokenLogProbs } from '../../engine/engine.js';

/**
 * The policy's log-probs at `temperature` of the ids [T] sampled at temperature `sampled`; undefined if the engine
 * reported none, or reported them at another temperature.
 */
export function logProbsAt(
  temperature: number,
  { logProbs }: Pick<Completion, 'logProbs'>,
  sampled: number,
): TokenLogProbs | undefined {
  if (logProbs.of === 'none') return undefined;
  return (logProbs.of === 'tempered' ? sampled : 1) === temperature ? logProbs.values : undefined;
}
