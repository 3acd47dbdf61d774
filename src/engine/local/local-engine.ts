/** The engine on this machine: ONNX Runtime in a thread of its own. */
import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import { UnsupportedError } from '../../errors.js';
import { kindOf } from '../../schema-issue.js';
import { checkSource, checkTraining } from '../calls.js';
import type { DirectorySource, Engine, EngineProfile, ModelSource } from '../engine.js';
import { disableTelemetry, keepFloat32 } from './native-environment.js';
import { type LocalSettings, localSettings, providerRemedy, SOURCES, weightBitsOf } from './settings.js';
import { Link } from './thread/link.js';
import type { EngineMethods } from './thread/protocol.js';
import { ThreadModel, ThreadPolicy } from './thread/thread-model.js';

const LOCAL_PROFILE: EngineProfile = {
  name: 'local',
  anyTemperature: true,
  sampledLogProbs: 'tempered',
  training: {
    full: true,
    lora: true,
    frozenCopies: true,
    blending: true,
    optimiser: ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decay', 'clipNorm'],
  },
  sources: SOURCES,
  requestTokens: undefined,
  callsInFlight: 1,
  deterministic: true,
};

/** Values beyond these are checked by `localSettings`. */
const SETTINGS = z.strictObject({
  provider: z.string().optional(),
  threads: z.number().optional(),
  activationBytes: z.number().optional(),
  gradientCheckpointing: z.boolean().optional(),
  cacheBytes: z.number().optional(),
  lookupTokens: z.number().optional(),
  integerProducts: z.boolean().optional(),
  packedWeights: z.boolean().optional(),
});

/**
 * Opens the local engine. The models that it opens live until they or the engine are closed.
 * @throws {UsageError} when a setting is invalid
 * @throws {UnsupportedError} when this build of ONNX Runtime lacks the provider, or this machine cannot use it
 */
export async function openLocalEngine(settings: Partial<LocalSettings> = {}): Promise<Engine> {
  checkArguments('openLocalEngine({ threads: 2 })', { settings }, { settings: SETTINGS });
  const complete = localSettings(settings);
  // Before its threads start: they inherit what this one has set.
  await disableTelemetry();
  if (complete.provider === 'cuda') await keepFloat32();
  const link = new Link<EngineMethods>(new URL('./thread/worker.js', import.meta.url), complete);
  const { provider } = complete;
  const profile: EngineProfile = { ...LOCAL_PROFILE, weightBits: weightBitsOf(provider) };
  const engine = { link, profile };
  try {
    const built = await link.call('providers', undefined);
    if (provider !== 'cpu' && !built.includes(provider)) {
      throw new UnsupportedError(`ONNX Runtime has no provider ${provider} on this machine, only ${built.join(', ')}`, {
        remedy: providerRemedy(provider),
      });
    }
    if (provider !== 'cpu') await link.call('check', undefined);
  } catch (error) {
    await link.close();
    throw error;
  }
  return {
    profile,
    async open(source) {
      checkSource(source);
      return new ThreadModel(engine, await link.call('open', { source: directoryOf(source, profile) }));
    },
    async train(source, options = {}) {
      checkTraining(source, options);
      const { lora } = options;
      return new ThreadPolicy(engine, await link.call('train', { source: directoryOf(source, profile), lora }));
    },
    close: () => link.close(),
  };
}

function directoryOf(source: ModelSource, { weightBits = [] }: EngineProfile): DirectorySource {
  if (source.kind === 'directory') {
    if (source.bits === undefined || weightBits.includes(source.bits)) return source;
    const held = weightBits.length > 0;
    const remedy = held ? `It holds them in ${weightBits.join(' or ')}, or` : 'Set the provider to cpu, or';
    throw new UnsupportedError(`this provider does not hold weights in ${kindOf(source.bits)} bits`, {
      remedy: `${remedy} leave out \`bits\` for float32.`,
    });
  }
  throw new UnsupportedError(`the local engine cannot open ${source.name}, a model on a server`, {
    remedy: 'Name a Hugging Face directory, or the engine that serves this model.',
  });
}
