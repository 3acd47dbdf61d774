/** The layouts of data sets, by name and by the keys of a record. */
import { InputError, type Place, UsageError } from '../errors.js';
import { isObject } from '../json.js';
import { commandLine } from '../printable.js';
import { nearest, suggestion } from '../suggestion.js';
import { ADAPTER_NAMES, type AdapterName, type DatasetAdapter } from './adapters/adapter.js';
import { countdown } from './adapters/countdown.js';
import { gsm8k, gsm8kSteps } from './adapters/gsm8k.js';
import { math } from './adapters/math.js';
import { bespokeStratos, hasThought, instruction, messages, promptCompletion } from './adapters/messages.js';
import { hasAnswerAlone, questionAnswer, questionOf } from './adapters/question-answer.js';
import {
  choicesIn,
  choicesOption,
  choicesYaml,
  guessText,
  likelyChoicesIn,
  type SeenChoices,
} from './choices/layout.js';
import { type NamesByCase, namesByCase, renamed } from './columns/case.js';
import {
  alsoNamed,
  columnsOption,
  columnsYaml,
  lackingText,
  likeliestQuestion,
  type ProposedColumns,
  proposedColumns,
} from './columns/proposed.js';
import { headerRemedy, looksLikeCells } from './files/header.js';
import { parseProblem } from './problem.js';
import { splitReply } from './reply.js';

export { ADAPTER_NAMES, type DatasetAdapter };

const plain: DatasetAdapter = {
  name: 'plain',
  layout: 'question, solution; optional id, answer, reasoning_trace, level',
  columns: [
    'id',
    'question',
    'solution',
    'answer',
    'reasoning_trace',
    'level',
    'task',
    'trace_kind',
    'numbers',
    'target',
  ],
  fits: (record) => 'question' in record && 'solution' in record,
  problem(record, place) {
    const { solution, reasoning_trace: given } = record;
    const isReply = typeof solution === 'string' && solution.trimStart().startsWith('<think>') && !given;
    if (!isReply) return parseProblem(record, place);
    const reply = splitReply(solution, { ...place, field: 'solution' });
    return parseProblem({ ...record, solution: reply.solution, reasoning_trace: reply.trace }, place);
  },
};

const ADAPTERS: Readonly<Record<AdapterName, DatasetAdapter>> = {
  plain,
  messages,
  'prompt-completion': promptCompletion,
  instruction,
  gsm8k,
  'gsm8k-steps': gsm8kSteps,
  'bespoke-stratos': bespokeStratos,
  math,
  countdown,
  'question-answer': questionAnswer,
};

/** The adapter with this name. @throws {UsageError} when there is none */
export function adapterNamed(name: string): DatasetAdapter {
  const known = ADAPTER_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UsageError(`unknown adapter ${name}`, { remedy: suggestion(name, ADAPTER_NAMES, 'adapters') });
  }
  return ADAPTERS[known];
}

/** `Did you mean …` for keys that are nearly those of the plain layout: `qestion`. */
function misspeltIn(keys: readonly string[]): string {
  const missing = ['question', 'solution'].filter((name) => !keys.includes(name));
  const pairs = missing.flatMap((name) => {
    const key = nearest(name, keys);
    return key === undefined ? [] : [`"${name}" for "${key}"`];
  });
  return pairs.length < missing.length || pairs.length === 0 ? '' : `Did you mean ${pairs.join(' and ')}? `;
}

/** More columns than these are not listed in a message. */
const MOST_LISTED = 20;

/** Whether a row is one of answers.jsonl, which has no question. */
const isAnswerLine = (record: Readonly<Record<string, unknown>>): boolean =>
  ['student', 'sample', 'ended', 'text'].every((key) => key in record);

/**
 * The first adapter that fits the keys of a record.
 * @throws {InputError} listing the keys when none does, or when the record is a multiple-choice question
 */
