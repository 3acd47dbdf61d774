/**
 * What keeps a downloaded tokenizer from doing harm: the text of its ids is the text that it was given, no ordinary
 * text becomes a control token, and no pattern of it runs for ever.
 */
import { InputError, UnsupportedError } from '../../errors.js';
import { isObject } from '../../json.js';
import { withTimeLimit } from '../time-limit.js';
import type { AddedToken } from './added-tokens.js';
import { bytesOfToken } from './byte-alphabet.js';
import type { TokenizerParts } from './files.js';

/** Vocabulary entries that no text is meant to become: `<|im_end|>`, `<｜begin▁of▁sentence｜>`. */
const BARRED = /^<[|｜][\p{L}\p{N}_ ▁-]+[|｜]>$/u;
/** What ends a sequence is taken for a control token only if it looks like one: `</s>`, `[EOS]`. */
const BRACKETED = /^(<[^<>\s]+>|\[[A-Z_]+\])$/u;

/**
 * The parts of a tokenizer where every special token is an added token. As transformers does, a token that
 * tokenizer_config.json names counts as special even if tokenizer.json has it only in its vocabulary. So do tokens that
 * end sequences by the model's configuration, and those in bars.
 * @throws {InputError} when a special token is a single byte, which ordinary text cannot do without
 */
export function withAllSpecialTokens(parts: TokenizerParts): TokenizerParts {
  const added = new Set(parts.addedTokens.map((token) => token.content));
  const ends = new Set(parts.modelEosIds);
  const named = new Set([parts.bosToken, parts.eosToken]);
  const optional = new Set([parts.padToken, parts.unkToken]);
  const found: AddedToken[] = [];
  for (const [content, id] of parts.vocabulary) {
    if (added.has(content)) continue;
    // Padding with an ordinary letter does no harm: positions are masked by place, not by id.
    const isNamed = named.has(content) || (optional.has(content) && !isOneByte(content));
    if (isNamed || BARRED.test(content) || (ends.has(id) && BRACKETED.test(content))) {
      found.push({ id, content, special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false });
    }
  }
  const addedTokens = found.length === 0 ? parts.addedTokens : [...parts.addedTokens, ...found];
  for (const { content, special } of addedTokens) {
    if (parts.alphabet.kind === 'bytes' && special && isOneByte(content) && parts.vocabulary.has(content)) {
      throw new InputError(`the special token ${JSON.stringify(content)} is also the token of a byte`, {
        file: parts.file,
        field: 'added_tokens',
        remedy: 'Text with that byte could not be encoded. Mark the token as not special, or name another one.',
      });
    }
  }
  return { ...parts, addedTokens };
}

function isOneByte(token: string): boolean {
  return bytesOfToken(token)?.length === 1;
}

/** Patterns of families in use. They take linear time on any text, so no time limit need be set for them. */
const KNOWN_PATTERNS: ReadonlySet<string> = new Set([
  '\\p{N}',
  '\\p{N}+',
  '\\p{N}{1,3}',
  "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
]);

/** Whether some pattern inside a component is not a known one. */
function hasUnknownPattern(component: unknown): boolean {
  if (Array.isArray(component)) return component.some(hasUnknownPattern);
  if (!isObject(component)) return false;
  const { Regex } = component;
  if (Regex !== undefined) return typeof Regex !== 'string' || !KNOWN_PATTERNS.has(Regex);
  return Object.values(component).some(hasUnknownPattern);
}

/** Where the clock must run, and where the text must be compared. */
export interface TokenizerGuard {
  /** `work` on a text of so many characters, ended if the tokenizer's patterns do not come to an end. */
  readonly limited: <T>(characters: number, work: () => T) => T;
  /** @throws {UnsupportedError} when the normalizer made another text of `text` */
  readonly requireSameText: (text: string, normal: string) => void;
  /** @throws {InputError} when the ids spell another text than `text` */
  readonly requireSpelling: (text: string, bytes: readonly Uint8Array[]) => void;
}

/** Lower case, upper case, an accent, a ligature, a fraction, white space of several kinds. */
const PROBE = 'Ab É\u0301 ﬁ ½ x²\n\t  \u00a0y.';

/** The guard of a tokenizer. Call `requireSameText` with the probe once, so that a model is refused when it is opened. */
export function guardOf(parts: TokenizerParts): TokenizerGuard & { readonly probe: string } {
  const { file } = parts;
  const isSafe = !hasUnknownPattern([parts.normalizer, parts.preTokenizer]);
  const type = parts.normalizer !== null && 'type' in parts.normalizer ? parts.normalizer.type : null;
  // These change how a character is written, not which one it is.
  const isCanonical = type === null || type === 'NFC' || type === 'NFD';
  return {
    probe: PROBE,
    limited: (characters, work) =>
      isSafe
        ? work()
        : withTimeLimit(characters, work, (seconds) => {
            return new InputError(`the tokenizer did not split a text within ${seconds} seconds`, {
              file,
              remedy: 'A pattern of its normalizer or pre-tokenizer may never end. Use another model.',
            });
          }),
    requireSameText: (text, normal) => {
      if (isCanonical || isSameText(normal, text)) return;
      throw new UnsupportedError('the normalizer of the tokenizer changes the text', {
        file,
        field: 'normalizer',
        remedy: 'Text must come back from its ids as it was. Supported are NFC and NFD, or no normalizer.',
      });
    },
    requireSpelling: (text, bytes) => {
      if (isSpelledBy(bytes, Buffer.from(text)) || isSameText(Buffer.concat(bytes).toString(), text)) return;
      throw new InputError(`the tokenizer does not give back the text ${JSON.stringify(text.slice(0, 40))}`, {
        file,
        remedy: "Compare the file with the model's original; its vocabulary or pre-tokenizer may have been edited.",
      });
    },
  };
}

/** Whether bytes are these chunks. Every text is compared, so the chunks are not joined. */
function isSpelledBy(chunks: readonly Uint8Array[], bytes: Uint8Array): boolean {
  let place = 0;
  for (const chunk of chunks) for (let i = 0; i < chunk.length; i++) if (chunk[i] !== bytes[place++]) return false;
  return place === bytes.length;
}

/** Whether a tokenizer kept a text: it may compose accents, write spaces as `▁`, and put one before the text. */
function isSameText(kept: string, text: string): boolean {
  const plain = (some: string): string => some.normalize('NFC').replaceAll('▁', ' ');
  return plain(kept) === plain(text) || plain(kept) === ` ${plain(text)}`;
}
