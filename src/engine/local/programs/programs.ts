/**
 * The graphs that the engine runs: one to score or train on sequences, one to read prompts, one to decode a token.
 * Each is the transformer with its own inputs, way to attend and outputs. Sizes by letter: B sequences of T tokens; or
 * G groups of S sequences that share a prefix of P tokens and continue with C tokens each; M chosen positions.
 */
import type { AdaptableLayer, AdapterForm } from '../files/adapter.js';
import type { Architecture } from '../files/architecture.js';
import { gradients } from '../graph/differentiate.js';
import { type Dimension, product, sum } from '../graph/dimension.js';
import { Graph, type Tensor } from '../graph/graph.js';
import { chunkedLogProb, concat, gatherRows, reshape, softmax, split, tokenLogProb } from '../graph/operations.js';
import { linearLayersOf, type Parameter, parametersOf } from '../weights/parameters.js';
import {
  type Attend,
  attention,
  embed,
  headsFirst,
  type Layout,
  type Memory,
  project,
  readout,
  transformerLayers,
  type Weights,
  weightInputs,
} from './transformer.js';

export interface Subject {
  readonly architecture: Architecture;
  /** Absent for plain weights. */
  readonly adapter: AdapterForm | undefined;
}

/** The linear layers that an adapter changes. */
export function adaptedLayers({ architecture, adapter }: Subject): readonly AdaptableLayer[] {
  return adapter === undefined ? [] : linearLayersOf(architecture).filter(({ kind }) => adapter.targets.includes(kind));
}

interface Frame {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly table: Tensor;
  readonly head: Tensor;
}

/** Graph with its weight inputs. The embedding is declared twice where it is also the head: looked up and multiplied. */
function frame(subject: Subject, fewRows = false): Frame {
  const { architecture, adapter } = subject;
  const graph = new Graph();
  const [embedding, ...parameters] = parametersOf(architecture) as [Parameter, ...Parameter[]];
  const table = graph.input('embedding', embedding.shape);
  const layers = adaptedLayers(subject);
  const adapted =
    adapter === undefined ? undefined : { layers, rank: adapter.rank, scale: adapter.alpha / adapter.rank };
  const weights = weightInputs(graph, parameters, adapted, fewRows);
  const head = architecture.tiedEmbeddings ? graph.input('head', embedding.shape) : weights.parameter('head');
  return { graph, weights, table, head };
}

function places(graph: Graph, a: Architecture, tokens: Dimension) {
  return {
    positions: graph.input('positions', [tokens], 'int64'),
    cosine: graph.input('cosine', ['tablePositions', a.headSize / 2]),
    sine: graph.input('sine', ['tablePositions', a.headSize / 2]),
  };
}

/** The causal mask, repeated for the query heads that share a key head: [sharing * T, T] of 0 and the lowest float. */
function causalBias(graph: Graph, a: Architecture, name: string, tokens: Dimension): Tensor {
  return graph.input(name, [product([a.heads / a.keyValueHeads, tokens]), tokens]);
}

