/** `rlt evaluate --model … --benchmark …` as a recipe of one stage, and where it runs. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RecipeError, UsageError } from '../../errors.js';
import type { PromptStyle } from '../../evaluation/answers/prompt.js';
import { isBenchmarkFile, loadBenchmark, promptStyle } from '../../evaluation/benchmarks/benchmark.js';
import type { RunStudents } from '../../pipeline/inputs/trained-models.js';
import { type TrainingRecord, trainingRecordOf } from '../../pipeline/inputs/training-record.js';
import { formatOf } from '../../pipeline/prepare.js';
import { loadRecipe, parseRecipe } from '../../recipe/load.js';
import { stageOptions } from '../../recipe/options.js';
import type { Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { RECIPE_FILE } from '../../run/begun-stages.js';
import { BENCHMARK_PREFIX, benchmarkIn } from '../../stages/settings.js';

/** What only an evaluation of one model takes: settings that a recipe has elsewhere than in its stage. */
export interface ModelFlags {
  readonly model?: string;
  readonly adapter?: string;
  readonly benchmark?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly provider?: string;
  readonly bits?: string;
  /** As the run of the model has it. */
  readonly integerProducts?: true;
}

/** The only stage, and of one model its only student and its only model. */
export const EVALUATION = 'evaluate';
const STUDENT = 'model';

/** Several models that are evaluated side by side, by their labels, and how they are asked in their own format. */
export interface Evaluated {
  readonly students: RunStudents['students'];
  readonly asked: Pick<Recipe, 'format' | 'prompts'>;
}

/** Where in the recipe the values of options are. */
const FIELDS = {
  seed: 'seed',
  threads: 'engine.threads',
  provider: 'engine.provider',
  bits: `models.${STUDENT}.bits`,
  integerProducts: 'engine.integerProducts',
} as const;

/**
 * The recipe that the options stand for. Samples, sampling and prompt are the benchmark's unless `overrides` change them;
 * names in it say nothing of the model, so that the same model gives the same answers and figures wherever it lies. Only
 * `trainedOn` of the results depends on that: what a model was trained on is known where it lies in its run.
 * @throws {UsageError} when a value does not fit, naming its option; or the benchmark does not exist
 * @throws {InputError | StorageError} when the benchmark's file cannot be read
 */
export async function modelRecipe(
  flags: ModelFlags & { readonly model: string; readonly benchmark: string },
  source: string | undefined,
  overrides: readonly string[],
  shortForms: Readonly<Record<string, string>>,
  several?: Evaluated,
): Promise<Recipe> {
  const { model, benchmark, adapter } = flags;
  const { name, samples, sampling } = await loadBenchmark(benchmark);
  const record = several === undefined ? await trainingRecordOf(adapter ?? model) : several.asked;
  const trained = asksInFormat(overrides) ? record : undefined;
  const models = several?.students ?? { [STUDENT]: { source: model, adapter } };
  const labels = Object.keys(models);
  const values = Object.entries(FIELDS).flatMap(([flag, field]) => {
    const value = flags[flag as keyof typeof FIELDS];
    const fields = field === FIELDS.bits ? labels.map((label) => `models.${label}.bits`) : [field];
    return value === undefined ? [] : fields.map((path) => `${path}=${value}`);
  });
  try {
    return parseRecipe(
      {
        name: 'evaluation',
        engine: { kind: 'local' },
        ...(trained === undefined ? {} : { format: trained.format, prompts: trained.prompts }),
        models,
        stages: [
          {
            stage: EVALUATION,
            students: Object.fromEntries(labels.map((label) => [label, label])),
            problems: { [labelOf(name)]: `${BENCHMARK_PREFIX}${benchmark}` },
            prompt: 'benchmark',
            source,
            samples,
            sampling,
          },
        ],
      },
      {},
      [...values, ...overrides],
    );
  } catch (error) {
    throw error instanceof RecipeError ? inOptions(error, shortForms) : error;
  }
}

const asksInFormat = (overrides: readonly string[]): boolean =>
  overrides.includes(`stages.${EVALUATION}.prompt=format`);

/** How the model is asked, where it could be asked in the format that it was trained in and that is another one. */
export async function promptNote(
  { model, adapter, benchmark }: ModelFlags & { readonly model: string; readonly benchmark: string },
  { stages: [stage] }: Recipe,
): Promise<string | undefined> {
  const record = await trainingRecordOf(adapter ?? model);
  if (record === undefined || stage?.stage !== 'evaluate') return undefined;
  const { prompt } = stage;
  const loaded = await loadBenchmark(benchmark);
  const trained = 'in the format and with the system message that it was trained with';
  if (prompt === 'format') {
    const other = isAskedSo(record, promptStyle(loaded)) ? '' : '; --format benchmark asks as the benchmark does';
    return `the model is asked ${trained} (rlt.json)${other}`;
  }
  if (isAskedSo(record, promptStyle(loaded, prompt === 'benchmark' ? undefined : prompt))) return undefined;
  const how = prompt === 'benchmark' ? 'as the benchmark asks' : `in the format ${prompt}`;
  return `the model is asked ${how}. To ask it ${trained}, add --format format and another --out.`;
}

/** Whether a model that is asked in this style reads and writes what it was trained on. */
function isAskedSo({ format, prompts: { student, date, variables } }: TrainingRecord, style: PromptStyle): boolean {
  // Without --format format the recipe has no prompts, so chat templates print their built-in date.
  const isPlainChat = date === null && Object.keys(variables).length === 0;
  return (
    style.kind === 'tagged' &&
    style.system === student &&
    isPlainChat &&
    isDeepStrictEqual(style.format, formatOf({ format }))
  );
}

