/** Reads completions: where a teacher's explanation ends, and what a student thought and answered. */
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { FORMAT_ARGUMENT, IDS_ARGUMENT, TOKENIZER_ARGUMENT } from './arguments.js';
import { lastBoxed } from './boxed.js';
import { isTagsAlone, withoutCutTag } from './cut-tags.js';
import { allTags, studentTags, type TagFormat, teacherTags } from './formats.js';
import { decodeBytes, type Tokenizer } from './tokenizer/tokenizer.js';
import { sliceIds, type TokenIds } from './tokens.js';

/** What a teacher wrote, read by its format. */
export interface TeacherCompletion {
  readonly explanation: string;
  /** Number of sampled tokens that begin in the explanation. */
  readonly tokens: number;
  /** Whether the end tag was written, and no other control token before it. */
  readonly ended: boolean;
  /** Tokens after the end tag, without the stop token. A teacher that has learnt the format writes none. */
  readonly trailingTokens: number;
  /** How often a tag of the teacher's format occurs before the end tag. */
  readonly strayTags: number;
  /** Control tokens before the end tag. The explanation stops at the first. */
  readonly controlTokens: number;
}

const ARGUMENTS = { tokenizer: TOKENIZER_ARGUMENT, format: FORMAT_ARGUMENT, ids: IDS_ARGUMENT, stopIds: IDS_ARGUMENT };
const TEXT_ARGUMENTS = { format: FORMAT_ARGUMENT, text: z.string() };

/** The ids without a final stop id. */
function withoutStop(ids: TokenIds, stopIds: TokenIds): TokenIds {
  const last = ids.at(-1);
  return last !== undefined && stopIds.includes(last) ? sliceIds(ids, 0, -1) : ids;
}

/** Tokens with a byte at or after `position` of the text that `chunks` spell. */
function tokensAfter(chunks: readonly Uint8Array[], position: number): number {
  let end = 0;
  return chunks.filter((chunk) => {
    end += chunk.length;
    return end > position;
  }).length;
}

/** How many of the first tokens begin before `position`. */
function tokensBefore(chunks: readonly Uint8Array[], position: number): number {
  let start = 0;
  return chunks.filter((chunk) => {
    start += chunk.length;
    return start - chunk.length < position;
  }).length;
}

/**
 * Finds the end of the explanation in the ids that a teacher sampled after `TeacherLayout.prompt`. The end tag is
 * searched in the bytes of the tokens, so it is found as a control token, as any sequence of tokens that spells it, and
 * when it starts inside a token. One separator before the tag belongs to the tag. Without an end tag the explanation is
 * all of the ids but the stop id, and `ended` is false.
 *
 * Any other control token is no text, and ends the explanation as well, with `ended` false. Were it kept, it would be
 * read as the characters of its name: text that the teacher never sampled, whose low log-probs under the teacher make
 * r_KL negative. A teacher finds that within ten steps and learns to write little else.
 */
export function readTeacherCompletion(
  tokenizer: Tokenizer,
  format: TagFormat,
  ids: TokenIds,
  stopIds: TokenIds,
): TeacherCompletion {
  const form = 'readTeacherCompletion(tokenizer, FORMATS.paper, completion.ids, layout.stopIds)';
  checkArguments(form, { tokenizer, format, ids, stopIds }, ARGUMENTS);
  const written = withoutStop(ids, stopIds);
  const chunks = written.map((id) => tokenizer.bytesOf(id));
  const bytes = Buffer.concat(chunks);
  const tag = Buffer.from(format.teacher.explanation.close);
  const tagStart = bytes.indexOf(tag);
  const tagged = tagStart >= 0;
  const inner = Buffer.from(format.inner);
  const separatedAt = (at: number): number =>
    at >= inner.length && bytes.subarray(at - inner.length, at).equals(inner) ? at - inner.length : at;
  const whole = tagged ? separatedAt(tagStart) : bytes.length;
  const before = written.slice(0, tokensBefore(chunks, whole));
  const control = before.findIndex((id) => tokenizer.isControl(id));
  const end =
    control < 0 ? whole : separatedAt(chunks.slice(0, control).reduce((length, chunk) => length + chunk.length, 0));
  const text = decodeBytes([bytes.subarray(0, whole)]);
  return {
    explanation: decodeBytes([bytes.subarray(0, end)]),
    tokens: tokensBefore(chunks, end),
    ended: tagged && control < 0,
    trailingTokens: tagged ? tokensAfter(chunks, tagStart + tag.length) : 0,
    strayTags: teacherTags(format).reduce((count, stray) => count + text.split(stray).length - 1, 0),
    controlTokens: before.filter((id) => tokenizer.isControl(id)).length,
  };
}

