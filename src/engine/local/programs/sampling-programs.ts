/**
 * The programs that sample: one reads prompts (prefill), one computes one more token (decode). Where a program holds the
 * weights itself, one does both. Sizes by letter: G groups with a prompt of P tokens each, and S sequences per group that
 * have C tokens each in the cache.
 */
import { product, sum } from '../graph/dimension.js';
import type { Graph } from '../graph/graph.js';
import { add, multiply, reduceSum, reshape, softmax, transpose } from '../graph/operations.js';
import type { HeldMatrices } from '../weights/held.js';
import type { ModelForm } from '../weights/model-form.js';
import type { Layout } from './attention.js';
import { attendCausally, causalBlocks } from './causal.js';
import {
  type DecodeInputs,
  decodeInputs,
  layerCache,
  maskRows,
  type NewTokens,
  nextTokens,
  withChosen,
} from './decode-frame.js';
import { attend, frame, headsOf, layerMask, rotaryInputs } from './frame.js';
import { type Attend, embed, project, transformerLayers } from './transformer.js';
import type { RowCount } from './weight-inputs.js';

/** How prompts are read. */
export interface PrefillVariant {
  readonly rows: RowCount;
  /** In how many blocks of queries a prompt attends to itself. */
  readonly blocks?: number;
  /** Whether the cache lies on a device, where keys are turned. */
  readonly onDevice?: boolean;
}

/**
 * Reads prompts [G, P]: outputs each layer's keys and values `Key:L`, `Value:L` [G, K, P, headSize] and the
 * distribution of the token after `chosen[g]`, `probabilities` [G, V]. Keys that are turned are [G, K, headSize, P].
 */
export function prefillProgram(form: ModelForm, { rows, blocks = 1, onDevice = false }: PrefillVariant): Graph {
  const { architecture: a } = form;
  const { graph, weights, table, head } = frame(form, rows);
  const causal = causalBlocks(graph, a, 'causal', 'P', blocks);
  const tokens = product(['G', causal.tokens]);
  const ids = reshape(graph.input('ids', ['G', causal.tokens], 'int64'), [tokens]);
  const cached = ['G', a.keyValueHeads, causal.tokens, a.headSize];
  const attendTo: Attend = (layer, ...qkv) => {
    const { mixed, keys, values } = attendCausally(a, { groups: 'G', rows: 1 }, causal, layer, qkv);
    const flat = reshape(keys, cached);
    graph.output(`Key:${layer}`, onDevice ? transpose(flat, [0, 1, 3, 2]) : flat);
    graph.output(`Value:${layer}`, reshape(values, cached));
    return mixed;
  };
  const { hidden: last } = transformerLayers(
    a,
    weights,
    embed(table, ids),
    rotaryInputs(graph, a, tokens),
    { attend: attendTo },
    graph.input('chosen', ['G'], 'int64'),
  );
  graph.output('probabilities', softmax(project(a, weights, last, head, graph.input('inverseTemperature', ['G', 1]))));
  return graph;
}

/** How decoding is computed. */
export interface DecodeVariant {
  readonly tokens: NewTokens;
  readonly rows: RowCount;
}

/**
 * The next new tokens, one or T, of each of G * S sequences: attend to their group's prompt (`promptKey:L` [G, K, P,
 * headSize]), to what was generated (`pastKey:L` [G, K, S, C, headSize]), to those before them and to themselves. `bias` hides what
 * shorter prompts lack, places not yet filled and what comes later, and for windowed layers what lies before the window: [G, 1, S, 1, P +
 * C + 1], with T tokens [G, 1, S, heads per key * T, P + C + T]. Outputs their keys and values `Key:L`, `Value:L` [G, K, S,
 * T, headSize], and the distributions of the tokens after them, `probabilities` [G * S * T, V].
 */
export const decodeProgram = (form: ModelForm, { tokens, rows }: DecodeVariant): Graph =>
  decoding(form, decodeInputs(form, 'S', tokens, rows), tokens);

/**
 * As `decodeProgram` with T tokens, with weights that are part of the program, as a session would hold them once more for
 * every program: so it reads prompts as well, as new tokens that have nothing before them. Distributions are those after
 * the new tokens `chosen` [M], `probabilities` [M, V].
 */
