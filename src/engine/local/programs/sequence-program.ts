/**
 * The program that scores or trains on sequences. Sizes by letter: B sequences of T tokens; or G groups of S sequences
 * that share a prefix of P tokens and continue with C tokens each; M chosen positions.
 */
import type { Architecture } from '../files/architecture.js';
import { gradients, type Segment } from '../graph/differentiate.js';
import { product } from '../graph/dimension.js';
import { at, type Graph, type Tensor } from '../graph/graph.js';
import {
  add,
  chunkedLogProb,
  concat,
  equal,
  matmul,
  reshape,
  scatterRows,
  split,
  tokenLogProb,
} from '../graph/operations.js';
import { adaptedLayers, type ModelForm } from '../weights/model-form.js';
import type { KeysAndValues } from './attention.js';
import { attendCausally, type CausalBlocks, causalBlocks } from './causal.js';
import { frame, type LayerMask, layerMask, rotaryInputs } from './frame.js';
import { type Attend, embed, normed, project, readout, transformerLayers } from './transformer.js';

/** Attention of sequences that share nothing: [B, T]. */
const separately =
  (a: Architecture, causal: CausalBlocks): Attend =>
  (layer, ...qkv) =>
    attendCausally(a, { groups: 'B', rows: 1 }, causal, layer, qkv).mixed;

/** Attention of groups: the prefixes among themselves, each sequence over its group's prefix and itself. */
function inGroups(a: Architecture, prefix: CausalBlocks, own: CausalBlocks, ofPrefix: LayerMask): Attend {
  const [groups, rows] = ['G', 'S'];
  const sizes = [product([groups, prefix.tokens]), product([groups, rows, own.tokens])];
  const shared = [groups, a.keyValueHeads, prefix.tokens, a.headSize];
  return (layer, ...qkv) => {
    const parts = qkv.map((x) => split(x, 0, sizes));
    const part = (index: number) => {
      const [query, key, value] = parts.map((of) => at(of, index));
      return [at([query], 0), at([key], 0), at([value], 0)] as const;
    };
    const first = attendCausally(a, { groups, rows: 1 }, prefix, layer, part(0));
    const before: KeysAndValues = {
      keys: reshape(first.keys, shared),
      values: reshape(first.values, shared),
      bias: ofPrefix(layer),
    };
    return concat([first.mixed, attendCausally(a, { groups, rows }, own, layer, part(1), [before]).mixed], 0);
  };
}

/** Which of the sequence programs. */
export interface SequenceVariant {
  /** In how many blocks of queries prefixes attend to themselves; 0 where sequences share none. */
  readonly prefixBlocks: number;
  /** Likewise sequences, or what they have of their own; one for windowed layers behind a prefix. */
  readonly blocks: number;
  readonly train: boolean;
  /** In training: whether what layers compute is forgotten, and computed again on the way back. */
  readonly checkpoints: boolean;
  /** In training: whether the embedding's gradient comes as a whole table, which a device can add up, or as rows. */
  readonly table?: boolean;
  /** In how many pieces, one after the other, the chosen positions meet the vocabulary. */
  readonly chunks: number;
}

export interface SequenceProgram {
  readonly graph: Graph;
  readonly gradients: readonly GradientOutput[];
}

/** The gradient of what learns, or of a part of it: its elements from `offset` on. */
export interface GradientOutput {
  readonly output: string;
  /** The input of the program whose gradient it is. */
  readonly input: string;
  readonly shape: readonly number[];
  /** A parameter, or `module.lora_A` / `.lora_B`; 'embeddingRows' and 'head' where the embedding learns. */
  readonly of: string;
  readonly offset: number;
}

/**
 * log p of chosen positions of sequences: output `logProbs` [M]. With `train`, also the gradients of
 * sum_m weights[m] * logProbs[m] for what learns (all parameters, or the adapters alone). The embedding's gradient
 * comes as that of `embeddingRows` [N, hidden], one row per token, since most of its rows are zero; with `table` as that
 * of `embedding`, the head's included where the two are tied. For that the program is told the `distinctIds` [U] of its
 * tokens, `distinctNumbers` [U, 1] from 0 on, and the number of each token's id, `tokenNumbers` [1, N]. With `checkpoints`
 * what enters each layer is kept, and the rest of the layer is computed again (Chen et al. 2016, arXiv 1604.06174).
 */
