/** The distribution functions of the intervals and tests. The unit tests compare them with SciPy. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln of the gamma function, x > 0 (Lanczos, g = 7, n = 9). */
function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  let series = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) series += (LANCZOS[i] as number) / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/** ln of n over k. */
export function lnBinomial(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

/** The regularised incomplete beta function I_x(a, b): continued fraction by Lentz's method. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it the mirror image does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 + term * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      c = Math.abs(c) < tiny ? tiny : c;
      result *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * result;
}

/** The x in [0, 1] with `distribution(x) = p`, for an increasing function, by bisection. */
function bisect(distribution: (x: number) => number, p: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2;
    if (distribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Quantile of the beta distribution. */
export function betaQuantile(p: number, a: number, b: number): number {
  return bisect((x) => incompleteBeta(x, a, b), p, 0, 1);
}

/** The standard normal distribution function. */
export function normalCdf(z: number): number {
  // I_x(1/2, n) tends to the normal too slowly; the incomplete gamma function at 1/2 is the error function.
  const x = (z * z) / 2;
  const half = incompleteGamma(0.5, x) / 2;
  return z < 0 ? 0.5 - half : 0.5 + half;
}

/** The regularised lower incomplete gamma function: series below a + 1, continued fraction above. */
function incompleteGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let total = term;
    for (let n = 1; n < 1_000 && Math.abs(term) > 1e-17 * total; n++) {
      term *= x / (a + n);
      total += term;
    }
    return front * total;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let result = d;
  for (let n = 1; n < 1_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return 1 - front * result;
}

/** Quantile of the standard normal distribution. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  // Bisection in the lower tail keeps its digits; the upper tail mirrors it.
  return p > 0.5 ? -normalQuantile(1 - p) : bisect(normalCdf, p, -40, 0);
}

/** Quantile of Student's t distribution. */
export function tQuantile(p: number, degrees: number): number {
  if (p < 0.5) return -tQuantile(1 - p, degrees);
  // P(|T| > t) = I_{v / (v + t^2)}(v / 2, 1 / 2)
  const x = betaQuantile(2 * (1 - p), degrees / 2, 0.5);
  return Math.sqrt(degrees * (1 / x - 1));
}

/** P(X <= k) for a binomial X of n draws with probability 1/2: the exact sign test is twice this. */
export function halfBinomialCdf(k: number, n: number): number {
  let total = 0;
  for (let i = 0; i <= k; i++) total += Math.exp(lnBinomial(n, i) - n * Math.LN2);
  return Math.min(1, total);
}
