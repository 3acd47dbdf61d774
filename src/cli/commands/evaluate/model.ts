/** `rlt evaluate --model … --benchmark …` as a recipe of one stage, and where it runs. */
import { isDeepStrictEqual } from 'node:util';
import { RecipeError, UsageError } from '../../../errors.js';
import type { PromptStyle } from '../../../evaluation/answers/prompt.js';
import { loadBenchmark, promptStyle } from '../../../evaluation/benchmarks/benchmark.js';
import { problemsLabel, sourceLabel } from '../../../evaluation/benchmarks/labels.js';
import { placedModels } from '../../../pipeline/inputs/run-models.js';
import type { RunStudents } from '../../../pipeline/inputs/run-students.js';
import type { NamedModel } from '../../../pipeline/inputs/trained-models.js';
import { type TrainingRecord, trainingRecordOf } from '../../../pipeline/inputs/training-record.js';
import { parseRecipe } from '../../../recipe/load.js';
import { stageOptions } from '../../../recipe/options.js';
import { formatOf, type Recipe } from '../../../recipe/schema.js';
import { BENCHMARK_PREFIX } from '../../../stages/definition/settings.js';
import type { BitsFlags } from '../../bits-options.js';
import { flagOf } from '../../flags.js';
import { EVALUATION, STUDENT } from './folders.js';

/** What only an evaluation of one model takes: settings that a recipe has elsewhere than in its stage. */
export interface ModelFlags extends BitsFlags {
  readonly model?: string;
  readonly adapter?: string;
  readonly benchmark?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly provider?: string;
}

/** What is known of one model before its recipe is made. */
export type EvaluatedModel = Pick<NamedModel, 'source' | 'home' | 'server'>;

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
  flags: Omit<ModelFlags, 'model'> & { readonly model: EvaluatedModel; readonly benchmark: string },
  source: string | undefined,
  overrides: readonly string[],
  shortForms: Readonly<Record<string, string>>,
  several?: Evaluated,
): Promise<Recipe> {
  const { model, benchmark, adapter } = flags;
  const { name, samples, sampling } = await loadBenchmark(benchmark);
  const record = several === undefined ? await trainingRecordOf(adapter ?? model.home) : several.asked;
  const trained = asksInFormat(overrides) ? record : undefined;
  const label = source === undefined ? problemsLabel(name) : sourceLabel(source);
  const students: RunStudents['students'] = several?.students ?? {
    [STUDENT]: { source: model.source, adapter: adapter ?? null, server: model.server },
  };
  const labels = Object.keys(students);
  const isInBits = flags.bits !== undefined || Object.values(students).some(({ bits }) => bits !== undefined);
  const values = Object.entries(FIELDS).flatMap(([flag, field]) => {
    // The engine of a run has products of integers for all of its models; they are of weights in few bits alone.
    if (field === FIELDS.integerProducts && !isInBits) return [];
    const value = flags[flag as keyof typeof FIELDS];
    const here = labels.filter((label) => students[label]?.server === undefined);
    const fields = field === FIELDS.bits ? here.map((label) => `models.${label}.bits`) : [field];
    return value === undefined ? [] : fields.map((path) => `${path}=${value}`);
  });
  try {
    return parseRecipe(
      {
        name: 'evaluation',
        engine: { kind: 'local' },
        ...placedModels(students),
        ...(trained === undefined ? {} : { format: trained.format, prompts: trained.prompts }),
        stages: [
          {
            stage: EVALUATION,
            students: Object.fromEntries(labels.map((label) => [label, label])),
            problems: { [label]: `${BENCHMARK_PREFIX}${benchmark}` },
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
  { model, adapter, benchmark }: { model: EvaluatedModel; adapter?: string | undefined; benchmark: string },
  { stages: [stage] }: Recipe,
): Promise<string | undefined> {
  const record = await trainingRecordOf(adapter ?? model.home);
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
  return `the model is asked ${how}. To ask it ${trained}, add --format format.`;
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

/** The options that stand for settings of the recipe, by their paths. */
export const optionsByPath = (shortForms: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(FIELDS).map(([flag, field]) => [field, flagOf(flag)] as const),
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
