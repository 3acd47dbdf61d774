/** Attention over keys and values, for tokens that lie flat, [N, hidden]. */
import type { Architecture } from '../files/architecture.js';
import { type Dimension, product, type Shape } from '../graph/dimension.js';
import { at, GraphError, type Tensor } from '../graph/graph.js';
import {
  add,
  concat,
  constant,
  maskedSoftmax,
  matmul,
  multiply,
  reduceSum,
  reshape,
  softCap,
  softmax,
  split,
  transpose,
} from '../graph/operations.js';

/** How tokens lie: `groups` prompts, `rows` sequences in each, `tokens` in each sequence. */
export interface Layout {
  readonly groups: Dimension;
  readonly rows: Dimension;
  readonly tokens: Dimension;
}

/** Keys and values that queries attend to. */
export interface KeysAndValues {
  /** One per sequence [G, K, S, L, headSize], or shared by a group [G, K, L, headSize]. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** Whether the last two axes of the keys are exchanged, which spares a product their turning. */
  readonly keysTurned?: boolean;
  /** Added to the scores [G, K, S, heads per key * tokens, L]; absent where no token is masked. */
  readonly bias?: Tensor;
}

/** [G*S*T, K*R*headSize] -> [G, K, S, R*T, headSize] (R query heads share a key head; R = 1 for keys and values). */
export function headsFirst(x: Tensor, layout: Layout, keyValueHeads: number, headSize: number): Tensor {
  const { groups, rows, tokens } = layout;
  const sharing = Number(x.shape[1]) / (keyValueHeads * headSize);
  const lead: Shape = [groups, keyValueHeads, rows];
  if (tokens === 1) {
    const byRow = reshape(x, [groups, rows, keyValueHeads, sharing, headSize]);
    return transpose(byRow, [0, 2, 1, 3, 4]);
  }
  if (sharing === 1) {
    const byToken = reshape(x, [groups, rows, tokens, keyValueHeads, headSize]);
    return transpose(byToken, [0, 3, 1, 2, 4]);
  }
  const byToken = reshape(x, [groups, rows, tokens, keyValueHeads, sharing, headSize]);
  return reshape(transpose(byToken, [0, 3, 1, 4, 2, 5]), [...lead, product([sharing, tokens]), headSize]);
}

function tokensFirst(x: Tensor, layout: Layout, keyValueHeads: number, sharing: number, headSize: number): Tensor {
  const { groups, rows, tokens } = layout;
  const flat: Shape = [product([groups, rows, tokens]), keyValueHeads * sharing * headSize];
  const split = reshape(x, [groups, keyValueHeads, rows, sharing, tokens, headSize]);
  return reshape(transpose(split, [0, 2, 4, 1, 3, 5]), flat);
}

/** What attention is computed with. */
type Heads = Pick<Architecture, 'keyValueHeads' | 'headSize' | 'attentionScale' | 'attentionCap'>;

const scaleOf = ({ headSize, attentionScale = 1 / Math.sqrt(headSize) }: Heads): number => attentionScale;
const capped = (score: Tensor, { attentionCap }: Heads): Tensor =>
  attentionCap === undefined ? score : softCap(score, attentionCap);

/** q, k and v [G*T, width] of one sequence in each group -> [G, heads, T, headSize]: turned at once where they lie together. */
export function byHeads(
  parts: readonly Tensor[],
  { groups, tokens }: Pick<Layout, 'groups' | 'tokens'>,
  headSize: number,
): readonly Tensor[] {
  const heads = parts.map((part) => Number(at(part.shape, 1)) / headSize);
  const all = heads.reduce((total, count) => total + count, 0);
  const byToken = reshape(concat(parts, 1), [groups, tokens, all, headSize]);
  return split(transpose(byToken, [0, 2, 1, 3]), 1, heads);
}

/**
 * Softmax attention of one sequence in each group to one set of keys and values.
 * @param query [G, heads, T, headSize]
 * @param keys, values [G, K, L, headSize]
 * @param bias [G, 1, heads / K * T, L]
 * @returns [G*T, heads * headSize]
 */
