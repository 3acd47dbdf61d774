// Whether two engines sample from the same distribution, by the log-probs of what they sample.
import { randomKey } from '../../dist/random.js';
import { concatIds, tokenIds } from '../../dist/text/tokens.js';

/**
 * How far the mean log-prob of one model's samples is from that of the exact model's, in standard errors. `exact`
 * computes all log-probs, at temperature 1. Whatever cuts the tail of the distribution raises the mean.
 */
export async function distanceOfSamples(model, exact, prompt, settings, count = 150) {
  const request = (seed) => ({
    prompt,
    count,
    key: randomKey(seed),
    settings: { maxTokens: 1, stopIds: tokenIds([]), ...settings },
  });
  const [there] = await model.sample([request(1)]);
  const [here] = await exact.sample([request(2)]);
  const [a, b] = [await statistics(there, exact, prompt), await statistics(here, exact, prompt)];
  return Math.abs(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / count);
}

async function statistics(completions, exact, prompt) {
  const rows = await exact.logProbs(
    completions.map(({ ids }) => ({ ids: concatIds(prompt, ids), positions: [prompt.length], temperature: 1 })),
  );
  const values = rows.map(([value]) => value);
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return { mean, variance: values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1) };
}
