/** `rlt evaluate RECIPE`: the evaluate stages of a recipe. `rlt evaluate --model DIR --benchmark NAME`: one model, outside of any. */
import { basename, join, resolve } from 'node:path';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { localSettings, PROVIDERS } from '../../engine/local/settings.js';
import { UsageError } from '../../errors.js';
import { figures } from '../../evaluation/answers/report.js';
import { percent } from '../../evaluation/answers/report-text.js';
import { loadBenchmark, promptStyle } from '../../evaluation/benchmarks/benchmark.js';
import { type PromptFormat, promptFormats } from '../../evaluation/benchmarks/formats.js';
import { benchmarkProblems } from '../../evaluation/benchmarks/problems.js';
import { BENCHMARK_NAMES } from '../../evaluation/benchmarks/shipped.js';
import { type Evaluation, evaluateModel, regrade } from '../../evaluation/evaluation.js';
import { modelOf } from '../../pipeline/inputs/models.js';
import { loadRecipe } from '../../recipe/load.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { numberOption } from '../number-option.js';
import { addStageOptions, progressFor, runOrPlan, stagesOfKind } from '../recipe-command.js';
import { addRecipeOptions, type RecipeFlags } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';
import { textTable } from '../table.js';

/** What only an evaluation of one model knows. */
interface ModelFlags {
  readonly model?: string;
  readonly adapter?: string;
  readonly benchmark?: string;
  readonly problems?: string;
  readonly format?: PromptFormat;
  readonly seed?: number;
  readonly batch?: number;
  readonly threads?: number;
  readonly provider?: (typeof PROVIDERS)[number];
  readonly regrade?: boolean;
}

/** Settings of the stage that mean the same for one model; as texts, because a recipe takes them as overrides. */
interface SharedFlags {
  readonly samples?: string;
  readonly limit?: string;
  readonly grader?: string;
  readonly samplingTemperature?: string;
  readonly samplingTopP?: string;
  readonly samplingTopK?: string;
  readonly samplingMinP?: string;
  readonly samplingMaxTokens?: string;
  readonly temperature?: string;
  readonly maxTokens?: string;
}

type Flags = ModelFlags & SharedFlags & RecipeFlags & { readonly stage?: string };

const MODEL_ONLY = [
  'model',
  'adapter',
  'benchmark',
  'problems',
  'format',
  'seed',
  'batch',
  'threads',
  'provider',
  'regrade',
] as const satisfies readonly (keyof ModelFlags)[];
const RECIPE_ONLY = ['set', 'resume', 'dryRun', 'tokensPerSecond', 'stage'] as const satisfies readonly (keyof Flags)[];

const FORMS = 'Write rlt evaluate RECIPE, or rlt evaluate --model DIR --benchmark NAME.';
const DEFAULT_BATCH = 64;

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The flags of the other form of the command that were given; `resume` is always there, false without the flag. */
const given = (flags: Flags, names: readonly (keyof Flags)[]): readonly string[] =>
  names.filter((name) => flags[name] !== undefined && flags[name] !== false).map(flagOf);

/** The number in a flag of the stage's. */
function numberIn(flags: SharedFlags, name: keyof SharedFlags, bounds: Parameters<typeof numberOption>[1]) {
  const text = flags[name];
  return text === undefined ? undefined : numberOption(flagOf(name), bounds)(text);
}

const WHOLE = { minimum: 1, integer: true };

