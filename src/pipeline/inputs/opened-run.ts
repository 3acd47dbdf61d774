/** A run directory for programs: its recipe, its stages, and what the finished ones left. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import type { Trace } from '../../data/trace.js';
import { streamTraces } from '../../data/trace-file.js';
import type { ModelSource } from '../../engine/engine.js';
import { UsageError } from '../../errors.js';
import { MANIFEST, verifyManifest } from '../../manifest.js';
import { originOf } from '../../recipe/engines.js';
import { loadRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { isRun, RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { runRemedy } from '../../run/near-run.js';
import type { StageKind } from '../../stages/definition/kinds.js';
import type { ArtifactKind } from '../../stages/definition/stage.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
import { heldIn, readModelArtifact } from './models.js';

/** A stage of a run. */
export interface RunStage {
  readonly name: string;
  readonly kind: StageKind;
  /** What it leaves when it is done. */
  readonly leaves: 'model' | 'traces' | 'results';
  /** Its folder, which is there once it has begun. */
  readonly directory: string;
  readonly isDone: boolean;
}

/** A run directory that is read. The run may be at work: what its finished stages left stays as it is. */
export interface OpenedRun {
  readonly directory: string;
  /** The recipe as it is run, with every default written out. */
  readonly recipe: Recipe;
  /** In the order of the recipe, as they were when the run was opened. */
  readonly stages: readonly RunStage[];
  /**
   * The model that a stage left, to be opened by an engine, in the bits in which the run holds it.
   * @throws {UsageError} when no stage of this name leaves a model, or it is not done
   * @throws {StorageError} when a file of the stage is missing or has changed
   */
  model(stage: string): Promise<ModelSource>;
  /**
   * The traces that a stage left, read one by one.
   * @throws {UsageError} when no stage of this name leaves traces, or it is not done
   * @throws {StorageError} when a file of the stage is missing or has changed
   */
  traces(stage: string): AsyncGenerator<Trace>;
}

/**
 * Opens a run directory to read what its stages left. Files are compared with their checksums when they are asked for.
 * @throws {UsageError} when there is no run
 * @throws {StorageError} when the run has lost its recipe
 * @throws {RecipeError} when its recipe cannot be read, as that of another version
 */
export async function openRun(directory: string): Promise<OpenedRun> {
  checkArguments("openRun('runs/quickstart')", { directory }, { directory: z.string() });
  requireKeptRecipe(directory);
  if (!isRun(directory))
    throw new UsageError('there is no run here', {
      file: directory,
      remedy: runRemedy(directory, `A run directory has a ${RECIPE_FILE}; by default it is runs/NAME.`),
    });
  const recipe = await loadRecipe(join(directory, RECIPE_FILE));
  const stages = recipe.stages.map((stage, index): RunStage => {
    const folder = join(directory, 'stages', stageFolder({ index, name: stage.name }));
    const isDone = existsSync(join(folder, MANIFEST));
    return { name: stage.name, kind: stage.stage, leaves: definitionOf(stage).artifact, directory: folder, isDone };
  });
  const left = async (name: string, kind: ArtifactKind): Promise<string> => {
    const leaving = stages.filter(({ leaves }) => leaves === kind);
    const stage = leaving.find((one) => one.name === name);
    if (stage === undefined) throw noSuchStage(directory, name, kind, leaving);
    if ((await verifyManifest(stage.directory)) === undefined) throw unfinished(stage);
    return stage.directory;
  };
  return {
    directory,
    recipe,
    stages,
    model: async (stage) => heldIn(await readModelArtifact(await left(stage, 'model')), originOf(recipe, stage)?.bits),
    async *traces(stage) {
      yield* streamTraces(join(await left(stage, 'traces'), TRACES_FILE));
    },
  };
}

const LEFT = { model: 'a model', traces: 'traces', results: 'results' } as const;

const noSuchStage = (file: string, name: string, kind: ArtifactKind, leaving: readonly RunStage[]): UsageError => {
  const names = leaving.map((stage) => stage.name);
  return new UsageError(`no stage "${name}" of the run leaves ${LEFT[kind]}`, {
    file,
    remedy: suggestion(name, names, 'stages that do'),
  });
};

export const unfinished = ({ name, directory, leaves }: RunStage): UsageError =>
  new UsageError(`the stage ${name} is not done, and has left no ${leaves === 'model' ? 'model' : leaves} yet`, {
    file: directory,
    remedy: 'Wait for it, or resume the run.',
  });
