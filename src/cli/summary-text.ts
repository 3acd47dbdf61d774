/** The results of a run, as text or as JSON. */
import type { RunSummary } from '../pipeline/run-recipe.js';
import { durationText } from '../run/progress.js';
import { textTable } from './table.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A line for each student and set of problems. */
export function resultTable(results: readonly Omit<RunSummary['results'][number], 'stage'>[]): string {
  const rows = results.map(({ student, level, problems, accuracy, interval: [low, high] }) => [
    student,
    level,
    String(problems),
    percent(accuracy),
    `${percent(low)} to ${percent(high)}`,
  ]);
  return textTable([['student', 'problems', 'count', 'accuracy', '95 % interval'], ...rows], [2, 3, 4]);
}

export function renderSummary(summary: RunSummary, json: boolean): string {
  if (json) return `${JSON.stringify(summary, null, 2)}\n`;
  const { results, stages, directory, seconds } = summary;
  const reused = stages.filter((stage) => stage.reused).length;
  const already = reused === 0 ? '' : `, ${reused} of them already done`;
  const closing = `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}${already}, ${durationText(seconds)}. Everything is in ${directory}.`;
  return results.length === 0 ? `${closing}\n` : `${resultTable(results)}\n\n${closing}\n`;
}
