/**
 * Text to token ids and back, for BPE tokenizers. `@huggingface/tokenizers` splits and merges; control
 * tokens are handled here, because the library recognises them in any text, and user text must never become one.
 */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import { InputError, UsageError } from '../../errors.js';
import { kindOf } from '../../schema-issue.js';
import { type TokenIds, tokenIds } from '../tokens.js';
import { cutAtTokens, isControlToken, type Occurrence, tokenFinder } from './added-tokens.js';
import { missingBytes, singleByte, spelled, stretches, tokenBytes } from './alphabet.js';
import { readTokenizerFiles, type TokenizerParts } from './files.js';
import { guardOf, withAllSpecialTokens } from './guard.js';
import { type LibraryTokenizer, openLibrary, openNormalizer } from './library.js';

/** A piece of text; control tokens in it are recognised only if `control` is true. */
export interface TextPiece {
  readonly text: string;
  readonly control: boolean;
}

/** Consecutive pieces of text as ids, with the place of every token and piece, in bytes of UTF-8. */
export interface LaidOutText {
  readonly ids: TokenIds;
  /** Where each token begins, and after the last one where the text ends. Never decreases. */
  readonly starts: readonly number[];
  /** Where each piece begins, and after the last one where the text ends. Never decreases. */
  readonly borders: readonly number[];
}

/** A tokenizer of the Hugging Face format. */
export interface Tokenizer {
  /** Equal for two tokenizers if and only if they turn every text into the same ids. */
  readonly fingerprint: string;
  /** The largest id plus one. The embedding of a model may be padded to more rows. */
  readonly vocabularySize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  /** Every end-of-sequence id of the tokenizer and of the model's configuration; the tokenizer's own first. */
  readonly eosIds: TokenIds;
  /** The special tokens that chat templates may print, by the names that these use. */
  readonly templateTokens: Readonly<Record<'bos_token' | 'eos_token' | 'pad_token' | 'unk_token', string | undefined>>;
  readonly chatTemplate: string | undefined;
  /**
   * Ids of ordinary text: no control token is recognised, so `<|im_end|>` becomes the ids of its characters, and none
   * is added. Plain words that were added to the vocabulary are.
   * @throws {InputError} when the text is not well-formed Unicode, or the vocabulary cannot express it
   */
  encode(text: string): TokenIds;
  /** Ids of a template's text: control tokens are recognised, and none is added. Never use it for untrusted text. */
  encodeTemplate(text: string): TokenIds;
  /**
   * Ids of consecutive pieces. Text between two control tokens is encoded as one, whichever pieces it came from: the
   * ids are those of the whole text, with control tokens in untrusted pieces read as ordinary text.
   */
  encodePieces(pieces: readonly TextPiece[]): TokenIds;
  /**
   * `encodePieces` with the place of every token and piece, so that the tokens of a piece are known even where a token
   * crosses a border. Places count bytes of the text as the tokenizer normalises it.
   */
  layOut(pieces: readonly TextPiece[]): LaidOutText;
  /**
   * The text of ids. Bytes that are not UTF-8, and ids without a token, become U+FFFD. Tokenizers that put a space
   * before a text remove it here.
   */
  decode(ids: readonly number[]): string;
  /**
   * The UTF-8 bytes of a token, those of U+FFFD for an id without a token.
   * @throws {InputError} when it is not an id
   */
  bytesOf(id: number): Uint8Array;
  /** The id of a control token by its text (`<|im_end|>`); undefined if the tokenizer has no such token. */
  idOf(token: string): number | undefined;
  /** Whether an id is a control token's. `encode` never returns one. */
  isControl(id: number): boolean;
}

