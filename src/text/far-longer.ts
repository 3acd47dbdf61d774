/** Texts that are far longer than a model can read: known by their beginning, since to encode megabytes takes seconds. */
import type { Tokenizer } from './tokenizer/tokenizer.js';

/** More than a token has in any text that people write. */
const CHARACTERS_PER_TOKEN = 16;

/** The beginning of a text, of about this many UTF-16 units; no character is cut in two. */
export function beginningOf(text: string, length: number): string {
  const isCut = /[\ud800-\udbff]/.test(text.charAt(length - 1));
  return text.slice(0, isCut ? length - 1 : length);
}

/**
 * Whether a text certainly has more than `tokens` tokens, told by its beginning alone: where that has twice as many, what
 * follows cannot bring them below. False says nothing: texts without a long beginning, and those of long tokens, have to
 * be encoded.
 */
export function isFarLonger(tokenizer: Pick<Tokenizer, 'encode'>, text: string, tokens: number): boolean {
  const length = CHARACTERS_PER_TOKEN * Math.max(1, tokens);
  return text.length > 2 * length && tokenizer.encode(beginningOf(text, length)).length > 2 * tokens;
}
