/** The problems of a recipe: read or generated, then filtered, limited and held out. */
import type { ProblemNeeds } from '../../data/adapters.js';
import { type ColumnUse, isTold } from '../../data/columns/use.js';
import { heldOutCount } from '../../data/hold-out.js';
import { type Problem, questionKey } from '../../data/problem.js';
import { type ProblemFile, scanProblemFile } from '../../data/problem-file.js';
import { type ProblemList, problemList, QuestionSet } from '../../data/sequences/problem-list.js';
import { NumberList } from '../../data/sequences/record-store.js';
import { Lazy, picked, type Sequence } from '../../data/sequences/sequence.js';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { DEFAULT_TRACE_MIX } from '../../data/tasks/task.js';
import type { Trace } from '../../data/trace.js';
import { streamTraces } from '../../data/trace-file.js';
import { InputError } from '../../errors.js';
import { printableName } from '../../printable.js';
import { RandomStream } from '../../random.js';
import { inputsOf } from '../../recipe/references.js';
import { type DataSettings, type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { parseDataSource } from '../../recipe/sources.js';
import { stageKey } from '../../run/seeds.js';
import { dataSetIn, HELD_OUT_SUFFIX } from '../../stages/definition/settings.js';
import { Turns } from '../../stopping.js';
import { contradictionsIn } from './contradictions.js';
import type { DataFacts } from './data-facts.js';
import { misreadIn } from './misread.js';

async function everything(
  settings: DataSettings,
  recipeSeed: number,
  needs: ProblemNeeds,
): Promise<ProblemFile<ProblemList>> {
  const source = parseDataSource(settings.source);
  if (source.kind === 'records') {
    const { adapter, columns } = settings;
    if (adapter === TRACE_FILE) return problemsOfTraces(source.source);
    const named = columns === null ? {} : { columns };
    return scanProblemFile(source.source, { adapter, needs, ...named }).catch((error: unknown) => {
      throw error instanceof InputError ? aboutRecipe(error) : error;
    });
  }
  const { count, level, purpose, traces, seed } = settings;
  const problems = distinctProblems(taskNamed(source.name), {
    count,
    purpose,
    seed: seed ?? recipeSeed,
    mix: traces ?? DEFAULT_TRACE_MIX,
    ...(level === null ? {} : { level }),
  });
  return { problems: problemList(problems), rows: problems.length, systemMessages: 0 };
}

/** The error with the remedy for people who wrote a recipe. */
function aboutRecipe(error: InputError): InputError {
  const { remedyForRecipe, ...facts } = error.facts;
  return remedyForRecipe === undefined ? error : new InputError(error.summary, { ...facts, remedy: remedyForRecipe });
}

/** Whether stages only ask and grade the problems of a data set, or need their solutions too. */
function needsOf({ stages }: Recipe, name: string): ProblemNeeds {
  const users = stages.filter((stage) =>
    inputsOf(stage).some((input) => input.kind !== 'model' && dataSetIn(input.name).name === name),
  );
  return users.length > 0 && users.every(({ stage }) => stage === 'evaluate' || stage === 'reinforce')
    ? 'answers'
    : 'solutions';
}

/** The problems that a trace file explains, each once, with its explanations. */
async function problemsOfTraces(file: string): Promise<ProblemFile<ProblemList>> {
  const problems = new Map<string, Problem>();
  const firstRows: number[] = [];
  let rows = 0;
  for await (const { id, question, solution, explanation, answer, level, task } of streamTraces(file)) {
    rows++;
    const known = problems.get(id);
    if (known !== undefined && questionKey(known.question) !== questionKey(question)) {
      throw new InputError(`the id ${id} stands for two questions`, {
        file,
        field: 'id',
        remedy: 'Give the traces of every problem an id of their own.',
      });
    }
    if (known === undefined) firstRows.push(rows - 1);
    const { reasoningTraces: before = [] } = known ?? {};
    const traces = explanation.trim() === '' ? before : [...before, explanation];
    problems.set(id, {
      id,
      question,
      solution,
      ...(answer === undefined ? {} : { answer }),
      ...(level === undefined ? {} : { level }),
      ...(task === undefined ? {} : { task }),
      ...known,
      ...(traces.length === 0 ? {} : { reasoningTraces: traces }),
    });
  }
  return { problems: problemList(problems.values(), firstRows), rows, systemMessages: 0 };
}

/** Problems of a data set, and how many of them there are with traces. */
interface Part {
  readonly problems: Sequence<Problem>;
  readonly counts: PartCounts;
}

export interface PartCounts {
  /** Problems that have a trace of their own. */
  readonly traced: number;
  /** Traces of their own that these problems have together. */
  readonly traces: number;
}

interface LoadedProblems {
  readonly main: Part;
  readonly heldOut: Part;
  readonly facts: DataFacts;
}

/** Loads each data set of a recipe once. */
export class ProblemSource {
  readonly #recipe: Recipe;
  readonly #loaded = new Map<string, Promise<LoadedProblems>>();

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  /**
   * The problems that a reference names: a key under `data`, or `NAME.held-out`. They are made when they are asked for.
   * @throws {InputError} when none are left
   */
  async list(reference: string): Promise<Sequence<Problem>> {
    return (await this.#part(reference, [])).problems;
  }

  /** The problems of `list` as an array. */
  async problems(reference: string): Promise<readonly Problem[]> {
    return [...(await this.list(reference))];
  }

  /** How many of the problems of a reference have traces. @throws {InputError} as `list` */
  async counts(reference: string): Promise<PartCounts> {
    return (await this.#part(reference, [])).counts;
  }

  /** What was found in a data set: `name` is a key under `data`. */
  async facts(name: string): Promise<DataFacts> {
    return (await this.#load(name, [])).facts;
  }

  /** `asked`: the data sets being loaded that depend on this one, to detect cycles. */
  async #part(reference: string, asked: readonly string[]): Promise<Part> {
    const { name, isHeldOut } = dataSetIn(reference);
    const { main, heldOut, facts } = await this.#load(name, asked);
    const part = isHeldOut ? heldOut : main;
    if (part.problems.length === 0) {
      if (facts.problems === 0) throw new InputError(`there are no problems in ${name}`, { field: `data.${name}` });
      throw new InputError(`none of ${facts.problems} problems are left in ${reference}`, {
        field: `data.${name}`,
        remedy: 'Lower its heldOut or skip, or check its except.',
      });
    }
    return part;
  }

  #load(name: string, asked: readonly string[]) {
    if (asked.includes(name)) {
      throw new InputError(`these data sets exclude each other: ${[...asked, name].join(', ')}`, {
        field: `data.${name}.except`,
        remedy: 'Remove one of them from the except of another.',
      });
    }
    let loaded = this.#loaded.get(name);
    if (loaded === undefined) {
      loaded = this.#make(name, [...asked, name]);
      this.#loaded.set(name, loaded);
    }
    return loaded;
  }

  async #make(name: string, asked: readonly string[]): Promise<LoadedProblems> {
    const settings = this.#recipe.data[name];
    if (settings === undefined) throw new InputError(`there is no data set named ${name}`, { field: `data.${name}` });
    const elsewhere = new QuestionSet();
    for (const other of settings.except) {
      const main = await this.#part(other, asked);
      const { heldOut } = await this.#load(other, asked);
      for (const { problems } of [main, heldOut]) elsewhere.addAll(problems);
    }
    const turns = new Turns();
    const pass = (): Promise<void> => turns.give(() => `sorting the problems of ${name}`);
    const { problems, rows, systemMessages, columns } = await everything(
      settings,
      this.#recipe.seed,
      needsOf(this.#recipe, name),
    );
    const all = Uint32Array.from({ length: problems.length }, (_, index) => index);
    await pass();
    const kept =
      settings.except.length === 0
        ? all
        : all.filter((index) => !elsewhere.has((problems.at(index) as Problem).question));
    await pass();
    const { main, heldOut, questions } = this.#split(name, settings, problems, kept.subarray(settings.skip), columns);
    const limited = main.subarray(0, settings.limit ?? undefined);
    await pass();
    const { traced, traces } = countsOf(problems, all);
    const contradictions = await contradictionsIn(problems);
    const misread = await misreadIn(problems);
    return {
      main: partOf(problems, limited),
      heldOut: partOf(problems, heldOut),
      facts: {
        rows,
        problems: problems.length,
        questions: problems.questions,
        traces,
        mostTraces: all.reduce((most, index) => Math.max(most, problems.tracesOf(index)), 0),
        withoutTrace: problems.length - traced,
        excluded: problems.length - kept.length,
        heldOut: questions,
        ...(settings.heldOut >= 1 && settings.heldOut > questions ? { heldOutAsked: settings.heldOut } : {}),
        ...(settings.adapter === TRACE_FILE ? { explanations: rows } : {}),
        ...(systemMessages === 0 ? {} : { systemMessages }),
        ...(columns === undefined || !isTold(columns) ? {} : { columns }),
        ...(contradictions === undefined ? {} : { contradictions }),
        ...(misread === undefined ? {} : { misread }),
        main: limited.length,
        heldOutProblems: heldOut.length,
      },
    };
  }

  /** All problems of a question are on one side, so that no held-out question is also trained on. */
  #split(
    name: string,
    { heldOut: asked }: DataSettings,
    problems: ProblemList,
    indices: Uint32Array,
    columns: ColumnUse | undefined,
  ) {
    // Questions in the order of these problems: some that come first may be left out.
    const place = new Int32Array(problems.questions).fill(-1);
    let count = 0;
    for (const index of indices) {
      const question = problems.questionOf(index);
      if (place[question] === -1) place[question] = count++;
    }
    const questions = heldOutCount(asked, count);
    if (asked > 0 && count > 0 && (questions === 0 || questions === count)) {
      const nothing = questions === 0 ? 'hold out' : 'train on';
      throw new InputError(
        `${name} has ${count} distinct question${count === 1 ? '' : 's'}; with heldOut: ${asked} nothing is left to ${nothing}`,
        { field: `data.${name}.heldOut`, remedy: `${passageText(name, columns)}${enoughText(name, asked, count)}` },
      );
    }
    const isChosen = new Uint8Array(count);
    if (questions > 0) {
      const order = Array.from({ length: count }, (_, number) => number);
      const shuffled = new RandomStream(stageKey(this.#recipe.seed, name, 'hold-out')).shuffle(order);
      for (const question of shuffled.slice(0, questions)) isChosen[question] = 1;
    }
    const isHeldOut = (index: number): boolean => isChosen[place[problems.questionOf(index)] as number] === 1;
    return {
      main: indices.filter((index) => !isHeldOut(index)),
      heldOut: indices.filter(isHeldOut),
      questions,
    };
  }
}

/** A column that is not read may be why rows have the same question. */
function passageText(name: string, columns: ColumnUse | undefined): string {
  const passage = columns?.ignored.find(({ tellsApart }) => tellsApart)?.name;
  return passage === undefined
    ? ''
    : `Rows with the same question have different passages in the column ${printableName(passage)}, which is not read: name it as passage in data.${name}.columns, beside the question and the others. Else: `;
}

/** What to do where a data set has too few questions to hold some out. */
function enoughText(name: string, asked: number, count: number): string {
  const isEnough = (questions: number): boolean => {
    const heldOut = heldOutCount(asked, questions);
    return heldOut > 0 && heldOut < questions;
  };
  let needed = count + 1;
  while (!isEnough(needed)) needed++;
  const smaller = count > 1 ? ' Or set a smaller share.' : '';
  return (
    `heldOut: ${asked} takes ${needed} distinct questions or more: add ${needed - count}.${smaller} To train on all instead, set heldOut to 0 ` +
    `and let the stages that use ${name}${HELD_OUT_SUFFIX} use another data set, or leave them out.`
  );
}

const partOf = (problems: ProblemList, indices: Uint32Array): Part => ({
  problems: picked(problems, indices),
  counts: countsOf(problems, indices),
});

function countsOf(problems: ProblemList, indices: Uint32Array): PartCounts {
  let [traced, traces] = [0, 0];
  for (const index of indices) {
    const own = problems.tracesOf(index);
    traces += own;
    if (own > 0) traced++;
  }
  return { traced, traces };
}

/**
 * A data set's own traces, in the order of its problems; `sample` counts those of a problem that has several. A problem
 * without one has an empty explanation.
 * @throws {InputError} when explanations are used and a problem has none
 */
export function ownTraces(
  problems: Sequence<Problem>,
  name: string,
  explanations: 'used' | 'unused' = 'used',
): Sequence<Trace> {
  /** Of each trace: its problem, and its place among those of the problem. */
  const [problem, sample] = [new NumberList(), new NumberList()];
  let index = 0;
  for (const { id, reasoningTraces } of problems) {
    if (explanations === 'used' && reasoningTraces === undefined) {
      throw new InputError(`the problem ${id} of ${name} has no trace of its own`, {
        field: 'reasoning_trace',
        remedy:
          'Give every problem a reasoning_trace, or take the traces of an explain stage; for a trace file, set adapter: traces.',
      });
    }
    for (let place = 0; place < (reasoningTraces?.length ?? 1); place++) {
      problem.push(index);
      sample.push(place);
    }
    index++;
  }
  return new Lazy(problem.length, (trace) => ownTrace(problems.at(problem.at(trace)) as Problem, sample.at(trace)));
}

function ownTrace({ id, question, solution, answer, level, task, reasoningTraces }: Problem, sample: number): Trace {
  return {
    id,
    question,
    solution,
    explanation: reasoningTraces?.[sample] ?? '',
    ended: 'stop',
    model: 'data',
    ...(reasoningTraces === undefined || reasoningTraces.length === 1 ? {} : { sample }),
    ...(answer === undefined ? {} : { answer }),
    ...(level === undefined ? {} : { level }),
    ...(task === undefined ? {} : { task }),
  };
}
