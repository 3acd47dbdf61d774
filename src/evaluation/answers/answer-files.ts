/** The answers of one model, from the directory of an evaluation or of a stage of a run. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readJsonl } from '../../data/files/jsonl.js';
import { InputError, UsageError } from '../../errors.js';
import { storageError } from '../../storage.js';
import { suggestion } from '../../suggestion.js';
import { type Answer, parseAnswer } from './answer.js';

export interface AnswerSet {
  /** Its name in reports. */
  readonly name: string;
  readonly answers: readonly Answer[];
  /** Questions by problem id, where they were stored. */
  readonly questions: ReadonlyMap<string, string>;
}

/** `PATH` or `PATH:STUDENT`. A path may contain a colon itself. */
function splitReference(reference: string): { readonly path: string; readonly student?: string } {
  if (existsSync(reference)) return { path: reference };
  const at = reference.lastIndexOf(':');
  if (at > 0 && existsSync(reference.slice(0, at))) {
    return { path: reference.slice(0, at), student: reference.slice(at + 1) };
  }
  return { path: reference };
}

/**
 * Reads `DIR`, `DIR:STUDENT` or the path of an answers file. In the answers of a stage, ids are prefixed with the name
 * of their set of problems, since two sets may use the same id.
 * @throws {UsageError} when there are several students and none is named
 * @throws {InputError} when a line is not an answer
 */
export async function readAnswerSet(reference: string): Promise<AnswerSet> {
  const { path, student } = splitReference(reference);
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw storageError('read', path, cause);
  }
  const folder = isDirectory ? path : dirname(path);
  const file = isDirectory ? join(path, 'answers.jsonl') : path;
  const all: Answer[] = [];
  for await (const { value, place } of readJsonl(file)) all.push(parseAnswer(value, place));
  if (all.length === 0) throw new InputError('there are no answers in it', { file });
  const students = [...new Set(all.flatMap((answer) => answer.student ?? []))];
  const chosen = student ?? (students.length === 1 ? students[0] : undefined);
  if (students.length > 0 && (chosen === undefined || !students.includes(chosen))) {
    throw new UsageError(
      chosen === undefined
        ? 'the answers are from several students'
        : `there are no answers of the student "${chosen}"`,
      {
        file,
        remedy:
          chosen === undefined
            ? `Name one: ${students.map((name) => `${reference}:${name}`).join(', ')}.`
            : suggestion(chosen, students, 'students'),
      },
    );
  }
  if (students.length === 0 && student !== undefined) {
    throw new UsageError('the answers are from one model, which has no name', { file, remedy: `Write ${path}.` });
  }
  const answers = all
    .filter((answer) => answer.student === chosen)
    .map((answer) => (answer.level === undefined ? answer : { ...answer, id: `${answer.level}/${answer.id}` }));
  const questions = new Map<string, string>();
  const problems = join(folder, 'problems.jsonl');
  if (existsSync(problems)) {
    for await (const { value } of readJsonl(problems)) {
      if (typeof value.id === 'string' && typeof value.question === 'string') questions.set(value.id, value.question);
    }
  }
  return { name: chosen ?? basename(folder), answers, questions };
}
