/** The problems of a recipe: read or generated, then filtered, limited and held out. */
import type { Problem } from '../../data/problem.js';
import { readProblems } from '../../data/problem-file.js';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { DEFAULT_TRACE_MIX } from '../../data/tasks/task.js';
import type { Trace } from '../../data/trace.js';
import { streamTraces } from '../../data/trace-file.js';
import { InputError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { type DataSettings, type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { parseDataSource } from '../../recipe/sources.js';
import { stageKey } from '../../run/seeds.js';
import { HELD_OUT_SUFFIX } from '../../stages/settings.js';

async function everything(settings: DataSettings, recipeSeed: number): Promise<readonly Problem[]> {
  const source = parseDataSource(settings.source);
  if (source.kind === 'records') {
    const { adapter } = settings;
    return adapter === TRACE_FILE ? problemsOfTraces(source.source) : readProblems(source.source, { adapter });
  }
  const { count, level, purpose, traces, seed } = settings;
  return distinctProblems(taskNamed(source.name), {
    count,
    purpose,
    seed: seed ?? recipeSeed,
    mix: traces ?? DEFAULT_TRACE_MIX,
    ...(level === null ? {} : { level }),
  });
}

/** The problems that a trace file explains, each once, with its first explanation. */
async function problemsOfTraces(file: string): Promise<readonly Problem[]> {
  const problems = new Map<string, Problem>();
  for await (const { id, question, solution, explanation, answer, level, task } of streamTraces(file)) {
    if (problems.has(id)) continue;
    problems.set(id, {
      id,
      question,
      solution,
      reasoningTrace: explanation,
      ...(answer === undefined ? {} : { answer }),
      ...(level === undefined ? {} : { level }),
      ...(task === undefined ? {} : { task }),
    });
  }
  return [...problems.values()];
}

interface LoadedProblems {
  readonly main: readonly Problem[];
  readonly heldOut: readonly Problem[];
  /** Number of problems in the source, before any are left out. */
  readonly count: number;
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

  /** `asked`: the data sets being loaded that depend on this one, to detect cycles. */
  async #problems(reference: string, asked: readonly string[]): Promise<readonly Problem[]> {
    const isHeldOut = reference.endsWith(HELD_OUT_SUFFIX);
    const name = isHeldOut ? reference.slice(0, -HELD_OUT_SUFFIX.length) : reference;
    const { main, heldOut, count } = await this.#load(name, asked);
    const problems = isHeldOut ? heldOut : main;
    if (problems.length === 0) {
      throw new InputError(`none of ${count} problems are left in ${reference}`, {
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
    for (const other of settings.except)
      for (const { question } of await this.#problems(other, asked)) elsewhere.add(question);
    const whole = await everything(settings, this.#recipe.seed);
    const count = whole.length;
    const all = whole.filter(({ question }) => !elsewhere.has(question)).slice(settings.skip);
    if (settings.heldOut === 0) return { main: all.slice(0, settings.limit ?? undefined), heldOut: [], count };
    const stream = new RandomStream(stageKey(this.#recipe.seed, name, 'hold-out'));
    const chosen = new Set(stream.shuffle(all.map((_, index) => index)).slice(0, settings.heldOut));
    return {
      main: all.filter((_, index) => !chosen.has(index)).slice(0, settings.limit ?? undefined),
      heldOut: all.filter((_, index) => chosen.has(index)),
      count,
    };
  }
}

/**
 * A data set's own traces.
 * @throws {InputError} when explanations are used and a problem has none
 */
export function ownTraces(
  problems: readonly Problem[],
  name: string,
  explanations: 'used' | 'unused' = 'used',
): readonly Trace[] {
  const without =
    explanations === 'used' ? problems.find(({ reasoningTrace }) => reasoningTrace === undefined) : undefined;
  if (without !== undefined) {
    throw new InputError(`the problem ${without.id} of ${name} has no trace of its own`, {
      field: 'reasoning_trace',
      remedy:
        'Give every problem a reasoning_trace, or take the traces of an explain stage; for a trace file, set adapter: traces.',
    });
  }
  return problems.map(({ id, question, solution, answer, level, task, reasoningTrace = '' }) => ({
    id,
    question,
    solution,
    explanation: reasoningTrace,
    ended: 'stop',
    model: 'data',
    ...(answer === undefined ? {} : { answer }),
    ...(level === undefined ? {} : { level }),
    ...(task === undefined ? {} : { task }),
  }));
}
