/** What a run is expected to take of memory, of the disk and of time, before its first stage. */
import { planRecipe } from '../recipe/plan.js';
import { ratesOnThisMachine } from '../recipe/rates.js';
import { durationText } from '../run/progress.js';
import { checkDisk, diskText } from './disk.js';
import { dataOnThisMachine } from './inputs/known-data.js';
import { modelsOnThisMachine } from './inputs/known-models.js';
import { largestStage, memoryText } from './memory/memory.js';
import { checkMemory, type VerdictOptions } from './memory/verdict.js';
import type { PreparedRun } from './prepare.js';

interface Forecast {
  /** In words. */
  readonly notes: readonly string[];
  /** Of each stage that is to be made, as far as it is known. */
  readonly seconds: ReadonlyMap<string, number>;
}

export const NO_FORECAST: Forecast = { notes: [], seconds: new Map() };

/** @throws {RecipeError} when the run takes more memory or disk than there is */
export async function forecastOf(
  { recipe, toMake: stages, problems, goesOn, fitting }: PreparedRun,
  runDirectory: string,
  optionOf: VerdictOptions['optionOf'] | undefined,
): Promise<Forecast> {
  const { known } = await dataOnThisMachine(recipe, problems, 'fetched');
  const { forecast, notes } = await checkMemory({
    recipe,
    stages,
    known,
    hub: 'fetched',
    goesOn,
    ...(optionOf === undefined ? {} : { optionOf }),
  });
  const disk = await checkDisk({ recipe, stages, known, hub: 'fetched', fitting, runDirectory });
  const models = await modelsOnThisMachine(recipe, 'fetched');
  const only = stages.map(({ name }) => name);
  const rates = ratesOnThisMachine(recipe, models);
  const plan = planRecipe(recipe, rates, known, {
    models,
    only,
    ...(fitting === undefined ? {} : { fitting }),
  });
  // An upper bound may be many times too high.
  const isTold = plan.seconds !== undefined && plan.secondsAre === 'an estimate' && plan.unknown.length === 0;
  const largest = largestStage(forecast);
  return {
    notes: [
      ...(plan.seconds !== undefined && isTold
        ? [
            `time: about ${durationText(plan.seconds)} ${rates === undefined ? 'at the tokensPerSecond of its engines' : 'on two otherwise idle CPU cores'}`,
          ]
        : []),
      ...(largest === undefined ? [] : [`peak memory: ${memoryText(largest)}, in ${largest.name}`]),
      ...(stages.length === 0 ? [] : [`disk: ${diskText(disk)}`]),
      ...notes,
    ],
    seconds: new Map(
      isTold ? plan.stages.flatMap(({ name, seconds }) => (seconds === undefined ? [] : [[name, seconds]])) : [],
    ),
  };
}
