/** The folders of evaluations that have no recipe of their own: their names, and what tells evaluations of one name apart. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../../errors.js';
import { isBenchmarkFile } from '../../../evaluation/benchmarks/benchmark.js';
import { recipeOfRun } from '../../../pipeline/inputs/run-models.js';
import { commandLine } from '../../../printable.js';
import { recipeDifferences, type SettingDifference } from '../../../recipe/differences.js';
import { loadRecipe, renderRecipe } from '../../../recipe/load.js';
import type { Recipe } from '../../../recipe/schema.js';
import { parseModelSource } from '../../../recipe/sources.js';
import { RECIPE_FILE } from '../../../run/begun-stages.js';
import { benchmarkFileIn, benchmarkIn } from '../../../stages/definition/settings.js';

/** The only stage, and of one model its only student and its only model. */
export const EVALUATION = 'evaluate';
export const STUDENT = 'model';

/** What a folder can be called. */
const folderName = (text: string): string => text.replace(/[^\w.@-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');

/** A model by a name for folders: what a recipe trained is named by its run and stage, since all of it is called `model`. */
function modelName(source: string): string {
  if (/^[a-z][a-z-]+:/i.test(source)) return folderName(source);
  const path = resolve(source);
  const isOfServer = basename(dirname(path)) === 'stages';
  const stage = isOfServer ? path : dirname(path);
  if (!isOfServer && basename(path) !== 'model') return folderName(basename(path));
  const isOfRun = basename(dirname(stage)) === 'stages';
  return folderName(
    isOfRun ? `${basename(dirname(dirname(stage)))}-${basename(stage)}` : `${basename(stage)}-${basename(path)}`,
  );
}

/** What an evaluation of one model is of. */
interface EvaluationOf {
  readonly model?: string | undefined;
  readonly adapter?: string | undefined;
  readonly benchmark?: string | undefined;
}

/** What a run directory of `rlt evaluate --model` evaluates; undefined if it holds no such run. */
async function evaluatedIn(directory: string): Promise<Recipe['models'][string] | undefined> {
  const file = join(directory, RECIPE_FILE);
  return existsSync(file) ? (await loadRecipe(file)).models[STUDENT] : undefined;
}

const placeOf = (source: string | null | undefined): string | null =>
  source == null ? null : isPath(source) ? resolve(source) : source;
const isPath = (source: string): boolean => parseModelSource(source).kind === 'path';
const isGone = (source: string | null): boolean => source !== null && isPath(source) && !existsSync(source);

/** The folder of an evaluation where none is named. */
export interface EvaluationFolder {
  readonly directory: string;
  /** For a new folder: why it is not the one of an evaluation of the same models and problems. */
  readonly note?: string;
}

/**
 * The run directory of an evaluation where none is given. Other models of the same names, other files of problems and other
 * settings get a number behind it: they are other evaluations. What has been moved keeps its folder.
 */
export async function folderOf(recipe: Recipe, named: Parameters<typeof modelDirectory>[0]): Promise<EvaluationFolder> {
  const others: { readonly directory: string; readonly settings: readonly SettingDifference[] }[] = [];
  for (const directory of numbered(modelDirectory(named))) {
    const file = join(directory, RECIPE_FILE);
    if (!existsSync(file)) return { directory, ...noteOn(directory, others) };
    const held = await loadRecipe(file);
    if (!isOfSameSources(held, recipe)) continue;
    const settings = recipeDifferences(renderRecipe(held), recipe).settings.filter(({ path }) => !IS_SOURCE.test(path));
    if (settings.length === 0) return { directory };
    others.push({ directory, settings });
  }
  throw new Error('numbers do not end');
}

/** Names the evaluation that differs in the fewest settings. */
function noteOn(
  directory: string,
  others: readonly { readonly directory: string; readonly settings: readonly SettingDifference[] }[],
): { readonly note?: string } {
  const [nearest] = [...others].sort((a, b) => a.settings.length - b.settings.length);
  if (nearest === undefined) return {};
  const shown = nearest.settings.slice(0, MOST_DIFFERENCES).map(({ path, before, now }) => {
    const name = path.replace(`stages.${EVALUATION}.`, '');
    return `${name} ${settingText(before)} (here ${settingText(now)})`;
  });
  const more = nearest.settings.length > shown.length ? ` and ${nearest.settings.length - shown.length} more` : '';
  const [{ path, now } = { path: '', now: undefined }] = nearest.settings;
  const isOtherGrader = nearest.settings.length === 1 && path === `stages.${EVALUATION}.grader` && now !== 'auto';
  const again = commandLine('rlt', 'evaluate', '--regrade', '--out', nearest.directory, '--grader', String(now));
  const regrading = isOtherGrader ? `; without sampling anew: ${again}` : '';
  return {
    note: `${nearest.directory} holds an evaluation with other settings: ${shown.join(', ')}${more}; this one is in ${directory}${regrading}`,
  };
}

/** Most settings that a note names. */
const MOST_DIFFERENCES = 4;
/** Where models and problems lie is compared apart. */
const IS_SOURCE = new RegExp(String.raw`^stages\.${EVALUATION}\.(?:source|problems)(?:$|\.)`);

const settingText = (value: unknown): string =>
  value === undefined ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value);

function* numbered(first: string): Generator<string> {
  for (let number = 1; ; number++) yield number === 1 ? first : `${first}-${number}`;
}

type Held = { readonly [Key in 'source' | 'adapter']: string | null } & { readonly bits?: number };

const isSameModel = (held: Held, model: Held): boolean =>
  isGone(held.source) ||
  (held.source === placeOf(model.source) && held.adapter === placeOf(model.adapter) && held.bits === model.bits);

/** Whether the models, the benchmark and the problems of an evaluation are those of another, as far as they are still there. */
function isOfSameSources(held: Recipe, recipe: Recipe): boolean {
  const labels = Object.keys(recipe.models);
  if (labels.join() !== Object.keys(held.models).join()) return false;
  const areSame = labels.every((label) => {
    const [before, now] = [held.models[label], recipe.models[label]];
    return before !== undefined && now !== undefined && isSameModel(before, now);
  });
  const [before, now] = [evaluateStage(held), evaluateStage(recipe)];
  if (!areSame || before === undefined || now === undefined) return false;
  const [file = null] = Object.values(before.problems).map((reference) => benchmarkFileIn(reference) ?? null);
  return (
    (before.source === now.source || isGone(before.source)) &&
    (isDeepStrictEqual(before.problems, now.problems) || isGone(file))
  );
}

const evaluateStage = ({ stages }: Recipe) => stages.flatMap((stage) => (stage.stage === 'evaluate' ? [stage] : []))[0];

/**
 * The run directory of the evaluations of a model on the problems of a benchmark, to regrade it.
 * @throws {UsageError} when there are several, with other settings
 */
export async function regradedFolder(
  of: EvaluationOf & {
    readonly model: string;
    /** What its folder is named by, where that is not its source. */
    readonly home: string | undefined;
    readonly benchmark: string;
    readonly bits?: number | undefined;
  },
): Promise<string> {
  const found: string[] = [];
  const first = modelDirectory({ ...of, model: of.home ?? of.model });
  for (const directory of numbered(first)) {
    const file = join(directory, RECIPE_FILE);
    if (!existsSync(file)) break;
    const held = await loadRecipe(file);
    const model = held.models[STUDENT];
    const now = { source: of.model, adapter: of.adapter ?? null, ...(of.bits === undefined ? {} : { bits: of.bits }) };
    if (model !== undefined && evaluateStage(held)?.source == null && isSameModel(model, now)) found.push(directory);
  }
  if (found.length < 2) return found[0] ?? first;
  throw new UsageError(`there are ${found.length} evaluations of this model on ${of.benchmark}, with other settings`, {
    remedy: `Name one of them: ${found.map((directory) => commandLine('rlt', 'evaluate', '--regrade', '--out', directory)).join('; ')}.`,
  });
}

/** The folders below evaluations of all students of a run on these problems, or this benchmark. */
export async function evaluationsOfRun(
  run: string,
  { problems, benchmark }: { readonly problems?: string | undefined; readonly benchmark?: string | undefined },
): Promise<readonly string[]> {
  const names = (await readdir('evaluations').catch((): string[] => [])).sort();
  const found: string[] = [];
  for (const directory of names.map((name) => join('evaluations', name))) {
    const held = await recipeOfRun(directory);
    const stage = held && evaluateStage(held);
    if (held === undefined || stage === undefined) continue;
    const isOfRun = Object.values(held.models).some(({ source }) =>
      source.startsWith(join(resolve(run), 'stages', sep)),
    );
    const isOn = problems === undefined || stage.source === placeOf(problems);
    const place = benchmark !== undefined && isBenchmarkFile(benchmark) ? resolve(benchmark) : benchmark;
    const isBy = place === undefined || Object.values(stage.problems).some((name) => benchmarkIn(name) === place);
    if (isOfRun && isOn && isBy) found.push(directory);
  }
  return found;
}

/**
 * Checks that a run directory holds the evaluation that options name besides it.
 * @throws {UsageError} when it is of another model, or on another benchmark
 */
export async function requireEvaluationOf(
  directory: string,
  { model, adapter, benchmark }: EvaluationOf,
): Promise<void> {
  if (!existsSync(join(directory, RECIPE_FILE))) return;
  const held = await evaluatedIn(directory);
  if (held === undefined) {
    const given = Object.entries({ model, adapter, benchmark }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`],
    );
    if (given.length === 0) return;
    throw new UsageError(`${given.join(', ')} cannot be used here: the run is of a recipe, not of one model`, {
      file: directory,
      remedy: 'Leave them out; --stage names one of its evaluate stages.',
    });
  }
  const contradiction = (option: string, value: string) =>
    new UsageError(`${option} names another ${option.slice(2)} than the evaluation is of, which is ${value}`, {
      file: directory,
      remedy: `Leave ${option} out, or name the directory of its own evaluation with --out.`,
    });
  if (model !== undefined && held.source !== placeOf(model)) throw contradiction('--model', held.source);
  if (adapter !== undefined && held.adapter !== placeOf(adapter))
    throw contradiction('--adapter', String(held.adapter));
  if (benchmark === undefined) return;
  const evaluation = (await loadRecipe(join(directory, RECIPE_FILE))).stages.find(({ stage }) => stage === 'evaluate');
  if (evaluation?.stage !== 'evaluate') return;
  const names = Object.values(evaluation.problems).map((reference) => benchmarkIn(reference) ?? reference);
  const place = isBenchmarkFile(benchmark) ? resolve(benchmark) : benchmark;
  if (!names.includes(place)) throw contradiction('--benchmark', names.join(', '));
}

/** The run directory of the first model of its name. */
export function modelDirectory({
  model,
  adapter,
  benchmark,
  problems,
}: {
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly benchmark: string;
  readonly problems?: string | undefined;
}): string {
  const names = [model, adapter].flatMap((source) => (source === undefined ? [] : [modelName(source)]));
  const on = folderName(basename(benchmark).replace(/\.ya?ml$/i, ''));
  const of = problems === undefined ? [] : [sourceName(problems)];
  return join('evaluations', [...names, on, ...of].join('-'));
}

/** Problems of the hub by all of their name, a file by its own. */
export const sourceName = (source: string): string =>
  folderName(isPath(source) ? basename(source).replace(/\.\w+$/, '') : source);
