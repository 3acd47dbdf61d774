/** The output of --dry-run: the plan. */

import { type DiskForecast, diskText } from '../pipeline/disk.js';
import type { DryRun } from '../pipeline/dry-run.js';
import { dataFactsText } from '../pipeline/inputs/data-facts.js';
import { gigabytes, largestStage, type MemoryForecast, type StageMemory } from '../pipeline/memory/memory.js';
import { namesText } from '../printable.js';
import { engineField, engineSettings, enginesOf, originOf } from '../recipe/engines.js';
import { renderRecipe } from '../recipe/load.js';
import { type KnownDataSets, type MeasuredLengths, type Plan, planRecipe, type StagePlan } from '../recipe/plan.js';
import { isOnCpu, ratesOnThisMachine, type StageRates } from '../recipe/rates.js';
import { inputsOf } from '../recipe/references.js';
import type { Recipe } from '../recipe/schema.js';
import { durationText, shortNumber } from '../run/progress.js';
import type { TokenCounts } from '../stages/definition/plan.js';
import { setKey } from '../stages/evaluation-problems.js';
import { textTable } from './table.js';

/** `recipe`: the resolved recipe with the plan as comments below it, which is itself a valid recipe. */
export type PlanForm = 'plan' | 'recipe' | 'json';

export function renderPlan(
  recipe: Recipe,
  tokensPerSecond: number | undefined,
  form: PlanForm,
  {
    stages: only,
    known,
    facts,
    models,
    memory,
    disk,
    fitting,
    done = [],
    begun = [],
  }: Pick<DryRun, 'known' | 'facts' | 'models' | 'memory'> &
    Partial<Pick<DryRun, 'stages' | 'disk' | 'fitting' | 'done' | 'begun'>>,
): string {
  const rates =
    tokensPerSecond === undefined
      ? ratesOnThisMachine(recipe, models)
      : { sampled: tokensPerSecond, read: tokensPerSecond, trained: tokensPerSecond };
  const names = only ?? recipe.stages.map(({ name }) => name);
  const planned = (of: readonly string[]): Plan =>
    planRecipe(recipe, rates, known, { models, only: of, ...(fitting === undefined ? {} : { fitting }) });
  const whole = planned(names);
  const plan = planned(names.filter((name) => !done.includes(name)));
  if (form === 'json') return planJson(recipe, whole, { facts, memory, disk, done, begun });

  const count = (value: number | undefined): string =>
    value === undefined ? UNKNOWN : value === 0 ? '-' : shortNumber(value);
  const time = ({ seconds, secondsAre }: Pick<StagePlan, 'seconds' | 'secondsAre'>): string =>
    seconds === undefined ? UNKNOWN : `${secondsAre === 'an upper bound' ? '<= ' : ''}${durationText(seconds)}`;
  const sum = (kind: keyof TokenCounts): string =>
    sumText(
      plan.stages.map((stage) => tokensIn(stage, kind)),
      shortNumber,
    );
  const isTold = memory.stages.size > 0;
  const memoryOf = (name: string): readonly string[] =>
    isTold ? [memoryCell(memory.stages.get(name), memory.unknown.has(name) ? UNKNOWN : '-')] : [];
  const isPriced = plan.cost !== undefined;
  const costs = ({ cost, secondsAre }: Pick<StagePlan, 'cost' | 'secondsAre'>, name?: string): readonly string[] => {
    if (!isPriced) return [];
    if (name !== undefined && done.includes(name)) return ['-'];
    return [cost === undefined ? UNKNOWN : `${secondsAre === 'an upper bound' ? '<= ' : ''}${moneyText(cost)}`];
  };
  const total = [
    done.length === 0 ? 'all' : 'left',
    '',
    '',
    '',
    '',
    sum('sampled'),
    sum('read'),
    sum('trained'),
    sumText(
      plan.stages.map(({ seconds }) => seconds),
      (seconds) => time({ seconds, secondsAre: knownSecondsAre(plan) }),
    ),
    ...(isTold ? [totalMemory(memory)] : []),
    ...costs(plan),
  ];
  const rows = whole.stages.map(({ name, kind, items, steps, samples, tokens, ...timed }) => [
    name,
    kind,
    count(items),
    count(steps),
    count(samples),
    ...(['sampled', 'read', 'trained'] as const).map((of) => count(tokensIn({ tokens, samples, steps }, of))),
    done.includes(name) ? 'done' : time(timed),
    ...memoryOf(name),
    ...costs(timed, name),
  ]);
  const head = [
    'stage',
    'kind',
    'items',
    'steps',
    'samples',
    'sampled',
    'scored',
    'trained',
    'time',
    ...(isTold ? ['memory'] : []),
    ...(isPriced ? ['cost'] : []),
  ];
  const lines = [
    `Plan of ${recipe.name}. Token counts are upper bounds.`,
    ...textTable(
      [head, ...rows, total],
      Array.from({ length: head.length - 2 }, (_, column) => column + 2),
    ).split('\n'),
    ...progressLines(plan, done, begun),
    ...[...facts].map(([name, found]) => `${name}: ${dataFactsText(found)}.`),
    ...plan.stages.flatMap(recordingLines),
    ...(plan.stages.length === 0 ? [] : [rateLine(tokensPerSecond, rates, plan, recipe)]),
    ...(tokensPerSecond === undefined && rates !== undefined ? uncountedLines(recipe, plan) : []),
    ...memoryLines(memory),
    ...(disk === undefined || plan.stages.length === 0 ? [] : diskLines(disk)),
    ...(isPriced
      ? ['Costs are by the prices of the engines in this recipe, each stage at those of its main model.']
      : []),
    ...(plan.seconds === undefined && !isPriced ? [] : lengthLines(recipe, plan, known)),
  ];
  if (plan.unknown.length > 0) {
    lines.push(`Not counted, because their data has not been read: ${plan.unknown.join(', ')}.`);
  }
  if (form === 'recipe') return `${renderRecipe(recipe)}\n${lines.map((line) => `# ${line}`).join('\n')}\n`;
  return `${lines.join('\n')}\n\nNothing was run. --print-recipe shows the recipe, with every default written out.\n`;
}

