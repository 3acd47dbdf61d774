/**
 * Frozen matrices in few bits, by blocks of 32 neighbouring weights of a row, along the input dimension. Norms, biases
 * and the embedding with the head stay float32. A block has a scale s (float32) and, of 4 bits, a zero point z:
 *
 * - 8 bits: s = max |w| / 127, q = round(w / s), w ~ s q: 9 bits per weight.
 * - 4 bits: s = (max(w, 0) - min(w, 0)) / 15, z = round(-min(w, 0) / s), q = round(w / s) + z within 0 to 15,
 *   w ~ s (q - z): 5.25 bits per weight. Without a zero point (llama.cpp's Q4_0) the error is 7 % larger, and ONNX
 *   Runtime takes a zero point in any case.
 */
import { InputError } from '../../../errors.js';
import type { WeightBits } from '../../engine.js';
import { BLOCK } from '../graph/operations/quantised.js';
import type { Parameter } from './parameters.js';

/** A matrix [rows, columns] in blocks, row after row; the last block of a row is filled with zeros. */
export interface QuantisedMatrix {
  readonly rows: number;
  readonly columns: number;
  /** 8 bits: a code per byte. 4 bits: two neighbours in a byte, the first in the lower half, as ONNX Runtime's kernel takes them. */
  readonly codes: Int8Array | Uint8Array;
  /** One per block. */
  readonly scales: Float32Array;
  /** One per block of 4 bits; none of 8. */
  readonly zeros: Uint8Array;
}

export type QuantisedValues = ReadonlyMap<string, QuantisedMatrix>;

export const blocksOf = (columns: number): number => Math.ceil(columns / BLOCK);

/** Whether few bits are for this parameter: matrices of linear layers, whose rows are only multiplied. */
export const isQuantisable = ({ name, shape }: Pick<Parameter, 'name' | 'shape'>): boolean =>
  shape.length === 2 && name !== 'embedding' && name !== 'head';

/** Bytes of a parameter in memory. */
export function parameterBytes(parameter: Parameter, bits: WeightBits | undefined): number {
  if (bits === undefined || !isQuantisable(parameter)) return 4 * parameter.size;
  const [rows = 0, columns = 0] = parameter.shape;
  return rows * blocksOf(columns) * ((BLOCK * bits) / 8 + (bits === 8 ? 4 : 5));
}

/** Rounds a matrix to few bits. @throws {InputError} when a weight is not finite; it names the tensor */
export function quantise(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  bits: WeightBits,
  tensor?: string,
): QuantisedMatrix {
  const perRow = blocksOf(columns);
  const blocks = rows * perRow;
  const matrix = {
    rows,
    columns,
    codes: bits === 8 ? new Int8Array(blocks * BLOCK) : new Uint8Array((blocks * BLOCK) / 2),
    scales: new Float32Array(blocks),
    zeros: new Uint8Array(bits === 8 ? 0 : blocks),
  };
  const fill = bits === 8 ? fillBlock8 : fillBlock4;
  for (let block = 0; block < blocks; block++) {
    const row = Math.floor(block / perRow);
    const start = row * columns + (block % perRow) * BLOCK;
    fill(values, start, Math.min(BLOCK, (row + 1) * columns - start), matrix, block);
    checkScale(matrix.scales[block] as number, tensor);
  }
  return matrix;
}

/** @throws {InputError} when one of the weights of a scale is not finite; it names the tensor */
export function checkScale(scale: number, tensor?: string): void {
  if (Number.isFinite(scale)) return;
  throw new InputError('a weight is not a finite number', {
    ...(tensor === undefined ? {} : { tensor }),
    remedy: 'Look at the training that made the model, or fetch its files again.',
  });
}

type Fill = (
  values: Float32Array,
  start: number,
  length: number,
  matrix: { readonly codes: Int8Array | Uint8Array; readonly scales: Float32Array; readonly zeros: Uint8Array },
  block: number,
) => void;

export const inverse = (scale: number): number => (scale === 0 ? 0 : 1 / scale);

