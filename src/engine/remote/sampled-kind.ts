/** What the log-probs are that a server sends with completions, as measured. */
import type { SampledLogProbs } from '../engine.js';

/** Log-probs that came with sampled tokens, and those that the same tokens have at temperature 1. */
export interface Compared {
  readonly reported: readonly number[];
  readonly atOne: readonly number[];
}

/** Where one answer dominates, samples below temperature 1 are certain at either; where none does, those above look alike. */
const OTHER_TEMPERATURES = [0.5, 2];

/**
 * Which log-probs come with completions. `compare` samples at a temperature; undefined says that no log-probs came.
 * Where the samples of no temperature can tell, the answer is `none`, so that log-probs are computed.
 */
export async function sampledKind(
  compare: (temperature: number) => Promise<Compared | undefined>,
): Promise<SampledLogProbs['of']> {
  const one = await compare(1);
  const noise = one === undefined ? Number.NaN : farthest(one, () => 1);
  // Samplers and trainers of few bits differ by hundredths.
  if (!(noise < 0.1)) return 'none';
  const visible = Math.max(0.05, 4 * noise);
  let certain = true;
  for (const temperature of OTHER_TEMPERATURES) {
    const other = await compare(temperature);
    if (other === undefined) return 'none';
    // What few bits do to the log-prob of an unlikely token grows with its size.
    const apart = farthest(other, (value) => Math.max(1, Math.abs(value)));
    if (Number.isNaN(apart)) return 'none';
    if (apart >= visible) return 'tempered';
    certain &&= other.atOne.every((value) => value > -visible);
  }
  return certain ? 'none' : 'raw';
}

/** The largest distance, in units that follow from the log-prob at temperature 1; NaN where tokens are missing. */
function farthest({ reported, atOne }: Compared, unit: (value: number) => number): number {
  if (reported.length === 0 || reported.length !== atOne.length) return Number.NaN;
  return Math.max(...atOne.map((value, i) => Math.abs((reported[i] ?? Number.NaN) - value) / unit(value)));
}
