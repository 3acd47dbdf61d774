/** The engine on this machine, as a recipe names it. */
import { z } from 'zod';
import { engineKind } from '../kind.js';
import {
  ACTIVATION_BYTES,
  LARGE_TRAINING_BYTES,
  type LocalSettings,
  localSettings,
  MOST_LOOKUP_TOKENS,
  MOST_THREADS,
  PROVIDERS,
  SOURCES,
  weightBitsOf,
} from './settings.js';

const MEBIBYTE = 2 ** 20;
/** Values that are tried where memory is short. */
const SMALLER = { activationMiB: [256, 64, 16], cacheMiB: [64, 16] } as const;

const schema = z
  .strictObject({
    kind: z.literal('local').describe('The embedded engine, in this process.'),
    provider: z.enum(PROVIDERS).default('cpu').describe('What computes.'),
    threads: z
      .union([z.literal('auto'), z.int().min(1).max(MOST_THREADS)])
      .default('auto')
      .describe(
        'Threads of the CPU provider; auto takes every core. Results are equal byte for byte at equal numbers only.',
      ),
    gradientCheckpointing: z
      .boolean()
      .default(false)
      .describe(
        'Whether training keeps only what enters each layer, and computes the rest of it again: several times less ' +
          'memory for activations, for about a third more time.',
      ),
    cacheMiB: z
      .int()
      .min(1)
      .default(512)
      .describe('Memory for keys and values of the sequences that are sampled at once, in MiB: more is faster.'),
    // These are absent unless they are set, so that the recorded recipes of runs stay as they are.
    activationMiB: z
      .int()
      .min(1)
      .exactOptional()
      .describe(
        `Memory for what one training or scoring pass keeps, in MiB: more is faster. Absent: ${LARGE_TRAINING_BYTES / MEBIBYTE} in training of models of ` +
          `more than 16 million parameters without \`gradientCheckpointing\`, ${ACTIVATION_BYTES / MEBIBYTE} otherwise. Where a copy of the weights takes no more than that, ` +
          'such models learn in two lanes, faster and with more memory (docs/engine.md).',
      ),
    memoryMiB: z
      .int()
      .min(1)
      .exactOptional()
      .describe(
        'What the process may take, in MiB: a run whose predicted peak is larger is refused before it begins. Absent: what ' +
          'the machine, or the container, has. A larger number lets a run begin that the prediction would refuse.',
      ),
    lookupTokens: z
      .int()
      .min(0)
      .max(MOST_LOOKUP_TOKENS)
      .exactOptional()
      .describe(
        'How many of the next tokens of a completion are guessed from what its prompt and itself say already, while at most ' +
          'four sequences are sampled together. Guesses make sampling faster and change no distribution; 0: none. Absent: ' +
          '7 for models of more than 16 million parameters, none for smaller ones and for weights in 4 bits.',
      ),
    integerProducts: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether frozen weights in few bits (`bits` of a model) are multiplied as integers, as llama.cpp does: what meets them is ' +
          'rounded to 8 bits. With `bits: 8` everything is faster, training of an adapter too; with `bits: 4` sampling from models ' +
          'that do not learn. Probabilities differ by some percent. Models without `bits` do not change.',
      ),
    packedWeights: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether float32 models of more than 16 million parameters that do not learn have a second copy of their weights, packed ' +
          'for products with few rows, for calls that sample at most four sequences, each with a prompt of its own: these are ' +
          'faster (docs/engine.md). On the CPU alone.',
      ),
  })
  .describe('Runs here, on ONNX Runtime.');

type Settings = z.output<typeof schema>;

const engineSettings = (settings: Settings): Partial<LocalSettings> => {
  const { provider, threads, activationMiB, gradientCheckpointing, cacheMiB, ...absent } = settings;
  const { lookupTokens, integerProducts, packedWeights } = absent;
  return {
    provider,
    gradientCheckpointing,
    cacheBytes: cacheMiB * MEBIBYTE,
    ...(activationMiB === undefined ? {} : { activationBytes: activationMiB * MEBIBYTE }),
    ...(lookupTokens === undefined ? {} : { lookupTokens }),
    ...(integerProducts === undefined ? {} : { integerProducts }),
    ...(packedWeights === undefined ? {} : { packedWeights }),
    ...(threads === 'auto' ? {} : { threads }),
  };
};

export const localKind = engineKind(
  'local',
  schema,
  { sources: SOURCES, samplesPolicies: 'directory', trains: true },
  async (settings) => {
    // Only a process that opens an engine pays for loading it.
    const { openLocalEngine } = await import('./local-engine.js');
    return openLocalEngine(engineSettings(settings));
  },
  ({ provider }) => weightBitsOf(provider),
  {
    async peaks(settings, stages) {
      // Other providers have memory of their own, which was not measured.
      if (settings.provider !== 'cpu') return undefined;
      const { predictPeaks } = await import('./predict-peaks.js');
      return predictPeaks(localSettings(engineSettings(settings)), stages);
    },
    limit: ({ memoryMiB }) => (memoryMiB === undefined ? undefined : memoryMiB * MEBIBYTE),
    thrift({
      packedWeights,
      gradientCheckpointing,
      activationMiB = LARGE_TRAINING_BYTES / MEBIBYTE,
      cacheMiB,
      threads,
    }) {
      const plain = packedWeights === true ? { packedWeights: false } : {};
      const least = {
        ...plain,
        gradientCheckpointing: true,
        activationMiB: Math.min(16, activationMiB),
        cacheMiB: Math.min(16, cacheMiB),
      };
      return [
        ...(packedWeights === true ? [plain] : []),
        ...(gradientCheckpointing ? [] : [{ gradientCheckpointing: true }]),
        ...SMALLER.activationMiB.flatMap((mib) => (mib < activationMiB ? [{ activationMiB: mib }] : [])),
        ...SMALLER.cacheMiB.flatMap((mib) => (mib < cacheMiB ? [{ cacheMiB: mib }] : [])),
        least,
        // Of small models each thread has weights and activations of its own.
        ...(threads === 1 ? [] : [{ ...least, threads: 1 }]),
      ];
    },
  },
);
