/** Weights as inputs of a graph: declared when it is built, fed when it runs. */
import { InputError } from '../../../errors.js';
import type { AdaptedLayer } from '../files/adapter-targets.js';
import type { Shape } from '../graph/dimension.js';
import { type Graph, GraphError, type Tensor } from '../graph/graph.js';
import { type Feeds, floats } from '../graph/tensors.js';
import { adaptedLayers } from '../weights/model-form.js';
import type { ModelWeights } from '../weights/model-weights.js';
import { type Parameter, parametersOf, valuesOf } from '../weights/parameters.js';

/** The trained parts of a graph: weights as inputs, by parameter name, and adapters by module name. */
export interface WeightTensors {
  readonly parameter: (name: string) => Tensor;
  /** The tensors that lie together in a parameter, each as an input of its own. */
  readonly parts: (name: string) => readonly Tensor[];
  /** Every parameter, or part of one, that the program takes. */
  readonly taken: () => readonly WeightInput[];
  /** A [rank, in] and B [out, rank] of an adapted linear layer, with the factor alpha / rank. */
  readonly adapter: (module: string) => { readonly a: Tensor; readonly b: Tensor; readonly scale: number } | undefined;
  /** Whether the program runs on at most FEW_ROWS rows: see `times`. */
  readonly fewRows: boolean;
}

/** An input of a graph: a parameter's elements from `offset` on. */
export interface WeightInput {
  readonly parameter: string;
  readonly offset: number;
  readonly tensor: Tensor;
}

/** Up to here, products with the weights on the left are the faster ones (docs/performance.md). */
export const FEW_ROWS = 64;

/** Declares a graph's weight inputs: parameters when they are first asked for, adapters at once. */
export function weightInputs(
  graph: Graph,
  parameters: readonly Parameter[],
  adapted: readonly AdaptedLayer[],
  fewRows: boolean,
): WeightTensors {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const taken = new Map<string, WeightInput>();
  const take = (name: string, shape: Shape, parameter: string, offset: number): Tensor => {
    const input = taken.get(name) ?? { parameter, offset, tensor: graph.input(name, shape) };
    taken.set(name, input);
    return input.tensor;
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
    parameter: (name) => take(name, parameterOf(name).shape, name, 0),
    parts: (name) => parameterOf(name).parts.map(({ tensor, shape, offset }) => take(tensor, shape, name, offset)),
    taken: () => [...taken.values()],
    adapter: (module) => adapters.get(module),
    fewRows,
  };
}

/**
 * The inputs of every program that computes with these weights: views, not copies.
 * @throws {InputError} when it was closed
 */
export function feedsOf({ form, base, adapter }: ModelWeights): Feeds {
  const feeds: Record<string, Feeds[string]> = {};
  for (const { name, shape, parts } of parametersOf(form.architecture)) {
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
