/** What the local engine is told about the machine. */
import { availableParallelism } from 'node:os';
import { UsageError } from '../../errors.js';
import { WEIGHT_BITS, type WeightBits } from '../engine.js';

/** What models are opened from. */
export const SOURCES = ['directory'] as const;

/** What can compute, by ONNX Runtime's names. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda'] as const;
/** What ONNX Runtime computes with. */
export type Provider = (typeof PROVIDERS)[number];

/** The bits in which a provider holds frozen weights, besides float32: only the CPU's kernels for them were checked. */
export const weightBitsOf = (provider: Provider): readonly WeightBits[] => (provider === 'cpu' ? WEIGHT_BITS : []);

/** How ONNX Runtime computes. */
export interface RuntimeSettings {
  readonly provider: Provider;
  /** Threads of one operation. */
  readonly threads: number;
}

/** More threads than any machine has. */
export const MOST_THREADS = 1024;

/** Tokens that are guessed at once at most: a step reads all of them, and so many are hardly ever right in a row. */
export const MOST_LOOKUP_TOKENS = 64;

/** The settings of the engine on this machine. */
export interface LocalSettings extends RuntimeSettings {
  /** Bytes that the activations of one micro-batch may take; more is faster. Undefined: as `activationsOf` has it (run/budget.ts). */
  readonly activationBytes?: number | undefined;
  /** Whether training keeps what enters each layer alone, and computes the rest again when it goes back. */
  readonly gradientCheckpointing: boolean;
  /** Bytes that the keys and values of sequences being sampled may take; more sequences are sampled at once. */
  readonly cacheBytes: number;
  /**
   * How many tokens of a completion are guessed by prompt lookup, where few sequences are sampled; 0 for none. Undefined:
   * 7 for models beyond 2^24 parameters, none for others.
   */
  readonly lookupTokens?: number | undefined;
  /**
   * Whether frozen weights in few bits are multiplied as integers, what meets them being rounded to 8 bits. Weights of 8 bits in
   * all that is computed: sampling, scoring, training of an adapter. Those of 4 bits where a model samples that does not learn.
   * Faster, with log-probs that differ slightly.
   */
  readonly integerProducts?: boolean | undefined;
  /**
   * Whether models that do not learn have a second copy of their float32 weights, packed for products with few rows, as soon
   * as a call samples at most four sequences, each with a prompt of its own. Of models beyond 2^24 parameters, on the CPU.
   */
  readonly packedWeights?: boolean | undefined;
}

/** Settings with their defaults: the CPU with all its cores, and memory shares that suit a laptop. */
export function localSettings(settings: Partial<LocalSettings> = {}): LocalSettings {
  const {
    provider = 'cpu',
    threads = availableParallelism(),
    activationBytes,
    gradientCheckpointing = false,
    cacheBytes = 2 ** 29,
    lookupTokens,
    integerProducts = false,
    packedWeights = false,
  } = settings;
  if (!PROVIDERS.some((known) => known === provider)) {
    throw new UsageError(`no provider is named ${provider}`, { remedy: `Choose among ${PROVIDERS.join(', ')}.` });
  }
  for (const [name, value] of Object.entries({ threads, activationBytes, cacheBytes })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} is ${value}`, { remedy: 'Use a whole number from 1.' });
  }
  if (threads > MOST_THREADS)
    throw new UsageError(`threads is ${threads}`, { remedy: `Use a whole number from 1 to ${MOST_THREADS}.` });
  const guesses = lookupTokens ?? 0;
  if (!(Number.isInteger(guesses) && guesses >= 0 && guesses <= MOST_LOOKUP_TOKENS))
    throw new UsageError(`lookupTokens is ${lookupTokens}`, {
      remedy: `Use a whole number from 0 to ${MOST_LOOKUP_TOKENS}.`,
    });
  return {
    provider,
    threads,
    activationBytes,
    gradientCheckpointing,
    cacheBytes,
    lookupTokens,
    integerProducts,
    packedWeights,
  };
}

/** What the activations of a micro-batch may take where nothing is said; the latter in training of large models. */
export const ACTIVATION_BYTES = 2 ** 28;
export const LARGE_TRAINING_BYTES = 2 ** 30;

/** What makes a provider usable, for those who lack it. */
const REMEDIES: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  webgpu: "Install the graphics card's driver (on Linux for Vulkan, and the loader libvulkan.so.1)",
  cuda: "Put ONNX Runtime's CUDA libraries beside it",
};

export const providerRemedy = (provider: Exclude<Provider, 'cpu'>): string =>
  `${REMEDIES[provider]}, or take the provider cpu; docs/engine.md says more.`;
