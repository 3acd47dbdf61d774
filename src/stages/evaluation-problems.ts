/** The problems of an evaluation, each with its grader, and what is to be told of them before any is asked. */

import type { ProblemColumns } from '../data/columns/columns.js';
import { type ColumnUse, columnsText } from '../data/columns/use.js';
import { isHubSource, sourceName } from '../data/hub/source.js';
import type { Problem } from '../data/problem.js';
import { firstOf, mapped, type Sequence } from '../data/sequences/sequence.js';
import { type ModelSource, tokenizerDirectory } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { EvaluationProblem } from '../evaluation/answers/answer.js';
import {
  type PromptBuilder,
  type PromptStyle,
  promptBuilderFor,
  taggedPromptBuilder,
} from '../evaluation/answers/prompt.js';
import { placesText } from '../evaluation/answers/results.js';
import { isBenchmarkFile, loadBenchmark, promptStyle } from '../evaluation/benchmarks/benchmark.js';
import type { promptFormats } from '../evaluation/benchmarks/formats.js';
import { problemsLabel, sourceLabel } from '../evaluation/benchmarks/labels.js';
import { type GradedProblems, gradedProblems } from '../evaluation/benchmarks/problems.js';
import type { Benchmark } from '../evaluation/benchmarks/schema.js';
import { FORMATS } from '../text/formats.js';
import { benchmarkIn } from './definition/settings.js';
import type { ModelReader } from './definition/stage.js';
import { type GraderSetting, posed, requirePosed } from './graders.js';
import type { Layouts } from './layouts.js';
import { countFitting, isBeyond } from './left-out.js';

/** What of the settings of an evaluation says which problems are asked, and how. */
export interface AskedProblems {
  readonly problems: Readonly<Record<string, string>>;
  readonly grader: GraderSetting;
  readonly limit: number | null;
  readonly prompt: 'format' | 'benchmark' | (typeof promptFormats)[number];
  readonly source: string | null;
  /** Of `source`. */
  readonly columns?: ProblemColumns;
}

/** A set of problems, and how they are asked: in the layout of the recipe's students, where no style is given. */
export interface ProblemSet {
  readonly level: string;
  /** What stands for it in the keys of its samples. */
  readonly sampledAs: string;
  /** What messages call it: a data set as the recipe does, problems in place of a benchmark's own by their file. */
  readonly name: string;
  /** The name of that file. */
  readonly file: string | undefined;
  readonly reference: string;
  readonly problems: Sequence<EvaluationProblem>;
  /** The same, without their graders. */
  readonly asked: Sequence<Problem>;
  readonly style: PromptStyle | undefined;
  readonly ungraded: GradedProblems['ungraded'];
  readonly repeats: number;
  /** The columns of a file of the user's own. */
  readonly columns: ColumnUse | undefined;
}

export interface ProblemReaders {
  problems(reference: string): Promise<Sequence<Problem> | undefined>;
  /** Whether a file or data set of the hub can be read now. */
  isReadable(source: string): boolean;
}

/**
 * The problems of a level; undefined where they cannot be read yet.
 * @throws {InputError | StorageError} when they cannot be read, or none can be graded
 */
export async function setOf(
  stage: AskedProblems,
  level: string,
  readers: ProblemReaders,
): Promise<ProblemSet | undefined> {
  const reference = stage.problems[level] ?? '';
  const { grader, limit, prompt } = stage;
  const name = benchmarkIn(reference);
  if (name !== undefined) {
    const benchmark = await loadBenchmark(name);
    const graded = await benchmarkProblems(stage, benchmark, readers.isReadable);
    if (graded === undefined) return undefined;
    const { problems, ungraded, repeats } = graded;
    const columns = stage.source !== null || isBenchmarkFile(name) ? graded.columns : undefined;
    const style = prompt === 'format' ? undefined : promptStyle(benchmark, prompt === 'benchmark' ? undefined : prompt);
    const file = stage.source === null ? undefined : sourceName(stage.source);
    // Where problems of one's own are called after their file, another name of it changes no sample.
    const isOfFile = stage.source !== null && level === sourceLabel(stage.source);
    const sampledAs = isOfFile ? problemsLabel(benchmark.name) : level;
    const asked = mapped(problems, ({ problem }) => problem);
    return {
      level,
      sampledAs,
      name: file ?? level,
      file,
      reference,
      problems,
      asked,
      style,
      ungraded,
      repeats,
      columns,
    };
  }
  const found = await readers.problems(reference);
  if (found === undefined) return undefined;
  const asked = firstOf(found, limit);
  await requirePosed(grader, asked);
  const problems = mapped(asked, (problem) => posed(grader, problem));
  const style = dataStyle(prompt);
  return {
    level,
    sampledAs: level,
    name: reference,
    file: undefined,
    reference,
    problems,
    asked,
    style,
    ungraded: undefined,
    repeats: 0,
    columns: undefined,
  };
}

