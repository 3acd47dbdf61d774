/** What a report tells of a run, finished or not, as data of bounded size. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import type { Machine } from '../machine.js';
import { RECIPE_FILE, requireKeptRecipe } from '../run/begun-stages.js';
import { recordedAs } from '../run/machines.js';
import { runRemedy } from '../run/near-run.js';
import { durationText } from '../run/progress.js';
import type { EvaluationView, MetricGuide, RunView, StageMetricsView, StageView } from '../views/api.js';
import { metricGuide } from '../views/guide/metric-guide.js';
import { metricsView } from '../views/metrics-view.js';
import { eventsIn } from '../views/run-files.js';
import { recipeOf, recordedTree, runView } from '../views/run-view.js';
import { evaluationsIn } from '../views/students.js';
import { Unreadable } from '../views/unreadable.js';
import { type BeforeAfters, beforeAfter } from './before-after.js';
import { type Point, shortValue, thinned } from './curve.js';
import { publicText, publicYaml, withoutHome } from './public-text.js';

export interface MetricReport {
  readonly metric: string;
  /** The same, of a reward with the estimator of its divergence. */
  readonly label: string;
  /** Of all steps. */
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly highest: number;
  readonly steps: number;
  readonly points: readonly Point[];
  readonly guide: MetricGuide | undefined;
  readonly flags: readonly string[];
}

export interface StageReport {
  readonly name: string;
  readonly kind: string;
  /** `done, 48 steps, 2m05s` */
  readonly progress: string;
  readonly metrics: readonly MetricReport[];
  /** That there were too few steps for red flags, and what became of the reward. */
  readonly caution: string | undefined;
}

/** What computed, as far as it is known. */
export interface MachineReport extends Machine {
  /** False where the run does not say: then this is the machine that made the report. */
  readonly isRecorded: boolean;
}

export interface RunReport {
  readonly name: string;
  readonly description: string;
  readonly state: string;
  /** Why it stands still, where that is known. */
  readonly ending: string | undefined;
  /** When something was last written. */
  readonly updated: Date;
  readonly duration: string;
  readonly stages: readonly StageReport[];
  /** What its processes warned of. */
  readonly warnings: readonly string[];
  /** What of the run's files could not be read, in words. */
  readonly damage: readonly string[];
  readonly evaluations: readonly EvaluationView[];
  readonly explanations: BeforeAfters;
  /** The resolved recipe, without paths and addresses of this machine. */
  readonly recipe: string;
  readonly machines: readonly MachineReport[];
}

const MOST_PAIRS = 4;
const MOST_ROWS = 200;
const MOST_WARNINGS = 20;
const MOST_DESCRIPTION = 2000;

/** The metrics that say most of a stage, in this order; and every one with a red flag. */
const MAIN = [
  'reward',
  'reward/solution',
  'reward/kl',
  'held-out/reward',
  'answers/right',
  'penalized/missingEndTag',
  'completion/ended',
  'completion/tokens',
  'groups/zeroStd',
  'update/kl',
];
/** Of a stage without a reward. */
const MAIN_OF_SUPERVISED = ['update/loss'];
/** Metrics that depend on how the divergence is estimated. */
const HAS_KL = /^(?:held-out\/)?reward(?:$|\/kl)/;
/** Shares that say something only where they are not 0 throughout. */
const UNLESS_ZERO = ['explanation/controlTokens'];

function metricsOf(
  own: StageMetricsView | undefined,
  flags: readonly { readonly metric: string; readonly message: string }[],
  guide: Readonly<Record<string, MetricGuide>>,
  estimator: string | null,
): readonly MetricReport[] {
  const series = own?.series ?? {};
  const main = 'reward' in series ? MAIN : MAIN_OF_SUPERVISED;
  const found = UNLESS_ZERO.filter((metric) => series[metric]?.some((value) => value !== null && value !== 0));
  const chosen = [...new Set([...main, ...found, ...flags.map(({ metric }) => metric)])].filter(
    (metric) => metric in series,
  );
  return chosen.flatMap((metric) => {
    const points = (series[metric] ?? []).flatMap((y, i) => {
      const x = own?.steps[i];
      return y === null || x === undefined ? [] : [{ x, y }];
    });
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    const kept = thinned(points);
    const values = kept.map(({ y }) => y);
    return {
      metric,
      label: HAS_KL.test(metric) && estimator !== null ? `${metric} (${estimator})` : metric,
      first: first.y,
      last: last.y,
      lowest: Math.min(...values),
      highest: Math.max(...values),
      steps: points.length,
      points: kept,
      guide: guide[metric],
      flags: flags.flatMap((flag) => (flag.metric === metric ? [flag.message] : [])),
    };
  });
}

