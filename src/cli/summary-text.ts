/** The results of a run, as text or as JSON. */
import { problemRemarks, studentRemarks, unreadText } from '../evaluation/answers/report.js';
import { problemsName, studentName } from '../evaluation/answers/results.js';
import { rewardChangeText } from '../pipeline/reward-change.js';
import type { RunSummary } from '../pipeline/run-recipe.js';
import { type Explained, type ExplanationPair, rewardName } from '../pipeline/summary.js';
import { commandLine, counted, namesText } from '../printable.js';
import { durationText, shortNumber } from '../run/progress.js';
import { readableText } from './readable-text.js';
import { textTable } from './table.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

type StageResult = RunSummary['results'][number];
/** A row of a stage's results; one stage by itself need not be named. */
type Result = Omit<StageResult, 'stage'> & Partial<Pick<StageResult, 'stage'>>;

const stagesIn = (results: readonly Result[]): readonly (string | undefined)[] => [
  ...new Set(results.map(({ stage }) => stage)),
];

/** The best first; of equal ones the last of the table, which a recipe has trained furthest. */
const ranked = <Row extends Pick<Result, 'accuracy'>>(rows: readonly Row[]): readonly Row[] =>
  rows.toReversed().toSorted((a, b) => b.accuracy - a.accuracy);

/**
 * The sets of problems on which no student is shown to be the best, with those whose interval meets that of the best.
 * Intervals that overlap can hide a difference, since all students answered the same problems.
 */
function undecided(results: readonly Result[]): readonly string[] {
  return [...new Set(results.map(({ level }) => level))].flatMap((level) => {
    const rows = results.filter((one) => one.level === level);
    const [best] = ranked(rows);
    if (best === undefined) return [];
    const near = rows.filter(({ interval }) => interval[1] >= best.interval[0]);
    return near.length < 2 ? [] : [`${problemsName(best)} (${near.map(({ student }) => student).join(', ')})`];
  });
}

/** The same of several stages, each by itself: their students may have the same names, and be asked in other ways. */
function undecidedByStage(results: readonly Result[]): readonly string[] {
  const stages = stagesIn(results);
  return stages.flatMap((stage) =>
    undecided(results.filter((one) => one.stage === stage)).map((open) =>
      stages.length === 1 ? open : `${open} in ${stage}`,
    ),
  );
}

/** Rows that a note names. */
const MOST_NAMED = 8;

const listed = (texts: readonly string[]): string =>
  [...texts.slice(0, MOST_NAMED), ...(texts.length > MOST_NAMED ? [`and ${texts.length - MOST_NAMED} more`] : [])].join(
    '; ',
  );

/** What is said of rows; the same remark on several of them is said once. */
function notesOn(
  results: readonly Result[],
  remarksOn: (row: Result) => readonly string[],
  nameOf: (row: Result) => string,
): readonly string[] {
  const names = new Map<string, Set<string>>();
  for (const row of results)
    for (const remark of remarksOn(row)) names.set(remark, (names.get(remark) ?? new Set()).add(nameOf(row)));
  return [...names].map(([remark, of]) => `Note on ${listed([...of])}: ${remark}.`);
}

/**
 * A line for each student and set of problems, and what the intervals do not decide; stages where there are several. `isPaired`: the
 * paired differences stand below.
 */
export function resultTable(results: readonly Result[], { isPaired = false } = {}): string {
  const hasStages = stagesIn(results).length > 1;
  const stageOf = ({ stage }: Result): readonly string[] => (hasStages ? [stage ?? ''] : []);
  const rows = results.map((row) => [
    ...stageOf(row),
    studentName(row),
    problemsName(row),
    String(row.problems),
    percent(row.accuracy),
    row.interval.map(percent).join(' to '),
  ]);
  const header = [...(hasStages ? ['stage'] : []), 'student', 'problems', 'count', 'accuracy', '95 % interval'];
  const table = textTable([header, ...rows], hasStages ? [3, 4, 5] : [2, 3, 4]);
  const notes = [
    ...notesOn(results, studentRemarks, (row) => [...stageOf(row), row.student, problemsName(row)].join(', ')),
    // The students of a stage have the same problems.
    ...notesOn(results, problemRemarks, (row) => [...stageOf(row), problemsName(row)].join(', ')),
  ];
  const unread = results.flatMap((row) => {
    const shares = unreadText(row);
    return shares === undefined
      ? []
      : [`${[...stageOf(row), row.student].join(', ')} on ${problemsName(row)} (${shares})`];
  });
  if (unread.length > 0)
    notes.push(`Many replies were cut off, or have no readable answer, which counts as not solved: ${listed(unread)}.`);
  const open = undecidedByStage(results);
  const paired = isPaired
    ? 'The paired differences below decide it where they can'
    : '`rlt compare` pairs the answers of two, which may show a difference';
  if (open.length > 0)
    notes.push(`No student is shown to be the best on ${open.join(', ')}: these intervals overlap. ${paired}.`);
  return [table, ...(notes.length === 0 ? [] : [notes.join('\n')])].join('\n\n');
}

