/** The weights of a model in memory: their form, how an adapter is merged into them, and how programs are fed with them. */
import { UnsupportedError } from '../../../errors.js';
import type { AdaptableLayer, AdapterForm } from '../files/adapter.js';
import { type Feeds, floats } from '../graph/session.js';
import { adaptedLayers, type Subject } from '../programs/programs.js';
import { type ParameterValues, parametersOf } from './parameters.js';

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
