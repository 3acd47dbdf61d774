/**
 * One-sample estimators of KL(p || q) from a token that was sampled from p (Schulman, "Approximating KL divergence",
 * 2020). The reward uses them between teacher and student, the GRPO loss between policy and reference.
 */

export type KlEstimator = 'k1' | 'k3';

/** k1 = log p - log q. Unbiased, either sign. */
export function k1(logP: number, logQ: number): number {
  return logP - logQ;
}

/** k3 = q/p - 1 - log(q/p) = exp(-k1) - 1 + k1. Unbiased, never negative, less variance; infinite once -k1 > 709. */
export function k3(logP: number, logQ: number): number {
  return expMinusOneMinus(logQ - logP);
}

export const KL_ESTIMATORS: Readonly<Record<KlEstimator, (logP: number, logQ: number) => number>> = { k1, k3 };

/** exp(x) - 1 - x. Near 0 that difference has no digits left, so there the Taylor series x^2/2 + x^3/6 + ... */
function expMinusOneMinus(x: number): number {
  if (Math.abs(x) > 0.05) return Math.expm1(x) - x;
  // Terms up to x^9; the next is below 1e-18 of the first.
  let series = 1;
  for (let n = 9; n >= 3; n--) series = 1 + (x / n) * series;
  return ((x * x) / 2) * series;
}
