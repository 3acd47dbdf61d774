/** Weights as inputs of a graph: declared when it is built, fed when it runs. */
import { InputError } from '../../../errors.js';
import type { AdaptedLayer } from '../files/adapter-targets.js';
import type { Shape } from '../graph/dimension.js';
import { type Graph, GraphError, type Tensor } from '../graph/graph.js';
import { blockMatmul, dequantise, integerMatmul, mixed } from '../graph/operations.js';
import { bytes, type Feeds, floats } from '../graph/tensors.js';
import type { HeldMatrices } from '../weights/held.js';
import { adaptedLayers, type ModelForm } from '../weights/model-form.js';
import type { ModelWeights } from '../weights/model-weights.js';
import { type Parameter, parametersOf, valuesOf } from '../weights/parameters.js';
import { blocksOf, isQuantisable, type QuantisedMatrix, rowsOf, zerosForProducts } from '../weights/quantised.js';

/** A [rank, in] and B [out, rank] of an adapter, with the factor alpha / rank. */
export interface Adapter {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly scale: number;
}

/** The trained parts of a graph: weights as inputs, by parameter name, and adapters by module name. */
export interface WeightTensors {
  readonly parameter: (name: string) => Tensor;
  /** The tensors that lie together in a parameter, each as an input of its own. */
  readonly parts: (name: string) => readonly Tensor[];
  /** Every float32 parameter, or part of one, that the program takes. */
  readonly taken: () => readonly WeightInput[];
  /** Of an adapted linear layer. */
  readonly adapter: (module: string) => Adapter | undefined;
  /** On how many rows the program runs: see `times`. */
  readonly rows: RowCount;
  /** A float32 matrix that the program holds itself; undefined for one that it does not. */
  readonly packed: (name: string, shape: readonly number[]) => Tensor | undefined;
  /** x times the transpose of a parameter in few bits whose values the program holds itself; undefined for one that is an input. */
  readonly heldProduct: (x: Tensor, name: string) => Tensor | undefined;
  /** Likewise by integers: x times the transpose of each part of a parameter; undefined for one that is float32 then. */
  readonly integerProducts: (x: Tensor, name: string) => readonly Tensor[] | undefined;
}

/** An input of a graph: a parameter's elements from `offset` on. */
export interface WeightInput {
  readonly parameter: string;
  readonly offset: number;
  readonly tensor: Tensor;
}

/** On how many rows a program runs, which decides how it multiplies them with weights: see `times`. */
export type RowCount = 'one' | 'few' | 'many';

/** Up to here, products with the weights on the left are the faster ones (docs/performance.md). */
export const FEW_ROWS = 64;

/**
 * Declares a graph's weight inputs: parameters when they are first asked for, adapters at once. Those that are `held`
 * become constants of the graph.
 */
