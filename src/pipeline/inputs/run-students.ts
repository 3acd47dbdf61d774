/** The models of a run that answer problems, to be evaluated side by side. */
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { commandLine, namesText } from '../../printable.js';
import { loadRecipe } from '../../recipe/load.js';
import type { ModelSettings, Recipe } from '../../recipe/schema.js';
import { RECIPE_FILE } from '../../run/begun-stages.js';
import { type HeldAs, type HeldModels, heldIn, integerWays } from './held-models.js';
import { type PlaceInRun, placeInRun } from './run-models.js';

/** A student, here or on the server of its engine. */
export type RunStudent = Pick<PlaceInRun, 'source' | 'adapter' | 'server'> &
  Partial<Pick<ModelSettings, 'bits'>> & {
    /** The folder of the stage that left it on the server. */
    readonly home?: string;
  };

export interface RunStudents {
  readonly recipe: Recipe;
  /** By the labels of its evaluations, else by the names of their stages or of the models that they start from. */
  readonly students: Readonly<Record<string, RunStudent>>;
  /** How the run holds those that are here. */
  readonly held: HeldModels;
  /** Labels of those that have not been trained. */
  readonly absent: readonly string[];
}

/**
 * @param areHeldOtherwise whether they are held in other bits than the run's
 * @throws {UsageError} when there is none of them yet, or engines of the run multiply them in ways that one cannot
 */
export async function studentsOfRun(
  run: string,
  { areHeldOtherwise = false }: { readonly areHeldOtherwise?: boolean } = {},
): Promise<RunStudents> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const { models, stages } = recipe;
  const distilled = stages.filter((stage) => stage.stage === 'distill' || stage.stage === 'reinforce');
  const labelled = stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const known = new Set(labelled.map(([, model]) => model));
  const others = [
    ...distilled.flatMap(({ student }) => (models[student] === undefined ? [] : [student])),
    ...distilled.map(({ name }) => name),
  ].filter((model) => !known.has(model));
  const students: Record<string, RunStudents['students'][string]> = {};
  const named = new Map<string, string>();
  const absent: string[] = [];
  const held: Record<string, HeldAs> = {};
  const indexOf = (model: string): number => stages.findIndex(({ name }) => name === model);
  const all = [...others.map((name) => [name, name] as const), ...labelled];
  // What was there before the run, the base of the students, comes first.
  for (const [given, model] of all.toSorted(([, a], [, b]) => indexOf(a) - indexOf(b))) {
    if (named.get(given) === model) continue;
    // Two evaluations may call two models by one name.
    const label = named.has(given) ? `${given}-${model}`.slice(0, 64) : given;
    if (named.has(label)) continue;
    named.set(label, model);
    const place = await placeInRun(run, recipe, model);
    if (place === undefined) {
      absent.push(label);
      continue;
    }
    const { source, adapter, server, unique } = place;
    if (server !== undefined) {
      students[label] = { source, adapter, server, home: unique };
      continue;
    }
    const asHeld = heldIn(recipe, model);
    held[label] = asHeld;
    const { bits } = asHeld;
    students[label] = { source, adapter, ...(bits === undefined ? {} : { bits }) };
  }
  if (Object.keys(students).length === 0)
    throw new UsageError('the run has no student yet', {
      file: run,
      remedy:
        absent.length === 0
          ? 'Its recipe trains none. Name a model with --model.'
          : `Run its recipe to train ${namesText(absent)}: ${commandLine('rlt', 'run', join(run, RECIPE_FILE))}.`,
    });
  const ways = integerWays(held);
  if (ways.size > 1 && !areHeldOtherwise)
    throw new UsageError(
      `students of the run live on engines that differ in integerProducts (${[...ways.values()].join(' and ')}), and all are evaluated on one`,
      {
        file: run,
        remedy: `Evaluate them one by one, with --model ${run}:NAME, or all in the same bits, with --bits (and --integer-products).`,
      },
    );
  return { recipe, students, held, absent };
}
