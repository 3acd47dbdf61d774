/** What the caller's thread can ask of the computing thread. Models there have handles. */
import type { StepTicket } from '../../accumulation.js';
import type {
  AdamSettings,
  Completion,
  DirectorySource,
  LoraSettings,
  ModelFacts,
  SampleRequest,
  ScoreRequest,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import type { Method } from './methods.js';

/** A model on the other side. */
export interface Opened {
  readonly handle: number;
  readonly facts: ModelFacts;
}

/** A call on a model, with what it takes besides. */
type OnModel<Rest = unknown> = { readonly handle: number } & Rest;

export type EngineMethods = {
  /** The names of the providers that ONNX Runtime was built with. */
  readonly providers: Method<undefined, readonly string[]>;
  /** Computes something, which fails where the provider cannot be used on this machine. */
  readonly check: Method<undefined, void>;
  readonly open: Method<{ readonly source: DirectorySource }, Opened>;
  readonly train: Method<{ readonly source: DirectorySource; readonly lora: LoraSettings | undefined }, Opened>;
  readonly sample: Method<OnModel<{ readonly requests: readonly SampleRequest[] }>, Completion[][]>;
  readonly logProbs: Method<OnModel<{ readonly sequences: readonly ScoreRequest[] }>, TokenLogProbs[]>;
  readonly accumulate: Method<
    OnModel<{ readonly sequences: readonly WeightedSequence[]; readonly accumulation: number }>,
    TokenLogProbs[]
  >;
  readonly step: Method<OnModel<{ readonly settings: AdamSettings; readonly ticket: StepTicket }>, StepResult>;
  readonly freeze: Method<OnModel, Opened>;
  readonly blendInto: Method<OnModel<{ readonly reference: number; readonly share: number }>, void>;
  readonly save: Method<OnModel<{ readonly directory: string }>, DirectorySource>;
  /** `accumulation`: of a policy. */
  readonly saveState: Method<OnModel<{ readonly directory: string; readonly accumulation: number | undefined }>, void>;
  readonly restoreState: Method<OnModel<{ readonly directory: string }>, void>;
  readonly closeModel: Method<OnModel, void>;
  readonly close: Method<undefined, void>;
};
