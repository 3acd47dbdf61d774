/** Files of multiple-choice questions, by the columns of a row: which hold the options, and which the key. */
import { isObject } from '../../json.js';
import { found } from '../cells.js';
import { passageIn } from '../passage.js';
import { isGiven } from '../problem.js';
import { LETTERINGS, type Lettering, optionName, placeIn, plainForm } from './alphabets.js';
import {
  type ChoiceColumns,
  KEY_KINDS,
  type KeyKind,
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
/** The last two are those of HellaSwag and WinoGrande. */
const QUESTIONS = ['question', 'problem', 'prompt', 'query', 'stem', 'questionstem', 'ctx', 'sentence'] as const;
const LISTS = ['choices', 'options', 'answerchoices', 'answeroptions', 'endings'] as const;
/** Options in an object beside the text of the question, as AI2 published ARC. */
const NESTED = { question: 'question.stem', options: 'question.choices' } as const;
/** What columns of numbers are called that count rows, or sort them. */
const COUNTERS = ['id', 'idx', 'index', 'ind', 'no', 'nr', 'number', 'row', 'level', 'difficulty', 'split', 'year'];

const word = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

interface OptionColumns {
  readonly names: readonly string[];
  /** Small letters and numbers alone, which columns are called for other reasons, too: coefficients, for example. */
  readonly areBare: boolean;
}

/** Options of a question that have a column each. */
const MOST_COLUMNS = 8;
const DIGITS: Lettering = { letters: '12345678', isLoose: false };

/** A column for each option, in their order; undefined where there are none. */
function lettersIn(row: Row): OptionColumns | undefined {
  const named = Object.keys(row).flatMap((name) => {
    const { before, mark } = optionName(name) ?? {};
    if (before === undefined || mark === undefined) return [];
    const areBare = before === '' && (/\p{N}/u.test(mark) || mark !== mark.toUpperCase());
    return [{ name, mark, before: before.toLowerCase(), areBare }];
  });
  // Those that can be nothing else come first.
  for (const areBare of [false, true]) {
    const those = named.filter((one) => one.areBare === areBare);
    for (const before of new Set(those.map((one) => one.before))) {
      const among = those.filter((one) => one.before === before);
      for (const lettering of [DIGITS, ...LETTERINGS]) {
        const byPlace = new Map(among.map(({ name, mark }) => [placeIn(lettering, mark), name]));
        const names = [...Array(MOST_COLUMNS).keys()].map((place) => byPlace.get(place));
        const missing = names.indexOf(undefined);
        const columns = names.slice(0, missing === -1 ? names.length : missing).flatMap((name) => name ?? []);
        if (columns.length >= (before === '' ? 3 : 2)) return { names: columns, areBare };
      }
    }
  }
  return undefined;
}

/** The column of a list of options, also as a text that is not part of the question. */
function listIn(row: Row): string | undefined {
  if (Array.isArray(found(row, NESTED.options))) return NESTED.options;
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
  /** The column of a text that the question is about. */
  readonly passage: string | undefined;
  /** Columns that may be the key, where none is known to be; the likeliest first. */
  readonly maybeKeys: readonly string[];
  /** Whether small letters or numbers alone are the names of the options, which columns have for other reasons, too. */
  readonly areBare: boolean;
  /** Whether these may be other things than options. */
  readonly isDoubtful: boolean;
  /** Whether some of the options are numbers. */
  readonly areNumbers: boolean;
  /** Whether the options of the row can be told from each other. */
  readonly areApart: boolean;
}

/** The options of a row, without which the question cannot be answered; undefined where it has none. */
export function choicesIn(row: Row): SeenChoices | undefined {
  const seen = likelyChoicesIn(row);
  const isOther = seen?.areBare === true && seen.key === undefined && (!seen.areApart || seen.areNumbers);
  return isOther ? undefined : seen;
}

/** As `choicesIn`, also where columns `a`, `b`, `c` of numbers are options only by their names: to be proposed where nothing else fits. */
export function likelyChoicesIn(row: Row): SeenChoices | undefined {
  const list = listIn(row);
  const letters = list === undefined ? lettersIn(row) : undefined;
  const options = list ?? letters?.names;
  if (options === undefined) return undefined;
  const of = valuesOf(row, options);
  const areBare = letters?.areBare === true;
  const known = keyIn(row, options, of);
  const isRead = known !== undefined && (!areBare || isOptionKey(row[known], known, of));
  const isDoubtful = areBare && isRead && !isCertain(row[known], of);
  const key = isRead ? known : undefined;
  const text = typeof options === 'string' ? options : options.join(', ');
  const question = options === NESTED.options ? NESTED.question : columnOf(row, QUESTIONS);
  const others = Object.keys(row).filter((name) => name !== question && !options.includes(name));
  return {
    text,
    options,
    key,
    question,
    passage: question === undefined ? undefined : passageIn(row, question),
    areBare,
    isDoubtful,
    areNumbers: of !== undefined && areNumbers(of),
    areApart: of !== undefined,
    maybeKeys: key === undefined ? maybeKeysIn(row, others, of) : [],
  };
}

const meansOption = (value: unknown, of: Options, kinds: readonly KeyKind[] = KEY_KINDS): boolean =>
  isGiven(value) && !isObject(value) && kinds.some((kind) => optionMeant(kind, String(value), of) !== undefined);

function isLetter(value: unknown): boolean {
  const [, letter = ''] = /^[([]?(\p{L})[)\].:]?$/u.exec(plainForm(String(value).trim())) ?? [];
  const place = Math.max(...LETTERINGS.map((lettering) => placeIn(lettering, letter)));
  return place >= 0 && place < MOST_COLUMNS;
}

const areNumbers = ({ texts }: Options): boolean => texts.some((text) => Number.isFinite(Number(text)));

/** Whether columns `a`, `b`, `c` are options by their key: a solution may well be one of three coefficients. */
const isOptionKey = (value: unknown, key: string, of: Options | undefined): boolean =>
  of !== undefined && (isLetter(value) || word(key) !== 'solution' || !areNumbers(of));

/** Whether the key can mean nothing else than one of these: among numbers, another number may be a result of them. */
const isCertain = (value: unknown, of: Options | undefined): boolean =>
  of !== undefined && (isLetter(value) || !areNumbers(of));

const KNOWN_KEYS: readonly string[] = KEYS;

/** The likeliest column whose value means one of the options. */
function keyIn(row: Row, columns: string | readonly string[], of: Options | undefined): string | undefined {
  if (of === undefined) return undefined;
  return KEYS.flatMap((known) =>
    Object.keys(row).filter((name) => word(name) === known && !columns.includes(name)),
  ).find((name) => meansOption(row[name], of));
}

/** Columns that are called as keys are, though this row's value means no option, and others whose value does. */
function maybeKeysIn(row: Row, others: readonly string[], of: Options | undefined): readonly string[] {
  const called = others
    .filter((name) => KNOWN_KEYS.includes(word(name)))
    .sort((a, b) => KNOWN_KEYS.indexOf(word(a)) - KNOWN_KEYS.indexOf(word(b)));
  if (of === undefined) return called;
  const uncalled = others.filter((name) => !called.includes(name) && !COUNTERS.includes(word(name)));
  const byText = uncalled.filter((name) => meansOption(row[name], of, ['letter', 'text']));
  const byNumber = uncalled.filter((name) => meansOption(row[name], of) && !byText.includes(name));
  return [...called, ...byText, ...byNumber];
}

function valuesOf(row: Row, columns: string | readonly string[]): Options | undefined {
  if (typeof columns === 'string') return optionsInValue(found(row, columns));
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
  readonly passage?: string;
  readonly solution?: string;
  readonly id?: string;
  readonly level?: string;
  readonly choices: ChoiceColumns;
}

/** All columns of a file of multiple-choice questions; undefined where some of them are not recognised. */
export function choiceColumnsIn(row: Row): SeenColumns | undefined {
  const seen = choicesIn(row);
  if (seen?.key === undefined || seen.question === undefined || seen.isDoubtful) return undefined;
  const { options, key, question, passage } = seen;
  const isOwn = (name: string): boolean => isGiven(row[name]) && name !== key && name !== question;
  return {
    question,
    ...(passage === undefined ? {} : { passage }),
    ...(isOwn('solution') ? { solution: 'solution' } : {}),
    ...(isOwn('id') ? { id: 'id' } : {}),
    ...(isOwn('level') ? { level: 'level' } : {}),
    choices: { options, key },
  };
}

/** Columns that are known, or as far as they are seen. */
type Proposed = Pick<SeenChoices, 'question' | 'options' | 'key'> &
  Partial<Pick<SeenChoices, 'passage' | 'maybeKeys'>> & {
    /** What may be the question, where none is known to be. */
    readonly maybeQuestion?: string | undefined;
    readonly keyIs?: KeyKind;
  };

/** What is proposed: what is known, else the likeliest, else KEY. */
const proposed = ({ question, maybeQuestion, passage, key, maybeKeys = [], options }: Proposed) => ({
  question: question ?? maybeQuestion ?? 'KEY',
  passage,
  key: key ?? maybeKeys[0] ?? 'KEY',
  options,
});

/** `{ question: question, choices: { options: [A, B, C, D], key: correct } }`, with KEY for what is not recognised. `quoted` is right in YAML and in a program. */
export function choicesYaml(seen: Proposed, quoted: (name: string) => string = yamlName): string {
  const { question, passage, options, key } = proposed(seen);
  const text = passage === undefined ? '' : `, passage: ${quoted(passage)}`;
  const listed = typeof options === 'string' ? quoted(options) : `[${options.map((name) => quoted(name)).join(', ')}]`;
  return `{ question: ${quoted(question)}${text}, choices: { options: ${listed}, key: ${quoted(key)}${seen.keyIs === undefined ? '' : `, keyIs: ${seen.keyIs}`} } }`;
}

/** `question=question,options=A+B+C+D,key=correct` */
export function choicesOption(seen: Proposed): string {
  const { question, passage, options, key } = proposed(seen);
  return `question=${question}${passage === undefined ? '' : `,passage=${passage}`},options=${[options].flat().join('+')},key=${key}${seen.keyIs === undefined ? '' : `,keyIs=${seen.keyIs}`}`;
}

/** What of a proposal is a guess, and what KEY stands for: `, where key is a guess (it may be note, too): check it`. */
export function guessText(seen: Proposed, keys: readonly string[]): string {
  const { question, maybeQuestion, key, maybeKeys = [], options } = seen;
  const [likeliest, ...others] = key === undefined ? maybeKeys : [];
  const guesses = [
    ...(question === undefined && maybeQuestion !== undefined ? ['question'] : []),
    ...(likeliest !== undefined ? [`key${others.length === 0 ? '' : ` (it may be ${others.join(' or ')}, too)`}`] : []),
  ];
  const rest = keys.filter((name) => !options.includes(name) && name !== (question ?? maybeQuestion));
  const unknown = [
    ...((question ?? maybeQuestion) === undefined ? ['question is the column of the question'] : []),
    ...(key === undefined && likeliest === undefined
      ? ['key is the column with the letter, the number or the text of the right option']
      : []),
  ];
  const one =
    rest.length === 0 ? '' : `, one of ${rest.slice(0, MOST_NAMED).join(', ')}${rest.length > MOST_NAMED ? ', …' : ''}`;
  return [
    ...(guesses.length === 0
      ? []
      : [
          `, where ${guesses.join(' and ')} ${guesses.length === 1 ? 'is a guess: check it' : 'are guesses: check them'}`,
        ]),
    ...(unknown.length === 0 ? [] : [`, where ${unknown.join(', and ')}${one}`]),
  ].join('');
}

/** Columns that a message names. */
const MOST_NAMED = 10;
