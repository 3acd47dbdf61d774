/**
 * The boundary between the method and language models: everything that the method needs from a model, in token ids.
 * Engines implement it (local/ on this machine); stages use it and know no engine by name.
 *
 * All log-probs are natural logarithms of softmax(logits / temperature).
 */
// Threads that only compute read this file: no schema library here.
import { objectWith, oneOf, requireArguments, text } from '../method/arguments.js';
import type { LogProbs } from '../method/statistics.js';
import type { RandomKey } from '../random.js';
import type { TokenIds } from '../text/tokens.js';

/** Where a model is: a Hugging Face directory on this machine, or a name that an engine's server knows. */
export type ModelSource = DirectorySource | ServedSource;

/** A model in a Hugging Face directory on this machine. */
export interface DirectorySource {
  readonly kind: 'directory';
  readonly directory: string;
  /** Directory of a PEFT adapter on top of the model. */
  readonly adapter?: string;
  /** Bits in which the matrices of the model's layers are held, frozen; absent: as float32. */
  readonly bits?: WeightBits;
}

/** In how many bits an engine can hold frozen weights, besides float32. */
export const WEIGHT_BITS = [8, 4] as const;
/** Bits of a frozen weight, rounded by blocks. */
export type WeightBits = (typeof WEIGHT_BITS)[number];

/** A model that an engine's server knows by name. */
export interface ServedSource {
  readonly kind: 'served';
  /** The model's name on the server. */
  readonly name: string;
  /** Directory on this machine with the model's tokenizer and chat template. */
  readonly tokenizer: string;
}

/** The directory that holds a model's tokenizer and chat template. */
export const tokenizerDirectory = (source: ModelSource): string => {
  const isServed = typeof source === 'object' && source?.kind === 'served';
  const fields = isServed ? { tokenizer: text } : { kind: oneOf('directory', 'served'), directory: text };
  requireArguments("tokenizerDirectory(await locateModel('builtin:base'))", { source: [source, objectWith(fields)] });
  return source.kind === 'directory' ? source.directory : source.tokenizer;
};

/** Saved training state, or saved weights of a frozen copy: a directory on this machine, or a path on a server. */
export type StateReference =
  | { readonly kind: 'directory'; readonly directory: string }
  | { readonly kind: 'served'; readonly path: string };

/** How the next token is chosen, and where a completion ends. */
export interface SamplingSettings {
  /** 0 is greedy: the likeliest token, with log-probs at temperature 1. */
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

/** A request for `count` completions of one prompt. The prompt is computed once for all of them. */
export interface SampleRequest {
  readonly prompt: TokenIds;
  readonly count: number;
  readonly settings: SamplingSettings;
  /**
   * Sample i draws its token at position p from entry (firstSample + i, p) of this key's table: what is sampled does
   * not depend on the other requests, on batching or on order, except by rounding, which is coarse where products are of
   * integers (docs/engine.md).
   */
  readonly key: RandomKey;
  /** Index of the first sample (default 0), so that an interrupted request can be resumed. */
  readonly firstSample?: number;
}

/** The log-probs of the tokens of one sequence, as engines compute them. */
export type TokenLogProbs = LogProbs<Float32Array>;

/**
 * The log-probs that came with a completion: one per sampled id, of the whole distribution (before top-p, top-k,
 * min-p). `tempered`: at the sampling temperature; `raw`: at temperature 1; `none`: the engine did not report any.
 */
export type SampledLogProbs =
  | { readonly of: 'tempered' | 'raw'; readonly values: TokenLogProbs }
  | { readonly of: 'none' };

/** One completion of a prompt. */
export interface Completion {
  readonly ids: TokenIds;
  readonly logProbs: SampledLogProbs;
  /** `stop`: a stop id was sampled; `length`: maxTokens was reached; `context`: the model's context is full. */
  readonly ended: 'stop' | 'length' | 'context';
}

/** A request for log p(ids[position] | ids[0..position-1]) at each position (1 <= position < ids.length). */
export interface ScoreRequest {
  readonly ids: TokenIds;
  /** Strictly increasing. */
  readonly positions: readonly number[];
  readonly temperature: number;
}

/**
 * A sequence whose chosen positions carry signed weights. It adds sum_k weights[k] * log p(ids[positions[k]]) to the
 * objective.
 */
export interface WeightedSequence extends ScoreRequest {
  readonly weights: ArrayLike<number>;
}

/** What weight decay applies to: `matrices` leaves out norms and biases, as the Trainer of transformers does. */
export type WeightDecayTarget = 'matrices' | 'all';

/** The settings of one AdamW step. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled (AdamW). */
  readonly weightDecay: number;
  /**
   * What decays: matrices, the embedding and adapters' factors among them (the default), or norms and biases too.
   */
  readonly decay?: WeightDecayTarget;
  /** The global gradient norm is clipped to this; 0 or absent does not clip. */
  readonly clipNorm?: number;
}

