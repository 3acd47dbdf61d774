/** The engine in this process: ONNX Runtime in a thread of its own. */
import { InputError } from '../../errors.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  Engine,
  EngineProfile,
  FrozenCopy,
  LoraSettings,
  Model,
  ModelFacts,
  ModelSource,
  Policy,
  SampleRequest,
  ScoreRequest,
  StepResult,
  WeightedSequence,
} from '../engine.js';
import type { Call, Opened } from './protocol.js';
import { PROVIDERS } from './session.js';
import { type LocalSettings, localSettings } from './settings.js';
import { Link } from './thread.js';

/** What the local engine can do; known without starting it. */
export const LOCAL_PROFILE: EngineProfile = {
  name: 'local',
  anyTemperature: true,
  fullFineTuning: true,
  lora: true,
  blending: true,
  frozenCopies: true,
  training: true,
  deterministic: true,
  providers: PROVIDERS,
};

/** The thread that computes. */
const startThread = (settings: LocalSettings): Link<Call> =>
  new Link(new URL('./worker.js', import.meta.url), settings, { method: 'closeEngine' });

class RemoteModel implements Model {
  readonly facts: ModelFacts;
  readonly handle: number;
  readonly link: Link<Call>;

  constructor(link: Link<Call>, { handle, facts }: Opened) {
    this.link = link;
    this.handle = handle;
    this.facts = facts;
  }

  sample(requests: readonly SampleRequest[], options?: CallOptions): Promise<Completion[][]> {
    return this.link.call({ method: 'sample', handle: this.handle, requests }, options) as Promise<Completion[][]>;
  }

  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'logProbs', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  async close(): Promise<void> {
    await this.link.call({ method: 'closeModel', handle: this.handle });
  }
}

class RemoteCopy extends RemoteModel implements FrozenCopy {
  async saveState(directory: string): Promise<void> {
    await this.link.call({ method: 'saveState', handle: this.handle, directory });
  }

  async restoreState(directory: string): Promise<void> {
    await this.link.call({ method: 'restoreState', handle: this.handle, directory });
  }
}

class RemotePolicy extends RemoteCopy implements Policy {
  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'accumulate', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  step(settings: AdamSettings): Promise<StepResult> {
    return this.link.call({ method: 'step', handle: this.handle, settings }) as Promise<StepResult>;
  }

  async freeze(): Promise<FrozenCopy> {
    return new RemoteCopy(this.link, (await this.link.call({ method: 'freeze', handle: this.handle })) as Opened);
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    if (!(reference instanceof RemoteModel) || reference.link !== this.link)
      throw new InputError('the reference is no model of this engine');
    await this.link.call({ method: 'blendInto', handle: this.handle, reference: reference.handle, share });
  }

  async save(directory: string): Promise<void> {
    await this.link.call({ method: 'save', handle: this.handle, directory });
  }
}

/** Starts the local engine. Models that it opens live until they or the engine are closed. */
export function createLocalEngine(settings: Partial<LocalSettings> = {}): Engine {
  const link = startThread(localSettings(settings));
  return {
    profile: LOCAL_PROFILE,
    async open(source: ModelSource): Promise<Model> {
      return new RemoteModel(link, (await link.call({ method: 'open', source })) as Opened);
    },
    async train(source: ModelSource, options: { readonly lora?: LoraSettings } = {}): Promise<Policy> {
      return new RemotePolicy(link, (await link.call({ method: 'train', source, lora: options.lora })) as Opened);
    },
    close: () => link.close(),
  };
}