/** The scale of numbers that are rounded to 8 bits together; not a number where one of them is not finite. */
export function scaleOf8(values: Float32Array, start: number, end: number): number {
  let most = 0;
  let spoilt = 0;
  for (let i = start; i < end; i++) {
    const size = Math.abs(values[i] as number);
    spoilt += size * 0;
    if (size > most) most = size;
  }
  return Math.fround(most / 127) + spoilt;
}

/** @param factor the inverse of the scale */
export const codeOf8 = (value: number, factor: number): number =>
  Math.max(-127, Math.min(127, Math.round(value * factor)));

const fillBlock8: Fill = (values, start, length, { codes, scales }, block) => {
  const scale = scaleOf8(values, start, start + length);
  scales[block] = scale;
  const factor = inverse(scale);
  for (let i = 0; i < length; i++) codes[block * BLOCK + i] = codeOf8(values[start + i] as number, factor);
};

const fillBlock4: Fill = (values, start, length, { codes, scales, zeros }, block) => {
  let low = 0;
  let high = 0;
  let spoilt = 0;
  for (let i = start; i < start + length; i++) {
    const value = values[i] as number;
    spoilt += value * 0;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  const scale = Math.fround((high - low) / 15);
  scales[block] = scale + spoilt;
  const factor = inverse(scale);
  const zero = Math.round(-low * factor);
  zeros[block] = zero;
  for (let i = 0; i < BLOCK; i++) {
    const rounded = i < length ? Math.round((values[start + i] as number) * factor) : 0;
    const code = Math.max(0, Math.min(15, rounded + zero));
    const at = (block * BLOCK + i) >> 1;
    codes[at] = (codes[at] as number) | (i & 1 ? code << 4 : code);
  }
};

/**
 * The float32 matrix that the blocks stand for, s (q - z), for tests.
 * @internal
 */
export function dequantise({ rows, columns, codes, scales, zeros }: QuantisedMatrix): Float32Array {
  const perRow = blocksOf(columns);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = row * perRow + Math.floor(column / BLOCK);
      const i = column % BLOCK;
      const byte = codes[codes instanceof Int8Array ? block * BLOCK + i : (block * BLOCK + i) >> 1] as number;
      const code = codes instanceof Int8Array ? byte : (i & 1 ? byte >> 4 : byte & 15) - (zeros[block] as number);
      values[row * columns + column] = (scales[block] as number) * code;
    }
  }
  return values;
}

/** A matrix in 8 bits as ONNX Runtime's kernel for products takes it, with 128 for 0. */
export function quantiseForProducts(values: Float32Array, shape: readonly [number, number]): QuantisedMatrix {
  const { codes, ...matrix } = quantise(values, shape, 8);
  const shifted = new Uint8Array(codes.buffer);
  for (let i = 0; i < codes.length; i++) shifted[i] = (codes[i] as number) + 128;
  return { ...matrix, codes: shifted };
}

/** Zero points of 4 bits likewise: those of two blocks in a byte, each row by itself. */
export function zerosForProducts({ rows, scales, zeros }: QuantisedMatrix): Uint8Array {
  const blocks = scales.length / rows;
  const bytes = Math.ceil(blocks / 2);
  const packed = new Uint8Array(rows * bytes);
  for (let block = 0; block < scales.length; block++) {
    const at = Math.floor(block / blocks) * bytes + ((block % blocks) >> 1);
    packed[at] = (packed[at] as number) | ((zeros[block] as number) << ((block % blocks) & 1 ? 4 : 0));
  }
  return packed;
}

/** Rows of a matrix as a view: `count` of them from `first` on. */
export function rowsOf(matrix: QuantisedMatrix, first: number, count: number): QuantisedMatrix {
  const { rows, columns, codes, scales, zeros } = matrix;
  const part = <A extends Int8Array | Uint8Array | Float32Array>(array: A): A => {
    const width = array.length / rows;
    return array.subarray(first * width, (first + count) * width) as A;
  };
  return { rows: count, columns, codes: part(codes), scales: part(scales), zeros: part(zeros) };
}
