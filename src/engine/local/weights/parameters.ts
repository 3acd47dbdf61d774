/**
 * How a model's weights lie in memory: matrices that are applied to the same input are stored as one (q, k, v; gate,
 * up), so that one product serves them. Weights are [out, in] and row-major, so each Hugging Face tensor is a
 * contiguous part.
 */

import { InputError } from '../../../errors.js';
import { LORA_TARGETS } from '../../engine.js';
import type { AdaptableLayer } from '../files/adapter-targets.js';
import { type Architecture, parameterShapes } from '../files/architecture.js';
import { traitsOf } from '../files/families.js';

/** A Hugging Face tensor inside a parameter: `rows` leading rows beginning at element `offset`. */
export interface ParameterPart {
  /** As in model.safetensors: `model.layers.0.self_attn.q_proj.weight`. */
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

export interface Parameter {
  /** Name in our graphs: `layers.0.qkv`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly parts: readonly ParameterPart[];
}

/**
 * Tensors of one block that lie together, by the name of the parameter; biases and norms only where the model has them.
 * Which norm `post_attention_layernorm` is depends on where the family has its norms.
 */
function blockOf({ family }: Architecture): Readonly<Record<string, readonly string[]>> {
  const { norms = 'before' } = traitsOf(family);
  const afterAttention = ['post_attention_layernorm.weight'];
  return {
    attentionNorm: ['input_layernorm.weight'],
    qkv: [
      'self_attn.q_proj.weight',
      'self_attn.k_proj.weight',
      'self_attn.v_proj.weight',
      // Or the three as one.
      'self_attn.qkv_proj.weight',
    ],
    qkvBias: ['self_attn.q_proj.bias', 'self_attn.k_proj.bias', 'self_attn.v_proj.bias'],
    queryNorm: ['self_attn.q_norm.weight'],
    keyNorm: ['self_attn.k_norm.weight'],
    output: ['self_attn.o_proj.weight'],
    outputBias: ['self_attn.o_proj.bias'],
    attentionOutputNorm: norms === 'before' ? [] : afterAttention,
    feedForwardNorm: norms === 'before' ? afterAttention : ['pre_feedforward_layernorm.weight'],
    gateUp: ['mlp.gate_proj.weight', 'mlp.up_proj.weight', 'mlp.gate_up_proj.weight'],
    down: ['mlp.down_proj.weight'],
    feedForwardOutputNorm: ['post_feedforward_layernorm.weight'],
  };
}

function parameter(name: string, tensors: readonly (readonly [tensor: string, shape: readonly number[]])[]): Parameter {
  let offset = 0;
  const parts = tensors.map(([tensor, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = { tensor, shape, offset, size };
    offset += size;
    return part;
  });
  const rows = tensors.reduce((total, [, [first = 0]]) => total + first, 0);
  const columns = tensors[0]?.[1].slice(1) ?? [];
  return { name, shape: [rows, ...columns], size: offset, parts };
}

/** Asked for at every step of decoding. */
const known = new WeakMap<Architecture, readonly Parameter[]>();

/** Every parameter of an architecture, in the order in which the forward pass uses them. */
export function parametersOf(architecture: Architecture): readonly Parameter[] {
  const parameters = known.get(architecture) ?? listParameters(architecture);
  known.set(architecture, parameters);
  return parameters;
}

function listParameters(architecture: Architecture): readonly Parameter[] {
  const shapes = parameterShapes(architecture);
  const result: Parameter[] = [];
  const place = (name: string, tensors: readonly string[]) => {
    const present = tensors.flatMap((tensor) => {
      const shape = shapes.get(tensor);
      return shape === undefined ? [] : [[tensor, shape] as const];
    });
    if (present.length > 0) result.push(parameter(name, present));
  };
  place('embedding', ['model.embed_tokens.weight']);
  const block = Object.entries(blockOf(architecture));
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const [name, tensors] of block) {
      place(
        `layers.${layer}.${name}`,
        tensors.map((tensor) => `model.layers.${layer}.${tensor}`),
      );
    }
  }
  place('norm', ['model.norm.weight']);
  place('head', ['lm_head.weight']);
  return result;
}

/** The linear layers that an adapter may target. */
export function linearLayersOf(architecture: Architecture): readonly AdaptableLayer[] {
  return parametersOf(architecture).flatMap((parameter) =>
    parameter.parts.flatMap(({ tensor, shape }) => {
      const module = tensor.replace(/\.weight$/, '');
      const kind = module.slice(module.lastIndexOf('.') + 1);
      const [outputSize, inputSize] = shape;
      if (!LORA_TARGETS.some((known) => known === kind) || !tensor.endsWith('.weight')) return [];
      return [{ module, kind, inputSize: inputSize ?? 0, outputSize: outputSize ?? 0 }];
    }),
  );
}

/** Values of parameters by name, each a Float32Array of the parameter's size. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/**
 * Adds `values` to those of `sum` from element `offset` on. Four in a turn of the loop, whose own work takes as long as an
 * addition.
 */
export function addTo(sum: Float32Array, values: Float32Array, offset = 0): void {
  const { length } = values;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const to = offset + i;
    sum[to] = (sum[to] as number) + (values[i] as number);
    sum[to + 1] = (sum[to + 1] as number) + (values[i + 1] as number);
    sum[to + 2] = (sum[to + 2] as number) + (values[i + 2] as number);
    sum[to + 3] = (sum[to + 3] as number) + (values[i + 3] as number);
  }
  for (; i < length; i++) sum[offset + i] = (sum[offset + i] as number) + (values[i] as number);
}

/** @throws {InputError} when there are none: weights of another form, or of a model that was closed */
export function valuesOf(values: ParameterValues, name: string): Float32Array {
  const array = values.get(name);
  if (array === undefined) throw new InputError(`no values for the parameter ${name}`, { tensor: name });
  return array;
}

export function zerosLike(values: ParameterValues): Map<string, Float32Array> {
  return new Map([...values].map(([name, { length }]) => [name, new Float32Array(length)]));
}

export function copyValues(values: ParameterValues): Map<string, Float32Array> {
  return new Map([...values].map(([name, array]) => [name, array.slice()]));
}

/** As `zerosLike`, in one piece of memory that threads share: a message takes it along without a copy. */
export function sharedZerosLike(values: ParameterValues): Map<string, Float32Array> {
  const memory = new SharedArrayBuffer([...values.values()].reduce((total, { byteLength }) => total + byteLength, 0));
  let offset = 0;
  return new Map(
    [...values].map(([name, { length, byteLength }]) => {
      const array = new Float32Array(memory, offset, length);
      offset += byteLength;
      return [name, array];
    }),
  );
}

/** Overwrites each array of `to` with its namesake. */
export function setValues(to: ParameterValues, from: ParameterValues): void {
  for (const [name, array] of to) array.set(valuesOf(from, name));
}

/** The Hugging Face tensors of a parameter, as views into its values. */
export function* views(
  parameters: readonly Parameter[],
  values: ParameterValues,
): Generator<[tensor: string, shape: readonly number[], Float32Array]> {
  for (const { name, parts } of parameters) {
    const array = valuesOf(values, name);
    for (const { tensor, shape, offset, size } of parts) yield [tensor, shape, array.subarray(offset, offset + size)];
  }
}
