/** The lines of a JSONL file that another process may be writing. */
import { readText } from '../storage.js';

export interface Lines<Value> {
  readonly values: readonly Value[];
  /** The lines that could not be read, by their numbers from 1. */
  readonly damaged: readonly number[];
  /** The number of a last line without its end: it is being written, or was cut short. */
  readonly unfinished?: number;
}

/** Undefined for what is not such a value. */
type Reader<Value> = (value: unknown, line: number) => Value | undefined;

/**
 * The whole lines of a text. A last line without its end is neither a value nor damage.
 * @internal
 */
export function wholeLines<Value>(text: string, read: Reader<Value>): Lines<Value> {
  const values: Value[] = [];
  const damaged: number[] = [];
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const value = read(parsed(line), index + 1);
    if (value === undefined) damaged.push(index + 1);
    else values.push(value);
  }
  return { values, damaged, ...(end < text.length ? { unfinished: lines.length } : {}) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const readLines = async <Value>(file: string, read: Reader<Value>): Promise<Lines<Value>> =>
  wholeLines(await readText(file), read);

export const NO_LINES: Lines<never> = { values: [], damaged: [] };

const MOST_LISTED = 10;

/**
 * `metrics.jsonl: 2 lines could not be read (4, 9)`; undefined where all could. A last line without its end is damage unless it is
 * being written.
 */
export function damageText(
  name: string,
  { damaged, unfinished }: Pick<Lines<unknown>, 'damaged' | 'unfinished'>,
  { isBeingWritten }: { readonly isBeingWritten: boolean },
): string | undefined {
  const isCut = unfinished !== undefined && !isBeingWritten;
  const count = damaged.length + (isCut ? 1 : 0);
  if (count === 0) return undefined;
  const more = damaged.length > MOST_LISTED ? ['…'] : [];
  const which = [...damaged.slice(0, MOST_LISTED), ...more, ...(isCut ? [`${unfinished}, which is cut short`] : [])];
  return `${name}: ${count} ${count === 1 ? 'line' : 'lines'} could not be read (${which.join(', ')})`;
}