/** The problems of a benchmark in an evaluation; undefined where they cannot be read yet. */
async function benchmarkProblems(
  { grader, limit, source, columns }: AskedProblems,
  benchmark: Benchmark,
  isReadable: ProblemReaders['isReadable'],
): Promise<GradedProblems | undefined> {
  const from = source ?? benchmark.source;
  if (typeof from === 'string' && !isReadable(from)) return undefined;
  return gradedProblems(benchmark, {
    ...(grader === 'auto' ? {} : { grader }),
    ...(limit === null ? {} : { limit }),
    ...(source === null ? {} : { problems: source }),
    ...(columns === undefined ? {} : { columns }),
  });
}

/** What a set of problems is known by in plans: that of a benchmark with other problems than its own, by these. */
export const setKey = ({ source }: Pick<AskedProblems, 'source'>, reference: string): string =>
  source === null || benchmarkIn(reference) === undefined ? reference : source;

/**
 * The benchmarks of a stage whose problems lie on this machine or are generated, by their keys.
 * @throws {InputError | StorageError} when they cannot be read, or none of their problems can be graded
 */
export async function localBenchmarks(stage: AskedProblems): Promise<ReadonlyMap<string, Sequence<Problem>>> {
  const found = new Map<string, Sequence<Problem>>();
  for (const [level, reference] of Object.entries(stage.problems)) {
    if (benchmarkIn(reference) === undefined) continue;
    const set = await setOf(stage, level, {
      problems: async () => undefined,
      isReadable: (source) => !isHubSource(source),
    });
    if (set !== undefined) found.set(setKey(stage, reference), set.asked);
  }
  return found;
}

/** How a model is asked the problems of a data set. */
export function dataStyle(prompt: AskedProblems['prompt']): PromptStyle | undefined {
  if (prompt === 'format' || prompt === 'benchmark') return undefined;
  if (prompt === 'plain') return { kind: 'plain', system: null, template: '{question}' };
  return { kind: 'tagged', system: null, format: FORMATS[prompt] };
}

interface Asking {
  readonly source: ModelSource;
  readonly layouts: Layouts;
}

export function promptsOf({ source, layouts }: Asking, style: PromptStyle | undefined): PromptBuilder {
  return style === undefined
    ? taggedPromptBuilder(layouts.student)
    : promptBuilderFor(layouts.tokenizer, tokenizerDirectory(source), style, layouts.student.settings.chatSettings);
}

/** Rows that are no problems of their own; none where there are none. */
export const repeatsNotes = (repeats: number, name: string): readonly string[] =>
  repeats === 0
    ? []
    : [
        `${repeats === 1 ? '1 row' : `${repeats} rows`} of ${name} ${repeats === 1 ? 'repeats' : 'repeat'} a problem in all that is read of it, which is asked once`,
      ];

/** Columns of a file that are not read, or not by their own names. */
export function columnsNotes(columns: ColumnUse | undefined, name: string): readonly string[] {
  const text = columns === undefined ? undefined : columnsText(columns);
  return text === undefined ? [] : [`${name}: ${text}`];
}

/** How a benchmark is read, and what of it is left out. */
export function aboutGrading({ name, reference, asked, ungraded, repeats, columns }: ProblemSet): readonly string[] {
  // What a data set lacks is told of it once, whatever stages grade with it.
  if (benchmarkIn(reference) === undefined) return [];
  const repeated = [...columnsNotes(columns, name), ...repeatsNotes(repeats, name)];
  if (ungraded === undefined) return repeated;
  const { some, because } = ungraded;
  return [
    ...repeated,
    `warning: ${some.problems} of ${some.problems + asked.length} problems of ${name} are left out, since ${because}: ${placesText(some)}. Add a column "answer"`,
  ];
}

type Asked = Pick<Problem, 'question'>;

/**
 * Questions that fill a student's context count as wrong answers.
 * @throws {InputError} when all of them do
 */
export function withoutRoom(
  student: string,
  reader: ModelReader,
  { name, asked, style }: Pick<ProblemSet, 'name' | 'style'> & { readonly asked: Sequence<Asked> },
): readonly string[] {
  const { contextTokens } = reader;
  if (contextTokens === Number.POSITIVE_INFINITY) return [];
  const builder = promptsOf(reader, style);
  const lengthOf = ({ question }: Asked): number => builder.prompt(question).length;
  const hasRoom = ({ question }: Asked): boolean =>
    !isBeyond(reader, { question }) && lengthOf({ question }) < contextTokens;
  const { of, tooLong, atLeast } = countFitting(asked, hasRoom);
  if (tooLong === 0) return [];
  if (tooLong < of || atLeast === true)
    return [
      `warning: ${atLeast === true ? 'at least ' : ''}${tooLong} of ${of} problems of ${name} leave ${student} no room for an answer in its context of ${contextTokens} tokens; they count as not solved`,
    ];
  const shortest = [...asked].reduce((a, b) => (b.question.length < a.question.length ? b : a));
  throw nothingFits(student, name, of, `the prompt has ${lengthOf(shortest)} tokens, the context ${contextTokens}`);
}

/** `why`: the lengths of a prompt and of the context. */
export const nothingFits = (student: string, name: string, problems: number, why: string): InputError =>
  new InputError(
    problems === 1
      ? `the only problem of ${name} leaves ${student} no room for an answer: ${why}`
      : `none of the ${problems} problems of ${name} leaves ${student} room for an answer: of the shortest, ${why}`,
    { remedy: 'Take a model with a longer context, or shorter questions.' },
  );
