/** What a recipe is going to do: counts, upper bounds of tokens, and the time that they take at given rates. */
import { HELD_OUT_SUFFIX } from './references.js';
import type { DataSettings, Recipe, Stage } from './schema.js';

/** Tokens that a stage computes at most. `sampled`: decoded one by one; `read`: scored, as prompts too; `trained`: forward and backward. */
export interface TokenCounts {
  readonly sampled: number;
  readonly read: number;
  readonly trained: number;
}

export interface StagePlan {
  readonly name: string;
  readonly kind: Stage['stage'];
  /** Optimiser steps; 0 for stages that train nothing. */
  readonly steps: number | undefined;
  /** Problems or traces that it works on; undefined where a file or hub set must be read to know. */
  readonly items: number | undefined;
  /** Completions that are sampled. */
  readonly samples: number | undefined;
  /** Upper bounds; undefined where `items` is needed and not known. */
  readonly tokens: TokenCounts | undefined;
  readonly seconds: number | undefined;
}

/** Tokens a second of each kind of work. */
export interface PlanRates {
  readonly sampled: number;
  readonly read: number;
  readonly trained: number;
}

/**
 * Rates of a model of about a million parameters on two CPU cores: `sampled` and `trained` as a prototype of the local
 * engine measured them; `read` as three times `trained`, since a backward pass costs two forward ones. What follows from
 * them is an order of magnitude.
 */
export const SMALL_MODEL_RATES: PlanRates = { sampled: 12_000, read: 33_000, trained: 11_000 };

export interface Plan {
  readonly stages: readonly StagePlan[];
  readonly tokens: TokenCounts;
  readonly seconds: number | undefined;
  /** Stages whose size is not known before their data are read. */
  readonly unknown: readonly string[];
}

/** Problems of a data set, at most; undefined where its source must be read to know. */
function sizeOfData(recipe: Recipe, reference: string): number | undefined {
  const isHeldOut = reference.endsWith(HELD_OUT_SUFFIX);
  const settings: DataSettings | undefined =
    recipe.data[isHeldOut ? reference.slice(0, -HELD_OUT_SUFFIX.length) : reference];
  if (settings === undefined) return undefined;
  if (isHeldOut) return settings.heldOut;
  const source = settings.source.startsWith('task:') ? settings.count : (settings.rows ?? undefined);
  const left = source === undefined ? undefined : Math.max(0, source - settings.skip - settings.heldOut);
  return least(left, settings.limit);
}

function least(a: number | undefined, b: number | null): number | undefined {
  if (b === null) return a;
  return a === undefined ? b : Math.min(a, b);
}

type Counts = Pick<StagePlan, 'steps' | 'items' | 'samples' | 'tokens'>;

const times = (factor: number | undefined, tokens: TokenCounts): TokenCounts | undefined =>
  factor === undefined
    ? undefined
    : { sampled: factor * tokens.sampled, read: factor * tokens.read, trained: factor * tokens.trained };

function countsOf(recipe: Recipe, stage: Stage, items: ReadonlyMap<string, number | undefined>): Counts {
  switch (stage.stage) {
    case 'pretrain': {
      const documents = stage.steps * stage.batch;
      const tokens = { sampled: 0, read: 0, trained: documents * stage.maxTokens };
      return { steps: stage.steps, items: documents, samples: 0, tokens };
    }
    case 'warm-up':
    case 'distill': {
      const source = stage.stage === 'distill' ? stage.traces : stage.data;
      const count = least(items.get(source) ?? sizeOfData(recipe, source), stage.limit);
      const steps = stage.steps ?? (count === undefined ? undefined : Math.ceil(count / stage.batch) * stage.epochs);
      const sequences = stage.steps === null ? count && count * stage.epochs : stage.steps * stage.batch;
      return {
        steps,
        items: count,
        samples: 0,
        tokens: times(sequences, { sampled: 0, read: 0, trained: stage.maxTokens }),
      };
    }
    case 'teach':
    case 'reinforce': {
      const samples = stage.steps * stage.prompts * stage.samples;
      const whole = stage.maxPromptTokens + stage.sampling.maxTokens;
      // A group shares its prompt in sampling. The reward's student and the reference read every completion.
      const readers = (stage.stage === 'teach' ? 1 : 0) + (stage.beta > 0 ? 1 : 0);
      const tokens = {
        sampled: samples * stage.sampling.maxTokens,
        read: samples * whole * readers + stage.steps * stage.prompts * stage.maxPromptTokens,
        trained: samples * whole,
      };
      return { steps: stage.steps, items: sizeOfData(recipe, stage.data), samples, tokens };
    }
    case 'explain': {
      const count = least(sizeOfData(recipe, stage.data), stage.limit);
      const samples = count && count * stage.samples;
      const readers = stage.keep.by === 'reward' ? 2 : 0;
      const { maxTokens } = stage.sampling;
      return {
        steps: 0,
        items: count,
        samples,
        tokens: times(samples, { sampled: maxTokens, read: readers * maxTokens, trained: 0 }),
      };
    }
    case 'score': {
      const count = least(items.get(stage.traces) ?? sizeOfData(recipe, stage.traces), stage.limit);
      return { steps: 0, items: count, samples: 0, tokens: undefined };
    }
    case 'evaluate': {
      const sizes = Object.values(stage.problems).map((problems) => least(sizeOfData(recipe, problems), stage.limit));
      const known = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
      const samples = known && known * Object.keys(stage.students).length * stage.samples;
      return {
        steps: 0,
        items: known,
        samples,
        tokens: times(samples, { sampled: stage.sampling.maxTokens, read: 0, trained: 0 }),
      };
    }
  }
}

function kept(stage: Stage, counts: Counts): number | undefined {
  if (stage.stage === 'explain') return stage.keep.by === 'all' ? counts.samples : counts.items;
  return stage.stage === 'score' ? counts.items : undefined;
}

/** The plan of a recipe; without rates, without times. */
export function planRecipe(recipe: Recipe, rates?: PlanRates): Plan {
  const items = new Map<string, number | undefined>();
  const stages = recipe.stages.map((stage): StagePlan => {
    const counts = countsOf(recipe, stage, items);
    items.set(stage.name, kept(stage, counts));
    return { name: stage.name, kind: stage.stage, ...counts, seconds: secondsOf(counts.tokens, rates) };
  });
  const known = stages.flatMap((stage) => (stage.tokens === undefined ? [] : [stage.tokens]));
  const total = (kind: keyof TokenCounts): number => known.reduce((sum, tokens) => sum + tokens[kind], 0);
  const tokens = { sampled: total('sampled'), read: total('read'), trained: total('trained') };
  return {
    stages,
    tokens,
    seconds: secondsOf(tokens, rates),
    unknown: stages.filter((stage) => stage.tokens === undefined).map((stage) => stage.name),
  };
}

function secondsOf(tokens: TokenCounts | undefined, rates: PlanRates | undefined): number | undefined {
  if (tokens === undefined || rates === undefined) return undefined;
  return tokens.sampled / rates.sampled + tokens.read / rates.read + tokens.trained / rates.trained;
}

/** Rates of a model of so many parameters, from those of a million: work a token grows with the parameters. */
export function ratesFor(parameters: number): PlanRates {
  const scale = 1e6 / Math.max(parameters, 1e6);
  const { sampled, read, trained } = SMALL_MODEL_RATES;
  return { sampled: sampled * scale, read: read * scale, trained: trained * scale };
}
