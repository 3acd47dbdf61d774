/** Rows whose text was read in another encoding than it was written in, before it came here. */
import type { ProblemList } from '../../data/sequences/problem-list.js';
import { placesText, someOf } from '../../evaluation/answers/results.js';
import { printableName } from '../../printable.js';
import { Turns } from '../../stopping.js';
import { type Mojibake, mojibakeIn } from '../../text/mojibake.js';

export interface MisreadRows {
  /** How many rows have such text. */
  readonly rows: number;
  /** `lines 4 and 17`, of the first ones. */
  readonly places: string;
  readonly example: Mojibake;
  /** Whether there may be more: the file has rows that were not looked at. */
  readonly isAtLeast: boolean;
}

/** Rows that are looked at; a file that was misread shows it in these. */
const MOST_ROWS = 20_000;
/** One row alone may be about encodings. */
const FEWEST = 2;

/** Undefined where there are none. */
export async function misreadIn(problems: ProblemList): Promise<MisreadRows | undefined> {
  const found: number[] = [];
  let example: Mojibake | undefined;
  const turns = new Turns();
  const looked = Math.min(problems.length, MOST_ROWS);
  for (let index = 0; index < looked; index++) {
    if (turns.isDue) await turns.give(() => `looking at encodings: row ${index + 1} of ${looked}`);
    const { question = '', solution = '', answer = '', reasoningTraces = [] } = problems.at(index) ?? {};
    // Models write signs of lost letters themselves, where a limit of tokens cuts one in two.
    const seen = firstIn([question, solution, answer]) ?? firstIn(reasoningTraces, ({ meant }) => meant !== undefined);
    if (seen === undefined) continue;
    example ??= seen;
    found.push(index);
  }
  if (example === undefined || found.length < FEWEST) return undefined;
  return {
    rows: found.length,
    places: placesText(someOf(problems, found)),
    example,
    isAtLeast: problems.length > looked,
  };
}

function firstIn(texts: readonly string[], counts: (seen: Mojibake) => boolean = () => true): Mojibake | undefined {
  for (const text of texts) {
    const seen = mojibakeIn(text);
    if (seen !== undefined && counts(seen)) return seen;
  }
  return undefined;
}

/**
 * `2 rows of train were read in another encoding than they were written in, before they were saved (lines 2 and 5: "FÃ¼r"
 * instead of "Für"). …`
 * @param name of the data
 */
export function misreadText(name: string, { rows, places, example, isAtLeast }: MisreadRows): string {
  const { written, meant } = example;
  const words = `"${printableName(written)}"${meant === undefined ? '' : ` instead of "${printableName(meant)}"`}`;
  return `${isAtLeast ? 'at least ' : ''}${rows} rows of ${name} were read in another encoding than they were written in, before they were saved (${places}: ${words}), and models take the letters as they stand. Save them anew as UTF-8 where they were made.`;
}
