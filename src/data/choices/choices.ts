/** Multiple choice: the options of a question are in columns of their own, and another column says which is right. */
import { z } from 'zod';
import { InputError, type Place } from '../../errors.js';
import { isObject } from '../../json.js';
import { counted, namesText, printableName } from '../../printable.js';
import { found, missingColumn, requiredCell } from '../cells.js';
import type { DataRecord } from '../files/record.js';
import { isGiven, questionKey } from '../problem.js';
import { LETTERINGS, LETTERS, type Lettering, letterPattern, looksLike, optionName, plainForm } from './alphabets.js';
import { pythonLiteral } from './python-literal.js';

/** What keys say of the right option: its letter (or the name of its column), its text, or its number. */
export type KeyKind = 'letter' | 'text' | 'from-0' | 'from-1';
export const KEY_KINDS = ['letter', 'text', 'from-0', 'from-1'] as const satisfies readonly KeyKind[];

/** The ways to write it, for messages. */
export const FORMS =
  'choices takes an object: { options: [A, B, C, D], key: correct } names the columns of the options and the column of the key, which holds the letter, ' +
  'the number or the text of the right one; { options: choices, key: answer } a column with a list of options; ' +
  '{ correct: COLUMN, wrong: [COLUMN, ...] } the column with the text of the right option and those of the others';

const column = z.string().min(1);

export const choicesSchema = z
  .strictObject(
    {
      options: z
        .union([column, z.array(column).min(2).max(LETTERS.length)], {
          error: 'is neither the column of a list of options nor a list of two or more columns: [A, B, C, D]',
        })
        .exactOptional()
        .describe('The columns of the options, or the column of a list of them.'),
      key: column
        .exactOptional()
        .describe('Column that says which option is right: by its letter, its text, or its number.'),
      keyIs: z
        .enum(KEY_KINDS)
        .exactOptional()
        .describe(
          'What the key is; found from all rows where it is not given, and asked for where these leave it open.',
        ),
      correct: column.exactOptional().describe('Column with the text of the right option.'),
      wrong: z
        .array(column)
        .min(1)
        .max(LETTERS.length - 1)
        .exactOptional()
        .describe('Columns with the texts of the wrong ones.'),
      seed: z
        .int()
        .min(0)
        .exactOptional()
        .describe(
          'Determines the order in which right and wrong options are listed, in every run the same; 1 if not given.',
        ),
    },
    { error: ({ code }) => (code === 'invalid_type' ? FORMS : undefined) },
  )
  .check(({ value, issues }) => {
    const { options, key, keyIs, correct, wrong, seed } = value;
    const isKeyed = options !== undefined && key !== undefined && (correct ?? wrong ?? seed) === undefined;
    const isSorted = correct !== undefined && wrong !== undefined && (options ?? key ?? keyIs) === undefined;
    if (!isKeyed && !isSorted) issues.push({ code: 'custom', message: FORMS, path: [], input: value });
    if (correct !== undefined && wrong?.includes(correct) === true)
      issues.push({ code: 'custom', message: `"${correct}" is among the wrong ones`, path: ['wrong'], input: wrong });
  });

/** The columns of a multiple-choice question: `options` with a `key`, or `correct` with `wrong`. */
export interface ChoiceColumns {
  /** A column for each option, or the column of a list of them. */
  readonly options?: string | readonly string[];
  /** The column that says which option is right: by letter, text, or number. */
  readonly key?: string;
  /** Which of these it is, where the rows leave that open. */
  readonly keyIs?: KeyKind;
  /** The column with the text of the right option. */
  readonly correct?: string;
  /** Those with the texts of the others. */
  readonly wrong?: readonly string[];
  /** Determines the order in which right and wrong options are listed, in every run the same. Default: 1. */
  readonly seed?: number;
}

/** The options of a question in their order. */
export interface Options {
  readonly texts: readonly string[];
  /** What a key may call each of them beside its letter: the label or column that it has in the file. */
  readonly names: readonly string[];
}

/** `A) 12`, `(A) 12`, `A. 12`, `A: 12` */
const mark = (lettering: Lettering, place: number): string => {
  const letter = letterPattern(lettering, place);
  return String.raw`(?:\(${letter}\)|${letter}[).:])\s*(?=\S)`;
};
const lettered = (lettering: Lettering, place: number): RegExp =>
  new RegExp(String.raw`^\s*${mark(lettering, place)}`, 'i');

/** What keys call options that are lettered in this way. */
const namesIn = ({ letters, isLoose }: Lettering, options: readonly string[]): readonly string[] =>
  options.map((_, place) => (letters === LETTERS && !isLoose ? '' : letters.charAt(place)));

