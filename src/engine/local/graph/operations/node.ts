/** What the rules of operations need to read a node: its one output, its inputs, the gradient that flows back. */

import type { Shape } from '../dimension.js';
import { type Emitter, GraphError, type Tensor, type TensorType } from '../graph.js';

export const float = (shape: Shape): readonly TensorType[] => [{ elements: 'float32', shape }];
export const nameOf = (tensor: Tensor | undefined): string => {
  if (tensor === undefined) throw new GraphError('a node misses an input or output');
  return tensor.name;
};
export const names = (node: { readonly inputs: readonly Tensor[] }) => node.inputs.map((input) => input.name);

/** Strings, `Count` of them. */
type Strings<Count extends number, Known extends string[] = []> = Known['length'] extends Count
  ? Known
  : Strings<Count, [...Known, string]>;

/** The names of the first `count` tensors. @throws {GraphError} when there are fewer */
export function namesOf<Count extends number>(tensors: readonly Tensor[], count: Count): Strings<Count> {
  if (tensors.length < count) throw new GraphError(`${tensors.length} tensors where ${count} are needed`);
  return tensors.slice(0, count).map((tensor) => tensor.name) as Strings<Count>;
}

/** A vector [N] of the graph as a column [N, 1], once for all that take it so. */
export const columnOf = (emitter: Emitter, vector: string): string =>
  emitter.once(`column ${vector}`, () => emitter.value('Unsqueeze', [vector, emitter.integers([1])]));

export const out = (node: { readonly outputs: readonly Tensor[] }): string => nameOf(node.outputs[0]);
export const flowing = (gradients: readonly (Tensor | undefined)[]): Tensor => {
  const [gradient] = gradients;
  if (gradient === undefined) throw new GraphError('a derivative was asked for without a gradient');
  return gradient;
};
export const first = (tensors: readonly Tensor[]): Tensor => {
  const [tensor] = tensors;
  if (tensor === undefined) throw new GraphError('an operation has no output');
  return tensor;
};
export const input = (node: { readonly inputs: readonly Tensor[] }, index: number): Tensor => {
  const tensor = node.inputs[index];
  if (tensor === undefined) throw new GraphError(`a node has no input ${index}`);
  return tensor;
};
