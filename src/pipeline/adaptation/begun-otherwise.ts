/** What to do where a run directory holds stages that the recipe would make differently. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graderName } from '../../evaluation/answers/regrading.js';
import { PROBLEMS_FILE, RESULTS_FILE } from '../../evaluation/answers/results.js';
import { isObject } from '../../json.js';
import { MANIFEST } from '../../manifest.js';
import { commandLine, namesText } from '../../printable.js';
import { recipeDifferences, type SettingDifference } from '../../recipe/differences.js';
import { isLeftBy } from '../../recipe/identity.js';
import { stageOptions } from '../../recipe/options.js';
import { inputsOf } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import { type Differences, RECIPE_FILE, type RemadeStage } from '../../run/begun-stages.js';
import type { Stage, StageOf } from '../../stages/index.js';

/** As `recipeDifferences`, with advice for a command that runs these stages alone. */
export const differencesFor =
  (recipe: Recipe, wanted: readonly Stage[], runDirectory: string): Differences =>
  (recorded, remade) => {
    const found = recipeDifferences(recorded, recipe, remade);
    return { ...found, remedy: remedyFor({ recipe, wanted, runDirectory, remade, settings: found.settings }) };
  };

interface Otherwise {
  readonly recipe: Recipe;
  readonly wanted: readonly Stage[];
  readonly runDirectory: string;
  readonly remade: readonly RemadeStage[];
  readonly settings: readonly SettingDifference[];
}

/** Undefined where another directory is all that it takes. */
function remedyFor(given: Otherwise): string | undefined {
  const { recipe, wanted, runDirectory, remade } = given;
  const isFedBy = (stages: readonly Stage[], stage: Stage): boolean =>
    inputsOf(stage).some((input) => stages.some((other) => isLeftBy(input, other)));
  const others = recipe.stages.filter((stage) => !wanted.includes(stage));
  const isFed = wanted.some((stage) => isFedBy(others, stage));
  const evaluation = evaluationAlone(given);
  if (evaluation === undefined && !isFed) return undefined;
  const hasStudents = evaluation !== undefined && isFedBy(recipe.stages, evaluation.stage);
  const kept =
    (evaluation && gradedAgain(given, evaluation)) ??
    (hasStudents ? besideThem(given, evaluation) : undefined) ??
    (isFed ? elsewhere(given) : 'Choose another directory with --out, which keeps these results.');
  const folders = remade.map(({ folder }) => join(runDirectory, 'stages', folder));
  const [stages, their, them] = folders.length === 1 ? ['stage', 'its', 'it'] : ['stages', 'their', 'them'];
  return `${kept} To run the ${stages} anew in place of ${their} results, delete ${namesText(folders)}, and run ${them} again.`;
}

/** The only stage that would be made differently, where it is an evaluation that its own settings change, and nothing else. */
function evaluationAlone({ recipe, remade: [first, ...others], settings }: Otherwise): Evaluation | undefined {
  const stage = recipe.stages.find(({ name }) => name === first?.name);
  if (first === undefined || others.length > 0 || stage?.stage !== 'evaluate' || settings.length === 0)
    return undefined;
  const prefix = `stages.${stage.name}.`;
  if (!settings.every(({ path }) => path.startsWith(prefix))) return undefined;
  return {
    stage,
    folder: first.folder,
    changes: new Map(settings.map((setting) => [setting.path.slice(prefix.length), setting])),
  };
}

interface Evaluation {
  readonly stage: StageOf<'evaluate'>;
  readonly folder: string;
  /** By the names of the stage's settings. */
  readonly changes: ReadonlyMap<string, SettingDifference>;
}

