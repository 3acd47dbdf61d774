/** What the names in a recipe stand for: problems, models on disk, and what its earlier stages left. */
import { isHubSource } from '../../data/hub/source.js';
import { readTraces } from '../../data/trace-file.js';
import type { ModelSource } from '../../engine/engine.js';
import { RecipeError, type RecipeProblem, RltError, UsageError } from '../../errors.js';
import { verifyManifest } from '../../manifest.js';
import { inputsOf } from '../../recipe/references.js';
import { type Recipe, TRACE_FILE } from '../../recipe/schema.js';
import { parseDataSource, parseModelSource } from '../../recipe/sources.js';
import { stageFolder } from '../../run/directory.js';
import { checkBenchmarks } from '../../stages/evaluate.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { STAGES, type Stage } from '../../stages/index.js';
import { HELD_OUT_SUFFIX } from '../../stages/settings.js';
import type { StageContext } from '../../stages/stage.js';
import { modelOf, readModelArtifact } from './models.js';
import { ownTraces, ProblemSource } from './problems.js';

export class Artifacts {
  readonly #recipe: Recipe;
  readonly #runDirectory: string;
  readonly #problems: ProblemSource;
  /** Stages whose files are known to be whole. */
  readonly #done = new Set<string>();

  constructor(recipe: Recipe, runDirectory: string) {
    this.#recipe = recipe;
    this.#runDirectory = runDirectory;
    this.#problems = new ProblemSource(recipe);
  }

  readonly readers: Pick<StageContext, 'source' | 'problems' | 'traces'> = {
    source: async (reference): Promise<ModelSource> => {
      const folder = await this.#left(reference, 'model');
      if (folder !== undefined) return readModelArtifact(folder);
      const settings = this.#recipe.models[reference];
      if (settings === undefined) throw new UsageError(`no model is called ${reference}`);
      return modelOf(settings);
    },
    problems: (reference) => this.#problems.problems(reference),
    traces: async (reference, explanations) => {
      const folder = await this.#left(reference, 'traces');
      if (folder !== undefined) return readTraces(`${folder}/${TRACES_FILE}`);
      const problems = await this.#problems.problems(reference);
      const settings = this.#recipe.data[reference];
      if (settings?.adapter !== TRACE_FILE) return ownTraces(problems, reference, explanations);
      // A trace file has what its explanations were: how they ended, which sample of a problem each is.
      const kept = new Set(problems.map(({ id }) => id));
      return (await readTraces(settings.source)).filter(({ id }) => kept.has(id));
    },
  };

  /** The stage was done, or verified, in this process: its files are not verified again. */
  done(stage: string): void {
    this.#done.add(stage);
  }

  /** The folder of an earlier stage that left such an artifact; undefined where the name is no stage's. */
  async #left(name: string, kind: 'model' | 'traces'): Promise<string | undefined> {
    const index = this.#recipe.stages.findIndex(
      (stage) => stage.name === name && STAGES[stage.stage].artifact === kind,
    );
    if (index < 0) return undefined;
    const directory = `${this.#runDirectory}/stages/${stageFolder({ index, name })}`;
    if (!this.#done.has(name)) {
      if ((await verifyManifest(directory)) === undefined) {
        throw new UsageError(`the stage ${name}, whose ${kind} is needed, has not been done`, {
          file: directory,
          remedy: 'Run it first, or the whole recipe with rlt run.',
        });
      }
      this.done(name);
    }
    return directory;
  }

  /**
   * Looks at every file that these stages take from outside the run, before anything is computed. What comes from the hub is
   * fetched, and judged, when it is used.
   * @throws RecipeError with all that is missing or cannot be read
   */
  async check(stages: readonly Stage[]): Promise<void> {
    const problems = new Map<string, RecipeProblem>();
    const attempt = async (field: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof RltError)) throw error;
        const { cause: _, ...facts } = error.facts;
        problems.set(error.message, { field, ...facts, message: error.summary });
      }
    };
    for (const stage of stages) {
      if (stage.stage === 'evaluate') await attempt(`stages.${stage.name}`, () => checkBenchmarks(stage));
      for (const { kind, name } of inputsOf(stage)) {
        const set = name.endsWith(HELD_OUT_SUFFIX) ? name.slice(0, -HELD_OUT_SUFFIX.length) : name;
        const model = this.#recipe.models[name];
        const data = this.#recipe.data[set];
        if (kind === 'model' && model !== undefined && parseModelSource(model.source).kind !== 'hub') {
          await attempt(`models.${name}.source`, () => modelOf(model));
        }
        const isLocal = data !== undefined && !isOnHub(data.source);
        if (kind === 'model' || !isLocal || this.#isStage(name, 'traces')) continue;
        const used = stage.stage === 'distill' && stage.learn === 'solution' ? 'unused' : 'used';
        await attempt(`data.${set}.source`, () =>
          kind === 'traces' || stage.stage === 'warm-up'
            ? this.readers.traces(name, used)
            : this.readers.problems(name),
        );
      }
    }
    if (problems.size > 0) throw new RecipeError([...problems.values()]);
  }

  #isStage(name: string, kind: 'model' | 'traces'): boolean {
    return this.#recipe.stages.some((stage) => stage.name === name && STAGES[stage.stage].artifact === kind);
  }
}

export function isOnHub(source: string): boolean {
  const parsed = parseDataSource(source);
  return parsed.kind === 'records' && isHubSource(parsed.source);
}