export function weightInputs(
  graph: Graph,
  parameters: readonly Parameter[],
  form: ModelForm,
  rows: RowCount,
  held: HeldMatrices = new Map(),
): WeightTensors {
  const adapted: readonly AdaptedLayer[] = adaptedLayers(form);
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const taken = new Map<string, WeightInput>();
  const take = (name: string, shape: Shape, parameter: string, offset: number): Tensor => {
    const input = taken.get(name) ?? { parameter, offset, tensor: graph.input(name, shape) };
    taken.set(name, input);
    return input.tensor;
  };
  const packed = (name: string, shape: readonly number[]): Tensor | undefined => {
    const values = held.get(name);
    if (!(values instanceof Float32Array)) return undefined;
    return graph.constants.get(name)?.tensor ?? graph.constant(name, 'float32', shape, () => values);
  };
  const { bits } = form;
  const quantised = new Map<string, Tensor>();
  const takeQuantised = (name: string, [rows = 0, columns = 0]: readonly number[]): Tensor => {
    const blocks = rows * blocksOf(columns);
    const made =
      quantised.get(name) ??
      dequantise(
        graph.input(name, [blocks, 4 * (bits ?? 0)], bits === 8 ? 'int8' : 'uint8'),
        graph.input(`${name}:scales`, [blocks]),
        bits === 8 ? undefined : graph.input(`${name}:zeros`, [blocks], 'uint8'),
        [rows, columns],
      );
    quantised.set(name, made);
    return made;
  };
  const isHeldIn = (parameter: Parameter): boolean => bits !== undefined && isQuantisable(parameter);
  const { integer } = form;
  /** A parameter that is multiplied as integers. */
  const integersOf = (name: string): Parameter | undefined => {
    const parameter = known.get(name);
    return integer !== undefined && parameter !== undefined && isHeldIn(parameter) ? parameter : undefined;
  };
  const parameterOf = (name: string): Parameter => {
    const parameter = known.get(name);
    if (parameter === undefined) throw new GraphError(`the architecture has no parameter ${name}`);
    return parameter;
  };
  const adapters = new Map(
    adapted.map(({ module, inputSize, outputSize, rank, scale }) => {
      const a = graph.input(`${module}.lora_A`, [rank, inputSize]);
      const b = graph.input(`${module}.lora_B`, [outputSize, rank]);
      return [module, { a, b, scale }];
    }),
  );
  return {
    parameter(name) {
      const parameter = parameterOf(name);
      const { shape } = parameter;
      const inputOf = () => (isHeldIn(parameter) ? takeQuantised(name, shape) : take(name, shape, name, 0));
      return packed(name, shape) ?? inputOf();
    },
    parts(name) {
      const parameter = parameterOf(name);
      return parameter.parts.map(({ tensor, shape, offset }) =>
        isHeldIn(parameter) ? takeQuantised(tensor, shape) : take(tensor, shape, name, offset),
      );
    },
    taken: () => [...taken.values()],
    adapter: (module) => adapters.get(module),
    rows,
    packed,
    heldProduct(x, name) {
      const matrix = held.get(name);
      if (matrix === undefined || matrix instanceof Float32Array) return undefined;
      const { rows, columns, codes, scales, zeros } = matrix;
      const blocks = scales.length / rows;
      const constants = [
        graph.constant(`${name}:codes`, 'uint8', [rows, blocks, zeros.length > 0 ? 16 : 32], () => codes),
        graph.constant(`${name}:scales`, 'float32', [rows, blocks], () => scales),
      ];
      if (zeros.length > 0)
        constants.push(
          graph.constant(`${name}:zeros`, 'uint8', [rows, Math.ceil(blocks / 2)], () => zerosForProducts(matrix)),
        );
      const own = integersOf(name) === undefined ? x : mixed(x);
      return blockMatmul(own, constants, [rows, columns], form.integerDecoding === true);
    },
    integerProducts(x, name) {
      const parameter = integersOf(name);
      if (parameter === undefined || integer === undefined) return undefined;
      const [, columns = 0] = parameter.shape;
      const own = mixed(x);
      return parameter.parts.map(({ tensor, shape: [rows = 0] }) => {
        const codes = graph.input(tensor, [columns, rows], 'int8');
        return integerMatmul(own, codes, graph.input(`${tensor}:scales`, [rows]), integer);
      });
    },
  };
}

/**
 * The inputs of every program that computes with these weights: views, not copies.
 * @throws {InputError} when it was closed
 */
export function feedsOf({ form, base, quantised, integers, adapter }: ModelWeights): Feeds {
  const feeds: Record<string, Feeds[string]> = {};
  const feedQuantised = (name: string, matrix: QuantisedMatrix): void => {
    const { codes, scales, zeros } = matrix;
    feeds[name] = bytes(codes, [scales.length, codes.length / scales.length]);
    feeds[`${name}:scales`] = floats(scales, [scales.length]);
    if (zeros.length > 0) feeds[`${name}:zeros`] = bytes(zeros, [zeros.length]);
  };
  for (const [tensor, { rows, columns, codes, scales }] of integers ?? []) {
    feeds[tensor] = bytes(codes, [columns, rows]);
    feeds[`${tensor}:scales`] = floats(scales, [rows]);
  }
  for (const parameter of parametersOf(form.architecture)) {
    const { name, shape, parts } = parameter;
    if (integers !== undefined && isQuantisable(parameter)) continue;
    const matrix = quantised?.get(name);
    if (matrix !== undefined) {
      feedQuantised(name, matrix);
      for (const { tensor, shape: own, offset } of parts.length > 1 ? parts : [])
        feedQuantised(tensor, rowsOf(matrix, offset / matrix.columns, own[0] ?? 0));
      continue;
    }
    const values = base.get(name);
    if (values === undefined) throw new InputError('this model was closed', { remedy: 'Open it again.' });
    const tensor = floats(values, shape);
    feeds[name] = tensor;
    if (parts.length > 1) {
      for (const part of parts) {
        feeds[part.tensor] = floats(values.subarray(part.offset, part.offset + part.size), part.shape);
      }
    }
    if (name === 'embedding' && form.architecture.tiedEmbeddings) feeds.head = tensor;
  }
  for (const { module, inputSize, outputSize, rank } of adaptedLayers(form)) {
    feeds[`${module}.lora_A`] = floats(valuesOf(adapter, `${module}.lora_A`), [rank, inputSize]);
    feeds[`${module}.lora_B`] = floats(valuesOf(adapter, `${module}.lora_B`), [outputSize, rank]);
  }
  return feeds;
}