export function sequenceProgram(form: ModelForm, variant: SequenceVariant): SequenceProgram {
  const { architecture: a } = form;
  const { graph, weights, table, head } = frame(form);
  let ids: Tensor;
  let attendTo: Attend;
  if (variant.prefixBlocks > 0) {
    const prefix = causalBlocks(graph, a, 'prefixCausal', 'P', variant.prefixBlocks);
    const own = causalBlocks(graph, a, 'causal', 'C', variant.blocks);
    const prefixIds = graph.input('prefixIds', ['G', prefix.tokens], 'int64');
    const ownIds = graph.input('ids', ['G', 'S', own.tokens], 'int64');
    ids = concat(
      [prefixIds, ownIds].map((part) => reshape(part, [product(part.shape)])),
      0,
    );
    // A window ends elsewhere for each token.
    const ofWindow = ['G', 1, 1, product([a.heads / a.keyValueHeads, own.tokens]), prefix.tokens];
    const ofPrefix = layerMask(graph, a, 'prefixBias', ['G', 1, 1, 1, prefix.tokens], ofWindow);
    attendTo = inGroups(a, prefix, own, ofPrefix);
  } else {
    const causal = causalBlocks(graph, a, 'causal', 'T', variant.blocks);
    ids = graph.input('ids', ['B', causal.tokens], 'int64');
    ids = reshape(ids, [product(ids.shape)]);
    attendTo = separately(a, causal);
  }
  const tokens = at(ids.shape, 0);
  const embedded = embed(table, ids);
  const positions = graph.input('chosen', ['M'], 'int64');
  const rotation = rotaryInputs(graph, a, tokens);
  const { hidden: chosen, inputs } = transformerLayers(a, weights, embedded, rotation, { attend: attendTo }, positions);
  const inverseTemperature = graph.input('inverseTemperature', ['M', 1]);
  const targets = graph.input('targets', ['M'], 'int64');
  const seed = variant.train ? graph.input('weights', ['M']) : undefined;
  const logProbs =
    variant.chunks === 1
      ? tokenLogProb(project(a, weights, chosen, head, inverseTemperature), targets)
      : chunkedLogProb(
          a.logitCap === undefined ? readout(a, weights, chosen, inverseTemperature) : normed(a, weights, chosen),
          head,
          targets,
          graph.input('chunkSizes', [variant.chunks], 'int64'),
          {
            capped: a.logitCap === undefined ? undefined : { cap: a.logitCap, factors: inverseTemperature },
            seed: seed && { gradient: seed, ofHead: form.adapter === undefined },
          },
        );
  graph.output('logProbs', logProbs);
  if (seed === undefined) return { graph, gradients: [] };

  const learning: { readonly of: string; readonly offset: number; readonly tensor: Tensor }[] = [];
  if (form.adapter === undefined) {
    learning.push({ of: 'embeddingRows', offset: 0, tensor: embedded });
    for (const { parameter, offset, tensor } of weights.taken()) learning.push({ of: parameter, offset, tensor });
    if (a.tiedEmbeddings) learning.push({ of: 'head', offset: 0, tensor: head });
  } else {
    for (const { module } of adaptedLayers(form)) {
      const adapter = weights.adapter(module);
      if (adapter === undefined) continue;
      learning.push({ of: `${module}.lora_A`, offset: 0, tensor: adapter.a });
      learning.push({ of: `${module}.lora_B`, offset: 0, tensor: adapter.b });
    }
  }
  // What the last layer computes is needed at once.
  const layers = inputs.slice(1).map((output, layer): Segment => ({ input: at(inputs, layer), output }));
  const results = gradients(
    [{ tensor: logProbs, seed }],
    learning.map(({ tensor }) => tensor),
    variant.checkpoints ? layers : [],
  );
  const found = learning.map(({ of, offset, tensor }, i): Found => ({ of, offset, tensor, gradient: at(results, i) }));
  const outputs =
    variant.table === true && form.adapter === undefined ? withTable(graph, table, a.tiedEmbeddings, found) : found;
  return {
    graph,
    gradients: outputs.map(({ of, offset, tensor, gradient }) => {
      const output = `gradient:${of}:${offset}`;
      graph.output(output, gradient);
      return { output, input: tensor.name, shape: tensor.shape.map(Number), of, offset };
    }),
  };
}

interface Found {
  readonly of: string;
  readonly offset: number;
  readonly tensor: Tensor;
  readonly gradient: Tensor;
}

/**
 * Rows of the embedding's gradient, and the head's where it is the same, as the gradient of the table. Rows of one id are
 * added by a product with zeros and ones, in an order that does not depend on what a device does at once.
 */
function withTable(graph: Graph, table: Tensor, tied: boolean, found: readonly Found[]): readonly Found[] {
  const ofRows = at([found.find(({ of }) => of === 'embeddingRows')], 0);
  const ofHead = tied ? found.find(({ of }) => of === 'head') : undefined;
  const rows = ofRows.gradient;
  const ids = graph.input('distinctIds', ['U'], 'int64');
  const numbers = graph.input('distinctNumbers', ['U', 1]);
  const tokens = graph.input('tokenNumbers', [1, at(rows.shape, 0)]);
  const whole = scatterRows(matmul(equal(numbers, tokens), rows), ids, at(table.shape, 0));
  const gradient = ofHead === undefined ? whole : add(whole, ofHead.gradient);
  const others = found.filter((one) => one !== ofRows && one !== ofHead);
  return [{ of: 'embedding', offset: 0, tensor: table, gradient }, ...others];
}
