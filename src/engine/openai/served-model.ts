/** A model that a server samples and scores. */
import { InputError, InterruptedError, UnsupportedError } from '../../errors.js';
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
  TokenLogProbs,
} from '../engine.js';
import { OpenCalls } from '../remote/open-calls.js';
import { checkRequests, checkSequences, checkTemperatures } from '../requests.js';
import { type Served, sampleAll, scoreAll } from './sampling.js';

/** What a model needs of its engine. */
export interface Owner {
  readonly profile: EngineProfile;
  /** Follows a call until it ends, so that the engine can wait for it; refuses it when the engine is closed. */
  readonly track: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** @throws {ConnectionError} when the weights are no longer those that were opened */
  readonly check: () => Promise<void>;
  readonly release: () => Promise<void>;
}

export class ServedModel implements Model {
  readonly facts: ModelFacts;
  readonly profile: EngineProfile;
  readonly #served: Served;
  readonly #owner: Owner;
  readonly #calls = new OpenCalls();
  #closed: Promise<void> | undefined;

  constructor(served: Served, owner: Owner) {
    this.#served = served;
    this.#owner = owner;
    this.facts = served.facts;
    this.profile = owner.profile;
  }

  sample(requests: readonly SampleRequest[], options: SampleOptions = {}): Promise<Completion[][]> {
    return this.#call(options, requests, async () => {
      checkRequests(this.facts, requests);
      return sampleAll(this.#served, requests, options);
    });
  }

  logProbs(sequences: readonly ScoreRequest[], options: CallOptions = {}): Promise<TokenLogProbs[]> {
    return this.#call(options, sequences, async () => {
      checkSequences(this.facts, sequences);
      const { score, name } = this.#served.dialect;
      checkTemperatures(name, sequences);
      if (score === undefined)
        throw new UnsupportedError(`${name} computes no log-probs of given texts`, {
          remedy: 'Let this model live on another engine.',
        });
      return scoreAll(this.#served, score, sequences, options);
    });
  }

  /** Resolves when no call is computed. */
  idle(): Promise<void> {
    return this.#calls.ended();
  }

  close(): Promise<void> {
    this.#closed ??= this.idle().then(() => this.#owner.release());
    return this.#closed;
  }

  /** What cannot be sent is the mistake of that call alone. */
  #call<Result>(options: CallOptions, input: unknown, work: () => Promise<Result>): Promise<Result> {
    return this.#owner.track(async () => {
      if (this.#closed !== undefined) throw new InputError('the model was closed');
      checkOptions(options);
      if (options.signal?.aborted === true) throw new InterruptedError();
      structuredClone(input);
      const result = work().then(async (found) => {
        await this.#owner.check();
        return found;
      });
      return this.#calls.add(result);
    });
  }
}
