/**
 * A Markdown table at the end of a reply, of which every row holds an option with a verdict on it: `| A | too small | incorrect |`. Its
 * answer is the only option that is called right where all others are called wrong. Linear in the length of the text.
 */

const MAX_ROWS = 12;
const MAX_LINES = 24;
const ROW = /^\s{0,3}\|(.{1,400})\|\s*$/;
const BETWEEN = /^[\s|:-]+$/;
/** The cell of an option: `A`, `**(A)**`, `A) 12 m`, `Option A`. */
const OPTION = /^(?:(?:option|choice)\s)?[*_(]{0,3}([A-H])(?:[*_)]{0,3}|[*_)]{0,3}[).:]\s.*)$/i;
const RIGHT = /^[*_]{0,2}(?:correct|right|true|yes|[✓✔✅])(?![\p{L}'’]|\s(?:if|for|but|when|only|in|or)(?!\p{L}))/iu;
const WRONG = /^[*_]{0,2}(?:incorrect|wrong|false|no|not (?:correct|right|true)|[✗✘❌])(?![\p{L}'’])/iu;
const OPEN = /\?|\b(?:maybe|perhaps|possibly|unsure|partly|partially)\b/i;
/** In a heading or in front of the table: what is looked for may not be what is right. */
const ASKS_OTHERWISE =
  /\b(?:not|never|incorrect|wrong|false|except|untrue|least|eliminated?|ruled|rejected|violate[sd]?|fails?|contradict(?:s|ed)?|errors?|problems?)\b|n['’]t\b/i;

/** The cells of a row. */
const cellsOf = (row: string): readonly string[] => (ROW.exec(row)?.[1] ?? '').split('|').map((cell) => cell.trim());

/** The letter; undefined for any other text. */
export function rightOfTable(text: string): string | undefined {
  const lines = text.trim().split(/\s*\n\s*/, MAX_LINES + 1);
  const from = lines.findIndex((line) => ROW.test(line));
  const table = from < 0 ? [] : lines.slice(from);
  if (lines.length > MAX_LINES || table.length === 0 || !table.every((line) => ROW.test(line))) return undefined;
  const rows = table.filter((line) => !BETWEEN.test(line)).map(cellsOf);
  const heading = OPTION.test(rows[0]?.[0] ?? '') ? undefined : rows.shift();
  if (ASKS_OTHERWISE.test([...lines.slice(0, from), ...(heading ?? [])].join('\n'))) return undefined;
  if (rows.length < 3 || rows.length > MAX_ROWS) return undefined;
  const right: string[] = [];
  const letters = new Set<string>();
  for (const [option = '', ...said] of rows) {
    const letter = OPTION.exec(option)?.[1]?.toUpperCase();
    const verdicts = said.filter((cell) => RIGHT.test(cell) || WRONG.test(cell));
    const [verdict] = verdicts;
    if (letter === undefined || verdict === undefined || verdicts.length > 1 || said.some((cell) => OPEN.test(cell)))
      return undefined;
    letters.add(letter);
    if (RIGHT.test(verdict)) right.push(letter);
  }
  return letters.size === rows.length && right.length === 1 ? right[0] : undefined;
}
