/** `rlt evaluate --regrade --out DIR`: the stored answers of a run, graded again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../errors.js';
import { graderName } from '../../../evaluation/answers/regrading.js';
import { namedModel } from '../../../pipeline/inputs/trained-models.js';
import { REGRADING, type RegradedStage, regrade } from '../../../pipeline/regrade.js';
import { commandLine, namesText } from '../../../printable.js';
import { loadRecipe } from '../../../recipe/load.js';
import { isRun } from '../../../run/begun-stages.js';
import type { CliContext } from '../../command.js';
import { runOf } from '../../recipe-options.js';
import { evaluationsOfRun, regradedFolder, requireEvaluationOf } from './folders.js';
import { resultsText } from './text.js';

/** What regrading takes beside the folder: a grader, and what says which evaluations in it are meant. */
export interface RegradeFlags {
  readonly model?: string;
  readonly adapter?: string;
  readonly benchmark?: string;
  readonly problems?: string;
  readonly source?: string;
  readonly grader?: string;
  readonly stage?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** The command that grades the answers in a folder again, to be copied. */
function command(
  directory: string,
  { grader, stage }: { readonly grader?: string | undefined; readonly stage?: string | undefined },
): string {
  const more = Object.entries({ grader, stage }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return commandLine('rlt', 'evaluate', '--regrade', '--out', directory, ...more);
}

/** That a recipe or a run stands beside --regrade, with the command that was probably meant. */
export async function withoutRegrading(word: string, flags: RegradeFlags): Promise<UsageError> {
  const problems = flags.problems ?? flags.source;
  const isOfProblems = problems !== undefined || flags.benchmark !== undefined;
  const run = isRun(word) ? word : runOf(word);
  const folders =
    run !== undefined && isOfProblems
      ? await evaluationsOfRun(run, { problems, benchmark: flags.benchmark })
      : [flags.out ?? run ?? (await runOfRecipe(word))].filter((folder) => folder !== undefined);
  const commands = folders.map((folder) => command(folder, flags));
  return new UsageError(
    `--regrade takes the folder of the evaluation, and no ${isRun(word) ? 'run' : 'recipe'} beside it`,
    {
      file: word,
      remedy: commands.length === 0 ? REGRADING : `Write ${commands.join('; or ')}.`,
    },
  );
}

/** Where a recipe is run if no directory is named, if it has been run there; undefined where there is no such recipe. */
async function runOfRecipe(word: string): Promise<string | undefined> {
  const name = await loadRecipe(word).then(
    (recipe) => recipe.name,
    () => undefined,
  );
  const run = join('runs', name ?? '');
  return name !== undefined && existsSync(run) && isRun(run) ? run : undefined;
}

export async function regradeRun(flags: RegradeFlags, name: string | undefined, context: CliContext): Promise<void> {
  const { adapter, benchmark, grader, stage, json } = flags;
  // What was evaluated may be gone.
  const found =
    flags.model === undefined
      ? undefined
      : await namedModel(flags.model, name, { asTeacher: false, mayBeGone: true, reach: 'servers' });
  const model = found?.source;
  const bits = found?.held.bits;
  if (flags.out !== undefined) await requireEvaluationOf(flags.out, { model, adapter, benchmark });
  const directory =
    flags.out ??
    (model === undefined || benchmark === undefined
      ? undefined
      : await regradedFolder({ model, home: found?.home, adapter, benchmark, bits }));
  if (directory === undefined)
    throw new UsageError('--regrade needs the folder of the evaluation: its run directory', { remedy: REGRADING });
  const stages = await regrade(directory, { stage, ...(grader === 'auto' ? {} : { grader }) });
  if (json === true) {
    await context.stdout(`${JSON.stringify({ directory, stages }, null, 2)}\n`);
    return;
  }
  const texts = stages.map((one) => {
    const table = resultsText(one.results, stages.length === 1 ? {} : { stage: one.name });
    return `${table}${gradersText(one, directory, stages.length === 1 ? undefined : one.name)}`;
  });
  await context.stdout(`${texts.join('\n')}Everything is in ${directory}.\n`);
}

/** By whom the answers are graded now and were before: the folder keeps it, and the recipe of the run does not say so. */
function gradersText({ results, gradersBefore }: RegradedStage, directory: string, stage: string | undefined): string {
  const [now, was] = [results.graders, gradersBefore].map(namesText);
  if (now === was) return `Graded by ${now}, as before.\n`;
  const names = [...new Set(gradersBefore.map(graderName))];
  const [before, ...others] = names;
  const isOfOthers = namesText(names) !== namesText([...new Set(results.graders.map(graderName))]);
  if (!isOfOthers) return `Graded by ${now}; before, by ${was}.\n`;
  const again =
    others.length === 0
      ? `To go back: \`${command(directory, { grader: before, stage })}\`.`
      : 'Only a new evaluation gives each answer the grader that it had.';
  return `Graded by ${now} now, which the folder keeps; before, by ${was}. ${again}\n`;
}