/** The options of a text that lists them by their letters: `A) 12 B) 13 C) 14`. Undefined where it lists none. */
export function optionsInText(text: string): Options | undefined {
  for (const lettering of LETTERINGS) {
    const starts = startsIn(text, lettering);
    if (starts.length < 2) continue;
    const texts = starts.map((start, place) =>
      text
        .slice(start, starts[place + 1])
        .replace(lettered(lettering, place), '')
        .replace(/[\s,;|/]+$/, ''),
    );
    return { texts, names: namesIn(lettering, texts) };
  }
  return undefined;
}

/** Where the options of a text begin, from the first letter on; nothing may stand in front of them. */
function startsIn(text: string, lettering: Lettering): readonly number[] {
  const starts: number[] = [];
  for (let place = 0; place < lettering.letters.length; place++) {
    const next = new RegExp(String.raw`(?:^|(?<=[\s,;|/]))${mark(lettering, place)}`, 'g');
    next.lastIndex = starts.at(-1) ?? 0;
    const { index } = next.exec(text) ?? {};
    if (index === undefined || (starts.length === 0 && text.slice(0, index).trim() !== '')) break;
    starts.push(index);
  }
  return starts;
}

/** `["12", "13"]` in a cell of a table, or `['12', '13']` as Python prints it */
function listInText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return pythonLiteral(text);
  try {
    return JSON.parse(text);
  } catch {
    return pythonLiteral(text);
  }
}

/** Options that are written with their letters, without them; keys may call them by these, else by their names. */
function withoutLetters(texts: readonly string[], names: readonly string[]): Options {
  // Most are not, and need no search.
  const mayBe = /^\s*\(?\p{L}[).:]/u.test(texts[0] ?? '');
  const lettering = !mayBe
    ? undefined
    : LETTERINGS.find((one) => texts.every((text, place) => lettered(one, place).test(text)));
  if (lettering === undefined) return { texts, names };
  const letters = namesIn(lettering, texts);
  return {
    texts: texts.map((text, place) => text.replace(lettered(lettering, place), '')),
    names: names.map((name, place) => (name === '' ? (letters[place] ?? '') : name)),
  };
}

/** The options in a value: a list of texts, of objects with `text` and `label`, an object of either, or a text that lists them. */
export function optionsInValue(value: unknown): Options | undefined {
  if (typeof value === 'string') {
    return optionsInText(value) ?? optionsInListed(listInText(value));
  }
  return optionsInListed(value);
}

const isText = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && isGiven(value);

function optionsInListed(value: unknown): Options | undefined {
  const list = Array.isArray(value) ? value : undefined;
  if (isObject(value) && Array.isArray(value.text)) {
    const { text, label } = value;
    return optionsOfLists(text, Array.isArray(label) ? label : []);
  }
  if (isObject(value)) return optionsOfLists(Object.values(value), Object.keys(value));
  if (list === undefined) return undefined;
  if (!list.every((option) => isObject(option))) return optionsOfLists(list, []);
  return optionsOfLists(
    list.map((option) => option.text),
    list.map((option) => option.label ?? option.id ?? option.key),
  );
}

function optionsOfLists(texts: readonly unknown[], names: readonly unknown[]): Options | undefined {
  if (texts.length < 2 || texts.length > LETTERS.length || !texts.every(isText)) return undefined;
  const named = texts.map((_, place) => (isText(names[place]) ? String(names[place]) : ''));
  return withoutLetters(
    texts.map((text) => String(text).trim()),
    named,
  );
}

/**
 * The options of a row.
 * @throws {InputError} with the column when there are not two or more of them
 */
export function optionsOf(record: DataRecord, columns: string | readonly string[]): Options {
  if (typeof columns === 'string') {
    const value = found(record.value, columns);
    if (value === undefined) throw missingColumn(record, columns);
    const options = optionsInValue(value);
    if (options !== undefined) return options;
    throw new InputError(`the column "${columns}" holds no list of two or more options`, {
      ...record.place,
      field: columns,
      remedy: 'Write a list, as in ["12", "13", "14"], or a text with letters: A) 12 B) 13 C) 14.',
    });
  }
  // Where questions have different numbers of options, the last columns of some rows are empty.
  const last = columns.findLastIndex((name) => isGiven(found(record.value, name)));
  const present = columns.slice(0, Math.max(2, last + 1));
  const texts = present.map((name) => requiredCell(record, name, 'the option').trim());
  for (const name of columns) if (found(record.value, name) === undefined) throw missingColumn(record, name);
  return withoutLetters(texts, present);
}

