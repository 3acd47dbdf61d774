/** Reverse-mode differentiation: adds to a graph the nodes that compute gradients. */
import { GraphError, type Node, type Tensor } from './graph.js';
import { add } from './operations.js';

/**
 * The gradients of sum(seed * output), over all pairs, with respect to `sources`.
 * Shapes are those of the sources.
 * @throws {GraphError} when an operation on the way has no derivative
 */
export function gradients(
  outputs: readonly { readonly tensor: Tensor; readonly seed: Tensor }[],
  sources: readonly Tensor[],
): readonly Tensor[] {
  const graph = outputs[0]?.tensor.graph;
  if (graph === undefined) throw new GraphError('no outputs to differentiate');
  const dependent = new Set<Tensor>(sources);
  const forward: Node[] = [];
  for (const node of [...graph.nodes]) {
    if (!node.inputs.some((tensor) => dependent.has(tensor))) continue;
    forward.push(node);
    for (const output of node.outputs) dependent.add(output);
  }
  const flowing = new Map<Tensor, Tensor>();
  const flow = (tensor: Tensor, gradient: Tensor) => {
    const known = flowing.get(tensor);
    flowing.set(tensor, known === undefined ? gradient : add(known, gradient));
  };
  const known = new Map<Tensor, Tensor>();
  const madeAgain = (tensor: Tensor): Tensor => {
    if (tensor.node?.operation.again === undefined) return tensor;
    const made = known.get(tensor) ?? tensor.node.operation.again(tensor.node);
    known.set(tensor, made);
    return made;
  };
  for (const { tensor, seed } of outputs) flow(tensor, seed);
  for (const node of forward.reverse()) {
    const ofOutputs = node.outputs.map((output) => flowing.get(output));
    if (ofOutputs.every((gradient) => gradient === undefined)) continue;
    if (node.operation.derivative === undefined) throw new GraphError(`${node.operation.name} has no derivative`);
    const wanted = node.inputs.map((tensor) => dependent.has(tensor));
    const ofInputs = node.operation.derivative({ ...node, inputs: node.inputs.map(madeAgain) }, ofOutputs, wanted);
    node.inputs.forEach((tensor, i) => {
      const gradient = ofInputs[i];
      if (wanted[i] && gradient !== undefined) flow(tensor, gradient);
    });
  }
  return sources.map((source) => {
    const gradient = flowing.get(source);
    if (gradient === undefined) throw new GraphError(`no gradient reaches ${source.name}`);
    return gradient;
  });
}
