/** Which layers an adapter with given settings changes, and by factors of which sizes. */
import { InputError, UnsupportedError } from '../../../errors.js';
import { LEAST_ALPHA, type LoraSettings, MOST_ALPHA } from '../../engine.js';
import type { AdapterForm } from '../files/adapter.js';
import { adaptedLayersOf } from '../files/adapter-targets.js';
import type { Architecture } from '../files/architecture.js';
import { linearLayersOf } from './parameters.js';

/** The form of an adapter with these settings. */
export function adapterForm(architecture: Architecture, { rank, alpha, targets }: LoraSettings): AdapterForm {
  const layers = linearLayersOf(architecture);
  const unknown = targets.filter((target) => !layers.some(({ kind }) => kind === target));
  if (unknown.length > 0 || targets.length === 0) {
    throw new UnsupportedError(`an adapter cannot target ${unknown.join(', ') || 'nothing'}`, {
      remedy: `Choose among ${[...new Set(layers.map(({ kind }) => kind))].join(', ')}.`,
    });
  }
  if (!(Number.isInteger(rank) && rank >= 1))
    throw new InputError(`a LoRA rank of ${rank}`, { remedy: 'Use a whole number from 1.' });
  const widest = Math.max(architecture.hiddenSize, architecture.feedForwardSize);
  if (rank > widest)
    throw new InputError(`a LoRA rank of ${rank}, more than the ${widest} inputs of the widest layer`, {
      remedy: 'Use a rank such as 16, or train all weights.',
    });
  if (!(alpha >= LEAST_ALPHA && alpha <= MOST_ALPHA))
    throw new InputError(`an alpha of ${alpha} for LoRA`, {
      remedy: `Use a number from ${LEAST_ALPHA} to ${MOST_ALPHA}.`,
    });
  const fields = { r: rank, lora_alpha: alpha, target_modules: [...targets].sort(), use_rslora: false };
  return { layers: adaptedLayersOf(fields, layers, 'the settings of LoRA'), targets: fields };
}
