/**
 * Where a model's weights come from: files, and fresh adapters on top of them. Threads that only compute do without it.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RandomStream, randomKey } from '../../../random.js';
import type { DirectorySource, LoraSettings } from '../../engine.js';
import { type AdapterForm, readAdapter } from '../files/adapter.js';
import { readModelDirectory } from '../files/directory.js';
import type { IntegerRange } from '../graph/operations/integer.js';
import { adapterForm } from './adapter-form.js';
import { type IntegerMatrix, roundRows } from './integer.js';
import { type ModelWeights, merged } from './model-weights.js';
import { linearLayersOf, type Parameter, parametersOf, views } from './parameters.js';
import { isQuantisable, type QuantisedMatrix, quantise } from './quantised.js';

/** How weights are held in memory. */
export interface Holding {
  /** Nobody changes them in place, so that they can be those of another model that is open. */
  readonly frozen?: boolean;
  /** Those in few bits, which are 8 then, are for products of integers, of this range. */
  readonly integer?: IntegerRange | undefined;
}

/** Reads a model's weights, and those of an adapter directory beside it. */
export async function loadWeights(source: DirectorySource, holding: Holding = {}): Promise<ModelWeights> {
  const { frozen = false, integer } = holding;
  const weights = await (frozen ? openBase(source, integer) : readBase(source, integer));
  if (source.adapter === undefined) return weights;
  const { form, values } = await readAdapter(source.adapter, linearLayersOf(weights.form.architecture));
  return { ...weights, form: { ...weights.form, adapter: form }, adapter: values };
}

/** Frozen weights, by the files that they come from and the bits in which they are held, while a model has them. */
const open = new Map<string, WeakRef<ModelWeights['base']>>();
const ofBase = new WeakMap<ModelWeights['base'], ModelWeights>();

async function openBase(source: DirectorySource, integer: IntegerRange | undefined): Promise<ModelWeights> {
  // An adapter names its base by the real place, a recipe often by a link. What cannot be read is reported where it is needed.
  const place = await realpath(source.directory).catch(() => source.directory);
  const names = await readdir(place).catch(() => []);
  const files = names.map(async (name) => {
    const found = await stat(join(place, name)).catch(() => undefined);
    return [name, found?.ino, found?.size, found?.mtimeMs];
  });
  const key = JSON.stringify([place, source.bits, integer, await Promise.all(files)]);
  const known = open.get(key)?.deref();
  const weights = (known && ofBase.get(known)) ?? (await readBase(source, integer));
  open.set(key, new WeakRef(weights.base));
  ofBase.set(weights.base, weights);
  return { ...weights, origin: resolve(source.directory) };
}

async function readBase(
  { directory: place, bits }: DirectorySource,
  integer: IntegerRange | undefined,
): Promise<ModelWeights> {
  const directory = await readModelDirectory(place);
  const { architecture } = directory;
  const base = new Map<string, Float32Array>();
  const quantised = new Map<string, QuantisedMatrix>();
  const integers = new Map<string, IntegerMatrix>();
  try {
    const parameters = parametersOf(architecture);
    const isRounded = (parameter: Parameter): boolean => bits !== undefined && isQuantisable(parameter);
    // One memory for all that are rounded: what is freed between those that stay is not given back to the system.
    const floats = new Float32Array(Math.max(0, ...parameters.filter(isRounded).map(({ size }) => size)));
    for (const parameter of parameters) {
      const { name, size, shape } = parameter;
      const values = isRounded(parameter) ? floats.subarray(0, size) : new Float32Array(size);
      for (const [tensor, , view] of views([parameter], new Map([[name, values]])))
        await directory.readParameter(tensor, view);
      const [rows = 0, columns = 0] = shape;
      if (bits === undefined || !isQuantisable(parameter)) base.set(name, values);
      else if (integer === undefined) quantised.set(name, quantise(values, [rows, columns], bits, name));
      else
        for (const { tensor, shape: own, offset, size: length } of parameter.parts)
          integers.set(tensor, roundRows(values.subarray(offset, offset + length), [own[0] ?? 0, columns], tensor));
    }
  } finally {
    await directory.close();
  }
  const adapter = { adapter: new Map(), origin: directory.path, pristine: true };
  if (bits === undefined) return { form: { architecture, adapter: undefined }, base, ...adapter };
  const form = { architecture, adapter: undefined, bits };
  if (integer === undefined) return { form, base, quantised, ...adapter };
  return { form: { ...form, integer }, base, integers, ...adapter };
}

/**
 * ModelWeights in the form in which they learn: an adapter of the same form that they came with is trained further; any
 * other is merged in before a fresh one is put on, or before all weights are trained.
 * @throws {UnsupportedError} when weights of few bits would have to change
 */
export function trainable(weights: ModelWeights, lora: LoraSettings | undefined): ModelWeights {
  const { architecture, adapter } = weights.form;
  if (lora === undefined) return merged(weights);
  const form = adapterForm(architecture, lora);
  const same = adapter !== undefined && isDeepStrictEqual(adapter.layers, form.layers);
  if (same) return weights;
  return withAdapter(adapter === undefined ? weights : merged(weights), form, lora.seed);
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
  return { ...weights, form: { ...weights.form, adapter }, adapter: values };
}