export const heldProgram = (form: ModelForm, held: HeldMatrices): Graph =>
  decoding(form, withChosen(decodeInputs(form, 'S', 'T', 'few', held)), 'T');

function decoding(form: ModelForm, inputs: DecodeInputs, tokens: NewTokens): Graph {
  const { architecture: a } = form;
  const { graph } = inputs;
  const layout: Layout = { groups: 'G', rows: 'S', tokens };
  const bias = layerMask(graph, a, 'bias', ['G', 1, 'S', maskRows(a, tokens), sum(['P', 'C', tokens])]);
  const attendTo: Attend = (layer, ...qkv) => {
    const { query, keys, values } = headsOf(a, layout, ...qkv);
    graph.output(`Key:${layer}`, keys);
    graph.output(`Value:${layer}`, values);
    const past = layerCache(graph, 'past', layer, ['G', a.keyValueHeads, 'S', 'C', a.headSize]);
    const prompt = layerCache(graph, 'prompt', layer, ['G', a.keyValueHeads, 'P', a.headSize]);
    return attend(a, layout, query, [prompt, past, { keys, values }], bias(layer));
  };
  graph.output('probabilities', nextTokens(form, inputs, { attend: attendTo }));
  return graph;
}

/**
 * As `decodeProgram` with one token, for a cache that lies on a device, with keys turned (`promptKey:L` [G, K, headSize, P], `pastKey:L`
 * [G, K, S, headSize, C]): puts the new keys and values into the cache, at the column where `place` [C, 1] is 1 and the cache
 * 0, attends to what is there then, as `bias` [G, 1, 1, 1, P + C] allows, and outputs it as `pastKey:L` and `pastValue:L`.
 * With a `block`, a divisor of V, also the sums of as many `probabilities` each, `blocks` [G * S, V / block].
 *
 * Sizes are read off inputs that lie in the computer's memory (`promptPlaces` [P] is there for nothing else): what lies on
 * the device would be fetched for it.
 */
export function deviceDecodeProgram(form: ModelForm, block?: number): Graph {
  const { architecture: a } = form;
  const inputs = decodeInputs(form, 'S', 1, 'many');
  const { graph, rows } = inputs;
  const place = graph.input('place', ['C', 1]);
  graph.input('promptPlaces', ['P']);
  const bias = layerMask(graph, a, 'bias', ['G', 1, 1, 1, sum(['P', 'C'])]);
  const K = a.keyValueHeads;
  const turnedPlace = reshape(place, [1, 'C']);
  const attendTo: Attend = (layer, ...qkv) => {
    const { query, keys, values } = headsOf(a, ONE_TOKEN, ...qkv);
    const turnedKeys = reshape(keys, ['G', K, 'S', a.headSize, 1]);
    const pastKeys = graph.input(`pastKey:${layer}`, ['G', K, 'S', a.headSize, 'C']);
    const pastValues = graph.input(`pastValue:${layer}`, ['G', K, 'S', 'C', a.headSize]);
    const past = {
      keys: add(pastKeys, multiply(turnedKeys, turnedPlace)),
      values: add(pastValues, multiply(values, place)),
      keysTurned: true,
    };
    graph.output(`pastKey:${layer}`, past.keys);
    graph.output(`pastValue:${layer}`, past.values);
    const prompt = {
      keys: graph.input(`promptKey:${layer}`, ['G', K, a.headSize, 'P']),
      values: graph.input(`promptValue:${layer}`, ['G', K, 'P', a.headSize]),
      keysTurned: true,
    };
    return attend(a, ONE_TOKEN, query, [prompt, past], bias(layer));
  };
  const probabilities = nextTokens(form, inputs, { attend: attendTo });
  graph.output('probabilities', probabilities);
  if (block !== undefined) {
    const blocks = a.vocabularySize / block;
    const sums = reduceSum(reshape(probabilities, [product([rows, blocks]), block]), [1]);
    graph.output('blocks', reshape(sums, [rows, blocks]));
  }
  return graph;
}

const ONE_TOKEN: Layout = { groups: 'G', rows: 'S', tokens: 1 };
