/** Files of multiple-choice questions, by the columns of a row: which hold the options, and which the key. */
import { isObject } from '../../json.js';
import { isGiven } from '../problem.js';
import {
  type ChoiceColumns,
  KEY_KINDS,
  type Options,
  optionMeant,
  optionsInValue,
  optionsOf,
  yamlName,
} from './choices.js';

type Row = Readonly<Record<string, unknown>>;

/** What keys are called, the likeliest first, and questions; without case and other marks than letters and digits. */
const KEYS = [
  'answerkey',
  'correctanswer',
  'correctoption',
  'correctchoice',
  'correct',
  'key',
  'answer',
  'gold',
  'label',
  'target',
  'solution',
  'answeridx',
  'answerindex',
  'cop',
] as const;
const QUESTIONS = ['question', 'problem', 'prompt', 'query', 'stem', 'questionstem'] as const;
const LISTS = ['choices', 'options'] as const;

const word = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Columns of options: `A`, `option_a`, `Choice B`, `option1`, by what is in front of the letter or number. */
const OPTION_COLUMN = /^((?:options?|choices?|answers?|opt?)?[\s_.-]*)([a-h]|[1-8])$/i;

/** A column for each option, in their order; undefined where there are none. */
function lettersIn(row: Row): readonly string[] | undefined {
  const groups = new Map<string, Map<string, string>>();
  for (const name of Object.keys(row)) {
    const [, before = '', mark = ''] = OPTION_COLUMN.exec(name) ?? [];
    // Small letters and numbers alone are called so for other reasons.
    if (mark === '' || (before === '' && !/[A-H]/.test(mark))) continue;
    const kind = `${before.toLowerCase()}${/\d/.test(mark) ? '1' : 'a'}`;
    groups.set(kind, (groups.get(kind) ?? new Map()).set(mark.toLowerCase(), name));
  }
  for (const [kind, names] of groups) {
    const marks = kind.endsWith('1') ? '12345678' : 'abcdefgh';
    const missing = [...marks].findIndex((mark) => !names.has(mark));
    const columns = [...marks]
      .slice(0, missing === -1 ? marks.length : missing)
      .flatMap((mark) => names.get(mark) ?? []);
    if (columns.length >= (kind === 'a' ? 3 : 2)) return columns;
  }
  return undefined;
}

/** The column of a list of options, also as a text that is not part of the question. */
function listIn(row: Row): string | undefined {
  return Object.keys(row).find((name) => {
    if (!(LISTS as readonly string[]).includes(word(name))) return false;
    const value = row[name];
    if (typeof value === 'object') return value !== null;
    if (typeof value !== 'string' || !isGiven(value)) return false;
    const question = row[columnOf(row, QUESTIONS) ?? ''];
    return !(typeof question === 'string' && question.includes(value.trim()));
  });
}

const columnOf = (row: Row, words: readonly string[]): string | undefined =>
  words.flatMap((known) => Object.keys(row).filter((name) => word(name) === known && isGiven(row[name])))[0];

/** The columns of a multiple-choice question, as far as their names and the row say which they are. */
export interface SeenChoices {
  /** What they are called in messages: `choices`, or `A, B, C, D`. */
  readonly text: string;
  readonly options: string | readonly string[];
  readonly key: string | undefined;
  readonly question: string | undefined;
}

/** The options of a row, without which the question cannot be answered; undefined where it has none. */
export function choicesIn(row: Row): SeenChoices | undefined {
  const list = listIn(row);
  const options = list ?? lettersIn(row);
  if (options === undefined) return undefined;
  const text = typeof options === 'string' ? options : options.join(', ');
  return { text, options, key: keyIn(row, options), question: columnOf(row, QUESTIONS) };
}

/** The likeliest column whose value means one of the options. */
function keyIn(row: Row, columns: string | readonly string[]): string | undefined {
  const options = valuesOf(row, columns);
  if (options === undefined) return undefined;
  return KEYS.flatMap((known) =>
    Object.keys(row).filter((name) => word(name) === known && !columns.includes(name)),
  ).find((name) => {
    const value = row[name];
    return (
      isGiven(value) &&
      !isObject(value) &&
      KEY_KINDS.some((kind) => optionMeant(kind, String(value), options) !== undefined)
    );
  });
}

function valuesOf(row: Row, columns: string | readonly string[]): Options | undefined {
  if (typeof columns === 'string') return optionsInValue(row[columns]);
  // Where questions have different numbers of options, the last columns of some rows are empty.
  const present = columns.filter((name) => isGiven(row[name]) && !isObject(row[name]));
  return present.length < 2 ? undefined : optionsOf({ value: row, place: {} }, present);
}

/** The text of the option whose letter is in the key of a row; undefined where the key is something else. */
export function optionOfKey(row: Row, { options: columns, key = '' }: SeenChoices): string | undefined {
  const options = valuesOf(row, columns);
  if (options === undefined || !isGiven(row[key])) return undefined;
  return options.texts[optionMeant('letter', String(row[key]), options) ?? -1];
}

/** The columns of a file of multiple-choice questions, as `columns` names them. */
export interface SeenColumns {
  readonly question: string;
  readonly solution?: string;
  readonly id?: string;
  readonly level?: string;
  readonly choices: ChoiceColumns;
}

/** All columns of a file of multiple-choice questions; undefined where some of them are not recognised. */
export function choiceColumnsIn(row: Row): SeenColumns | undefined {
  const seen = choicesIn(row);
  if (seen?.key === undefined || seen.question === undefined) return undefined;
  const { options, key, question } = seen;
  const isOwn = (name: string): boolean => isGiven(row[name]) && name !== key && name !== question;
  return {
    question,
    ...(isOwn('solution') ? { solution: 'solution' } : {}),
    ...(isOwn('id') ? { id: 'id' } : {}),
    ...(isOwn('level') ? { level: 'level' } : {}),
    choices: { options, key },
  };
}

/** `{ question: question, choices: { options: [A, B, C, D], key: correct } }`, with KEY for what is not recognised. `quoted` is right in YAML and in a program. */
export function choicesYaml(
  { question = 'KEY', options, key = 'KEY' }: SeenChoices,
  quoted: (name: string) => string = yamlName,
): string {
  const listed = typeof options === 'string' ? quoted(options) : `[${options.map((name) => quoted(name)).join(', ')}]`;
  return `{ question: ${quoted(question)}, choices: { options: ${listed}, key: ${quoted(key)} } }`;
}

/** `question=question,options=A+B+C+D,key=correct` */
export const choicesOption = ({ question = 'KEY', options, key = 'KEY' }: SeenChoices): string =>
  `question=${question},options=${[options].flat().join('+')},key=${key}`;