/** Attention of sequences that share nothing: [B, T]. */
function separately(a: Architecture, layout: Layout, bias: Tensor): Attend {
  return (_, query, key, value) => {
    const [q, keys, values] = [query, key, value].map((x) => headsFirst(x, layout, a.keyValueHeads, a.headSize)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return attention(q, [{ keys, values, bias }], layout, a.keyValueHeads, a.headSize);
  };
}

/** Attention of groups: the prefixes among themselves, each sequence over its group's prefix and itself. */
function inGroups(
  a: Architecture,
  prefix: Layout,
  own: Layout,
  bias: { readonly prefixCausal: Tensor; readonly prefix: Tensor; readonly causal: Tensor },
): Attend {
  const sizes = [prefix, own].map(({ groups, rows, tokens }) => product([groups, rows, tokens]));
  const { keyValueHeads, headSize } = a;
  return (_, ...qkv) => {
    const [before, after] = [0, 1].map((part) => {
      const layout = part === 0 ? prefix : own;
      return qkv.map((x) => headsFirst(split(x, 0, sizes)[part] as Tensor, layout, keyValueHeads, headSize));
    }) as [[Tensor, Tensor, Tensor], [Tensor, Tensor, Tensor]];
    const ofPrefix: Memory = { keys: before[1], values: before[2], bias: bias.prefixCausal };
    const shared = [prefix.groups, keyValueHeads, prefix.tokens, headSize];
    const memories: Memory[] = [
      { keys: reshape(before[1], shared), values: reshape(before[2], shared), bias: bias.prefix },
      { keys: after[1], values: after[2], bias: bias.causal },
    ];
    return concat(
      [
        attention(before[0], [ofPrefix], prefix, keyValueHeads, headSize),
        attention(after[0], memories, own, keyValueHeads, headSize),
      ],
      0,
    );
  };
}

export interface SequenceForm {
  /** Whether sequences share prefixes. */
  readonly prefix: boolean;
  readonly train: boolean;
  /** In how many pieces, one after the other, the chosen positions meet the vocabulary. */
  readonly chunks: number;
}

export interface SequenceProgram {
  readonly graph: Graph;
  /** Parameters, or `module.lora_A` / `.lora_B`, whose gradients are outputs `gradient:NAME`. */
  readonly gradients: readonly string[];
}

/**
 * log p of chosen positions of sequences: output `logProbs` [M]. With `train`, also the gradients of
 * sum_m weights[m] * logProbs[m] for what learns (all parameters, or the adapters alone). The embedding's gradient comes
 * as `gradient:embeddingRows` [N, hidden], a row a token, since most of its rows are zero.
 */
export function sequenceProgram(subject: Subject, form: SequenceForm): SequenceProgram {
  const { architecture: a } = subject;
  const { graph, weights, table, head } = frame(subject);
  let ids: Tensor;
  let attend: Attend;
  if (form.prefix) {
    const prefix: Layout = { groups: 'G', rows: 1, tokens: 'P' };
    const own: Layout = { groups: 'G', rows: 'S', tokens: 'C' };
    const prefixIds = graph.input('prefixIds', ['G', 'P'], 'int64');
    const ownIds = graph.input('ids', ['G', 'S', 'C'], 'int64');
    ids = concat([reshape(prefixIds, [product(['G', 'P'])]), reshape(ownIds, [product(['G', 'S', 'C'])])], 0);
    attend = inGroups(a, prefix, own, {
      prefixCausal: causalBias(graph, a, 'prefixCausal', 'P'),
      prefix: graph.input('prefixBias', ['G', 1, 1, 1, 'P']),
      causal: causalBias(graph, a, 'causal', 'C'),
    });
  } else {
    const layout: Layout = { groups: 'B', rows: 1, tokens: 'T' };
    ids = reshape(graph.input('ids', ['B', 'T'], 'int64'), [product(['B', 'T'])]);
    attend = separately(a, layout, causalBias(graph, a, 'causal', 'T'));
  }
  const [tokens] = ids.shape as [Dimension];
  const embedded = embed(table, ids);
  const hidden = transformerLayers(a, weights, embedded, places(graph, a, tokens), attend);
  const chosen = gatherRows(hidden, graph.input('chosen', ['M'], 'int64'));
  const inverseTemperature = graph.input('inverseTemperature', ['M', 1]);
  const targets = graph.input('targets', ['M'], 'int64');
  const logProbs =
    form.chunks === 1
      ? tokenLogProb(project(a, weights, chosen, head, inverseTemperature), targets)
      : chunkedLogProb(
          readout(a, weights, chosen, inverseTemperature),
          head,
          targets,
          graph.input('chunkSizes', [form.chunks], 'int64'),
        );
  graph.output('logProbs', logProbs);
  if (!form.train) return { graph, gradients: [] };

  const learning = new Map<string, Tensor>();
  if (subject.adapter === undefined) {
    learning.set('embeddingRows', embedded);
    for (const { name } of parametersOf(a)) if (name !== 'embedding') learning.set(name, weights.parameter(name));
    if (a.tiedEmbeddings) learning.set('head', head);
  } else {
    for (const { module } of adaptedLayers(subject)) {
      const adapter = weights.adapter(module);
      if (adapter === undefined) continue;
      learning.set(`${module}.lora_A`, adapter.a);
      learning.set(`${module}.lora_B`, adapter.b);
    }
  }
  const seed = graph.input('weights', ['M']);
  const results = gradients([{ tensor: logProbs, seed }], [...learning.values()]);
  for (const [i, name] of [...learning.keys()].entries()) graph.output(`gradient:${name}`, results[i] as Tensor);
  return { graph, gradients: [...learning.keys()] };
}

/**
 * Reads prompts [G, P]: outputs each layer's keys and values `Key:L`, `Value:L` [G, K, P, headSize] and the distribution
 * of the token after `chosen[g]`, `probabilities` [G, V].
 */
export function promptProgram(subject: Subject, fewRows: boolean): Graph {
  const { architecture: a } = subject;
  const { graph, weights, table, head } = frame(subject, fewRows);
  const layout: Layout = { groups: 'G', rows: 1, tokens: 'P' };
  const ids = reshape(graph.input('ids', ['G', 'P'], 'int64'), [product(['G', 'P'])]);
  const bias = causalBias(graph, a, 'causal', 'P');
  const memory = ['G', a.keyValueHeads, 'P', a.headSize];
  const attend: Attend = (layer, query, key, value) => {
    const [q, keys, values] = [query, key, value].map((x) => headsFirst(x, layout, a.keyValueHeads, a.headSize)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    graph.output(`Key:${layer}`, reshape(keys, memory));
    graph.output(`Value:${layer}`, reshape(values, memory));
    return attention(q, [{ keys, values, bias }], layout, a.keyValueHeads, a.headSize);
  };
  const hidden = transformerLayers(a, weights, embed(table, ids), places(graph, a, product(['G', 'P'])), attend);
  const last = gatherRows(hidden, graph.input('chosen', ['G'], 'int64'));
  graph.output('probabilities', softmax(project(a, weights, last, head, graph.input('inverseTemperature', ['G', 1]))));
  return graph;
}

/**
 * One more token for each of G * S sequences: attends to its group's prompt (`promptKey:L` [G, K, P, headSize]), to what
 * was generated (`pastKey:L` [G, K, S, C, headSize]) and to itself. `bias` [G, 1, 1, 1, P + C + 1] hides what shorter prompts
 * lack and places not yet filled. Outputs the new keys and values `Key:L`, `Value:L` [G, K, S, 1, headSize] and `probabilities` [G * S, V].
 */
export function decodeProgram(subject: Subject, fewRows: boolean): Graph {
  const { architecture: a } = subject;
  const { graph, weights, table, head } = frame(subject, fewRows);
  const layout: Layout = { groups: 'G', rows: 'S', tokens: 1 };
  const rows = product(['G', 'S']);
  const ids = reshape(graph.input('ids', ['G', 'S'], 'int64'), [rows]);
  const bias = graph.input('bias', ['G', 1, 1, 1, sum(['P', 'C', 1])]);
  const attend: Attend = (layer, query, key, value) => {
    const [q, keys, values] = [query, key, value].map((x) => headsFirst(x, layout, a.keyValueHeads, a.headSize)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    graph.output(`Key:${layer}`, keys);
    graph.output(`Value:${layer}`, values);
    const memory = (name: string, shape: readonly Dimension[]): Memory => ({
      keys: graph.input(`${name}Key:${layer}`, shape),
      values: graph.input(`${name}Value:${layer}`, shape),
    });
    const memories: Memory[] = [
      memory('prompt', ['G', a.keyValueHeads, 'P', a.headSize]),
      memory('past', ['G', a.keyValueHeads, 'S', 'C', a.headSize]),
      { keys, values },
    ];
    return attention(q, memories, layout, a.keyValueHeads, a.headSize, bias);
  };
  const hidden = transformerLayers(a, weights, embed(table, ids), places(graph, a, rows), attend);
  graph.output(
    'probabilities',
    softmax(project(a, weights, hidden, head, graph.input('inverseTemperature', [rows, 1]))),
  );
  return graph;
}