export function attentionByHeads(
  query: Tensor,
  { keys, values, bias }: Required<Pick<KeysAndValues, 'keys' | 'values' | 'bias'>>,
  a: Heads,
): Tensor {
  const [groups, heads, tokens] = [at(query.shape, 0), Number(at(query.shape, 1)), at(query.shape, 2)];
  const { keyValueHeads, headSize } = a;
  const together = reshape(query, [groups, keyValueHeads, product([heads / keyValueHeads, tokens]), headSize]);
  const scores = capped(matmul(together, keys, { transposeB: true, scale: scaleOf(a) }), a);
  const ready = add(scores, bias);
  // One new token sees nearly all places.
  const shares = tokens === 1 ? softmax(ready) : maskedSoftmax(ready);
  const mixed = reshape(matmul(shares, values), [groups, heads, tokens, headSize]);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [product([groups, tokens]), heads * headSize]);
}

/**
 * Softmax attention of queries (headsFirst form) over one or more sets of keys and values at once: softmax over their
 * joint length of q k^T / sqrt(headSize) + bias, times the values. `jointBias` [..., joint length] is added for all of
 * them. Some families scale otherwise, or cap the scores before a bias is added.
 */
export function attention(
  query: Tensor,
  sets: readonly KeysAndValues[],
  layout: Layout,
  a: Heads,
  jointBias?: Tensor,
): Tensor {
  const { keyValueHeads, headSize } = a;
  const scale = scaleOf(a);
  const [groups, heads, rows, width] = [at(query.shape, 0), at(query.shape, 1), at(query.shape, 2), at(query.shape, 3)];
  // Where keys lie turned, so that they need no other preparation, the queries are scaled instead of the product.
  const turned = sets.every(({ keysTurned }) => keysTurned === true);
  const asked = turned ? multiply(query, constant(query.graph, scale)) : query;
  const together = reshape(asked, [groups, heads, product([rows, width]), headSize]);
  const scores = sets.map(({ keys, bias }) => {
    const own = keys.shape.length === 5;
    if (isSingle(keys)) return capped(multiply(reduceSum(multiply(query, keys), [4]), constant(query.graph, scale)), a);
    const left = own ? asked : together;
    const raw = turned ? matmul(left, keys) : matmul(left, keys, { transposeB: true, scale });
    const perRow = capped(own ? raw : reshape(raw, [groups, heads, rows, width, at(raw.shape, 3)]), a);
    return bias === undefined ? perRow : add(perRow, bias);
  });
  const lengths = scores.map((score) => at(score.shape, 4));
  const joint = concat(scores, 4);
  const ready = jointBias === undefined ? joint : add(joint, jointBias);
  const shares = split(maskedSoftmax(ready), 4, lengths);
  const mixed = sets.map(({ values }, i) => {
    const share = at(shares, i);
    if (isSingle(values)) return multiply(share, values);
    if (values.shape.length === 5) return matmul(share, values);
    const flat = reshape(share, [groups, heads, product([rows, width]), at(lengths, i)]);
    return reshape(matmul(flat, values), [groups, heads, rows, width, headSize]);
  });
  const sharing = layout.tokens === 1 ? Number(width) : undefined;
  const total = mixed.reduce((sum, part) => add(sum, part));
  return tokensFirst(total, layout, keyValueHeads, sharing ?? sharingOf(width, layout.tokens), headSize);
}

/**
 * One key per sequence, as a decoded token has of itself: products with one row or column, at which product kernels are
 * slow.
 */
const isSingle = (x: Tensor): boolean => x.shape.length === 5 && x.shape[3] === 1;

/** How many query heads share a key head, from the joint width sharing * tokens. */
function sharingOf(width: Dimension, tokens: Dimension): number {
  for (let sharing = 1; sharing <= 256; sharing++) if (product([sharing, tokens]) === width) return sharing;
  throw new GraphError(`${width} is not a multiple of ${tokens}`);
}
