/**
 * What a recipe is going to do: counts, upper bounds of tokens, and the time at given rates. Limits of a recipe may be several
 * times what its data need: where the lengths of the data are known, the time is of them.
 */
import { HELD_OUT_SUFFIX } from './references.js';
import type { DataSettings, Recipe, Stage, StageOf } from './schema.js';

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

/** How long the problems of a data set are on the average, in tokens of the recipe's layouts. */
export interface TypicalLengths {
  /** What the teacher reads before its explanation: system, question and solution. */
  readonly teacherPrompt: number;
  /** What the student reads before its answer: system and question. */
  readonly studentPrompt: number;
  /** The data's own trace, taken for the length of every explanation; undefined where some problem has none. */
  readonly explanation: number | undefined;
  /** What the student writes around and after the explanation. */
  readonly solution: number;
}

/** A data set that was read. */
export interface KnownData {
  readonly count: number;
  /** Undefined where no model's tokenizer is at hand. */
  readonly lengths: TypicalLengths | undefined;
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

/** Problems of a data set, at most where it was not read; undefined where it must be read to know. */
function sizeOfData({ recipe, known }: Given, reference: string): number | undefined {
  const read = known.get(reference);
  if (read !== undefined) return read.count;
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

interface Given {
  readonly recipe: Recipe;
  readonly known: KnownDataSets;
  /** What earlier stages leave: how many traces, of which data set's problems. */
  readonly left: ReadonlyMap<string, { readonly count: number | undefined; readonly data: string }>;
}

interface Counts extends Pick<StagePlan, 'steps' | 'items' | 'samples' | 'tokens'> {
  readonly typical: TokenCounts | undefined;
}

const times = (factor: number | undefined, tokens: TokenCounts | undefined): TokenCounts | undefined =>
  factor === undefined || tokens === undefined
    ? undefined
    : { sampled: factor * tokens.sampled, read: factor * tokens.read, trained: factor * tokens.trained };

/** The lengths of a data set's problems with their explanations, where both are known. */
function lengthsOf(
  { known }: Given,
  reference: string,
): (TypicalLengths & { readonly explanation: number }) | undefined {
  const lengths = known.get(reference)?.lengths;
  return lengths?.explanation === undefined ? undefined : { ...lengths, explanation: lengths.explanation };
}

function countsOf(given: Given, stage: Stage): Counts {
  const { left } = given;
  switch (stage.stage) {
    case 'pretrain': {
      const documents = stage.steps * stage.batch;
      const tokens = { sampled: 0, read: 0, trained: documents * stage.maxTokens };
      return { steps: stage.steps, items: documents, samples: 0, tokens, typical: undefined };
    }
    case 'warm-up':
    case 'distill': {
      const source = stage.stage === 'distill' ? stage.traces : stage.data;
      const traces = left.get(source);
      const count = least(traces === undefined ? sizeOfData(given, source) : traces.count, stage.limit);
      const steps = stage.steps ?? (count === undefined ? undefined : Math.ceil(count / stage.batch) * stage.epochs);
      const sequences = stage.steps === null ? count && count * stage.epochs : stage.steps * stage.batch;
      const lengths = lengthsOf(given, traces?.data ?? source);
      const supervised = (length: number): TokenCounts => ({
        sampled: 0,
        read: 0,
        trained: Math.min(length, stage.maxTokens),
      });
      return {
        steps,
        items: count,
        samples: 0,
        tokens: times(sequences, supervised(stage.maxTokens)),
        typical: times(sequences, lengths && supervised(exampleLength(stage, lengths))),
      };
    }
    case 'teach':
    case 'reinforce': {
      const groups = stage.steps * stage.prompts;
      const samples = groups * stage.samples;
      const whole = stage.maxPromptTokens + stage.sampling.maxTokens;
      // A group shares its prompt in sampling. The reward's student and the reference read every completion.
      const readers = (stage.stage === 'teach' ? 1 : 0) + (stage.beta > 0 ? 1 : 0);
      const tokens = {
        sampled: samples * stage.sampling.maxTokens,
        read: samples * whole * readers + groups * stage.maxPromptTokens,
        trained: samples * whole,
      };
      const lengths = lengthsOf(given, stage.data);
      const typical = times(groups, lengths && groupTokens(stage, lengths));
      return { steps: stage.steps, items: sizeOfData(given, stage.data), samples, tokens, typical };
    }
    case 'explain': {
      const count = least(sizeOfData(given, stage.data), stage.limit);
      const samples = count && count * stage.samples;
      const readers = stage.keep.by === 'reward' ? 2 : 0;
      const { maxTokens } = stage.sampling;
      const lengths = lengthsOf(given, stage.data);
      return {
        steps: 0,
        items: count,
        samples,
        tokens: times(samples, { sampled: maxTokens, read: readers * maxTokens, trained: 0 }),
        typical: times(count, lengths && explainingTokens(stage, lengths)),
      };
    }
    case 'score': {
      const traces = left.get(stage.traces);
      const count = least(traces === undefined ? sizeOfData(given, stage.traces) : traces.count, stage.limit);
      const lengths = lengthsOf(given, traces?.data ?? stage.traces);
      const read = lengths && teacherLength(lengths) + studentLength(lengths);
      const typical = times(count, read === undefined ? undefined : { sampled: 0, read, trained: 0 });
      return { steps: 0, items: count, samples: 0, tokens: undefined, typical };
    }
    case 'evaluate': {
      const sets = Object.values(stage.problems);
      const sizes = sets.map((problems) => least(sizeOfData(given, problems), stage.limit));
      const known = sizes.every((size) => size !== undefined) ? sum(sizes) : undefined;
      const students = Object.keys(stage.students).length;
      const samples = known && known * students * stage.samples;
      const { maxTokens } = stage.sampling;
      const typical = sets.map((problems, index) => {
        const lengths = lengthsOf(given, problems);
        return times(sizes[index] && (sizes[index] as number) * students, lengths && answerTokens(stage, lengths));
      });
      return {
        steps: 0,
        items: known,
        samples,
        tokens: times(samples, { sampled: maxTokens, read: 0, trained: 0 }),
        typical: typical.every((tokens) => tokens !== undefined) ? totalOf(typical) : undefined,
      };
    }
  }
}

type Lengths = TypicalLengths & { readonly explanation: number };

const teacherLength = ({ teacherPrompt, explanation }: Lengths): number => teacherPrompt + explanation;
const studentLength = ({ studentPrompt, explanation, solution }: Lengths): number =>
  studentPrompt + explanation + solution;

function exampleLength(stage: StageOf<'warm-up' | 'distill'>, lengths: Lengths): number {
  if (stage.stage === 'warm-up') return teacherLength(lengths);
  return studentLength(stage.learn === 'solution' ? { ...lengths, explanation: 0 } : lengths);
}

/** Of one group: its prompt is computed once for all samples, wherever it is read or trained on. */
function groupTokens(stage: StageOf<'teach' | 'reinforce'>, lengths: Lengths): TokenCounts {
  const isTeacher = stage.stage === 'teach';
  const prompt = Math.min(stage.maxPromptTokens, isTeacher ? lengths.teacherPrompt : lengths.studentPrompt);
  const written = lengths.explanation + (isTeacher ? 0 : lengths.solution);
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, written);
  const judged = isTeacher ? lengths.studentPrompt + sampled + stage.samples * lengths.solution : 0;
  const reference = stage.beta > 0 ? prompt + sampled : 0;
  return { sampled, read: prompt + judged + reference, trained: prompt + sampled };
}

function explainingTokens(stage: StageOf<'explain'>, lengths: Lengths): TokenCounts {
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, lengths.explanation);
  // The teacher's log-probs come with its samples.
  const judged = stage.keep.by === 'reward' ? lengths.studentPrompt + sampled + stage.samples * lengths.solution : 0;
  return { sampled, read: lengths.teacherPrompt + judged, trained: 0 };
}

