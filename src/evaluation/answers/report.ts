/** The report of one evaluation, for people. */

import { promptText } from './prompt.js';
import { bounds, markdownCell, markdownTable, percent } from './report-text.js';
import type { EvaluationResults } from './settings.js';

/** The figures of an evaluation as rows of name, value and 95 % interval. */
export function figures({
  summary,
}: Pick<EvaluationResults, 'summary'>): readonly (readonly [string, string, string])[] {
  const { samples, accuracy, interval, passAtK, majority } = summary;
  return [
    [samples === 1 ? 'accuracy' : `avg@${samples}`, percent(accuracy), bounds(interval)],
    ...passAtK.map(({ k, value, interval: of }) => [`pass@${k}`, percent(value), bounds(of)] as const),
    ...(samples === 1 ? [] : [[`maj@${samples}`, percent(majority.value), bounds(majority.interval)] as const]),
  ];
}

/** The report as Markdown. Without times and paths, so that equal results give equal bytes. */
export function renderReport(results: EvaluationResults): string {
  const { settings, summary } = results;
  const { sampling, engine, prompt } = settings;
  const levels =
    summary.levels.length === 0
      ? ''
      : `\n${markdownTable(
          ['level', 'problems', 'accuracy', '95 % interval'],
          summary.levels.map(({ level, problems, accuracy, interval }) => [
            markdownCell(level),
            String(problems),
            percent(accuracy),
            bounds(interval),
          ]),
        )}\n`;
  return `# ${settings.benchmark}: ${summary.problems} problems, ${summary.samples} ${summary.samples === 1 ? 'sample' : 'samples'} each

${markdownTable(['measure', 'value', '95 % interval'], figures(results))}
${levels}
Unparsable answers: ${percent(summary.unparsable)}. Cut off: ${percent(summary.cut)}. Tokens per answer: ${summary.tokensPerAnswer.toFixed(1)}.
Intervals take the problem as the unit.

## Settings

${markdownTable(
  ['setting', 'value'],
  [
    ['model (SHA-256)', settings.model],
    ['problems (SHA-256)', settings.problems],
    ['grader', settings.grader],
    ['prompt', markdownCell(promptText(prompt), 400)],
    ['temperature', String(sampling.temperature)],
    ['top-p, top-k, min-p', `${sampling.topP}, ${sampling.topK}, ${sampling.minP}`],
    ['token limit', `${sampling.maxTokens} tokens`],
    ['seed', String(settings.seed)],
    ['engine', `${engine.name}, ${engine.provider}, ${engine.threads} threads, batches of ${settings.batch}`],
  ],
)}
`;
}
