/**
 * What a recipe is going to do: counts, upper bounds of tokens, and the time at given rates. Limits of a recipe may be several
 * times what its data need: where the lengths of the data are known, the time is of them.
 */
import { definitionOf, type Stage } from '../stages/index.js';
import {
  atMost,
  type PlanInputs,
  type PlannedWork,
  type TokenCounts,
  type TypicalLengths,
  totalTokens,
} from '../stages/plan.js';
import { HELD_OUT_SUFFIX } from '../stages/settings.js';
import type { Recipe } from './schema.js';

export interface StagePlan extends Pick<PlannedWork, 'steps' | 'items' | 'samples' | 'tokens'> {
  readonly name: string;
  readonly kind: Stage['stage'];
  /** Of the lengths that the data have, where they are known; else of the upper bounds. */
  readonly seconds: number | undefined;
}

/** Tokens a second of each kind of work. */
export interface PlanRates {
  readonly sampled: number;
  readonly read: number;
  readonly trained: number;
}

/**
 * Rates of the bundled model on two CPU cores, from the steps and batches of a quickstart (events.jsonl), over the tokens
 * that are computed, where a group's prompt counts once: the fastest tenth, since the machine did other work as well. Updates came to
 * 31,000 and supervised steps to 31,000 to 38,000, scoring and the reference to 74,000 and 100,000, sampling to 14,500 with a
 * prompt for each sample, 21,000 with four and 40,000 with sixteen samples a prompt.
 */
export const SMALL_MODEL_RATES: PlanRates = { sampled: 20_000, read: 90_000, trained: 33_000 };

/** Mean lengths of a data set's problems; the explanation's is undefined where some problem has no trace. */
export type MeasuredLengths = Omit<TypicalLengths, 'explanation'> & { readonly explanation: number | undefined };

/** A data set that was read. */
export interface KnownData {
  readonly count: number;
  /** Undefined where no model's tokenizer is at hand. */
  readonly lengths: MeasuredLengths | undefined;
}

/** What is known of the data, by reference: `train`, `train.held-out`. */
export type KnownDataSets = ReadonlyMap<string, KnownData>;

export interface Plan {
  readonly stages: readonly StagePlan[];
  readonly tokens: TokenCounts;
  readonly seconds: number | undefined;
  /** Stages whose size is not known before their data are read. */
  readonly unknown: readonly string[];
}

/** What stages know of their inputs; `left` is what earlier stages leave: how many traces, of which data set's problems. */
function inputsFrom(
  recipe: Recipe,
  known: KnownDataSets,
  left: ReadonlyMap<string, NonNullable<PlannedWork['traces']>>,
): PlanInputs {
  const problems = (reference: string): number | undefined => {
    const read = known.get(reference);
    if (read !== undefined) return read.count;
    const isHeldOut = reference.endsWith(HELD_OUT_SUFFIX);
    const settings = recipe.data[isHeldOut ? reference.slice(0, -HELD_OUT_SUFFIX.length) : reference];
    if (settings === undefined) return undefined;
    if (isHeldOut) return settings.heldOut;
    const source = settings.source.startsWith('task:') ? settings.count : (settings.rows ?? undefined);
    const kept = source === undefined ? undefined : Math.max(0, source - settings.skip - settings.heldOut);
    return atMost(kept, settings.limit);
  };
  return {
    problems,
    traces(reference) {
      const traces = left.get(reference);
      return traces === undefined ? problems(reference) : traces.count;
    },
    lengths(reference) {
      const lengths = known.get(left.get(reference)?.of ?? reference)?.lengths;
      return lengths?.explanation === undefined ? undefined : { ...lengths, explanation: lengths.explanation };
    },
  };
}

/** The plan of a recipe; without rates, without times. */
export function planRecipe(recipe: Recipe, rates?: PlanRates, known: KnownDataSets = new Map()): Plan {
  const left = new Map<string, NonNullable<PlannedWork['traces']>>();
  const inputs = inputsFrom(recipe, known, left);
  const stages = recipe.stages.map((stage): StagePlan => {
    const { typical, traces, ...counts } = definitionOf(stage).plan(stage, inputs);
    // Scores are of the traces of an earlier stage, which are of a data set's problems.
    if (traces !== undefined) left.set(stage.name, { ...traces, of: left.get(traces.of)?.of ?? traces.of });
    return { name: stage.name, kind: stage.stage, ...counts, seconds: secondsOf(typical ?? counts.tokens, rates) };
  });
  const timed = stages.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  return {
    stages,
    tokens: totalTokens(stages.flatMap(({ tokens }) => (tokens === undefined ? [] : [tokens]))),
    seconds: rates === undefined ? undefined : timed.reduce((total, seconds) => total + seconds, 0),
    unknown: stages
      .filter(({ tokens, seconds }) => tokens === undefined && seconds === undefined)
      .map(({ name }) => name),
  };
}

function secondsOf(tokens: TokenCounts | undefined, rates: PlanRates | undefined): number | undefined {
  if (tokens === undefined || rates === undefined) return undefined;
  return tokens.sampled / rates.sampled + tokens.read / rates.read + tokens.trained / rates.trained;
}

/**
 * Rates of a model of so many parameters, from those of a million: work a token grows with the parameters. For a model of 135
 * million this gives 244 trained and 670 read tokens a second; on busy cores it came to 128 and 421, and to 449 sampled where this
 * gives 148, since decoding a small model is mostly not its products.
 */
export function ratesFor(parameters: number): PlanRates {
  const scale = 1e6 / Math.max(parameters, 1e6);
  const { sampled, read, trained } = SMALL_MODEL_RATES;
  return { sampled: sampled * scale, read: read * scale, trained: trained * scale };
}