/** A name without case and marks. */
export const word = (text: string): string =>
  plainForm(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** Whether a key is the label or the column of an option, or the number of its column: `option2` and `2`. */
const isCalled = (name: string, key: string): boolean =>
  name !== '' && (word(name) === word(key) || /\d+$/.exec(name)?.[0] === key);

/** The option that a key means, if it is of this kind. */
export function optionMeant(kind: KeyKind, written: string, { texts, names }: Options): number | undefined {
  const key = questionKey(written);
  const only = (isMeant: (place: number) => boolean): number | undefined => {
    const [place, ...others] = texts.map((_, index) => index).filter(isMeant);
    return others.length === 0 ? place : undefined;
  };
  if (kind === 'text') return only((place) => questionKey(texts[place] ?? '') === key);
  if (kind !== 'letter') {
    const number = /^\d{1,2}$/.test(key) ? Number(key) - (kind === 'from-0' ? 0 : 1) : -1;
    return number >= 0 && number < texts.length ? number : undefined;
  }
  const [, marked = '', text = ''] =
    /^(?:(?:option|choice|answer)[\s_-]*)?[([]?(\p{L})[)\]]?[).:]?(?:\s+(.*))?$/isu.exec(plainForm(key)) ?? [];
  const named = only((place) => isCalled(names[place] ?? '', key));
  if (named !== undefined || marked === '') return named;
  const lettered = placeOfLetter(marked, names);
  const option = lettered === undefined ? undefined : texts[lettered];
  const isWhole = text === '' || questionKey(plainForm(option ?? '')) === text;
  return option !== undefined && isWhole ? lettered : undefined;
}

/** The option of a letter: that of its name, or the place of a Latin letter. Undefined where the letter looks like the name of another option. */
function placeOfLetter(letter: string, names: readonly string[]): number | undefined {
  const marks = names.map((name) => optionName(name)?.mark ?? '');
  const own = marks.findIndex((name) => name.toUpperCase() === letter.toUpperCase());
  if (own !== -1) return own;
  const alike = marks.findIndex((name) => looksLike(name) === looksLike(letter));
  const latin = LETTERS.indexOf(letter.toUpperCase());
  if (latin !== -1 && alike !== -1 && latin !== alike) return undefined;
  return alike !== -1 ? alike : latin !== -1 ? latin : undefined;
}

/** The name of the option that a key only looks like: its letter is of another script. */
export function lookAlikeOf(written: string, names: readonly string[]): string | undefined {
  const [, letter] = /^[([]?(\p{L})[)\].:]?$/u.exec(plainForm(questionKey(written))) ?? [];
  if (letter === undefined) return undefined;
  return names.find((name) => looksLike(optionName(name)?.mark ?? '') === looksLike(letter));
}

/** `(A) 12 (B) 13` */
export const optionsText = (texts: readonly string[]): string =>
  texts.map((text, place) => `(${LETTERS.charAt(place)}) ${printableName(text)}`).join(' ');

/** What is to be written where a key is missing. */
export const A_KEY = 'the letter, the text or the number of the right option';

/** What a key is, by its kind. */
export const KEY_MEANS: Readonly<Record<KeyKind, string>> = {
  letter: 'the letter of an option',
  text: 'the text of an option',
  'from-0': 'the number of an option, counted from 0',
  'from-1': 'the number of an option, counted from 1',
};

/** The name of a column as YAML within braces takes it. */
export const yamlName = (name: string): string =>
  /^[\p{L}_](?:[\p{L}\p{N}_. -]*[\p{L}\p{N}_])?$/u.test(name) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);

/** The columns that are read: those of options first. */
export const columnsOfChoices = ({ options = [], key, correct, wrong = [] }: ChoiceColumns): readonly string[] =>
  [options, key ?? [], correct ?? [], wrong].flat();

/** Whether the option that the key of a row means stands under another letter, too. */
export function isRightTwice(record: DataRecord, { options = [], key = '' }: ChoiceColumns, kind: KeyKind): boolean {
  const of = optionsOf(record, options);
  const right = of.texts[optionMeant(kind, requiredCell(record, key), of) ?? -1];
  return right !== undefined && of.texts.filter((text) => questionKey(text) === questionKey(right)).length > 1;
}

/** `options from A, B, C and D, the right one by its letter in correct` */
export function choicesText(
  { options = [], key = '' }: ChoiceColumns,
  kind: KeyKind,
  twice: { readonly rows: number; readonly first: Place | undefined } = { rows: 0, first: undefined },
): string {
  const by = { letter: 'letter', text: 'text', 'from-0': 'number from 0', 'from-1': 'number from 1' }[kind];
  return `multiple choice: options from ${namesText([options].flat().map(printableName))}, the right one by its ${by} in ${printableName(key)}${twiceText(twice)}`;
}

function twiceText({ rows, first }: { readonly rows: number; readonly first: Place | undefined }): string {
  if (rows === 0) return '';
  const number = first?.line ?? first?.record;
  const unit = first?.record === undefined ? 'line' : 'record';
  const line = number === undefined ? '' : ` (${rows === 1 ? '' : 'the first at '}${unit} ${number})`;
  return `; in ${counted(rows, 'row')}${line} the right option stands under two letters, of which one counts`;
}
