/** The masks of sequences that are being decoded. */
import type { Architecture } from '../../files/architecture.js';
import { at } from '../../graph/graph.js';
import type { Feeds } from '../../graph/tensors.js';
import { biasFeeds, type DecodedSequence, decodeBias } from '../../programs/masks.js';

interface KeptMask {
  readonly bias: Float32Array;
  readonly columns: number;
  /** How many places of each sequence it shows. */
  readonly shown: number[];
}

/**
 * What the masks of one batch are, from step to step. In a step of one token a sequence sees one place more than before,
 * so that mask is kept; others are made anew.
 */
export class DecodeMasks {
  readonly #a: Architecture;
  readonly #promptTokens: number;
  readonly #own: boolean;
  readonly #joined: boolean;
  #kept: KeptMask | undefined;

  /**
   * @param own whether new tokens have places of their own, beside those of the cache
   * @param joined whether each group has one sequence, and the program no axis for several
   */
  constructor(a: Architecture, promptTokens: number, own: boolean, joined: boolean) {
    this.#a = a;
    this.#promptTokens = promptTokens;
    this.#own = own;
    this.#joined = joined;
  }

  /** The sequences are others now. */
  forget(): void {
    this.#kept = undefined;
  }

  /**
   * The inputs of a decode program for a step of `tokens` each.
   * @param groups of the sequences, which are equally many in each
   * @param columns of generated tokens in the cache
   */
  feeds(sequences: readonly DecodedSequence[], groups: number, columns: number, tokens: number): Feeds {
    const { heads, keyValueHeads } = this.#a;
    const copies = tokens === 1 ? 1 : heads / keyValueHeads;
    const places = { prompt: this.#promptTokens, past: columns, tokens, own: this.#own, copies };
    const length = this.#promptTokens + columns + (this.#own ? tokens : 0);
    const rows = this.#joined ? [] : [sequences.length / groups];
    const shape = [groups, 1, ...rows, copies * tokens, length];
    return biasFeeds(this.#a, shape, (window) =>
      tokens === 1 && window === undefined
        ? this.#stepped(sequences, columns)
        : decodeBias(sequences, { ...places, window }),
    );
  }

  #stepped(sequences: readonly DecodedSequence[], columns: number): Float32Array {
    const kept = this.#kept;
    if (kept?.columns !== columns) {
      const places = { prompt: this.#promptTokens, past: columns, tokens: 1, own: this.#own, copies: 1 };
      const bias = decodeBias(sequences, places);
      this.#kept = { bias, columns, shown: sequences.map(({ cached }) => cached) };
      return bias;
    }
    const { bias, shown } = kept;
    const length = bias.length / sequences.length;
    sequences.forEach(({ cached }, i) => {
      const start = i * length + this.#promptTokens;
      if (cached > at(shown, i)) bias.fill(0, start + at(shown, i), start + cached);
      shown[i] = cached;
    });
    return bias;
  }
}
