/** The columns of a table that no adapter fits, named by the user. */
import { z } from 'zod';
import { InputError } from '../errors.js';
import { isObject } from '../json.js';
import { suggestion } from '../suggestion.js';
import type { DataRecord } from './files/record.js';
import { parseProblem, type UnnamedProblem } from './problem.js';
import { splitReply } from './reply.js';

/** The name of a column, or a path into it: `meta.answer`, `messages.1.content`. */
const column = z.string().min(1);

/** The columns of a problem that every table of problems may have. */
export const PROBLEM_COLUMNS = {
  question: column.describe('Column of the question.'),
  solution: column.optional().describe('Column of the solution, in which a thought in tags is read as the trace.'),
  answer: column.optional().describe('Column of the answer; also the solution where none is named.'),
  id: column.optional().describe('Column of the id.'),
  level: column.optional().describe('Column of the level.'),
};

export const columnsSchema = z
  .strictObject({
    ...PROBLEM_COLUMNS,
    reasoning_trace: column.optional().describe('Column of the trace, or of a list of traces.'),
  })
  .check(({ value, issues }) => {
    if (value.solution !== undefined || value.answer !== undefined) return;
    issues.push({
      code: 'custom',
      message: 'columns names neither solution nor answer',
      path: ['solution'],
      input: value,
    });
  });

/** The names of columns, or paths into them (`meta.answer`, `messages.1.content`). */
export interface ProblemColumns {
  readonly question: string;
  /** A thought in tags at its beginning is read as the trace. */
  readonly solution?: string | undefined;
  /** Also the solution where none is named. */
  readonly answer?: string | undefined;
  readonly id?: string | undefined;
  readonly level?: string | undefined;
  /** Of traces, or of lists of traces. */
  readonly reasoning_trace?: string | undefined;
}

/** The value in a column, by its name or else by the path; undefined where there is none. */
function found(value: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(value, path)) return value[path];
  let current: unknown = value;
  for (const key of path.split('.')) {
    if (Array.isArray(current)) current = /^-?\d+$/.test(key) ? current.at(Number(key)) : undefined;
    else if (isObject(current) && Object.hasOwn(current, key)) current = current[key];
    else return undefined;
  }
  return current;
}

/** What there is beside the first key of a path that is missing: `columns: a, b`, or keys inside of an object. */
export function missingColumn({ value, place }: DataRecord, path: string): InputError {
  const keys = path.split('.');
  const known = [...Array(keys.length).keys()].findLast(
    (depth) => found(value, keys.slice(0, depth).join('.')) != null,
  );
  const depth = known ?? 0;
  const parent = depth === 0 ? value : found(value, keys.slice(0, depth).join('.'));
  const names = isObject(parent) ? Object.keys(parent) : [];
  const inside = depth === 0 ? '' : ` in ${keys.slice(0, depth).join('.')}`;
  return new InputError(`the column "${path}" is missing`, {
    ...place,
    field: path,
    remedy: Array.isArray(parent)
      ? `${keys.slice(0, depth).join('.')} is a list of ${parent.length}; its elements are numbered from 0.`
      : suggestion(keys[depth] ?? path, names, `columns${inside}`),
  });
}

function textOf(value: unknown, path: string, { place }: DataRecord): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InputError(`the column "${path}" holds neither a string nor a number`, {
    ...place,
    field: path,
    ...(typeof value === 'object' && value !== null
      ? {
          remedy: `Name a part of it, such as ${path}.${Array.isArray(value) ? '0' : (Object.keys(value)[0] ?? 'text')}.`,
        }
      : {}),
  });
}

/**
 * The text in a column, not trimmed; a number becomes text.
 * @throws {InputError} with the column when it is missing or blank
 */
export function requiredCell(record: DataRecord, path: string): string {
  const value = found(record.value, path);
  if (value === undefined) throw missingColumn(record, path);
  const text = textOf(value, path, record);
  if (text.trim() === '') throw new InputError(`the column "${path}" is blank`, { ...record.place, field: path });
  return text;
}

/** As `requiredCell`; undefined where the column is missing, null or blank. */
function optionalCell(record: DataRecord, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : found(record.value, path);
  if (path === undefined || value == null) return undefined;
  const text = textOf(value, path, record);
  return text.trim() === '' ? undefined : text;
}

/** Whether a record has a column, even without a value. */
export function hasColumn({ value }: DataRecord, path: string): boolean {
  return found(value, path) !== undefined;
}

/**
 * The problem in the named columns of a record.
 * @throws {InputError} with the column when the question or the solution is missing or blank, or a value is not text
 */
export function problemByColumns(record: DataRecord, columns: ProblemColumns): UnnamedProblem {
  const answer = optionalCell(record, columns.answer);
  const replied = columns.solution === undefined ? undefined : requiredCell(record, columns.solution);
  const { solution = replied, trace } =
    replied === undefined || columns.solution === undefined
      ? {}
      : splitReply(replied, { ...record.place, field: columns.solution });
  const traces = tracesOf(record, columns.reasoning_trace);
  return parseProblem(
    {
      id: optionalCell(record, columns.id),
      question: requiredCell(record, columns.question),
      solution: solution ?? requiredCell(record, columns.answer ?? 'answer'),
      answer,
      level: optionalCell(record, columns.level),
      reasoning_trace: traces.length > 0 ? traces : trace,
    },
    record.place,
  );
}

/** A column of traces may hold whole replies, of which the thought is taken, and lists of either. */
function tracesOf(record: DataRecord, path: string | undefined): readonly string[] {
  const value = path === undefined ? undefined : found(record.value, path);
  if (path === undefined || value == null) return [];
  const texts = Array.isArray(value)
    ? value.map((item, index) => textOf(item, `${path}.${index}`, record))
    : [textOf(value, path, record)];
  return texts.map((text) => splitReply(text, { ...record.place, field: path }).trace ?? text);
}
