/**
 * Where a model's weights come from: files, and fresh adapters on top of them. Threads that only compute do without it.
 */
import { isDeepStrictEqual } from 'node:util';
import { InputError, UnsupportedError } from '../../../errors.js';
import { RandomStream, randomKey } from '../../../random.js';
import type { DirectorySource, LoraSettings } from '../../engine.js';
import { type AdapterForm, readAdapter } from '../files/adapter.js';
import { adaptedLayersOf } from '../files/adapter-targets.js';
import type { Architecture } from '../files/architecture.js';
import { readModelDirectory } from '../files/directory.js';
import { type ModelWeights, merged } from './model-weights.js';
import { allocate, linearLayersOf, parametersOf, views } from './parameters.js';

/** Reads a model's weights, and those of an adapter directory beside it. */
export async function loadWeights(source: DirectorySource): Promise<ModelWeights> {
  const directory = await readModelDirectory(source.directory);
  const { architecture } = directory;
  const parameters = parametersOf(architecture);
  const base = allocate(parameters);
  try {
    for (const [tensor, , view] of views(parameters, base)) view.set(await directory.readParameter(tensor));
  } finally {
    await directory.close();
  }
  const weights: ModelWeights = {
    form: { architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin: directory.path,
    pristine: true,
  };
  if (source.adapter === undefined) return weights;
  const { form, values } = await readAdapter(source.adapter, linearLayersOf(architecture));
  return { ...weights, form: { architecture, adapter: form }, adapter: values };
}

/**
 * ModelWeights in the form in which they learn: an adapter of the same form that they came with is trained further; any
 * other is merged in before a fresh one is put on, or before all weights are trained.
 */
export function trainable(weights: ModelWeights, lora: LoraSettings | undefined): ModelWeights {
  const { architecture, adapter } = weights.form;
  if (lora === undefined) return merged(weights);
  const form = adapterForm(architecture, lora);
  const same = adapter !== undefined && isDeepStrictEqual(adapter.layers, form.layers);
  return same ? weights : withAdapter(merged(weights), form, lora.seed);
}

/** The form of an adapter with these settings. */
function adapterForm(architecture: Architecture, { rank, alpha, targets }: LoraSettings): AdapterForm {
  const layers = linearLayersOf(architecture);
  const unknown = targets.filter((target) => !layers.some(({ kind }) => kind === target));
  if (unknown.length > 0 || targets.length === 0) {
    throw new UnsupportedError(`an adapter cannot target ${unknown.join(', ') || 'nothing'}`, {
      remedy: `Choose among ${[...new Set(layers.map(({ kind }) => kind))].join(', ')}.`,
    });
  }
  if (!(Number.isInteger(rank) && rank >= 1))
    throw new InputError(`a LoRA rank of ${rank}`, { remedy: 'Use a whole number from 1.' });
  const fields = { r: rank, lora_alpha: alpha, target_modules: [...targets].sort(), use_rslora: false };
  return { layers: adaptedLayersOf(fields, layers, 'the settings of LoRA'), targets: fields };
}

/**
 * A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's kaiming with a = sqrt 5), B zero, so that nothing changes at
 * first.
 */
function withAdapter(weights: ModelWeights, adapter: AdapterForm, seed: number): ModelWeights {
  const values = new Map<string, Float32Array>();
  for (const { module, inputSize, outputSize, rank } of adapter.layers) {
    const stream = new RandomStream(randomKey(seed, 'lora', module));
    const bound = 1 / Math.sqrt(inputSize);
    values.set(
      `${module}.lora_A`,
      Float32Array.from({ length: rank * inputSize }, () => (2 * stream.uniform() - 1) * bound),
    );
    values.set(`${module}.lora_B`, new Float32Array(outputSize * rank));
  }
  return { ...weights, form: { architecture: weights.form.architecture, adapter }, adapter: values };
}
