/** Tables with a title or remarks above the names of their columns, as people make sheets and programs export them. */
import { InputError } from '../../errors.js';
import { looksLikeCells } from './header.js';

/** Lines at the beginning of a file in which a title is looked for. */
const MOST_LINES = 20;
/** Names of columns have few words, and are no questions. */
const NAME = /^(?!.*[?!。？！:]$)\S+(?:\s+\S+){0,4}$/u;

/** A line that holds something else than delimiters, quotes and space. */
export const hasContent = (line: string): boolean => /[^\s,;|"]/.test(line);

/** The cells of a line, trimmed; undefined where a quote is not closed on it. */
function cellsOf(line: string, delimiter: string): readonly string[] | undefined {
  const cells: string[] = [];
  let [cell, isQuoted] = ['', false];
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  return isQuoted ? undefined : [...cells, cell.trim()];
}

interface Line {
  readonly number: number;
  readonly cells: readonly string[];
}

const filled = ({ cells }: Line): readonly string[] => cells.filter((cell) => cell !== '');

/** Whether a line of one text may be a title, and not the name of the only column. */
function mayBeTitle(line: Line): boolean {
  const [text = ''] = filled(line);
  return !/[?？]$/.test(text) && (line.cells.length > 1 || /\s|^#|\d/.test(text));
}

const areNames = (names: readonly string[]): boolean =>
  !looksLikeCells(names) && new Set(names).size === names.length && names.every((name) => NAME.test(name));

/** The first line with names of columns, where lines with a single text stand above it, and rows of its length below. */
function namesBelowTitle(lines: readonly Line[]): Line | undefined {
  const at = lines.findIndex((line) => filled(line).length > 1);
  const names = lines[at];
  const rows = lines.slice(at + 1);
  if (names === undefined || at === 0 || rows.length === 0 || !lines.slice(0, at).every(mayBeTitle)) return undefined;
  return areNames(filled(names)) && rows.every(({ cells }) => cells.length === names.cells.length) ? names : undefined;
}

/**
 * Refuses a table whose first lines are a title: its text would be taken for the name of a column.
 * @param head the beginning of the file, from its line `fromLine` on
 * @throws {InputError} with the line of the names
 */
export function refuseTitle(
  file: string,
  head: string,
  { delimiters, fromLine }: { readonly delimiters: readonly string[]; readonly fromLine: number },
): void {
  // The last line may be cut.
  const lines = head.split(/\r\n|\n|\r/, MOST_LINES + 1).slice(0, -1);
  for (const delimiter of delimiters) {
    const read: Line[] = [];
    for (const [index, line] of lines.entries()) {
      const cells = cellsOf(line, delimiter);
      if (cells === undefined) break;
      if (hasContent(line)) read.push({ number: fromLine + index, cells });
    }
    const names = namesBelowTitle(read);
    const [title] = read;
    if (names === undefined || title === undefined) continue;
    const above =
      names.number - 1 === title.number ? `line ${title.number}` : `lines ${title.number} to ${names.number - 1}`;
    const shown = filled(names).slice(0, 5).join(', ');
    throw new InputError(`the names of the columns (${shown}) seem to stand below a title`, {
      file,
      line: names.number,
      remedy: `Delete ${above}, so that the names come first. Where the text there is the name of a column, give names to the columns beside it.`,
    });
  }
}
