/**
 * The plan of a recipe: counts, upper bounds on tokens, and the time at given rates. A recipe's limits may be many times
 * what its data needs, so the time is estimated from the lengths of the data; where these are not known, it is said to be
 * an upper bound.
 */
import { heldOutCount } from '../data/hold-out.js';
import type { EngineSettings } from '../engine/kinds.js';
import type { PlannedMemory } from '../stages/definition/memory.js';
import { explained } from '../stages/definition/memory.js';
import {
  atMost,
  type PlanInputs,
  type PlannedWork,
  type TokenCounts,
  type TypicalLengths,
  totalTokens,
} from '../stages/definition/plan.js';
import { dataSetIn } from '../stages/definition/settings.js';
import { definitionOf, type Stage } from '../stages/index.js';
import type { Fitting } from '../stages/left-out.js';
import { engineSettings, enginesOf } from './engines.js';
import type { KnownModels, PlanRates, StageRates } from './rates.js';
import type { Recipe } from './schema.js';

export interface StagePlan
  extends Pick<PlannedWork, 'steps' | 'items' | 'samples' | 'tokens' | 'typical' | 'recording'> {
  readonly name: string;
  readonly kind: Stage['stage'];
  /** At the rates that are assumed. */
  readonly seconds: number | undefined;
  /** At the prices of the engine; undefined where it has none, or the tokens are not known. */
  readonly cost: number | undefined;
  /** Where the lengths of the data are not known, seconds and cost are those of the upper bounds on tokens. */
  readonly secondsAre: 'an estimate' | 'an upper bound';
  /** What it asks of engines, as far as memory depends on it. */
  readonly memory: PlannedMemory;
}

/** Mean lengths of a data set's problems, and what they were taken from. */
export interface MeasuredLengths extends TypicalLengths {
  /** Where no problem has a trace, explanations are assumed to be as long as question and solution together. */
  readonly explanationsAs: 'traces' | 'question and solution';
  /** Where no tokenizer is on this machine, a token is assumed to have as many bytes as in most texts. */
  readonly unit: 'tokens' | 'bytes';
  /** How many problems were measured, from the first on; absent: all. */
  readonly measured?: number;
}

/** A data set that has been read. */
export interface KnownData {
  readonly count: number;
  /** Number of its own traces, if it is not the same: problems may have several. */
  readonly traces?: number;
  readonly lengths: MeasuredLengths | undefined;
  /** Those of the longest texts. */
  readonly longest?: TypicalLengths | undefined;
  /** Characters of all texts; absent: not counted. */
  readonly characters?: number;
}

/** What is known of the data, by reference: `train`, `train.held-out`. */
export type KnownDataSets = ReadonlyMap<string, KnownData>;

export interface PlanOptions {
  readonly models?: KnownModels;
  /** The names of the stages to plan; absent: all. */
  readonly only?: readonly string[];
  /** What stages leave out; absent: nothing. */
  readonly fitting?: FittingData;
}

/** How much of their data stages leave out, by the names of the stages and by reference. */
export type FittingData = ReadonlyMap<string, ReadonlyMap<string, Fitting>>;

export interface Plan {
  readonly stages: readonly StagePlan[];
  readonly tokens: TokenCounts;
  readonly seconds: number | undefined;
  readonly cost: number | undefined;
  readonly secondsAre: StagePlan['secondsAre'];
  /** Stages whose size is not known until their data is read. */
  readonly unknown: readonly string[];
}

/** What is known of the inputs of stages. `left`: how many traces each earlier stage leaves, and of which data set. */
function inputsFrom(
  recipe: Recipe,
  known: KnownDataSets,
  left: ReadonlyMap<string, NonNullable<PlannedWork['traces']>>,
  models: KnownModels,
): PlanInputs {
  const problems = (reference: string): number | undefined => {
    const read = known.get(reference);
    if (read !== undefined) return read.count;
    const { name, isHeldOut } = dataSetIn(reference);
    const settings = recipe.data[name];
    if (settings === undefined) return undefined;
    const source = settings.source.startsWith('task:') ? settings.count : (settings.rows ?? undefined);
    if (source === undefined) {
      if (!isHeldOut) return settings.limit ?? undefined;
      return settings.heldOut < 1 ? undefined : settings.heldOut;
    }
    const left = Math.max(0, source - settings.skip);
    const heldOut = heldOutCount(settings.heldOut, left);
    return isHeldOut ? heldOut : atMost(left - heldOut, settings.limit);
  };
  const dataBehind = (reference: string): KnownData | undefined => known.get(left.get(reference)?.of ?? reference);
  return {
    problems,
    traces(reference) {
      const traces = left.get(reference);
      return traces === undefined ? (known.get(reference)?.traces ?? problems(reference)) : traces.count;
    },
    lengths: (reference) => dataBehind(reference)?.lengths,
    longest(reference) {
      const longest = dataBehind(reference)?.longest;
      const { maxTokens } = left.get(reference) ?? {};
      return maxTokens === undefined ? longest : explained(longest, maxTokens);
    },
    contextTokens: (model) => models.get(model)?.contextTokens ?? Number.POSITIVE_INFINITY,
  };
}

