/**
 * Packs sequences into micro-batches. Sequences that begin alike (the samples of one prompt) are laid out as one shared
 * prefix and their own continuations, so that the prefix is computed once; others are packed by length.
 */
import { concatIds, sliceIds, type TokenIds, tokenIds } from '../../../text/tokens.js';
import type { SampleRequest, ScoreRequest } from '../../engine.js';
import { at } from '../graph/graph.js';

/** A sequence as computed: only what its last chosen position needs, less what it shares with its group. */
interface Row {
  /** Index in the call. */
  readonly index: number;
  readonly ids: TokenIds;
}

/** `rows` sequences of one group after a common prefix of `prefixLength` tokens (0: none). */
export interface Group {
  readonly prefix: TokenIds;
  readonly rows: readonly Row[];
}

/** Groups with equally many rows, computed at once; with prefixes or all without. */
export interface MicroBatch {
  readonly groups: readonly Group[];
  readonly rowsPerGroup: number;
  readonly prefixTokens: number;
  readonly ownTokens: number;
}

export interface Budget {
  /** Computed tokens of a micro-batch, padding included. */
  readonly tokens: number;
  /** Chosen positions that meet the vocabulary at once; one sequence may have more. */
  readonly positions: number;
}

/** A shared beginning is worth its own layout from this many tokens on. */
export const LEAST_PREFIX = 8;

function commonLength(a: TokenIds, b: TokenIds, limit: number): number {
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}

/** Inputs that are computed for a request: the tokens before its last chosen position. */
const inputLength = (request: ScoreRequest): number => request.positions.at(-1) ?? 0;

/**
 * Runs of neighbours with a common beginning. A position p is predicted at p - 1, which must lie in the sequence's own
 * part, so a prefix ends before the first chosen position's predecessor.
 */
function findGroups(requests: readonly ScoreRequest[]): Group[] {
  const groups: Group[] = [];
  let members: number[] = [];
  let shared = 0;
  const request = (index: number) => at(requests, index);
  const reach = (index: number) => (request(index).positions[0] ?? 1) - 1;
  const close = () => {
    const [head] = members;
    if (head === undefined) return;
    const length = members.length === 1 ? 0 : shared;
    const rows = members.map((index) => ({
      index,
      ids: sliceIds(request(index).ids, length, inputLength(request(index))),
    }));
    groups.push({ prefix: sliceIds(request(head).ids, 0, length), rows });
    members = [];
  };
  for (let index = 0; index < requests.length; index++) {
    if (request(index).positions.length === 0) continue;
    const [head] = members;
    if (head !== undefined) {
      const limit = Math.min(members.length === 1 ? reach(head) : shared, reach(index));
      const common = commonLength(request(head).ids, request(index).ids, limit);
      // Joining must not cost the group much of the prefix that it has.
      if (common >= LEAST_PREFIX && (members.length === 1 || common >= 0.8 * shared)) {
        shared = common;
        members.push(index);
        continue;
      }
      close();
    }
    members = [index];
    shared = reach(index);
  }
  close();
  return groups;
}

/** Tokens that are computed for these sequences; what neighbours share counts once. */
export const computedTokens = (requests: readonly ScoreRequest[]): number =>
  findGroups(requests).reduce(
    (total, { prefix, rows }) => rows.reduce((sum, { ids }) => sum + ids.length, total + prefix.length),
    0,
  );

/** Splits a group so that each piece fits the budget (a single row always makes a piece). */
function pieces(group: Group, budget: Budget, requests: readonly ScoreRequest[]): Group[] {
  const result: Group[] = [];
  const byLength = [...group.rows].sort((a, b) => b.ids.length - a.ids.length || a.index - b.index);
  let rows: Row[] = [];
  let positions = 0;
  for (const row of byLength) {
    const own = rows[0]?.ids.length ?? row.ids.length;
    const chosen = requests[row.index]?.positions.length ?? 0;
    const tokens = group.prefix.length + own * (rows.length + 1);
    if (rows.length > 0 && (tokens > budget.tokens || positions + chosen > budget.positions)) {
      result.push({ prefix: group.prefix, rows });
      rows = [];
      positions = 0;
    }
    rows.push(row);
    positions += chosen;
  }
  result.push({ prefix: group.prefix, rows });
  return result;
}

