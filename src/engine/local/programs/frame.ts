/**
 * What the programs of a model have in common: weights and positions as inputs, causal masks, attention within
 * sequences.
 */
import { type Architecture, isWindowed } from '../files/architecture.js';
import type { Dimension, Shape } from '../graph/dimension.js';
import { at, Graph, type Tensor } from '../graph/graph.js';
import type { HeldMatrices } from '../weights/held.js';
import type { ModelForm } from '../weights/model-form.js';
import { parametersOf } from '../weights/parameters.js';
import { attention, headsFirst, type KeysAndValues, type Layout } from './attention.js';
import { masksOf, windowed } from './masks.js';
import type { RotaryInputs } from './transformer.js';
import { type RowCount, type WeightTensors, weightInputs } from './weight-inputs.js';

interface Frame {
  readonly graph: Graph;
  readonly weights: WeightTensors;
  readonly table: Tensor;
  readonly head: Tensor;
}

/** A graph with its weight inputs. An embedding that is also the head is declared twice: looked up and multiplied. */
export function frame(form: ModelForm, rows: RowCount = 'many', held?: HeldMatrices): Frame {
  const { architecture } = form;
  const graph = new Graph();
  const [embedding, ...parameters] = parametersOf(architecture);
  const { shape } = at([embedding], 0);
  const table = graph.input('embedding', shape);
  const weights = weightInputs(graph, parameters, form, rows, held);
  const head = architecture.tiedEmbeddings
    ? (weights.packed('head', shape) ?? graph.input('head', shape))
    : weights.parameter('head');
  return { graph, weights, table, head };
}

export function rotaryInputs(graph: Graph, a: Architecture, tokens: Dimension): RotaryInputs {
  const tables = (suffix: string) => ({
    cosine: graph.input(`cosine${suffix}`, ['tablePositions', a.headSize / 2]),
    sine: graph.input(`sine${suffix}`, ['tablePositions', a.headSize / 2]),
  });
  return {
    positions: graph.input('positions', [tokens], 'int64'),
    ...tables(''),
    ...(a.localRope === undefined ? {} : { local: tables(':local') }),
  };
}

/** A mask of each layer: one input for those that see all tokens before, one for those with a window, as needed. */
export type LayerMask = (layer: number) => Tensor;

/** @param shape of the mask, and of that of windowed layers where it is another */
export function layerMask(graph: Graph, a: Architecture, name: string, shape: Shape, ofWindow = shape): LayerMask {
  const { full, window } = masksOf(a);
  const [whole, narrow] = [
    full ? graph.input(name, shape) : undefined,
    window === undefined ? undefined : graph.input(windowed(name), ofWindow),
  ];
  return (layer) => at([isWindowed(a, layer) ? narrow : whole], 0);
}

/** Queries, keys and values in headsFirst form. */
export interface Heads {
  readonly query: Tensor;
  readonly keys: Tensor;
  readonly values: Tensor;
}

export function headsOf(a: Architecture, layout: Layout, query: Tensor, key: Tensor, value: Tensor): Heads {
  const heads = (x: Tensor) => headsFirst(x, layout, a.keyValueHeads, a.headSize);
  return { query: heads(query), keys: heads(key), values: heads(value) };
}

/** Attention of each sequence to itself, and to what else is given. */
export const attend = (
  a: Architecture,
  layout: Layout,
  query: Tensor,
  sets: readonly KeysAndValues[],
  jointBias?: Tensor,
): Tensor => attention(query, sets, layout, a, jointBias);
