/** What the tests of the engine suite share. */
import { randomKey } from '../../random.js';
import type { Golden, GoldenModel } from '../../testing/goldens.js';
import { tokenIds } from '../../text/tokens.js';
import type { Engine, ModelSource, SampleRequest, SamplingSettings, WeightedSequence } from '../engine.js';

export interface EngineUnderTest {
  /** Opens an engine of its own for each call. */
  readonly open: () => Promise<Engine>;
  /** One that computes a call in many small batches, so that it can be interrupted in the middle. */
  readonly openInSmallBatches: () => Promise<Engine>;
  /** One of the tiny models, as this engine finds it. */
  readonly source: (model: GoldenModel) => ModelSource;
}

/** What the tests share. */
export interface Bench extends EngineUnderTest {
  readonly engine: Engine;
  readonly golden: Golden;
  /** A directory that does not exist yet. */
  readonly place: (name: string) => string;
}

export const sequence = (given: Partial<WeightedSequence> = {}): WeightedSequence => ({
  ids: tokenIds([1, 2, 3, 4]),
  positions: [1, 3],
  temperature: 1,
  weights: [0.5, -1],
  ...given,
});

export const request = (
  given: Partial<SampleRequest> = {},
  settings: Partial<SamplingSettings> = {},
): SampleRequest => ({
  prompt: tokenIds([1, 2, 3]),
  count: 1,
  settings: { temperature: 1, maxTokens: 3, stopIds: tokenIds([]), ...settings },
  key: randomKey(1),
  ...given,
});

export const ADAM = { learningRate: 0.02, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };

/** The golden sequences, at a temperature that every engine can compute. */
export const sequencesOf = ({ golden }: Bench): readonly WeightedSequence[] =>
  golden.sequences.map((one) => ({ ...one, temperature: 1 }));
