/** Token ids as the messages carry them. */
import { InputError, UnsupportedError } from '../../../errors.js';
import { type TokenIds, tokenIds } from '../../../text/tokens.js';
import { int32Bytes, readInt32 } from './arrays.js';
import type { Chunk, Datum, SampledSequence, Tensor } from './messages.js';

export const textChunks = (ids: ArrayLike<number>): readonly Chunk[] => [{ encoded_text: { tokens: int32Bytes(ids) } }];

/**
 * The ids of an input, whose pieces follow one another.
 * @throws {UnsupportedError} when a piece is not text; InputError when its bytes are not ids
 */
export function readText(chunks: readonly Chunk[]): TokenIds {
  return tokenIds(
    chunks.flatMap(({ encoded_text, image, dmel }) => {
      if (encoded_text !== undefined) return readInt32(encoded_text.tokens);
      const other = image === undefined ? (dmel === undefined ? 'an empty piece' : 'audio') : 'an image';
      throw new UnsupportedError(`the input has ${other}; models read text only`);
    }),
  );
}

/** A datum: the ids that the model reads, and arrays with one number for each of them. */
export const datum = (ids: ArrayLike<number>, inputs: Readonly<Record<string, Tensor>>): Datum => ({
  model_input: textChunks(ids),
  loss_fn_inputs: new Map(Object.entries(inputs)),
});

export function readSampledIds({ tokens }: SampledSequence): TokenIds {
  if (tokens.length % 4 !== 0) throw new InputError(`sampled ids have ${tokens.length} bytes, not a multiple of 4`);
  return tokenIds(readInt32(tokens));
}
