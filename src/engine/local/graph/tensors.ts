/** Tensors with values: what goes into a graph and what comes out. */
import type * as ort from 'onnxruntime-node';
import { Tensor } from './onnxruntime.js';

export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** The outputs of a run, by name. */
export interface Results {
  /** One that came into this computer's memory. */
  get(name: string): Float32Array | undefined;
  /** One that stayed on the device. @throws {Error} when there is none of that name */
  onDevice(name: string): ort.Tensor;
  /** Gives back the memory of large outputs that came into this computer's: they are empty from then on. */
  giveBack(): void;
}

/** @throws {Error} when the graph has no such output */
export function resultOf(results: Results, name: string): Float32Array {
  const values = results.get(name);
  if (values === undefined) throw new Error(`the program has no output ${name}`);
  return values;
}

export const floats = (values: Float32Array, shape: readonly number[]): ort.Tensor =>
  new Tensor('float32', values, shape);

/** The numbers of a float32 tensor. @throws {TypeError} when it is another */
export function floatsOf({ data }: Feeds[string]): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError('a tensor is not float32');
}

export const bytes = (values: Int8Array | Uint8Array, shape: readonly number[]): ort.Tensor =>
  values instanceof Int8Array ? new Tensor('int8', values, shape) : new Tensor('uint8', values, shape);

/** Whole numbers of 32 bits, signed, as int64. */
export function integers(values: ArrayLike<number>, shape: readonly number[]): ort.Tensor {
  const big = new BigInt64Array(values.length);
  // By halves, the lower one first as on every machine that Node runs on: a BigInt for each would be thrown away at
  // once.
  const halves = new Int32Array(big.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    halves[2 * i] = value;
    halves[2 * i + 1] = value < 0 ? -1 : 0;
  }
  return new Tensor('int64', big, shape);
}
