/** Predicts the memory of a run by stage. memory-verdict.ts holds it against what the machine has. */
import { engineKindOf } from '../../engine/kinds.js';
import type { AdapterShape, ModelUse } from '../../engine/memory-use.js';
import { type EngineName, engineField, engineOfModel, engineSettings, originOf } from '../../recipe/engines.js';
import { type KnownDataSets, type Plan, planRecipe } from '../../recipe/plan.js';
import type { Recipe } from '../../recipe/schema.js';
import type { CreatedUse, PlannedMemory, PlannedUse } from '../../stages/definition/memory.js';
import type { Stage } from '../../stages/index.js';
import { type HubFiles, makerOf, modelShape } from '../inputs/known-models.js';

/** The predicted memory of a stage. */
export interface StageMemory {
  readonly bytes: number;
  /** Whether it is for the lengths of the data, or for the most that the settings allow. */
  readonly bytesAre: PlannedMemory['lengthsAre'];
}

/** Of the stages that will run, each by its name. */
export interface MemoryForecast {
  readonly stages: ReadonlyMap<string, StageMemory>;
  /** Why nothing is predicted of the others. */
  readonly unknown: ReadonlyMap<string, string>;
}

export interface ForecastOptions {
  readonly recipe: Recipe;
  /** The stages that will run. */
  readonly stages: readonly Stage[];
  readonly known: KnownDataSets;
  /** Whether models of the hub are on this machine. */
  readonly hub: HubFiles;
}

type Use = PlannedUse | CreatedUse;

/** Completes what stages plan with the files of their models, and the adapters that earlier stages put on them. */
export class Uses {
  readonly #recipe: Recipe;
  readonly #hub: ForecastOptions['hub'];
  readonly #planned: ReadonlyMap<string, PlannedMemory>;

  constructor({ recipe, hub }: Pick<ForecastOptions, 'recipe' | 'hub'>, plan: Plan) {
    this.#recipe = recipe;
    this.#hub = hub;
    this.#planned = new Map(plan.stages.map(({ name, memory }) => [name, memory]));
  }

  /** Of a stage, by its name. */
  planned(stage: string): PlannedMemory | undefined {
    return this.#planned.get(stage);
  }

  /** Undefined where the shape of the model is not known. */
  async complete(use: Use): Promise<ModelUse | undefined> {
    const { training, calls } = use;
    if (use.model === null) return { shape: { config: use.config }, training, calls };
    const shape = await modelShape(this.#recipe, use.model, this.#hub);
    if (shape === undefined) return undefined;
    const bits = originOf(this.#recipe, use.model)?.bits;
    return { shape, bits, adapter: this.#adapterOf(use.model), training, calls };
  }

  /** The adapter that the last stage which trained a model left on it. */
  #adapterOf(model: string): AdapterShape | undefined {
    const maker = makerOf(this.#recipe, model);
    return maker !== undefined && 'lora' in maker ? (maker.lora ?? undefined) : undefined;
  }
}

/** The engines of the models of a stage. */
const enginesIn = (recipe: Recipe, uses: readonly Use[]): readonly EngineName[] => [
  ...new Set(uses.map(({ model }) => engineOfModel(recipe, model))),
];

/**
 * What a run keeps beside its engine: the schemas, readers and stages of this package, rows that were computed, and what
 * the garbage collector has not taken yet. Measured on Linux with whole runs (bench/memory-plan.mjs).
 */
const RUN_BYTES = 90 * 2 ** 20;
/** Bytes that a character of the data takes; measured with up to a million problems (bench/large-data.mjs). */
const BYTES_PER_CHARACTER = 2;

/** What a run takes beside its engine, whose data are read once and kept. */
const runBytes = (known: KnownDataSets): number =>
  [...known.values()].reduce((total, { characters = 0 }) => total + BYTES_PER_CHARACTER * characters, RUN_BYTES);

/** A stage whose models are all known, on one engine of this machine. */
interface Predictable {
  readonly engine: EngineName;
  readonly phases: readonly (readonly ModelUse[])[];
}

/** The field of the model that a use goes back to. */
export function sourceField(recipe: Recipe, model: string | null): string {
  const origin = originOf(recipe, model);
  return `models.${Object.keys(recipe.models).find((name) => recipe.models[name] === origin) ?? model}`;
}

/** Why the memory of a stage cannot be predicted, or what is to be. */
async function predictable(recipe: Recipe, uses: Uses, stage: Stage): Promise<Predictable | string> {
  const phases = uses.planned(stage.name)?.phases ?? [];
  const [engine, ...others] = enginesIn(recipe, phases.flat());
  if (engine === undefined) return 'it opens no model';
  if (others.length > 0) return 'its models live on several engines';
  if (engineKindOf(engineSettings(recipe, engine)).memory === undefined)
    return `${engineField(engine)} is a server, whose memory is not measured`;
  const complete: ModelUse[][] = [];
  for (const phase of phases) {
    const found: ModelUse[] = [];
    for (const use of phase) {
      const whole = await uses.complete(use);
      if (whole === undefined) return `${sourceField(recipe, use.model)} is not on this machine yet`;
      found.push(whole);
    }
    complete.push(found);
  }
  return { engine, phases: complete };
}

/** Predicts the stages that engines of this machine compute alone. */
export async function forecastMemory(options: ForecastOptions): Promise<MemoryForecast> {
  const { recipe, stages, known } = options;
  const uses = new Uses(options, planRecipe(recipe, undefined, known));
  const unknown = new Map<string, string>();
  const byEngine = new Map<EngineName, (Predictable & { readonly name: string })[]>();
  for (const stage of stages) {
    const found = await predictable(recipe, uses, stage);
    if (typeof found === 'string') unknown.set(stage.name, found);
    else byEngine.set(found.engine, [...(byEngine.get(found.engine) ?? []), { name: stage.name, ...found }]);
  }
  const predicted = new Map<string, StageMemory>();
  for (const [engine, own] of byEngine) {
    const settings = engineSettings(recipe, engine);
    const peaks = await engineKindOf(settings).memory?.peaks(
      settings,
      own.map(({ phases }) => phases),
    );
    for (const [index, { name }] of own.entries()) {
      const bytes = peaks?.[index];
      const bytesAre = uses.planned(name)?.lengthsAre;
      if (bytes !== undefined && bytesAre !== undefined)
        predicted.set(name, { bytes: bytes + runBytes(known), bytesAre });
      else unknown.set(name, `${engineField(engine)}.provider is not cpu, of which alone memory is predicted`);
    }
  }
  return { stages: predicted, unknown };
}

/** The stage that takes most; undefined where none was predicted. */
export function largestStage({ stages }: MemoryForecast): (StageMemory & { readonly name: string }) | undefined {
  const [first, ...others] = [...stages].map(([name, memory]) => ({ name, ...memory }));
  return first && others.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest), first);
}

/** Most digits behind the point of an amount in gigabytes: megabytes. */
const MOST_DIGITS = 3;

/** Amounts in gigabytes, with as many digits as tell them apart. */
export function gigabytes(...bytes: readonly number[]): readonly string[] {
  const texts = (digits: number) => bytes.map((amount) => `${(amount / 1e9).toFixed(digits)} GB`);
  const digits = [1, 2].find((few) => new Set(texts(few)).size === new Set(bytes).size);
  return texts(digits ?? MOST_DIGITS);
}

/** `about 3.1 GB`, or `at most 3.1 GB`. */
export const memoryText = ({ bytes, bytesAre }: StageMemory): string =>
  `${bytesAre === 'an estimate' ? 'about' : 'at most'} ${gigabytes(bytes)[0]}`;
