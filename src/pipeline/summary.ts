/** What a finished run is shown by: the table of students as summary.json, and explanations before and after RL. */
import { join } from 'node:path';
import { readTraces } from '../data/trace-file.js';
import { isObject } from '../json.js';
import { TRACES_FILE } from '../stages/explain.js';
import { writeFileAtomically } from '../storage.js';
import type { RunSummary } from './run-recipe.js';

export interface StudentSummary {
  readonly name: string;
  readonly level: string;
  readonly problems: number;
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
}

/** The content of summary.json. */
export interface ResultsSummary {
  /** Time of all processes that worked on the run. Absent in runs whose files must not depend on a clock. */
  readonly seconds?: number;
  readonly seed: number;
  readonly students: readonly StudentSummary[];
}

/**
 * Writes `summary.json` into the run directory and returns its content. `timed` adds the seconds of the run, which no
 * two runs share.
 */
export async function writeSummary(run: RunSummary, seed: number, timed: boolean): Promise<ResultsSummary> {
  const students = run.results.map(({ student, level, problems, accuracy, interval }) => ({
    name: student,
    level,
    problems,
    accuracy,
    interval,
  }));
  const seconds = timed ? { seconds: run.secondsInAll } : {};
  const summary = { ...seconds, seed, students };
  await writeFileAtomically(join(run.directory, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

export interface ExplanationPair {
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  readonly before: string;
  readonly after: string;
  /** Total rewards, where the traces were scored. */
  readonly rewards: { readonly before: number | undefined; readonly after: number | undefined };
  /** Of how many each was kept for its reward; undefined where it was not chosen by that. */
  readonly bestOf: { readonly before: number | undefined; readonly after: number | undefined };
}

/** How an explanation was chosen, between the punctuation that its place needs; nothing where it was the only one. */
export const choiceText = (bestOf: number | undefined, before: string, after = ''): string =>
  bestOf === undefined ? '' : `${before}the best of ${bestOf} by reward${after}`;

/** A stage of a recipe, perhaps one that another version recorded. */
interface ExplainingStage {
  readonly stage: string;
  readonly name: string;
  readonly teacher?: unknown;
  readonly data?: unknown;
  readonly samples?: unknown;
  readonly keep?: unknown;
}

function keptOf({ samples, keep }: ExplainingStage): number | undefined {
  if (typeof samples !== 'number' || samples < 2) return undefined;
  return isObject(keep) && keep.by === 'reward' ? samples : undefined;
}

/** Explain stages of the same data, by a teacher before and after its reinforcement learning, and the stage of that. */
export function explainedTwice<Stage extends ExplainingStage>(
  stages: readonly Stage[],
): readonly { readonly taught: Stage; readonly before: Stage; readonly after: Stage }[] {
  const explained = stages.filter(({ stage }) => stage === 'explain');
  return explained.flatMap((after) => {
    const taught = stages.find(({ stage, name }) => stage === 'teach' && name === after.teacher);
    if (taught === undefined) return [];
    const before = explained.find(({ teacher, data }) => teacher === taught.teacher && data === after.data);
    return before === undefined ? [] : [{ taught, before, after }];
  });
}

/**
 * The first `count` problems that a teacher explained both before and after its reinforcement learning; none where the
 * recipe has no two such explain stages, or not both were run. `directoryOf`: where a finished stage is.
 */
export async function explanationPairs(
  stages: readonly ExplainingStage[],
  directoryOf: (stage: string) => string | undefined,
  count: number,
): Promise<readonly ExplanationPair[]> {
  for (const { before, after } of explainedTwice(stages)) {
    const [first, second] = [directoryOf(before.name), directoryOf(after.name)];
    if (first === undefined || second === undefined) continue;
    const bestOf = { before: keptOf(before), after: keptOf(after) };
    const later = new Map((await readTraces(join(second, TRACES_FILE))).map((trace) => [trace.id, trace]));
    const pairs: ExplanationPair[] = [];
    for (const { id, question, solution, explanation, reward } of await readTraces(join(first, TRACES_FILE))) {
      const trace = later.get(id);
      if (trace !== undefined) {
        const rewards = { before: reward?.total, after: trace.reward?.total };
        pairs.push({ id, question, solution, before: explanation, after: trace.explanation, rewards, bestOf });
      }
      if (pairs.length === count) break;
    }
    return pairs;
  }
  return [];
}
