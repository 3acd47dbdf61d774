/** The engine on this machine: ONNX Runtime in a thread of its own. */
import { InputError, UnsupportedError } from '../../errors.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  DirectorySource,
  Engine,
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
  WeightedSequence,
} from '../engine.js';
import { type LocalSettings, localSettings, providerRemedy } from './settings.js';
import { Link } from './thread/link.js';
import type { Call, Opened } from './thread/protocol.js';

const LOCAL_PROFILE: EngineProfile = {
  name: 'local',
  anyTemperature: true,
  sampledLogProbs: 'tempered',
  training: {
    full: true,
    lora: true,
    frozenCopies: true,
    blending: true,
    optimiser: ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'clipNorm'],
  },
  requestTokens: undefined,
  callsInFlight: 1,
  deterministic: true,
};

/** A model in the engine's thread, as the caller's thread holds it. */
class ThreadModel implements Model {
  readonly facts: ModelFacts;
  readonly profile = LOCAL_PROFILE;
  readonly handle: number;
  readonly link: Link<Call>;

  constructor(link: Link<Call>, { handle, facts }: Opened) {
    this.link = link;
    this.handle = handle;
    this.facts = facts;
  }

  sample(requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]> {
    return this.link.call({ method: 'sample', handle: this.handle, requests }, options) as Promise<Completion[][]>;
  }

  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'logProbs', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  async close(): Promise<void> {
    await this.link.call({ method: 'closeModel', handle: this.handle });
  }
}

class ThreadCopy extends ThreadModel implements FrozenCopy {
  async saveState(directory: string): Promise<StateReference> {
    await this.link.call({ method: 'saveState', handle: this.handle, directory });
    return { kind: 'directory', directory };
  }

  async restoreState(state: StateReference): Promise<void> {
    if (state.kind !== 'directory') {
      throw new InputError(`the state ${state.path} is on a server, not on this machine`, {
        remedy: 'Restore it with the engine that saved it.',
      });
    }
    await this.link.call({ method: 'restoreState', handle: this.handle, directory: state.directory });
  }
}

class ThreadPolicy extends ThreadCopy implements Policy {
  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'accumulate', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  step(settings: AdamSettings): Promise<StepResult> {
    return this.link.call({ method: 'step', handle: this.handle, settings }) as Promise<StepResult>;
  }

  async freeze(): Promise<FrozenCopy> {
    return new ThreadCopy(this.link, (await this.link.call({ method: 'freeze', handle: this.handle })) as Opened);
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    if (!(reference instanceof ThreadModel) || reference.link !== this.link)
      throw new InputError('the reference is not a model of this engine');
    await this.link.call({ method: 'blendInto', handle: this.handle, reference: reference.handle, share });
  }

  save(directory: string): Promise<ModelSource> {
    return this.link.call({ method: 'save', handle: this.handle, directory }) as Promise<ModelSource>;
  }
}

function directoryOf(source: ModelSource): DirectorySource {
  if (source.kind === 'directory') return source;
  throw new UnsupportedError(`the local engine cannot open ${source.name}, a model of a server`, {
    remedy: 'Name a Hugging Face directory, or the engine that serves this model.',
  });
}

/**
 * Opens the local engine. The models that it opens live until they or the engine are closed.
 * @throws {UsageError} when a setting is invalid
 * @throws {UnsupportedError} when ONNX Runtime was built without the provider
 */
export async function openLocalEngine(settings: Partial<LocalSettings> = {}): Promise<Engine> {
  const complete = localSettings(settings);
  const link = new Link<Call>(new URL('./thread/worker.js', import.meta.url), complete, { method: 'closeEngine' });
  const { provider } = complete;
  try {
    const built = (await link.call({ method: 'providers' })) as readonly string[];
    if (provider !== 'cpu' && !built.includes(provider)) {
      throw new UnsupportedError(`ONNX Runtime has no provider ${provider} on this machine, only ${built.join(', ')}`, {
        remedy: providerRemedy(provider),
      });
    }
  } catch (error) {
    await link.close();
    throw error;
  }
  return {
    profile: LOCAL_PROFILE,
    async open(source) {
      return new ThreadModel(link, (await link.call({ method: 'open', source: directoryOf(source) })) as Opened);
    },
    async train(source, { lora } = {}) {
      return new ThreadPolicy(
        link,
        (await link.call({ method: 'train', source: directoryOf(source), lora })) as Opened,
      );
    },
    close: () => link.close(),
  };
}
