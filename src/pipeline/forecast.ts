/** What a run is expected to take of memory, of the disk and of time, before its first stage. */
import { planRecipe } from '../recipe/plan.js';
import { type KnownModels, ratesOnThisMachine } from '../recipe/rates.js';
import { durationText } from '../run/progress.js';
import { checkDisk, type DiskForecast, diskText } from './disk.js';
import { type DataOnThisMachine, dataOnThisMachine } from './inputs/known-data.js';
import { type HubFiles, modelsOnThisMachine } from './inputs/known-models.js';
import { largestStage, type MemoryForecast, memoryText } from './memory/memory.js';
import { checkMemory, type VerdictOptions } from './memory/verdict.js';
import type { PreparedRun } from './prepare.js';

interface Forecast {
  /** In words. */
  readonly notes: readonly string[];
  /** Of each stage that is to be made, as far as it is known. */
  readonly seconds: ReadonlyMap<string, number>;
}

export const NO_FORECAST: Forecast = { notes: [], seconds: new Map() };

/** What a run has on this machine and takes of it. */
interface Needs {
  readonly data: DataOnThisMachine;
  readonly models: KnownModels;
  /** What the stages that are to be made take of memory at their peaks, and what the user should know of that. */
  readonly memory: MemoryForecast;
  readonly memoryNotes: readonly string[];
  /** What they write where the run lies. */
  readonly disk: DiskForecast;
}

/** @throws {RecipeError} when the run takes more memory or disk than there is */
export async function needsOf(
  { recipe, toMake: stages, problems, goesOn, fitting }: PreparedRun,
  {
    runDirectory,
    hub,
    optionOf,
  }: {
    readonly runDirectory: string;
    readonly hub: HubFiles;
    readonly optionOf: VerdictOptions['optionOf'] | undefined;
  },
): Promise<Needs> {
  const data = await dataOnThisMachine(recipe, problems, hub);
  const { known } = data;
  const asked = { recipe, stages, known, hub };
  const memory = await checkMemory({ ...asked, goesOn, ...(optionOf === undefined ? {} : { optionOf }) });
  const disk = await checkDisk({ ...asked, fitting, runDirectory });
  const models = await modelsOnThisMachine(recipe, hub);
  return { data, models, memory: memory.forecast, memoryNotes: memory.notes, disk };
}

/** @throws {RecipeError} when the run takes more memory or disk than there is */
export async function forecastOf(
  prepared: PreparedRun,
  runDirectory: string,
  optionOf: VerdictOptions['optionOf'] | undefined,
): Promise<Forecast> {
  const { recipe, toMake: stages, fitting } = prepared;
  const { data, models, memory, memoryNotes, disk } = await needsOf(prepared, {
    runDirectory,
    hub: 'fetched',
    optionOf,
  });
  const only = stages.map(({ name }) => name);
  const rates = ratesOnThisMachine(recipe, models);
  const plan = planRecipe(recipe, rates, data.known, {
    models,
    only,
    ...(fitting === undefined ? {} : { fitting }),
  });
  // An upper bound may be many times too high.
  const isTold = plan.seconds !== undefined && plan.secondsAre === 'an estimate' && plan.unknown.length === 0;
  const largest = largestStage(memory);
  return {
    notes: [
      ...(plan.seconds !== undefined && isTold
        ? [
            `time: about ${durationText(plan.seconds)} ${rates === undefined ? 'at the tokensPerSecond of its engines' : 'on two otherwise idle CPU cores'}`,
          ]
        : []),
      ...(largest === undefined ? [] : [`peak memory: ${memoryText(largest)}, in ${largest.name}`]),
      ...(stages.length === 0 ? [] : [`disk: ${diskText(disk)}`]),
      ...memoryNotes,
    ],
    seconds: new Map(
      isTold ? plan.stages.flatMap(({ name, seconds }) => (seconds === undefined ? [] : [[name, seconds]])) : [],
    ),
  };
}
