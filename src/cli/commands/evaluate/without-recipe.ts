/** Evaluations without a recipe: of one model, or of all students of a run side by side. */
import { join } from 'node:path';
import { RecipeError, UsageError } from '../../../errors.js';
import { type AnswerSet, readAnswerSet } from '../../../evaluation/answers/answer-files.js';
import { readResults } from '../../../evaluation/answers/result-files.js';
import { BENCHMARK_NAMES } from '../../../evaluation/benchmarks/shipped.js';
import { type Comparison, compareInPairs } from '../../../evaluation/comparison/comparison.js';
import { pairedJson } from '../../../evaluation/comparison/report.js';
import { heldNote, heldNotes, integerWays } from '../../../pipeline/inputs/held-models.js';
import { hostOf } from '../../../pipeline/inputs/run-models.js';
import { type RunStudent, studentsOfRun } from '../../../pipeline/inputs/run-students.js';
import { namedModel } from '../../../pipeline/inputs/trained-models.js';
import type { Homes } from '../../../pipeline/inputs/training-data.js';
import { TRAINED_AS_TEACHER, trainedRoleOf, trainingRecordOf } from '../../../pipeline/inputs/training-record.js';
import { withoutRecipe } from '../../../pipeline/run-for-file.js';
import { namesText } from '../../../printable.js';
import { stageFolder } from '../../../run/begun-stages.js';
import { EVENTS_FILE } from '../../../run/directory.js';
import { batchTotals } from '../../../stages/batches.js';
import { heldBy, requireBits } from '../../bits-options.js';
import type { CliContext } from '../../command.js';
import { requireApart } from '../../output-file.js';
import { type addStageOptions, progressFor, runOrPlan } from '../../recipe-command.js';
import type { RecipeRunner } from '../../runner.js';
import { requireEmbedded, serverText } from '../model-options.js';
import { benchmarkFor } from './benchmark.js';
import { columnsOverrides, type Flags, FORMS, written } from './flags.js';
import { EVALUATION, type EvaluationFolder, folderOf, STUDENT } from './folders.js';
import { type Evaluated, type EvaluatedModel, modelRecipe, optionsByPath, promptNote } from './model.js';
import { resultsText, studentsText, tokensPerSecond } from './text.js';

type OverridesFrom = ReturnType<typeof addStageOptions>;

const missing = (flag: string): UsageError =>
  new UsageError(`${flag} is missing`, {
    remedy: `${FORMS} Benchmarks: ${BENCHMARK_NAMES.join(', ')}, or a YAML file. Problems of your own (--problems) are asked and graded as those of the benchmark are.`,
  });

/** What is evaluated: a model, or all students of a run. */
interface Subject {
  readonly model: EvaluatedModel;
  readonly several?: Evaluated;
}

export async function evaluateStudents(
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

export async function evaluateModel(
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
  const homes = homesOf(several?.students ?? { [STUDENT]: model });
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
    await runOrPlan(recipe, { ...flags, out: directory, optionOf, homes }, undefined, runner, context).catch(
      (error: unknown) => {
        throw error instanceof RecipeError ? withoutRecipe(error) : error;
      },
    );
    return;
  }
  const { signal } = context;
  await runner(recipe, { runDirectory: directory, resume: false, signal, progress, optionOf, homes }).catch(
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

/** Where the models that are on servers were left, by their names in the recipe. */
const homesOf = (models: Readonly<Record<string, Pick<RunStudent, 'server' | 'home'>>>): Homes =>
  Object.fromEntries(
    Object.entries(models).flatMap(([name, { server, home }]) =>
      server === undefined || home === undefined ? [] : [[name, home]],
    ),
  );

/** The students of an evaluation with each other. */
async function pairedDifferences(stage: string, students: readonly string[]): Promise<readonly Comparison[]> {
  const sets: AnswerSet[] = [];
  for (const student of students) sets.push({ ...(await readAnswerSet(`${stage}:${student}`)), name: student });
  return compareInPairs(sets);
}
