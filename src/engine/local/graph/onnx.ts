/**
 * Writes a graph as an ONNX model. Field numbers are those of onnx.proto3 (ONNX 1.16, IR version 10); only the messages
 * that a graph of ours needs.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Shape, terms } from './dimension.js';
import {
  at,
  type Dialect,
  type ElementType,
  type Emitter,
  emissionOrder,
  type Graph,
  GraphError,
  type OnnxAttribute,
  type Tensor,
} from './graph.js';
import { writtenOrder } from './order.js';
import { toldShapes } from './told-shapes.js';

const IR_VERSION = 10;
const OPSET = 21;
const ELEMENTS: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, int8: 3, int64: 7 };

type Write = (writer: BinaryWriter) => void;

interface OnnxNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly write: Write;
}

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const integer = (writer: BinaryWriter, field: number, value: number) => writer.tag(field, WireType.Varint).int64(value);

function writeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  if (typeof value === 'number') {
    integer(writer, 3, value);
    integer(writer, 20, 2);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    integer(writer, 20, 3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    integer(writer, 20, 1);
  } else {
    for (const item of value) integer(writer, 8, item);
    integer(writer, 20, 7);
  }
}

function writeValueInfo(writer: BinaryWriter, name: string, elements: number, shape: Shape | undefined): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, elements);
      if (shape === undefined) return;
      message(tensor, 2, (sizes) => {
        for (const size of shape) {
          message(sizes, 1, (axis) => (typeof size === 'number' ? integer(axis, 1, size) : text(axis, 2, size)));
        }
      });
    }),
  );
}

/** A constant, whose numbers the model's bytes only name: `externalData` has them under this name. */
function writeConstant(writer: BinaryWriter, { name, elements, shape }: Tensor, place: string): void {
  for (const size of shape) integer(writer, 1, Number(size));
  integer(writer, 2, ELEMENTS[elements]);
  text(writer, 8, name);
  message(writer, 13, (entry) => {
    text(entry, 1, 'location');
    text(entry, 2, place);
  });
  integer(writer, 14, 1);
}

const placeOf = (index: number): string => `constant.${index}`;

/**
 * The numbers of a graph's constants, for the session beside the model's bytes: of those it would make two more copies.
 * It copies these once.
 */
export function externalData(graph: Graph): readonly { readonly path: string; readonly data: Uint8Array }[] {
  return [...graph.constants.values()].map(({ tensor: { name, elements, shape }, values }, index) => {
    const bytes = shape.reduce<number>((total, size) => total * Number(size), elements === 'float32' ? 4 : 1);
    const { buffer, byteOffset, byteLength } = values();
    if (byteLength !== bytes) throw new GraphError(`the constant ${name} of ${bytes} bytes was given ${byteLength}`);
    return { path: placeOf(index), data: new Uint8Array(buffer, byteOffset, byteLength) };
  });
}

/**
 * The graph as bytes of an ONNX model. Inputs keep their names; outputs have the names of their tensors. Numbers of
 * constants are not in it: see `externalData`.
 * @param inArena whether its session keeps the memory of its values for the next ones: see `toldShapes`
 * @param floors whether softmax of masked scores has a floor: see `maskedSoftmax`
 */
