/** What the local engine is told about the machine. */
import { availableParallelism } from 'node:os';
import { UsageError } from '../../errors.js';
import { PROVIDERS, type RuntimeSettings } from './session.js';

export interface LocalSettings extends RuntimeSettings {
  /** Bytes that the activations of one micro-batch may take; more is faster until the cache is left. */
  readonly activationBytes: number;
  /** Bytes that the keys and values of sequences being sampled may take; more sequences are sampled at once. */
  readonly cacheBytes: number;
}

/** Settings with their defaults: the CPU with all its cores, and memory shares that suit a laptop. */
export function localSettings(settings: Partial<LocalSettings> = {}): LocalSettings {
  const {
    provider = 'cpu',
    threads = availableParallelism(),
    activationBytes = 2 ** 28,
    cacheBytes = 2 ** 29,
  } = settings;
  if (!PROVIDERS.some((known) => known === provider)) {
    throw new UsageError(`no provider is named ${provider}`, { remedy: `Choose among ${PROVIDERS.join(', ')}.` });
  }
  for (const [name, value] of Object.entries({ threads, activationBytes, cacheBytes })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} is ${value}`, { remedy: 'Use a whole number from 1.' });
  }
  return { provider, threads, activationBytes, cacheBytes };
}
