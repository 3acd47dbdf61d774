/** Masks of attention: numbers that are added to its scores. */
import type { Architecture } from '../files/architecture.js';
import { type Feeds, floats } from '../graph/tensors.js';

/** The lowest score that a mask adds: its exponential is 0 beside any real score, and sums with it stay finite. */
export const MASKED = -3e38;

/** The lowest position that a token sees, its own position among those that it sees: all, or those of a window. */
export const firstSeen = (position: number, window: number): number => Math.max(0, position - window + 1);

/** [sharing * T, T]: 0 where a token attends (itself and up to window - 1 tokens before), MASKED elsewhere. */
export function causalBias(tokens: number, sharing: number, window = Number.POSITIVE_INFINITY): Float32Array {
  const bias = new Float32Array(sharing * tokens * tokens);
  for (let row = 0; row < sharing * tokens; row++) {
    const token = row % tokens;
    bias.fill(MASKED, row * tokens, row * tokens + firstSeen(token, window));
    bias.fill(MASKED, row * tokens + token + 1, (row + 1) * tokens);
  }
  return bias;
}

/** The name of the mask for windowed layers. */
export const windowed = (name: string): string => `${name}:window`;

/** Which of the two masks the layers of a model need. */
export function masksOf(a: Architecture): { readonly full: boolean; readonly window: number | undefined } {
  return { full: a.window?.layers.includes(false) ?? true, window: a.window?.tokens };
}

/** The causal masks that a model's layers need, by the names of their inputs. */
export function causalFeeds(a: Architecture, name: string, tokens: number): Feeds {
  const sharing = a.heads / a.keyValueHeads;
  const { full, window } = masksOf(a);
  const mask = (reach?: number) => floats(causalBias(tokens, sharing, reach), [sharing * tokens, tokens]);
  return {
    ...(full ? { [name]: mask() } : {}),
    ...(window === undefined ? {} : { [windowed(name)]: mask(window) }),
  };
}