/** A file or data set of the hub as a label of problems. */
export const sourceLabel = (source: string): string => labelOf(fileName(source), 'file');

/** A name as a label of problems, which has letters, digits, dashes and underscores; `before` stands before others than letters. */
function labelOf(name: string, before = 'b'): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '-');
  return (/^[A-Za-z]/.test(plain) ? plain : `${before}-${plain}`).slice(0, 64);
}

/** The options that stand for settings of the recipe, by their paths. */
export const optionsByPath = (shortForms: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(FIELDS).map(([flag, field]) => [field, `--${flag}`] as const),
    ['models.model.source', '--model'],
    ['models.model.adapter', '--adapter'],
    [`stages.${EVALUATION}.columns`, '--columns'],
    ...stageOptions('evaluate').map(
      ({ flag, path }) => [`stages.${EVALUATION}.${path}`, shortForms[flag] ?? flag] as const,
    ),
  ]);

/** What is wrong with the recipe, by the options that it comes from. */
function inOptions({ problems }: RecipeError, shortForms: Readonly<Record<string, string>>): UsageError {
  const options = optionsByPath(shortForms);
  const texts = problems.map(({ message, field = '', remedy }) => ({
    message: aboutOption(options.get(field) ?? '--benchmark', message),
    remedy,
  }));
  const [first, ...others] = texts;
  if (first !== undefined && others.length === 0) {
    return new UsageError(first.message, first.remedy === undefined ? {} : { remedy: first.remedy });
  }
  const lines = texts.map(({ message, remedy }) => `- ${message}${remedy === undefined ? '' : ` ${remedy}`}`);
  return new UsageError(`${texts.length} options do not fit:\n${lines.join('\n')}`);
}

/** Messages of the schema continue the name of what they are about (`must be …`); others are sentences of their own. */
const aboutOption = (option: string, message: string): string =>
  /^(?:must|asks|is|takes|names|has|does)\b/.test(message) ? `${option} ${message}` : `${option}: ${message}`;

/** What a folder can be called. */
const folderName = (text: string): string => text.replace(/[^\w.@-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');

/** A model by a name for folders: what a recipe trained is named by its run and stage, since all of it is called `model`. */
function modelName(source: string): string {
  if (/^[a-z][a-z-]+:/i.test(source)) return folderName(source);
  const path = resolve(source);
  const stage = dirname(path);
  if (basename(path) !== 'model') return folderName(basename(path));
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
async function evaluatedIn(
  directory: string,
): Promise<(Recipe['models'][string] & { readonly problems: string | null }) | undefined> {
  const file = join(directory, RECIPE_FILE);
  if (!existsSync(file)) return undefined;
  const { models, stages } = await loadRecipe(file);
  const model = models[STUDENT];
  const problems = stages.flatMap((stage) => (stage.stage === 'evaluate' ? [stage.source] : []))[0] ?? null;
  return model === undefined ? undefined : { ...model, problems };
}

const placeOf = (source: string | null | undefined): string | null =>
  source == null ? null : isPath(source) ? resolve(source) : source;
const isPath = (source: string): boolean => parseModelSource(source).kind === 'path';
const isGone = (source: string | null): boolean => source !== null && isPath(source) && !existsSync(source);

/**
 * The run directory where none is given. Another model of the same name, or another file of problems, gets a number
 * behind it: names of folders and files are not unique. What has been moved keeps its folder.
 */
export async function directoryOf(
  of: EvaluationOf & {
    model: string;
    benchmark: string;
    problems?: string | undefined;
    bits?: string | undefined;
  },
): Promise<string> {
  const first = modelDirectory(of);
  for (let number = 1; ; number++) {
    const directory = number === 1 ? first : `${first}-${number}`;
    const held = await evaluatedIn(directory);
    if (held === undefined) return directory;
    const isSameModel =
      held.source === placeOf(of.model) &&
      held.adapter === placeOf(of.adapter) &&
      String(held.bits ?? '') === (of.bits ?? '');
    const isSame = isSameModel || isGone(held.source);
    if (isSame && (held.problems === placeOf(of.problems) || isGone(held.problems))) return directory;
  }
}

/** As `directoryOf`, where all students of a run are evaluated. */
export async function directoryOfStudents(
  run: string,
  { students }: Pick<Evaluated, 'students'>,
  of: { readonly benchmark: string; readonly problems?: string | undefined },
): Promise<string> {
  const first = modelDirectory({ model: run, ...of });
  const places = (models: Evaluated['students']) =>
    Object.entries(models).map(([label, { source, adapter, bits }]) => [
      label,
      placeOf(source),
      placeOf(adapter),
      bits ?? null,
    ]);
  for (let number = 1; ; number++) {
    const directory = number === 1 ? first : `${first}-${number}`;
    const file = join(directory, RECIPE_FILE);
    if (!existsSync(file)) return directory;
    const { models, stages } = await loadRecipe(file);
    const problems = stages.flatMap((stage) => (stage.stage === 'evaluate' ? [stage.source] : []))[0] ?? null;
    if (problems === placeOf(of.problems) && isDeepStrictEqual(places(models), places(students))) return directory;
  }
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
  const of = problems === undefined ? [] : [fileName(problems)];
  return join('evaluations', [...names, on, ...of].join('-'));
}

/** Problems of the hub by all of their name, a file by its own. */
const fileName = (source: string): string =>
  folderName(isPath(source) ? basename(source).replace(/\.\w+$/, '') : source);
