/**
 * `rlt evaluate RECIPE`: the evaluate stages of a recipe. `rlt evaluate --model DIR --benchmark NAME`: a recipe of one such
 * stage, made of the options. `rlt evaluate RUN --problems FILE`: the same of all students of a run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { promptFormats } from '../../evaluation/benchmarks/formats.js';
import { BENCHMARK_NAMES } from '../../evaluation/benchmarks/shipped.js';
import { graderNamed } from '../../evaluation/graders/registry.js';
import { namesModel } from '../../pipeline/inputs/trained-models.js';
import { commandLine } from '../../printable.js';
import { findRecipe, loadRecipe } from '../../recipe/load.js';
import { stageOptions } from '../../recipe/options.js';
import { isRun, RECIPE_FILE, requireKeptRecipe } from '../../run/begun-stages.js';
import { nearRun, runRemedy } from '../../run/near-run.js';
import { splitReference } from '../../run/reference.js';
import { addBitsOptions } from '../bits-options.js';
import { COLUMNS_OPTION } from '../columns-option.js';
import type { CommandDefinition } from '../command.js';
import { flagOf, givenFlags } from '../flags.js';
import { formatOption } from '../format-option.js';
import { addStageOptions, runOrPlan, stagesOfKind } from '../recipe-command.js';
import { addRecipeOptions, withRunOf } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';
import { columnsOverrides, type Flags, FORMS, SHORT_FORMS, written } from './evaluate/flags.js';
import { regradeRun, withoutRegrading } from './evaluate/regrade.js';
import { evaluateModel, evaluateStudents } from './evaluate/without-recipe.js';

const MODEL_ONLY = [
  'model',
  'adapter',
  'benchmark',
  'seed',
  'threads',
  'provider',
  'bits',
  'integerProducts',
] as const satisfies readonly (keyof Flags)[];
const RECIPE_ONLY = ['set', 'resume', 'stage'] as const satisfies readonly (keyof Flags)[];

const ENGINE_OPTIONS =
  'Without one, settings of the stage, the engine and the model are options: --limit, --threads, --provider, --bits, --integer-products and others (--help).';

/** How a recipe takes what was given for the engine alone; undefined where something else was given too. */
function settingsInRecipe(flags: Flags): string | undefined {
  const given = givenFlags(flags, MODEL_ONLY);
  const names = ['threads', 'provider', 'integerProducts', 'bits'] as const;
  if (given.length > givenFlags(flags, names).length) return undefined;
  const settings = names.flatMap((name) =>
    flags[name] === undefined ? [] : [`--set ${name === 'bits' ? 'models.NAME' : 'engine'}.${name}=${flags[name]}`],
  );
  const whose = flags.bits === undefined ? 'of the engine' : 'of the engine and its models';
  return `In a recipe they are settings ${whose}: write ${settings.join(' ')}.`;
}

