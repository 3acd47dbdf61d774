/** Boxes that are not the answer by themselves. */
import { boxesIn } from '../../../../../text/boxed.js';
import { connects } from '../marks/groups.js';
import { boxedParts } from './several-values.js';

const MAX_PARTS = 32;

/** Whether the last box of a reply is only a part of its answer, as other boxes in front of it are, or may have been cut behind another. */
export function endsInPartBox(reply: string): boolean {
  const boxes = boxesIn(reply);
  const [before, last] = boxes.slice(-2);
  if (before === undefined || last === undefined) return false;
  if (!last.closed) return true;
  if (before.content.trim() === last.content.trim()) return false;
  if (connects(reply.slice(before.end, last.start))) return true;
  const passages = boxes.slice(-MAX_PARTS).map(({ start, end, content }) => ({ start, end, inner: content }));
  return boxedParts(reply, passages) !== undefined;
}
