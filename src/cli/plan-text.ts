/** What --dry-run prints: the resolved recipe, and the plan as comments below it, so that the whole is a recipe again. */
import { renderRecipe } from '../recipe/load.js';
import { type KnownData, type KnownDataSets, type PlanRates, planRecipe, ratesFor } from '../recipe/plan.js';
import type { Recipe } from '../recipe/schema.js';
import { durationText, shortNumber } from '../run/progress.js';
import { textTable } from './table.js';

const BUILTIN_PARAMETERS = 1e6;

/** Rates of the largest model on this kind of machine; undefined where its size, or the machine, is not known. */
function guessedRates(recipe: Recipe): PlanRates | undefined {
  if (recipe.engine.kind !== 'local') return undefined;
  const sizes = Object.values(recipe.models).map(
    (model) => model.parameters ?? (model.source.startsWith('builtin:') ? BUILTIN_PARAMETERS : undefined),
  );
  if (sizes.some((size) => size === undefined)) return undefined;
  return ratesFor(Math.max(BUILTIN_PARAMETERS, ...sizes.filter((size) => size !== undefined)));
}

export function renderPlan(
  recipe: Recipe,
  tokensPerSecond: number | undefined,
  json: boolean,
  known: KnownDataSets = new Map(),
): string {
  const rates =
    tokensPerSecond === undefined
      ? guessedRates(recipe)
      : { sampled: tokensPerSecond, read: tokensPerSecond, trained: tokensPerSecond };
  const plan = planRecipe(recipe, rates, known);
  if (json) return `${JSON.stringify({ recipe, plan }, null, 2)}\n`;

  const count = (value: number | undefined): string =>
    value === undefined ? '?' : value === 0 ? '-' : shortNumber(value);
  const time = (value: number | undefined): string => (value === undefined ? '?' : durationText(value));
  const total = [
    'all',
    '',
    '',
    '',
    '',
    count(plan.tokens.sampled),
    count(plan.tokens.read),
    count(plan.tokens.trained),
    time(plan.seconds),
  ];
  const rows = plan.stages.map(({ name, kind, items, steps, samples, tokens, seconds }) => [
    name,
    kind,
    count(items),
    count(steps),
    count(samples),
    count(tokens?.sampled),
    count(tokens?.read),
    count(tokens?.trained),
    time(seconds),
  ]);
  const head = ['stage', 'kind', 'items', 'steps', 'samples', 'sampled', 'scored', 'trained', 'time'];
  const lines = [
    `Plan of ${recipe.name}. Tokens are upper bounds.`,
    ...textTable([head, ...rows, total], [2, 3, 4, 5, 6, 7, 8]).split('\n'),
    rateLine(tokensPerSecond, rates, recipe),
    ...(rates === undefined ? [] : lengthLine(recipe, known)),
  ];
  if (plan.unknown.length > 0) {
    lines.push(`Not counted, since their data must be read to know: ${plan.unknown.join(', ')}.`);
  }
  return `${renderRecipe(recipe)}\n${lines.map((line) => `# ${line}`).join('\n')}\n`;
}

/** What the time is of: lengths or bounds. */
function lengthLine(recipe: Recipe, known: KnownDataSets): readonly string[] {
  const isMeasured = ({ lengths }: KnownData): boolean => lengths?.explanation !== undefined;
  const measured = [...known].filter(([, data]) => isMeasured(data)).map(([name]) => name);
  if (Object.keys(recipe.data).length === 0) return [];
  return measured.length === 0
    ? ['Time of the upper bounds: how long the problems and their traces are, is not known here.']
    : [`Lengths of problems, and of explanations, are taken from ${measured.join(', ')}.`];
}

function rateLine(given: number | undefined, rates: PlanRates | undefined, recipe: Recipe): string {
  if (given !== undefined) return `Time at ${shortNumber(given)} tokens/s.`;
  if (rates === undefined) {
    return recipe.engine.kind === 'local'
      ? 'No time: give the parameters of every model, or --tokens-per-second.'
      : 'No time: how fast that engine is, is not known here; give --tokens-per-second.';
  }
  const of = Object.keys(recipe.models).length === 0 ? 'a model of a million parameters' : 'the largest model';
  return `Time of ${of} on two CPU cores that do nothing else; --tokens-per-second sets another rate.`;
}
