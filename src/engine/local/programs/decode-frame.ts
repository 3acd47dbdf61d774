/** What programs that compute more tokens of sequences have in common: their inputs, and the distributions that they end in. */
import type { Architecture } from '../files/architecture.js';
import { type Dimension, product, type Shape } from '../graph/dimension.js';
import { at, type Graph, type Tensor } from '../graph/graph.js';
import { reshape, softmax } from '../graph/operations.js';
import type { HeldMatrices } from '../weights/held.js';
import type { ModelForm } from '../weights/model-form.js';
import type { KeysAndValues } from './attention.js';
import { frame, rotaryInputs } from './frame.js';
import { type Attention, embed, project, transformerLayers } from './transformer.js';
import type { RowCount } from './weight-inputs.js';

/** New tokens of each sequence. */
export type NewTokens = 1 | 'T';

export interface DecodeInputs extends ReturnType<typeof frame> {
  readonly ids: Tensor;
  /** Number of new tokens of all sequences. */
  readonly rows: Dimension;
  /** After which of them distributions are wanted; after all without it. */
  readonly chosen?: Tensor;
}

/** @param sequences in each group */
export function decodeInputs(
  form: ModelForm,
  sequences: Dimension,
  tokens: NewTokens,
  count: RowCount,
  held?: HeldMatrices,
): DecodeInputs {
  const own = frame(form, count, held);
  const shape: Shape = tokens === 1 ? ['G', sequences] : ['G', sequences, tokens];
  const rows = product(shape);
  return { ...own, rows, ids: reshape(own.graph.input('ids', shape, 'int64'), [rows]) };
}

/** Declares which of the new tokens distributions are wanted after, `chosen` [M]. */
export const withChosen = (inputs: DecodeInputs): DecodeInputs => ({
  ...inputs,
  chosen: inputs.graph.input('chosen', ['M'], 'int64'),
});

/** Declares the cache of a layer. */
export const layerCache = (graph: Graph, name: string, layer: number, shape: Shape): KeysAndValues => ({
  keys: graph.input(`${name}Key:${layer}`, shape),
  values: graph.input(`${name}Value:${layer}`, shape),
});

/** How many rows the mask of a sequence has: one, which all query heads share, or one for each that share a key head. */
export const maskRows = (a: Architecture, tokens: NewTokens): Dimension =>
  tokens === 1 ? 1 : product([a.heads / a.keyValueHeads, tokens]);

/**
 * The distribution of the token after each of the chosen ones, [M, V].
 * @param positions their shape, where what is rotated lies by heads
 */
export function nextTokens(
  { architecture: a }: ModelForm,
  { graph, weights, table, head, ids, rows, chosen }: DecodeInputs,
  attention: Attention,
  positions: Shape = [rows],
): Tensor {
  const flat = rotaryInputs(graph, a, rows);
  const rotation = { ...flat, positions: reshape(flat.positions, positions) };
  const { hidden } = transformerLayers(a, weights, embed(table, ids), rotation, attention, chosen);
  const asked = chosen === undefined ? rows : at(chosen.shape, 0);
  return softmax(project(a, weights, hidden, head, graph.input('inverseTemperature', [asked, 1])));
}
