/** The keys and values of few sequences, each with its prompt and what was generated in one cache. */
import type { Architecture } from '../../files/architecture.js';
import { type Feeds, floats, type Results, resultOf } from '../../graph/tensors.js';
import { FRESH } from '../../programs/joined-program.js';
import type { BatchCache, BatchSizes } from './batch-cache.js';
import { eachSide, KvCache, type Placement, SIDES } from './kv-cache.js';

export class JoinedCache implements BatchCache {
  readonly placesFirst = false;
  readonly #a: Architecture;
  readonly #cache: KvCache;
  /** Places of a sequence before the first generated token. */
  readonly #promptTokens: number;
  #groups: number;
  #feeds: Feeds | undefined;

  /** As long as nothing lies in it, the program is given one place all the same. */
  constructor(a: Architecture, { groups, promptTokens, limit }: Omit<BatchSizes, 'slots'>) {
    this.#a = a;
    this.#groups = groups;
    this.#promptTokens = promptTokens;
    this.#cache = new KvCache(a.layers, groups * a.keyValueHeads, promptTokens + limit, a.headSize);
    this.#widen(1);
  }

  get columns(): number {
    return Math.max(0, this.#cache.columns - this.#promptTokens);
  }

  widen(columns: number): void {
    this.#widen(this.#promptTokens + columns);
  }

  /** Takes keys and values of the next `tokens` of the first `groups` prompts, after `before` tokens. */
  addPiece(results: Results, groups: number, before: number, tokens: number): void {
    this.#widen(before + tokens);
    this.#place(
      results,
      tokens,
      Array.from({ length: groups }, () => ({ column: before, count: tokens })),
    );
  }

  addTokens(results: Results, tokens: number, placements: readonly Placement[]): void {
    this.#place(
      results,
      tokens,
      placements.map(({ column, count }) => ({ column: this.#promptTokens + column, count })),
    );
  }

  keep(_: readonly number[], rows: readonly (number | undefined)[]): void {
    this.#cache.keep(rows);
    this.#groups = rows.length / this.#a.keyValueHeads;
    this.#feeds = undefined;
  }

  /** Views of the cache, which stay the same until it changes its form. */
  feeds(): Feeds {
    this.#feeds ??= this.feedsOf(this.#groups);
    return this.#feeds;
  }

  /** Views of the first `groups` of it. */
  feedsOf(groups: number): Feeds {
    const { layers, keyValueHeads, headSize } = this.#a;
    const shape = [groups, keyValueHeads, this.#cache.columns, headSize];
    const feeds: Record<string, Feeds[string]> = {};
    eachSide(layers, (layer, side, kind) => {
      feeds[`past${kind}:${layer}`] = floats(this.#cache.view(layer, side, groups * keyValueHeads), shape);
    });
    return feeds;
  }

  /** The next batch has a cache of its own, and the garbage collector would leave this one beside it. */
  close(): void {
    this.#feeds = undefined;
    this.#cache.close();
  }

  #widen(columns: number): void {
    this.#cache.widen(columns);
    this.#feeds = undefined;
  }

  #place(results: Results, tokens: number, placements: readonly Placement[]): void {
    const { layers, keyValueHeads } = this.#a;
    const rows = placements.flatMap((placement) => Array.from({ length: keyValueHeads }, () => placement));
    const all = resultOf(results, FRESH);
    const size = all.length / (layers * SIDES.length);
    eachSide(layers, (layer, side) => {
      const start = (layer * SIDES.length + side) * size;
      this.#cache.place(layer, side, all.subarray(start, start + size), tokens, rows);
    });
  }
}
