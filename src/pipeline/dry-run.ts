/** A run up to the point where it would compute: the same checks, and the size of its data for the plan. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isHubSource } from '../data/hub/source.js';
import { loadBenchmark } from '../evaluation/benchmarks/benchmark.js';
import { verifySizes } from '../manifest.js';
import { engineField, engineSettings, enginesOf } from '../recipe/engines.js';
import { isLeftBy } from '../recipe/identity.js';
import type { KnownModels } from '../recipe/rates.js';
import { dataSetsBehind, inputsOf } from '../recipe/references.js';
import type { Recipe } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';
import { IDENTITY_FILE, stageFolder } from '../run/begun-stages.js';
import { requireEarlierRun, requireRunEntries } from '../run/directory.js';
import { benchmarkIn, dataSetIn } from '../stages/definition/settings.js';
import type { Stage } from '../stages/index.js';
import type { DecidingFacts } from './adaptation/decisions.js';
import type { DiskForecast } from './disk.js';
import { Engines } from './engines.js';
import { needsOf } from './forecast.js';
import { isOnHub } from './inputs/artifacts.js';
import { withLimits } from './inputs/data-facts.js';
import type { DataOnThisMachine } from './inputs/known-data.js';
import type { Homes } from './inputs/training-data.js';
import type { MemoryForecast } from './memory/memory.js';
import type { VerdictOptions } from './memory/verdict.js';
import { type PreparedRun, prepareRun } from './prepare.js';

export interface DryRun {
  /** Adapted to its data, as it would be run. */
  readonly recipe: Recipe;
  /** The names of the stages that a run would come to: all, or those that were asked for. */
  readonly stages: readonly string[];
  /** Of these, what the run directory has: those that are done, and those that were begun and go on where they stopped. */
  readonly done: readonly string[];
  readonly begun: readonly string[];
  /** The sizes of its data, and what was found in them. */
  readonly known: DataOnThisMachine['known'];
  readonly facts: DataOnThisMachine['facts'];
  readonly models: KnownModels;
  /** How much of their data stages leave out. */
  readonly fitting: PreparedRun['fitting'];
  /** What the stages that would run take of memory at their peaks. */
  readonly memory: MemoryForecast;
  /** What they write where the run lies. */
  readonly disk: DiskForecast;
  /** That earlier stages have not been run, which a run would throw: what they leave is planned as if they had. */
  readonly missing: PreparedRun['missing'];
  /** What the user should know: decisions, advice, and what could not be checked here. */
  readonly notes: readonly string[];
}

/**
 * Checks a recipe as a run would, without the network and without leaving anything written.
 * @throws {RltError} what the run would throw, but for `missing`
 */
export async function dryRun(
  given: Recipe,
  options: {
    readonly runDirectory: string;
    readonly only: readonly string[] | undefined;
    readonly resume: boolean;
    readonly optionOf?: VerdictOptions['optionOf'] | undefined;
    readonly homes?: Homes | undefined;
  },
): Promise<DryRun> {
  const { runDirectory, only, resume, optionOf, homes } = options;
  await requireRunEntries(runDirectory);
  if (resume) requireEarlierRun(runDirectory);
  const prepared = await prepareRun(given, { runDirectory, only, mode: 'no-network', ownEngines: true, homes });
  const { recipe, wanted, toMake, facts, fitting } = prepared;
  await verifyFinished(prepared, runDirectory);
  const onLocal = toMake.filter((stage) =>
    enginesOf(recipe, stage).every((name) => engineSettings(recipe, name).kind === 'local'),
  );
  const engines = new Engines(recipe);
  try {
    await engines.check(recipe, onLocal);
  } finally {
    await engines.close();
  }
  const { data, models, memory, memoryNotes, disk } = await needsOf(prepared, {
    runDirectory,
    hub: 'absent',
    optionOf,
  });
  const references = new Set(wanted.flatMap((stage) => inputsOf(stage).map(({ name }) => name)));
  const isUsed = (set: string): boolean => [...references].some((reference) => dataSetIn(reference).name === set);
  const dataNotes = [...data.problems].flatMap(([field, { message }]) =>
    field.startsWith('data.') && !isUsed(field.slice('data.'.length)) ? [] : [`${field}: ${message}`],
  );
  const elsewhere = [...onHub(recipe, toMake), ...(await benchmarksOnHub(toMake))];
  const hubNotes = elsewhere.length === 0 ? [] : [`not checked, because it is on the hub: ${elsewhere.join(', ')}`];
  return {
    recipe,
    stages: wanted.map(({ name }) => name),
    done: wanted.flatMap((stage) => (toMake.includes(stage) ? [] : [stage.name])),
    begun: toMake.flatMap(({ name }) => {
      return existsSync(join(folderOf(recipe, name, runDirectory), IDENTITY_FILE)) ? [name] : [];
    }),
    known: data.known,
    facts: withLimits(new Map([...data.facts].filter(([name]) => isUsed(name))), wanted),
    models,
    fitting,
    memory,
    disk,
    missing: prepared.missing,
    notes: [...prepared.notes, ...memoryNotes, ...hubNotes, ...dataNotes, ...unconnected(recipe, toMake, facts)],
  };
}

