/**
 * The answers that an evaluation stored. What is wrong with its files is damage: advice for the data of users, such as to
 * put one object on each line, would not help.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readJsonl } from '../../data/files/jsonl.js';
import type { DataRecord } from '../../data/files/record.js';
import { InputError, type Place, StorageError, UsageError } from '../../errors.js';
import { MANIFEST } from '../../manifest.js';
import { commandLine } from '../../printable.js';
import { IDENTITY_FILE, RECIPE_FILE } from '../../run/begun-stages.js';
import { type Answer, parseAnswer } from './answer.js';
import { problemsName, type ResultRow } from './results.js';

/** Whether a folder is that of an evaluate stage, and no place where somebody keeps answers. */
const isOfStage = (folder: string): boolean => [MANIFEST, IDENTITY_FILE].some((file) => existsSync(join(folder, file)));

/** How the answers of a stage are made anew. */
function answeredAnew(folder: string): string {
  const run = dirname(dirname(folder));
  const recipe = join(run, RECIPE_FILE);
  const isInRun = basename(dirname(folder)) === 'stages' && existsSync(recipe);
  const again = isInRun ? commandLine('rlt', 'evaluate', recipe) : 'the command that made it';
  return `delete the folder ${folder} and let the models answer again: ${again}`;
}

/** That a file of an evaluation is not there, or does not hold what `rlt` wrote; an error of another kind as it is. */
export function damagedEvaluation(error: unknown, file: string): unknown {
  const folder = dirname(file);
  const isOfFile = [InputError, StorageError, UsageError].some((kind) => error instanceof kind);
  if (!isOfFile || !isOfStage(folder)) return error;
  if (!existsSync(file))
    return new StorageError('this file of an evaluation is missing', {
      file,
      remedy: `Restore it, or ${answeredAnew(folder)}`,
      cause: error,
    });
  if (!(error instanceof InputError)) return error;
  const { line, field } = error.facts;
  return new InputError(`this file of an evaluation is damaged: ${error.summary}`, {
    file,
    ...(line === undefined ? {} : { line }),
    ...(field === undefined ? {} : { field }),
    remedy: `Correct or restore it, or ${answeredAnew(folder)}`,
    cause: error,
  });
}

/** What is made of the lines of a file; what is wrong with them is damage. */
export function whole<Value>(file: string, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw damagedEvaluation(error, file);
  }
}

/**
 * A file that was cut between two lines has lost answers, and perhaps all of a problem, without a trace in what is left.
 * @throws {InputError} when there are fewer answers than the figures beside them are of
 */
export function requireAllAnswers(answers: readonly Answer[], rows: readonly ResultRow[], place: Place = {}): void {
  const lacking = rows.flatMap((row) => {
    const { student, level, problems, samples } = row;
    const there = answers.filter((answer) => answer.student === student && answer.level === level).length;
    const asked = problems * samples;
    return there < asked ? [`${there} of ${asked} of ${student} on ${problemsName(row)}`] : [];
  });
  if (lacking.length === 0) return;
  const what = answers.length === 0 ? 'it is empty' : `answers are missing: ${lacking.join(', ')} are there`;
  throw new InputError(what, {
    ...place,
    remedy: 'Take the whole file, or the folder that it is from.',
  });
}

/** @throws {InputError} when a line is damaged */
export async function* storedRecords(file: string): AsyncGenerator<DataRecord> {
  try {
    yield* readJsonl(file);
  } catch (error) {
    throw damagedEvaluation(error, file);
  }
}

/** @throws {InputError} when a line is damaged, or is no answer */
export async function* storedAnswers(file: string): AsyncGenerator<{ readonly answer: Answer; readonly place: Place }> {
  for await (const { value, place } of storedRecords(file)) {
    try {
      yield { answer: parseAnswer(value, place), place };
    } catch (error) {
      throw damagedEvaluation(error, file);
    }
  }
}
