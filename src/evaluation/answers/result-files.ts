/**
 * What an evaluation leaves in its folder:
 *
 *     problems.jsonl    what was asked, with the reference answers
 *     answers.jsonl     one line per sample
 *     results.json      the figures, with the settings that they depend on
 *     report.md         the same for people
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf } from '../../checksum.js';
import { readJsonl, writeJsonl } from '../../data/files/jsonl.js';
import { StorageError } from '../../errors.js';
import { writeFileAtomically } from '../../storage.js';
import { graderNamed } from '../graders/registry.js';
import { type Answer, answerLine, gradeReply, parseAnswer } from './answer.js';
import { answerReader, type PromptStyle } from './prompt.js';
import { renderReport } from './report.js';
import {
  ANSWERS_FILE,
  type EvaluationResults,
  PROBLEMS_FILE,
  REPORT_FILE,
  RESULTS_FILE,
  type ResultRow,
} from './results.js';
import { type Summary, summarise } from './summary.js';

/** The results of a finished evaluation, whose manifest vouches for the file. */
export async function readResults(directory: string): Promise<EvaluationResults> {
  const file = join(directory, RESULTS_FILE);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as EvaluationResults;
  } catch (cause) {
    throw new StorageError('the results cannot be read', {
      file,
      remedy: 'Delete the folder of this stage and run again.',
      cause,
    });
  }
}

/** Sums the answers up: a row for each student and level. */
export function resultRows(
  answers: readonly Answer[],
  rows: readonly Omit<ResultRow, keyof Summary>[],
): readonly ResultRow[] {
  return rows.map(({ student, level, file, ungraded, trainedOn }) => ({
    student,
    level,
    ...(file === undefined ? {} : { file }),
    ...(ungraded === undefined ? {} : { ungraded }),
    ...(trainedOn === undefined ? {} : { trainedOn }),
    ...summarise(answers.filter((answer) => answer.student === student && answer.level === level)),
  }));
}

/** What the manifest of an evaluation says of it. */
export function resultFacts({ rows }: Pick<EvaluationResults, 'rows'>): Readonly<Record<string, number>> {
  return Object.fromEntries(rows.map(({ student, level, accuracy }) => [`${student}/${level}`, accuracy]));
}

/** Writes all files but problems.jsonl, which must be there. `own`: the tags of the recipe, for the report. */
export async function writeResults(
  directory: string,
  results: EvaluationResults,
  answers: readonly Answer[],
  own: PromptStyle,
): Promise<void> {
  const problems = await checksumOf(join(directory, PROBLEMS_FILE));
  await writeJsonl(join(directory, ANSWERS_FILE), answers);
  await writeFileAtomically(join(directory, RESULTS_FILE), `${JSON.stringify(results, null, 2)}\n`);
  await writeFileAtomically(join(directory, REPORT_FILE), renderReport(results, { problems, own }));
}

/** Grades the stored answers of an evaluation again, with the current graders or the one that is named. */
export async function regradeResults(
  directory: string,
  own: PromptStyle,
  graderName?: string,
): Promise<EvaluationResults> {
  const before = await readResults(directory);
  const answers: Answer[] = [];
  for await (const { value, place } of readJsonl(join(directory, ANSWERS_FILE))) {
    const line = parseAnswer(value, place);
    const grader = graderNamed(graderName ?? line.grader.replace(/\/.*$/, ''));
    const read = answerReader(before.prompts?.[line.level ?? ''] ?? own);
    const grade =
      line.ended === 'no-room' ? line : gradeReply(grader, line.gold, read(line.text, line.ended === 'stop'));
    answers.push(answerLine({ ...line, grader: grader.version }, grade));
  }
  const results: EvaluationResults = {
    ...before,
    graders: [...new Set(answers.map(({ grader }) => grader))].sort(),
    rows: resultRows(answers, before.rows),
  };
  await writeResults(directory, results, answers, own);
  return results;
}
