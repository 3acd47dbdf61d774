/** What differs between servers of the completions API. */
import type { TokenIds } from '../../text/tokens.js';
import type { SampledLogProbs, SamplingSettings, TokenLogProbs } from '../engine.js';

/** One completion to be sampled. */
export interface SampleOne {
  readonly model: string;
  readonly prompt: TokenIds;
  readonly settings: SamplingSettings;
  /** `settings.maxTokens`, or what is left of the context. */
  readonly maxTokens: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** A completion as a server reports it. */
export interface Sampled {
  readonly ids: readonly number[];
  /** At temperature 1 or at the sampling temperature; undefined where the server sends none. */
  readonly logProbs: readonly number[] | undefined;
  /** Whether the last id ended it, and not the number of tokens. */
  readonly stopped: boolean;
}

/** What a server of one kind does, and how it is asked. */
export interface Dialect {
  readonly name: string;
  /** What comes with completions, for these settings. */
  readonly logProbsOf: (settings: SamplingSettings) => SampledLogProbs['of'];
  sample(one: SampleOne): Promise<Sampled>;
  /** Log-probs at temperature 1 of all ids but the first; undefined where the server computes none. */
  readonly score:
    | ((model: string, ids: TokenIds, signal: AbortSignal | undefined) => Promise<TokenLogProbs>)
    | undefined;
  /** The ids of a text, without any that the server would add. */
  tokenize(model: string, text: string): Promise<readonly number[]>;
  /** What can be done with the weights while the server runs; undefined where nothing can. */
  readonly weights: WeightCalls | undefined;
}

export interface WeightCalls {
  readonly adapters: boolean;
  readonly reload: boolean;
  /** Whether the server says which weights it has. */
  readonly versions: boolean;
  loadAdapter(name: string, directory: string): Promise<void>;
  unloadAdapter(name: string): Promise<void>;
  /** Puts the weights of a directory in the place of the server's model, under a version. */
  reloadWeights(directory: string, version: string): Promise<void>;
  version(): Promise<string>;
}
