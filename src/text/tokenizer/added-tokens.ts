/**
 * Added tokens: which of them are control tokens, and where they occur in a text. Matching follows `AddedVocabulary` of
 * the tokenizers library: the longest token at the leftmost place, white space beside it, whole words only.
 */
import { allTags, FORMATS } from '../formats.js';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Matches only where no letter, digit or underscore stands beside it. */
  readonly singleWord: boolean;
  /** Takes the white space before it. */
  readonly lstrip: boolean;
  /** Takes the white space behind it. */
  readonly rstrip: boolean;
  /** Is looked for in the normalised text. */
  readonly normalized: boolean;
}

/** Tags of tool calls, as Qwen's templates write them; like those of our formats, they are structure. */
const TOOL_TAGS = ['<tool_call>', '</tool_call>', '<tool_response>', '</tool_response>'];
const KNOWN_TAGS: ReadonlySet<string> = new Set([...Object.values(FORMATS).flatMap(allTags), ...TOOL_TAGS]);

/**
 * Whether an added token is a control token, which ordinary text never becomes. Special ones are. So are those that
 * are structure without being marked special, since text that contains them could pretend to be a turn or a thought:
 * `<|...|>`, the tags of the formats and of tool calls, and what the chat template writes in brackets. Other words and
 * runs of white space that a vocabulary adds are plain text.
 */
export function isControlToken({ content, special }: AddedToken, chatTemplate: string | undefined): boolean {
  if (special || KNOWN_TAGS.has(content) || /^<[|｜].*[|｜]>$/su.test(content)) return true;
  return /^[<[].*[>\]]$/su.test(content) && chatTemplate?.includes(content) === true;
}

/** Where a token's content stands in a text. */
export interface Occurrence {
  readonly token: AddedToken;
  readonly start: number;
  readonly end: number;
}

/** Escapes text for a regular expression. */
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Finds tokens in texts by what they are written as. */
export type TokenFinder = (text: string) => Iterable<Occurrence>;

/** @param writing what a token is looked for as: its content, normalised where the text is. */
export function tokenFinder(tokens: readonly AddedToken[], writing: (content: string) => string): TokenFinder {
  const byText = new Map(tokens.map((token) => [writing(token.content), token]));
  byText.delete('');
  if (byText.size === 0) return () => [];
  // Longest first, so that where one token begins with another, the longer one is found.
  const texts = [...byText.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = new RegExp(texts.map(escaped).join('|'), 'g');
  return function* (text) {
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const token = byText.get(found);
      if (token !== undefined) yield { token, start: index, end: index + found.length };
    }
  };
}

/** `\w` of the library's regular expressions. */
const WORD = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');

/** Whether a letter, digit or underscore stands beside a place. Two code units hold a whole character. */
const isBesideWord = (text: string, start: number, end: number): boolean =>
  ENDS_WITH_WORD.test(text.slice(Math.max(0, start - 2), start)) || STARTS_WITH_WORD.test(text.slice(end, end + 2));

const SPACE_AT_START = /^\p{White_Space}+/u;

/** Without the white space at its end. A loop: `\s+$` takes quadratic time on long runs in the middle of a text. */
function spaceAtEnd(text: string): number {
  let start = text.length;
  while (start > 0 && /^\p{White_Space}$/u.test(text.charAt(start - 1))) start--;
  return start;
}

/** A piece of a text that was cut at tokens: a token with the white space that it takes, or the text between two. */
export interface CutPiece {
  readonly token: AddedToken | undefined;
  readonly text: string;
  /** Where the piece stands in the text. */
  readonly start: number;
  readonly end: number;
}

export function* cutAtTokens(text: string, occurrences: Iterable<Occurrence>): Generator<CutPiece> {
  let done = 0;
  const piece = (token: AddedToken | undefined, start: number, end: number): CutPiece => ({
    token,
    text: text.slice(start, end),
    start,
    end,
  });
  for (const { token, start, end } of occurrences) {
    if (token.singleWord && isBesideWord(text, start, end)) continue;
    const from = token.lstrip ? Math.max(done, spaceAtEnd(text.slice(0, start))) : start;
    if (done < from) yield piece(undefined, done, from);
    done = token.rstrip ? end + (SPACE_AT_START.exec(text.slice(end))?.[0].length ?? 0) : end;
    yield piece(token, from, done);
  }
  if (done < text.length) yield piece(undefined, done, text.length);
}
