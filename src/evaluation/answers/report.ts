/** The report of an evaluation, for people. */

import { type PromptStyle, promptText } from './prompt.js';
import { bounds, markdownCell, markdownTable, percent } from './report-text.js';
import { type EvaluationResults, placesText, problemsName, type ResultRow, studentName } from './results.js';
import type { Summary } from './summary.js';

/** The figures of an evaluation as rows of name, value and 95 % interval. */
export function figures({
  samples,
  accuracy,
  interval,
  passAtK,
  majority,
}: Summary): readonly (readonly [string, string, string])[] {
  return [
    [samples === 1 ? 'accuracy' : `avg@${samples}`, percent(accuracy), bounds(interval)],
    ...passAtK.map(({ k, value, interval: of }) => [`pass@${k}`, percent(value), bounds(of)] as const),
    ...(samples === 1 ? [] : [[`maj@${samples}`, percent(majority.value), bounds(majority.interval)] as const]),
  ];
}

/** `12 problems, 3 samples each` */
export function sizeText({ problems, samples }: Pick<Summary, 'problems' | 'samples'>): string {
  return `${problems} ${problems === 1 ? 'problem' : 'problems'}, ${samples} ${samples === 1 ? 'sample' : 'samples'} each`;
}

/** That models were not asked these problems, whose prompts fill their contexts. */
export const noRoomText = (noRoom: number, problems: number): string =>
  `${noRoom} of ${problems} problems left no room for an answer in the context`;

/** What of the problems makes the figures of every student say little. */
export function problemRemarks({
  problems,
  wordForWord,
}: Pick<ResultRow, 'problems' | 'wordForWord'>): readonly string[] {
  if (wordForWord === undefined) return [];
  const [have, them] = wordForWord.problems === 1 ? ['has', 'it'] : ['have', 'them'];
  return [
    `${wordForWord.problems} of ${problems} problems ${have} neither an answer nor a solution that states one (${placesText(wordForWord)}), so a reply to ${them} counts as right only if it is the solution word for word. Add "answer", or see "Problems in free text" in docs/evaluation.md`,
  ];
}

/** What a reader of the figures has to know: what is not in them, and what makes them too good or too bad. */
export function remarks(
  row: Pick<ResultRow, 'problems' | 'noRoom' | 'ungraded' | 'trainedOn' | 'wordForWord'>,
): readonly string[] {
  return [...studentRemarks(row), ...problemRemarks(row)];
}

/** What is told of a student by itself. */
export function studentRemarks({
  problems,
  noRoom = 0,
  ungraded,
  trainedOn,
}: Pick<ResultRow, 'problems' | 'noRoom' | 'ungraded' | 'trainedOn'>): readonly string[] {
  const of = (count: number): string => `${count} of ${problems} problems`;
  return [
    ...(trainedOn === undefined
      ? []
      : [`trained on ${of(trainedOn.problems)} (${placesText(trainedOn)}), so the accuracy says little of new ones`]),
    ...(noRoom === 0 ? [] : [`${noRoomText(noRoom, problems)}, and count as not solved`]),
    ...(ungraded === undefined
      ? []
      : [
          `${ungraded.problems} more ${ungraded.problems === 1 ? 'problem is' : 'problems are'} left out, since nothing grades answers to ${ungraded.problems === 1 ? 'it' : 'them'} (${placesText(ungraded)})`,
        ]),
  ];
}

/** Share of replies from which on a reader of an accuracy has to know of it. */
const MANY = 0.1;

/**
 * `30.0 % cut off, 42.5 % unreadable`: that so many replies did not end, or have no answer that can be read, that the accuracy
 * says little of what the student knows; undefined where few do.
 */
export function unreadText({ cut, unparsable }: Pick<Summary, 'cut' | 'unparsable'>): string | undefined {
  const parts = [
    ...(cut < MANY ? [] : [`${percent(cut)} cut off`]),
    ...(unparsable < MANY ? [] : [`${percent(unparsable)} unreadable`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** All figures of one student on one set of problems. */
function rowText(row: ResultRow, heading: string): string {
  const levels = row.levels.map(({ level, problems, accuracy, interval }) => [
    markdownCell(level),
    String(problems),
    percent(accuracy),
    bounds(interval),
  ]);
  const byLevel =
    levels.length === 0 ? '' : `${markdownTable(['level', 'problems', 'accuracy', '95 % interval'], levels)}\n\n`;
  return `${heading} ${markdownCell(studentName(row))} on ${markdownCell(problemsName(row))}: ${sizeText(row)}

${markdownTable(['measure', 'value', '95 % interval'], figures(row))}

${byLevel}Unparsable answers: ${percent(row.unparsable)}. Cut off: ${percent(row.cut)}. Tokens per answer: ${row.tokensPerAnswer.toFixed(1)}.${remarks(
    row,
  )
    .map((remark) => `\n\nNote: ${remark}.`)
    .join('')}`;
}

/** Every student on every set of problems, before the figures of each. */
function overview(rows: readonly ResultRow[]): string {
  const table = markdownTable(
    ['student', 'problems', 'count', 'accuracy', '95 % interval'],
    rows.map((row) => [
      markdownCell(studentName(row)),
      markdownCell(problemsName(row)),
      String(row.problems),
      percent(row.accuracy),
      bounds(row.interval),
    ]),
  );
  return `# Evaluation\n\n${table}`;
}

/**
 * Markdown. The same for the same results: no times, no paths. `problems`: SHA-256 of problems.jsonl; `own`: the tags
 * of the recipe.
 */
export function renderReport(
  results: EvaluationResults,
  { problems, own }: { readonly problems: string; readonly own: PromptStyle },
): string {
  const { rows, models, sampling, samples, seed, batch, graders, prompts = {} } = results;
  const levels = [...new Set(rows.map(({ level }) => level))];
  const settings = [
    ...Object.entries(models).map(([student, hash]) => [`${markdownCell(student)} (SHA-256)`, hash]),
    ['problems.jsonl (SHA-256)', problems],
    [graders.length === 1 ? 'grader' : 'graders', graders.join(', ')],
    ...levels.map((level) => [
      levels.length === 1 ? 'prompt' : `prompt of ${markdownCell(level)}`,
      markdownCell(promptText(prompts[level] ?? own), 400),
    ]),
    ['samples per problem', String(samples)],
    ['temperature', String(sampling.temperature)],
    ['top-p, top-k, min-p', `${sampling.topP}, ${sampling.topK}, ${sampling.minP}`],
    ['longest answer', `${sampling.maxTokens} tokens`],
    ['seed', String(seed)],
    ...(batch === undefined ? [] : [['answers sampled together', String(batch)]]),
  ];
  const sections =
    rows.length === 1
      ? rows.map((row) => rowText(row, '#'))
      : [overview(rows), ...rows.map((row) => rowText(row, '##'))];
  return `${sections.join('\n\n')}

Intervals take the problem as the unit.

## To repeat it

\`rlt run recipe.yaml --out DIR\`, with the \`recipe.yaml\` of the run directory, which has every setting, the engine's too.

${markdownTable(['setting', 'value'], settings)}
`;
}
