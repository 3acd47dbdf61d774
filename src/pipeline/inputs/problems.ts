/** The problems of a recipe: read or generated, then filtered, limited and held out. */
import { heldOutCount } from '../../data/hold-out.js';
import { type Problem, questionKey } from '../../data/problem.js';
import { type ProblemFile, readProblemFile } from '../../data/problem-file.js';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { DEFAULT_TRACE_MIX } from '../../data/tasks/task.js';
import type { Trace } from '../../data/trace.js';
import { streamTraces } from '../../data/trace-file.js';
import { InputError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { type DataSettings, type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { parseDataSource } from '../../recipe/sources.js';
import { stageKey } from '../../run/seeds.js';
import { dataSetIn } from '../../stages/settings.js';
import type { DataFacts } from './data-facts.js';

async function everything(settings: DataSettings, recipeSeed: number): Promise<ProblemFile> {
  const source = parseDataSource(settings.source);
  if (source.kind === 'records') {
    const { adapter, columns } = settings;
    if (adapter === TRACE_FILE) return problemsOfTraces(source.source);
    return readProblemFile(source.source, { adapter, ...(columns === null ? {} : { columns }) });
  }
  const { count, level, purpose, traces, seed } = settings;
  const problems = distinctProblems(taskNamed(source.name), {
    count,
    purpose,
    seed: seed ?? recipeSeed,
    mix: traces ?? DEFAULT_TRACE_MIX,
    ...(level === null ? {} : { level }),
  });
  return { problems, rows: problems.length, systemMessages: 0 };
}

/** The problems that a trace file explains, each once, with its explanations. */
async function problemsOfTraces(file: string): Promise<ProblemFile> {
  const problems = new Map<string, Problem>();
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
  return { problems: [...problems.values()], rows, systemMessages: 0 };
}

interface LoadedProblems {
  readonly main: readonly Problem[];
  readonly heldOut: readonly Problem[];
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
   * The problems that a reference names: a key under `data`, or `NAME.held-out`.
   * @throws {InputError} when none are left
   */
  problems(reference: string): Promise<readonly Problem[]> {
    return this.#problems(reference, []);
  }

  /** What was found in a data set: `name` is a key under `data`. */
  async facts(name: string): Promise<DataFacts> {
    return (await this.#load(name, [])).facts;
  }

  /** `asked`: the data sets being loaded that depend on this one, to detect cycles. */
  async #problems(reference: string, asked: readonly string[]): Promise<readonly Problem[]> {
    const { name, isHeldOut } = dataSetIn(reference);
    const { main, heldOut, facts } = await this.#load(name, asked);
    const problems = isHeldOut ? heldOut : main;
    if (problems.length === 0) {
      throw new InputError(`none of ${facts.problems} problems are left in ${reference}`, {
        field: `data.${name}`,
        remedy: 'Lower its heldOut or skip, or check its except.',
      });
    }
    return problems;
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
    const elsewhere = new Set<string>();
    for (const other of settings.except) {
      const main = await this.#problems(other, asked);
      const { heldOut } = await this.#load(other, asked);
      for (const { question } of [...main, ...heldOut]) elsewhere.add(questionKey(question));
    }
    const { problems, rows, systemMessages, columns } = await everything(settings, this.#recipe.seed);
    const kept = problems.filter(({ question }) => !elsewhere.has(questionKey(question)));
    const { main, heldOut, questions } = this.#split(name, settings, kept.slice(settings.skip));
    const withTraces = problems.filter(({ reasoningTraces }) => reasoningTraces !== undefined);
    const limited = main.slice(0, settings.limit ?? undefined);
    return {
      main: limited,
      heldOut,
      facts: {
        rows,
        problems: problems.length,
        questions: new Set(problems.map(({ question }) => questionKey(question))).size,
        traces: withTraces.reduce((sum, { reasoningTraces = [] }) => sum + reasoningTraces.length, 0),
        mostTraces: withTraces.reduce((most, { reasoningTraces = [] }) => Math.max(most, reasoningTraces.length), 0),
        withoutTrace: problems.length - withTraces.length,
        excluded: problems.length - kept.length,
        heldOut: questions,
        ...(settings.heldOut >= 1 && settings.heldOut > questions ? { heldOutAsked: settings.heldOut } : {}),
        ...(settings.adapter === TRACE_FILE ? { explanations: rows } : {}),
        ...(systemMessages === 0 ? {} : { systemMessages }),
        ...(columns === undefined || (columns.ignored.length === 0 && columns.names === undefined) ? {} : { columns }),
        main: limited.length,
        heldOutProblems: heldOut.length,
      },
    };
  }

  /** All problems of a question are on one side, so that no held-out question is also trained on. */
  #split(name: string, { heldOut: asked }: DataSettings, problems: readonly Problem[]) {
    const byQuestion = new Map<string, number[]>();
    for (const [index, { question }] of problems.entries()) {
      const key = questionKey(question);
      const same = byQuestion.get(key);
      if (same === undefined) byQuestion.set(key, [index]);
      else same.push(index);
    }
    const groups = [...byQuestion.values()];
    const questions = heldOutCount(asked, groups.length);
    if (asked > 0 && groups.length > 0 && (questions === 0 || questions === groups.length)) {
      const nothing = questions === 0 ? 'hold out' : 'train on';
      throw new InputError(
        `${name} has ${groups.length} distinct question${groups.length === 1 ? '' : 's'}; with heldOut: ${asked} nothing is left to ${nothing}`,
        { field: `data.${name}.heldOut`, remedy: 'Add problems, or set heldOut to 0 or to a smaller share.' },
      );
    }
    const order = new RandomStream(stageKey(this.#recipe.seed, name, 'hold-out')).shuffle(groups);
    const chosen = new Set(order.slice(0, questions).flat());
    return {
      main: problems.filter((_, index) => !chosen.has(index)),
      heldOut: problems.filter((_, index) => chosen.has(index)),
      questions,
    };
  }
}

/**
 * A data set's own traces, in the order of its problems; `sample` counts those of a problem that has several. A problem
 * without one has an empty explanation.
 * @throws {InputError} when explanations are used and a problem has none
 */
export function ownTraces(
  problems: readonly Problem[],
  name: string,
  explanations: 'used' | 'unused' = 'used',
): readonly Trace[] {
  const without =
    explanations === 'used' ? problems.find(({ reasoningTraces }) => reasoningTraces === undefined) : undefined;
  if (without !== undefined) {
    throw new InputError(`the problem ${without.id} of ${name} has no trace of its own`, {
      field: 'reasoning_trace',
      remedy:
        'Give every problem a reasoning_trace, or take the traces of an explain stage; for a trace file, set adapter: traces.',
    });
  }
  return problems.flatMap(({ id, question, solution, answer, level, task, reasoningTraces = [''] }) =>
    reasoningTraces.map(
      (explanation, sample): Trace => ({
        id,
        question,
        solution,
        explanation,
        ended: 'stop',
        model: 'data',
        ...(reasoningTraces.length === 1 ? {} : { sample }),
        ...(answer === undefined ? {} : { answer }),
        ...(level === undefined ? {} : { level }),
        ...(task === undefined ? {} : { task }),
      }),
    ),
  );
}
