/** The tables of a report, for its page and for its Markdown. */
import { bounds, percent } from '../evaluation/answers/report-text.js';
import { rewardName } from '../pipeline/summary.js';
import type { StudentRow } from '../views/api.js';
import { shortValue } from './curve.js';
import type { MachineReport, StageReport } from './run-report.js';

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const studentTable = (rows: readonly StudentRow[]): Table => ({
  header: ['student', 'problems of', 'accuracy', '95 % interval', 'problems', 'unreadable', 'cut'],
  rows: rows.map(({ studentName, problemsName, accuracy, interval, problems, samples, unparsable, cut }) => [
    studentName,
    problemsName,
    percent(accuracy),
    bounds(interval),
    samples > 1 ? `${problems} x ${samples}` : String(problems),
    percent(unparsable),
    percent(cut),
  ]),
});

/** What has to be known of the figures, by whose they are. */
export const studentRemarks = (rows: readonly StudentRow[]): readonly string[] =>
  rows.flatMap(({ student, problemsName, remarks }) =>
    remarks.map((remark) => `${student} on ${problemsName}: ${remark}.`),
  );

export const metricTable = ({ metrics }: Pick<StageReport, 'metrics'>): Table => ({
  header: ['metric', 'first', 'last', 'lowest', 'highest', 'steps'],
  rows: metrics.map(({ label, first, last, lowest, highest, steps }) => [
    label,
    ...[first, last, lowest, highest].map(shortValue),
    String(steps),
  ]),
});

export const stageTable = (stages: readonly StageReport[]): Table => ({
  header: ['stage', 'kind', 'state'],
  rows: stages.map(({ name, kind, progress }) => [name, kind, progress]),
});

export const machineTable = (machines: readonly MachineReport[]): Table => ({
  header: ['rlt', 'node', 'onnxruntime', 'system', 'processor', 'instructions', 'logical cores'],
  rows: machines.map(({ rlt, node, onnxruntime, system, processor, instructions = '', cores }) => [
    rlt,
    node,
    onnxruntime,
    system,
    processor,
    instructions,
    String(cores),
  ]),
});

export const machineNote = (machines: readonly MachineReport[]): string =>
  machines.every(({ isRecorded }) => isRecorded)
    ? 'Recorded when the run began.'
    : 'The run does not say what computed it: these are the versions and the machine that made this report.';

/** `reward (k1) -0.52`, with the mean of a group of several. */
export function rewardText(side: {
  readonly reward: number | null;
  readonly mean: number | null;
  readonly count: number;
  readonly estimator: string | null;
}) {
  if (side.reward === null) return 'not scored';
  const own = `${rewardName(side.estimator)} ${shortValue(side.reward)}`;
  return side.count === 1 || side.mean === null ? own : `${own}; mean of ${side.count}: ${shortValue(side.mean)}`;
}

/** What repeats a run, from the folder that recipe.yaml was saved in. */
export const REPEAT = 'npx rlt run recipe.yaml --out runs/again';

/** What stands in place of the figures of students. */
export const withoutEvaluation = ({ damage }: { readonly damage: readonly string[] }): string =>
  damage.length === 0 ? 'This run has no finished evaluation.' : 'No finished evaluation of this run could be read.';
