/** Rotary positions: how fast each pair of a head turns (Su et al., arXiv 2104.09864), and its stretched forms. */

/** Llama 3.1's stretching of the rotary frequencies (`rope_type` "llama3"). */
export interface Llama3RopeScaling {
  readonly kind: 'llama3';
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContextTokens: number;
}

/** All frequencies divided by one factor (`rope_type` "linear"). */
export interface LinearRopeScaling {
  readonly kind: 'linear';
  readonly factor: number;
}

/** Frequencies stretched by how often they turn within the original context (Peng et al., arXiv 2309.00071). */
export interface YarnRopeScaling {
  readonly kind: 'yarn';
  readonly factor: number;
  readonly originalContextTokens: number;
  /** Pairs with more turns are kept. */
  readonly fastTurns: number;
  /** Pairs with fewer turns are stretched by `factor`. */
  readonly slowTurns: number;
  /** Whether the pairs between which it is blended are rounded to whole ones. */
  readonly truncate: boolean;
  /** What cosines and sines are multiplied by. */
  readonly attentionFactor: number;
}

export type RopeScaling = Llama3RopeScaling | LinearRopeScaling | YarnRopeScaling;

/** One kind of rotation. */
export interface Rope {
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
}

/**
 * The angle by which each pair of a head turns from one position to the next, in radians; headSize / 2 numbers. Pair i
 * is made of elements i and i + headSize / 2. theta^(-2i / headSize); with llama3 scaling, wavelengths beyond
 * originalContextTokens / lowFrequencyFactor are stretched by `factor`, those below originalContextTokens /
 * highFrequencyFactor are kept, and those between are blended.
 */
export function inverseFrequencies({
  headSize,
  ropeTheta,
  ropeScaling: scaling,
}: Rope & { readonly headSize: number }): Float64Array {
  const blend = scaling?.kind === 'yarn' ? yarnBlend(scaling, headSize, ropeTheta) : undefined;
  return Float64Array.from({ length: headSize / 2 }, (_, pair) => {
    const frequency = ropeTheta ** ((-2 * pair) / headSize);
    if (scaling === undefined) return frequency;
    if (scaling.kind === 'linear') return frequency / scaling.factor;
    const kept = blend === undefined ? llama3Kept(scaling, frequency) : blend(pair);
    return kept * frequency + ((1 - kept) * frequency) / scaling.factor;
  });
}

/** The share of a frequency that is kept. */
function llama3Kept(scaling: RopeScaling, frequency: number): number {
  if (scaling.kind !== 'llama3') return 1;
  const { originalContextTokens, lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
  const turns = (originalContextTokens * frequency) / (2 * Math.PI);
  return Math.min(1, Math.max(0, (turns - low) / (high - low)));
}

/** The share of each pair's frequency that is kept: 1 up to the pair of fastTurns, 0 from that of slowTurns on. */
function yarnBlend(scaling: YarnRopeScaling, headSize: number, theta: number): (pair: number) => number {
  const { originalContextTokens, fastTurns, slowTurns, truncate } = scaling;
  const pairOf = (turns: number) =>
    (headSize * Math.log(originalContextTokens / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [pairOf(fastTurns), pairOf(slowTurns)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, headSize - 1);
  // As in transformers, where both are one: a step instead of a division by zero.
  const width = low === high ? 0.001 : high - low;
  return (pair) => 1 - Math.min(1, Math.max(0, (pair - low) / width));
}

/** What cosines and sines are multiplied by. */
export const rotationFactor = ({ ropeScaling }: Rope): number =>
  ropeScaling?.kind === 'yarn' ? ropeScaling.attentionFactor : 1;
