/** The answers of one model, from a run directory or from one of its evaluate stages. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readJsonl } from '../../data/files/jsonl.js';
import { InputError, UsageError } from '../../errors.js';
import { MANIFEST } from '../../manifest.js';
import { splitReference } from '../../run/reference.js';
import { suggestion } from '../../suggestion.js';
import { storageError } from '../../system-errors.js';
import { type Answer, parseAnswer } from './answer.js';
import { ANSWERS_FILE, PROBLEMS_FILE } from './results.js';

export interface AnswerSet {
  /** What reports call it. */
  readonly name: string;
  readonly answers: readonly Answer[];
  /** Questions by problem id, where they were stored. */
  readonly questions: ReadonlyMap<string, string>;
}

/** The finished evaluate stages of a run directory by their names; none where it is another folder. */
async function evaluationsIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const stages = join(directory, 'stages');
  if (!existsSync(stages)) return new Map();
  const folders = (await readdir(stages))
    .sort()
    .filter((folder) => [ANSWERS_FILE, MANIFEST].every((file) => existsSync(join(stages, folder, file))));
  return new Map(folders.map((folder) => [folder.replace(/^\d+-/, ''), join(stages, folder)]));
}

/** A folder or file with answers, the student that is named, and what the answers are called where none is. */
async function placeOf(reference: string): Promise<{
  readonly path: string;
  readonly isDirectory: boolean;
  readonly student: string | undefined;
  readonly name: string | undefined;
}> {
  const { path, names } = splitReference(reference);
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw storageError('read', path, cause);
  }
  const [first, second] = names;
  const here = { path, isDirectory, student: first, name: undefined };
  if (!isDirectory || existsSync(join(path, ANSWERS_FILE))) return here;
  const evaluations = await evaluationsIn(path);
  const named = first === undefined ? undefined : evaluations.get(first);
  if (named !== undefined) return { path: named, isDirectory, student: second, name: basename(resolve(path)) };
  const [only, ...others] = evaluations.values();
  if (only !== undefined && others.length === 0) {
    return { path: only, isDirectory, student: first, name: basename(resolve(path)) };
  }
  if (only === undefined) {
    throw new UsageError('there are no answers of a finished evaluation in it', {
      file: path,
      remedy: 'Name the run directory or the folder of an evaluate stage that is done.',
    });
  }
  throw new UsageError('the run has several evaluate stages', {
    file: path,
    remedy: `Name one: ${[...evaluations.keys()].map((stage) => `${path}:${stage}`).join(', ')}.`,
  });
}

/**
 * Reads `DIR`, `DIR:STUDENT` or the path of an answers file, where the folder is that of an evaluate stage; or `RUN`,
 * `RUN:STAGE`, `RUN:STUDENT`, `RUN:STAGE:STUDENT`, where it is a run directory. A problem's id gets its label of
 * problems in front, since two sets may use one id.
 * @throws {UsageError} when several stages or students are there and none is named
 * @throws {InputError} when lines are not answers
 */
export async function readAnswerSet(reference: string): Promise<AnswerSet> {
  const { path, isDirectory, student, name } = await placeOf(reference);
  const folder = isDirectory ? path : dirname(path);
  const file = isDirectory ? join(path, ANSWERS_FILE) : path;
  const all: Answer[] = [];
  for await (const { value, place } of readJsonl(file)) all.push(parseAnswer(value, place));
  if (all.length === 0) throw new InputError('there is no answer in it', { file });
  const students = [...new Set(all.flatMap((answer) => answer.student ?? []))];
  const chosen = student ?? (students.length === 1 ? students[0] : undefined);
  if (students.length > 0 && (chosen === undefined || !students.includes(chosen))) {
    throw new UsageError(
      chosen === undefined ? 'the answers are of several students' : `there are no answers of the student "${chosen}"`,
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
    throw new UsageError('the answers are of one model without a name', { file, remedy: `Write ${path}.` });
  }
  const answers = all
    .filter((answer) => answer.student === chosen)
    .map((answer) => (answer.level === undefined ? answer : { ...answer, id: `${answer.level}/${answer.id}` }));
  const questions = new Map<string, string>();
  const problems = join(folder, PROBLEMS_FILE);
  if (existsSync(problems)) {
    for await (const { value } of readJsonl(problems)) {
      if (typeof value.id === 'string' && typeof value.question === 'string') questions.set(value.id, value.question);
    }
  }
  // One model of a run is known by the run: its label in the recipe may be that of any other.
  return { name: (student === undefined ? name : undefined) ?? chosen ?? basename(folder), answers, questions };
}