/** @throws {UsageError} when a model stands where the recipe belongs */
function requireNoModel(recipe: string, { model, benchmark, problems, source }: Flags): void {
  requireKeptRecipe(splitReference(recipe).path);
  if (model !== undefined || (!isRun(recipe) && !namesModel(recipe))) return;
  const asked = Object.entries({ benchmark, problems: problems ?? source }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const on = asked.length === 0 ? '--benchmark NAME' : commandLine(...asked);
  throw new UsageError(`${isRun(recipe) ? 'a run directory' : 'a model'} stands where the recipe belongs`, {
    file: recipe,
    remedy: isRun(recipe)
      ? `Write rlt evaluate ${recipe} --problems FILE (or --benchmark NAME) for all of its students side by side, rlt evaluate --model ${recipe}:NAME ${on} for one model of it, or rlt evaluate ${join(recipe, RECIPE_FILE)} for its own evaluate stages.`
      : `Write rlt evaluate --model ${recipe} ${on}.`,
  });
}

/** @throws {UsageError} when the word names nothing: neither a recipe nor, beside problems, a run */
function requireThere(recipe: string, isOfProblems: boolean): void {
  try {
    findRecipe(recipe);
  } catch (error) {
    // A name that is nearly that of a recipe is told of as that.
    if (existsSync(recipe) || !(error instanceof UsageError) || /^Did/.test(error.facts.remedy ?? '')) throw error;
    if (!isOfProblems && nearRun(recipe) === undefined) throw error;
    throw new UsageError('there is no such run or recipe', {
      file: recipe,
      remedy: runRemedy(
        recipe,
        'Name a run directory, whose students are evaluated side by side; or a model, with --model.',
      ),
    });
  }
}

/** Options that say how answers are sampled, which regrading does not do. */
const SAMPLING_FLAGS: readonly string[] = [
  ...(
    ['seed', 'threads', 'provider', 'bits', 'integerProducts', 'columns', ...Object.values(SHORT_FORMS)] as const
  ).map(flagOf),
  ...stageOptions('evaluate').flatMap(({ flag }) => (flag === '--grader' ? [] : [flag])),
];

/** @throws {UsageError} when options stand beside --regrade that have no meaning there */
function requireNoSampling(flags: Flags): void {
  const pointless = SAMPLING_FLAGS.filter((flag) => Object.keys(flags).some((name) => flagOf(name) === flag));
  if (pointless.length === 0) return;
  throw new UsageError(`${pointless.join(', ')} cannot be used with --regrade, which samples nothing`, {
    remedy: 'Leave them out, or evaluate anew in another directory.',
  });
}

/** @throws {UsageError} when options that change a recipe stand where none is */
function requireNoRecipeFlags(flags: Flags, names: readonly (keyof Flags)[]): void {
  const given = givenFlags(flags, names);
  if (given.length === 0) return;
  throw new UsageError(`${given.join(', ')} ${given.length === 1 ? 'needs' : 'need'} a recipe`, {
    remedy: given.includes('--set') ? `${ENGINE_OPTIONS} ${FORMS}` : FORMS,
  });
}

export const evaluateCommand =
  (runner: RecipeRunner): CommandDefinition =>
  (command, context) => {
    command
      .argument(
        '[recipe]',
        'a YAML file, or the name of a shipped recipe; with --problems or --benchmark, a run directory, whose students are evaluated side by side; with --model RUN, the name of a model in the run',
      )
      .optionsGroup('One model, without a recipe:')
      .option(
        '--model <source>',
        'a folder of a model or of a stage, RUN:NAME or RUN:STAGE:NAME for a model of a run, builtin:base, or hf:owner/name',
      )
      .option('--adapter <dir>', 'a PEFT adapter on top of it')
      .option('--benchmark <name>', `${BENCHMARK_NAMES.join(', ')}, or a YAML file of your own`)
      .option('--seed <n>', 'seed of the samples (default: 1)')
      .option('--threads <n>', 'threads (default: every core)')
      .option('--provider <name>', 'what computes: cpu (default), webgpu or cuda');
    addBitsOptions(command)
      .option('--regrade', 'grade the answers in the run directory --out again; nothing is sampled')
      .optionsGroup('Short forms:')
      .option('--temperature <value>', 'as --sampling-temperature')
      .option('--max-tokens <value>', 'as --sampling-max-tokens')
      .addOption(formatOption([...promptFormats, 'format', 'benchmark'], 'as the benchmark asks, or the recipe says'))
      .option('--problems <file>', 'as --source: problems of your own, for a model or for all students of a run')
      .option(...COLUMNS_OPTION)
      .optionsGroup('Recipe options:')
      .option('--stage <name>', 'only the stage of this name, where the recipe has several of the kind');
    addRecipeOptions(command);
    const overridesFrom = addStageOptions(command, 'evaluate');
    command.addHelpText(
      'after',
      `\nWith --model the run directory is evaluations/MODEL-BENCHMARK, with --problems evaluations/MODEL-BENCHMARK-FILE;\nprompt, samples and sampling are the benchmark's.`,
    );
    command.action(async (recipe: string | undefined, flags: Flags) => {
      if (flags.grader !== undefined && flags.grader !== 'auto') graderNamed(flags.grader);
      const ofModel = givenFlags(flags, MODEL_ONLY);
      // Behind a run, the word names a model in it.
      const ofRun = flags.model !== undefined && isRun(flags.model) ? recipe : undefined;
      if (flags.regrade === true) {
        if (recipe !== undefined && ofRun === undefined) throw await withoutRegrading(recipe, flags);
        requireNoRecipeFlags(flags, ['set', 'resume']);
        requireNoSampling(flags);
        return regradeRun(flags, ofRun, context);
      }
      const isOfProblems = (flags.benchmark ?? flags.problems ?? flags.source) !== undefined;
      if (recipe !== undefined && flags.model === undefined && isRun(recipe) && isOfProblems) {
        const other = givenFlags(flags, ['adapter', ...RECIPE_ONLY]);
        if (other.length > 0)
          throw new UsageError(`${other.join(', ')} cannot be used where all students of a run are evaluated`, {
            remedy: FORMS,
          });
        return evaluateStudents(recipe, flags, overridesFrom, runner, context);
      }
      if (recipe !== undefined && ofRun === undefined) {
        requireNoModel(recipe, flags);
        requireThere(recipe, isOfProblems);
        if (ofModel.length > 0) {
          throw new UsageError(`${ofModel.join(', ')} and a recipe cannot be given together`, {
            remedy: settingsInRecipe(flags) ?? FORMS,
          });
        }
        const only = stagesOfKind(await loadRecipe(recipe, flags.set), 'evaluate', flags.stage);
        const overrides = [
          ...(flags.set ?? []),
          ...overridesFrom({ ...written(flags).flags }, only),
          ...columnsOverrides(flags, only),
        ];
        return runOrPlan(await loadRecipe(recipe, overrides), withRunOf(recipe, flags), only, runner, context);
      }
      if (ofModel.length === 0) throw new UsageError('neither a recipe nor a model is given', { remedy: FORMS });
      requireNoRecipeFlags(flags, RECIPE_ONLY);
      return evaluateModel(flags, ofRun, overridesFrom, runner, context);
    });
  };
