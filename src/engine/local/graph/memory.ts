/**
 * How much memory the values of a graph take while it runs, from their shapes and the order in which ONNX Runtime
 * computes them: it needs neither a session nor weights.
 */
import { type Dimension, evaluator, isSquare } from './dimension.js';
import { type ElementType, emissionOrder, type Graph, type Node, type Tensor } from './graph.js';
import { computedOrder, readersOf, writtenOrder } from './order.js';

/** Named sizes of a graph: how many sequences, tokens, positions. */
export type Sizes = ReadonlyMap<string, number>;

export interface GraphMemory {
  /** Most bytes that intermediate values take at once. */
  readonly working: number;
  /** Bytes of the results. */
  readonly results: number;
}

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { float32: 4, int64: 8, int8: 1, uint8: 1 };

/** Memory of one value, or of several that lie in the same place. */
interface Place {
  readonly bytes: number;
  /** How many nodes still read from it. */
  readers: number;
}

/** Values of nodes by where they lie. A reshaped value lies where the value does that it was made from. */
class Places {
  readonly #of = new Map<Tensor, Place>();
  readonly #evaluate = new Map<Dimension, number>();
  readonly #sizes: Sizes;

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
  }

  bytes({ elements, shape }: Pick<Tensor, 'elements' | 'shape'>): number {
    return shape.reduce<number>((total, size) => total * this.#size(size), ELEMENT_BYTES[elements]);
  }

  #size(size: Dimension): number {
    const known = this.#evaluate.get(size) ?? evaluator(size)(this.#sizes);
    this.#evaluate.set(size, known);
    return known;
  }

  get(tensor: Tensor): Place | undefined {
    return this.#of.get(tensor);
  }

  set(tensor: Tensor, place: Place): void {
    this.#of.set(tensor, place);
  }
}

/**
 * Runs through the nodes in the order in which they are computed, and adds up what lies in memory: a value from the node
 * that computes it to the last one that reads it. Results lie in memory of their own, and so do masks of tokens with each
 * other, which are inputs that a call is given anew.
 */
export function memoryOf(graph: Graph, sizes: Sizes): GraphMemory {
  const nodes = computedOrder<Tensor, Node>(writtenOrder<Tensor, Node>(emissionOrder(graph), graph.outputs.values()));
  const results = new Set(graph.outputs.values());
  const readers = readersOf(nodes);
  const places = new Places(sizes);
  let now = graph.inputs.reduce((total, mask) => total + (isSquare(mask.shape) ? places.bytes(mask) : 0), 0);
  let working = 0;
  for (const node of nodes) {
    const { operation, inputs, outputs } = node;
    const read = new Set(inputs.flatMap((tensor) => places.get(tensor) ?? []));
    for (const tensor of outputs) {
      const own = readers.get(tensor) ?? 0;
      const bytes = places.bytes(tensor);
      const taken = [...read].find(
        (place) =>
          operation.place === 'same' || (operation.place === 'input' && place.readers === 1 && place.bytes === bytes),
      );
      if (taken !== undefined) {
        taken.readers += own;
        places.set(tensor, taken);
      } else if (!results.has(tensor)) {
        now += bytes;
        places.set(tensor, { bytes, readers: own });
      }
    }
    working = Math.max(working, now + (operation.scratch?.(node, (tensor) => places.bytes(tensor)) ?? 0));
    for (const place of read) {
      place.readers -= 1;
      if (place.readers === 0) now -= place.bytes;
    }
    for (const tensor of outputs) {
      const place = places.get(tensor);
      // What no node reads is a by-product, or a result that lies where another value does.
      if (place?.readers === 0 && !read.has(place)) now -= place.bytes;
    }
  }
  return { working, results: [...results].reduce((total, tensor) => total + places.bytes(tensor), 0) };
}