function cautionOf(metrics: readonly MetricReport[], [caution, ...others]: readonly string[]): string | undefined {
  const reward = metrics.find(({ metric }) => metric === 'reward');
  if (reward === undefined || caution === undefined) return undefined;
  const [first, last] = [reward.first, reward.last].map(shortValue);
  if (reward.steps === 1) return `${caution} Its reward is ${first}.`;
  const told = `The reward is ${first} in the first step and ${last} in the last; each step has other problems, so two steps tell no trend.`;
  return [caution, told, ...others].join(' ');
}

function progressText({ state, done, of, unit, seconds }: StageView): string {
  if (state === 'waiting') return 'not begun';
  const count =
    of !== null && unit === 'step' ? `${done} of ${of} steps` : `${done} ${done === 1 ? unit : plural(unit)}`;
  return [state, ...(done === 0 ? [] : [count]), ...(seconds > 0 ? [durationText(seconds)] : [])].join(', ');
}

const plural = (unit: 'step' | 'batch'): string => (unit === 'step' ? 'steps' : 'batches');

async function machinesOf(run: string): Promise<readonly MachineReport[]> {
  const recorded = (await eventsIn(run)).flatMap((event) => {
    const machine = recordedAs(event.machine);
    return machine === undefined ? [] : [{ isRecorded: true, ...machine }];
  });
  if (recorded.length === 0) {
    const { thisMachine } = await import('../machine.js');
    return [{ isRecorded: false, ...thisMachine() }];
  }
  return [...new Map(recorded.map((machine) => [JSON.stringify(machine), machine])).values()];
}

const STATES: Readonly<Record<RunView['state'], string>> = {
  running: 'Running: what follows is what there is so far.',
  stopped: 'Not finished: what follows is what there is so far.',
  done: 'Finished.',
};

/** @throws {UsageError} when the directory holds no run */
export function requireRun(directory: string): void {
  if (existsSync(join(directory, RECIPE_FILE)) && existsSync(join(directory, 'stages'))) return;
  requireKeptRecipe(directory);
  throw new UsageError('there is no run here', {
    file: directory,
    remedy: runRemedy(
      directory,
      'Name a run directory, which has recipe.yaml and stages/; rlt run makes one in runs/NAME.',
    ),
  });
}

/** The resolved recipe of a run as it was recorded, in the order of its settings. @throws {InputError} when it cannot be read */
export const recordedRecipe = (directory: string): Promise<unknown> => recordedTree(join(directory, RECIPE_FILE));

/**
 * Reads a run directory. It writes nothing, so the run may be working.
 * @throws {UsageError} when the directory holds no run
 * @throws {InputError} when its recipe cannot be read: nothing of the run has a name then
 */
export async function runReport(directory: string): Promise<RunReport> {
  requireRun(directory);
  // What is not a recipe is refused here; elsewhere it is a remark.
  await recipeOf(directory);
  const recipe = await recordedRecipe(directory);
  const unreadable = new Unreadable(directory);
  const view = await runView('', directory);
  const explanations = await beforeAfter(view, MOST_PAIRS, unreadable);
  const { stages: series, flags, cautions } = await metricsView(directory);
  const guide = await metricGuide();
  return {
    name: view.name,
    description: withoutHome(view.description.slice(0, MOST_DESCRIPTION)),
    state: STATES[view.state],
    ending: view.ending === null ? undefined : publicText(view.ending.slice(0, MOST_DESCRIPTION)),
    updated: new Date(view.updated),
    duration: durationText(view.seconds),
    stages: view.stages.map((stage) => {
      const metrics = metricsOf(
        series.find((own) => own.stage === stage.name),
        flags.filter((flag) => flag.stage === stage.name),
        guide,
        stage.estimator,
      );
      return {
        name: stage.name,
        kind: stage.kind,
        progress: progressText(stage),
        metrics,
        caution: cautionOf(
          metrics,
          cautions.flatMap((own) => (own.stage === stage.name ? [own.text] : [])),
        ),
      };
    }),
    warnings: view.warnings.slice(0, MOST_WARNINGS).map((text) => publicText(text)),
    damage: [...new Set([...view.damage, ...unreadable.texts])].slice(0, MOST_WARNINGS),
    evaluations: (await evaluationsIn(directory)).map((one) => ({ ...one, rows: one.rows.slice(0, MOST_ROWS) })),
    explanations,
    recipe: publicYaml(recipe),
    machines: await machinesOf(directory),
  };
}
