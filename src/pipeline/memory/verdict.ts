/** Holds the predicted memory of a run against what there is, and says what would make it fit. */
import { engineKindOf } from '../../engine/kinds.js';
import { RecipeError, type RecipeProblem, UnsupportedError } from '../../errors.js';
import { type MachineMemory, machineMemory } from '../../machine.js';
import { namesText } from '../../printable.js';
import { type EngineName, engineField, engineOfModel, engineSettings } from '../../recipe/engines.js';
import { type Plan, planRecipe } from '../../recipe/plan.js';
import type { Recipe } from '../../recipe/schema.js';
import type { Stage } from '../../stages/index.js';
import { type MemoryChange, memoryChanges } from './changes.js';
import { type ForecastOptions, forecastMemory, gigabytes, type MemoryForecast, type StageMemory } from './memory.js';

export interface VerdictOptions extends ForecastOptions {
  /** Whether a run goes on where it is if its recipe becomes this one; absent: there is no run yet. */
  readonly goesOn?: (changed: Recipe) => Promise<boolean>;
  /** How a setting is given to a command that takes no recipe, by its path; undefined where it cannot be. */
  readonly optionOf?: (path: string) => string | undefined;
}

/** What is said of a forecast on a machine, besides its figures. */
export interface MemoryVerdict {
  /** Why the run is refused. */
  readonly problems: readonly RecipeProblem[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

const MEBIBYTE = 2 ** 20;

/** What the processes of an engine may take, in words that stand before the amount, and in the unit in which it is told. */
interface Limit {
  readonly bytes: number;
  readonly has: string;
  readonly amounts: (...bytes: readonly number[]) => readonly string[];
}

function limitOf(recipe: Recipe, name: EngineName, machine: MachineMemory): Limit {
  const settings = engineSettings(recipe, name);
  const bytes = engineKindOf(settings).memory?.limit(settings);
  if (bytes === undefined) return { bytes: machine.total, has: 'this machine has', amounts: gigabytes };
  // In the unit of the setting; what is above it is never told as equal to it.
  const amounts = (...all: readonly number[]) => all.map((one) => `${Math.ceil(one / MEBIBYTE)} MiB`);
  return { bytes, has: `${engineField(name)}.memoryMiB allows`, amounts };
}

/** Predictions are within a fifth of what is taken; a change is named first where there is room for some of that. */
const ROOM = 0.9;

/** Forecasts of changed recipes, by the change in words: several stages may be helped by the same one. */
type ChangedForecasts = Map<string, Promise<MemoryForecast>>;

/** A stage that takes more than there is. */
interface Excess {
  readonly stage: Stage;
  readonly memory: StageMemory;
  readonly engine: EngineName;
  readonly limit: Limit;
}

/** A change with which the prediction says that stages fit, and what the largest of them takes then. */
interface Fitting {
  readonly text: string;
  readonly bytes: number;
  readonly goesOn: boolean;
}

/** How a change is made; undefined where the command has no options for it. */
function changeText({ settings }: MemoryChange, optionOf: VerdictOptions['optionOf']): string | undefined {
  if (optionOf === undefined) return `Set ${settings.map(({ path, value }) => `${path} to ${value}`).join(' and ')}`;
  const options = settings.map(({ path, value }) => {
    const option = optionOf(path);
    return option === undefined ? undefined : `${option} ${value}`;
  });
  // One option may stand for the same setting of several models.
  return options.includes(undefined) ? undefined : `Give ${[...new Set(options)].join(' ')}`;
}

/** The best change with which these stages fit: one with which a begun run goes on, and which leaves room, before others. */
async function fittingChange(
  options: VerdictOptions,
  [largest, ...others]: readonly [Excess, ...Excess[]],
  plan: Plan,
  forecasts: ChangedForecasts,
): Promise<Fitting | undefined> {
  const { stage, limit } = largest;
  const models = (plan.stages.find(({ name }) => name === stage.name)?.memory.phases ?? [])
    .flat()
    .flatMap(({ model }) => model ?? []);
  const hasRoom = ({ bytes }: Fitting): boolean => bytes <= ROOM * limit.bytes;
  const found: Fitting[] = [];
  for (const change of memoryChanges(options.recipe, stage, models)) {
    const text = changeText(change, options.optionOf);
    if (text === undefined) continue;
    const { recipe } = change;
    const stages = recipe.stages.filter(({ name }) => options.stages.some((one) => one.name === name));
    const forecast = forecasts.get(text) ?? forecastChanged({ ...options, recipe, stages });
    forecasts.set(text, forecast);
    const peaks = await forecast;
    const taken = [stage, ...others.map((one) => one.stage)].map(({ name }) => peaks.stages.get(name)?.bytes);
    const bytes = Math.max(...taken.map((one) => one ?? Number.POSITIVE_INFINITY));
    if (bytes > limit.bytes) continue;
    const goesOn = (await options.goesOn?.(recipe)) ?? true;
    const fitting = { text, bytes, goesOn };
    if (goesOn && hasRoom(fitting)) return fitting;
    found.push(fitting);
  }
  return found.find(({ goesOn }) => goesOn) ?? found.find(hasRoom) ?? found[0];
}

/** The forecast of a changed recipe; of no stage where it asks for what its models cannot do. */
async function forecastChanged(options: ForecastOptions): Promise<MemoryForecast> {
  try {
    return await forecastMemory(options);
  } catch (error) {
    if (error instanceof UnsupportedError) return { stages: new Map(), unknown: new Map() };
    throw error;
  }
}

function remedyText(change: Fitting | undefined, amount: string | undefined): string {
  if (change === undefined)
    return 'No change that is known here makes it fit: take a smaller model, shorter texts, or more memory.';
  const anew = change.goesOn
    ? ''
    : ' This run has begun with other settings, on which its results depend: choose another directory with --out as well.';
  return `${change.text}: about ${amount}.${anew}`;
}

/**
 * Holds a forecast against what there is. Refused is only what is more than all of it, at lengths that the data have; what
 * is more than is free now, or would be at the longest sequences that the settings allow, is noted.
 */
export async function judgeMemory(
  forecast: MemoryForecast,
  options: VerdictOptions,
  machine: MachineMemory = machineMemory(),
): Promise<MemoryVerdict> {
  const plan = planRecipe(options.recipe, undefined, options.known);
  const notes: string[] = [];
  const excesses: Excess[] = [];
  for (const stage of options.stages) {
    const memory = forecast.stages.get(stage.name);
    if (memory === undefined) continue;
    const [first] = plan.stages.find(({ name }) => name === stage.name)?.memory.phases.flat() ?? [];
    const engine = engineOfModel(options.recipe, first?.model ?? null);
    const limit = limitOf(options.recipe, engine, machine);
    if (memory.bytes > limit.bytes) excesses.push({ stage, memory, engine, limit });
    else if (memory.bytes > machine.available) {
      const [peak, free] = gigabytes(memory.bytes, machine.available);
      notes.push(`${stage.name} takes about ${peak} of memory at its peak, and ${free} are free now`);
    }
  }
  const problems: RecipeProblem[] = [];
  const forecasts: ChangedForecasts = new Map();
  const say = (together: readonly [Excess, ...Excess[]], change: Fitting | undefined): void => {
    const [{ stage, memory, engine, limit }, ...others] = together;
    const [peak, allowed, changed] = limit.amounts(
      ...[memory.bytes, limit.bytes],
      ...(change === undefined ? [] : [change.bytes]),
    );
    const remedy = remedyText(change, changed);
    const has = `${limit.has} ${allowed}`;
    const too =
      others.length === 0 ? '' : `; ${stagesText(others)} ${others.length === 1 ? 'takes' : 'take'} too much as well`;
    if (memory.bytesAre === 'an upper bound')
      notes.push(
        `warning: ${stage.name} would take about ${peak} of memory with the longest sequences that its settings allow, and ${has}${too}. ${remedy}`,
      );
    else
      problems.push({
        message: `${stage.name} takes about ${peak} of memory at its peak, and ${has}${too}`,
        field: `stages.${stage.name}`,
        remedy: `${remedy} ${overruled(`${engineField(engine)}.memoryMiB`, options)}`,
      });
  };
  for (const alike of alikeIn(excesses)) {
    const together = await fittingChange(options, alike, plan, forecasts);
    const each: [Excess, Fitting][] = [];
    for (const one of together === undefined ? alike : []) {
      const change = await fittingChange(options, [one], plan, forecasts);
      if (change !== undefined) each.push([one, change]);
    }
    for (const [one, change] of each) say([one], change);
    const [first, ...others] = alike.filter((one) => !each.some(([helped]) => helped === one));
    if (first !== undefined) say([first, ...others], together);
  }
  return { problems, notes };
}

/** Stages of which the same is said, on one engine: the largest first. One change may make all of them fit. */
function alikeIn(excesses: readonly Excess[]): readonly (readonly [Excess, ...Excess[]])[] {
  const groups = new Map<string, [Excess, ...Excess[]]>();
  for (const one of [...excesses].sort((a, b) => b.memory.bytes - a.memory.bytes)) {
    const key = `${one.memory.bytesAre} ${one.engine}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

const stagesText = (excesses: readonly Excess[]): string => namesText(excesses.map(({ stage }) => stage.name));

const overruled = (field: string, { optionOf }: VerdictOptions): string =>
  optionOf === undefined
    ? `Where the prediction is known to be too high, set ${field} to what the process may take.`
    : `Where the prediction is known to be too high, write a recipe, in which ${field} says what the process may take.`;

/**
 * Predicts the memory of the stages, and says what the user should know.
 * @throws {RecipeError} when a stage takes more than there is
 */
export async function checkMemory(
  options: VerdictOptions,
  machine?: MachineMemory,
): Promise<{ readonly forecast: MemoryForecast; readonly notes: readonly string[] }> {
  const forecast = await forecastMemory(options);
  const { problems, notes } = await judgeMemory(forecast, options, machine);
  if (problems.length > 0) throw new RecipeError([...problems]);
  return { forecast, notes };
}
