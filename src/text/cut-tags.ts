/** Tags that a text ends within, because it was cut there, and texts of nothing but tags. Plain text, in no format of its own. */

/** How much of a tag a text ends with, short of all of it. */
export function begunLength(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}

/** The same of a text that was cut, where letters and digits alone may be the end of an answer. */
function cutLength(text: string, tag: string): number {
  const length = begunLength(text, tag);
  return /[^\p{L}\p{N}\s]/u.test(tag.slice(0, length)) ? length : 0;
}

/** A text that no closing tag follows, without the part of that tag that it ends with: `12 <|end` is `12`. */
export function withoutCutTag(source: string, closing: string): string {
  const text = source.trimEnd();
  return text.slice(0, text.length - cutLength(text, closing)).trimEnd();
}

/** Whether a text is nothing but tags, the last of which may be cut after its second character: `<` alone may be an answer. */
export function isTagsAlone(source: string, tags: readonly string[]): boolean {
  let text = source.trim();
  if (text === '') return false;
  for (const tag of tags) text = text.replaceAll(tag, ' ');
  const rest = text.trim();
  return rest === '' || tags.some((tag) => rest.length > 1 && cutLength(rest, tag) === rest.length);
}
