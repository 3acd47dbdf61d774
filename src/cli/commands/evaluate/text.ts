/** The results of an evaluation as people read them. */
import { figures, remarks, sizeText } from '../../../evaluation/answers/report.js';
import { bounds, percent } from '../../../evaluation/answers/report-text.js';
import { type EvaluationResults, heldText, type ResultRow } from '../../../evaluation/answers/results.js';
import type { Comparison } from '../../../evaluation/comparison/comparison.js';
import { PAIRED_HEADER, pairedLines } from '../../../evaluation/comparison/report.js';
import type { BatchTotals } from '../../../stages/batches.js';
import { resultTable } from '../../summary-text.js';
import { textTable } from '../../table.js';

/** All figures of one model on one set of problems. */
function rowText(row: ResultRow, speed: string): string {
  const levels = row.levels.map(({ level, accuracy, interval }) => [`  ${level}`, percent(accuracy), bounds(interval)]);
  const table = textTable([['measure', 'value', '95 % interval'], ...figures(row), ...levels], [1, 2]);
  const shares = `Unparsable ${percent(row.unparsable)}, cut off ${percent(row.cut)}, ${row.tokensPerAnswer.toFixed(1)} tokens per answer.`;
  const notes = remarks(row).map((remark) => `Note: ${remark}.\n`);
  const held = row.held === undefined ? '' : ` Weights in ${heldText(row.held)}.`;
  return `${table}\n\n${sizeText(row)}.${held} ${shares}${speed}\n${notes.join('')}`;
}

export function tokensPerSecond({ tokens, seconds }: BatchTotals): number {
  return seconds === 0 ? 0 : tokens / seconds;
}

/** One row in full, several as a table. `stage` is named where a run has several. */
export function resultsText(
  { rows }: Pick<EvaluationResults, 'rows'>,
  { stage, totals }: { readonly stage?: string; readonly totals?: BatchTotals } = {},
): string {
  const [row, ...others] = rows;
  const speed = totals === undefined || totals.tokens === 0 ? '' : ` ${tokensPerSecond(totals).toFixed(1)} tokens/s.`;
  const text = row !== undefined && others.length === 0 ? rowText(row, speed) : `${resultTable(rows)}\n\n`;
  return stage === undefined ? text : `${stage}\n\n${text}`;
}

/** All students of a run on the same problems: their figures, and the paired difference of every two. */
export function studentsText({ rows }: Pick<EvaluationResults, 'rows'>, comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return resultsText({ rows });
  const { rows: lines, others } = pairedLines(comparisons);
  const table = lines.length === 0 ? [] : [textTable([[...PAIRED_HEADER], ...lines], [2, 3, 4])];
  const paired = [...table, ...(others === undefined ? [] : [others])].join('\n\n');
  const several = comparisons.length > 1 ? ' p is not corrected for the number of comparisons.' : '';
  return `${resultTable(rows, { isPaired: true })}\n\nPaired differences, on the same problems:\n\n${paired}\n\nA difference is shown where its interval excludes 0 and p is below 0.05.${several}\n`;
}
