/**
 * A graph of tensor operations: nodes in the order in which they were built, which is a topological order. Types are
 * checked as nodes are added. What operations exist is operations.ts; a graph knows only what an operation is.
 */
import { type Shape, showShape } from './dimension.js';

export type ElementType = 'float32' | 'int64' | 'int8' | 'uint8';

export interface TensorType {
  readonly elements: ElementType;
  readonly shape: Shape;
}

/** A value in a graph: an input, a constant, or an output of a node. */
export interface Tensor extends TensorType {
  readonly graph: Graph;
  readonly name: string;
  /** Absent for inputs and constants of the graph. */
  readonly node: Node | undefined;
}

export interface Node<A = unknown> {
  readonly operation: Operation<A>;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
}

/** One entry of the table of operations. */
export interface Operation<A = unknown> {
  readonly name: string;
  /** Shape rule: the types of the outputs, or why the inputs don't fit. */
  types(inputs: readonly TensorType[], attributes: A): readonly TensorType[] | string;
  /** Forward: the ONNX nodes that compute it. */
  emit(emitter: Emitter, node: Node<A>): void;
  /**
   * Reverse-mode rule: from the gradients of the outputs (undefined where nothing flows back) those of the inputs
   * (undefined where none exists). `wanted[i]` says whether input i's gradient will be used.
   */
  derivative?(
    node: Node<A>,
    gradients: readonly (Tensor | undefined)[],
    wanted: readonly boolean[],
  ): readonly (Tensor | undefined)[];
  /**
   * For what is made from inputs of the graph alone, and is much larger than they are: its output, made once more. The
   * derivatives of its users take that one, so that the first need not be kept until then. Its nodes are written before
   * all others: ONNX Runtime orders by depth first, later nodes first, and so makes the output just before its use.
   */
  again?(node: Node<A>): Tensor;
  /**
   * Where its output lies: `same` is the place of its input, by another shape; `input` that of an input of the same size
   * that nothing else needs any more. Absent: in memory of its own.
   */
  readonly place?: 'same' | 'input';
  /** Bytes that it needs while it is computed, besides inputs and outputs, where they are many. */
  scratch?(node: Node<A>, bytes: (tensor: Tensor) => number): number;
}

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/**
 * Which operators a provider has kernels for: ONNX's own and ONNX Runtime's additional ones on the CPU (`onnxruntime`),
 * only the former (`portable`), or those of the WebGPU provider, which has some of the latter, and not all of the former.
 */
export type Dialect = 'onnxruntime' | 'webgpu' | 'portable';

/** What an operation may use to write its ONNX nodes; implemented by onnx.ts. Values are named by strings. */
export interface Emitter {
  node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Record<string, OnnxAttribute>,
  ): void;
  /** A node with one fresh output, whose name is returned. */
  value(type: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string;
  /** As `value`, with several fresh outputs. */
  values(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes?: Record<string, OnnxAttribute>,
  ): readonly string[];
  integers(values: readonly number[]): string;
  float(value: number): string;
  byte(value: number): string;
  /** An int64 vector with the shape's sizes, computed when the graph runs where they are not known before. */
  shape(shape: Shape): string;
  /** What `make` returned at the first call with this key: a value that several operations need. */
  once(key: string, make: () => string): string;
  readonly dialect: Dialect;
  /** Whether softmax of masked scores shall have a floor: see `maskedSoftmax`. */
  readonly floors: boolean;
}

/** A mistake in how a graph is put together: ours, never the user's. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** An item that must be there. @throws {GraphError} when it is not */
export function at<T>(items: readonly T[], index: number): NonNullable<T> {
  const item = items[index];
  if (item === undefined || item === null) throw new GraphError(`no item ${index} among ${items.length}`);
  return item;
}

/** Nodes as they are written: what is made once more stands first (`again`). */
export function emissionOrder({ nodes }: Graph): readonly Node[] {
  const early = nodes.filter(({ operation }) => operation.again !== undefined);
  return [...new Set([...early, ...nodes])];
}

/** Values that a graph holds itself. */
export interface Constant {
  readonly tensor: Tensor;
  /** Makes them when the session is, so that what is rearranged for it is not kept beside its copy. */
  readonly values: () => Float32Array | Int8Array | Uint8Array;
}

export class Graph {
  readonly inputs: Tensor[] = [];
  readonly nodes: Node[] = [];
  readonly outputs = new Map<string, Tensor>();
  /** Values that the graph holds itself, by the names of their tensors. */
  readonly constants = new Map<string, Constant>();
  #values = 0;

  input(name: string, shape: Shape, elements: ElementType = 'float32'): Tensor {
    if (this.inputs.some((input) => input.name === name)) throw new GraphError(`two inputs are named ${name}`);
    const tensor: Tensor = { graph: this, name, elements, shape, node: undefined };
    this.inputs.push(tensor);
    return tensor;
  }

  /** Numbers that are part of the graph: its session copies them, and rearranges them once for its kernels. */
  constant(name: string, elements: 'float32' | 'uint8', shape: readonly number[], values: Constant['values']): Tensor {
    const tensor: Tensor = { graph: this, name, elements, shape, node: undefined };
    this.constants.set(name, { tensor, values });
    return tensor;
  }

  output(name: string, tensor: Tensor): void {
    if (this.outputs.has(name)) throw new GraphError(`two outputs are named ${name}`);
    this.outputs.set(name, tensor);
  }

  /** Where a named size is read off: the first input that has it as an axis. @throws {GraphError} when none has */
  axisOf(size: string): { readonly input: string; readonly axis: number } {
    const source = this.inputs.find((input) => input.shape.includes(size));
    if (source === undefined) throw new GraphError(`no input has an axis of size ${size}`);
    return { input: source.name, axis: source.shape.indexOf(size) };
  }

  /** Adds a node; returns its outputs. @throws {GraphError} when its shape rule objects */
  apply<A>(operation: Operation<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
    const types = operation.types(inputs, attributes);
    if (typeof types === 'string') {
      const shapes = inputs.map((tensor) => `${tensor.name} ${showShape(tensor.shape)}`).join(', ');
      throw new GraphError(`${operation.name}(${shapes}) ${JSON.stringify(attributes)}: ${types}`);
    }
    const outputs: Tensor[] = [];
    const node: Node<A> = { operation, inputs, outputs, attributes };
    for (const type of types) {
      const name = `${operation.name}.${this.#values++}`;
      outputs.push({ graph: this, name, elements: type.elements, shape: type.shape, node });
    }
    this.nodes.push(node);
    return outputs;
  }
}
