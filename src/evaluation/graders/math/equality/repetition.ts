/** Replies that repeat the reference. */
import { type Box, boxesIn } from '../../../../text/boxed.js';
import { boxedParts } from '../extraction/conclusions/several-values.js';
import { connects } from '../extraction/marks/groups.js';

/** Longer references are not compared. */
const MAX_ANSWER = 10_000;
const MAX_PARTS = 32;

/** Whether the last box of a reply is only a part of its answer, as other boxes in front of it are. */
function isOneOfSeveral(reply: string, boxes: readonly Box[]): boolean {
  const [before, last] = boxes.slice(-2);
  if (before === undefined || last === undefined || before.content.trim() === last.content.trim()) return false;
  if (connects(reply.slice(before.end, last.start))) return true;
  const passages = boxes.slice(-MAX_PARTS).map(({ start, end, content }) => ({ start, end, inner: content }));
  return boxedParts(reply, passages) !== undefined;
}

/**
 * Whether a reply or its last box is the reference word for word. Of a reference in sentences only a part is read, and
 * the same part is not always found in a reply.
 */
export function repeats(reference: string, reply: string, isStated: boolean): boolean {
  const boxes = boxesIn(reply);
  const box = boxes.at(-1)?.content;
  if (isOneOfSeveral(reply, boxes)) return false;
  // A statement after the box is the answer, and the box is not.
  if (box !== undefined && isStated) return false;
  const text = box ?? reply;
  if (reference.length > MAX_ANSWER || text.length > 2 * reference.length + 100) return false;
  const words = (source: string) =>
    source
      .replace(/[\s$]+/g, ' ')
      .trim()
      .replace(/\.$/, '');
  const wanted = words(reference);
  return wanted !== '' && words(text) === wanted;
}
