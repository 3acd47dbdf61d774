/** What the slow engine's client and server say to each other, over the IPC channel of a child process. */
import type { ErrorRecord } from '../../errors.js';
import type { StepTicket } from '../accumulation.js';
import type {
  AdamSettings,
  CallProgress,
  Completion,
  EngineProfile,
  LoraSettings,
  SampledLogProbs,
  SampleRequest,
  ScoreRequest,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../engine.js';
import type { Opened } from '../local/thread/protocol.js';

/** Variants of what the engine can do. */
export interface SlowAbilities {
  readonly anyTemperature: boolean;
  readonly sampledLogProbs: SampledLogProbs['of'];
  readonly blending: boolean;
}

/** What the server is started with. */
export interface SlowServerSettings {
  /** Directories of the models, by the names that the server gives them. */
  readonly models: Readonly<Record<string, string>>;
  /** The server's own directory, for models and states that it saves. */
  readonly directory: string;
  readonly abilities: SlowAbilities;
  /** Seed of the delays. */
  readonly seed: number;
  /** Longest time, in milliseconds, by which a call or an answer is delayed. */
  readonly mostDelayMs: number;
}

interface Method<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

export type SlowMethods = {
  readonly start: Method<SlowServerSettings, EngineProfile>;
  readonly open: Method<{ readonly name: string }, Opened>;
  readonly train: Method<{ readonly name: string; readonly lora: LoraSettings | undefined }, Opened>;
  readonly sample: Method<{ readonly requests: readonly SampleRequest[] }, Completion[][]>;
  readonly logProbs: Method<{ readonly sequences: readonly ScoreRequest[] }, TokenLogProbs[]>;
  readonly accumulate: Method<
    { readonly sequences: readonly WeightedSequence[]; readonly accumulation: number },
    TokenLogProbs[]
  >;
  readonly step: Method<{ readonly settings: AdamSettings; readonly ticket: StepTicket }, StepResult>;
  readonly freeze: Method<undefined, Opened>;
  readonly blendInto: Method<{ readonly share: number }, undefined>;
  /** Returns the name under which the server keeps the model. */
  readonly save: Method<{ readonly hint: string }, string>;
  /** Returns the path under which the server keeps the state. */
  readonly saveState: Method<{ readonly hint: string; readonly accumulation: number | undefined }, string>;
  readonly restoreState: Method<{ readonly path: string }, undefined>;
  readonly closeModel: Method<undefined, undefined>;
  readonly close: Method<undefined, undefined>;
};
export type SlowMethod = keyof SlowMethods;

/** A call's place in the order of the calls on a model. */
export interface Turn {
  readonly handle: number;
  readonly number: number;
}

export interface SlowCall<Name extends SlowMethod = SlowMethod> {
  readonly kind: 'call';
  readonly id: number;
  readonly method: Name;
  readonly input: SlowMethods[Name]['input'];
  /** One for each model that the call is about: the model it is made on first. */
  readonly turns: readonly Turn[];
}

export type SlowRequest = SlowCall | { readonly kind: 'abort'; readonly id: number };

export type SlowReply =
  | { readonly id: number; readonly kind: 'value'; readonly value: SlowMethods[SlowMethod]['output'] }
  | { readonly id: number; readonly kind: 'error'; readonly error: ErrorRecord }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: CallProgress }
  | {
      readonly id: number;
      readonly kind: 'completions';
      readonly request: number;
      readonly completions: readonly Completion[];
    };
