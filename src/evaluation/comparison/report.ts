/** A comparison as JSON, as Markdown, and as one self-contained HTML page. */
import { isDeepStrictEqual } from 'node:util';
import { counted, namesText } from '../../printable.js';
import type { Answer } from '../answers/answer.js';
import { htmlPage, htmlTable } from '../answers/page.js';
import { bounds, escapeHtml, markdownCell, markdownTable, percent, points, pText } from '../answers/report-text.js';
import { heldText } from '../answers/results.js';
import type { Bounds } from '../answers/summary.js';
import { type ComparedLevel, type ComparedProblem, type Comparison, shownReference } from './comparison.js';
import { differencePlot, scorePlot, spreadPlot } from './plots.js';

const TESTS: Readonly<Record<Comparison['overall']['test'], string>> = {
  mcnemar: "McNemar's exact test",
  'sign-flip': 'sign-flip test over all patterns',
  'sign-flip sampled': 'sign-flip test, 20,000 seeded draws',
};

const pointBounds = ([low, high]: Bounds): string => `${points(low)} to ${points(high)}`;

const rewrittenIn = (problems: readonly ComparedProblem[]): readonly ComparedProblem[] =>
  problems.filter(({ otherGold }) => otherGold !== undefined);

/** The comparison without the models' replies. */
export function comparisonJson(comparison: Comparison): object {
  const compact = ({ id, level, gold, shares, answers }: ComparedProblem) => {
    const read = (side: readonly Answer[]) => side.map(({ answer, verdict }) => ({ verdict, answer: answer ?? null }));
    return { id, level, gold, shares, a: read(answers[0]), b: read(answers[1]) };
  };
  const { onlyA, onlyB, paired, ...figures } = comparison;
  const rewrittenReferences = rewrittenIn(paired).length;
  return { ...figures, rewrittenReferences, onlyA: onlyA.map(compact), onlyB: onlyB.map(compact) };
}

const HEADER = ['problems', 'A', 'A: 95 %', 'B', 'B: 95 %', 'B - A, points', '95 %', 'p'] as const;

function rowOf({ problems, a, b, difference, interval, pValue }: Omit<ComparedLevel, 'level'>): readonly string[] {
  return [
    String(problems),
    percent(a.value),
    bounds(a.interval),
    percent(b.value),
    bounds(b.interval),
    points(difference),
    pointBounds(interval),
    pText(pValue),
  ];
}

/** A difference is shown where its p-value is below this and its interval excludes 0. */
const LEVEL = 0.05;

type Difference = Pick<Comparison['overall'], 'difference' | 'interval' | 'pValue'>;

const excludesZero = ([low, high]: Bounds): boolean => low > 0 || high < 0;

/** Which of two models is shown to be better, if one is. */
function shownBy({ difference, interval, pValue }: Difference): 'A' | 'B' | undefined {
  return excludesZero(interval) && pValue < LEVEL ? (difference > 0 ? 'B' : 'A') : undefined;
}

export const PAIRED_HEADER = ['B', 'A', 'B - A, points', '95 %', 'p', 'shown to be better'] as const;

/** One line of a table of comparisons: without the problems. */
function pairedRow({ names: [a, b], overall }: Pick<Comparison, 'names' | 'overall'>): readonly string[] {
  const { difference, interval, pValue } = overall;
  const shown = shownBy(overall);
  return [
    b,
    a,
    points(difference),
    pointBounds(interval),
    pText(pValue),
    shown === undefined ? '-' : shown === 'B' ? b : a,
  ];
}

/** More undecided pairs than these are told of together. */
const MOST_UNDECIDED = 3;

