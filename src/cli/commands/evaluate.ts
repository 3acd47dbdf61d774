/**
 * `rlt evaluate RECIPE`: the evaluate stages of a recipe. `rlt evaluate --model DIR --benchmark NAME`: a recipe of one such
 * stage, made of the options. `rlt evaluate RUN --problems FILE`: the same of all students of a run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecipeError, UsageError } from '../../errors.js';
import { type AnswerSet, readAnswerSet } from '../../evaluation/answers/answer-files.js';
import { readResults } from '../../evaluation/answers/result-files.js';
import { promptFormats } from '../../evaluation/benchmarks/formats.js';
import { BENCHMARK_NAMES } from '../../evaluation/benchmarks/shipped.js';
import { type Comparison, compareInPairs } from '../../evaluation/comparison/comparison.js';
import { pairedJson } from '../../evaluation/comparison/report.js';
import { graderNamed } from '../../evaluation/graders/registry.js';
import { heldNote, heldNotes, integerWays } from '../../pipeline/inputs/held-models.js';
import { hostOf, isRun } from '../../pipeline/inputs/run-models.js';
import { studentsOfRun } from '../../pipeline/inputs/run-students.js';
import { namedModel, namesModel } from '../../pipeline/inputs/trained-models.js';
import { TRAINED_AS_TEACHER, trainedRoleOf, trainingRecordOf } from '../../pipeline/inputs/training-record.js';
import { withoutRecipe } from '../../pipeline/run-for-file.js';
import { commandLine, namesText } from '../../printable.js';
import { findRecipe, loadRecipe } from '../../recipe/load.js';
import { stageOptions } from '../../recipe/options.js';
import { RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { EVENTS_FILE } from '../../run/directory.js';
import { nearRun, runRemedy } from '../../run/near-run.js';
import { splitReference } from '../../run/reference.js';
import { batchTotals } from '../../stages/batches.js';
import { addBitsOptions, heldBy, requireBits } from '../bits-options.js';
import { COLUMNS_OPTION, columnsOf } from '../columns-option.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { flagOf, givenFlags } from '../flags.js';
import { formatOption } from '../format-option.js';
import { requireApart } from '../output-file.js';
import { addStageOptions, progressFor, runOrPlan, stagesOfKind } from '../recipe-command.js';
import { addRecipeOptions, withRunOf } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';
import { benchmarkFor } from './evaluate/benchmark.js';
import { EVALUATION, type EvaluationFolder, folderOf } from './evaluate/folders.js';
import {
  type Evaluated,
  type EvaluatedModel,
  type ModelFlags,
  modelRecipe,
  optionsByPath,
  promptNote,
} from './evaluate/model.js';
import { regradeRun, withoutRegrading } from './evaluate/regrade.js';
import { resultsText, studentsText, tokensPerSecond } from './evaluate/text.js';
import { requireEmbedded, serverText } from './model-options.js';
import type { StageFlags } from './stage.js';

/** Short forms of the stage's options, by the settings that they stand for. */
const SHORT_FORMS = {
  samplingTemperature: 'temperature',
  samplingMaxTokens: 'maxTokens',
  prompt: 'format',
  source: 'problems',
} as const;
type Shortened = keyof typeof SHORT_FORMS;

/** Settings of the stage; as texts, because a recipe takes them as overrides. */
type SettingFlags = Partial<Readonly<Record<Shortened | (typeof SHORT_FORMS)[Shortened] | 'grader', string>>>;

type Flags = ModelFlags & SettingFlags & StageFlags & { readonly columns?: string; readonly regrade?: boolean };

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

const FORMS =
  'Write rlt evaluate RECIPE; rlt evaluate --model MODEL --benchmark NAME, where a model of a run is RUN:NAME or RUN:STAGE:NAME; or rlt evaluate RUN --problems FILE for all students of a run.';

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

