/** The metrics of a run by column, with the time of each step. */
import type { MetricsView, StageMetricsView } from './api.js';
import { progressOf } from './events.js';
import { flagsIn, tooFewSteps, unmoved } from './guide/flags.js';
import { eventsIn, type MetricLine, metricsIn } from './run-files.js';

/** Lines of metrics.jsonl as columns. */
function columnsOf(
  lines: readonly MetricLine[],
  secondsOf: (stage: string) => ReadonlyMap<number, number>,
): readonly StageMetricsView[] {
  const stages = new Map<string, { steps: number[]; series: Map<string, (number | null)[]> }>();
  for (const line of lines) {
    const { stage: name, step, ...values } = line;
    const stage = stages.get(name) ?? { steps: [], series: new Map<string, (number | null)[]>() };
    stages.set(name, stage);
    const row = stage.steps.push(step) - 1;
    for (const [metric, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue;
      const series = stage.series.get(metric) ?? [];
      stage.series.set(metric, series);
      while (series.length < row) series.push(null);
      series[row] = value;
    }
  }
  return [...stages].map(([stage, { steps, series }]) => {
    const known = secondsOf(stage);
    let total = 0;
    return {
      stage,
      steps,
      seconds: steps.map((step) => {
        const seconds = known.get(step);
        total += seconds ?? 0;
        return seconds === undefined ? null : total;
      }),
      series: Object.fromEntries(
        [...series].map(([metric, values]) => [
          metric,
          values.concat(Array.from({ length: steps.length - values.length }, () => null)),
        ]),
      ),
    };
  });
}

const NONE: ReadonlyMap<number, number> = new Map();

export async function metricsView(directory: string): Promise<MetricsView> {
  const lines = await metricsIn(directory);
  const progress = progressOf(await eventsIn(directory));
  const stages = columnsOf(lines, (stage) => progress.get(stage)?.seconds ?? NONE);
  const cautions = stages.flatMap(({ stage, series }) => {
    const few = tooFewSteps(series.reward?.filter((value) => value !== null).length ?? 0);
    return [few, unmoved(series)].flatMap((text) => (text === undefined ? [] : [{ stage, text }]));
  });
  return { stages, flags: stages.flatMap(flagsIn), cautions };
}
