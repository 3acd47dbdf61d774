/** Models in the computing thread, as the caller's thread holds them. */
import { InputError } from '../../../errors.js';
import { AccumulationLedger } from '../../accumulation.js';
import { checkAdam, checkDirectory, checkShare, checkState } from '../../calls.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  EngineProfile,
  FrozenCopy,
  Model,
  ModelFacts,
  ModelSource,
  Policy,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  StateReference,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import type { Link } from './link.js';
import type { EngineMethods, Opened } from './protocol.js';

/** The engine that a model belongs to. */
export interface ThreadEngine {
  readonly link: Link<EngineMethods>;
  readonly profile: EngineProfile;
}

export class ThreadModel implements Model {
  readonly facts: ModelFacts;
  readonly profile: EngineProfile;
  readonly engine: ThreadEngine;
  readonly handle: number;
  protected readonly link: Link<EngineMethods>;

  constructor(engine: ThreadEngine, { handle, facts }: Opened) {
    this.engine = engine;
    this.link = engine.link;
    this.profile = engine.profile;
    this.handle = handle;
    this.facts = facts;
  }

  sample(requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]> {
    return this.link.call('sample', { handle: this.handle, requests }, options);
  }

  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<TokenLogProbs[]> {
    return this.link.call('logProbs', { handle: this.handle, sequences }, options);
  }

  /** An engine that was closed has closed its models. */
  async close(): Promise<void> {
    if (!this.link.isClosed) await this.link.call('closeModel', { handle: this.handle });
  }
}

export class ThreadCopy extends ThreadModel implements FrozenCopy {
  async saveState(directory: string): Promise<StateReference> {
    checkDirectory('copy.saveState', directory);
    await this.link.call('saveState', { handle: this.handle, directory, accumulation: undefined });
    return { kind: 'directory', directory };
  }

  async restoreState(state: StateReference): Promise<void> {
    await this.link.call('restoreState', { handle: this.handle, directory: directoryOf(state) });
  }
}

export class ThreadPolicy extends ThreadModel implements Policy {
  readonly #ledger = new AccumulationLedger();

  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<TokenLogProbs[]> {
    return this.#ledger.accumulate((accumulation) =>
      this.link.call('accumulate', { handle: this.handle, sequences, accumulation }, options),
    );
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    // What is refused here leaves the gradient as it is.
    checkAdam(settings);
    return this.link.call('step', { handle: this.handle, settings, ticket: this.#ledger.step() });
  }

  async freeze(): Promise<FrozenCopy> {
    return new ThreadCopy(this.engine, await this.link.call('freeze', { handle: this.handle }));
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    if (!(reference instanceof ThreadCopy) || reference.engine !== this.engine)
      throw new InputError('the reference is not a copy that this engine made', {
        remedy: 'Make it with policy.freeze().',
      });
    checkShare(share);
    await this.link.call('blendInto', { handle: this.handle, reference: reference.handle, share });
  }

  async save(directory: string): Promise<ModelSource> {
    checkDirectory('policy.save', directory);
    return this.link.call('save', { handle: this.handle, directory });
  }

  async saveState(directory: string): Promise<StateReference> {
    checkDirectory('policy.saveState', directory);
    const { accumulation } = this.#ledger;
    await this.link.call('saveState', { handle: this.handle, directory, accumulation });
    return { kind: 'directory', directory };
  }

  async restoreState(state: StateReference): Promise<void> {
    const directory = directoryOf(state);
    this.#ledger.begin();
    await this.link.call('restoreState', { handle: this.handle, directory });
  }
}

function directoryOf(state: StateReference): string {
  checkState(state);
  if (state.kind === 'directory') return state.directory;
  throw new InputError(`the state ${state.path} is on a server, not on this machine`, {
    remedy: 'Restore it with the engine that saved it.',
  });
}
