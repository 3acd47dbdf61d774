/**
 * The alphabet of byte-level vocabularies since GPT-2: each of the 256 bytes is written as one printable character, so
 * that a vocabulary of strings can hold any bytes. Printable Latin-1 characters stand for their own byte; the other 68
 * bytes are written as U+0100 and up, in order.
 */

function standsForItself(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

/** BYTE_CHARACTERS[b] is the character that stands for byte b. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  const characters: string[] = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    characters.push(String.fromCharCode(standsForItself(byte) ? byte : next++));
  }
  return characters;
})();

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(BYTE_CHARACTERS.map((text, byte) => [text, byte]));

/** The bytes that a byte-level token stands for; undefined if it has a character outside the alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** Whether a byte can occur in UTF-8 (0xC0, 0xC1 and 0xF5 to 0xFF cannot). */
export function occursInUtf8(byte: number): boolean {
  return byte < 0xc0 || (byte >= 0xc2 && byte <= 0xf4);
}