/** What an engine reports of an optimiser step. */
export interface StepResult {
  /** Global L2 norm of the accumulated gradient before clipping; undefined where the engine does not report it. */
  readonly gradientNorm: number | undefined;
}

/** How far a call has come. */
export interface CallProgress {
  readonly tokens: number;
  readonly sequencesDone: number;
}

/** What every call to a model takes: a signal to abort it, and a listener to its progress. */
export interface CallOptions {
  /** Aborting rejects with InterruptedError at the next safe point; the model stays usable. */
  readonly signal?: AbortSignal;
  /** Called as tokens are produced or processed, with the totals of this call. */
  readonly onProgress?: (progress: CallProgress) => void;
}

/** Receives the completions of a request, by the request's index in the call, once all of them are there. */
export type CompletionsListener = (request: number, completions: readonly Completion[]) => void;

/** Receives tokens as they are sampled: the request's index in the call, the index of its sample, the id. */
export type TokenListener = (request: number, sample: number, id: number) => void;

/** What `sample` takes besides its requests. */
export interface SampleOptions extends CallOptions {
  /**
   * Called once per request, when all its completions are there: possibly long before the call resolves, in any order.
   * A call that rejects may have reported some requests before. It rejects with whatever this callback throws.
   */
  readonly onCompletions?: CompletionsListener;
  /**
   * Called with every token as soon as it is sampled, by engines that compute tokens here (the local one); others do not
   * call it. It changes nothing that is sampled.
   */
  readonly onToken?: TokenListener;
}

/** What a model is, as far as the method needs to know. */
export interface ModelFacts {
  readonly vocabularySize: number;
  readonly contextTokens: number;
  /** Undefined where the engine does not report it. */
  readonly parameters: number | undefined;
}

/**
 * A frozen language model.
 *
 * Order: the calls on one model or policy take effect in the order in which they are made, whether or not earlier ones
 * were awaited. `sample` and `logProbs` see the weights as of their place in that order. So a stage may issue
 * `accumulate` and `step` together and wait for both, with Promise.all.
 */
export interface Model {
  readonly facts: ModelFacts;
  /** What the engine can do with this model: the engine's profile where this model does not differ from it. */
  readonly profile: EngineProfile;
  /** completions[request][sample]. */
  sample(requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]>;
  /** logProbs[sequence][k] belongs to positions[k]. */
  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<TokenLogProbs[]>;
  /** Frees what the model holds. */
  close(): Promise<void>;
}

/** Longest sequence that a model can be asked about, in tokens: its context, or less where its engine takes no more. */
export const longestSequence = (model: Pick<Model, 'facts' | 'profile'>): number => {
  requireArguments('longestSequence(await engine.open(source))', { model: [model, IS_MODEL] });
  const { facts, profile } = model;
  return Math.min(facts.contextTokens, profile.requestTokens ?? facts.contextTokens);
};

const IS_MODEL = objectWith({ facts: objectWith({}), profile: objectWith({}) });

/** A copy that a policy made of itself: a reference. */
export interface FrozenCopy extends Model {
  /** Saves the copy's weights exactly and atomically: into `directory`, as a policy's state, or on the engine's server. */
  saveState(directory: string): Promise<StateReference>;
  /** Restores what a copy of the same policy saved. */
  restoreState(state: StateReference): Promise<void>;
}

/** A model that learns. */
export interface Policy extends Model {
  /**
   * Adds the gradient of the weighted log-likelihood to what was accumulated; returns log-probs as `logProbs` does.
   *
   * When it fails or is aborted, even before it was sent, everything accumulated since the last step is discarded. The
   * calls of `accumulate` and `step` for the same step that were already issued after it reject with InputError and
   * change nothing. What is accumulated once the failure is known starts from zero.
   */
  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<TokenLogProbs[]>;
  /** One AdamW step that INCREASES the accumulated objective, then clears the gradient. */
  step(settings: AdamSettings): Promise<StepResult>;
  /** A frozen copy of the weights as they are now. */
  freeze(): Promise<FrozenCopy>;
  /**
   * reference <- share * (this policy's weights) + (1 - share) * reference, for a copy that `freeze` made. It takes its
   * place among the calls on the copy as well.
   */
  blendInto(reference: FrozenCopy, share: number): Promise<void>;
  /**
   * Saves a Hugging Face directory, or a PEFT adapter directory where an adapter of an unchanged base learnt;
   * atomically. It is written to `directory` where models live on this machine, and kept by the server where they do
   * not. Returns where the saved model is.
   *
   * On this machine a new folder takes the place of `directory`, which may be one with a model or an adapter that was
   * saved, an empty one, or nothing. A link is followed.
   * @throws {UsageError} before anything is written, when `directory` is a file or the working directory, holds anything
   * else, or holds the base of the adapter
   */
  save(directory: string): Promise<ModelSource>;
  /**
   * Saves weights and optimiser state atomically; `restoreState` continues bit for bit. It cannot be called between
   * `accumulate` and `step`.
   *
   * On this machine a new folder takes the place of `directory`, which may be one with a state that was saved, an empty
   * one, or nothing. A link is followed.
   * @throws {UsageError} before anything is written, when `directory` is a file or the working directory, or holds
   * anything else
   */
  saveState(directory: string): Promise<StateReference>;
  /** Discards what was accumulated, even when it fails. */
  restoreState(state: StateReference): Promise<void>;
}