/** How a student's completion departs from its format. */
export type StudentProblem =
  | 'no-thought-open'
  | 'no-thought-close'
  | 'no-solution-open'
  | 'no-solution-close'
  | 'text-outside-tags'
  | 'repeated-tag'
  | 'no-answer'
  | 'not-stopped';

/** What a student wrote, read by its format. */
export interface StudentCompletion {
  /** Undefined when the thought's end tag is missing, so that its end is unknown. */
  readonly thought: string | undefined;
  /** Undefined when no solution begins. An unclosed one extends to the end, or to the part of its end tag that is there. */
  readonly solution: string | undefined;
  /**
   * What a grader compares, by the format's rule; undefined without a solution, with one of nothing but tags, or without a
   * box when the format needs one.
   */
  readonly answerText: string | undefined;
  /** Whether `problems` is empty: the text has exactly the layout that the student was trained on. */
  readonly wellFormed: boolean;
  readonly problems: readonly StudentProblem[];
}

/**
 * Reads the ids that a student sampled after `StudentLayout.prompt`, and `StudentLayout.opening` in front of them. Never
 * throws, whatever the model wrote.
 */
export function readStudentCompletion(
  tokenizer: Tokenizer,
  format: TagFormat,
  ids: TokenIds,
  stopIds: TokenIds,
  opening = '',
): StudentCompletion {
  const form = 'readStudentCompletion(tokenizer, FORMATS.paper, completion.ids, layout.stopIds)';
  checkArguments(form, { tokenizer, format, ids, stopIds }, ARGUMENTS);
  const written = withoutStop(ids, stopIds);
  return readStudentText(format, `${opening}${tokenizer.decode(written)}`, written.length < ids.length);
}

/** The same for text, for models that return no ids. `stopped`: the model ended its turn and was not cut off. */
export function readStudentText(format: TagFormat, text: string, stopped: boolean): StudentCompletion {
  checkArguments('readStudentText(FORMATS.paper, text, true)', { format, text }, TEXT_ARGUMENTS);
  const { thought: t, solution: s } = format.student;
  const problems: StudentProblem[] = [];
  const blank = (part: string): boolean => part.trim() === '';

  const opened = text.indexOf(t.open);
  const closed = text.indexOf(t.close, opened < 0 ? 0 : opened + t.open.length);
  if (opened < 0) problems.push('no-thought-open');
  if (closed < 0) problems.push('no-thought-close');
  const thought = closed < 0 ? undefined : text.slice(opened < 0 ? 0 : opened + t.open.length, closed);
  let outside = opened > 0 ? text.slice(0, opened) : '';

  let solution: string | undefined;
  const rest = closed < 0 ? 0 : closed + t.close.length;
  if (s === null) {
    solution = closed < 0 ? undefined : text.slice(rest);
  } else {
    const begins = text.indexOf(s.open, rest);
    const ends = begins < 0 ? -1 : text.indexOf(s.close, begins + s.open.length);
    if (begins < 0) problems.push('no-solution-open');
    else if (ends >= 0) solution = text.slice(begins + s.open.length, ends);
    else solution = withoutCutTag(text.slice(begins + s.open.length), s.close);
    if (ends < 0) problems.push('no-solution-close');
    else outside += text.slice(ends + s.close.length);
    if (closed >= 0 && begins >= 0) outside += text.slice(rest, begins);
  }
  if (!blank(outside)) problems.push('text-outside-tags');
  if (studentTags(format).some((tag) => text.indexOf(tag) !== text.lastIndexOf(tag))) problems.push('repeated-tag');

  solution = solution?.trim();
  const boxed = solution === undefined ? undefined : lastBoxed(solution);
  const whole =
    solution === undefined || solution === '' || isTagsAlone(solution, allTags(format)) ? undefined : solution;
  const answerText = format.answer === 'boxed' ? boxed : (boxed ?? whole);
  if (answerText === undefined) problems.push('no-answer');
  if (!stopped) problems.push('not-stopped');
  return { thought: thought?.trim(), solution, answerText, wellFormed: problems.length === 0, problems };
}
