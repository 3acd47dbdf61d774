/** Which columns of a data set are read, which are not, and which of those were probably meant to be. */
import { isObject } from '../../json.js';
import { printableName } from '../../printable.js';
import { editDistance } from '../../suggestion.js';
import { keyNamed } from '../cells.js';
import { isPassage as holdsPassage } from '../passage.js';
import { isGiven, questionKey } from '../problem.js';
import { textHash } from '../sequences/text-index.js';

/** A column that a layout reads, or several of which it reads the first that has a value. */
export type LayoutColumn = string | readonly string[];

/** A column that is not read. */
export interface IgnoredColumn {
  readonly name: string;
  /** The column that was probably meant. */
  readonly meant?: string;
  /** Whether it holds a text that the question is about. */
  readonly isPassage?: true;
  /** Whether rows repeat a question with another passage in it: as they are read, they ask the same. */
  readonly tellsApart?: true;
}

/** The columns of a data set, in the order in which they appear in it. */
export interface ColumnUse {
  readonly read: readonly string[];
  /** Those that were probably meant to be read come first. */
  readonly ignored: readonly IgnoredColumn[];
  /** Columns that the file writes in another case than the layout, where there are some. */
  readonly names?: readonly { readonly name: string; readonly as: string }[];
  /** How multiple-choice questions are read, where they are. */
  readonly choices?: string;
}

/** Columns that rows may do without: a misspelt one is not found by an error. */
const OPTIONAL = ['id', 'answer', 'level', 'reasoning_trace', 'solution'] as const;

/** Other words for a trace. */
const TRACE_WORDS = new Set([
  'reasoning',
  'reasoningcontent',
  'thinking',
  'thought',
  'thoughts',
  'trace',
  'traces',
  'explanation',
  'explanations',
  'rationale',
  'cot',
  'chainofthought',
]);

/** A name without what people vary: `Reasoning-Trace` and `reasoning_trace` are the same. */
const letters = (name: string): string => name.toLowerCase().replace(/[^\p{Letter}\p{Number}]/gu, '');

/**
 * The column of a layout that an ignored one was probably meant to be. Two letters may differ, and one in a short name; two
 * letters, as of `id`, are too few to tell `idx` or `qid` from a mistake.
 */
export function meantColumn(name: string, known: readonly string[]): string | undefined {
  const word = letters(name);
  if (word === '' || word.length > 40) return undefined;
  const near = (candidate: string): boolean => {
    const target = letters(candidate);
    const mostEdits = target.length < 4 ? 0 : target.length < 6 ? 1 : 2;
    return editDistance(word, target) <= mostEdits;
  };
  // Where answers are enough, a solution may stand beside them.
  const candidates = OPTIONAL.filter(
    (candidate) => known.includes(candidate) || (candidate === 'solution' && known.includes('answer')),
  );
  return (
    candidates.find(near) ?? candidates.find((candidate) => candidate === 'reasoning_trace' && TRACE_WORDS.has(word))
  );
}

/** Different columns of a data set beyond which none is noted: rows may have keys without end. */
const MOST_NOTED = 1000;

/** Notes the columns of rows. */
export class ColumnUses {
  readonly #read = new Set<string>();
  /** The column that each ignored one was meant to be; undefined until a row has it in place of that column. */
  readonly #ignored = new Map<string, string | undefined>();
  readonly #meant = new Map<string, string | undefined>();
  readonly #passages = new Map<string, PassageOfQuestions>();