/** Linear layers that an adapter can target, by PEFT's names; the last two are those of Phi 3, which joins them. */
export const LORA_TARGETS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
  'qkv_proj',
  'gate_up_proj',
] as const;
/** A linear layer that an adapter can target, by PEFT's name. */
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** Samples of one request: a book is kept of each before the first is drawn. */
export const MOST_SAMPLES = 2 ** 20;

/** The lowest temperature above 0 that settings take. What is divided by a much lower one exceeds float32. */
export const LEAST_TEMPERATURE = 1e-6;

/** The bounds of LoRA's alpha: beyond them products leave float32, or nothing is learnt. */
export const [LEAST_ALPHA, MOST_ALPHA] = [1e-6, 1e6];

/** A low-rank adapter (arXiv 2106.09685), in the terms of PEFT. */
export interface LoraSettings {
  readonly rank: number;
  /** The adapter's product is scaled by alpha / rank. */
  readonly alpha: number;
  readonly targets: readonly LoraTarget[];
  /** Seed of the initial A matrices. */
  readonly seed: number;
}

/** What an engine can do, as its handshake found it. A recipe that asks for more is refused before anything runs. */
export interface EngineProfile {
  readonly name: string;
  /** Whether logProbs and accumulate take temperatures other than 1. */
  readonly anyTemperature: boolean;
  /** Whether logProbs computes anything; absent where it does. */
  readonly scoring?: boolean;
  /** The log-probs that come with completions sampled at a temperature above 0. */
  readonly sampledLogProbs: SampledLogProbs['of'];
  /** Undefined: the engine cannot train. */
  readonly training: TrainingProfile | undefined;
  /** Why it cannot train, in the words of its server; absent: there is nothing to say, or it can. */
  readonly cannotTrain?: string;
  /** The kinds of model source that it opens. */
  readonly sources: readonly ModelSource['kind'][];
  /** The names by which its server has models; absent: it does not tell, or has none by name. */
  readonly served?: readonly string[];
  /**
   * As the sampler of a policy that is trained elsewhere: whether it takes an adapter, and whether all weights, while it
   * runs. Both come to it in folders: what another server keeps under a name is not there. Absent: it opens whatever the
   * trainer saves in a form of `sources`.
   */
  readonly policies?: { readonly adapters: boolean; readonly weights: boolean };
  /** Longest sequence of one request in tokens; undefined where only the model's context limits it. */
  readonly requestTokens: number | undefined;
  /** How many calls are worth having in flight at once; 1: they are computed one after the other. */
  readonly callsInFlight: number;
  /** Whether equal calls give equal bits. */
  readonly deterministic: boolean;
  /** The bits in which it can hold frozen weights; absent: as they are in their files only. */
  readonly weightBits?: readonly WeightBits[];
}

/** What an engine can do in training. */
export interface TrainingProfile {
  /** Whether all weights can be trained. */
  readonly full: boolean;
  readonly lora: boolean;
  /** Whether frozen copies stay usable while the policy trains on. */
  readonly frozenCopies: boolean;
  readonly blending: boolean;
  /**
   * The fields of AdamSettings that the optimiser honours; `clipNorm` among them where it clips. Without `decay`, its
   * weight decay applies to norms and biases too.
   */
  readonly optimiser: readonly (keyof AdamSettings)[];
}

/** Opens models and trains them. Models live until they or the engine are closed. */
export interface Engine {
  readonly profile: EngineProfile;
  /** Opens a frozen model. */
  open(source: ModelSource): Promise<Model>;
  /** Opens a model for training. With `lora`, only an adapter learns: the source's own where it has the same form. */
  train(source: ModelSource, options?: { readonly lora?: LoraSettings }): Promise<Policy>;
  /** Closes all models and frees what the engine holds. */
  close(): Promise<void>;
}
