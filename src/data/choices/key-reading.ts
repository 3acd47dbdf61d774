/** What the keys of a file of multiple-choice questions are: letters, texts, or numbers from 0 or from 1. */
import { InputError } from '../../errors.js';
import { commandLine, printableName } from '../../printable.js';
import { requiredCell } from '../cells.js';
import type { DataRecord } from '../files/record.js';
import { questionKey } from '../problem.js';
import {
  A_KEY,
  type ChoiceColumns,
  KEY_KINDS,
  KEY_MEANS,
  type KeyKind,
  type Options,
  optionMeant,
  optionsOf,
  optionsText,
} from './choices.js';
import { choicesOption, choicesYaml } from './layout.js';

/** What the keys of a file are, found from all of its rows: a single one may be read in several ways. */
export class KeyReading {
  #rows = 0;
  readonly #fitting = new Map<KeyKind, number>();
  /** The first row in which two kinds mean different options. */
  readonly #differing = new Map<string, InputError>();

  /** `question`: its column, for messages. */
  note(record: DataRecord, { options = [], key = '' }: ChoiceColumns, question: string): void {
    const of = optionsOf(record, options);
    const written = requiredCell(record, key, A_KEY);
    this.#rows++;
    const meant = KEY_KINDS.flatMap((kind) => {
      const place = optionMeant(kind, written, of);
      return place === undefined ? [] : [{ kind, place }];
    });
    for (const { kind, place } of meant) {
      this.#fitting.set(kind, (this.#fitting.get(kind) ?? 0) + 1);
      for (const other of meant) {
        const pair = `${kind} ${other.kind}`;
        if (other.place === place || this.#differing.has(pair)) continue;
        this.#differing.set(pair, ambiguous(record, { question, options, key }, written, of, [kind, other.kind]));
      }
    }
  }

  /** @throws {InputError} where the rows leave it open */
  get kind(): KeyKind | undefined {
    const most = Math.max(0, ...this.#fitting.values());
    if (most === 0) return undefined;
    const kinds = KEY_KINDS.filter((kind) => this.#fitting.get(kind) === most);
    const [first] = kinds;
    // A label or a letter that all rows have is no number by chance.
    const others = first === 'letter' && most === this.#rows ? kinds.filter((kind) => kind === 'text') : kinds.slice(1);
    for (const other of others) {
      const differing = this.#differing.get(`${first} ${other}`);
      if (differing !== undefined) throw differing;
    }
    return first;
  }
}

interface Named {
  readonly question: string;
  readonly options: string | readonly string[];
  readonly key: string;
}

function ambiguous(
  { place }: DataRecord,
  columns: Named,
  written: string,
  { texts }: Options,
  [one, other]: readonly [KeyKind, KeyKind],
): InputError {
  const yaml = choicesYaml({ ...columns, keyIs: one });
  const option = commandLine('--columns', choicesOption({ ...columns, keyIs: one }));
  return new InputError(
    `the key "${printableName(questionKey(written))}" may be ${KEY_MEANS[one]} or ${KEY_MEANS[other]}, which are different options here: ${optionsText(texts)}`,
    {
      ...place,
      field: columns.key,
      remedy: `Say which it is: add keyIs: ${one} or keyIs: ${other} to choices, as in columns: ${yaml}.`,
      remedyForFile: `Say which it is with ${option}, or with keyIs=${other}.`,
    },
  );
}
