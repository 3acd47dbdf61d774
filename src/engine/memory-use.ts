/** What stages ask of an engine, as far as its memory depends on it: known before anything runs. */
import type { DirectorySource, LoraSettings, WeightBits } from './engine.js';

/** The largest calls of one kind: sequences that share prompts, with lengths in tokens. */
export interface CallShape {
  readonly kind: 'sample' | 'score' | 'train';
  /** Prompts, or sequences that share nothing. */
  readonly groups: number;
  /** Sequences that continue each prompt. */
  readonly rows: number;
  readonly promptTokens: number;
  /** Longest continuation; all of its positions are sampled, scored or trained on. */
  readonly ownTokens: number;
  /** How often it is asked in the stage; absent: often. */
  readonly times?: number | undefined;
  /** Whether all sequences have these lengths; absent: they vary, as those of data do. */
  readonly alike?: boolean | undefined;
}

/** The form of an adapter. */
export type AdapterShape = Pick<LoraSettings, 'rank' | 'targets'>;

/** How a model is trained. */
export interface TrainingUse {
  /** Null: all weights learn. */
  readonly lora: AdapterShape | null;
  /** The frozen copy that follows it, if any: of what learns, or blended with the policy. */
  readonly reference: 'none' | 'copy' | 'blend';
}

/** What the shape of a model is read from: the files of a model, or what would stand in its config.json. */
export type ModelShapeSource = Pick<DirectorySource, 'directory'> | { readonly config: object };

/** A model that is open in a stage, and what is asked of it there. */
export interface ModelUse {
  readonly shape: ModelShapeSource;
  readonly bits?: WeightBits | undefined;
  /** The adapter that it comes with. */
  readonly adapter?: AdapterShape | undefined;
  /** Absent: it is frozen. */
  readonly training?: TrainingUse | undefined;
  readonly calls: readonly CallShape[];
}
