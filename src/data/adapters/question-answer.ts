/** Questions with short answers alone, which are enough to ask and grade; also where questions are in rows without solutions. */
import type { Place } from '../../errors.js';
import type { DataRecord } from '../files/record.js';
import { isGiven, parseProblem } from '../problem.js';
import type { DatasetAdapter } from './adapter.js';
import { turnsIn } from './turns.js';

type Row = Readonly<Record<string, unknown>>;

/** Columns of a question alone, the likeliest first. */
const QUESTIONS = ['question', 'problem', 'prompt', 'query'] as const;
const CONVERSATIONS = ['messages', 'conversations', 'conversation'] as const;
/** Columns in which layouts look for a solution. */
const SOLUTIONS = ['solution', 'completion', 'response', 'output'] as const;

/** All columns that are looked at. */
export const QUESTION_COLUMNS = [
  ...QUESTIONS,
  ...CONVERSATIONS,
  ...SOLUTIONS,
  'instruction',
  'input',
  'context',
  'id',
  'answer',
  'gold',
  'level',
] as const;

const textIn = (row: Row, name: string): string | undefined => {
  const value = row[name];
  return typeof value === 'string' && isGiven(value) ? value : undefined;
};

/** Whether a row has something in a column in which a layout looks for a solution. */
export const hasSolution = (row: Row): boolean => SOLUTIONS.some((name) => isGiven(row[name]));

/** All keys of problems.jsonl of an evaluation. */
const ASKED = ['id', 'question', 'gold'];

/** Whether a row is one of problems.jsonl of an evaluation. */
export const isAsked = (row: Row): boolean =>
  Object.keys(row).length === ASKED.length && ASKED.every((key) => key in row);

/** The label of a set of problems, which an evaluation writes in front of its ids. */
const LABEL = /^[A-Za-z][A-Za-z0-9_-]{0,63}\//;

/**
 * Rows of problems.jsonl of an evaluation, with the ids that its problems had; other rows as they are. Of several sets only
 * the first loses its label: two sets may use one id.
 */
export async function* withoutLabels(records: AsyncIterable<DataRecord>): AsyncGenerator<DataRecord> {
  let label: string | undefined;
  for await (const record of records) {
    const { id } = record.value;
    label ??= (typeof id === 'string' && isAsked(record.value) && LABEL.exec(id)?.[0]) || '';
    if (label === '' || typeof id !== 'string' || !id.startsWith(label) || !isAsked(record.value)) {
      yield record;
      continue;
    }
    let from = label.length;
    // Evaluations once put a label in front of a label.
    while (id.startsWith(label, from)) from += label.length;
    yield from === id.length ? record : { ...record, value: { ...record.value, id: id.slice(from) } };
  }
}

/** The numbers and the target of a Countdown problem, which an evaluation writes as its reference. */
function gameIn(answer: unknown): { readonly numbers: unknown; readonly target: unknown } | undefined {
  if (typeof answer !== 'string' || !answer.startsWith('{"numbers":')) return undefined;
  try {
    const { numbers, target }: { numbers?: unknown; target?: unknown } = JSON.parse(answer);
    return { numbers, target };
  } catch {
    return undefined;
  }
}

/** The short answer of a row. In files of others `gold` may be anything, such as the number of an option. */
const answerOf = (row: Row): unknown =>
  isGiven(row.answer) || !Object.keys(row).every((key) => ASKED.includes(key)) ? row.answer : row.gold;

/** Whether a row has a short answer and no solution. */
export const hasAnswerAlone = (row: Row): boolean => isGiven(answerOf(row)) && !hasSolution(row);

/** The user's turn of a conversation that has no other; a system message is left out. */
function questionInTurns(row: Row, place: Place): string | undefined {
  const name = [...CONVERSATIONS, 'prompt'].find((key) => Array.isArray(row[key]));
  if (name === undefined) return undefined;
  const [turn, ...others] = turnsIn(row[name], name, place).filter(({ role }) => role !== 'system');
  return turn?.role === 'user' && others.length === 0 ? turn.text : undefined;
}

/** The question of a row; undefined where it has none. */
export function questionOf(row: Row, place: Place): string | undefined {
  const instruction = textIn(row, 'instruction');
  if (instruction !== undefined) {
    const input = textIn(row, 'input') ?? textIn(row, 'context');
    return input === undefined ? instruction : `${instruction}\n\n${input}`;
  }
  for (const name of QUESTIONS) {
    const text = textIn(row, name);
    if (text !== undefined) return text;
  }
  return questionInTurns(row, place);
}

/** What an instruction is about; beside a question such columns are not read. */
const INPUTS = ['input', 'context'] as const;
const COLUMNS = [[...QUESTIONS, ...CONVERSATIONS], 'instruction', ['answer', 'gold'], 'id', 'level'] as const;

export const questionAnswer: DatasetAdapter = {
  name: 'question-answer',
  layout: 'question, answer; optional id, level',
  columns: [...COLUMNS, INPUTS],
  columnsIn: (record) => (textIn(record, 'instruction') === undefined ? COLUMNS : [...COLUMNS, INPUTS]),
  // Never chosen where a solution is needed: a teacher cannot explain an answer alone.
  fits: () => false,
  problem(record, place) {
    const { id, level } = record;
    const answer = answerOf(record);
    const solution = isGiven(answer) ? String(answer) : undefined;
    const question = questionOf(record, place)?.trim();
    return parseProblem({ id, question, solution, ...(gameIn(answer) ?? { answer }), level }, place);
  },
};
