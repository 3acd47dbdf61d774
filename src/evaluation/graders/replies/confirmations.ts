/** A last sentence that only confirms the answer in front of it: `3 * 4 = 12. Yes.` Linear in the length of the text. */

const MAX_LENGTH = 300;
const CONFIRMS = String.raw`(?:(?:yes|yep|yeah|yup|true|correct|right|indeed|exactly)\b|(?:it|that|this)(?:['’]s| is) (?:indeed )?(?:right|correct|true)\b)`;
const CONFIRMATION = new RegExp(
  String.raw`(?:[.!…][*_)$\]]{0,3}\s{1,3}|\n\s{0,3})[*_(]{0,3}${CONFIRMS}(?:[,.!]{1,3}\s{1,3}(?:${CONFIRMS}|(?:it|that) (?:is|does|works|checks out|matches|fits)\b)){0,2}[\s.!*_)✓]{0,6}$`,
  'iu',
);
const CONFIRMING = new RegExp(String.raw`\b(?:${CONFIRMS}|no|false)\b`, 'i');

/** A reply to a question for something else than yes or no, without a last sentence that only confirms it: `3 * 4 = 12. Yes.` */
export function withoutConfirmation(reply: string, reference: string): string {
  const from = Math.max(0, reply.length - MAX_LENGTH);
  const found = CONFIRMATION.exec(reply.slice(from));
  if (found === null || CONFIRMING.test(reference)) return reply;
  // The full stop stays. `1. Yes` is an item of a list.
  const before = reply.slice(0, from + found.index + 1).trimEnd();
  return /[\p{L}\p{N}]/u.test(before) && !/(?:^|\n)\s{0,3}\(?\w[.)]$/.test(before) ? before : reply;
}
