/** What ONNX Runtime is told of the shapes of values, by which it decides where they lie. */
import { type Dimension, isSquare, type Shape } from './dimension.js';
import type { Graph, Node, Tensor } from './graph.js';
import { readersOf } from './order.js';

/**
 * Operations from which ONNX Runtime is told the shapes of all values. It cannot infer what was reshaped, and compares each
 * value that it places with all that are free and of unknown shape, so that its time to load a graph grows with the square
 * of the operations. Values of known shapes it places in each other's memory, which then is held for all of them: of programs
 * with gradients that is no more than they need, of scoring a quarter more, but for scores (docs/performance.md).
 */
const SHAPES_FROM = 2000;

/**
 * Scores, by the chain of operations that makes, changes and takes them. Not those that are read again later, as gradients
 * do.
 */
function scoreChains(nodes: readonly Node[]): ReadonlyMap<Tensor, number> {
  const readers = readersOf(nodes);
  const chains = new Map<Tensor, number>();
  const kept = new Set<number>();
  for (const { inputs, outputs } of nodes) {
    const before = inputs.flatMap((tensor) => chains.get(tensor) ?? [])[0];
    for (const tensor of outputs.filter(({ shape }) => isSquare(shape))) {
      const chain = before ?? chains.size;
      chains.set(tensor, chain);
      if ((readers.get(tensor) ?? 0) > 1) kept.add(chain);
    }
  }
  return new Map([...chains].filter(([, chain]) => !kept.has(chain)));
}

/**
 * The shapes of values as ONNX Runtime is told them. In an arena, sizes of scores have names of their own in each chain: by
 * equal names it would keep the memory of the scores of every block of queries until the last layer has used it. Without
 * an arena that is the lesser evil, since such large pieces come new from the system each time.
 */
export function toldShapes({ nodes }: Graph, inArena: boolean): ReadonlyMap<Tensor, Shape> {
  if (nodes.length < SHAPES_FROM) return new Map();
  const chains = inArena ? scoreChains(nodes) : new Map<Tensor, number>();
  const ofChain = (chain: number) => (size: Dimension) => (typeof size === 'number' ? size : `${size} of ${chain}`);
  return new Map(
    nodes.flatMap(({ outputs }) =>
      outputs.map((tensor) => {
        const chain = chains.get(tensor);
        return [tensor, chain === undefined ? tensor.shape : tensor.shape.map(ofChain(chain))] as const;
      }),
    ),
  );
}