/** The settings of the benchmark with those that the command line changes. */
async function settingsFrom(flags: Flags, name: string) {
  const benchmark = await loadBenchmark(name);
  const { sampling } = benchmark;
  const { provider, threads } = localSettings({
    ...(flags.provider === undefined ? {} : { provider: flags.provider }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  });
  const settings = {
    benchmark: benchmark.name,
    prompt: promptStyle(benchmark, flags.format),
    samples: numberIn(flags, 'samples', WHOLE) ?? benchmark.samples,
    sampling: {
      temperature:
        numberIn(flags, 'temperature', { minimum: 0 }) ??
        numberIn(flags, 'samplingTemperature', { minimum: 0 }) ??
        sampling.temperature,
      topP: numberIn(flags, 'samplingTopP', { minimum: 0 }) ?? sampling.topP,
      topK: numberIn(flags, 'samplingTopK', { minimum: 0, integer: true }) ?? sampling.topK,
      minP: numberIn(flags, 'samplingMinP', { minimum: 0 }) ?? sampling.minP,
      maxTokens:
        numberIn(flags, 'maxTokens', WHOLE) ?? numberIn(flags, 'samplingMaxTokens', WHOLE) ?? sampling.maxTokens,
    },
    seed: flags.seed ?? 1,
    batch: flags.batch ?? DEFAULT_BATCH,
    engine: { name: 'local', provider, threads },
  };
  const limit = numberIn(flags, 'limit', WHOLE);
  const problems = await benchmarkProblems(benchmark, {
    ...(flags.grader === undefined || flags.grader === 'auto' ? {} : { grader: flags.grader }),
    ...(flags.problems === undefined ? {} : { problems: flags.problems }),
    ...(limit === undefined ? {} : { limit }),
  });
  return { settings, problems };
}

const directoryOf = ({ out, model, benchmark }: Flags): string | undefined =>
  out ??
  (model === undefined || benchmark === undefined
    ? undefined
    : join('evaluations', `${basename(resolve(model))}-${basename(benchmark).replace(/\.ya?ml$/i, '')}`));

async function evaluateOne(flags: Flags, context: CliContext): Promise<Evaluation> {
  const { model, benchmark } = flags;
  const directory = directoryOf(flags);
  if (flags.regrade === true) {
    if (directory === undefined)
      throw new UsageError('--regrade needs the folder of the evaluation', { remedy: 'Name it with --out.' });
    return regrade(directory, flags.grader === 'auto' ? undefined : flags.grader);
  }
  if (model === undefined || benchmark === undefined || directory === undefined) {
    throw new UsageError(`${model === undefined ? '--model' : '--benchmark'} is missing`, {
      remedy: `${FORMS} Benchmarks: ${BENCHMARK_NAMES.join(', ')}, or a YAML file.`,
    });
  }
  const { settings, problems } = await settingsFrom(flags, benchmark);
  const source = await modelOf({ source: model, adapter: flags.adapter ?? null, tokenizer: null });
  const progress = progressFor(flags, context).stage({ name: settings.benchmark, index: 0, count: 1, unit: 'answer' });
  const engine = await openLocalEngine(settings.engine);
  try {
    const { signal } = context;
    const evaluation = await evaluateModel({ directory, engine, source, problems, settings, progress, signal });
    progress.finish();
    return evaluation;
  } finally {
    await engine.close();
  }
}

function evaluationText(evaluation: Evaluation): string {
  const { summary, timings, directory } = evaluation;
  const levels = summary.levels.map(({ level, accuracy, interval: [low, high] }) => [
    `  ${level}`,
    percent(accuracy),
    `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`,
  ]);
  const table = textTable([['measure', 'value', '95 % interval'], ...figures(evaluation), ...levels], [1, 2]);
  const speed =
    timings.tokens === 0
      ? ''
      : ` ${(timings.tokens / timings.seconds).toFixed(1)} tokens/s, ${percent(timings.engineSeconds / timings.seconds)} of the time in the engine.`;
  return `${table}

${summary.problems} problems, ${summary.samples} ${summary.samples === 1 ? 'sample' : 'samples'} each. Unparsable ${percent(summary.unparsable)}, cut off ${percent(summary.cut)}, ${summary.tokensPerAnswer.toFixed(1)} tokens an answer.${speed}
Everything is in ${directory}.
`;
}

export const evaluateCommand =
  (runner: RecipeRunner): CommandDefinition =>
  (command, context) => {
    command
      .argument('[recipe]', 'a YAML file, or the name of a shipped recipe; left out with --model')
      .optionsGroup('One model, without a recipe:')
      .option('--model <source>', 'a folder in the Hugging Face layout, builtin:base, or hf:owner/name')
      .option('--adapter <dir>', 'a PEFT adapter on top of it')
      .option('--benchmark <name>', `${BENCHMARK_NAMES.join(', ')}, or a YAML file of your own`)
      .option('--problems <file>', "problems in place of the benchmark's own: JSONL, Parquet, CSV or hf:...")
      .addOption(
        command
          .createOption('--format <name>', "how it is asked (default: the benchmark's): plain, or tags of a student")
          .choices(promptFormats),
      )
      .option('--seed <n>', 'seed of the samples (default: 1)', numberOption('--seed', { minimum: 0, integer: true }))
      .option('--batch <n>', `answers sampled together (default: ${DEFAULT_BATCH})`, numberOption('--batch', WHOLE))
      .option('--threads <n>', 'threads (default: every core)', numberOption('--threads', WHOLE))
      .addOption(command.createOption('--provider <name>', 'what computes (default: cpu)').choices(PROVIDERS))
      .option('--regrade', 'grade the stored answers anew; nothing is sampled')
      .optionsGroup('Short forms:')
      .option('--temperature <value>', 'as --sampling-temperature')
      .option('--max-tokens <value>', 'as --sampling-max-tokens')
      .optionsGroup('Recipe options:')
      .option('--stage <name>', 'only the stage of this name, where the recipe has several of the kind');
    addRecipeOptions(command);
    const overridesFrom = addStageOptions(command, 'evaluate');
    command.action(async (recipe: string | undefined, flags: Flags) => {
      const ofModel = given(flags, MODEL_ONLY);
      if (recipe !== undefined) {
        if (ofModel.length > 0) {
          throw new UsageError(`${ofModel.join(', ')} and a recipe cannot be given together`, { remedy: FORMS });
        }
        const { temperature, maxTokens } = flags;
        const values = {
          ...flags,
          ...(temperature === undefined ? {} : { samplingTemperature: temperature }),
          ...(maxTokens === undefined ? {} : { samplingMaxTokens: maxTokens }),
        };
        const only = stagesOfKind(await loadRecipe(recipe, flags.set), 'evaluate', flags.stage);
        const loaded = await loadRecipe(recipe, [...(flags.set ?? []), ...overridesFrom(values, only)]);
        return runOrPlan(loaded, flags, only, runner, context);
      }
      if (ofModel.length === 0) throw new UsageError('neither a recipe nor a model is given', { remedy: FORMS });
      const ofRecipe = given(flags, RECIPE_ONLY);
      if (ofRecipe.length > 0) {
        throw new UsageError(`${ofRecipe.join(', ')} need a recipe`, { remedy: FORMS });
      }
      const evaluation = await evaluateOne(flags, context);
      const { directory, settings, summary, timings } = evaluation;
      await context.stdout(
        flags.json === true
          ? `${JSON.stringify({ directory, settings, summary, timings }, null, 2)}\n`
          : evaluationText(evaluation),
      );
    });
  };
