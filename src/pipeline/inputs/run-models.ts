/** A run directory, and where its models are: on this machine, or on the server of their engine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EngineSettings } from '../../engine/kinds.js';
import { InterruptedError, RltError } from '../../errors.js';
import { engineOfModel, engineSettings } from '../../recipe/engines.js';
import { loadRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { RECIPE_FILE, stageFolder } from '../../run/begun-stages.js';
import { MODEL_FOLDER, servedArtifact } from './models.js';

export const holdsModel = (folder: string): boolean =>
  ['config.json', 'adapter_config.json'].some((name) => existsSync(join(folder, name)));

/** The recipe of a run; undefined where it cannot be read, as that of another version. */
export async function recipeOfRun(run: string): Promise<Recipe | undefined> {
  try {
    return await loadRecipe(join(run, RECIPE_FILE));
  } catch (error) {
    if (error instanceof RltError && !(error instanceof InterruptedError)) return undefined;
    throw error;
  }
}

type ServerSettings = Exclude<EngineSettings, { readonly kind: 'local' }>;

/** How a model is reached that is on a server. */
export interface Server {
  readonly engine: ServerSettings;
  /** Of a model that only the server knows by its name. */
  readonly tokenizer: string | null;
}

/** Where it is, without credentials. */
export const hostOf = ({ engine }: Server): string => new URL(engine.url).host;

/** Where a model of a run is. */
export interface PlaceInRun {
  /** What names it and no other: the folder of its stage, or its source. */
  readonly unique: string;
  /** As recipes name it. */
  readonly source: string;
  readonly adapter: string | null;
  /** Absent of a model that is here. */
  readonly server?: Server | undefined;
}

/** Where the model of a stage is, or one that the run was given; undefined where the stage has not left it yet. */
export async function placeInRun(run: string, recipe: Recipe, model: string): Promise<PlaceInRun | undefined> {
  const engine = engineSettings(recipe, engineOfModel(recipe, model));
  const served = (tokenizer: string | null): Pick<PlaceInRun, 'server'> =>
    engine.kind === 'local' ? {} : { server: { engine: unprobed(engine), tokenizer } };
  const index = recipe.stages.findIndex(({ name }) => name === model);
  if (index < 0) {
    const given = recipe.models[model];
    if (given === undefined) return undefined;
    const { source, adapter, tokenizer } = given;
    return { unique: source, source, adapter, ...served(tokenizer) };
  }
  const unique = join(run, 'stages', stageFolder({ index, name: model }));
  const folder = join(unique, MODEL_FOLDER);
  if (holdsModel(folder)) return { unique, source: folder, adapter: null };
  const left = await servedArtifact(unique);
  if (left === undefined) return undefined;
  return { unique, source: `served:${left.name}`, adapter: null, ...served(left.tokenizer) };
}

/** The `models` of a recipe, and the `engines` of those that are on servers. */
export function placedModels(
  models: Readonly<Record<string, { readonly server?: Server | undefined; readonly home?: string }>>,
) {
  const engines = new Map<string, ServerSettings>();
  const nameOf = (engine: ServerSettings): string => {
    const known = [...engines].find(([, other]) => isDeepStrictEqual(other, engine));
    if (known !== undefined) return known[0];
    const name = engines.size === 0 ? 'server' : `server-${engines.size + 1}`;
    engines.set(name, engine);
    return name;
  };
  const placed = Object.entries(models).map(([name, { server, home: _, ...model }]) => {
    const where = server === undefined ? {} : { engine: nameOf(server.engine), tokenizer: server.tokenizer };
    return [name, { ...model, ...where }] as const;
  });
  return { engines: Object.fromEntries(engines), models: Object.fromEntries(placed) };
}

/** Nothing is trained, so what the server does with losses need not be measured. */
const unprobed = (engine: ServerSettings): ServerSettings =>
  engine.kind === 'tinker' ? { ...engine, probe: false } : engine;
