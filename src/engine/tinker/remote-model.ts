/** What all models on a server have in common: checks, order, and the end. */
import { InputError, InterruptedError } from '../../errors.js';
import { checkOptions } from '../call-options.js';
import type {
  CallOptions,
  Completion,
  EngineProfile,
  Model,
  ModelFacts,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  ServedSource,
  TokenLogProbs,
} from '../engine.js';
import { OpenCalls } from '../remote/open-calls.js';
import { checkRequests, checkSequences, checkTemperatures } from '../requests.js';
import type { SamplingSession } from './client/sampling-session.js';
import { type Context, cannot } from './context.js';
import { checkSettings, sampleAll } from './sampling.js';
import { Turns } from './turns.js';

export abstract class RemoteModel implements Model {
  readonly context: Context;
  readonly source: ServedSource;
  readonly facts: ModelFacts;
  readonly profile: EngineProfile;
  protected readonly turns = new Turns();
  readonly #unregister: () => void;
  /** Samplings that use the weights as they are: these may not change before they are done. */
  readonly #sampling = new OpenCalls();
  #closed: Promise<void> | undefined;

  constructor(context: Context, source: ServedSource, facts: ModelFacts) {
    this.context = context;
    this.source = source;
    this.facts = facts;
    this.profile = context.profile;
    this.#unregister = context.register(() => this.close());
  }

  /** In its turn: the session that samples the weights as of now. It may resolve to a promise's future weights. */
  protected abstract sampler(): Promise<{ readonly session: Promise<SamplingSession> }>;
  /** In its turn: sends what computes the log-probs. */
  protected abstract score(
    sequences: readonly ScoreRequest[],
    options: CallOptions,
  ): Promise<{ readonly logProbs: Promise<TokenLogProbs[]> }>;
  /** In its turn, as the last. */
  protected abstract release(): Promise<void>;

  sample(requests: readonly SampleRequest[], options: SampleOptions = {}): Promise<Completion[][]> {
    return this.call(options, requests, async () => {
      checkRequests(this.facts, requests);
      const { session, findings, profile } = this.context;
      checkSettings(session, requests);
      if (typeof findings.sampling === 'string') throw cannot('sample', findings.sampling);
      const { signal } = options;
      const { work } = await this.turn(async () => {
        if (signal?.aborted === true) throw new InterruptedError();
        const sampler = await this.sampler();
        const finish = typeof findings.sampling !== 'string' && findings.sampling.overwrites;
        const job = { session, facts: this.facts, logProbs: profile.sampledLogProbs, finish };
        const sampling = sampler.session.then((from) => sampleAll(from, requests, job, options));
        return { work: this.#sampling.add(sampling) };
      });
      return work;
    });
  }

  logProbs(sequences: readonly ScoreRequest[], options: CallOptions = {}): Promise<TokenLogProbs[]> {
    return this.call(options, sequences, async () => {
      checkSequences(this.facts, sequences);
      this.checkTemperatures(sequences);
      const { signal } = options;
      const { logProbs } = await this.turn(async () => {
        if (signal?.aborted === true) throw new InterruptedError();
        return this.score(sequences, options);
      });
      const found = await logProbs;
      if (signal?.aborted === true) throw new InterruptedError();
      return found;
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.turns.take(async () => {
      await this.sampled();
      await this.release();
      this.#unregister();
    });
    return this.#closed;
  }

  /**
   * A call of this model. What cannot be sent is its mistake alone, and so is what an aborted signal ends before it
   * begins.
   */
  protected call<Result>(options: CallOptions, input: unknown, work: () => Promise<Result>): Promise<Result> {
    return this.context.track(async () => {
      if (this.#closed !== undefined) throw new InputError('the model was closed');
      checkOptions(options);
      if (options.signal?.aborted === true) throw new InterruptedError();
      structuredClone(input);
      return work();
    });
  }

  /** @throws {UnsupportedError} when the server computes log-probs at temperature 1 only, and another is asked for */
  protected checkTemperatures(sequences: readonly ScoreRequest[]): void {
    if (!this.profile.anyTemperature) checkTemperatures('the Tinker protocol', sequences);
  }

  protected turn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.turns.take(work);
  }

  /** Resolves when nothing samples the weights. */
  protected sampled(): Promise<void> {
    return this.#sampling.ended();
  }
}
