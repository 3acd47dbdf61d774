/** Replies that repeat the reference. */
import { boxesIn } from '../../../../text/boxed.js';

/** Longer references are not compared. */
const MAX_ANSWER = 10_000;

/**
 * Whether a reply or its last box is the reference word for word. Of a reference in sentences only a part is read, and
 * the same part is not always found in a reply.
 */
export function repeats(reference: string, reply: string, isStated: boolean): boolean {
  const box = boxesIn(reply).at(-1)?.content;
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