/** The library's tokenizer of what lies between added tokens; control tokens can come neither whole nor by merges. */
function plainTokenizer(parts: TokenizerParts, control: ReadonlyMap<string, number>): LibraryTokenizer {
  const vocabulary = [...parts.vocabulary].filter(([token]) => !control.has(token));
  const merges = parts.merges.filter(
    ([left, right]) => !control.has(left + right) && !control.has(left) && !control.has(right),
  );
  return openLibrary({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: parts.preTokenizer,
    model: {
      vocab: Object.fromEntries(vocabulary),
      merges,
      ignore_merges: parts.ignoreMerges,
      byte_fallback: parts.alphabet.kind === 'characters',
    },
  });
}

function fingerprintOf(parts: TokenizerParts): string {
  const hash = createHash('sha256');
  const byId = [...parts.vocabulary].sort((a, b) => a[1] - b[1]);
  const added = [...parts.addedTokens].sort((a, b) => a.id - b.id);
  const words = added.filter((token) => !isControlToken(token, parts.chatTemplate) && token.content.trim() !== '');
  const greedy = added.filter((token) => token.singleWord || token.lstrip || token.rstrip);
  const contents = added.map((token) => [token.id, token.content]);
  hash.update(JSON.stringify([byId, parts.merges, parts.ignoreMerges, contents, parts.normalizer, parts.preTokenizer]));
  if (words.length + greedy.length > 0) hash.update(JSON.stringify([words, greedy]));
  if (parts.alphabet.kind !== 'bytes') hash.update(JSON.stringify(parts.alphabet));
  return hash.digest('hex');
}

/** How many texts a tokenizer remembers what it made of. */
const MOST_RECENT = 256;

function remembered<Made>(make: (text: string) => Made): (text: string) => Made {
  const recent = new Map<string, Made>();
  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (recent.size >= MOST_RECENT) recent.clear();
    recent.set(text, made);
    return made;
  };
}

/**
 * A tokenizer from its checked parts.
 * @throws {InputError} when a named special token has no id, or is the token of a byte
 * @throws {UnsupportedError} when the normalizer changes the text
 */