function answerTokens(stage: StageOf<'evaluate'>, { studentPrompt, explanation, solution }: Lengths): TokenCounts {
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, explanation + solution);
  return { sampled, read: studentPrompt, trained: 0 };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function totalOf(tokens: readonly TokenCounts[]): TokenCounts {
  const total = (kind: keyof TokenCounts): number => sum(tokens.map((counts) => counts[kind]));
  return { sampled: total('sampled'), read: total('read'), trained: total('trained') };
}

/** The traces that a stage leaves. */
function leftBy(given: Given, stage: Stage, counts: Counts): { count: number | undefined; data: string } | undefined {
  if (stage.stage === 'explain')
    return { count: stage.keep.by === 'all' ? counts.samples : counts.items, data: stage.data };
  if (stage.stage !== 'score') return undefined;
  return { count: counts.items, data: given.left.get(stage.traces)?.data ?? stage.traces };
}

/** The plan of a recipe; without rates, without times. */
export function planRecipe(recipe: Recipe, rates?: PlanRates, known: KnownDataSets = new Map()): Plan {
  const left = new Map<string, { count: number | undefined; data: string }>();
  const given = { recipe, known, left };
  const stages = recipe.stages.map((stage): StagePlan => {
    const { typical, ...counts } = countsOf(given, stage);
    const traces = leftBy(given, stage, { typical, ...counts });
    if (traces !== undefined) left.set(stage.name, traces);
    return { name: stage.name, kind: stage.stage, ...counts, seconds: secondsOf(typical ?? counts.tokens, rates) };
  });
  const timed = stages.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  return {
    stages,
    tokens: totalOf(stages.flatMap(({ tokens }) => (tokens === undefined ? [] : [tokens]))),
    seconds: rates === undefined ? undefined : sum(timed),
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
