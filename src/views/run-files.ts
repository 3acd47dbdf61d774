/** The files that tell what happened in a run: its events and its metrics. */
import { join } from 'node:path';
import { isObject } from '../json.js';
import { EVENTS_FILE } from '../run/directory.js';
import { damageText, type Lines, NO_LINES, readLines } from '../run/lines.js';
import { METRICS_FILE } from '../run/metrics.js';
import { eventOf, type RunEvent } from './events.js';
import { Recent } from './recent.js';

/** Runs that were looked at last. */
export const MOST_RUNS = 64;

/** The metrics of a step, by name, beside its stage and number. */
export type MetricLine = Readonly<Record<string, unknown>> & { readonly stage: string; readonly step: number };

const isMetricLine = (value: unknown): value is MetricLine =>
  isObject(value) && typeof value.stage === 'string' && typeof value.step === 'number';

const events = new Recent(MOST_RUNS, (file) => readLines(file, eventOf));
const metrics = new Recent(16, (file) => readLines(file, (value) => (isMetricLine(value) ? value : undefined)));

const eventLines = async (directory: string): Promise<Lines<RunEvent>> =>
  (await events.of(join(directory, EVENTS_FILE))) ?? NO_LINES;
const metricLines = async (directory: string): Promise<Lines<MetricLine>> =>
  (await metrics.of(join(directory, METRICS_FILE))) ?? NO_LINES;

export const eventsIn = async (directory: string): Promise<readonly RunEvent[]> => (await eventLines(directory)).values;
export const metricsIn = async (directory: string): Promise<readonly MetricLine[]> =>
  (await metricLines(directory)).values;

/** What of these files could not be read, in words, so that what is shown may lack it. `isBeingWritten`: a process works on the run. */
export async function damageIn(
  directory: string,
  writing: { readonly isBeingWritten: boolean },
): Promise<readonly string[]> {
  const texts = [
    damageText(METRICS_FILE, await metricLines(directory), writing),
    damageText(EVENTS_FILE, await eventLines(directory), writing),
  ];
  return texts.filter((text) => text !== undefined);
}