export function createTokenizer(given: TokenizerParts): Tokenizer {
  const parts = withAllSpecialTokens(given);
  const guard = guardOf(parts);
  const controlTokens = parts.addedTokens.filter((token) => isControlToken(token, parts.chatTemplate));
  const control = new Map(controlTokens.map((token) => [token.content, token.id]));
  const controlIds = new Set(control.values());
  const plainTokens = parts.addedTokens.filter(({ id }) => !controlIds.has(id));
  let library: LibraryTokenizer;
  let normalise: (text: string) => string;
  try {
    library = plainTokenizer(parts, control);
    const normalize = openNormalizer(parts.normalizer);
    normalise = (text) => guard.limited(text.length, () => normalize(text));
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`the tokenizer cannot be built: ${what}`, { file: parts.file, cause });
  }

  const { alphabet } = parts;
  guard.requireSameText(guard.probe, normalise(guard.probe));

  const bytesById: (Uint8Array | undefined)[] = [];
  for (const [token, id] of parts.vocabulary) bytesById[id] = tokenBytes(alphabet, token);
  for (const token of parts.addedTokens) bytesById[token.id] = new TextEncoder().encode(token.content);
  const unknownBytes = new TextEncoder().encode('\uFFFD');
  const missing = missingBytes(alphabet, parts.vocabulary);

  const namedId = (field: string, token: string | undefined): number | undefined => {
    if (token === undefined) return undefined;
    const id = control.get(token) ?? parts.vocabulary.get(token);
    if (id === undefined) {
      throw new InputError(`${JSON.stringify(token)} is named as a special token but has no id`, {
        file: parts.file,
        field,
        remedy: 'Add the token to added_tokens, or name an existing one.',
      });
    }
    return id;
  };
  const bosId = namedId('bos_token', parts.bosToken);
  const eosId = namedId('eos_token', parts.eosToken);
  const padId = namedId('pad_token', parts.padToken);

  const asWritten = (content: string): string => content;
  const findControl = tokenFinder(controlTokens, asWritten);
  // Tokens of the text as it was written are found first, those of the normalised text in what lies between.
  const findWritten = tokenFinder(
    plainTokens.filter((token) => !token.normalized),
    asWritten,
  );
  const findNormalised = tokenFinder(
    plainTokens.filter((token) => token.normalized),
    normalise,
  );

  const encode = (text: string): TokenIds => encodeStretch(text, true);

  const requireText = (text: unknown): void => {
    if (typeof text !== 'string')
      throw new UsageError(`expected a text, not ${kindOf(text)}`, { remedy: 'Give a string, which may be empty.' });
  };

  const encodeStretch = (text: string, isFirst: boolean): TokenIds => {
    requireText(text);
    if (text === '') return tokenIds([]);
    // Under the u flag a surrogate matches only where it stands alone.
    const surrogate = /\p{Cs}/u.exec(text);
    if (surrogate !== null) {
      throw new InputError('the text is not well-formed Unicode: it has half of a surrogate pair', {
        column: surrogate.index + 1,
        remedy: 'Such text cannot be written as UTF-8. Repair it; it was probably cut there.',
      });
    }
    const ids: number[] = [];
    let first = isFirst;
    for (const piece of cutAtTokens(text, findWritten(text))) {
      if (piece.token !== undefined) ids.push(piece.token.id);
      const normal = piece.token === undefined ? normalise(piece.text) : '';
      if (piece.token === undefined) guard.requireSameText(piece.text, normal);
      for (const part of cutAtTokens(normal, findNormalised(normal))) {
        if (part.token !== undefined) ids.push(part.token.id);
        else for (const id of encodeNormal(part.text, first)) ids.push(id);
        first = false;
      }
      first = false;
    }
    return tokenIds(ids);
  };

  const encodeNormal = (text: string, isFirst: boolean): readonly number[] => {
    if (missing.size > 0) refuseInexpressible(text);
    const ids = guard.limited(text.length, () => {
      const found: number[] = [];
      for (const stretch of stretches(alphabet, text, isFirst)) library.encodeInto(found, stretch);
      return found;
    });
    guard.requireSpelling(text, ids.map(bytesOf));
    return ids;
  };

  // A prompt is read again with each completion of its group.
  const encodeFirst = remembered((run) => encodeStretch(run, true));
  const encodeLater = remembered((run) => encodeStretch(run, false));
  const controlIn = remembered((text) => [...findControl(text)]);

  // The library would silently drop such a character.
  const refuseInexpressible = (text: string): void => {
    for (const character of text) {
      if (alphabet.kind === 'characters' && parts.vocabulary.has(character)) continue;
      if (new TextEncoder().encode(character).some((byte) => missing.has(byte))) {
        const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
        throw new InputError(`the vocabulary has no tokens for the character U+${code}`, {
          remedy: `Remove the character from the text, or use a model other than that of ${parts.file}.`,
        });
      }
    }
  };

  const layOut = (pieces: readonly TextPiece[]): LaidOutText => {
    const found: Occurrence[] = [];
    /** Where the pieces begin in the whole text. */
    const cuts: number[] = [];
    let length = 0;
    for (const { text, control: trusted } of pieces) {
      requireText(text);
      cuts.push(length);
      if (trusted) {
        for (const { token, start, end } of controlIn(text))
          found.push({ token, start: length + start, end: length + end });
      }
      length += text.length;
    }
    const whole = pieces.map(({ text }) => text).join('');
    const ids: number[] = [];
    const starts: number[] = [];
    const borders: number[] = [];
    let place = 0;
    for (const piece of cutAtTokens(whole, found)) {
      const begin = place;
      const encodeRun = piece.start === 0 ? encodeFirst : encodeLater;
      const run = piece.token === undefined ? encodeRun(piece.text) : [piece.token.id];
      for (const id of run) {
        ids.push(id);
        starts.push(place);
        place += bytesOf(id).length;
      }
      // What the tokens spell beyond the text stands before it: some tokenizers begin every text with a space.
      const before = piece.token === undefined ? Math.max(0, place - begin - byteLength(piece.text)) : 0;
      for (let cut = cuts[borders.length]; cut !== undefined && cut < piece.end; cut = cuts[borders.length]) {
        // A token that takes white space of the next piece begins in its own.
        const isInside = piece.token === undefined && cut > piece.start;
        const inside = isInside ? begin + before + byteLength(piece.text.slice(0, cut - piece.start)) : place;
        borders.push(cut <= piece.start ? begin : Math.min(inside, place));
      }
    }
    while (borders.length <= cuts.length) borders.push(place);
    starts.push(place);
    return { ids: tokenIds(ids), starts, borders };
  };

  const byteIds = new Set(
    [...parts.vocabulary].flatMap(([token, id]) => (singleByte(token) === undefined ? [] : [id])),
  );
  const isByte = (id: number): boolean => byteIds.has(id);

  /** Length in bytes of a text as its tokens spell it. */
  const byteLength = (text: string): number => Buffer.byteLength(spelled(alphabet, normalise(text)));

  const bytesOf = (id: number): Uint8Array => {
    if (!Number.isSafeInteger(id) || id < 0) throw new InputError(`${id} is not a token id`);
    return bytesById[id] ?? unknownBytes;
  };

  return {
    fingerprint: fingerprintOf(parts),
    vocabularySize: bytesById.length,
    bosId,
    eosId,
    padId,
    eosIds: tokenIds([...new Set([...(eosId === undefined ? [] : [eosId]), ...parts.modelEosIds])]),
    templateTokens: {
      bos_token: parts.bosToken,
      eos_token: parts.eosToken,
      pad_token: parts.padToken,
      unk_token: parts.unkToken,
    },
    chatTemplate: parts.chatTemplate,
    encode,
    encodeTemplate: (text) => layOut([{ text, control: true }]).ids,
    encodePieces: (pieces) => layOut(pieces).ids,
    layOut,
    decode: (ids) => {
      if (!Array.isArray(ids))
        throw new UsageError(`expected a list of ids, not ${kindOf(ids)}`, { remedy: 'Give the ids of tokens.' });
      const text = decodeBytes(alphabet.kind === 'bytes' ? ids.map(bytesOf) : wholeCharacters(ids, bytesOf, isByte));
      return alphabet.kind === 'characters' && alphabet.stripsSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
    bytesOf,
    idOf: (token) => control.get(token),
    isControl: (id) => controlIds.has(id),
  };
}

