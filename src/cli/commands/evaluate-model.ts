/** `rlt evaluate --model … --benchmark …` as a recipe of one stage, and where it runs. */
import { basename, dirname, join, resolve } from 'node:path';
import { RecipeError, UsageError } from '../../errors.js';
import { loadBenchmark } from '../../evaluation/benchmarks/benchmark.js';
import { parseRecipe } from '../../recipe/load.js';
import { stageOptions } from '../../recipe/options.js';
import type { Recipe } from '../../recipe/schema.js';
import { BENCHMARK_PREFIX } from '../../stages/settings.js';

/** What only an evaluation of one model takes: settings that a recipe has elsewhere than in its stage. */
export interface ModelFlags {
  readonly model?: string;
  readonly adapter?: string;
  readonly benchmark?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly provider?: string;
}

/** The only stage, its only student and its only model. */
export const EVALUATION = 'evaluate';
const STUDENT = 'model';

/** Where in the recipe the values of options are. */
const FIELDS = { seed: 'seed', threads: 'engine.threads', provider: 'engine.provider' } as const;

/**
 * The recipe that the options stand for. Samples, sampling and prompt are the benchmark's unless `overrides` change them;
 * names in it say nothing of the model, so that the same model gives the same bytes wherever it lies.
 * @throws {UsageError} when a value does not fit, naming its option; or the benchmark does not exist
 * @throws {InputError | StorageError} when the benchmark's file cannot be read
 */
export async function modelRecipe(
  flags: ModelFlags & { readonly model: string; readonly benchmark: string },
  source: string | undefined,
  overrides: readonly string[],
  shortForms: Readonly<Record<string, string>>,
): Promise<Recipe> {
  const { model, benchmark, adapter } = flags;
  const { name, samples, sampling } = await loadBenchmark(benchmark);
  const values = Object.entries(FIELDS).flatMap(([flag, field]) => {
    const value = flags[flag as keyof typeof FIELDS];
    return value === undefined ? [] : [`${field}=${value}`];
  });
  try {
    return parseRecipe(
      {
        name: 'evaluation',
        engine: { kind: 'local' },
        models: { [STUDENT]: { source: model, adapter } },
        stages: [
          {
            stage: EVALUATION,
            students: { [STUDENT]: STUDENT },
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

/** A benchmark's name as a label of problems, which has letters, digits, dashes and underscores. */
function labelOf(benchmark: string): string {
  const plain = benchmark.replace(/[^A-Za-z0-9_-]/g, '-');
  return /^[A-Za-z]/.test(plain) ? plain : `b-${plain}`.slice(0, 64);
}

/** What is wrong with the recipe, by the options that it comes from. */
function inOptions({ problems }: RecipeError, shortForms: Readonly<Record<string, string>>): UsageError {
  const options = new Map<string, string>([
    ...Object.entries(FIELDS).map(([flag, field]) => [field, `--${flag}`] as const),
    ['models.model.source', '--model'],
    ['models.model.adapter', '--adapter'],
    ...stageOptions('evaluate').map(
      ({ flag, path }) => [`stages.${EVALUATION}.${path}`, shortForms[flag] ?? flag] as const,
    ),
  ]);
  const texts = problems.map(({ message, field = '', remedy }) => ({
    message: `${options.get(field) ?? '--benchmark'} ${message}`,
    remedy,
  }));
  const [first, ...others] = texts;
  if (first !== undefined && others.length === 0) {
    return new UsageError(first.message, first.remedy === undefined ? {} : { remedy: first.remedy });
  }
  const lines = texts.map(({ message, remedy }) => `- ${message}${remedy === undefined ? '' : ` ${remedy}`}`);
  return new UsageError(`${texts.length} options do not fit:\n${lines.join('\n')}`);
}

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

/** The run directory where none is given. */
export function modelDirectory({
  model,
  adapter,
  benchmark,
}: {
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly benchmark: string;
}): string {
  const names = [modelName(model), ...(adapter === undefined ? [] : [modelName(adapter)])];
  return join('evaluations', [...names, folderName(basename(benchmark).replace(/\.ya?ml$/i, ''))].join('-'));
}