/** Where the grader alone differs, nothing need be sampled. */
function gradedAgain({ runDirectory }: Otherwise, { stage, folder, changes }: Evaluation): string | undefined {
  const isDone = existsSync(join(runDirectory, 'stages', folder, MANIFEST));
  if (!isDone || changes.size > 1 || !changes.has('grader') || stage.grader === 'auto') return undefined;
  const names = ['--stage', stage.name, '--grader', stage.grader];
  return `To grade the same answers again: ${commandLine('rlt', 'evaluate', '--regrade', '--out', runDirectory, ...names)}.`;
}

/** Settings with which the students of a run can be evaluated on what it asked, beside the run. */
const ASKING = /^(?:limit|samples|sampling\.\w+|grader|prompt|batch)$/;

/** What it does there where nothing is said, as a recipe does. */
const UNSAID = { prompt: 'format', 'sampling.topP': 1, 'sampling.topK': 0, 'sampling.minP': 0 };

/**
 * The name of the grader by which this recipe would grade all problems of a stage. A file of problems has lost their kinds,
 * by which `auto` chooses: the results of the stage say which it took. Undefined where that is open, or there are several.
 */
function onlyGrader(runDirectory: string, { stage, folder, changes }: Evaluation): string | undefined {
  if (stage.grader !== 'auto') return stage.grader;
  const results = join(runDirectory, 'stages', folder, RESULTS_FILE);
  if (changes.has('grader') || !existsSync(results)) return undefined;
  const graders = gradersIn(readFileSync(results, 'utf8'));
  const [first, ...others] = new Set(graders.map(graderName));
  return others.length === 0 ? first : undefined;
}

/** None where the file is damaged, which the commands that read the results report. */
function gradersIn(results: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(results);
    const graders = isObject(value) && Array.isArray(value.graders) ? value.graders : [];
    return graders.filter((grader) => typeof grader === 'string');
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** How all students of the run are asked the same problems, with the settings of this recipe. */
function besideThem({ runDirectory }: Otherwise, evaluation: Evaluation): string | undefined {
  const { stage, folder, changes } = evaluation;
  const problems = join(runDirectory, 'stages', folder, PROBLEMS_FILE);
  const asked = changes.get('limit')?.before;
  const isMore = typeof asked === 'number' && (stage.limit === null || stage.limit > asked);
  const grader = onlyGrader(runDirectory, evaluation);
  if (
    grader === undefined ||
    !existsSync(problems) ||
    isMore ||
    ![...changes.keys()].every((name) => ASKING.test(name))
  )
    return undefined;
  // The side-by-side evaluation samples as a benchmark does where nothing is said.
  const told = new Set(['samples', 'sampling.temperature', 'sampling.maxTokens', 'grader', ...changes.keys()]);
  for (const [path, otherwise] of Object.entries(UNSAID)) if (settingAt(stage, path) !== otherwise) told.add(path);
  const options = stageOptions('evaluate').flatMap(({ flag, path }) =>
    told.has(path) ? [flag, path === 'grader' ? grader : String(settingAt(stage, path))] : [],
  );
  const command = commandLine('rlt', 'evaluate', runDirectory, '--problems', problems, ...options);
  const first = told.has('limit') && stage.limit !== null ? ` (--limit takes the first of all of them)` : '';
  return `To evaluate the students of the run beside the models that they started from, on its problems as one set${first}, and keep these results: ${command}.`;
}

const settingAt = (stage: StageOf<'evaluate'>, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => Object(value)[key], stage);

/** In another directory, the stages that feed these have to be run as well. */
function elsewhere({ runDirectory, settings }: Otherwise): string {
  const keeps = 'Another directory keeps these results, but there the earlier stages have to be run as well';
  if (settings.length === 0 || settings.some(({ now }) => now === undefined))
    return `${keeps}: run all of the recipe there.`;
  const changes = settings.flatMap(({ path, now }) => ['--set', `${path}=${JSON.stringify(now)}`]);
  const recipe = join(runDirectory, RECIPE_FILE);
  return `${keeps}: ${commandLine('rlt', 'run', recipe, ...changes, '--out', `${runDirectory}-other`)}.`;
}
