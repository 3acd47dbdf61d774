/** The keys and values of a batch of sequences that are being sampled: those of prompts, and those of generated tokens. */
import type { Architecture } from '../../files/architecture.js';
import { at } from '../../graph/graph.js';
import { type Feeds, floats, type Results, resultOf } from '../../graph/tensors.js';
import { eachSide, KvCache, type Placement } from './kv-cache.js';

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

/** A cache that takes whole prompts. */
export interface PromptCache extends BatchCache {
  /** Takes keys and values of the next `groups` prompts, of `length` places each, as the prefill program computed them. */
  addPrompts(results: Results, groups: number, length: number): Promise<void> | void;
}

/** What a decode program takes of a cache in which nothing lies: a place for each prompt and each sequence. */
export function emptyCacheFeeds({ layers, keyValueHeads, headSize }: Architecture, groups: number): Feeds {
  const values = new Float32Array(groups * keyValueHeads * headSize);
  const prompt = floats(values, [groups, keyValueHeads, 1, headSize]);
  const past = floats(values, [groups, keyValueHeads, 1, 1, headSize]);
  const feeds: Record<string, Feeds[string]> = {};
  eachSide(layers, (layer, _, kind) => {
    feeds[`prompt${kind}:${layer}`] = prompt;
    feeds[`past${kind}:${layer}`] = past;
  });
  return feeds;
}

/** In this computer's memory, that of prompts and that of generated tokens apart. */
export class HostCache implements PromptCache {
  readonly placesFirst = false;
  readonly #a: Architecture;
  readonly #prompt: KvCache;
  readonly #past: KvCache;
  readonly #promptTokens: number;
  #groups: number;
  #slots: number;
  #prompts = 0;
  #feeds: Feeds | undefined;

  constructor(a: Architecture, { groups, slots, promptTokens, limit }: BatchSizes) {
    this.#a = a;
    this.#groups = groups;
    this.#slots = slots;
    this.#promptTokens = promptTokens;
    const { layers, keyValueHeads, headSize } = a;
    this.#prompt = new KvCache(layers, groups * keyValueHeads, promptTokens, headSize);
    this.#past = new KvCache(layers, groups * keyValueHeads * slots, limit, headSize);
    this.#prompt.widen(promptTokens);
  }

  get columns(): number {
    return this.#past.columns;
  }

  addPrompts(results: Results, groups: number, length: number): void {
    const { headSize, keyValueHeads } = this.#a;
    const [from, to] = [length * headSize, this.#promptTokens * headSize];
    eachSide(this.#a.layers, (layer, side, kind) => {
      const fresh = resultOf(results, `${kind}:${layer}`);
      const kept = this.#prompt.view(layer, side);
      for (let block = 0; block < groups * keyValueHeads; block++)
        kept.set(fresh.subarray(block * from, (block + 1) * from), (this.#prompts * keyValueHeads + block) * to);
    });
    this.#prompts += groups;
  }

  widen(columns: number): void {
    this.#past.widen(columns);
    this.#feeds = undefined;
  }

  addTokens(results: Results, tokens: number, placements: readonly Placement[]): void {
    const { keyValueHeads } = this.#a;
    // The cache has a row for each group, key head and slot.
    const rows = Array.from({ length: this.#groups * keyValueHeads * this.#slots }, (_, row) => {
      const group = Math.floor(row / this.#slots / keyValueHeads);
      return at(placements, group * this.#slots + (row % this.#slots));
    });
    eachSide(this.#a.layers, (layer, side, kind) => {
      this.#past.place(layer, side, resultOf(results, `${kind}:${layer}`), tokens, rows);
    });
  }

  keep(prompts: readonly number[], rows: readonly (number | undefined)[], slots: number): void {
    this.#prompt.keep(prompts);
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
    eachSide(this.#a.layers, (layer, side, kind) => {
      feeds[`prompt${kind}:${layer}`] = floats(this.#prompt.view(layer, side), [G, keyValueHeads, P, headSize]);
      feeds[`past${kind}:${layer}`] = floats(this.#past.view(layer, side), [G, keyValueHeads, S, C, headSize]);
    });
    this.#feeds = feeds;
    return feeds;
  }

  /** The next batch has a cache of its own, and the garbage collector would leave this one beside it. */
  close(): void {
    this.#feeds = undefined;
    this.#prompt.close();
    this.#past.close();
  }
}
