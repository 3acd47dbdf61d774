/**
 * Attention of sequences to themselves, in blocks of queries where they are long: a block has scores with the keys of
 * itself and of the blocks before it, and none with those after it, all of which would be masked.
 */
import type { Architecture } from '../files/architecture.js';
import { type Dimension, product, sum } from '../graph/dimension.js';
import { at, type Graph, type Tensor } from '../graph/graph.js';
import { concat, reshape, split } from '../graph/operations.js';
import { attention, headsFirst, type KeysAndValues, type Layout } from './attention.js';
import { blockNames } from './blocks.js';
import { type LayerMask, layerMask } from './frame.js';
import { blockMask } from './masks.js';

/** A block of queries. */
interface Block {
  readonly tokens: Dimension;
  readonly mask: LayerMask;
}

export interface CausalBlocks {
  /** Of a sequence. */
  readonly tokens: Dimension;
  readonly blocks: readonly Block[];
}

/**
 * Declares the masks of sequences of `tokens` tokens, a name, repeated for the query heads that share a key head. In
 * one block: `name` [sharing * T, T] of 0 and the lowest float. In several, which have T0, T1, ... tokens: for each
 * [sharing, T1, T0+T1].
 */
export function causalBlocks(graph: Graph, a: Architecture, name: string, tokens: string, count: number): CausalBlocks {
  const sharing = a.heads / a.keyValueHeads;
  if (count === 1) {
    const mask = layerMask(graph, a, name, [product([sharing, tokens]), tokens]);
    return { tokens, blocks: [{ tokens, mask }] };
  }
  const sizes = blockNames(tokens, count);
  const blocks = sizes.map((own, i): Block => {
    const seen = sum(sizes.slice(0, i + 1));
    const declared = layerMask(graph, a, blockMask(name, i), [sharing, own, seen]);
    const flat = new Map<Tensor, Tensor>();
    const mask: LayerMask = (layer) => {
      const input = declared(layer);
      const known = flat.get(input) ?? reshape(input, [product([sharing, own]), seen]);
      flat.set(input, known);
      return known;
    };
    return { tokens: own, mask };
  });
  return { tokens: sum(sizes), blocks };
}

interface Attended {
  /** [N, heads * headSize] */
  readonly mixed: Tensor;
  /** Of all tokens, headsFirst. */
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * @param query, key, value [N, width], the tokens of sequences that lie one after the other
 * @param before what all tokens attend to as well
 */
export function attendCausally(
  a: Architecture,
  { groups, rows }: Pick<Layout, 'groups' | 'rows'>,
  { tokens, blocks }: CausalBlocks,
  layer: number,
  [query, key, value]: readonly [query: Tensor, key: Tensor, value: Tensor],
  before: readonly KeysAndValues[] = [],
): Attended {
  const sizes = blocks.map((block) => block.tokens);
  const inBlocks = (x: Tensor): readonly Tensor[] => {
    const width = at(x.shape, 1);
    const bySequence = reshape(x, [product([groups, rows]), tokens, width]);
    return split(bySequence, 1, sizes).map((part, i) => {
      const layout: Layout = { groups, rows, tokens: at(sizes, i) };
      const flat = reshape(part, [product([groups, rows, layout.tokens]), width]);
      return headsFirst(flat, layout, a.keyValueHeads, a.headSize);
    });
  };
  const [queries, keys, values] = [inBlocks(query), inBlocks(key), inBlocks(value)];
  const upTo = (parts: readonly Tensor[], i: number) => concat(parts.slice(0, i + 1), 3);
  const mixed = blocks.map((block, i) => {
    const own: KeysAndValues = { keys: upTo(keys, i), values: upTo(values, i), bias: block.mask(layer) };
    const part = attention(at(queries, i), [...before, own], { groups, rows, tokens: block.tokens }, a);
    return reshape(part, [product([groups, rows]), block.tokens, at(part.shape, 1)]);
  });
  const joined = concat(mixed, 1);
  return {
    mixed: reshape(joined, [product([groups, rows, tokens]), at(joined.shape, 2)]),
    keys: upTo(keys, keys.length - 1),
    values: upTo(values, values.length - 1),
  };
}