const folderOf = ({ stages }: Recipe, name: string, runDirectory: string): string =>
  join(runDirectory, 'stages', stageFolder({ index: stages.findIndex((stage) => stage.name === name), name }));

/**
 * Checks the finished stages that a run would come to, or take something from. A run reads all their files; a plan
 * compares their sizes alone, since models can have gigabytes.
 * @throws {StorageError} what the run would throw
 */
async function verifyFinished({ recipe, wanted, toMake }: PreparedRun, runDirectory: string): Promise<void> {
  const taken = toMake.flatMap((stage) => inputsOf(stage));
  for (const stage of recipe.stages)
    if (wanted.includes(stage) || taken.some((input) => isLeftBy(input, stage)))
      await verifySizes(folderOf(recipe, stage.name, runDirectory));
}

/** The engines that are not connected here, so that it is open what their servers can do. */
function unconnected(recipe: Recipe, stages: readonly Stage[], { engines }: DecidingFacts): readonly string[] {
  const names = new Set(stages.flatMap((stage) => enginesOf(recipe, stage)));
  return [...names].flatMap((name) => {
    const settings = engineSettings(recipe, name);
    if (settings.kind === 'local' || engines.has(engineField(name))) return [];
    const others =
      settings.whenUnsupported === 'replace'
        ? 'the nearest that it can'
        : 'the nearest that it can where the recipe does not write them, and are refused where it does';
    return [
      `${engineField(name)}: the server at ${settings.url} is asked what it can do when a run begins; ` +
        `settings that it cannot meet become ${others}`,
    ];
  });
}

/** The benchmarks of these stages whose problems a run would fetch, with the place of the problems. */
async function benchmarksOnHub(stages: readonly Stage[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const stage of stages) {
    if (stage.stage !== 'evaluate') continue;
    for (const reference of Object.values(stage.problems)) {
      const name = benchmarkIn(reference);
      const source = name === undefined ? undefined : (stage.source ?? (await loadBenchmark(name)).source);
      if (typeof source === 'string' && isHubSource(source)) found.add(`${reference} (${source})`);
    }
  }
  return [...found];
}

/** The models and data of these stages that a run would fetch, by their fields. */
function onHub({ models, data }: Recipe, stages: readonly Stage[]): readonly string[] {
  const fields = stages.flatMap((stage) =>
    inputsOf(stage).flatMap(({ kind, name }) => {
      const model = models[name];
      if (kind === 'model') return model && parseModelSource(model.source).kind === 'hub' ? [`models.${name}`] : [];
      return [...dataSetsBehind(data, name)].flatMap((set) => {
        const settings = data[set];
        return settings !== undefined && isOnHub(settings.source) ? [`data.${set}`] : [];
      });
    }),
  );
  return [...new Set(fields)];
}