/** Comparisons that have a line in a table, and a sentence about the others, of which nothing is shown. */
export function pairedLines(comparisons: readonly Comparison[]): {
  readonly rows: readonly (readonly string[])[];
  readonly others: string | undefined;
} {
  const undecided = comparisons.filter(({ overall }) => shownBy(overall) === undefined);
  if (undecided.length <= MOST_UNDECIDED) return { rows: comparisons.map(pairedRow), others: undefined };
  const decided = comparisons.filter(({ overall }) => shownBy(overall) !== undefined);
  const others = new Map<string, string[]>();
  for (const { names } of undecided) others.set(names[0], [...(others.get(names[0]) ?? []), names[1]]);
  const pairs = [...others].map(([a, of]) => `${a} and ${of.length === 1 ? '' : 'each of '}${namesText(of)}`);
  const all = undecided.map(({ overall }) => overall.interval);
  const widest = pointBounds([Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))]);
  return {
    rows: decided.map(pairedRow),
    others: `No difference is shown between ${pairs.join('; ')}: all intervals of these ${undecided.length} pairs are within ${widest} points (--json has each).`,
  };
}

/** The same for programs. */
export function pairedJson({ names: [a, b], overall }: Pick<Comparison, 'names' | 'overall'>): object {
  const { problems, difference, interval, pValue, test } = overall;
  const shown = shownBy(overall);
  return {
    a,
    b,
    problems,
    difference,
    interval,
    pValue,
    test,
    better: shown === undefined ? null : shown === 'B' ? b : a,
  };
}

/** The result in words. Interval and p-value are of two procedures, which can disagree on few problems: then nothing is shown. */
function verdictOf({ overall }: Comparison, names: Comparison['names']): string {
  const { difference, interval, pValue } = overall;
  const shown = shownBy(overall);
  const isClear = excludesZero(interval);
  const size = `${points(difference)} points (95 % ${pointBounds(interval)}, p = ${pText(pValue)})`.replace('= <', '<');
  if (shown !== undefined) return `${names[1]} is ${shown === 'B' ? 'better' : 'worse'} than ${names[0]}: ${size}.`;
  const open = `No difference between ${names[0]} and ${names[1]} is shown: ${size}.`;
  if (!isClear && pValue >= LEVEL) return open;
  const disagreement = isClear
    ? `The interval excludes 0, but p is not below ${LEVEL}`
    : `p is below ${LEVEL}, but the interval contains 0`;
  return `${open} ${disagreement}. A difference counts as shown only where both agree; more problems can decide it.`;
}

function unpairedText({ unpaired: [onlyA, onlyB] }: Comparison): string {
  return onlyA + onlyB === 0
    ? ''
    : `Left out: ${counted(onlyA, 'problem')} that only A answered, ${onlyB} that only B answered.`;
}

/** That sets have problems in common. */
function repeatedText({ repeated }: Comparison): string {
  if (repeated === 0) return '';
  return `${counted(repeated, 'problem is', 'problems are')} in more than one set, and ${repeated === 1 ? 'counts' : 'count'} once in "all".`;
}

/** That one figure is over sets which may differ in what they ask. */
const setsText = ({ sets }: Comparison): string =>
  sets.length === 0
    ? ''
    : `This sentence and "all" take ${sets.length} sets of problems together (${namesText(sets)}), in proportion to their sizes; the table has a line for each.`;

/** `, weights in 8 bits`, behind the samples of a side; nothing of float32, which needs no word. */
const heldBehind = (held: Comparison['held'][number]): string =>
  held === null || held === 'float32' ? '' : `, weights in ${heldText(held)}`;

/** That the difference is not of the models alone. */
function heldRemarks({ held: [a, b] }: Pick<Comparison, 'held'>): readonly string[] {
  if (a === null || b === null || isDeepStrictEqual(a, b)) return [];
  const [ofA, ofB] = [a, b].map((held) => (held === 'float32' ? held : heldText(held)));
  return [`Warning: the weights of A are held in ${ofA}, those of B in ${ofB}: the difference is of that, too.`];
}

/** That the same answer may count on one side only. */
function graderRemarks({ graders: [a, b] }: Pick<Comparison, 'graders'>): readonly string[] {
  if (isDeepStrictEqual(a, b)) return [];
  return [
    `Warning: the answers of A were graded by ${a.join(', ')}, those of B by ${b.join(', ')}: the difference may be of that, too. \`rlt evaluate --regrade\` grades them alike.`,
  ];
}