export function adapterFor(record: unknown, place: Place = {}): DatasetAdapter {
  if (!isObject(record)) throw new InputError('the record is not a JSON object', place);
  // A data set may have both a conversation and a question column. Only the conversation may separate a thought.
  if (messages.fits(record) && hasThought(record)) return messages;
  const choices = choicesIn(record);
  if (choices !== undefined) throw multipleChoice(choices, record, place);
  for (const adapter of [countdown, plain, math, gsm8k, messages, promptCompletion, instruction])
    if (adapter.fits(record)) return adapter;
  if (hasAnswerAlone(record) && questionOf(record, place) !== undefined) {
    const did = misspeltIn(Object.keys(record));
    const add = `${did}Add a column solution with worked solutions`;
    throw new InputError('this has questions and answers, but no solutions', {
      ...place,
      remedy: `${add}, or set adapter: question-answer, by which each answer is its own solution; needs: answers is enough where problems are only asked.`,
      remedyForRecipe: `${add}: an evaluation takes it as it is, but a teacher and students learn from solutions. Or set adapter: question-answer under the data set, by which each answer is its own solution.`,
      remedyForFile: `${add}. An evaluation takes the file as it is.`,
    });
  }
  if (isAnswerLine(record)) {
    const remedy =
      'Name the file of the problems: problems.jsonl in the folder of an evaluate stage, or what `rlt generate` was given with --in.';
    throw new InputError('these are the answers of a model, not the problems', {
      ...place,
      remedy,
      remedyForFile: remedy,
    });
  }
  if (/\.[ct]sv$/i.test(place.file ?? '') && looksLikeCells(Object.keys(record))) {
    const columns = Object.keys(record).length;
    const { line: _, record: __, ...file } = place;
    throw new InputError('the table has no header line', { ...file, remedy: headerRemedy(columns) });
  }
  const keys = Object.keys(record);
  const proposed = proposedColumns(record);
  const below = /\.[ct]sv$/i.test(place.file ?? '') ? namesInRow(record, proposed) : undefined;
  if (below !== undefined) {
    throw new InputError(`the names of the columns (${below.join(', ')}) seem to stand below another line`, {
      ...place,
      remedy: 'Delete what stands above them: the names of the columns come first.',
    });
  }
  const likely = likelyChoicesIn(record);
  if (likely !== undefined) throw multipleChoice(likely, record, place);
  const listed = keys.slice(0, MOST_LISTED).join(', ') || '(none)';
  const more = keys.length > MOST_LISTED ? ` and ${keys.length - MOST_LISTED} more` : '';
  const yaml = `columns: ${columnsYaml(proposed)}`;
  const also = alsoNamed(proposed);
  const did = misspeltIn(keys);
  const paths = 'a path such as messages.1.content reaches inside';
  const rename = 'Or rename them to question and solution. docs/data.md has all layouts.';
  throw new InputError(`no known layout fits the keys ${listed}${more}${lackingText(proposed, keys)}`, {
    ...place,
    remedy: `${did}Name the columns with columns: ${columnsYaml(proposed, JSON.stringify)}${also}; ${paths}. ${rename}`,
    remedyForRecipe: `${did}Name the columns in the recipe, under the data set: ${yaml}${also}; ${paths}. ${rename}`,
    remedyForFile: `${did}Name the columns with ${columnsOption(proposed)}${also}. Or rename them to question and solution, or to those of another layout of docs/data.md.`,
  });
}

/** The cells of a row that look like the names of a question and its solution, where those of the header do not. */
function namesInRow(
  record: Readonly<Record<string, unknown>>,
  { question, solution, answer }: ProposedColumns,
): readonly string[] | undefined {
  if (question !== undefined && (solution ?? answer) !== undefined) return undefined;
  const cells = Object.values(record).filter((cell) => typeof cell === 'string' && cell.trim() !== '') as string[];
  const named = proposedColumns(Object.fromEntries(cells.map((cell) => [cell, ''])));
  const areNames =
    !looksLikeCells(cells) && named.question !== undefined && (named.solution ?? named.answer) !== undefined;
  return areNames ? cells : undefined;
}

