/** Resolves the references of a recipe: problems, models, and the artifacts of earlier stages. */

import { isHubSource } from '../../data/hub/source.js';
import type { Problem } from '../../data/problem.js';
import { stored } from '../../data/sequences/record-store.js';
import { filtered, type Sequence } from '../../data/sequences/sequence.js';
import type { Trace } from '../../data/trace.js';
import { streamTraces } from '../../data/trace-file.js';
import type { ModelSource } from '../../engine/engine.js';
import { InputError, InterruptedError, RecipeError, type RecipeProblem, RltError, UsageError } from '../../errors.js';
import { verifyManifest } from '../../manifest.js';
import { opensFolders, originOf } from '../../recipe/engines.js';
import { dataSetsBehind, inputsOf } from '../../recipe/references.js';
import { type ModelSettings, type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { parseDataSource, parseModelSource } from '../../recipe/sources.js';
import { stageFolder } from '../../run/begun-stages.js';
import { dataSetIn } from '../../stages/definition/settings.js';
import type { StageContext } from '../../stages/definition/stage.js';
import { localBenchmarks } from '../../stages/evaluation-problems.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { STAGES, type Stage } from '../../stages/index.js';
import { isAbsence } from '../../system-errors.js';
import type { DataFacts } from './data-facts.js';
import { heldIn, modelOf, readModelArtifact } from './models.js';
import { ownTraces, ProblemSource } from './problems.js';

export class Artifacts {
  readonly #recipe: Recipe;
  readonly #runDirectory: string;
  readonly #problems: ProblemSource;
  /** Stages whose artifacts are known to be intact. */
  readonly #done = new Set<string>();
  /** The traces of data sets, by reference and use: what stages ask for again is the same sequence. */
  readonly #ownTraces = new Map<string, Promise<Sequence<Trace>>>();

  constructor(recipe: Recipe, runDirectory: string, problems = new ProblemSource(recipe)) {
    this.#recipe = recipe;
    this.#runDirectory = runDirectory;
    this.#problems = problems;
  }

  readonly readers: Pick<StageContext, 'source' | 'problems' | 'traces'> = {
    source: async (reference): Promise<ModelSource> => {
      const folder = await this.#left(reference, 'model');
      // What learnt on a model of few bits is an adapter on it.
      if (folder !== undefined) return heldIn(await readModelArtifact(folder), originOf(this.#recipe, reference)?.bits);
      const settings = this.#recipe.models[reference];
      if (settings === undefined) throw new UsageError(`there is no model named ${reference}`);
      return modelOf(settings, this.#opens(settings));
    },
    problems: (reference) => this.#problems.list(reference),
    traces: async (reference, explanations = 'used') => {
      const folder = await this.#left(reference, 'traces');
      if (folder !== undefined) return stored(streamTraces(`${folder}/${TRACES_FILE}`));
      const key = `${reference} ${explanations}`;
      const known = this.#ownTraces.get(key) ?? this.#tracesIn(reference, explanations);
      this.#ownTraces.set(key, known);
      return known;
    },
  };

  /** The traces of a data set. */
  async #tracesIn(reference: string, explanations: 'used' | 'unused'): Promise<Sequence<Trace>> {
    const problems = await this.#problems.list(reference);
    const settings = this.#recipe.data[reference];
    if (settings?.adapter !== TRACE_FILE) {
      return ownTraces(explanations === 'unused' ? problems : withTraces(problems, reference), reference, explanations);
    }
    // A trace file also says how each explanation ended, and which sample of its problem it is.
    const kept = new Set(problems.map(({ id }) => id));
    return filtered(await stored(streamTraces(settings.source)), ({ id }) => kept.has(id));
  }

  #opens(settings: ModelSettings): 'folders' | 'names' {
    return opensFolders(this.#recipe, settings) ? 'folders' : 'names';
  }

  /** What was found in the data sets that these stages use, by key under `data`; those of the hub are fetched. */
  async dataFacts(stages: readonly Stage[]): Promise<ReadonlyMap<string, DataFacts>> {
    const facts = new Map<string, DataFacts>();
    for (const { kind, name } of stages.flatMap((stage) => inputsOf(stage))) {
      const { name: set } = dataSetIn(name);
      if (kind === 'model' || this.#recipe.data[set] === undefined || this.isLeftByStage(name, 'traces')) continue;
      facts.set(set, await this.#problems.facts(set));
    }
    return facts;
  }

  /** Marks a stage as run or verified by this process, so that its files are not verified again. */
  done(stage: string): void {
    this.#done.add(stage);
  }

  /** The folder of the stage that left the artifact; undefined if no stage has this name. */
  async #left(name: string, kind: 'model' | 'traces'): Promise<string | undefined> {
    const index = this.#recipe.stages.findIndex(
      (stage) => stage.name === name && STAGES[stage.stage].artifact === kind,
    );
    if (index < 0) return undefined;
    const directory = `${this.#runDirectory}/stages/${stageFolder({ index, name })}`;
    if (!this.#done.has(name)) {
      if ((await verifyManifest(directory)) === undefined) {
        throw new UsageError(
          `the stage ${name}, whose ${kind} ${kind === 'model' ? 'is' : 'are'} needed, has not been run`,
          { file: directory, remedy: `Run it first, or run the whole recipe with rlt run. ${ELSEWHERE}` },
        );
      }
      this.done(name);
    }
    return directory;
  }

  /**
   * Checks every file that these stages take from outside the run, before anything is computed. Sources on the hub are
   * fetched and checked when they are used.
   * @throws {RecipeError} when a source is missing or unreadable; it lists all of them
   */
  async check(stages: readonly Stage[]): Promise<void> {
    const problems = new Map<string, RecipeProblem>();
    let fault: RecipeError['fault'] = 'data';
    const attempt = async (field: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof RltError) || error instanceof InterruptedError) throw error;
        const { cause, ...facts } = error.facts;
        // What stands in a data file is not for the recipe to mend; a path to no file is.
        if (!field.startsWith('data.') || error.code !== 'input' || facts.file === undefined) fault = 'recipe';
        const whenMissing = isAbsence(cause) ? this.#whenMissing(facts.file) : undefined;
        const remedy = whenMissing === undefined ? {} : { remedy: whenMissing };
        problems.set(error.message, { field, ...facts, ...remedy, message: error.summary });
      }
    };
    for (const stage of stages) {
      if (stage.stage === 'evaluate') await attempt(`stages.${stage.name}`, () => localBenchmarks(stage));
      for (const { kind, name } of inputsOf(stage)) {
        const { name: set } = dataSetIn(name);
        const model = this.#recipe.models[name];
        const data = this.#recipe.data[set];
        if (kind === 'model' && model !== undefined && parseModelSource(model.source).kind !== 'hub') {
          await attempt(`models.${name}.source`, () => modelOf(model, this.#opens(model)));
        }
        const isLocal = data !== undefined && !isOnHub(data.source);
        if (kind === 'model' || !isLocal || this.isLeftByStage(name, 'traces')) continue;
        const used = stage.stage === 'distill' && stage.learn === 'solution' ? 'unused' : 'used';
        const read = () =>
          kind === 'traces' || stage.stage === 'warm-up'
            ? this.readers.traces(name, used)
            : this.readers.problems(name);
        await attempt(`data.${set}.source`, read);
      }
    }
    if (problems.size > 0) throw new RecipeError([...problems.values()], fault);
  }

  /** What the recipe says of a data file that is not there. */
  #whenMissing(file: string | undefined): string | undefined {
    return Object.values(this.#recipe.data).find(({ source }) => source === file)?.whenMissing;
  }

  isLeftByStage(name: string, kind: 'model' | 'traces'): boolean {
    return this.#recipe.stages.some((stage) => stage.name === name && STAGES[stage.stage].artifact === kind);
  }

  /**
   * That an earlier stage has not been run whose artifact these stages take, naming all such stages; undefined where
   * what they take from others is there, or is made by one of them before it is needed.
   */
  async missingStages(stages: readonly Stage[]): Promise<UsageError | undefined> {
    const missing = new Map<string, UsageError>();
    const made = new Set<string>();
    for (const stage of stages) {
      for (const { kind, name } of inputsOf(stage)) {
        if ((kind !== 'model' && kind !== 'traces') || made.has(name) || missing.has(name)) continue;
        try {
          await this.#left(name, kind);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          missing.set(name, error);
        }
      }
      made.add(stage.name);
    }
    const [first, ...others] = missing.values();
    if (first === undefined || others.length === 0) return first;
    return new UsageError(`these stages are needed and have not been run: ${[...missing.keys()].join(', ')}`, {
      file: this.#runDirectory,
      remedy: `Run them first, or run the whole recipe with rlt run. ${ELSEWHERE}`,
    });
  }
}

const ELSEWHERE = 'If a run elsewhere has them, name its directory with --out.';

/**
 * The problems that have a trace of their own.
 * @throws {InputError} when none has
 */
function withTraces(problems: Sequence<Problem>, name: string): Sequence<Problem> {
  const traced = filtered(problems, ({ reasoningTraces }) => reasoningTraces !== undefined);
  if (traced.length > 0) return traced;
  const [none, a] =
    problems.length === 1 ? ['the one problem', 'no'] : [`none of the ${problems.length} problems`, 'a'];
  throw new InputError(`${none} of ${name} has ${a} trace of its own`, {
    field: 'reasoning_trace',
    remedy:
      'Give some of them a reasoning_trace; or set examples to a data set with traces, or whenNoTraces to skip, in the ' +
      'stages that learn from them (the recipe own-data does); for a trace file, set adapter: traces.',
  });
}

export function isOnHub(source: string): boolean {
  const parsed = parseDataSource(source);
  return parsed.kind === 'records' && isHubSource(parsed.source);
}

/** Whether all data behind a reference lie on this machine or are generated. */
export const isLocal = (recipe: Recipe, reference: string): boolean =>
  [...dataSetsBehind(recipe.data, reference)].every((name) => {
    const settings = recipe.data[name];
    return settings !== undefined && !isOnHub(settings.source);
  });
