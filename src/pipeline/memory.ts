/** Predicts the memory of a run, and refuses before it begins what this machine cannot hold. */
import { engineKindOf } from '../engine/kinds.js';
import type { AdapterShape, ModelShapeSource, ModelUse } from '../engine/memory-use.js';
import { RecipeError, type RecipeProblem, UnsupportedError } from '../errors.js';
import { type MachineMemory, machineMemory } from '../machine.js';
import { type EngineName, engineField, engineOfModel, engineSettings, originOf, trainedBy } from '../recipe/engines.js';
import { type KnownDataSets, type Plan, planRecipe } from '../recipe/plan.js';
import type { Recipe } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';
import type { Stage } from '../stages/index.js';
import type { CreatedUse, PlannedMemory, PlannedUse } from '../stages/memory.js';
import { modelOf } from './inputs/models.js';
import { memoryChanges } from './memory-changes.js';

/** The predicted memory of a stage. */
export interface StageMemory {
  readonly bytes: number;
  /** Whether it is for the lengths of the data, or for the most that the settings allow. */
  readonly bytesAre: PlannedMemory['lengthsAre'];
}

/** By the name of the stage; stages on other machines, or of models that are not here yet, have none. */
export type MemoryForecast = ReadonlyMap<string, StageMemory>;

export interface ForecastOptions {
  readonly recipe: Recipe;
  /** The stages that will run. */
  readonly stages: readonly Stage[];
  readonly known: KnownDataSets;
  /** Whether models of the hub are on this machine. */
  readonly hub: 'fetched' | 'absent';
}

type Use = PlannedUse | CreatedUse;

/** Completes what stages plan with the files of their models, and the adapters that earlier stages put on them. */
class Uses {
  readonly #recipe: Recipe;
  readonly #hub: ForecastOptions['hub'];
  readonly #planned: ReadonlyMap<string, PlannedMemory>;

  constructor({ recipe, hub }: ForecastOptions, plan: Plan) {
    this.#recipe = recipe;
    this.#hub = hub;
    this.#planned = new Map(plan.stages.map(({ name, memory }) => [name, memory]));
  }

  planned(stage: Stage): PlannedMemory | undefined {
    return this.#planned.get(stage.name);
  }

  /** Undefined where the shape of the model is not known. */
  async complete(use: Use): Promise<ModelUse | undefined> {
    const { training, calls } = use;
    if (use.model === null) return { shape: { config: use.config }, training, calls };
    const shape = await this.#shapeOf(use.model);
    if (shape === undefined) return undefined;
    const bits = originOf(this.#recipe, use.model)?.bits;
    return { shape, bits, adapter: this.#adapterOf(use.model), training, calls };
  }

  /** What created a model, or trained it, if a stage did. */
  #makerOf(model: string): Stage | undefined {
    return this.#recipe.models[model] === undefined
      ? this.#recipe.stages.find(({ name }) => name === model)
      : undefined;
  }

  async #shapeOf(model: string): Promise<ModelShapeSource | undefined> {
    const origin = originOf(this.#recipe, model);
    if (origin !== undefined) {
      if (this.#hub === 'absent' && parseModelSource(origin.source).kind === 'hub') return undefined;
      const source = await modelOf(origin);
      return source.kind === 'directory' ? { directory: source.directory } : undefined;
    }
    const maker = this.#makerOf(model);
    if (maker === undefined) return undefined;
    const from = trainedBy(maker);
    if (from !== null) return this.#shapeOf(from);
    const created = this.planned(maker)
      ?.phases.flat()
      .find((use): use is CreatedUse => use.model === null);
    return created && { config: created.config };
  }

  /** The adapter that the last stage which trained a model left on it. */
  #adapterOf(model: string): AdapterShape | undefined {
    const maker = this.#makerOf(model);
    return maker !== undefined && 'lora' in maker ? (maker.lora ?? undefined) : undefined;
  }
}

/** The engine of all models of a stage, undefined where they live on several. */
function engineOf(recipe: Recipe, uses: readonly Use[]): EngineName | undefined {
  const [name, ...others] = new Set(uses.map(({ model }) => engineOfModel(recipe, model)));
  return others.length === 0 ? name : undefined;
}

/** Predicts the stages that engines of this machine compute alone. */
export async function forecastMemory(options: ForecastOptions): Promise<MemoryForecast> {
  const { recipe, stages, known } = options;
  const uses = new Uses(options, planRecipe(recipe, undefined, known));
  const byEngine = new Map<EngineName, { stage: Stage; phases: readonly (readonly ModelUse[])[] }[]>();
  for (const stage of stages) {
    const planned = uses.planned(stage);
    const name = planned && engineOf(recipe, planned.phases.flat());
    if (planned === undefined || name === undefined) continue;
    if (engineKindOf(engineSettings(recipe, name)).memory === undefined) continue;
    const phases = await Promise.all(
      planned.phases.map((phase) => Promise.all(phase.map((use) => uses.complete(use)))),
    );
    const complete = phases.map((phase) => phase.filter((use) => use !== undefined));
    if (complete.flat().length < planned.phases.flat().length) continue;
    byEngine.set(name, [...(byEngine.get(name) ?? []), { stage, phases: complete }]);
  }
  const forecast = new Map<string, StageMemory>();
  for (const [name, own] of byEngine) {
    const settings = engineSettings(recipe, name);
    const peaks = await engineKindOf(settings).memory?.peaks(
      settings,
      own.map(({ phases }) => phases),
    );
    for (const [index, { stage }] of own.entries()) {
      const bytes = peaks?.[index];
      const bytesAre = uses.planned(stage)?.lengthsAre;
      if (bytes !== undefined && bytesAre !== undefined) forecast.set(stage.name, { bytes, bytesAre });
    }
  }
  return forecast;
}

/** `3.1 GB` */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** `about 3.1 GB`, or `at most 3.1 GB`. */
export const memoryText = ({ bytes, bytesAre }: StageMemory): string =>
  `${bytesAre === 'an estimate' ? 'about' : 'at most'} ${gigabytes(bytes)}`;

/** What the processes of an engine may take. */
function limitOf(recipe: Recipe, name: EngineName, machine: MachineMemory): number {
  const settings = engineSettings(recipe, name);
  return engineKindOf(settings).memory?.limit(settings) ?? machine.total;
}

/** The stage that takes most; undefined where none was predicted. */
export function largestStage(forecast: MemoryForecast): (StageMemory & { readonly name: string }) | undefined {
  const [first, ...others] = [...forecast].map(([name, memory]) => ({ name, ...memory }));
  return first && others.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest), first);
}

