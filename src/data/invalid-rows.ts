/** What is wrong with the rows of a file: all of it together, so that all can be corrected at once. */
import { InputError, RltError } from '../errors.js';
import { namesText } from '../printable.js';

/** Of the rows after the first that are invalid: reasons that are told, and lines that are listed for each. */
const MOST_REASONS = 5;
const MOST_LINES = 5;

/** Invalid rows: the first, and of the others the lines with what is wrong there, so that all can be corrected at once. */
export class InvalidRows {
  #first: InputError | undefined;
  /** The first lines (or records, where lines do not tell them apart) of further rows, and how many there are, by what is wrong with them. */
  readonly #reasons = new Map<string, { readonly unit: string; readonly places: number[]; rows: number }>();
  #more = 0;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Whether the work succeeded. */
  attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (this.#first === undefined) this.#first = error;
      else this.#note(error);
      return false;
    }
  }

  #note({ summary, facts: { line, record, field } }: InputError): void {
    this.#more++;
    const reason = field === undefined || summary.includes(field) ? summary : `${summary} (field ${field})`;
    const known = this.#reasons.get(reason);
    if (known === undefined && this.#reasons.size === MOST_REASONS) return;
    const { unit, places, rows } = known ?? { unit: record === undefined ? 'line' : 'record', places: [], rows: 0 };
    const place = line ?? record;
    if (places.length < MOST_LINES && place !== undefined) places.push(place);
    this.#reasons.set(reason, { unit, places, rows: rows + 1 });
  }

  /** `end`: what ended the reading before the end of the file. @throws {InputError} when there was an invalid row */
  raise(end?: unknown): void {
    if (this.#first === undefined) return;
    const also = [...this.#others(), ...endOfReading(end)];
    if (also.length === 0) throw this.#first;
    const { cause: _, remedy, ...facts } = this.#first.facts;
    throw new InputError(this.#first.summary, {
      ...facts,
      remedy: [...(remedy === undefined ? [] : [remedy]), ...also].join(' '),
      cause: this.#first,
    });
  }

  #others(): readonly string[] {
    if (this.#more === 0) return [];
    const told = [...this.#reasons].map(([reason, { unit, places, rows }]) => {
      const unlisted = rows - places.length;
      const listed = [...places.map(String), ...(unlisted > 0 ? [`${unlisted} more`] : [])];
      return `${unit}${rows === 1 ? '' : 's'} ${namesText(listed)}: ${reason}`;
    });
    const others = [...this.#reasons.values()].reduce((left, { rows }) => left - rows, this.#more);
    const rows = this.#more === 1 ? 'Another row is' : `${this.#more} more rows are`;
    const rest = others === 0 ? [] : [`and ${others} for other reasons`];
    return [`${rows} invalid. ${sentence([...told, ...rest].join('; '))}.`];
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function endOfReading(error: unknown): readonly string[] {
  if (!(error instanceof RltError)) return [];
  const { line, record } = error.facts;
  const at = record === undefined ? `line ${line}` : `record ${record}`;
  return [
    `${(line ?? record) === undefined ? 'Reading' : `At ${at} reading`} ended, and later rows were not checked: ${error.summary}.`,
  ];
}