export function toOnnx(graph: Graph, dialect: Dialect, inArena = true, floors = false): Uint8Array {
  const nodes: OnnxNode[] = [];
  const initializers: Write[] = [];
  const shared = new Map<string, string>();
  let values = 0;
  const fresh = () => `value.${values++}`;

  const once: Emitter['once'] = (key, make) => {
    const known = shared.get(key) ?? make();
    shared.set(key, known);
    return known;
  };
  const initializer = (kind: string, write: (writer: BinaryWriter, name: string) => void): string =>
    once(`initializer ${kind}`, () => {
      const name = fresh();
      initializers.push((writer) => write(writer, name));
      return name;
    });
  const emitter: Emitter = {
    dialect,
    floors,
    node(type, inputs, outputs, attributes = {}) {
      const separator = type.indexOf(':');
      const operator = type.slice(separator + 1);
      const domain = separator < 0 ? undefined : type.slice(0, separator);
      const write: Write = (writer) => {
        for (const input of inputs) text(writer, 1, input);
        for (const output of outputs) text(writer, 2, output);
        text(writer, 3, outputs[0] ?? operator);
        text(writer, 4, operator);
        for (const [name, value] of Object.entries(attributes))
          message(writer, 5, (inner) => writeAttribute(inner, name, value));
        if (domain !== undefined) text(writer, 7, domain);
      };
      nodes.push({ inputs, outputs, write });
    },
    value(type, inputs, attributes) {
      const name = fresh();
      emitter.node(type, inputs, [name], attributes);
      return name;
    },
    values(type, inputs, count, attributes) {
      const outputs = Array.from({ length: count }, fresh);
      emitter.node(type, inputs, outputs, attributes);
      return outputs;
    },
    integers: (list) =>
      initializer(`i${list.join()}`, (writer, name) => {
        integer(writer, 1, list.length);
        integer(writer, 2, ELEMENTS.int64);
        for (const item of list) integer(writer, 7, item);
        text(writer, 8, name);
      }),
    float: (value) =>
      initializer(`f${value}`, (writer, name) => {
        integer(writer, 2, ELEMENTS.float32);
        writer.tag(4, WireType.Bit32).float(value);
        text(writer, 8, name);
      }),
    byte: (value) =>
      initializer(`b${value}`, (writer, name) => {
        integer(writer, 2, ELEMENTS.uint8);
        integer(writer, 5, value);
        text(writer, 8, name);
      }),
    once,
    shape(shape) {
      if (shape.every((size) => typeof size === 'number')) return emitter.integers(shape);
      return once(`shape ${shape.join()}`, () => {
        const parts = shape.map((size) => {
          const added = terms(size).map(({ coefficient, names }) => {
            const factors = names.map((name) => sizeOf(name));
            if (coefficient !== 1 || factors.length === 0) factors.push(emitter.integers([coefficient]));
            return factors.reduce((a, b) => emitter.value('Mul', [a, b]));
          });
          return added.length === 0 ? emitter.integers([0]) : added.reduce((a, b) => emitter.value('Add', [a, b]));
        });
        return parts.length === 1 ? at(parts, 0) : emitter.value('Concat', parts, { axis: 0 });
      });
    },
  };
  const sizeOf = (name: string): string =>
    once(`size ${name}`, () => {
      const { input, axis } = graph.axisOf(name);
      return emitter.value('Shape', [input], { start: axis, end: axis + 1 });
    });

  for (const node of emissionOrder(graph)) node.operation.emit(emitter, node);

  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, 'rlt');
  message(writer, 7, (body) => {
    const results = new Set([...graph.outputs.values()].map(({ name }) => name));
    for (const { write } of writtenOrder(nodes, results)) message(body, 1, write);
    text(body, 2, 'rlt');
    for (const write of initializers) message(body, 5, write);
    for (const [index, { tensor }] of [...graph.constants.values()].entries())
      message(body, 5, (inner) => writeConstant(inner, tensor, placeOf(index)));
    for (const input of graph.inputs) {
      message(body, 11, (inner) => writeValueInfo(inner, input.name, ELEMENTS[input.elements], input.shape));
    }
    for (const name of results) message(body, 12, (inner) => writeValueInfo(inner, name, ELEMENTS.float32, undefined));
    for (const [{ name, elements }, shape] of toldShapes(graph, inArena))
      if (!results.has(name)) message(body, 13, (inner) => writeValueInfo(inner, name, ELEMENTS[elements], shape));
  });
  for (const [domain, version] of [
    ['', OPSET],
    ['com.microsoft', 1],
  ] as const) {
    message(writer, 8, (opset) => {
      if (domain !== '') text(opset, 1, domain);
      integer(opset, 2, version);
    });
  }
  return writer.finish();
}
