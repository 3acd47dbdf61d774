/** What the caller's thread and the computing thread say to each other. */
import type {
  AdamSettings,
  DirectorySource,
  LoraSettings,
  ModelFacts,
  SampleRequest,
  ScoreRequest,
  WeightedSequence,
} from '../../engine.js';

/** A model on the other side. */
export interface Opened {
  readonly handle: number;
  readonly facts: ModelFacts;
}

export type Call =
  /** Answers with the names of the providers that ONNX Runtime was built with. */
  | { readonly method: 'providers' }
  | { readonly method: 'open'; readonly source: DirectorySource }
  | { readonly method: 'train'; readonly source: DirectorySource; readonly lora: LoraSettings | undefined }
  | { readonly method: 'sample'; readonly handle: number; readonly requests: readonly SampleRequest[] }
  | { readonly method: 'logProbs'; readonly handle: number; readonly sequences: readonly ScoreRequest[] }
  | { readonly method: 'accumulate'; readonly handle: number; readonly sequences: readonly WeightedSequence[] }
  | { readonly method: 'step'; readonly handle: number; readonly settings: AdamSettings }
  | { readonly method: 'freeze'; readonly handle: number }
  | { readonly method: 'blendInto'; readonly handle: number; readonly reference: number; readonly share: number }
  | { readonly method: 'save'; readonly handle: number; readonly directory: string }
  | { readonly method: 'saveState'; readonly handle: number; readonly directory: string }
  | { readonly method: 'restoreState'; readonly handle: number; readonly directory: string }
  | { readonly method: 'closeModel'; readonly handle: number }
  | { readonly method: 'closeEngine' };
