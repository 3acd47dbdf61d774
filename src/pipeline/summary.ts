/** The results of the quickstart: the table of students as summary.json, and explanations before and after RL. */
import { join } from 'node:path';
import { readTraces } from '../data/trace-file.js';
import { InputError } from '../errors.js';
import { TRACES_FILE } from '../stages/explain.js';
import { writeFileAtomically } from '../storage.js';
import type { RunSummary } from './run-recipe.js';

export interface QuickstartStudent {
  readonly name: string;
  readonly level: string;
  readonly problems: number;
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
}

export interface QuickstartSummary {
  /** Time of this process; stages that had already finished do not count. */
  readonly seconds: number;
  readonly seed: number;
  readonly students: readonly QuickstartStudent[];
}

/** Writes `summary.json` into the run directory and returns its content. */
export async function writeQuickstartSummary(run: RunSummary, seed: number): Promise<QuickstartSummary> {
  const students = run.results.map(({ student, level, problems, accuracy, interval }) => ({
    name: student,
    level,
    problems,
    accuracy,
    interval,
  }));
  const summary = { seconds: run.seconds, seed, students };
  await writeFileAtomically(join(run.directory, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

export interface ExplanationPair {
  readonly question: string;
  readonly solution: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The first `count` problems with their explanations by the warmed-up and by the trained teacher.
 * @throws {InputError} when the recipe does not have two explain stages
 */
export async function explanationPairs(run: RunSummary, count: number): Promise<readonly ExplanationPair[]> {
  const [before, after] = run.stages.filter(({ kind }) => kind === 'explain');
  if (before === undefined || after === undefined) {
    throw new InputError(
      'the quickstart needs two explain stages: one with the teacher before RL, one with the teacher after it',
      {
        remedy: 'Keep both in the recipe.',
      },
    );
  }
  const later = new Map((await readTraces(join(after.directory, TRACES_FILE))).map((trace) => [trace.id, trace]));
  const pairs: ExplanationPair[] = [];
  for (const { id, question, solution, explanation } of await readTraces(join(before.directory, TRACES_FILE))) {
    const trace = later.get(id);
    if (trace !== undefined) pairs.push({ question, solution, before: explanation, after: trace.explanation });
    if (pairs.length === count) break;
  }
  return pairs;
}
