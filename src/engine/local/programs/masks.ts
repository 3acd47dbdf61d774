/** Masks of attention: numbers that are added to its scores. */

/** The lowest score that a mask adds: its exponential is 0 beside any real score, and sums with it stay finite. */
export const MASKED = -3e38;

/** [sharing * T, T]: 0 where a token attends (itself and those before), MASKED elsewhere. */
export function causalBias(tokens: number, sharing: number): Float32Array {
  const bias = new Float32Array(sharing * tokens * tokens);
  for (let row = 0; row < sharing * tokens; row++)
    bias.fill(MASKED, row * tokens + (row % tokens) + 1, (row + 1) * tokens);
  return bias;
}
