/** Masks of attention: numbers that are added to its scores. */
import type { Architecture } from '../files/architecture.js';
import { type Feeds, floats } from '../graph/tensors.js';
import { evenly } from './blocks.js';

/** The lowest score that a mask adds: its exponential is 0 beside any real score, and sums with it stay finite. */
export const MASKED = -3e38;

/** The lowest position that a token sees, its own position among those that it sees: all, or those of a window. */
export const firstSeen = (position: number, window: number): number => Math.max(0, position - window + 1);

/**
 * For the last `own` of `tokens` tokens, [sharing * own, tokens]: 0 where one attends (itself and up to window - 1 tokens
 * before), MASKED elsewhere.
 */
export function causalBias(
  tokens: number,
  sharing: number,
  window = Number.POSITIVE_INFINITY,
  own = tokens,
): Float32Array {
  const bias = new Float32Array(sharing * own * tokens);
  for (let row = 0; row < sharing * own; row++) {
    const token = tokens - own + (row % own);
    bias.fill(MASKED, row * tokens, row * tokens + firstSeen(token, window));
    bias.fill(MASKED, row * tokens + token + 1, (row + 1) * tokens);
  }
  return bias;
}

/** The name of the mask for windowed layers. */
export const windowed = (name: string): string => `${name}:window`;

/** Which of the two masks the layers of a model need. */
export function masksOf(a: Architecture): { readonly full: boolean; readonly window: number | undefined } {
  return { full: a.window?.layers.includes(false) ?? true, window: a.window?.tokens };
}

/** The name of the mask of a block of queries, where there are several. */
export const blockMask = (name: string, block: number): string => `${name}:${block}`;

/** The causal masks that a model's layers need, by the names of their inputs: of whole sequences, or of each block. */
export function causalFeeds(a: Architecture, name: string, tokens: number, blocks = 1): Feeds {
  const sharing = a.heads / a.keyValueHeads;
  const { full, window } = masksOf(a);
  const feeds: Record<string, ReturnType<typeof floats>> = {};
  let seen = 0;
  evenly(tokens, blocks).forEach((own, i) => {
    seen += own;
    const mask = (reach?: number) =>
      floats(causalBias(seen, sharing, reach, own), blocks === 1 ? [sharing * own, seen] : [sharing, own, seen]);
    const input = blocks === 1 ? name : blockMask(name, i);
    if (full) feeds[input] = mask();
    if (window !== undefined) feeds[windowed(input)] = mask(window);
  });
  return feeds;
}

/** A sequence that is being decoded: tokens of its prompt, and of those generated how many lie in the cache. */
export interface DecodedSequence {
  readonly promptTokens: number;
  readonly cached: number;
}

/** Places that new tokens attend to: of prompts, of generated tokens in the cache, and the new ones' own. */
export interface DecodePlaces {
  readonly prompt: number;
  readonly past: number;
  /** New tokens of each sequence. */
  readonly tokens: number;
  /** Whether the new tokens have places of their own; otherwise the one new token lies in the cache already. */
  readonly own: boolean;
  /** How often the rows of a sequence are repeated, for the query heads that share a key head. */
  readonly copies: number;
  readonly window?: number | undefined;
}

/**
 * The masks of new tokens that have nothing before them, as a decode program takes them, for all sequences: with a hidden
 * place each where a prompt and generated tokens would lie.
 */
export function aloneFeeds(a: Architecture, tokens: number): Feeds {
  const places = { prompt: 1, past: 1, tokens, own: true, copies: a.heads / a.keyValueHeads };
  return oneForAll(a, { promptTokens: 0, cached: 0 }, places, [1, 1, 1]);
}

/**
 * The masks of the next `tokens` of prompts after `before` others, as a program with a joined cache takes them, for all
 * sequences: with a hidden place where nothing lies in the cache.
 */
export function pieceFeeds(a: Architecture, before: number, tokens: number): Feeds {
  const places = { prompt: 0, past: Math.max(1, before), tokens, own: true, copies: a.heads / a.keyValueHeads };
  return oneForAll(a, { promptTokens: 0, cached: before }, places, [1, 1]);
}

/** Masks as one sequence has them, [...lead, copies * tokens, places]. */
function oneForAll(a: Architecture, sequence: DecodedSequence, places: DecodePlaces, lead: readonly number[]): Feeds {
  const { prompt, past, tokens, copies } = places;
  const shape = [...lead, copies * tokens, prompt + past + tokens];
  return biasFeeds(a, shape, (window) => decodeBias([sequence], { ...places, window }));
}

/** The masks that a decode program's layers need, made of those that see all before, and of those with a window. */
export function biasFeeds(
  a: Architecture,
  shape: readonly number[],
  make: (window: number | undefined) => Float32Array,
): Feeds {
  const { full, window } = masksOf(a);
  return {
    ...(full ? { bias: floats(make(undefined), shape) } : {}),
    ...(window === undefined ? {} : { [windowed('bias')]: floats(make(window), shape) }),
  };
}

/** [sequences, copies * tokens, places]: 0 where a new token attends, MASKED elsewhere. */
export function decodeBias(sequences: readonly DecodedSequence[], places: DecodePlaces): Float32Array {
  const { prompt, past, tokens, own, copies, window = Number.POSITIVE_INFINITY } = places;
  const length = prompt + past + (own ? tokens : 0);
  const bias = new Float32Array(sequences.length * copies * tokens * length).fill(MASKED);
  sequences.forEach(({ promptTokens, cached }, i) => {
    for (let row = 0; row < copies * tokens; row++) {
      const token = row % tokens;
      const start = (i * copies * tokens + row) * length;
      const first = firstSeen(promptTokens + cached + token - (own ? 0 : 1), window);
      const show = (from: number, to: number, offset: number) => {
        if (from < to) bias.fill(0, start + offset + from, start + offset + to);
      };
      show(first, promptTokens, 0);
      show(Math.max(0, first - promptTokens), cached, prompt);
      if (own) show(Math.max(0, first - promptTokens - cached), token + 1, prompt + past);
    }
  });
  return bias;
}
