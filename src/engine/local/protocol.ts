/** What the caller's thread and the computing thread say to each other. */
import type { ErrorRecord } from '../../errors.js';
import type {
  AdamSettings,
  CallOptions,
  LoraSettings,
  ModelFacts,
  ModelSource,
  SampleRequest,
  ScoreRequest,
  WeightedSequence,
} from '../engine.js';

/** A model on the other side. */
export interface Opened {
  readonly handle: number;
  readonly facts: ModelFacts;
}

export type Call =
  | { readonly method: 'open'; readonly source: ModelSource }
  | { readonly method: 'train'; readonly source: ModelSource; readonly lora: LoraSettings | undefined }
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

export type Request =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'abort'; readonly id: number };

export type Reply =
  | { readonly id: number; readonly kind: 'value'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: ErrorRecord }
  | {
      readonly id: number;
      readonly kind: 'progress';
      readonly progress: Parameters<NonNullable<CallOptions['onProgress']>>[0];
    };
