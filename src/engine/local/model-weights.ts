/** The weights of a model in memory: where they come from, in which form they learn, and how programs are fed with them. */
import { InputError, UnsupportedError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import type { LoraSettings, ModelSource } from '../engine.js';
import { type AdaptableLayer, type AdapterForm, readAdapter } from './files/adapter.js';
import { readModelDirectory } from './files/directory.js';
import { allocate, LINEAR_KINDS, linearLayersOf, type ParameterValues, parametersOf, views } from './parameters.js';
import { adaptedLayers, type Subject } from './programs.js';
import { type Feeds, floats } from './session.js';

/** Weights with the form that programs need to know. */
export interface Weights {
  readonly subject: Subject;
  /** By parameter name. */
  readonly base: ParameterValues;
  /** `MODULE.lora_A` [rank, in] and `MODULE.lora_B` [out, rank]. */
  readonly adapter: ParameterValues;
  /** The directory that the model came from, whose tokenizer and other files go with it when it is saved. */
  readonly origin: string;
  /** Whether `base` is what `origin` holds, so that an adapter alone, saved, says all. */
  readonly pristine: boolean;
}

/** The adapter's product added to a copy of the weights that it changes; other weights are shared, not copied. */
export function merged(weights: Weights): Weights {
  const { subject, base, adapter } = weights;
  if (subject.adapter === undefined) return weights;
  const scale = subject.adapter.alpha / subject.adapter.rank;
  const layers = new Map(adaptedLayers(subject).map((layer) => [layer.module, layer]));
  const values = new Map(base);
  for (const { name, parts } of parametersOf(subject.architecture)) {
    const touched = parts.flatMap((part) => {
      const layer = layers.get(part.tensor.replace(/\.weight$/, ''));
      return layer === undefined ? [] : [{ part, layer }];
    });
    if (touched.length === 0) continue;
    const whole = (base.get(name) as Float32Array).slice();
    for (const { part, layer } of touched)
      addProduct(whole.subarray(part.offset, part.offset + part.size), layer, adapter, subject.adapter.rank, scale);
    values.set(name, whole);
  }
  return plain(weights, values);
}

/** These weights in the form of a model without an adapter. */
export function plain({ subject, origin }: Weights, base: ParameterValues): Weights {
  return {
    subject: { architecture: subject.architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin,
    pristine: false,
  };
}

/** W [out, in] += scale * B [out, rank] A [rank, in]. */
function addProduct(
  weight: Float32Array,
  { module, inputSize, outputSize }: AdaptableLayer,
  adapter: ParameterValues,
  rank: number,
  scale: number,
): void {
  const a = adapter.get(`${module}.lora_A`) as Float32Array;
  const b = adapter.get(`${module}.lora_B`) as Float32Array;
  const row = new Float64Array(inputSize);
  for (let o = 0; o < outputSize; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * (b[o * rank + r] as number);
      if (factor === 0) continue;
      for (let i = 0; i < inputSize; i++) row[i] = (row[i] as number) + factor * (a[r * inputSize + i] as number);
    }
    for (let i = 0; i < inputSize; i++)
      weight[o * inputSize + i] = (weight[o * inputSize + i] as number) + (row[i] as number);
  }
}

/** Reads a model's weights, and those of an adapter directory beside it. */
export async function loadWeights(source: ModelSource): Promise<Weights> {
  const directory = await readModelDirectory(source.directory);
  const { architecture } = directory;
  const parameters = parametersOf(architecture);
  const base = allocate(parameters);
  try {
    for (const [tensor, , view] of views(parameters, base)) view.set(await directory.readParameter(tensor));
  } finally {
    await directory.close();
  }
  const weights: Weights = {
    subject: { architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin: directory.path,
    pristine: true,
  };
  if (source.adapter === undefined) return weights;
  const { shape, values } = await readAdapter(source.adapter, linearLayersOf(architecture));
  return { ...weights, subject: { architecture, adapter: shape }, adapter: values };
}

/**
 * Weights in the form in which they learn: an adapter of the same form that they came with is trained further; any other
 * is merged in before a fresh one is put on, or before all weights are trained.
 */
export function trainable(weights: Weights, lora: LoraSettings | undefined): Weights {
  const { adapter } = weights.subject;
  if (lora === undefined) return merged(weights);
  const same =
    adapter?.rank === lora.rank &&
    adapter.alpha === lora.alpha &&
    [...adapter.targets].sort().join() === [...lora.targets].sort().join();
  return same ? weights : withAdapter(merged(weights), lora);
}

/** A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's kaiming with a = sqrt 5), B zero, so that nothing changes at first. */
function withAdapter(weights: Weights, lora: LoraSettings): Weights {
  const unknown = lora.targets.filter((target) => !LINEAR_KINDS.some((kind) => kind === target));
  if (unknown.length > 0 || lora.targets.length === 0) {
    throw new UnsupportedError(`an adapter cannot target ${unknown.join(', ') || 'nothing'}`, {
      remedy: `Choose among ${LINEAR_KINDS.join(', ')}.`,
    });
  }
  if (!(Number.isInteger(lora.rank) && lora.rank >= 1))
    throw new InputError(`a LoRA rank of ${lora.rank}`, { remedy: 'Use a whole number from 1.' });
  const shape: AdapterForm = { rank: lora.rank, alpha: lora.alpha, targets: lora.targets };
  const subject: Subject = { architecture: weights.subject.architecture, adapter: shape };
  const adapter = new Map<string, Float32Array>();
  for (const { module, inputSize, outputSize } of adaptedLayers(subject)) {
    const stream = new RandomStream(randomKey(lora.seed, 'lora', module));
    const bound = 1 / Math.sqrt(inputSize);
    adapter.set(
      `${module}.lora_A`,
      Float32Array.from({ length: lora.rank * inputSize }, () => (2 * stream.uniform() - 1) * bound),
    );
    adapter.set(`${module}.lora_B`, new Float32Array(outputSize * lora.rank));
  }
  return { ...weights, subject, adapter };
}

/** The inputs of every program that computes with these weights: views, not copies. */
export function feedsOf({ subject, base, adapter }: Weights): Feeds {
  const feeds = Object.fromEntries(
    parametersOf(subject.architecture).map(({ name, shape }) => {
      const values = base.get(name);
      if (values === undefined) throw new UnsupportedError('this model was closed', { tensor: name });
      return [name, floats(values, shape)];
    }),
  );
  if (subject.architecture.tiedEmbeddings) feeds.head = feeds.embedding as never;
  for (const { module, inputSize, outputSize } of adaptedLayers(subject)) {
    const { rank } = subject.adapter as AdapterForm;
    feeds[`${module}.lora_A`] = floats(adapter.get(`${module}.lora_A`) as Float32Array, [rank, inputSize]);
    feeds[`${module}.lora_B`] = floats(adapter.get(`${module}.lora_B`) as Float32Array, [outputSize, rank]);
  }
  return feeds;
}