/** Tokens of a kind of work; of one that the stage does not do, none, even where its size is not known. */
function tokensIn(
  { tokens, samples, steps }: Pick<StagePlan, 'tokens' | 'samples' | 'steps'>,
  kind: keyof TokenCounts,
): number | undefined {
  if ((kind === 'sampled' && samples === 0) || (kind === 'trained' && steps === 0)) return 0;
  return tokens?.[kind];
}

/** What an earlier process has done of the stages, and what remains. */
function progressLines({ stages }: Plan, done: readonly string[], begun: readonly string[]): readonly string[] {
  const left = namesText(stages.map(({ name }) => name));
  const [has, its] = begun.length === 1 ? ['has', 'its row is'] : ['have', 'their rows are'];
  return [
    ...(done.length === 0
      ? []
      : [`Done already: ${namesText(done)}. ${left === '' ? 'Nothing remains to be run' : `What remains: ${left}`}.`]),
    ...(begun.length === 0
      ? []
      : [`${namesText(begun)} ${has} begun, and a run goes on where it stopped: ${its} of the whole stage.`]),
  ];
}

/** Settings that change how fast this machine computes, and that the rates do not know: they are of float32, and measured without these. */
function uncountedLines(recipe: Recipe, { stages }: Plan): readonly string[] {
  const planned = recipe.stages.filter(({ name }) => stages.some((stage) => stage.name === name));
  const origins = planned.flatMap((stage) =>
    inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [originOf(recipe, name)] : [])),
  );
  const inBits = Object.entries(recipe.models).flatMap(([name, settings]) =>
    settings.bits !== undefined && origins.includes(settings) ? [`models.${name}.bits`] : [],
  );
  const ofEngines = [...new Set(planned.flatMap((stage) => enginesOf(recipe, stage)))].flatMap((name) => {
    const settings = engineSettings(recipe, name);
    if (settings.kind !== 'local') return [];
    const { integerProducts, gradientCheckpointing } = settings;
    const isTrained = stages.some(({ tokens }) => tokens === undefined || tokens.trained > 0);
    return [
      ...(integerProducts === true && inBits.length > 0 ? ['integerProducts'] : []),
      ...(gradientCheckpointing === true && isTrained ? ['gradientCheckpointing'] : []),
    ].map((field) => `${engineField(name)}.${field}`);
  });
  const settings = [...inBits, ...ofEngines];
  if (settings.length === 0) return [];
  return [
    `These times were measured in float32: what ${namesText(settings)} ${settings.length === 1 ? 'changes' : 'change'} of them is not counted (docs/performance.md has figures).`,
  ];
}

