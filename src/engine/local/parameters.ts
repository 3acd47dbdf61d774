/**
 * How a model's weights lie in memory: matrices that are applied to the same input are stored as one (q, k, v; gate, up),
 * so that one product serves them. Weights are [out, in] and row-major, so each Hugging Face tensor is a contiguous part.
 */

import { InputError } from '../../errors.js';
import type { Architecture } from './files/config.js';

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

function parameter(name: string, parts: readonly (readonly [tensor: string, shape: readonly number[]])[]): Parameter {
  let offset = 0;
  const placed = parts.map(([tensor, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = { tensor, shape, offset, size };
    offset += size;
    return part;
  });
  const [head] = parts;
  const columns = head?.[1].slice(1) ?? [];
  const rows = parts.reduce((total, [, shape]) => total + (shape[0] ?? 0), 0);
  return { name, shape: [rows, ...columns], size: offset, parts: placed };
}

/** Every parameter of an architecture, in the order in which the forward pass uses them. */
export function parametersOf(a: Architecture): readonly Parameter[] {
  const query = a.heads * a.headSize;
  const key = a.keyValueHeads * a.headSize;
  const result = [parameter('embedding', [['model.embed_tokens.weight', [a.vocabularySize, a.hiddenSize]]])];
  for (let layer = 0; layer < a.layers; layer++) {
    const from = `model.layers.${layer}`;
    const to = `layers.${layer}`;
    const attention = `${from}.self_attn`;
    result.push(parameter(`${to}.attentionNorm`, [[`${from}.input_layernorm.weight`, [a.hiddenSize]]]));
    result.push(
      parameter(`${to}.qkv`, [
        [`${attention}.q_proj.weight`, [query, a.hiddenSize]],
        [`${attention}.k_proj.weight`, [key, a.hiddenSize]],
        [`${attention}.v_proj.weight`, [key, a.hiddenSize]],
      ]),
    );
    if (a.attentionBias.query) {
      result.push(
        parameter(`${to}.qkvBias`, [
          [`${attention}.q_proj.bias`, [query]],
          [`${attention}.k_proj.bias`, [key]],
          [`${attention}.v_proj.bias`, [key]],
        ]),
      );
    }
    if (a.queryKeyNorm) {
      result.push(parameter(`${to}.queryNorm`, [[`${attention}.q_norm.weight`, [a.headSize]]]));
      result.push(parameter(`${to}.keyNorm`, [[`${attention}.k_norm.weight`, [a.headSize]]]));
    }
    result.push(parameter(`${to}.output`, [[`${attention}.o_proj.weight`, [a.hiddenSize, query]]]));
    if (a.attentionBias.output)
      result.push(parameter(`${to}.outputBias`, [[`${attention}.o_proj.bias`, [a.hiddenSize]]]));
    result.push(parameter(`${to}.feedForwardNorm`, [[`${from}.post_attention_layernorm.weight`, [a.hiddenSize]]]));
    result.push(
      parameter(`${to}.gateUp`, [
        [`${from}.mlp.gate_proj.weight`, [a.feedForwardSize, a.hiddenSize]],
        [`${from}.mlp.up_proj.weight`, [a.feedForwardSize, a.hiddenSize]],
      ]),
    );
    result.push(parameter(`${to}.down`, [[`${from}.mlp.down_proj.weight`, [a.hiddenSize, a.feedForwardSize]]]));
  }
  result.push(parameter('norm', [['model.norm.weight', [a.hiddenSize]]]));
  if (!a.tiedEmbeddings) result.push(parameter('head', [['lm_head.weight', [a.vocabularySize, a.hiddenSize]]]));
  return result;
}

/** The linear layers that an adapter may target, as PEFT names them, and where their weight lies. */
export interface LinearLayer {
  /** `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  /** `q_proj`. */
  readonly kind: string;
  readonly inputSize: number;
  readonly outputSize: number;
}

export const LINEAR_KINDS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

export function linearLayersOf(architecture: Architecture): readonly LinearLayer[] {
  return parametersOf(architecture).flatMap((parameter) =>
    parameter.parts.flatMap(({ tensor, shape }) => {
      const module = tensor.replace(/\.weight$/, '');
      const kind = module.slice(module.lastIndexOf('.') + 1);
      const [outputSize, inputSize] = shape;
      if (!LINEAR_KINDS.some((known) => known === kind) || !tensor.endsWith('.weight')) return [];
      return [{ module, kind, inputSize: inputSize ?? 0, outputSize: outputSize ?? 0 }];
    }),
  );
}

/** Values of parameters by name, each a Float32Array of the parameter's size. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

export function allocate(parameters: readonly Parameter[]): Map<string, Float32Array> {
  return new Map(parameters.map(({ name, size }) => [name, new Float32Array(size)]));
}

export function copyValues(values: ParameterValues): Map<string, Float32Array> {
  return new Map([...values].map(([name, array]) => [name, array.slice()]));
}

/** The Hugging Face tensors of a parameter, as views into its values. */
export function* views(
  parameters: readonly Parameter[],
  values: ParameterValues,
): Generator<[tensor: string, shape: readonly number[], Float32Array]> {
  for (const { name, parts } of parameters) {
    const array = values.get(name);
    if (array === undefined) throw new InputError(`no values for the parameter ${name}`, { tensor: name });
    for (const { tensor, shape, offset, size } of parts) yield [tensor, shape, array.subarray(offset, offset + size)];
  }
}
