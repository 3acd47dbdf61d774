/**
 * More tokens of few sequences that have their prompt and what was generated in one cache, G of them with C tokens each. A
 * layer attends to one set of keys, to which those of the new tokens are joined, instead of three sets. That spares up to two
 * fifths of the operations, which take as long to begin as to compute; what is joined is copied for it.
 */
import { type Shape, sum } from '../graph/dimension.js';
import type { Graph, Tensor } from '../graph/graph.js';
import { concat } from '../graph/operations.js';
import type { HeldMatrices } from '../weights/held.js';
import type { ModelForm } from '../weights/model-form.js';
import { attentionByHeads, byHeads } from './attention.js';
import { decodeInputs, layerCache, maskRows, type NewTokens, nextTokens, withChosen } from './decode-frame.js';
import { layerMask } from './frame.js';
import type { Attention } from './transformer.js';
import type { RowCount } from './weight-inputs.js';

export interface JoinedVariant {
  readonly tokens: NewTokens;
  readonly rows: RowCount;
  /** Weights that are part of the program. */
  readonly held?: HeldMatrices;
}

/** The output of keys and values. */
export const FRESH = 'fresh';

/**
 * The next new tokens, one or T, of each sequence: attend to `pastKey:L` [G, K, C, headSize], to those before them and to
 * themselves. `bias` hides places that are not filled and what comes later, and for windowed layers what lies before the
 * window: [G, 1, 1, C + 1], with T tokens [G, 1, heads per key * T, C + T]. Outputs the keys and values of all layers, `fresh`
 * [layers * 2 * G, K, T, headSize] (it is cheaper to take one output than two for each layer), and the distributions of the
 * tokens after them: with one token `probabilities` [G, V], with T those after the `chosen` [M], [M, V].
 */
export function joinedProgram(form: ModelForm, { tokens, rows, held }: JoinedVariant): Graph {
  const { architecture: a } = form;
  const one = decodeInputs(form, 1, tokens, rows, held);
  const inputs = tokens === 1 ? one : withChosen(one);
  const { graph } = inputs;
  const bias = layerMask(graph, a, 'bias', ['G', 1, maskRows(a, tokens), sum(['C', tokens])]);
  const past: Shape = ['G', a.keyValueHeads, 'C', a.headSize];
  const fresh: Tensor[] = [];
  const attention: Attention = {
    byHeads: (parts) => byHeads(parts, { groups: 'G', tokens }, a.headSize),
    attend(layer, query, key, value) {
      fresh.push(key, value);
      const cache = layerCache(graph, 'past', layer, past);
      const [keys, values] = [concat([cache.keys, key], 2), concat([cache.values, value], 2)];
      return attentionByHeads(query, { keys, values, bias: bias(layer) }, a);
    },
  };
  graph.output('probabilities', nextTokens(form, inputs, attention, ['G', tokens]));
  graph.output(FRESH, concat(fresh, 0));
  return graph;
}