/** Above a list of what differs. */
const OTHER_SETTINGS = 'Warning: A and B were evaluated with other settings, and the difference may be of that, too:';

/** That the two were not asked alike, a line for each setting; prompts have lines of their own. */
function markdownSettings({ settings }: Pick<Comparison, 'settings'>): string {
  if (settings.length === 0) return '';
  const items = settings.map(({ setting, a, b }) => {
    const [ofA, ofB] = [markdownCell(a, MOST_OF_A_NOTE), markdownCell(b, MOST_OF_A_NOTE)];
    return Math.max(a.length, b.length) <= LONGEST_IN_LINE
      ? `- ${setting}: A ${ofA}, B ${ofB}`
      : `- ${setting}\n  - A: ${ofA}\n  - B: ${ofB}`;
  });
  return `\n\n${OTHER_SETTINGS}\n\n${items.join('\n')}`;
}

const htmlSettings = ({ settings }: Pick<Comparison, 'settings'>): string =>
  settings.length === 0
    ? ''
    : `<p>${OTHER_SETTINGS}</p>${htmlTable(
        ['setting', 'A', 'B'],
        settings.map(({ setting, a, b }) => [setting, a, b]),
      )}`;

/** What has to be known of the figures of A and of B. */
const remarksOf = ({ held, graders, remarks: [a, b] }: Comparison): readonly string[] => [
  ...heldRemarks({ held }),
  ...graderRemarks({ graders }),
  ...a.map((remark) => `Note: A ${remark}.`),
  ...b.map((remark) => `Note: B ${remark}.`),
];

/** That some problems have their reference in two forms. */
function referenceText({ paired }: Comparison): string {
  const rewritten = rewrittenIn(paired);
  const [first] = rewritten;
  if (first === undefined) return '';
  const form = (text: string | undefined): string => `"${shownReference(first, 40, text)}"`;
  return `The reference of ${counted(rewritten.length, 'problem')} is written in two ways (A: ${form(first.gold)}, B: ${form(first.otherGold)}), which the grader takes as the same.`;
}

/** Different answers to a problem that are told. */
const MOST_ANSWERS = 3;

/** The answers of one model, most frequent first. */
function answersText(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { answer } of answers) counts.set(answer ?? '(none)', (counts.get(answer ?? '(none)') ?? 0) + 1);
  const shown = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_ANSWERS)
    .map(([answer, count]) => (answers.length === 1 ? answer : `${answer} (${count})`));
  return [...shown, ...(counts.size > MOST_ANSWERS ? ['…'] : [])].join('; ');
}

function markdownProblems(title: string, problems: readonly ComparedProblem[], most: number): string {
  if (problems.length === 0) return `## ${title}: none\n`;
  const rows = problems
    .slice(0, most)
    .map((problem) => [
      markdownCell(problem.question ?? problem.id),
      markdownCell(shownReference(problem, 40), 40),
      markdownCell(answersText(problem.answers[0]), 60),
      markdownCell(answersText(problem.answers[1]), 60),
    ]);
  const more = problems.length > most ? `\n\n… and ${problems.length - most} more (--json or --html shows all).` : '';
  return `## ${title}: ${problems.length}\n\n${markdownTable(['problem', 'reference', 'A', 'B'], rows)}${more}\n`;
}

/** Characters of a note: two system messages can stand in it. */
const MOST_OF_A_NOTE = 1_000;
/** Settings of so many characters stand side by side. */
const LONGEST_IN_LINE = 30;

export function comparisonMarkdown(comparison: Comparison): string {
  const { names, samples, held, overall, levels, onlyA, onlyB } = comparison;
  const [a, b] = [markdownCell(names[0]), markdownCell(names[1])];
  const notes = [
    unpairedText(comparison),
    repeatedText(comparison),
    ...[setsText(comparison), referenceText(comparison), ...remarksOf(comparison)].map((text) =>
      markdownCell(text, MOST_OF_A_NOTE),
    ),
  ].filter((text) => text !== '');
  const tables = [['all', ...rowOf(overall)], ...levels.map((level) => [markdownCell(level.level), ...rowOf(level)])];
  return `# ${b} against ${a}

A is ${a} (${counted(samples[0], 'sample')} per problem${heldBehind(held[0])}), B is ${b} (${samples[1]}${heldBehind(held[1])}).
${[verdictOf(comparison, [a, b]), ...notes].join('\n')}${markdownSettings(comparison)}

${markdownTable(['level', ...HEADER], tables)}

p: ${TESTS[overall.test]}. Intervals take the problem as the unit.

${markdownProblems('Only A solves', onlyA, 20)}
${markdownProblems('Only B solves', onlyB, 20)}`;
}