  /**
   * `columns`: those of the layout of this row, of which a path (`meta.answer`) reads its first key. `hasTrace`: whether a
   * trace was found in it, in whatever column. `question`: the question as it was read.
   */
  note(
    row: Readonly<Record<string, unknown>>,
    columns: readonly LayoutColumn[],
    hasTrace: boolean,
    question: string,
  ): void {
    const taken = new Set(columns.map((column) => takenIn(row, column)));
    for (const [name, value] of Object.entries(row)) {
      if (taken.has(name)) {
        if (this.#read.size < MOST_NOTED) this.#read.add(name);
        continue;
      }
      if (!this.#ignored.has(name)) {
        if (this.#ignored.size >= MOST_NOTED) continue;
        const known = columns.flat();
        this.#ignored.set(name, undefined);
        this.#meant.set(name, known.includes(name) ? undefined : meantColumn(name, known));
      }
      if (holdsPassage(name, value, question)) {
        const passages = this.#passages.get(name) ?? new PassageOfQuestions();
        this.#passages.set(name, passages);
        passages.note(question, String(value));
      }
      const meant = this.#meant.get(name);
      // Where the column itself has a value, the other one is a column of its own.
      if (meant === undefined || !isGiven(value) || isGiven(row[meant])) continue;
      if (meant !== 'reasoning_trace' || !hasTrace) this.#ignored.set(name, meant);
    }
  }

  get use(): ColumnUse {
    const ignored = [...this.#ignored].filter(([name]) => !this.#read.has(name));
    return {
      read: [...this.#read],
      ignored: [
        ...ignored.flatMap(([name, meant]) => (meant === undefined ? [] : [{ name, meant }])),
        ...ignored.flatMap(([name, meant]) => {
          if (meant !== undefined) return [];
          const passages = this.#passages.get(name);
          if (passages === undefined) return [{ name }];
          return [{ name, isPassage: true as const, ...(passages.differ ? { tellsApart: true as const } : {}) }];
        }),
      ],
    };
  }
}

/** Questions whose passages are compared; those of more are not, to bound the memory. */
const MOST_COMPARED = 100_000;

/** Whether a question is asked about several passages. */
class PassageOfQuestions {
  /** The passage that each question comes with first, both by numbers of 53 bits that equal texts share. */
  readonly #first = new Map<number, number>();
  differ = false;

  note(question: string, passage: string): void {
    if (this.differ) return;
    const [key, number] = [textNumber(questionKey(question)), textNumber(questionKey(passage))];
    const first = this.#first.get(key);
    if (first === undefined) {
      if (this.#first.size < MOST_COMPARED) this.#first.set(key, number);
    } else if (first !== number) {
      this.differ = true;
      this.#first.clear();
    }
  }
}

const textNumber = (text: string): number => textHash(text) * 2 ** 21 + (text.length % 2 ** 21);

/** The key of a row that a column of a layout is read from. */
function takenIn(row: Readonly<Record<string, unknown>>, column: LayoutColumn): string | undefined {
  if (typeof column !== 'string') return column.find((name) => isGiven(row[name])) ?? column[0];
  const own = keyNamed(row, column);
  if (own !== undefined) return own;
  const [name = ''] = column.split('.');
  const first = keyNamed(row, name);
  return first !== undefined && (isObject(row[first]) || Array.isArray(row[first])) ? first : undefined;
}

/** More columns than these are counted only. */
const MOST_LISTED = 8;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return more > 0 ? `${names.slice(0, MOST_LISTED).join(', ')} and ${more} more` : names.join(', ');
}

/** Whether something of the columns of a table is to be told. */
export const isTold = ({ ignored, names, choices }: ColumnUse): boolean =>
  ignored.length > 0 || names !== undefined || choices !== undefined;

/**
 * Where columns are ignored, taken in another case or hold options: which are read, and which of the ignored ones were
 * probably meant to be read. Undefined where nothing is to be told.
 */
export function columnsText(columns: ColumnUse): string | undefined {
  if (!isTold(columns)) return undefined;
  const names = new Map(columns.names?.map(({ name, as }) => [as, name]));
  const read = (column: string): string => {
    const name = names.get(column);
    return name === undefined ? printableName(column) : `${printableName(name)} as ${column}`;
  };
  const ignored = ({ name, meant, isPassage, tellsApart }: IgnoredColumn): string => {
    const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    const apart = tellsApart === undefined ? '' : '; without it, rows with different passages repeat a question';
    const passage =
      isPassage === undefined ? '' : ` (columns can name it as passage, to be read in front of the question${apart})`;
    return `${printableName(name)}${hint}${passage}`;
  };
  const choices = columns.choices === undefined ? '' : `${columns.choices}; `;
  const more = columns.ignored.length === 0 ? '' : `; ignored: ${listed(columns.ignored.map(ignored))}`;
  return `${choices}columns read: ${listed(columns.read.map(read))}${more}`;
}