/** A path that no command takes for an option. */
const asArgument = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

const command = (...words: readonly string[]): string => `\`${commandLine(...words)}\``;

/** What can be looked at next; the two best students are the ones to compare. */
function nextSteps({ results, directory: given }: RunSummary): string {
  const directory = asArgument(given);
  const looks = `Look at it with ${command('rlt', 'report', directory)} or ${command('rlt', 'studio', directory)}`;
  const [first] = results;
  const rows = results.filter(({ stage, level }) => stage === first?.stage && level === first.level);
  const [best, next] = ranked(rows).map(({ stage, student }) => `${directory}:${stage}:${student}`);
  if (next === undefined || best === undefined) return `${looks}.`;
  return `${looks}, and compare two students with ${command('rlt', 'compare', next, best)}.`;
}

/**
 * Explanations of the same problems before and after reinforcement, with their rewards.
 * @param pairs of all problems that have both
 * @param examples how many of them are shown
 */
export function pairsText(pairs: readonly ExplanationPair[], examples: number): string {
  const choices = (side: 'before' | 'after'): string => {
    const found = [...new Set(pairs.flatMap((pair) => pair[side].choice ?? []))];
    return found.length === 0 ? '' : ` (${found.join('; ')})`;
  };
  const label = (name: string, { reward, isWhole, estimator }: Explained): string => {
    const facts = [
      ...(reward === undefined ? [] : [`${rewardName(estimator)} ${shortNumber(reward)}`]),
      ...(isWhole ? [] : ['not finished']),
    ];
    return [name, ...facts].join(', ');
  };
  const problems = pairs.slice(0, examples).map(({ question, solution, before, after }) => {
    const lines = [
      ['solution', solution],
      [label('before RL', before), before.text],
      [label('after RL', after), after.text],
    ] as const;
    const width = Math.max(...lines.map(([name]) => name.length));
    return [
      readableText(question),
      ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${readableText(text)}`),
    ].join('\n');
  });
  const rewards = rewardChangeText(pairs);
  return `Explanations before reinforcement${choices('before')} and after it${choices('after')}, of the first problems that have both:\n\n${problems.join('\n\n')}\n${rewards === undefined ? '' : `\n${rewards}\n`}`;
}

/** Where the run is; models on a server are not with it. */
function placeText({ stages, directory }: RunSummary): string {
  const served = stages.flatMap(({ name, served }) => (served === undefined ? [] : [name]));
  if (served.length === 0) return `Everything is in ${directory}.`;
  const [models, they, each] =
    served.length === 1 ? ['model', 'it is', 'its stage'] : ['models', 'they are', 'each stage'];
  return `Everything is in ${directory}, but for the ${models} of ${namesText(served)}: ${they} on the server of the engine, under the name in model.json of ${each}.`;
}

export function renderSummary(summary: RunSummary, json: boolean): string {
  if (json) return `${JSON.stringify(summary, null, 2)}\n`;
  const { results, stages, seconds, secondsInAll } = summary;
  const reused = stages.filter((stage) => stage.reused).length;
  const already = reused === 0 ? '' : `, ${reused} of them already done`;
  const [own, all] = [seconds, secondsInAll].map(durationText);
  const took = secondsInAll <= seconds || own === all ? own : `${own} (${all} of work in all)`;
  const closing = `${counted(stages.length, 'stage')}${already}, ${took}. ${placeText(summary)}\n${nextSteps(summary)}`;
  return results.length === 0 ? `${closing}\n` : `${resultTable(results)}\n\n${closing}\n`;
}
