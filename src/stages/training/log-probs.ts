/** Log-probs that came with a completion, where they are those of a given temperature. */
import type { Completion } from '../../engine/engine.js';

/**
 * The policy's log-probs of the sampled ids [T] at a temperature, as they came from sampling at `sampled`; undefined
 * where the engine reported none, or those of another temperature.
 */
export function logProbsAt(
  temperature: number,
  { logProbs }: Pick<Completion, 'logProbs'>,
  sampled: number,
): Float32Array | undefined {
  if (logProbs.of === 'none') return undefined;
  return (logProbs.of === 'tempered' ? sampled : 1) === temperature ? logProbs.values : undefined;
}