/** Forecasts of changed recipes, by the change in words: several stages may be helped by the same one. */
type ChangedForecasts = Map<string, Promise<MemoryForecast>>;

/** The first change with which the prediction says that the stage fits. */
async function remedyFor(
  options: ForecastOptions,
  stage: Stage,
  limit: number,
  plan: Plan,
  forecasts: ChangedForecasts,
): Promise<string> {
  const models = (plan.stages.find(({ name }) => name === stage.name)?.memory.phases ?? [])
    .flat()
    .flatMap(({ model }) => model ?? []);
  for (const { text, recipe } of memoryChanges(options.recipe, stage, models)) {
    const stages = recipe.stages.filter(({ name }) => options.stages.some((one) => one.name === name));
    const forecast = forecasts.get(text) ?? forecastChanged({ ...options, recipe, stages });
    forecasts.set(text, forecast);
    const bytes = (await forecast).get(stage.name)?.bytes;
    if (bytes !== undefined && bytes <= limit) return `${text}: about ${gigabytes(bytes)}.`;
  }
  return 'No setting alone makes it fit: take a smaller model, or a machine with more memory.';
}

/** The forecast of a changed recipe; of no stage where it asks for what its models cannot do. */
async function forecastChanged(options: ForecastOptions): Promise<MemoryForecast> {
  try {
    return await forecastMemory(options);
  } catch (error) {
    if (error instanceof UnsupportedError) return new Map();
    throw error;
  }
}

/** What is said of a forecast on a machine, besides its figures. */
export interface MemoryVerdict {
  /** Why the run is refused. */
  readonly problems: readonly RecipeProblem[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

/**
 * Holds a forecast against what there is. Refused is only what is more than all of it, at lengths that the data have; what
 * is more than is free now, or would be at the longest sequences that the settings allow, is noted.
 */
export async function judgeMemory(
  forecast: MemoryForecast,
  options: ForecastOptions,
  machine: MachineMemory = machineMemory(),
): Promise<MemoryVerdict> {
  const plan = planRecipe(options.recipe, undefined, options.known);
  const problems: RecipeProblem[] = [];
  const notes: string[] = [];
  const forecasts: ChangedForecasts = new Map();
  for (const stage of options.stages) {
    const memory = forecast.get(stage.name);
    if (memory === undefined) continue;
    const [first] = plan.stages.find(({ name }) => name === stage.name)?.memory.phases.flat() ?? [];
    const name = engineOfModel(options.recipe, first?.model ?? null);
    const limit = limitOf(options.recipe, name, machine);
    const field = `${engineField(name)}.memoryMiB`;
    const whose = limit === machine.total ? 'this machine has' : `${field} allows`;
    const peak = gigabytes(memory.bytes);
    if (memory.bytes <= limit) {
      if (memory.bytes > machine.available)
        notes.push(
          `${stage.name} takes about ${peak} of memory at its peak, and ${gigabytes(machine.available)} are free now`,
        );
      continue;
    }
    const remedy = await remedyFor(options, stage, limit, plan, forecasts);
    const has = `${whose} ${gigabytes(limit)}`;
    if (memory.bytesAre === 'an upper bound')
      notes.push(
        `warning: ${stage.name} would take about ${peak} of memory with the longest sequences that its settings allow, and ${has}. ${remedy}`,
      );
    else
      problems.push({
        message: `${stage.name} takes about ${peak} of memory at its peak, and ${has}`,
        field: `stages.${stage.name}`,
        remedy: `${remedy} Where the prediction is known to be too high, set ${field} to what the process may take.`,
      });
  }
  return { problems, notes };
}

/**
 * Predicts the memory of the stages, and says what the user should know.
 * @throws {RecipeError} when a stage takes more than there is
 */
export async function checkMemory(
  options: ForecastOptions,
  machine?: MachineMemory,
): Promise<{ readonly forecast: MemoryForecast; readonly notes: readonly string[] }> {
  const forecast = await forecastMemory(options);
  const { problems, notes } = await judgeMemory(forecast, options, machine);
  if (problems.length > 0) throw new RecipeError([...problems]);
  return { forecast, notes };
}
