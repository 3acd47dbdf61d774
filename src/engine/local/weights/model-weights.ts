/** The weights of a model in memory, and how an adapter is merged into them. */
import { UnsupportedError } from '../../../errors.js';
import type { AdaptedLayer } from '../files/adapter-targets.js';
import type { IntegerValues } from './integer.js';
import { adaptedLayers, type ModelForm } from './model-form.js';
import { type Parameter, type ParameterValues, parametersOf, valuesOf } from './parameters.js';
import type { QuantisedValues } from './quantised.js';

/** ModelWeights with the form that programs need to know. */
export interface ModelWeights {
  readonly form: ModelForm;
  /** By parameter name. */
  readonly base: ParameterValues;
  /** Those in few bits, which never change; absent where all are float32. */
  readonly quantised?: QuantisedValues | undefined;
  /** Likewise, for products of integers: instead of them. */
  readonly integers?: IntegerValues | undefined;
  /** `MODULE.lora_A` [rank, in] and `MODULE.lora_B` [out, rank]. */
  readonly adapter: ParameterValues;
  /** The directory that the model came from, whose tokenizer and other files go with it when it is saved. */
  readonly origin: string;
  /** Whether `base` is what `origin` holds, so that an adapter alone, saved, says all. */
  readonly pristine: boolean;
}

/** A copy for another thread, and the memory that it lies in. */
export function copyWeights(weights: ModelWeights): {
  readonly copy: ModelWeights;
  readonly buffers: readonly ArrayBuffer[];
} {
  const buffers: ArrayBuffer[] = [];
  const own = <Values extends Float32Array | Int8Array | Uint8Array>(values: Values): Values => {
    const copy = values.slice() as Values;
    buffers.push(copy.buffer as ArrayBuffer);
    return copy;
  };
  const each = <Value>(values: ReadonlyMap<string, Value>, copyOf: (value: Value) => Value) =>
    new Map([...values].map(([name, value]) => [name, copyOf(value)]));
  const { base, adapter, quantised, integers } = weights;
  const copy = {
    ...weights,
    base: each(base, own),
    adapter: each(adapter, own),
    quantised:
      quantised &&
      each(quantised, ({ codes, scales, zeros, ...sizes }) => {
        return { ...sizes, codes: own(codes), scales: own(scales), zeros: own(zeros) };
      }),
    integers:
      integers &&
      each(integers, ({ codes, scales, ...sizes }) => ({ ...sizes, codes: own(codes), scales: own(scales) })),
  };
  return { copy, buffers };
}

/** What changes in training, by name: the adapter where there is one, else all weights. */
export const learningValues = ({ form, base, adapter }: ModelWeights): ParameterValues =>
  form.adapter === undefined ? base : adapter;

/** Names of the norms and biases among what learns; the factors of an adapter are matrices. */
export const vectorsOf = ({ form }: ModelWeights): ReadonlySet<string> =>
  new Set(
    form.adapter === undefined
      ? parametersOf(form.architecture).flatMap(({ name, shape }) => (shape.length === 1 ? [name] : []))
      : [],
  );

/**
 * The adapter's product added to a copy of the weights that it changes; other weights are shared, not copied.
 * @throws {UnsupportedError} when the weights are held in few bits
 */
export function merged(weights: ModelWeights): ModelWeights {
  const mergedOf = merging(weights);
  const { form, base } = weights;
  if (form.adapter === undefined) return weights;
  const values = new Map(base);
  for (const parameter of parametersOf(form.architecture)) values.set(parameter.name, mergedOf(parameter));
  return plain(weights, values);
}

/**
 * What `merged` makes of a parameter, one after the other: a copy where the adapter changes it, else what the base has.
 * @throws {UnsupportedError} when the weights are held in few bits
 */
export function merging({ form, base, adapter }: ModelWeights): (parameter: Parameter) => Float32Array {
  if (form.bits !== undefined) throw cannotChange(form.bits);
  const layers = new Map(adaptedLayers(form).map((layer) => [layer.module, layer]));
  return ({ name, parts }) => {
    const touched = parts.flatMap((part) => {
      const layer = layers.get(part.tensor.replace(/\.weight$/, ''));
      return layer === undefined ? [] : [{ part, layer }];
    });
    const values = valuesOf(base, name);
    if (touched.length === 0) return values;
    const whole = values.slice();
    for (const { part, layer } of touched)
      addProduct(whole.subarray(part.offset, part.offset + part.size), layer, adapter);
    return whole;
  };
}

const cannotChange = (bits: number): UnsupportedError =>
  new UnsupportedError(`weights of ${bits} bits cannot be changed: not trained, merged with an adapter, or blended`, {
    remedy: 'Train a fresh adapter, or the same one further; or leave out `bits`.',
  });

/** These weights in the form of a model without an adapter. */
export function plain({ form, origin }: ModelWeights, base: ParameterValues): ModelWeights {
  return {
    form: { architecture: form.architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin,
    pristine: false,
  };
}

/** W [out, in] += scale * B [out, rank] A [rank, in]. */
function addProduct(
  weight: Float32Array,
  { module, inputSize, outputSize, rank, scale }: AdaptedLayer,
  adapter: ParameterValues,
): void {
  const a = valuesOf(adapter, `${module}.lora_A`);
  const b = valuesOf(adapter, `${module}.lora_B`);
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
