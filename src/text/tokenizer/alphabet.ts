/**
 * What the tokens of a vocabulary are written in: the byte-level alphabet, or characters with tokens for single bytes
 * to fall back on, as SentencePiece has them (Llama 2, Mistral, Phi 3, Gemma).
 */
import * as z from 'zod';
import { BYTE_CHARACTERS, bytesOfToken, occursInUtf8 } from './byte-alphabet.js';

/** How spaces become the mark of a word's beginning, where a pre-tokenizer does it (`Metaspace`). */
export interface Metaspace {
  readonly mark: string;
  /** Whether the mark is put before a text that does not begin with it: before each stretch, the first, or none. */
  readonly prepend: 'always' | 'first' | 'never';
  /** Whether words are cut before the mark. */
  readonly split: boolean;
}

export type Alphabet =
  | { readonly kind: 'bytes' }
  | {
      readonly kind: 'characters';
      readonly metaspace: Metaspace | undefined;
      /** What stands for a space in tokens. */
      readonly mark: string;
      /** Whether decoding removes one space at the beginning, where encoding has put it. */
      readonly stripsSpace: boolean;
    };

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;

/** The name of the token for a byte. */
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/** The byte that a token stands for alone. */
export function singleByte(token: string): number | undefined {
  const digits = BYTE_TOKEN.exec(token)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

const utf8 = new TextEncoder();

/** The bytes of text that a token of the vocabulary stands for. */
export function tokenBytes(alphabet: Alphabet, token: string): Uint8Array {
  if (alphabet.kind === 'bytes') return bytesOfToken(token) ?? utf8.encode(token);
  const byte = singleByte(token);
  return byte === undefined ? utf8.encode(token.replaceAll(alphabet.mark, ' ')) : Uint8Array.of(byte);
}

/** A normalised text as its tokens spell it, but for a mark that is put before it. */
export const spelled = (alphabet: Alphabet, text: string): string =>
  alphabet.kind === 'bytes' ? text : text.replaceAll(alphabet.mark, ' ');

/** Bytes of UTF-8 that the vocabulary has no token for. */
export function missingBytes(alphabet: Alphabet, vocabulary: ReadonlyMap<string, number>): ReadonlySet<number> {
  const name = (byte: number) => (alphabet.kind === 'bytes' ? (BYTE_CHARACTERS[byte] ?? '') : byteToken(byte));
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return new Set(bytes.filter((byte) => occursInUtf8(byte) && !vocabulary.has(name(byte))));
}

/** The stretches of a normalised text that are merged apart from each other. */
export function stretches(alphabet: Alphabet, text: string, isFirst: boolean): readonly string[] {
  if (alphabet.kind === 'bytes' || alphabet.metaspace === undefined) return [text];
  const { mark, prepend, split } = alphabet.metaspace;
  const marked = text.replaceAll(' ', mark);
  const needed = prepend === 'always' || (prepend === 'first' && isFirst);
  const whole = needed && !marked.startsWith(mark) ? mark + marked : marked;
  if (!split) return [whole];
  const words = whole.split(mark);
  return words.flatMap((word, i) => (i === 0 ? (word === '' ? [] : [word]) : [mark + word]));
}

const step = z.looseObject({ type: z.string() });
const sequence = z.object({ type: z.literal('Sequence'), decoders: z.array(step) });
const replacement = z.object({
  type: z.literal('Replace'),
  pattern: z.object({ String: z.string().min(1) }),
  content: z.literal(' '),
});
const strip = z.object({ type: z.literal('Strip'), content: z.literal(' '), start: z.literal(1), stop: z.literal(0) });
const metaspace = z.object({
  type: z.literal('Metaspace'),
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
  split: z.boolean().default(true),
});
const normalizer = z.looseObject({ type: z.enum(['Prepend', 'Replace', 'NFC', 'NFD', 'NFKC', 'NFKD']) });
const normalizers = z.union([
  z.null(),
  normalizer,
  z.object({ type: z.literal('Sequence'), normalizers: z.array(normalizer) }),
]);
/** Gemma's, which does nothing: its normalizer leaves no space. */
const idleSplit = z.object({
  type: z.literal('Split'),
  pattern: z.object({ String: z.literal(' ') }),
  behavior: z.literal('MergedWithPrevious'),
  invert: z.literal(false).default(false),
});

/**
 * The alphabet of a tokenizer with byte fallback, by the components of its tokenizer.json; undefined where they are
 * other than those that SentencePiece's models are converted to.
 */
export function fallbackAlphabet(parts: {
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly decoder: unknown;
}): Alphabet | undefined {
  if (!normalizers.safeParse(parts.normalizer).success) return undefined;
  const decoders = sequence.safeParse(parts.decoder);
  if (!decoders.success) return undefined;
  const [first, second, third, last, ...rest] = decoders.data.decoders;
  const replaced = replacement.safeParse(first);
  const isLast = last === undefined || strip.safeParse(last).success;
  if (!replaced.success || second?.type !== 'ByteFallback' || third?.type !== 'Fuse' || !isLast || rest.length > 0)
    return undefined;
  const mark = replaced.data.pattern.String;
  const form = { kind: 'characters', mark, stripsSpace: last !== undefined } as const;
  if (parts.preTokenizer === null || idleSplit.safeParse(parts.preTokenizer).success)
    return { ...form, metaspace: undefined };
  const spaces = metaspace.safeParse(parts.preTokenizer);
  if (!spaces.success || spaces.data.replacement !== mark) return undefined;
  return { ...form, metaspace: { mark, prepend: spaces.data.prepend_scheme, split: spaces.data.split } };
}
