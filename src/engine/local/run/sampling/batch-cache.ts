/** The keys and values of a batch of sequences that are being sampled: those of prompts, and those of generated tokens. */
import type { Architecture } from '../../files/architecture.js';
import { at } from '../../graph/graph.js';
import { type Feeds, floats, type Results, resultOf } from '../../graph/tensors.js';
import { FRESH } from '../../programs/sampling-programs.js';
import { KvCache, type Placement, SIDES, type Side } from './kv-cache.js';

/** Sizes of a batch: `slots` rows for each group, `promptTokens` places for each prompt, at most `limit` generated tokens. */
export interface BatchSizes {
  readonly groups: number;
  readonly slots: number;
  readonly promptTokens: number;
  readonly limit: number;
}

export interface BatchCache {
  /** Places for generated tokens, filled or not. */
  readonly columns: number;
  /** Whether the decode program puts a token into the cache before it attends to it. */
  readonly placesFirst: boolean;
  /** Takes keys and values of the next `groups` prompts, of `length` places each, as the prefill program computed them. */
  addPrompts(results: Results, groups: number, length: number): Promise<void> | void;
  /** More places behind those that are there. */
  widen(columns: number): Promise<void> | void;
  /**
   * Takes keys and values of new tokens, `tokens` of each sequence, as the decode program computed them: for each group and
   * slot those that `placements` says. Where the program places first, they lie there, and `placements` is not looked at.
   */
  addTokens(results: Results, tokens: number, placements: readonly Placement[]): void;
  /**
   * Keeps some groups, with `slots` rows each: prompts of (group, key head) pairs by number, rising; and for each (group,
   * key head, slot) which row it was, or none where it belongs to no completion.
   */
  keep(prompts: readonly number[], rows: readonly (number | undefined)[], slots: number): Promise<void> | void;
  /** What the decode program takes of the cache, for a token whose place is `column`. */
  feeds(column: number): Feeds;
  close(): void;
}

/** What a decode program takes of a cache in which nothing lies: one place for each sequence, and one for its prompt where they are not joined. */
export function emptyCacheFeeds(
  { layers, keyValueHeads, headSize }: Architecture,
  groups: number,
  joined: boolean,
): Feeds {
  const values = new Float32Array(groups * keyValueHeads * headSize);
  const prompt = floats(values, [groups, keyValueHeads, 1, headSize]);
  const past = joined ? prompt : floats(values, [groups, keyValueHeads, 1, 1, headSize]);
  const feeds: Record<string, Feeds[string]> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const kind of SIDES) {
      if (!joined) feeds[`prompt${kind}:${layer}`] = prompt;
      feeds[`past${kind}:${layer}`] = past;
    }
  }
  return feeds;
}

/**
 * In this computer's memory: of prompts and of generated tokens apart, or `joined` where each group has one row, which then
 * begins with the places of its prompt.
 */
export class HostCache implements BatchCache {
  readonly placesFirst = false;
  readonly #a: Architecture;
  /** Undefined where prompts lie before what was generated. */
  readonly #prompt: KvCache | undefined;
  readonly #past: KvCache;
  readonly #promptTokens: number;
  /** Places of a row before the first generated token. */
  readonly #before: number;
  #groups: number;
  #slots: number;
  #prompts = 0;
  #feeds: Feeds | undefined;

  constructor(a: Architecture, { groups, slots, promptTokens, limit }: BatchSizes, joined: boolean) {
    this.#a = a;
    this.#groups = groups;
    this.#slots = slots;
    this.#promptTokens = promptTokens;
    this.#before = joined ? promptTokens : 0;
    const { layers, keyValueHeads, headSize } = a;
    this.#past = new KvCache(layers, groups * keyValueHeads * slots, this.#before + limit, headSize);
    this.#prompt = joined ? undefined : new KvCache(layers, groups * keyValueHeads, promptTokens, headSize);
    (this.#prompt ?? this.#past).widen(promptTokens);
  }

  get columns(): number {
    return this.#past.columns - this.#before;
  }

  addPrompts(results: Results, groups: number, length: number): void {
    const { headSize, keyValueHeads } = this.#a;
    const [from, to] = [length * headSize, this.#promptTokens * headSize];
    const freshOf = this.#fresh(results);
    this.#each((layer, side, kind) => {
      const fresh = freshOf(layer, side, kind);
      const kept = (this.#prompt ?? this.#past).view(layer, side);
      for (let block = 0; block < groups * keyValueHeads; block++)
        kept.set(fresh.subarray(block * from, (block + 1) * from), (this.#prompts * keyValueHeads + block) * to);
    });
    this.#prompts += groups;
  }

  widen(columns: number): void {
    this.#past.widen(this.#before + columns);
    this.#feeds = undefined;
  }

  addTokens(results: Results, tokens: number, placements: readonly Placement[]): void {
    const { keyValueHeads } = this.#a;
    const places = placements.map(({ column, count }) => ({ column: this.#before + column, count }));
    // The cache has a row for each group, key head and slot.
    const rows = Array.from({ length: this.#groups * keyValueHeads * this.#slots }, (_, row) => {
      const group = Math.floor(row / this.#slots / keyValueHeads);
      return at(places, group * this.#slots + (row % this.#slots));
    });
    const freshOf = this.#fresh(results);
    this.#each((layer, side, kind) => {
      this.#past.place(layer, side, freshOf(layer, side, kind), tokens, rows);
    });
  }

  keep(prompts: readonly number[], rows: readonly (number | undefined)[], slots: number): void {
    this.#prompt?.keep(prompts);
    this.#past.keep(rows);
    this.#groups = prompts.length / this.#a.keyValueHeads;
    this.#slots = slots;
    this.#feeds = undefined;
  }

  /** Views of the cache, which stay the same until it changes its form. */
  feeds(): Feeds {
    if (this.#feeds !== undefined) return this.#feeds;
    const { keyValueHeads, headSize } = this.#a;
    const [G, S, P, C] = [this.#groups, this.#slots, this.#promptTokens, this.#past.columns];
    const feeds: Record<string, Feeds[string]> = {};
    this.#each((layer, side, kind) => {
      const prompt = this.#prompt?.view(layer, side);
      if (prompt !== undefined) feeds[`prompt${kind}:${layer}`] = floats(prompt, [G, keyValueHeads, P, headSize]);
      const rows = this.#prompt === undefined ? [G, keyValueHeads] : [G, keyValueHeads, S];
      feeds[`past${kind}:${layer}`] = floats(this.#past.view(layer, side), [...rows, C, headSize]);
    });
    this.#feeds = feeds;
    return feeds;
  }

  /** The next batch has a cache of its own, and the garbage collector would leave this one beside it. */
  close(): void {
    this.#feeds = undefined;
    this.#prompt?.close();
    this.#past.close();
  }

  /** The keys and values that a program computed: an output each, or one for all layers. */
  #fresh(results: Results): (layer: number, side: number, kind: Side) => Float32Array {
    const all = results.get(FRESH);
    if (all === undefined) return (layer, _, kind) => resultOf(results, `${kind}:${layer}`);
    const size = all.length / (this.#a.layers * SIDES.length);
    return (layer, side) => {
      const start = (layer * SIDES.length + side) * size;
      return all.subarray(start, start + size);
    };
  }

  #each(act: (layer: number, side: number, kind: Side) => void): void {
    for (let layer = 0; layer < this.#a.layers; layer++)
      for (const [side, kind] of SIDES.entries()) act(layer, side, kind);
  }
}
