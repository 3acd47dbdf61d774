/**
 * One text in two tokenizations. The KL term of the reward compares log p_T(t_k) and log p_S(t_k) token by token. Where
 * teacher and student tokenize the explanation differently, it is defined over the smallest pieces of text at whose
 * boundaries both have a token boundary; the log-prob of a piece is the sum over its tokens on each side.
 */
import { checkArguments } from '../call-arguments.js';
import type { AlignedPiece } from '../method/alignment.js';
import { IDS_ARGUMENT, TOKENIZER_ARGUMENT } from './arguments.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';
import type { TokenIds } from './tokens.js';

const PAIR = { a: TOKENIZER_ARGUMENT, b: TOKENIZER_ARGUMENT };
const ARGUMENTS = {
  teacher: TOKENIZER_ARGUMENT,
  teacherIds: IDS_ARGUMENT,
  student: TOKENIZER_ARGUMENT,
  studentIds: IDS_ARGUMENT,
};

/** Whether the ids of one tokenizer can be used as ids of the other. */
export function sharesTokens(a: Tokenizer, b: Tokenizer): boolean {
  checkArguments('sharesTokens(teacher, student)', { a, b }, PAIR);
  return a.fingerprint === b.fingerprint;
}

/**
 * The aligned pieces of two tokenizations, in order; together they cover every token of both. Boundaries are compared
 * by UTF-8 byte offset. Where the two do not write the same bytes (the student's tokenizer normalises, or the teacher's
 * tokens are not UTF-8), the part that differs is one piece, between the equal beginning and the equal end.
 */
export function alignTokens(
  teacher: Tokenizer,
  teacherIds: TokenIds,
  student: Tokenizer,
  studentIds: TokenIds,
): readonly AlignedPiece[] {
  checkArguments(
    'alignTokens(teacher, teacherIds, student, studentIds)',
    { teacher, teacherIds, student, studentIds },
    ARGUMENTS,
  );
  if (teacherIds.length === 0 && studentIds.length === 0) return [];
  const left = layOut(teacher, teacherIds);
  const right = layOut(student, studentIds);
  const shortest = Math.min(left.bytes.length, right.bytes.length);
  let prefix = 0;
  while (prefix < shortest && left.bytes[prefix] === right.bytes[prefix]) prefix++;
  let suffix = 0;
  while (
    suffix < shortest - prefix &&
    left.bytes[left.bytes.length - 1 - suffix] === right.bytes[right.bytes.length - 1 - suffix]
  ) {
    suffix++;
  }
  const equal = left.bytes.length === right.bytes.length && prefix === left.bytes.length;

  const pieces: AlignedPiece[] = [];
  let teacherStart = 0;
  let studentStart = 0;
  const cut = (teacherEnd: number, studentEnd: number): void => {
    pieces.push({
      teacher: { start: teacherStart, end: teacherEnd },
      student: { start: studentStart, end: studentEnd },
    });
    teacherStart = teacherEnd;
    studentStart = studentEnd;
  };
  const shift = right.bytes.length - left.bytes.length;
  for (const [index, offset] of left.ends.entries()) {
    // The last piece ends with the last token of both sides; it is cut after the loop, so that neither keeps a
    // remainder.
    if (offset === left.bytes.length) break;
    const before = equal || offset <= prefix ? right.countAt.get(offset) : undefined;
    const after = offset >= left.bytes.length - suffix ? right.countAt.get(offset + shift) : undefined;
    const studentEnd = before ?? after;
    if (studentEnd !== undefined && studentEnd > studentStart) cut(index + 1, studentEnd);
  }
  cut(teacherIds.length, studentIds.length);
  return pieces;
}

interface LaidOut {
  readonly bytes: Uint8Array;
  /** ends[i]: where token i ends, in bytes. */
  readonly ends: readonly number[];
  /** How many tokens end at or before a byte offset at which a token ends. */
  readonly countAt: ReadonlyMap<number, number>;
}

function layOut(tokenizer: Tokenizer, ids: TokenIds): LaidOut {
  const chunks = ids.map((id) => tokenizer.bytesOf(id));
  const ends: number[] = [];
  const countAt = new Map<number, number>();
  let offset = 0;
  for (const [index, chunk] of chunks.entries()) {
    offset += chunk.length;
    ends.push(offset);
    countAt.set(offset, index + 1);
  }
  return { bytes: Buffer.concat(chunks), ends, countAt };
}