/** Micro-batches that together hold every request with a chosen position exactly once. */
export function microBatches(requests: readonly ScoreRequest[], budget: Budget): readonly MicroBatch[] {
  const shaped = findGroups(requests)
    .flatMap((group) => (group.rows.length === 1 ? [group] : pieces(group, budget, requests)))
    .map((group) => (group.rows.length === 1 ? ungroup(group) : group))
    .map((group) => ({
      group,
      rows: group.rows.length,
      own: Math.max(...group.rows.map((row) => row.ids.length)),
      prefix: group.prefix.length,
      positions: group.rows.reduce((total, row) => total + (requests[row.index]?.positions.length ?? 0), 0),
    }));
  // Alike shapes side by side, so that little is padded; the index makes the order total.
  shaped.sort(
    (a, b) =>
      a.rows - b.rows ||
      Number(a.prefix > 0) - Number(b.prefix > 0) ||
      b.own - a.own ||
      b.prefix - a.prefix ||
      (a.group.rows[0]?.index ?? 0) - (b.group.rows[0]?.index ?? 0),
  );
  const batches: MicroBatch[] = [];
  let open: (typeof shaped)[number][] = [];
  const size = (members: typeof shaped) => {
    const prefix = Math.max(...members.map((member) => member.prefix));
    const own = Math.max(...members.map((member) => member.own));
    return { prefix, own, tokens: members.length * (prefix + own * (members[0]?.rows ?? 1)) };
  };
  const close = () => {
    if (open.length === 0) return;
    const { prefix, own } = size(open);
    const rowsPerGroup = open[0]?.rows ?? 1;
    batches.push({ groups: open.map(({ group }) => group), rowsPerGroup, prefixTokens: prefix, ownTokens: own });
    open = [];
  };
  for (const member of shaped) {
    const [head] = open;
    if (head !== undefined) {
      const joined = [...open, member];
      const alike = head.rows === member.rows && head.prefix > 0 === member.prefix > 0;
      const positions = joined.reduce((total, one) => total + one.positions, 0);
      if (!alike || size(joined).tokens > budget.tokens || positions > budget.positions) close();
    }
    open.push(member);
  }
  close();
  return batches;
}

/** A group of one computes its prefix with the rest. */
function ungroup(group: Group): Group {
  const rows = group.rows.map((row) => ({ index: row.index, ids: concatIds(group.prefix, row.ids) }));
  return { prefix: tokenIds([]), rows };
}

/**
 * A seam this near to an even cut is taken instead, as a share of a part: work that is shared across it would be done
 * twice.
 */
const NEAR = 0.25;

/**
 * Where `total` is cut into `parts` of about equal size, in increasing order: at one of the `seams` where one is near.
 */
function cuts(seams: readonly number[], total: number, parts: number): number[] {
  return Array.from({ length: parts - 1 }, (_, i) => {
    const even = Math.round(((i + 1) * total) / parts);
    const nearest = seams.reduce((best, seam) => (Math.abs(seam - even) < Math.abs(best - even) ? seam : best), 0);
    return Math.abs(nearest - even) <= (NEAR * total) / parts ? nearest : even;
  });
}

/** Totals of the first 1, 2, ... numbers. */
function runningTotals(numbers: readonly number[]): number[] {
  let total = 0;
  return numbers.map((number) => (total += number));
}

/**
 * At most `parts` shares of the sequences that cost about the same: the longest in the first, so that each share pads
 * little, cut between groups that begin alike where that is possible. `indices`: which of the call they are.
 */
export function divideSequences<Sequence extends ScoreRequest>(
  sequences: readonly Sequence[],
  parts: number,
): { readonly indices: readonly number[]; readonly sequences: readonly Sequence[] }[] {
  const groups = findGroups(sequences)
    .map(({ rows }) => rows.map(({ index }) => index))
    .map((indices) => ({ indices, longest: Math.max(...indices.map((index) => inputLength(at(sequences, index)))) }))
    .sort((a, b) => b.longest - a.longest || at(a.indices, 0) - at(b.indices, 0));
  const idle = [...sequences.keys()].filter((index) => at(sequences, index).positions.length === 0);
  const order = [...groups.flatMap(({ indices }) => indices), ...idle];
  const costs = runningTotals(order.map((index) => inputLength(at(sequences, index))));
  const heads = runningTotals(groups.map(({ indices }) => indices.length));
  const seams = [0, ...heads.map((head) => costs[head - 1] ?? 0)];
  const ends = cuts(seams, costs.at(-1) ?? 0, parts).map((cut) => costs.filter((cost) => cost <= cut).length);
  return [0, ...ends]
    .map((start, part) => order.slice(start, ends[part] ?? order.length))
    .filter((indices) => indices.length > 0)
    .map((indices) => ({ indices, sequences: indices.map((index) => at(sequences, index)) }));
}

/**
 * At most `parts` runs of neighbouring samples, about equally many; a request is itself divided where no other cut is
 * near. `first`: index of the first request in the call.
 */
export function divideSamples(
  requests: readonly SampleRequest[],
  parts: number,
): { readonly first: number; readonly requests: readonly SampleRequest[] }[] {
  const ends = runningTotals(requests.map(({ count }) => count));
  const total = ends.at(-1) ?? 0;
  const bounds = [0, ...cuts(ends, total, parts), total];
  return bounds
    .slice(1)
    .map((end, part) => {
      const start = bounds[part] ?? 0;
      const pieces = requests.flatMap((request, index) => {
        const before = (ends[index] ?? 0) - request.count;
        const [from, to] = [Math.max(start, before), Math.min(end, before + request.count)];
        if (from >= to) return [];
        const piece = { ...request, count: to - from, firstSample: (request.firstSample ?? 0) + from - before };
        return [{ index, piece }];
      });
      return { first: pieces[0]?.index ?? 0, requests: pieces.map(({ piece }) => piece) };
    })
    .filter((part) => part.requests.length > 0);
}
