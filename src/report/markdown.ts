/** A report as Markdown, for a README or the card of a model. Texts of models and data stay texts. */
import { markdownCell, markdownTable } from '../evaluation/answers/report-text.js';
import type { BeforeAfter, Side } from './before-after.js';
import {
  machineNote,
  machineTable,
  metricTable,
  REPEAT,
  rewardText,
  stageTable,
  studentRemarks,
  studentTable,
  type Table,
  withoutEvaluation,
} from './figures.js';
import type { RunReport, StageReport } from './run-report.js';

const MOST_CELL = 120;
/** Of a paragraph. */
const MOST_LINE = 2000;

/** A paragraph or heading of somebody else's text, on one line, its marks of Markdown and HTML escaped. */
export const markdownLine = (text: string): string => markdownCell(text, MOST_LINE);

/** A block of code that nothing in the text can end. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length));
  const fence = '`'.repeat(longest + 1);
  // Other control characters are not text, and some readers stop at them.
  return `${fence}${language}\n${text.replace(/(?![\t\n])\p{Cc}/gu, '\ufffd').trimEnd()}\n${fence}`;
}

const table = ({ header, rows }: Table): string =>
  markdownTable(
    header,
    rows.map((row) => row.map((cell) => markdownCell(cell, MOST_CELL))),
  );

const flagsText = (stage: StageReport): string =>
  stage.metrics
    .flatMap(({ metric, flags }) =>
      flags.map((text) => `- **Red flag**, ${markdownCell(metric)}: ${markdownLine(text)}`),
    )
    .join('\n');

function stageText(stage: StageReport, mark: string): string {
  const flags = flagsText(stage);
  const title = `${mark} ${markdownLine(stage.name)} (${markdownLine(stage.kind)})`;
  const caution = stage.caution === undefined ? [] : [markdownLine(stage.caution)];
  return [title, table(metricTable(stage)), ...caution, ...(flags === '' ? [] : [flags])].join('\n\n');
}

const sideText = (name: string, side: Side): string =>
  `${name} (${markdownLine(side.when)}): ${rewardText(side)}${side.ended ? '' : ', not finished'}\n\n${fenced(side.text, 'text')}`;

const pairText = ({ question, solution, before, after }: BeforeAfter): string =>
  [
    `Question:\n\n${fenced(question, 'text')}`,
    `Solution:\n\n${fenced(solution, 'text')}`,
    sideText('Before', before),
    sideText('After', after),
  ].join('\n\n');

/** The students' figures with intervals; undefined where the run has no finished evaluation. */
export function studentsText({ evaluations }: Pick<RunReport, 'evaluations'>, mark: string): string | undefined {
  if (evaluations.length === 0) return undefined;
  return evaluations
    .map(({ stage, rows }) =>
      [
        `${mark} ${markdownLine(stage)}`,
        table(studentTable(rows)),
        ...studentRemarks(rows).map((remark) => `Note: ${markdownLine(remark)}`),
      ].join('\n\n'),
    )
    .join('\n\n');
}

/** The metrics of the stages that have some. */
export const learningText = ({ stages }: Pick<RunReport, 'stages'>, mark: string): string =>
  stages
    .filter(({ metrics }) => metrics.length > 0)
    .map((stage) => stageText(stage, mark))
    .join('\n\n');

/** Recipe, command, versions and machine. */
export const repeatText = ({ recipe, machines }: Pick<RunReport, 'recipe' | 'machines'>): string =>
  [
    'Save the recipe below as `recipe.yaml`, put your own in place of paths and addresses that are shortened, and run',
    fenced(REPEAT, 'sh'),
    machineNote(machines),
    table(machineTable(machines)),
    fenced(recipe, 'yaml'),
  ].join('\n\n');

/** At most this many problems before and after. */
const MOST_PAIRS = 2;

export function reportMarkdown(report: RunReport): string {
  const { name, description, state, ending, duration, stages, warnings, damage } = report;
  const { pairs, rule, change } = report.explanations;
  const learning = learningText(report, '###');
  return `${[
    `# ${markdownLine(name)}`,
    ...(description === '' ? [] : [markdownLine(description)]),
    `${state} ${duration} of work.`,
    ...(ending === undefined ? [] : [`**${markdownLine(ending)}**`]),
    ...(warnings.length === 0 ? [] : [warnings.map((text) => `- ${markdownLine(text)}`).join('\n')]),
    ...damage.map((text) => `**${markdownLine(text)}**; this report may be incomplete.`),
    table(stageTable(stages)),
    '## Students',
    studentsText(report, '###') ?? withoutEvaluation(report),
    '## Learning',
    learning === '' ? 'This run has no metrics yet.' : learning,
    '## Explanations before and after',
    ...(change === undefined ? [] : [change]),
    pairs.length === 0
      ? 'No problem was explained twice, early and late.'
      : [rule, ...pairs.slice(0, MOST_PAIRS).map(pairText)].join('\n\n'),
    '## How to repeat it',
    repeatText(report),
  ].join('\n\n')}\n`;
}
