/** The question of a multiple-choice row with its options listed below it. */
import { InputError } from '../../errors.js';
import { printableName } from '../../printable.js';
import { RandomStream, randomKey } from '../../random.js';
import { requiredCell } from '../cells.js';
import type { DataRecord } from '../files/record.js';
import { questionKey } from '../problem.js';
import { LETTERS } from './alphabets.js';
import {
  A_KEY,
  type ChoiceColumns,
  FORMS,
  KEY_MEANS,
  type KeyKind,
  lookAlikeOf,
  optionMeant,
  optionsOf,
  optionsText,
  word,
  yamlName,
} from './choices.js';
import { choicesIn, choicesYaml, optionOfKey } from './layout.js';

/** A question with its options listed below it, and the letter of the right one. */
export interface ListedQuestion {
  readonly question: string;
  readonly letter: string;
  /** `Answer: C` and the option on a line below. */
  readonly solution: string;
}

function listedQuestion(asked: string, texts: readonly string[], right: number): ListedQuestion {
  const letter = LETTERS.charAt(right);
  const lines = texts.map((text, place) => `(${LETTERS.charAt(place)}) ${text}`);
  return {
    question: `${asked}\n\n${lines.join('\n')}`,
    letter,
    solution: `Answer: ${letter}\n${texts[right] ?? ''}`,
  };
}

/**
 * The question of a row with its options. `kind`: what the keys of the file are.
 * @throws {InputError} when the key is none of the options, or what is called correct is no option of its own
 */
export function choiceQuestion(
  record: DataRecord,
  asked: string,
  choices: ChoiceColumns,
  { id, kind }: { readonly id?: string | undefined; readonly kind?: KeyKind | undefined },
): ListedQuestion {
  const { options, key, correct, wrong = [], seed = 1 } = choices;
  if (correct !== undefined) return sortedQuestion(record, asked, { correct, wrong, seed }, id);
  if (options === undefined || key === undefined) throw new InputError(FORMS, record.place);
  const of = optionsOf(record, options);
  const written = requiredCell(record, key, A_KEY);
  const right = optionMeant(kind ?? 'letter', written, of);
  if (right !== undefined) return listedQuestion(asked, of.texts, right);
  const alike = kind === 'letter' ? lookAlikeOf(written, of.names) : undefined;
  if (alike !== undefined) {
    const quoted = printableName(questionKey(written));
    throw new InputError(
      `the key "${quoted}" only looks like the option "${printableName(alike)}": their letters are of two scripts`,
      {
        ...record.place,
        field: key,
        remedy: `Write the letter in the script of the options, so that it is clear which of them is meant: "${printableName(alike)}" itself, or another.`,
      },
    );
  }
  const isTwice = of.texts.filter((text) => questionKey(text) === questionKey(written)).length > 1;
  const twice = isTwice ? 'the text of several of its options' : 'none of its options';
  throw new InputError(`the key "${printableName(questionKey(written))}" is ${twice}: ${optionsText(of.texts)}`, {
    ...record.place,
    field: key,
    remedy:
      kind === undefined
        ? 'A key is the letter of an option, its text, or its number, counted from 0 or from 1.'
        : `In this file a key is ${KEY_MEANS[kind]}. Correct the row, or leave it out.`,
  });
}

/** Right and wrong options in an order of their own for each question, the same in every run. */
function sortedQuestion(
  record: DataRecord,
  asked: string,
  { correct, wrong, seed }: Required<Pick<ChoiceColumns, 'correct' | 'wrong' | 'seed'>>,
  id: string | undefined,
): ListedQuestion {
  const right = requiredCell(record, correct, 'the text of the right option').trim();
  const others = wrong.map((name) => requiredCell(record, name, 'the text of a wrong option').trim());
  requireOption(record, right, others, { correct, wrong });
  const options = [right, ...others];
  const order = new RandomStream(randomKey(seed, 'evaluation/options', id ?? asked)).shuffle(
    options.map((_, index) => index),
  );
  return listedQuestion(
    asked,
    order.map((option) => options[option] ?? ''),
    order.indexOf(0),
  );
}

/** @throws {InputError} where the right option is only a key to the others, or not the one that such a key means */
function requireOption(
  { value, place }: DataRecord,
  right: string,
  others: readonly string[],
  { correct, wrong }: Required<Pick<ChoiceColumns, 'correct' | 'wrong'>>,
): void {
  const seen = choicesIn(value);
  const isName = wrong.some((name) => word(name) === word(right));
  const isLetter = /^[([]?[A-Z][)\].:]?$/i.test(right) && !others.every((other) => other.length <= right.length);
  const meant = seen === undefined ? undefined : optionOfKey(value, seen);
  const isOther =
    meant !== undefined &&
    questionKey(meant) !== questionKey(right) &&
    others.some((other) => questionKey(other) === questionKey(meant));
  if (!isName && !isLetter && !isOther) return;
  const quoted = printableName(right.length > 60 ? `${right.slice(0, 59)}…` : right);
  const what =
    isName || isLetter
      ? 'only the letter or name of an option'
      : `not the one that the column "${seen?.key}" means: "${printableName(meant ?? '')}"`;
  const form =
    seen?.key === undefined
      ? `choices: { options: [${wrong.map(yamlName).join(', ')}], key: ${yamlName(correct)} }, with all columns of options`
      : `columns: ${choicesYaml(seen)}`;
  throw new InputError(`the right option, "${quoted}" in the column "${correct}", is ${what}`, {
    ...place,
    field: correct,
    remedy: `Where a column says which of the options is right, write ${form}. { correct, wrong } is for tables in which the text of the right option has a column of its own.`,
  });
}
