/**
 * What an evaluation leaves in its folder:
 *
 *     problems.jsonl    what was asked, with the reference answers
 *     answers.jsonl     one line per sample
 *     results.json      the figures, with the settings that they depend on
 *     report.md         the same for people
 */
import { join } from 'node:path';
import { z } from 'zod';
import { checksumOf } from '../../checksum.js';
import { writeJsonl } from '../../data/files/jsonl.js';
import { parseRecord } from '../../data/files/record.js';
import { InputError } from '../../errors.js';
import { readText, writeFileAtomically } from '../../storage.js';
import type { Answer } from './answer.js';
import type { PromptStyle } from './prompt.js';
import { renderReport } from './report.js';
import {
  ANSWERS_FILE,
  type EvaluationResults,
  PROBLEMS_FILE,
  REPORT_FILE,
  RESULTS_FILE,
  type ResultRow,
} from './results.js';
import { damagedEvaluation } from './stored-answers.js';
import { type Summary, summarise } from './summary.js';

/** What is read of stored results, apart from the figures of a row that are shown alone. */
const resultsSchema = z.looseObject({
  seed: z.number(),
  samples: z.number(),
  sampling: z.looseObject({ temperature: z.number(), maxTokens: z.number() }),
  graders: z.array(z.string()),
  models: z.record(z.string(), z.string()),
  rows: z.array(
    z.looseObject({
      student: z.string(),
      level: z.string(),
      problems: z.number(),
      samples: z.number(),
      accuracy: z.number(),
      interval: z.tuple([z.number(), z.number()]),
      passAtK: z.array(z.looseObject({ k: z.number(), value: z.number(), interval: z.array(z.number()) })),
      unparsable: z.number(),
      cut: z.number(),
      levels: z.array(z.looseObject({ level: z.string() })),
    }),
  ),
});

/**
 * The results of a finished evaluation.
 * @throws {InputError | StorageError} when the file is missing, or does not hold what an evaluation writes
 */
export async function readResults(directory: string): Promise<EvaluationResults> {
  const file = join(directory, RESULTS_FILE);
  try {
    const value = parsedJson(await readText(file), file);
    parseRecord(resultsSchema, value, { file }, 'It does not hold the results of an evaluation.');
    return value as EvaluationResults;
  } catch (error) {
    throw damagedEvaluation(error, file);
  }
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(text.trim() === '' ? 'the file is empty' : 'it is not valid JSON', { file, cause });
  }
}

/** Sums the answers up: a row for each student and level. */
export function resultRows(
  answers: readonly Answer[],
  rows: readonly Omit<ResultRow, keyof Summary>[],
): readonly ResultRow[] {
  return rows.map(({ student, held, level, file, ungraded, wordForWord, trainedOn }) => ({
    student,
    ...(held === undefined ? {} : { held }),
    level,
    ...(file === undefined ? {} : { file }),
    ...(ungraded === undefined ? {} : { ungraded }),
    ...(wordForWord === undefined ? {} : { wordForWord }),
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
