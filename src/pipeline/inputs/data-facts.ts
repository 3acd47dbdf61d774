/** What was found in a data set of a recipe, and the line that tells it. */
import { type ColumnUse, columnsText } from '../../data/columns/use.js';
import { counted, namesText } from '../../printable.js';
import { usesOf } from '../../recipe/references.js';
import { dataSetIn } from '../../stages/definition/settings.js';
import type { Stage } from '../../stages/index.js';
import { type Contradictions, contradictionsText } from './contradictions.js';
import type { MisreadRows } from './misread.js';

export interface DataFacts {
  /** Rows that were read, or problems that were generated. */
  readonly rows: number;
  /** Problems before anything is left out: rows of one question and solution are one problem. */
  readonly problems: number;
  /** Distinct questions of these problems. */
  readonly questions: number;
  /** Traces of their own that these problems have together. */
  readonly traces: number;
  /** The most traces that a problem has. */
  readonly mostTraces: number;
  /** Problems without a trace of their own. */
  readonly withoutTrace: number;
  /** Problems left out because their question is in a data set named under `except`. */
  readonly excluded: number;
  /** Distinct questions that are held out. */
  readonly heldOut: number;
  /** The number of questions to hold out that the recipe asks for, where it was too large for the data. */
  readonly heldOutAsked?: number;
  /** The explanations of a trace file. */
  readonly explanations?: number;
  /** Rows whose system message is left out, if any: the recipe's prompts replace it. */
  readonly systemMessages?: number;
  /** Rows that contradict each other, where there are some. */
  readonly contradictions?: Contradictions;
  /** Rows whose text was misread before, where there are some. */
  readonly misread?: MisreadRows;
  /** The columns of a table, where some are not read, or are written in another case. */
  readonly columns?: ColumnUse;
  /** Problems that are left under the name of the data set, and under `NAME.held-out`. */
  readonly main: number;
  readonly heldOutProblems: number;
  /** The stages that take only the first of these, where there are some. */
  readonly limits?: readonly StageLimit[];
}

/** That a stage takes only the first problems or traces of a data set. */
export interface StageLimit {
  readonly stage: string;
  readonly first: number;
  readonly of: 'problems' | 'traces';
}

/** What was found in data sets, with what each of these stages takes of them. */
export function withLimits(
  facts: ReadonlyMap<string, DataFacts>,
  stages: readonly Stage[],
): ReadonlyMap<string, DataFacts> {
  const withThose = (name: string, found: DataFacts): DataFacts => {
    const limits = stages.flatMap((stage) => {
      const first = usesOf(stage).flatMap(({ kind, name: reference, limit, within }) => {
        const { name: set, isHeldOut } = dataSetIn(reference);
        const most = isHeldOut ? found.heldOutProblems : found.main;
        const isTaken = kind !== 'model' && set === name && within === undefined && limit !== null;
        return isTaken && limit < (isOfTraces(stage) ? Math.max(most, found.traces) : most) ? [limit] : [];
      })[0];
      if (first === undefined) return [];
      return [{ stage: stage.name, first, of: isOfTraces(stage) ? ('traces' as const) : ('problems' as const) }];
    });
    return limits.length === 0 ? found : { ...found, limits };
  };
  return new Map([...facts].map(([name, found]) => [name, withThose(name, found)]));
}

const isOfTraces = (stage: Stage): boolean =>
  stage.stage === 'warm-up' || stage.stage === 'score' || (stage.stage === 'distill' && stage.learn !== 'solution');

/** `eval-a takes the first 10 problems, warm-up the first 5 traces` */
function limitsText(limits: readonly StageLimit[]): string {
  const by = new Map<string, string[]>();
  for (const { stage, first, of } of limits) {
    const what = `the first ${first === 1 ? of.slice(0, -1) : `${first} ${of}`}`;
    by.set(what, [...(by.get(what) ?? []), stage]);
  }
  return [...by]
    .map(([what, stages]) => `${namesText(stages)} ${stages.length === 1 ? 'takes' : 'take'} ${what}`)
    .join(', ');
}

function tracesText({ problems, traces, mostTraces, withoutTrace }: DataFacts): string {
  if (traces === 0) return 'without traces';
  if (withoutTrace > 0) return `with ${counted(traces, 'trace')}, ${withoutTrace} without one`;
  if (mostTraces === 1) return 'with a trace each';
  return mostTraces * problems === traces ? `with ${mostTraces} traces each` : `with ${traces} traces`;
}

/** With what stands in front of it. */
function columnsTold(columns: ColumnUse | undefined): string {
  const text = columns === undefined ? undefined : columnsText(columns);
  return text === undefined ? '' : `; ${text}`;
}

/** `80 rows, 20 questions with 4 traces each, 10 held out`: anything unremarkable is left out. */
export function dataFactsText(facts: DataFacts): string {
  const {
    rows,
    problems,
    questions,
    excluded,
    heldOut,
    heldOutAsked,
    systemMessages = 0,
    explanations,
    columns,
    main,
    heldOutProblems,
  } = facts;
  // Where skip or limit leave some out.
  const isPart = main + heldOutProblems + excluded < problems;
  const what = problems === questions ? counted(questions, 'question') : counted(problems, 'problem');
  const told = [
    ...(rows === problems || explanations !== undefined ? [] : [counted(rows, 'row')]),
    explanations === undefined ? `${what} ${tracesText(facts)}` : `${counted(explanations, 'explanation')} of ${what}`,
    ...(problems === questions ? [] : [counted(questions, 'distinct question')]),
    ...(systemMessages === 0 ? [] : [`${counted(systemMessages, 'system message')} left out`]),
    ...(excluded === 0 ? [] : [`${excluded} excluded`]),
    ...(heldOut === 0 ? [] : [`${heldOut} held out${heldOutAsked === undefined ? '' : ` instead of ${heldOutAsked}`}`]),
    ...(isPart ? [`${main} used`] : []),
  ];
  const contradiction = facts.contradictions === undefined ? '' : `; ${contradictionsText(facts.contradictions)}`;
  const limits = facts.limits === undefined ? '' : `; ${limitsText(facts.limits)}`;
  return told.join(', ') + limits + contradiction + columnsTold(columns);
}
