/**
 * An answer with the condition under which it holds, and one in other words behind its parts: `\frac{1}{x+1}, \quad x \neq \pm 1`, `2x + 1
 * \text{ for } x > 0`, `x = 3, y = -7, i.e. the ordered pair (3, -7)`. Each counts where the usual reading is not the reference. Linear in
 * the length of the text.
 */
const LONGEST = 400;
const SPACES = String.raw`(?:\s|\\(?:q?quad(?![A-Za-z])|[ ,;:!])|~)`;
const WORD = '(?:for|where|when|with|provided(?: that)?|assuming)(?: all| any)?';
const SAID = String.raw`(?:\\text\s?\{\s{0,2}${WORD}\s{0,2}\}|(?<![\p{L}\\])${WORD}(?![\p{L}]))`;
const SIGN = String.raw`(?:[<>≤≥≠]|!=|\\(?:neq?|geq?|leq?|lt|gt|geqslant|leqslant)(?![A-Za-z]))`;
const SIDE = String.raw`(?:[-−+\d./π∞]|\\(?:pm|pi|infty|[dt]?frac|sqrt|[ ,;:])|[{}]|\s){1,40}`;
const CONDITION = new RegExp(
  String.raw`^(?<value>[^<>≤≥≠]{1,300}?)(?:,?${SPACES}{0,6}(?<said>${SAID})${SPACES}{0,6}\$?(?<named>[A-Za-z])\s?(?:${SIGN}|=)|(?:,${SPACES}{0,6}\(?|${SPACES}{1,6}\()\$?(?<bare>[A-Za-z])\s?${SIGN})\s?${SIDE}\$?\)?\s?\.?$`,
  'u',
);
const OTHER_SIGN = /[<>≤≥≠]|\\(?:neq?|geq?|leq?|lt|gt|in|notin)(?![A-Za-z])|\\text\s?\{\s*(?:and|or|if|otherwise)/;
/** A condition as an answer, or one of its parts. */
export const IS_CONDITION =
  /[<>≤≥≠∈]|!=|\\(?:neq?|geq?|leq?|lt|gt|in|notin)(?![A-Za-z])|\b(?:for|where|when|if|with)\b/;

/** The value of an answer that is given with its condition; undefined for any other text. */
export function withoutCondition(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  const { value, named, bare } = CONDITION.exec(text.trim())?.groups ?? {};
  if (value === undefined || OTHER_SIGN.test(value)) return undefined;
  const plain = value.replace(/\\[A-Za-z]+/g, ' ');
  // `3, x > 2` are two statements: what has no word in front is about a letter of the value.
  if (bare !== undefined && !plain.includes(bare)) return undefined;
  // `x = 3, \text{ where } x > 0` names its letter.
  if (named !== undefined && new RegExp(String.raw`^\s*${named}\s*=`).test(plain)) return undefined;
  const sides = value.split('=');
  return (sides.length > 2 ? (sides.at(-1) ?? value) : value).trim().replace(/,$/, '');
}

const PAIR =
  /(?:^|[,;:.]\s|\n|\b(?:so|thus|hence|therefore|is|as)\s)(?:(?:i\.\s?e\.|that is|in other words|namely|or),?\s)?(?:the\s)?(?:ordered (?:pair|triple)|point|pair|solution(?: (?:pair|point))?)(?:\s(?:is|of))?\s?:?\s[*_$]{0,3}(?<point>\([^()=\n]{3,60}\))[*_$]{0,3}[.!]?\s*$/i;
const DENIED = /\b(?:not|never|if|unless|whether)\b[^.!?\n]{0,80}$|n['’]t\b[^.!?\n]{0,80}$/i;

/** The point or pair that a reply ends with, behind the values of its letters. */
export function pairAtEnd(text: string): string | undefined {
  const tail = text.slice(-LONGEST);
  const found = PAIR.exec(tail);
  return found === null || DENIED.test(tail.slice(0, found.index)) ? undefined : found.groups?.point;
}

/** `The answer is 12 (mod 1000).`: the last digits, which are asked for. */
export const statedResidue = (text: string): string | undefined =>
  /\banswer[\s*]{0,3}(?:is|:)[\s*]{0,4}(-?\d[\d,]{0,20})\*{0,2}\s\(mod(?:ulo)?\s10{1,9}\)[.!]?\s*$/i.exec(
    text.slice(-LONGEST),
  )?.[1];