/** What the seconds of all stages that have some are. */
const knownSecondsAre = ({ stages }: Plan): StagePlan['secondsAre'] =>
  stages.some(({ seconds, secondsAre }) => seconds !== undefined && secondsAre === 'an upper bound')
    ? 'an upper bound'
    : 'an estimate';

/** What stands for a figure that is not known. */
const UNKNOWN = 'unknown';

/** A sum of which some parts are not known is told as what is known `+ unknown`; `-`: nothing. */
function sumText(parts: readonly (number | undefined)[], shown: (total: number) => string): string {
  const known = parts.filter((part) => part !== undefined);
  const total = known.reduce((sum, part) => sum + part, 0);
  if (known.length < parts.length) return total === 0 ? UNKNOWN : `${shown(total)} + ${UNKNOWN}`;
  return total === 0 ? '-' : shown(total);
}

const memoryCell = (found: StageMemory | undefined, otherwise: string): string =>
  found === undefined
    ? otherwise
    : `${found.bytesAre === 'an upper bound' ? '<= ' : ''}${gigabytes(found.bytes).join()}`;

/** That of the stage that takes most, as far as stages are known. */
function totalMemory(memory: MemoryForecast): string {
  const largest = largestStage(memory);
  if (largest === undefined || memory.unknown.size === 0) return memoryCell(largest, UNKNOWN);
  return largest.bytesAre === 'an upper bound' ? UNKNOWN : `>= ${memoryCell(largest, UNKNOWN)}`;
}

/** What the column of memory says, and why it says nothing of some stages. */
function memoryLines({ stages, unknown }: MemoryForecast): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const [name, why] of unknown) reasons.set(why, [...(reasons.get(why) ?? []), name]);
  return [
    ...(stages.size === 0
      ? []
      : [
          'Memory is that of the process at its peak, as the local engine predicts it; sessions stay from one stage to the next.',
          ...(unknown.size === 0 ? [] : ['>= is the most of those stages of which it is known.']),
        ]),
    ...[...reasons].map(([why, names]) => `Memory of ${names.join(', ')} is not known: ${why}.`),
  ];
}

/** What the run writes, and of which stages that is not known. */
function diskLines(disk: DiskForecast): readonly string[] {
  const names = [...disk.unknown.keys()].join(', ');
  return [
    `On the disk: ${diskText(disk)}.`,
    ...(names === '' ? [] : [`The models and checkpoints of ${names} are not in that: ${reasonsText(disk)}.`]),
  ];
}

const reasonsText = ({ unknown }: DiskForecast): string => [...new Set(unknown.values())].join('; ');

/** The plan for programs: of each stage what it comes to, and its memory where that is predicted. */
function planJson(
  recipe: Recipe,
  plan: Plan,
  {
    facts,
    memory,
    disk,
    done,
    begun,
  }: Pick<DryRun, 'facts' | 'memory' | 'done' | 'begun'> & { readonly disk: DiskForecast | undefined },
): string {
  const stages = plan.stages.map(({ memory: _, typical: __, ...planned }) => {
    const { name } = planned;
    const found = memory.stages.get(name);
    const state = done.includes(name) ? 'done' : begun.includes(name) ? 'begun' : 'to do';
    return { ...planned, state, ...(found === undefined ? {} : { memory: found }) };
  });
  const known = {
    memoryUnknown: Object.fromEntries(memory.unknown),
    ...(disk === undefined ? {} : { disk: { stays: disk.stays, most: disk.most, free: disk.free } }),
  };
  return `${JSON.stringify({ recipe, data: Object.fromEntries(facts), plan: { ...plan, stages, ...known } }, null, 2)}\n`;
}