/** Longer replies are cut; the answers file has all of them. */
const REPLY_CHARACTERS = 4_000;

function side(name: string, answers: readonly Answer[]): string {
  const shown = answers.find(({ verdict }) => verdict === 'correct') ?? answers[0];
  const right = answers.filter(({ verdict }) => verdict === 'correct').length;
  if (shown === undefined) return '';
  const text = shown.text.length > REPLY_CHARACTERS ? `${shown.text.slice(0, REPLY_CHARACTERS)}…` : shown.text;
  return `<div><strong>${escapeHtml(name)}</strong> ${right} of ${answers.length} right: ${escapeHtml(answersText(answers))}<br><span class="soft">sample ${shown.sample}: ${escapeHtml(shown.verdict)}, ${escapeHtml(shown.reason)}</span><pre>${escapeHtml(text)}</pre></div>`;
}

function htmlProblems(title: string, problems: readonly ComparedProblem[], names: Comparison['names']): string {
  const items = problems.map((problem) => {
    const { id, question, gold, answers } = problem;
    const asked = question === undefined ? '' : `<pre>${escapeHtml(question)}</pre>`;
    const reference = shownReference(problem, 80);
    const whole =
      reference === gold.trim() ? '' : `<p class="soft">The whole reference:</p><pre>${escapeHtml(gold)}</pre>`;
    const head = (question ?? id).replace(/\s+/g, ' ').slice(0, 120);
    return `<details><summary>${escapeHtml(head)} <span class="soft">reference ${escapeHtml(reference)}</span></summary>${asked}${whole}<div class="sides">${side(names[0], answers[0])}${side(names[1], answers[1])}</div></details>`;
  });
  return `<h2>${escapeHtml(title)}: ${problems.length}</h2>${items.join('\n')}`;
}

/** One page without scripts or external resources. */
export function comparisonHtml(comparison: Comparison): string {
  const { names, samples, held, overall, levels, onlyA, onlyB } = comparison;
  const rows: readonly ComparedLevel[] = [{ level: 'all', ...overall }, ...levels];
  const title = `${names[1]} against ${names[0]}`;
  const table = htmlTable(
    ['level', ...HEADER],
    rows.map((row) => [row.level, ...rowOf(row)]),
  );
  return htmlPage(
    title,
    `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(verdictOf(comparison, names))}</p>
<p class="soft">A is ${escapeHtml(names[0])} (${samples[0]} per problem${heldBehind(held[0])}), B is ${escapeHtml(names[1])} (${samples[1]}${heldBehind(held[1])}). ${escapeHtml([unpairedText(comparison), repeatedText(comparison), setsText(comparison), referenceText(comparison)].join(' '))} p: ${escapeHtml(TESTS[overall.test])}. Intervals take the problem as the unit.</p>
${remarksOf(comparison)
  .map((remark) => `<p>${escapeHtml(remark)}</p>`)
  .join('')}
${htmlSettings(comparison)}
${table}
<figure>${scorePlot(rows)}<figcaption>Accuracy with its 95 % interval.</figcaption></figure>
<figure>${differencePlot(rows)}<figcaption>B - A in points with its 95 % interval. Left of the line A is better, right of it B.</figcaption></figure>
<figure>${spreadPlot(comparison.paired)}<figcaption>Problems by the difference of their shares of correct samples, B - A.</figcaption></figure>
${htmlProblems(`Only ${names[0]} solves`, onlyA, names)}
${htmlProblems(`Only ${names[1]} solves`, onlyB, names)}`,
  );
}
