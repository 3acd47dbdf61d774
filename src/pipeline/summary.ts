/** What a finished run is shown by: the table of students as summary.json, and explanations before and after RL. */

import { join } from 'node:path';
import type { Trace } from '../data/trace.js';
import { readTraces } from '../data/trace-file.js';
import type { HeldInBits } from '../evaluation/answers/results.js';
import { isObject } from '../json.js';
import { SUMMARY_FILE } from '../run/owner.js';
import { TRACES_FILE } from '../stages/explain.js';
import { writeFileAtomically } from '../storage.js';
import type { RunSummary } from './run-recipe.js';

export interface StudentSummary {
  /** Where several stages evaluate: which one. */
  readonly stage?: string;
  readonly name: string;
  readonly held?: HeldInBits;
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
  const hasStages = new Set(run.results.map(({ stage }) => stage)).size > 1;
  const students = run.results.map(({ stage, student, held, level, problems, accuracy, interval }) => ({
    ...(hasStages ? { stage } : {}),
    name: student,
    ...(held === undefined ? {} : { held }),
    level,
    problems,
    accuracy,
    interval,
  }));
  const seconds = timed ? { seconds: run.secondsInAll } : {};
  const summary = { ...seconds, seed, students };
  await writeFileAtomically(join(run.directory, SUMMARY_FILE), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

/** An explanation of a problem that a stage left. */
export interface Explained {
  readonly text: string;
  /** Whether it has an end. */
  readonly isWhole: boolean;
  /** Total reward, where the traces were scored. */
  readonly reward: number | undefined;
  /** Of all that the stage left of the problem, where they were scored. */
  readonly rewards: readonly number[];
  /** By which estimator of the divergence the reward has r_KL; rewards of two of them do not compare. */
  readonly estimator?: string;
  /** Which it is of several, in words: `the best of 4 by reward`. Undefined where it is the only one. */
  readonly choice: string | undefined;
}

export interface ExplanationPair {
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  readonly before: Explained;
  readonly after: Explained;
}

/** The estimator of the divergence in the settings of a reward; undefined where there are none. */
export const estimatorIn = (reward: unknown): string | undefined =>
  isObject(reward) && typeof reward.estimator === 'string' ? reward.estimator : undefined;

/** `reward (k3)`: what a reward is called where it may stand beside one of another estimator. */
export const rewardName = (estimator: string | null | undefined): string =>
  estimator == null ? 'reward' : `reward (${estimator})`;

/** Of a list that is sorted by reward, the best first: that in the middle, of two the better. */
export const middleOf = <Item>(sorted: readonly Item[]): Item | undefined =>
  sorted[Math.floor((sorted.length - 1) / 2)];

/** A stage of a recipe, perhaps one that another version recorded. */
interface ExplainingStage {
  readonly stage: string;
  readonly name: string;
  readonly teacher?: unknown;
  readonly data?: unknown;
  readonly reward?: unknown;
  readonly samples?: unknown;
  readonly keep?: unknown;
}

/** Of how many each explanation was kept for its reward; undefined where it was not chosen by that. */
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

/** The explanation by which a problem is shown, of those that the stage left of it. */
function shownOf(traces: readonly Trace[], stage: ExplainingStage): Explained | undefined {
  const scored = traces.flatMap((trace) => (trace.reward === undefined ? [] : [{ trace, total: trace.reward.total }]));
  const isScored = scored.length === traces.length;
  const shown = isScored ? middleOf(scored.toSorted((a, b) => b.total - a.total))?.trace : traces[0];
  if (shown === undefined) return undefined;
  const kept = keptOf(stage);
  const ofSeveral = isScored
    ? `of ${traces.length} the one with the reward in the middle`
    : `the first of ${traces.length}`;
  const estimator = estimatorIn(stage.reward);
  const choice = traces.length > 1 ? ofSeveral : kept === undefined ? undefined : `the best of ${kept} by reward`;
  return {
    text: shown.explanation,
    isWhole: shown.ended === 'stop',
    reward: shown.reward?.total,
    rewards: isScored ? scored.map(({ total }) => total) : [],
    ...(shown.reward === undefined || estimator === undefined ? {} : { estimator }),
    choice,
  };
}

async function tracesById(directory: string): Promise<ReadonlyMap<string, readonly Trace[]>> {
  const found = new Map<string, Trace[]>();
  for (const trace of await readTraces(join(directory, TRACES_FILE)))
    found.set(trace.id, [...(found.get(trace.id) ?? []), trace]);
  return found;
}

/**
 * The problems that a teacher explained both before and after its reinforcement learning; none where the
 * recipe has no two such explain stages, or not both were run. `directoryOf`: where a finished stage is.
 */
export async function explanationPairs(
  stages: readonly ExplainingStage[],
  directoryOf: (stage: string) => string | undefined,
): Promise<readonly ExplanationPair[]> {
  for (const { before, after } of explainedTwice(stages)) {
    const [first, second] = [directoryOf(before.name), directoryOf(after.name)];
    if (first === undefined || second === undefined) continue;
    const [early, late] = [await tracesById(first), await tracesById(second)];
    const pairs: ExplanationPair[] = [];
    for (const [id, traces] of early) {
      const [one, other] = [shownOf(traces, before), shownOf(late.get(id) ?? [], after)];
      const [trace] = traces;
      if (trace === undefined || one === undefined || other === undefined) continue;
      pairs.push({ id, question: trace.question, solution: trace.solution, before: one, after: other });
    }
    return pairs;
  }
  return [];
}