/** What a stage records of its rollouts, and what that takes. */
function recordingLines({ name, recording }: StagePlan): readonly string[] {
  if (recording === undefined) return [];
  const { every, bytes, share } = recording;
  const size = bytes < 1e6 ? 'less than 1 MB' : `about ${shortNumber(Math.round(bytes / 1e6))} MB`;
  const steps = every === 1 ? 'every step' : `every ${every} steps`;
  const which =
    share === 1 ? 'all problems' : `${share < 0.01 ? 'less than 1' : Math.floor(share * 100)} % of the problems`;
  return [`${name} records the rollouts of ${which}, ${steps}: ${size}.`];
}

/** The data that these stages name. */
function usedBy(stages: Recipe['stages'], known: KnownDataSets): KnownDataSets {
  const keys = new Set(
    stages.flatMap((stage) =>
      inputsOf(stage).map(({ name }) => (stage.stage === 'evaluate' ? setKey(stage, name) : name)),
    ),
  );
  return new Map([...known].filter(([key]) => keys.has(key)));
}

/** What the time is estimated from, and which times are no estimates. */
function lengthLines(recipe: Recipe, { stages }: Plan, all: KnownDataSets): readonly string[] {
  const planned = recipe.stages.filter(({ name }) => stages.some((stage) => stage.name === name));
  const known = usedBy(planned, all);
  // What is evaluated is answered, not explained.
  const explained = usedBy(
    planned.filter(({ stage }) => stage !== 'evaluate'),
    all,
  );
  const namesOf = (as: MeasuredLengths['explanationsAs']): string =>
    [...explained].flatMap(([name, { lengths }]) => (lengths?.explanationsAs === as ? [name] : [])).join(', ');
  const [traced, untraced] = [namesOf('traces'), namesOf('question and solution')];
  const isFromBytes = [...known.values()].some(({ lengths }) => lengths?.unit === 'bytes');
  const sampled = [...known].flatMap(([name, { lengths }]) =>
    lengths?.measured === undefined ? [] : [`${lengths.measured} of ${name}`],
  );
  const estimated = [
    ...(traced === '' ? [] : [`those of explanations from the traces of ${traced}`]),
    ...(untraced === ''
      ? []
      : [`without traces in ${untraced}, explanations are taken to be as long as question and solution together`]),
  ];
  return [
    ...(estimated.length === 0 ? [] : [`Times are estimated from the lengths of the data: ${estimated.join('; ')}.`]),
    ...(sampled.length === 0 ? [] : [`Lengths are those of the first problems: ${sampled.join(', ')}.`]),
    ...(isFromBytes ? ['Lengths are estimated from bytes: no tokenizer of its models is on this machine.'] : []),
    ...(stages.some(
      ({ seconds, cost, secondsAre }) => (seconds ?? cost) !== undefined && secondsAre === 'an upper bound',
    )
      ? [
          '<= is an upper bound, which may be many times too high: the lengths of what the stage reads are not known here.',
        ]
      : []),
  ];
}

/** Whole from a hundred on, else with cents. */
const moneyText = (cost: number): string => (cost >= 100 ? String(Math.round(cost)) : cost.toFixed(2));

function rateLine(
  given: number | undefined,
  rates: StageRates | undefined,
  { seconds }: Pick<Plan, 'seconds'>,
  recipe: Recipe,
): string {
  if (given !== undefined) return `Time at ${shortNumber(given)} tokens/s.`;
  if (rates === undefined && seconds !== undefined) return 'Time at the tokensPerSecond of the engines in this recipe.';
  if (rates === undefined) {
    return isOnCpu(recipe)
      ? 'No time estimate: give the parameters of every model, or --tokens-per-second.'
      : 'No time estimate: the speed of this engine is not known here; give tokensPerSecond of the engine, or --tokens-per-second.';
  }
  return "Time for each stage's largest model on two otherwise idle CPU cores; --tokens-per-second sets another rate.";
}
