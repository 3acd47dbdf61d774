/**
 * Equal sequences of a call are computed once. Among the samples of a prompt many are the same, more the surer a policy
 * becomes: in the quickstart's reinforcement more than a quarter.
 */
import { RltError } from '../../../errors.js';
import { asLogProbs } from '../../../method/statistics.js';
import type { ScoreRequest, TokenLogProbs, WeightedSequence } from '../../engine.js';
import { at } from '../graph/graph.js';

/** Sequences that equal `first`, the first of them in the call. */
interface Class<Sequence> {
  readonly index: number;
  readonly first: Sequence;
  readonly others: Sequence[];
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const isSame = (a: ScoreRequest, b: ScoreRequest): boolean =>
  a.temperature === b.temperature && isEqual(a.positions, b.positions) && isEqual(a.ids, b.ids);

/** Equal for equal ids; seldom equal for others. */
function hashOf(ids: readonly number[]): number {
  let hash = ids.length;
  for (const id of ids) hash = (Math.imul(hash, 31) + id) | 0;
  return hash;
}

/** The classes in the order of their first, and which of them each sequence is in. */
function classesOf<Sequence extends ScoreRequest>(sequences: readonly Sequence[]) {
  const classes: Class<Sequence>[] = [];
  const byHash = new Map<number, Class<Sequence>[]>();
  const classOf = sequences.map((sequence, index) => {
    const hash = hashOf(sequence.ids);
    const alike = byHash.get(hash) ?? [];
    byHash.set(hash, alike);
    const known = alike.find(({ first }) => isSame(first, sequence));
    if (known !== undefined) {
      known.others.push(sequence);
      return known;
    }
    const own: Class<Sequence> = { index, first: sequence, others: [] };
    alike.push(own);
    classes.push(own);
    return own;
  });
  return { classes, classOf };
}

/** The sequence whose gradient is the sum of those of equal ones. */
export function summed(first: WeightedSequence, others: readonly WeightedSequence[]): WeightedSequence {
  if (others.length === 0) return first;
  // Rounded before they are added, as weights that came over a wire are: both sides of it compute the same bits.
  const weights = Array.from(first.weights, (weight, k) =>
    others.reduce((sum, { weights: more }) => sum + Math.fround(more[k] ?? Number.NaN), Math.fround(weight)),
  );
  return { ...first, weights };
}

/**
 * Log-probs of all sequences, of which `compute` gets those that differ; `join` makes one of equal ones. Errors name
 * the first sequence of the call that they are about.
 */
export async function computedOnce<Sequence extends ScoreRequest>(
  sequences: readonly Sequence[],
  join: (first: Sequence, others: readonly Sequence[]) => Sequence,
  compute: (distinct: readonly Sequence[]) => Promise<TokenLogProbs[]>,
): Promise<TokenLogProbs[]> {
  const { classes, classOf } = classesOf(sequences);
  if (classes.length === sequences.length) return compute(sequences);
  const computed = await compute(classes.map(({ first, others }) => join(first, others))).catch((error: unknown) => {
    const known = error instanceof RltError ? classes[Number(error.facts.sample)] : undefined;
    throw error instanceof RltError && known !== undefined ? error.at({ sample: known.index }) : error;
  });
  const results = new Map(classes.map((one, i) => [one, at(computed, i)]));
  return classOf.map((one, index) => {
    const result = results.get(one) ?? asLogProbs(new Float32Array());
    // Each has an array of its own, as whoever asked for it may write to it.
    return one.index === index ? result : asLogProbs(Float32Array.from(result));
  });
}
