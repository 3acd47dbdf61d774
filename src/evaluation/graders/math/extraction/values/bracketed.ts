/** Intervals, points and sets in running text: `[2, 5]`, `(2, 5)`, `{2, 5}`, `(-∞, 1) ∪ (3, ∞)`. Each is one value. */

const ATOM = String.raw`[-−+]?(?:[$€£]?\.?\d[\d./]{0,20}(?:√\d{1,9}|π|[a-z])?|√\d{1,9}|π|∞|oo|inf(?:inity|ty)?|[a-z])`;
const LIST = (item: string) => String.raw`\s{0,3}${item}(?:\s{0,3}[,;]\s{0,3}${item}){1,15}\s{0,3}`;
const POINT = String.raw`\(${LIST(ATOM)}\)`;
const BRACKETED = new RegExp(
  String.raw`(?<![\w)\]}^\\]|[\w)]\s?\*\s?)(?:[([]${LIST(ATOM)}[)\]]|\{${LIST(ATOM)}\}|\{\s{0,3}[-−]?\d[\d./]{0,20}\s{0,3}\}|[[{]${LIST(POINT)}[\]}])`,
  'giu',
);
/** What stands before round brackets that are an answer rather than an aside: `12 pencils (3, 4, 5)`. */
const INTRODUCED =
  /(?:^|[=:∈,;.]|\b(?:is|are|was|were|be|at|in|on|to|equals?|and|or|the|an?|so|thus|hence|therefore|gives?|get|find|obtain|from|by|of|points?|pairs?|triples?|tuples?|intervals?|range|domain|coordinates?|vertex|vertices|vectors?|cent(?:er|re)|focus|solutions?|roots?|answer|(?:it|that|this)['’]s))[\s$]*$/i;
/** In front of a point that is denied, which stays so: `It is not the point (3, -7).` */
const DENIED =
  /(?:\bnot|\bnever|n['’]t|\b(?:not|never|cannot|can['’]t) (?:possibly )?be)\s(?:equal to\s)?(?:the\s(?:[a-z]+\s){1,2})?$/i;
const UNION = /^\s{0,3}(?:∪|U(?![A-Za-z])|∩)\s{0,3}$/;

interface Bracketed {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

/** The free-standing intervals, points and sets of a text with numbers in them, unions as one. */
export function bracketedIn(text: string): readonly Bracketed[] {
  if (!/[([{]/.test(text)) return [];
  const found: Bracketed[] = [];
  for (const match of text.matchAll(BRACKETED)) {
    const [inner] = match;
    const end = match.index + inner.length;
    const last = found.at(-1);
    if (last !== undefined && UNION.test(text.slice(last.end, match.index))) {
      found[found.length - 1] = { start: last.start, end, inner: text.slice(last.start, end) };
      continue;
    }
    // `(1,234)` may be a number in brackets, and `(x, y)` names what follows.
    if (!/\d|∞|inf/i.test(inner) || /^\(\d{1,3}(?:,\d{3})+\)$/.test(inner)) continue;
    const isAside = inner.startsWith('(') && !INTRODUCED.test(text.slice(Math.max(0, match.index - 40), match.index));
    if (isAside) continue;
    const denied = DENIED.exec(text.slice(Math.max(0, match.index - 40), match.index))?.[0] ?? '';
    found.push({ start: match.index - denied.length, end, inner: denied === '' ? inner : `not ${inner}` });
  }
  return found;
}

/** Whether a value is an interval, a point or a set. */
export function isBracketed(value: string): boolean {
  return /^[([{]/.test(value) && /[)\]}]$/.test(value);
}

/** A list in brackets that is all of a text. Where it is too long to be read, none of its values stands for it. */
export const isBracketedList = (text: string): boolean =>
  /^\s*\\?[{[(]/.test(text) && /[\])}]\s*\.?\s*$/.test(text) && /^[^A-Za-z]*,[^A-Za-z]*$/.test(text);

const MEMBERSHIP =
  /^[A-Za-z]\s+(?:lies|is|are|must be|must lie|belongs)\s+(?:in|within|to)\s+(?:the\s+[a-z]+\s+)?(?=[([{])(.+?)\.?$/i;

/** The set of `x lies in [2, 7).` */
export function membershipSet(text: string): string | undefined {
  const set = MEMBERSHIP.exec(text.slice(0, 200))?.[1];
  return set !== undefined && bracketedIn(set).some(({ inner }) => inner === set) ? set : undefined;
}