/** What to do with a multiple-choice file: the columns that read it, as far as they are recognised. */
function multipleChoice(known: SeenChoices, record: Readonly<Record<string, unknown>>, place: Place): InputError {
  const seen = { ...known, maybeQuestion: known.question ?? likeliestQuestion(record, known.options) };
  const { text, areBare, areApart } = seen;
  const name = areApart
    ? 'Name the columns'
    : `Write ${text} as a list, as in ["12", "13"], or with letters, A) 12 B) 13, and name the columns`;
  const yaml = `columns: ${choicesYaml(seen)}`;
  const guess = guessText(seen, Object.keys(record));
  const write =
    'Or write the options into the question and the right one with its letter as solution, as in "(A) 84", by which it is graded as multiple choice';
  const isSure = !areBare || (seen.key !== undefined && !seen.isDoubtful);
  const other = (way: string): string => (areBare ? ` Where ${text} are no options, ${way}.` : '');
  return new InputError(`this ${isSure ? 'is' : 'looks like'} a multiple-choice file: it has ${text}`, {
    ...place,
    remedy: `${name} with columns: ${choicesYaml(seen, JSON.stringify)}${guess}. ${write}.${other('name the adapter')}`,
    remedyForRecipe: `${name} under the data set: ${yaml}${guess}. ${write}, and set adapter: plain.${other('adapter: plain reads question and solution, adapter: question-answer question and answer')}`,
    remedyForFile: `${name} with ${commandLine('--columns', choicesOption(seen))}${guess}. ${write}, and leave their columns out.${other('name the columns that count with --columns "question=NAME,answer=NAME"')}`,
  });
}

/** What problems are for: explaining and learning needs their solutions, asking and grading only their answers. */
export type ProblemNeeds = 'solutions' | 'answers';

/** Whether a row has a question with an answer alone, and neither options nor the worked steps of GSM8K. */
export function isAnswered(row: Readonly<Record<string, unknown>>, place: Place): boolean {
  if (!hasAnswerAlone(row) || choicesIn(row) !== undefined || [gsm8k, math, countdown].some(({ fits }) => fits(row)))
    return false;
  return questionOf(row, place) !== undefined;
}

/** A layout, and the columns of a file that it reads though they are written in another case. */
export interface Layout {
  readonly adapter: DatasetAdapter;
  readonly names: NamesByCase;
}

/** The columns of all layouts, each once. */
const COLUMNS: readonly string[] = [...new Set(Object.values(ADAPTERS).flatMap(({ columns }) => columns.flat()))];

const AS_WRITTEN: NamesByCase = new Map();

/** What `attempt` makes of a record, else of the record with its columns in the case of the layouts; then it says how these were called. */
function inAnyCase<Found>(
  record: Readonly<Record<string, unknown>>,
  columns: readonly string[],
  attempt: (record: Readonly<Record<string, unknown>>) => Found,
): { readonly found: Found; readonly names: NamesByCase } {
  try {
    return { found: attempt(record), names: AS_WRITTEN };
  } catch (error) {
    const names = namesByCase(record, columns);
    if (!(error instanceof InputError) || names.size === 0) throw error;
    const row = renamed(record, names);
    try {
      return { found: attempt(row), names };
    } catch (again) {
      // Of questions with answers alone, the second error says what they lack. Columns are proposed as they are written.
      throw hasAnswerAlone(row) && choicesIn(record) === undefined ? again : error;
    }
  }
}

/**
 * The layout of a file by its first record: the one with this name, or with `auto` the first that fits. Only where the
 * columns do not fit as they are written, upper and lower case are taken as the same. Where `needs` is `answers`, questions
 * with answers alone fit too.
 * @throws {InputError} as `adapterFor`
 */
export function layoutFor(
  name: string,
  record: Readonly<Record<string, unknown>>,
  place: Place,
  needs: ProblemNeeds = 'solutions',
): Layout {
  if (name === 'auto') {
    const { found, names } = inAnyCase(record, COLUMNS, (row) =>
      needs === 'answers' && isAnswered(row, place) ? questionAnswer : adapterFor(row, place),
    );
    return { adapter: found, names };
  }
  const adapter = adapterNamed(name);
  try {
    const { names } = inAnyCase(record, adapter.columns.flat(), (row) => adapter.problem(row, place));
    return { adapter, names };
  } catch (error) {
    // The record is reported with all others that are invalid.
    if (!(error instanceof InputError)) throw error;
    return { adapter, names: AS_WRITTEN };
  }
}
