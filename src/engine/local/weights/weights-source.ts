/**
 * Where a model's weights come from: files, and fresh adapters on top of them. Threads that only compute do without it.
 */
import { InputError, UnsupportedError } from '../../../errors.js';
import { RandomStream, randomKey } from '../../../random.js';
import { type DirectorySource, LORA_TARGETS, type LoraSettings } from '../../engine.js';
import { type AdapterForm, readAdapter } from '../files/adapter.js';
import { readModelDirectory } from '../files/directory.js';
import { adaptedLayers, type ModelForm } from './model-form.js';
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
  const { shape, values } = await readAdapter(source.adapter, linearLayersOf(architecture));
  return { ...weights, form: { architecture, adapter: shape }, adapter: values };
}

/**
 * ModelWeights in the form in which they learn: an adapter of the same form that they came with is trained further; any
 * other is merged in before a fresh one is put on, or before all weights are trained.
 */
export function trainable(weights: ModelWeights, lora: LoraSettings | undefined): ModelWeights {
  const { adapter } = weights.form;
  if (lora === undefined) return merged(weights);
  const same =
    adapter?.rank === lora.rank &&
    adapter.alpha === lora.alpha &&
    [...adapter.targets].sort().join() === [...lora.targets].sort().join();
  return same ? weights : withAdapter(merged(weights), lora);
}

/**
 * A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's kaiming with a = sqrt 5), B zero, so that nothing changes at
 * first.
 */
function withAdapter(weights: ModelWeights, lora: LoraSettings): ModelWeights {
  const unknown = lora.targets.filter((target) => !LORA_TARGETS.some((kind) => kind === target));
  if (unknown.length > 0 || lora.targets.length === 0) {
    throw new UnsupportedError(`an adapter cannot target ${unknown.join(', ') || 'nothing'}`, {
      remedy: `Choose among ${LORA_TARGETS.join(', ')}.`,
    });
  }
  if (!(Number.isInteger(lora.rank) && lora.rank >= 1))
    throw new InputError(`a LoRA rank of ${lora.rank}`, { remedy: 'Use a whole number from 1.' });
  const shape: AdapterForm = { rank: lora.rank, alpha: lora.alpha, targets: lora.targets };
  const form: ModelForm = { architecture: weights.form.architecture, adapter: shape };
  const adapter = new Map<string, Float32Array>();
  for (const { module, inputSize, outputSize } of adaptedLayers(form)) {
    const stream = new RandomStream(randomKey(lora.seed, 'lora', module));
    const bound = 1 / Math.sqrt(inputSize);
    adapter.set(
      `${module}.lora_A`,
      Float32Array.from({ length: lora.rank * inputSize }, () => (2 * stream.uniform() - 1) * bound),
    );
    adapter.set(`${module}.lora_B`, new Float32Array(outputSize * lora.rank));
  }
  return { ...weights, form, adapter };
}
