/** The text of each token, for people who look at them. */
import type { Tokenizer } from './tokenizer.js';
import type { TokenIds } from './tokens.js';

/**
 * The text of each id, in order; joined, they are the text of all. A character that several tokens spell stands at the
 * last of them, and those before it are empty. Bytes that are not UTF-8 become U+FFFD.
 */
export function tokenTexts({ bytesOf }: Pick<Tokenizer, 'bytesOf'>, ids: TokenIds): readonly string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const texts = ids.map((id) => decoder.decode(bytesOf(id), { stream: true }));
  const rest = decoder.decode();
  return rest === '' ? texts : texts.map((text, i) => (i === texts.length - 1 ? text + rest : text));
}
