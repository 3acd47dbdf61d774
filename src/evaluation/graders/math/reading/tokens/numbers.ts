/** Numbers as they are written: grouped digits, decimal commas, powers of ten, repeating decimals. */

/** How digits with commas are read: `1,234` as one number or as two, `1,5` as a decimal. */
export interface NumberStyle {
  readonly thousands: boolean;
  readonly decimalComma: boolean;
}

const THOUSANDS = /[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?/y;
/** Digits that may be grouped by thousands, as far as numbers go. */
const GROUPS = /[1-9]\d{0,2}(?:,\d{3}){1,8}(?!\d)(?:\.\d+)?/y;
const SPACED_THOUSANDS = /\d{1,3}(?: \d{3})+(?! ?\d)(?:\.\d+)?/y;
/** `1,234` is a group of thousands; `0,234` and `12,34` are not. */
const DECIMAL_COMMA = /(?<![,\d])(?:\d{1,3}(?:[. ]\d{3})+|(?![1-9]\d{0,2},\d{3}(?!\d))\d+),\d+(?![,\d])/y;
const SCIENTIFIC = /\d+(?:\.\d+)?[eE][+-]?\d{1,3}(?![\d.])/y;
/** Digits under a bar repeat for ever; passed on as `0.1r6`. */
const REPEATING = /(\d*\.\d*)\s*\\(?:overline|dot)\s*\{\s*(\d{1,200})\s*\}/y;
/** `0.(3)`, and `0.333...` with a digit three times or more. */
const REPEATING_PLAIN = /(\d+\.)\((\d{1,20})\)|(\d*\.\d*?)(\d)\4{2,}\s*(?:\.\.\.|…|\\[lc]?dots)/y;
/** Two points cannot be decimal ones. */
const DOTTED_THOUSANDS = /\d{1,3}(?:\.\d{3}){2,}(?![\d.])/y;
/** `1.` with nothing behind the point is a number where a formula goes on. */
const NUMBER = /\d+(?:\.\d+|\.(?=\s*[-+*/^)\]},=]))?|\.\d+/y;

/** What a sticky pattern matches at a position. */
export function at(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

interface FoundNumber {
  readonly value: string;
  readonly length: number;
}

/** The number that begins at a position; undefined where a full stop stands. */
export function numberAt(text: string, position: number, style: NumberStyle, latex: boolean): FoundNumber | undefined {
  REPEATING.lastIndex = position;
  const repeating = REPEATING.exec(text);
  if (repeating !== null) return { value: `${repeating[1]}r${repeating[2]}`, length: repeating[0].length };
  REPEATING_PLAIN.lastIndex = position;
  const plainly = REPEATING_PLAIN.exec(text);
  if (plainly !== null) {
    const [whole, fixed = plainly[3] ?? '', period = plainly[4] ?? ''] = plainly;
    return { value: `${fixed}r${period}`, length: whole.length };
  }
  if (style.decimalComma) {
    const comma = at(DECIMAL_COMMA, text, position);
    if (comma !== undefined) return { value: comma.replace(/[. ]/g, '').replace(',', '.'), length: comma.length };
  }
  if (style.thousands) {
    const dotted = at(DOTTED_THOUSANDS, text, position);
    if (dotted !== undefined) return { value: dotted.replaceAll('.', ''), length: dotted.length };
    const grouped = at(THOUSANDS, text, position) ?? at(SPACED_THOUSANDS, text, position);
    if (grouped !== undefined) return { value: grouped.replace(/[, ]/g, ''), length: grouped.length };
  }
  // No number of a list begins with a zero in front of other digits: `5,000 m` is no list of 5 and of 0 m.
  const certain = at(GROUPS, text, position);
  if (certain?.includes(',0')) return { value: certain.replaceAll(',', ''), length: certain.length };
  if (!latex) {
    const scientific = at(SCIENTIFIC, text, position);
    if (scientific !== undefined) return { value: scientific.toLowerCase(), length: scientific.length };
  }
  const plain = at(NUMBER, text, position);
  return plain === undefined ? undefined : { value: plain.replace(/\.$/, ''), length: plain.length };
}

/** Whether the text holds digits that two styles read differently. */
export function hasGroupedDigits(text: string): boolean {
  return /\d(?:,|\{,\}|,\\!\s*| )\d{3}(?!\d)/.test(text);
}
