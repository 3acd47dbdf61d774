/** The form of calls between threads: methods by name, each with what it takes and what it gives. */

import type { ErrorRecord } from '../../../errors.js';
import type { CallProgress, Completion, SampleOptions } from '../../engine.js';

export interface Method<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

/** Methods of a thread. Each has `close`, its last call. */
export type Methods = Readonly<Record<string, Method<unknown, unknown>>> & { readonly close: Method<undefined, void> };
export type InputOf<M extends Methods, Name extends keyof M> = M[Name]['input'];
export type OutputOf<M extends Methods, Name extends keyof M> = M[Name]['output'];

/** What a thread does for each of its methods. */
export type Handlers<M extends Methods> = {
  readonly [Name in keyof M]: (
    input: InputOf<M, Name>,
    options: SampleOptions,
  ) => OutputOf<M, Name> | Promise<OutputOf<M, Name>>;
};

/** From the caller. */
export type Request<M extends Methods> =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: keyof M;
      readonly input: InputOf<M, keyof M>;
      /** Whether somebody listens for completions before the call is done. */
      readonly reportsCompletions: boolean;
      /** Whether somebody listens for tokens. */
      readonly reportsTokens: boolean;
    }
  | { readonly kind: 'abort'; readonly id: number };

/** To the caller. */
export type Reply<M extends Methods> =
  | { readonly id: number; readonly kind: 'value'; readonly value: OutputOf<M, keyof M> }
  | { readonly id: number; readonly kind: 'error'; readonly error: ErrorRecord }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: CallProgress }
  | {
      readonly id: number;
      readonly kind: 'completions';
      readonly request: number;
      readonly completions: readonly Completion[];
    }
  | {
      readonly id: number;
      readonly kind: 'token';
      readonly request: number;
      readonly sample: number;
      readonly token: number;
    };