/**
 * The bytes of ids, where runs of single bytes that are not UTF-8 become U+FFFD byte by byte, as the tokenizers library
 * decodes byte fallback.
 */
function wholeCharacters(
  ids: readonly number[],
  bytesOf: (id: number) => Uint8Array,
  isByte: (id: number) => boolean,
): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < ids.length; ) {
    let end = at;
    while (end < ids.length && isByte(ids[end] as number)) end++;
    const run = Buffer.concat(ids.slice(at, end).map(bytesOf));
    chunks.push(isUtf8(run) ? run : new TextEncoder().encode('\uFFFD'.repeat(run.length)));
    if (end < ids.length) chunks.push(bytesOf(ids[end] as number));
    at = end + 1;
  }
  return chunks;
}

const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of consecutive byte strings. What is not UTF-8 becomes U+FFFD; a byte order mark is kept. */
export function decodeBytes(chunks: readonly Uint8Array[]): string {
  return LENIENT.decode(Buffer.concat(chunks));
}

/**
 * The tokenizer of a Hugging Face model directory.
 * @throws {StorageError} when a file is missing or cannot be read
 * @throws {InputError} when a file does not have the required form
 * @throws {UnsupportedError} when it is not a BPE tokenizer of a supported kind
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  checkArguments('loadTokenizer(tokenizerDirectory(source))', { directory }, { directory: z.string() });
  return createTokenizer(await readTokenizerFiles(directory));
}
