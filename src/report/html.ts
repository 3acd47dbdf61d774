/** A report as one self-contained HTML page: no scripts, no request, all texts as text. */
import { htmlPage, htmlTable } from '../evaluation/answers/page.js';
import { intervalPlot } from '../evaluation/answers/plot.js';
import { escapeHtml } from '../evaluation/answers/report-text.js';
import type { EvaluationView } from '../views/api.js';
import type { BeforeAfter, Side } from './before-after.js';
import { curvePlot } from './curve.js';
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
import { richText } from './formula.js';
import type { MetricReport, RunReport, StageReport } from './run-report.js';

const STYLE = `
:root { --bad: light-dark(#a3261b, #ffaea4); --bad-paper: light-dark(#fce8e5, #47201c); --panel: light-dark(#f4f6f8, #1f242a); }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { margin: 1.5rem 0 .3rem; }
svg .curve { fill: none; stroke: var(--b); stroke-width: 2; stroke-linejoin: round; }
.flag { background: var(--bad-paper); color: var(--bad); padding: .4rem .7rem; border-radius: 6px; margin: .4rem 0; }
math { font-size: 1.2em; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; } .quote { background: var(--panel); padding: .6rem .8rem; border-radius: 6px; }
.recipe { background: var(--panel); padding: .8rem; border-radius: 6px; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
/* Of words, not numbers. */ .words th, .words td { text-align: left; white-space: normal; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 0 1.5rem; } .charts h4 { margin: .8rem 0 0; }
.charts figure { margin: 0; } .charts figcaption { font-size: .9rem; }
@media print { details > * { display: block; } }
`;

const table = ({ header, rows }: Table): string => htmlTable(header, rows);
const words = (rows: Table): string => `<div class="words">${table(rows)}</div>`;
const figure = (plot: string, caption: string): string =>
  `<figure>${plot}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
const heading = (tag: 'h2' | 'h3' | 'h4', text: string): string => `<${tag}>${escapeHtml(text)}</${tag}>`;
const paragraph = (text: string, style = ''): string =>
  `<p${style === '' ? '' : ` class="${style}"`}>${escapeHtml(text)}</p>`;

function evaluationHtml({ stage, rows }: EvaluationView): string {
  const levels = [...new Set(rows.map(({ level }) => level))];
  const plots = levels.map((level) => {
    const own = rows.filter((row) => row.level === level);
    const name = own[0]?.problemsName ?? level;
    const plot = intervalPlot(
      `accuracy on ${name}`,
      own.map(({ studentName, accuracy, interval }) => ({ name: studentName, value: accuracy, interval })),
    );
    return figure(plot, `${name}: accuracy with its 95 % interval, the problem as the unit.`);
  });
  const notes = studentRemarks(rows).map((remark) => paragraph(`Note: ${remark}`));
  return `${heading('h3', stage)}${plots.join('')}${table(studentTable(rows))}${notes.join('')}`;
}

function metricHtml(stage: string, { label, points, guide, flags }: MetricReport): string {
  const healthy = guide === undefined || guide.healthy === '' ? '' : ` Healthy: ${guide.healthy}.`;
  const caption = guide === undefined ? '' : `${guide.what}.${healthy}`.replaceAll('..', '.');
  const raised = flags.map((text) => `<p class="flag"><strong>Red flag:</strong> ${escapeHtml(text)}</p>`);
  return `<section>${heading('h4', label)}${figure(curvePlot(`${label} of ${stage} over steps`, points), caption)}${raised.join('')}</section>`;
}

function stageHtml(stage: StageReport): string {
  if (stage.metrics.length === 0) return '';
  const charts = stage.metrics.map((metric) => metricHtml(stage.name, metric)).join('');
  const caution = stage.caution === undefined ? '' : paragraph(stage.caution);
  return `${heading('h3', `${stage.name} (${stage.kind})`)}${caution}<div class="charts">${charts}</div>${table(metricTable(stage))}`;
}

const sideHtml = (name: string, side: Side): string =>
  `<div>${heading('h4', `${name}: ${side.when}`)}<p class="soft">${escapeHtml(rewardText(side))}${side.ended ? '' : '; not finished'}</p><div class="text quote">${richText(side.text)}</div></div>`;

const pairHtml = ({ id, question, solution, before, after }: BeforeAfter): string =>
  `<article>${heading('h3', `Problem ${id}`)}<div class="text">${richText(question)}</div><p class="soft">Solution</p><div class="text">${richText(solution)}</div><div class="sides">${sideHtml('Before', before)}${sideHtml('After', after)}</div></article>`;

/** The page; it opens from a file. */
export function reportHtml(report: RunReport): string {
  const { name, description, state, ending, updated, duration, stages, evaluations, recipe, machines } = report;
  const { pairs, rule, change } = report.explanations;
  const flags = stages.flatMap((stage) =>
    stage.metrics.flatMap((metric) => metric.flags.map((text) => `${stage.name}, ${metric.metric}: ${text}`)),
  );
  const curves = stages.map(stageHtml).join('');
  const body = [
    `<main><h1>${escapeHtml(name)}</h1>`,
    description === '' ? '' : paragraph(description),
    paragraph(`${state} ${duration} of work; last change ${updated.toISOString().replace(/\.\d+Z$/, 'Z')}.`, 'soft'),
    ending === undefined ? '' : paragraph(ending, 'flag'),
    ...report.warnings.map((text) => paragraph(text, 'flag')),
    ...report.damage.map((text) => paragraph(`${text}; this report may be incomplete.`, 'flag')),
    words(stageTable(stages)),
    heading('h2', 'Students'),
    evaluations.length === 0 ? paragraph(withoutEvaluation(report)) : evaluations.map(evaluationHtml).join(''),
    heading('h2', 'Learning'),
    flags.length === 0
      ? ''
      : paragraph(
          `${flags.length} ${flags.length === 1 ? 'metric raises' : 'metrics raise'} a red flag; each says where to look.`,
        ),
    curves === '' ? paragraph('This run has no metrics yet.') : curves,
    heading('h2', 'Explanations before and after'),
    change === undefined ? '' : paragraph(change),
    pairs.length === 0
      ? paragraph('No problem was explained twice, early and late.')
      : `${paragraph(rule, 'soft')}${pairs.map(pairHtml).join('')}`,
    heading('h2', 'How to repeat it'),
    paragraph(
      'Save the recipe below as recipe.yaml, put your own in place of paths and addresses that are shortened, and run',
    ),
    `<pre class="recipe">${escapeHtml(REPEAT)}</pre>`,
    paragraph(machineNote(machines), 'soft'),
    words(machineTable(machines)),
    heading('h2', 'Recipe'),
    paragraph('Every setting, with the defaults that were used.', 'soft'),
    `<pre class="recipe">${escapeHtml(recipe)}</pre></main>`,
  ];
  return htmlPage(`${name}: report`, body.filter((part) => part !== '').join('\n'), STYLE);
}
