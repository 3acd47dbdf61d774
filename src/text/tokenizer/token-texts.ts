/** The text of each token, for people who look at them. */

import type { TokenIds } from '../tokens.js';
import type { Tokenizer } from './tokenizer.js';

/** By the function that knows the bytes: the texts of ids that are whole characters, null where they are not. */
const wholeTexts = new WeakMap<Tokenizer['bytesOf'], (string | null | undefined)[]>();

const STRICT = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

function wholeText(bytes: Uint8Array): string | null {
  try {
    return STRICT.decode(bytes);
  } catch {
    return null; // part of a character
  }
}

/**
 * The text of each id, in order; joined, they are the text of all. A character that several tokens spell stands at the
 * last of them, and those before it are empty. Bytes that are not UTF-8 become U+FFFD.
 */
export function tokenTexts({ bytesOf }: Pick<Tokenizer, 'bytesOf'>, ids: TokenIds): readonly string[] {
  const known = wholeTexts.get(bytesOf) ?? [];
  wholeTexts.set(bytesOf, known);
  const texts: string[] = [];
  for (const id of ids) {
    const text = known[id] === undefined ? wholeText(bytesOf(id)) : known[id];
    known[id] = text;
    if (text === null) return decodedTexts(bytesOf, ids);
    texts.push(text);
  }
  return texts;
}

/** As `tokenTexts`, of characters that several tokens spell too; many times slower. */
function decodedTexts(bytesOf: Tokenizer['bytesOf'], ids: TokenIds): readonly string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const texts = ids.map((id) => decoder.decode(bytesOf(id), { stream: true }));
  const rest = decoder.decode();
  return rest === '' ? texts : texts.map((text, i) => (i === texts.length - 1 ? text + rest : text));
}
