/**
 * Several threads that share calls: all of those on a small model, and the training of a large one. thread/lanes.ts has
 * them. A runtime without them computes alone.
 */
import type {
  CallOptions,
  Completion,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import type { ModelWeights } from '../weights/model-weights.js';
import type { ParameterValues } from '../weights/parameters.js';

/** A model whose weights other threads have copies of: `revision` changes whenever its weights do. */
export interface Replicated {
  readonly weights: ModelWeights;
  readonly revision: number;
}

/** Log-probs of a call, and the gradient of each thread's share, in the order of the threads, until the next call. */
export interface Derivatives {
  readonly logProbs: TokenLogProbs[];
  readonly gradients: readonly ParameterValues[];
}

/** Each computes what its namesake in sampling.ts or sequences.ts does. */
export interface DataParallel {
  sample(model: Replicated, requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]>;
  logProbs(model: Replicated, sequences: readonly ScoreRequest[], options?: CallOptions): Promise<TokenLogProbs[]>;
  differentiate(model: Replicated, sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Derivatives>;
  /** Closes programs of training, and the memory that they keep. */
  closeTraining(): Promise<void>;
  /** Lets the threads forget a model. */
  drop(model: Replicated): Promise<void>;
  close(): Promise<void>;
}
