/** The engine on this machine, as a recipe names it. */
import { z } from 'zod';
import { engineKind } from '../kind.js';
import { PROVIDERS, SOURCES, weightBitsOf } from './settings.js';

const schema = z
  .strictObject({
    kind: z.literal('local').describe('The embedded engine, in this process.'),
    provider: z.enum(PROVIDERS).default('cpu').describe('What computes.'),
    threads: z
      .union([z.literal('auto'), z.int().min(1).max(1024)])
      .default('auto')
      .describe(
        'Threads of the CPU provider; auto takes every core. Results are equal byte for byte at equal numbers only.',
      ),
    activationMiB: z
      .int()
      .min(1)
      .default(256)
      .describe('Memory for what one training or scoring pass keeps, in MiB: more is faster.'),
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
  })
  .describe('Runs here, on ONNX Runtime.');

export const localKind = engineKind(
  'local',
  schema,
  SOURCES,
  async ({ provider, threads, activationMiB, gradientCheckpointing, cacheMiB }) => {
    // Only a process that opens an engine pays for loading it.
    const { openLocalEngine } = await import('./local-engine.js');
    return openLocalEngine({
      provider,
      activationBytes: activationMiB * 2 ** 20,
      gradientCheckpointing,
      cacheBytes: cacheMiB * 2 ** 20,
      ...(threads === 'auto' ? {} : { threads }),
    });
  },
  ({ provider }) => weightBitsOf(provider),
);
