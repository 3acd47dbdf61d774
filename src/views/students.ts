/** The figures of students, and their answers side by side. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WEIGHT_BITS } from '../engine/engine.js';
import { type Answer, answerIn } from '../evaluation/answers/answer.js';
import { remarks } from '../evaluation/answers/report.js';
import { ANSWERS_FILE, PROBLEMS_FILE, problemsName, RESULTS_FILE, studentName } from '../evaluation/answers/results.js';
import { MANIFEST } from '../manifest.js';
import { damageText, NO_LINES, readLines } from '../run/lines.js';
import type { AnsweredProblem, AnswersView, EvaluationView, StudentAnswer } from './api.js';
import { Recent } from './recent.js';
import { changeIn, readShape, Unreadable } from './unreadable.js';

const someProblems = z.object({
  problems: z.number(),
  rows: z.array(z.number()),
  lines: z.array(z.number()).exactOptional(),
});

const resultsSchema = z.object({
  rows: z.array(
    z.object({
      student: z.string(),
      held: z
        .object({ bits: z.literal(WEIGHT_BITS), integerProducts: z.literal(true).exactOptional() })
        .exactOptional(),
      level: z.string(),
      file: z.string().exactOptional(),
      problems: z.number(),
      samples: z.number(),
      accuracy: z.number(),
      interval: z.tuple([z.number(), z.number()]),
      unparsable: z.number(),
      cut: z.number(),
      tokensPerAnswer: z.number(),
      noRoom: z.number().exactOptional(),
      ungraded: someProblems.exactOptional(),
      wordForWord: someProblems.exactOptional(),
      trainedOn: someProblems.exactOptional(),
    }),
  ),
});

const readAnswers = (file: string) => readLines(file, answerIn);

const question = z.object({ id: z.string(), question: z.string() });
async function readQuestions(file: string): Promise<ReadonlyMap<string, string>> {
  const { values } = await readLines(file, (line) => question.safeParse(line).data);
  return new Map(values.map((one) => [one.id, one.question]));
}

const results = new Recent(16, (file) => readShape(resultsSchema, file));
const answerFiles = new Recent(4, readAnswers);
const questionFiles = new Recent(4, readQuestions);

/** The finished evaluations of a run, in their order, but those whose results cannot be read or are not as they were written: these are noted. */
export async function evaluationsIn(run: string, unreadable = new Unreadable(run)): Promise<readonly EvaluationView[]> {
  const folders = await readdir(join(run, 'stages')).catch((): string[] => []);
  const found: EvaluationView[] = [];
  for (const folder of folders.sort()) {
    const path = join(run, 'stages', folder);
    if (!existsSync(join(path, MANIFEST))) continue;
    const read = await unreadable.attempt(() => results.of(join(path, RESULTS_FILE)), undefined);
    if (read === undefined) continue;
    const change = await unreadable.attempt(() => changeIn(path, RESULTS_FILE), undefined);
    if (change !== undefined) {
      const name = `stages/${folder}/${RESULTS_FILE}`;
      unreadable.note(name, `${name} ${change}: its figures may not be those of the run, and are left out`);
      continue;
    }
    const rows = read.rows.map((row) => {
      const { file: _, noRoom: __, ungraded: ___, trainedOn: ____, held: _____, wordForWord: ______, ...figures } = row;
      return { ...figures, studentName: studentName(row), problemsName: problemsName(row), remarks: remarks(row) };
    });
    found.push({ folder, stage: folder.replace(/^\d+-/, ''), rows });
  }
  return found;
}

/** Which problems: all, or those that one student solves more often than the other, or that neither ever solves. */
export const ANSWER_FILTERS = ['all', 'first', 'second', 'neither'] as const;
export type AnswerFilter = (typeof ANSWER_FILTERS)[number];

const MOST_PROBLEMS = 50;

function answersOf(all: readonly Answer[], student: string, level: string): ReadonlyMap<string, StudentAnswer[]> {
  const byProblem = new Map<string, StudentAnswer[]>();
  for (const { id, sample, verdict, answer = null, reason, text, ...own } of all) {
    if (own.student !== student || own.level !== level) continue;
    const known = byProblem.get(id) ?? [];
    byProblem.set(id, known);
    known.push({ sample, verdict, answer, reason, text });
  }
  return byProblem;
}

const solved = (answers: readonly StudentAnswer[]): number =>
  answers.filter(({ verdict }) => verdict === 'correct').length;

function isWanted({ first, second }: AnsweredProblem, filter: AnswerFilter): boolean {
  if (filter === 'first') return solved(first) > solved(second);
  if (filter === 'second') return solved(second) > solved(first);
  return filter === 'all' || solved(first) + solved(second) === 0;
}

/** The answers of two students to the problems of a level, from `offset` on. */
export async function answersView(
  run: string,
  folder: string,
  {
    level,
    first,
    second,
    filter,
    offset,
  }: {
    readonly level: string;
    readonly first: string;
    readonly second: string;
    readonly filter: AnswerFilter;
    readonly offset: number;
  },
): Promise<AnswersView> {
  const path = join(run, 'stages', folder);
  const lines = (await answerFiles.of(join(path, ANSWERS_FILE))) ?? NO_LINES;
  const all = lines.values;
  const questions = (await questionFiles.of(join(path, PROBLEMS_FILE))) ?? new Map<string, string>();
  const [byFirst, bySecond] = [answersOf(all, first, level), answersOf(all, second, level)];
  const golds = new Map(all.flatMap((answer) => (answer.level === level ? [[answer.id, answer.gold] as const] : [])));
  const problems = [...new Set([...byFirst.keys(), ...bySecond.keys()])]
    .map(
      (id): AnsweredProblem => ({
        id,
        // Two sets may use one id.
        question: questions.get(`${level}/${id}`) ?? '',
        gold: golds.get(id) ?? '',
        first: byFirst.get(id) ?? [],
        second: bySecond.get(id) ?? [],
      }),
    )
    .filter((problem) => isWanted(problem, filter));
  const damage = damageText(ANSWERS_FILE, lines, { isBeingWritten: false }) ?? null;
  return { problems: problems.slice(offset, offset + MOST_PROBLEMS), total: problems.length, damage };
}
