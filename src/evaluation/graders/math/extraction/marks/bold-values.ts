/** Values in bold type that end a reply whose working is in dollars. */

const LONGEST = 120;
const BOLD_END = /(?:^|[.!?:\n]\s)[^*]{0,200}\*\*(?<value>[^*\n]{1,80})\*\*[.!]?\s*$/;
/** Values of names, points, intervals and sets; a number alone is found without the bold type. */
const IS_VALUE = /^(?:[a-z](?:_?\d)?\s?=\s?[^=]*\d|[([{][^a-z]*\d)/i;

/** `… $y = -1$. So the solution is **(3, -1)**.`: the value, where `tail` is what stands behind the last formula. */
export function boldValueAtEnd(tail: string): string | undefined {
  const value = BOLD_END.exec(tail.slice(-4 * LONGEST))?.groups?.value?.trim();
  return value !== undefined && IS_VALUE.test(value) ? value : undefined;
}