/** What a stage finds in its data when it has left out what does not fit. */
function withoutLeftOut(inputs: PlanInputs, fitting: ReadonlyMap<string, Fitting> = new Map()): PlanInputs {
  const used = (reference: string): number | undefined => {
    const found = fitting.get(reference);
    return found && found.of - found.tooLong;
  };
  return {
    ...inputs,
    problems: (reference) => used(reference) ?? inputs.problems(reference),
    traces: (reference) => used(reference) ?? inputs.traces(reference),
  };
}

/** The engine of the model that a stage is about: the one it trains, samples or scores. */
function mainEngine(recipe: Recipe, stage: Stage): EngineSettings {
  const [name = null] = enginesOf(recipe, stage);
  return engineSettings(recipe, name);
}

/** The rates that a recipe gives for an engine. */
function ratesOf(engine: EngineSettings): PlanRates | undefined {
  if (engine.kind === 'local' || engine.tokensPerSecond === null) return undefined;
  const { prefill, sample, train } = engine.tokensPerSecond;
  return { sampled: sample, read: prefill, trained: train };
}

function costOf(tokens: TokenCounts | undefined, engine: EngineSettings): number | undefined {
  if (tokens === undefined || engine.kind === 'local' || engine.prices === null) return undefined;
  const { prefill, sample, train } = engine.prices;
  return (tokens.sampled * sample + tokens.read * prefill + tokens.trained * train) / 1e6;
}

const sumOfKnown = (values: readonly (number | undefined)[]): number | undefined =>
  values.every((value) => value === undefined)
    ? undefined
    : values.reduce<number>((total, value) => total + (value ?? 0), 0);

/**
 * The plan of a recipe; times by `rates`, else by those that the recipe gives for its engines, and costs by their prices.
 * A stage counts as a whole for the engine of its main model.
 */
export function planRecipe(
  recipe: Recipe,
  rates?: StageRates,
  known: KnownDataSets = new Map(),
  { models = new Map(), only, fitting }: PlanOptions = {},
): Plan {
  const left = new Map<string, NonNullable<PlannedWork['traces']>>();
  const all = inputsFrom(recipe, known, left, models);
  const planned = recipe.stages.map((stage): StagePlan => {
    const inputs = withoutLeftOut(all, fitting?.get(stage.name));
    const { typical, traces, ...counts } = definitionOf(stage).plan(stage, inputs);
    // Scored traces come from an earlier stage, whose traces in turn explain a data set's problems.
    if (traces !== undefined) {
      const scored = left.get(traces.of);
      left.set(stage.name, { ...scored, ...traces, of: scored?.of ?? traces.of });
    }
    const engine = mainEngine(recipe, stage);
    const given = typeof rates === 'function' ? rates(stage) : rates;
    const seconds = secondsOf(typical ?? counts.tokens, given ?? ratesOf(engine));
    const cost = costOf(typical ?? counts.tokens, engine);
    const secondsAre = typical === undefined ? 'an upper bound' : 'an estimate';
    const memory = definitionOf(stage).memory(stage, inputs);
    return { name: stage.name, kind: stage.stage, ...counts, typical, seconds, cost, secondsAre, memory };
  });
  const stages = planned.filter(({ name }) => only === undefined || only.includes(name));
  return {
    stages,
    tokens: totalTokens(stages.flatMap(({ tokens }) => (tokens === undefined ? [] : [tokens]))),
    seconds: sumOfKnown(stages.map(({ seconds }) => seconds)),
    cost: sumOfKnown(stages.map(({ cost }) => cost)),
    secondsAre: stages.every(({ secondsAre }) => secondsAre === 'an estimate') ? 'an estimate' : 'an upper bound',
    unknown: stages
      .filter(({ tokens, seconds }) => tokens === undefined && seconds === undefined)
      .map(({ name }) => name),
  };
}

function secondsOf(tokens: TokenCounts | undefined, rates: PlanRates | undefined): number | undefined {
  if (tokens === undefined || rates === undefined) return undefined;
  return tokens.sampled / rates.sampled + tokens.read / rates.read + tokens.trained / rates.trained;
}