/** The flags with short forms under the names of the settings, and which were given. */
function written(flags: Flags): { readonly flags: Flags; readonly shortForms: Readonly<Record<string, string>> } {
  const values: Partial<Record<Shortened, string>> = {};
  const shortForms: Record<string, string> = {};
  for (const [setting, short] of Object.entries(SHORT_FORMS) as [Shortened, (typeof SHORT_FORMS)[Shortened]][]) {
    const value = flags[short];
    if (value === undefined) continue;
    if (flags[setting] !== undefined) {
      throw new UsageError(`${flagOf(short)} and ${flagOf(setting)} are the same; give one of them`);
    }
    values[setting] = value;
    shortForms[flagOf(setting)] = flagOf(short);
  }
  return { flags: { ...flags, ...values }, shortForms };
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

type OverridesFrom = ReturnType<typeof addStageOptions>;

const missing = (flag: string): UsageError =>
  new UsageError(`${flag} is missing`, {
    remedy: `${FORMS} Benchmarks: ${BENCHMARK_NAMES.join(', ')}, or a YAML file. Problems of your own (--problems) are asked and graded as those of the benchmark are.`,
  });

/** `--columns` as settings of these stages. */
const columnsOverrides = ({ columns }: Flags, stages: readonly string[]): readonly string[] =>
  columns === undefined ? [] : stages.map((stage) => `stages.${stage}.columns=${JSON.stringify(columnsOf(columns))}`);

/** @throws {UsageError} when options that change a recipe stand where none is */
function requireNoRecipeFlags(flags: Flags, names: readonly (keyof Flags)[]): void {
  const given = givenFlags(flags, names);
  if (given.length === 0) return;
  throw new UsageError(`${given.join(', ')} ${given.length === 1 ? 'needs' : 'need'} a recipe`, {
    remedy: given.includes('--set') ? `${ENGINE_OPTIONS} ${FORMS}` : FORMS,
  });
}

/** What is evaluated: a model, or all students of a run. */
interface Subject {
  readonly model: EvaluatedModel;
  readonly several?: Evaluated;
}

async function evaluateStudents(
  run: string,
  flags: Flags,
  overridesFrom: OverridesFrom,
  runner: RecipeRunner,
  context: CliContext,
): Promise<void> {
  const { recipe, students, held, absent } = await studentsOfRun(run, {
    areHeldOtherwise: flags.bits !== undefined,
  });
  const servers = new Map(Object.entries(students).flatMap(([label, { server }]) => (server ? [[label, server]] : [])));
  const [server] = servers.values();
  if (servers.size === Object.keys(students).length) requireEmbedded(flags, { server });
  requireBits(
    flags,
    Object.values(held).map(({ bits }) => bits),
  );
  const progress = progressFor(flags, context);
  const those = namesText(Object.keys(students));
  const { format, prompts } = recipe;
  progress.note(`evaluated side by side: ${those}; rlt evaluate --model ${run}:NAME evaluates one alone`);
  if (absent.length > 0) progress.note(`left out, since they have not been trained: ${namesText(absent)}`);
  if (servers.size > 0) {
    const hosts = [...new Set([...servers.values()].map(hostOf))];
    progress.note(`on the server at ${namesText(hosts)}: ${namesText([...servers.keys()])}`);
  }
  const several = { students, asked: { format, prompts } };
  const note = flags.bits === undefined ? heldNotes(held) : undefined;
  if (note !== undefined) progress.note(note);
  const isByIntegers = flags.bits === undefined && integerWays(held).has(true);
  const own = isByIntegers ? { ...flags, integerProducts: true as const } : flags;
  return evaluateSubject({ model: { source: run, home: run }, several }, own, overridesFrom, runner, context);
}

async function evaluateModel(
  flags: Flags,
  name: string | undefined,
  overridesFrom: OverridesFrom,
  runner: RecipeRunner,
  context: CliContext,
): Promise<void> {
  if (flags.model === undefined) throw missing('--model');
  if (flags.benchmark === undefined && (flags.source ?? flags.problems) === undefined) throw missing('--benchmark');
  const model = await namedModel(flags.model, name, { asTeacher: false, reach: 'servers' });
  const { held, chosen } = model;
  requireEmbedded(flags, model);
  requireBits(flags, [held.bits]);
  if (chosen !== undefined) progressFor(flags, context).note(chosen);
  const note = flags.bits === undefined ? heldNote(held) : undefined;
  if (note !== undefined) progressFor(flags, context).note(note);
  if (model.server !== undefined) progressFor(flags, context).note(`the model is${serverText(model)}`);
  const { bits, ...others } = heldBy(flags, held);
  const own = { ...flags, ...others, ...(bits === undefined ? {} : { bits: String(bits) }) };
  return evaluateSubject({ model }, own, overridesFrom, runner, context);
}

async function evaluateSubject(
  { model, several }: Subject,
  given: Flags,
  overridesFrom: OverridesFrom,
  runner: RecipeRunner,
  context: CliContext,
): Promise<void> {
  const { flags, shortForms } = written(given);
  const { json } = flags;
  const { source, ...settings } = flags;
  const progress = progressFor(flags, context);
  const { benchmark: named } = flags;
  const fit = named === undefined ? await benchmarkFor(source ?? '', flags, context.signal) : undefined;
  const benchmark = named ?? fit?.benchmark ?? '';
  // Nobody asked for a benchmark's form: the model knows the one that it was trained in.
  const ownFormat = several === undefined ? await trainingRecordOf(flags.adapter ?? model.home) : several.asked;
  const record = fit === undefined ? undefined : ownFormat;
  const isAsTrained = record !== undefined && settings.prompt === undefined;
  const overrides = [
    ...overridesFrom(isAsTrained ? { ...settings, prompt: 'format' } : settings, [EVALUATION]),
    ...columnsOverrides(flags, [EVALUATION]),
  ];
  const recipe = await modelRecipe({ ...flags, model, benchmark }, source, overrides, shortForms, several);
  const { adapter } = flags;
  const folder: EvaluationFolder =
    flags.out === undefined
      ? await folderOf(recipe, { model: model.home, adapter, benchmark, problems: source })
      : { directory: flags.out };
  const { directory } = folder;
  requireApart(directory);
  if (folder.note !== undefined) progress.note(folder.note);
  if (fit !== undefined) {
    const how = isAsTrained ? 'graded' : 'asked and graded';
    progress.note(`the problems are ${how} as those of ${benchmark}, since ${fit.why}; --benchmark names another`);
  }
  if (several === undefined) {
    const note = await promptNote({ model, adapter, benchmark }, recipe);
    if (note !== undefined) progress.note(note);
    if ((await trainedRoleOf(adapter ?? model.home)) === 'teacher') progress.note(TRAINED_AS_TEACHER);
  } else if (isAsTrained) progress.note('they are asked in the format and with the system message of the run');
  const options = optionsByPath(shortForms);
  const optionOf = (path: string) => options.get(path);
  if (flags.dryRun === true) {
    await runOrPlan(recipe, { ...flags, out: directory, optionOf }, undefined, runner, context).catch(
      (error: unknown) => {
        throw error instanceof RecipeError ? withoutRecipe(error) : error;
      },
    );
    return;
  }
  const { signal } = context;
  await runner(recipe, { runDirectory: directory, resume: false, signal, progress, optionOf }).catch(
    (error: unknown) => {
      throw error instanceof RecipeError ? withoutRecipe(error) : error;
    },
  );
  const stage = join(directory, 'stages', stageFolder({ index: 0, name: EVALUATION }));
  const results = await readResults(stage);
  const totals = await batchTotals(join(directory, EVENTS_FILE), EVALUATION, (text) => progress.note(text));
  const timings = { ...totals, tokensPerSecond: tokensPerSecond(totals) };
  if (several === undefined) {
    await context.stdout(
      json === true
        ? `${JSON.stringify({ directory, results, timings }, null, 2)}\n`
        : `${resultsText(results, { totals })}Everything is in ${directory}.\n`,
    );
    return;
  }
  const comparisons = await pairedDifferences(stage, Object.keys(several.students));
  await context.stdout(
    json === true
      ? `${JSON.stringify({ directory, results, comparisons: comparisons.map(pairedJson), timings }, null, 2)}\n`
      : `${studentsText(results, comparisons)}Everything is in ${directory}.\n`,
  );
}

/** The students of an evaluation with each other. */
async function pairedDifferences(stage: string, students: readonly string[]): Promise<readonly Comparison[]> {
  const sets: AnswerSet[] = [];
  for (const student of students) sets.push({ ...(await readAnswerSet(`${stage}:${student}`)), name: student });
  return compareInPairs(sets);
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
