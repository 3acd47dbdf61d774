/** Reverse-mode differentiation: adds to a graph the nodes that compute gradients. */
import { at, GraphError, type Node, type Tensor } from './graph.js';
import { add, after } from './operations.js';

/** A part of a graph that depends on what was computed before it by `input` alone, and is used later by `output` alone. */
export interface Segment {
  readonly input: Tensor;
  readonly output: Tensor;
}

/**
 * The gradients of sum(seed * output), over all pairs, with respect to `sources`. The nodes of `segments` are added once
 * more, to be computed when their gradients are: what they computed first need not be kept until then.
 * Shapes are those of the sources.
 * @throws {GraphError} when an operation on the way has no derivative
 */
export function gradients(
  outputs: readonly { readonly tensor: Tensor; readonly seed: Tensor }[],
  sources: readonly Tensor[],
  segments: readonly Segment[] = [],
): readonly Tensor[] {
  const graph = outputs[0]?.tensor.graph;
  if (graph === undefined) throw new GraphError('no outputs to differentiate');
  const dependent = new Set<Tensor>(sources);
  const isDependent = ({ inputs }: Node) => inputs.some((tensor) => dependent.has(tensor));
  const forward: Node[] = [];
  for (const node of [...graph.nodes]) {
    if (!isDependent(node)) continue;
    forward.push(node);
    for (const output of node.outputs) dependent.add(output);
  }
  const flowing = new Map<Tensor, Tensor>();
  const flow = (tensor: Tensor, gradient: Tensor) => {
    const known = flowing.get(tensor);
    flowing.set(tensor, known === undefined ? gradient : add(known, gradient));
  };
  const remade = new Map<Tensor, Tensor>();
  const madeAgain = (tensor: Tensor): Tensor => {
    if (tensor.node?.operation.again === undefined) return tensor;
    const made = remade.get(tensor) ?? tensor.node.operation.again(tensor.node);
    remade.set(tensor, made).set(made, made);
    return made;
  };
  const goBack = (node: Node) => {
    const ofOutputs = node.outputs.map((output) => flowing.get(output));
    if (ofOutputs.every((gradient) => gradient === undefined)) return;
    if (node.operation.derivative === undefined) throw new GraphError(`${node.operation.name} has no derivative`);
    const wanted = node.inputs.map((tensor) => dependent.has(tensor));
    const ofInputs = node.operation.derivative({ ...node, inputs: node.inputs.map(madeAgain) }, ofOutputs, wanted);
    node.inputs.forEach((tensor, i) => {
      const gradient = ofInputs[i];
      if (wanted[i] && gradient !== undefined) flow(tensor, gradient);
    });
  };
  const goBackThroughCopy = ({ input, output }: Segment, nodes: readonly Node[]) => {
    const gradient = flowing.get(output);
    if (gradient === undefined) return;
    const start = after(input, gradient);
    if (dependent.has(input)) dependent.add(start);
    const copies = new Map([[input, start]]);
    const copied: Node[] = [];
    for (const node of nodes) {
      const made = graph.apply(
        node.operation,
        node.inputs.map((tensor) => copies.get(tensor) ?? madeAgain(tensor)),
        node.attributes,
      );
      node.outputs.forEach((tensor, i) => {
        copies.set(tensor, at(made, i));
        if (dependent.has(tensor)) dependent.add(at(made, i));
      });
      const copy = at(made, 0).node;
      if (copy !== undefined && isDependent(copy)) copied.push(copy);
    }
    flow(copies.get(output) ?? start, gradient);
    for (const node of copied.reverse()) goBack(node);
    const reached = flowing.get(start);
    if (dependent.has(input) && reached !== undefined) flow(input, reached);
  };
  for (const { tensor, seed } of outputs) flow(tensor, seed);
  const inSegment = new Map<Node, Segment>();
  const nodesOf = new Map(segments.map((segment) => [segment, nodesBetween(segment)]));
  for (const [segment, nodes] of nodesOf) for (const node of nodes) inSegment.set(node, segment);
  for (const node of forward.reverse()) {
    const segment = inSegment.get(node);
    if (segment === undefined) goBack(node);
    else {
      // Met first at its last node: all that uses its output has been passed.
      const nodes = nodesOf.get(segment);
      if (nodes !== undefined) goBackThroughCopy(segment, nodes);
      nodesOf.delete(segment);
    }
  }
  return sources.map((source) => {
    const gradient = flowing.get(source);
    if (gradient === undefined) throw new GraphError(`no gradient reaches ${source.name}`);
    return gradient;
  });
}

/**
 * The nodes that lead from the input of a segment to its output, in the order of the graph; without those that are made
 * again in any case.
 */
function nodesBetween({ input, output }: Segment): readonly Node[] {
  const found = new Set<Node>();
  const open = [output];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    const { node } = tensor;
    if (tensor === input || node === undefined || node.operation.again !== undefined || found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return output.graph.nodes.filter((node) => found.has(node));
}
