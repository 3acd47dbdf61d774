/**
 * The boundary: all that the method needs from a language model, in token ids. Engines implement it (local/ in this
 * process); stages use it and know no engine by name.
 *
 * All log-probabilities are natural logs of softmax(logits / temperature).
 */
import type { RandomKey } from '../random.js';
import type { TokenIds } from '../text/tokens.js';

export interface SamplingSettings {
  /** 0 is greedy: the likeliest token, and log-probs reported at temperature 1. */
  readonly temperature: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
  readonly topP?: number;
  /** Keep the k likeliest tokens; 0 or absent keeps all. */
  readonly topK?: number;
  /** Keep tokens at least this fraction as likely as the likeliest; 0 or absent keeps all. */
  readonly minP?: number;
  readonly maxTokens: number;
  /** Ids that end a completion. The id that ended it is the last of its ids. */
  readonly stopIds: TokenIds;
}

/** Ask for `count` completions of one prompt. The prompt is computed once for all of them. */
export interface SampleRequest {
  readonly prompt: TokenIds;
  readonly count: number;
  readonly settings: SamplingSettings;
  /**
   * Sample i draws its token at position p from place (firstSample + i, p) of this key's table: what is sampled does
   * not depend on the other requests, on batching or on order.
   */
  readonly key: RandomKey;
  /** Index of the first sample (default 0), so that an interrupted request can be continued. */
  readonly firstSample?: number;
}

export interface Completion {
  readonly ids: TokenIds;
  /** One a sampled id, at the sampling temperature, of the whole distribution (before top-p, top-k, min-p). */
  readonly logProbs: Float32Array;
  /** `stop`: a stop id was sampled; `length`: maxTokens reached; `context`: the model's context is full. */
  readonly ended: 'stop' | 'length' | 'context';
}

/** Ask for log p(ids[position] | ids[0..position-1]) at each position (1 <= position < ids.length). */
export interface ScoreRequest {
  readonly ids: TokenIds;
  /** Strictly increasing. */
  readonly positions: readonly number[];
  readonly temperature: number;
}

/** A sequence whose chosen positions carry signed weights: its share of the objective is sum_k weights[k] * log p(ids[positions[k]]). */
export interface WeightedSequence extends ScoreRequest {
  readonly weights: ArrayLike<number>;
}

export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled (AdamW). */
  readonly weightDecay: number;
  /** Global gradient norm is clipped to this; 0 or absent does not clip. */
  readonly clipNorm?: number;
}

export interface StepResult {
  /** Global L2 norm of the accumulated gradient before clipping. */
  readonly gradientNorm: number;
}

export interface CallOptions {
  /** Aborting rejects with InterruptedError at the next safe point; the model stays usable. */
  readonly signal?: AbortSignal;
  /** Called as tokens are produced or processed, with totals of this call. */
  readonly onProgress?: (progress: { readonly tokens: number; readonly sequencesDone: number }) => void;
}

/** What a model is, as far as the method needs to know. */
export interface ModelFacts {
  readonly vocabularySize: number;
  readonly contextTokens: number;
  readonly parameters: number;
}

/** A frozen language model. */
export interface Model {
  readonly facts: ModelFacts;
  /** completions[request][sample]. */
  sample(requests: readonly SampleRequest[], options?: CallOptions): Promise<Completion[][]>;
  /** logProbs[sequence][k] belongs to positions[k]. */
  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** A copy that a policy made of itself: a reference. */
export interface FrozenCopy extends Model {
  /** Writes the copy's weights exactly and atomically; a later `freeze` of the same policy restores them. */
  saveState(directory: string): Promise<void>;
  restoreState(directory: string): Promise<void>;
}

/** A model that learns. */
export interface Policy extends Model {
  /** Adds the gradient of the weighted log-likelihood to what was accumulated; returns log-probs as `logProbs` does. */
  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Float32Array[]>;
  /** One AdamW step that INCREASES the accumulated objective, then forgets the gradient. */
  step(settings: AdamSettings): Promise<StepResult>;
  /** A frozen copy of the weights as they are now. */
  freeze(): Promise<FrozenCopy>;
  /** reference <- share * (this policy's weights) + (1 - share) * reference, for a copy that `freeze` made. */
  blendInto(reference: FrozenCopy, share: number): Promise<void>;
  /** Writes a Hugging Face directory, or a PEFT adapter directory where an adapter of an unchanged base learnt; atomically. */
  save(directory: string): Promise<void>;
  /** Writes weights and optimiser state, atomically; `restoreState` continues bit-equally. */
  saveState(directory: string): Promise<void>;
  restoreState(directory: string): Promise<void>;
}

export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** Names of linear layers, as PEFT's target_modules: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj. */
  readonly targets: readonly string[];
  /** Seed of the initial A matrices. */
  readonly seed: number;
}

/** What an engine can do; a recipe that asks for more is refused before anything runs. */
export interface EngineProfile {
  readonly name: string;
  /** Temperatures other than 1 in logProbs and accumulate. */
  readonly anyTemperature: boolean;
  readonly fullFineTuning: boolean;
  readonly lora: boolean;
  readonly blending: boolean;
  /** Frozen copies stay addressable while the policy trains on. */
  readonly frozenCopies: boolean;
  readonly training: boolean;
  readonly deterministic: boolean;
  readonly providers: readonly string[];
}

export interface Engine {
  readonly profile: EngineProfile;
  /** Opens a frozen model: a Hugging Face directory, optionally with a PEFT adapter directory on top of it. */
  open(source: ModelSource): Promise<Model>;
  /** Opens a model for training; with `lora`, only an adapter learns: the source's own where it has the same form. */
  train(source: ModelSource, options?: { readonly lora?: LoraSettings }): Promise<Policy>;
  close(): Promise<void>;
}

export interface ModelSource {
  readonly directory: string;
  readonly adapter?: string;
}
