/** The results of a run, as text or as JSON. */
import { remarks } from '../evaluation/answers/report.js';
import type { RunSummary } from '../pipeline/run-recipe.js';
import { durationText } from '../run/progress.js';
import { textTable } from './table.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

type Result = Omit<RunSummary['results'][number], 'stage'>;

/**
 * The sets of problems on which the best student is not clearly the best: its interval meets that of the next. Intervals
 * that overlap can hide a difference, since both students answered the same problems.
 */
function undecided(results: readonly Result[]): readonly string[] {
  return [...new Set(results.map(({ level }) => level))].flatMap((level) => {
    const [best, next] = results.filter((one) => one.level === level).toSorted((a, b) => b.accuracy - a.accuracy);
    if (best === undefined || next === undefined || best.accuracy === next.accuracy) return [];
    if (best.interval[0] > next.interval[1]) return [];
    return [`${level} (${best.student}, ${next.student})`];
  });
}

/** A line for each student and set of problems, and what the intervals do not decide. */
export function resultTable(results: readonly Result[]): string {
  const rows = results.map(({ student, level, problems, accuracy, interval: [low, high] }) => [
    student,
    level,
    String(problems),
    percent(accuracy),
    `${percent(low)} to ${percent(high)}`,
  ]);
  const table = textTable([['student', 'problems', 'count', 'accuracy', '95 % interval'], ...rows], [2, 3, 4]);
  const notes = results.flatMap((row) =>
    remarks(row).map((remark) => `Note on ${row.student}, ${row.level}: ${remark}.`),
  );
  const open = undecided(results);
  if (open.length > 0)
    notes.push(
      `The intervals of the two best overlap: ${open.join(', ')}. \`rlt compare\` pairs their answers, which may tell more.`,
    );
  return [table, ...(notes.length === 0 ? [] : [notes.join('\n')])].join('\n\n');
}

/** Words of a command line, in quotes where a shell would take them apart. */
const command = (...words: readonly string[]): string =>
  `\`${words.map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : `"${word}"`)).join(' ')}\``;

/** What can be looked at next; the two best students are the ones to compare. */
function nextSteps({ results, directory }: RunSummary): string {
  const looks = `Look at it with ${command('rlt', 'report', directory)} or ${command('rlt', 'studio', directory)}`;
  const [first] = results;
  const [best, next] = results
    .filter(({ stage, level }) => stage === first?.stage && level === first.level)
    .toSorted((a, b) => b.accuracy - a.accuracy)
    .map(({ stage, student }) => `${directory}:${stage}:${student}`);
  if (next === undefined || best === undefined) return `${looks}.`;
  return `${looks}, and compare two students with ${command('rlt', 'compare', next, best)}.`;
}

export function renderSummary(summary: RunSummary, json: boolean): string {
  if (json) return `${JSON.stringify(summary, null, 2)}\n`;
  const { results, stages, directory, seconds } = summary;
  const reused = stages.filter((stage) => stage.reused).length;
  const already = reused === 0 ? '' : `, ${reused} of them already done`;
  const closing = `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}${already}, ${durationText(seconds)}. Everything is in ${directory}.\n${nextSteps(summary)}`;
  return results.length === 0 ? `${closing}\n` : `${resultTable(results)}\n\n${closing}\n`;
}
