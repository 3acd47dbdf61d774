/** How much work a stage is, before it runs: counts, upper bounds on tokens, and estimates from the data's lengths. */
import { groupBytes, type PlannedRecording, plannedRecording, type RecordingSettings } from '../../run/rollouts.js';
import { supervisedSteps } from '../supervised.js';

/** Tokens that a stage computes. `sampled`: decoded; `read`: prefilled or scored; `trained`: forward and backward. */
export interface TokenCounts {
  readonly sampled: number;
  readonly read: number;
  readonly trained: number;
}

/** Mean lengths of a data set's problems, in tokens of the recipe's layouts. */
export interface TypicalLengths {
  /** What the teacher reads before its explanation: system, question and solution. */
  readonly teacherPrompt: number;
  /** What the student reads before its answer: system and question. */
  readonly studentPrompt: number;
  /** The data's own trace, assumed to be as long as any explanation. */
  readonly explanation: number;
  /** What the student writes around and after the explanation. */
  readonly solution: number;
}

/** The largest of each length; undefined where there are none. */
export const largestLengths = ([first, ...others]: readonly TypicalLengths[]): TypicalLengths | undefined =>
  first &&
  others.reduce(
    (largest, one) => ({
      teacherPrompt: Math.max(largest.teacherPrompt, one.teacherPrompt),
      studentPrompt: Math.max(largest.studentPrompt, one.studentPrompt),
      explanation: Math.max(largest.explanation, one.explanation),
      solution: Math.max(largest.solution, one.solution),
    }),
    first,
  );

/** What is known of a stage's inputs, by reference; undefined until a file or hub data set has been read. */
export interface PlanInputs {
  /** Number of problems in a data set; an upper bound if it has not been read. */
  problems(reference: string): number | undefined;
  /** Number of traces of an earlier stage or a data set. */
  traces(reference: string): number | undefined;
  /** Lengths of the problems of a data set, or of the problems that traces explain. */
  lengths(reference: string): TypicalLengths | undefined;
  /** As `lengths`, of the longest: for memory, where these decide. Traces that are sampled are as long as they may be. */
  longest(reference: string): TypicalLengths | undefined;
  /** The context of a model; infinite where it is not known. */
  contextTokens(model: string): number;
}

export interface PlannedWork {
  /** Optimiser steps; 0 for stages that do not train. */
  readonly steps: number | undefined;
  /** Problems or traces that the stage works on. */
  readonly items: number | undefined;
  /** Completions sampled. */
  readonly samples: number | undefined;
  /** Upper bounds; undefined if they depend on `items` and it is not known. */
  readonly tokens: TokenCounts | undefined;
  /** Estimated from the lengths of the data; undefined if these are not known. */
  readonly typical: TokenCounts | undefined;
  /** What its record of rollouts takes on the disk, and what it holds. */
  readonly recording?: PlannedRecording;
  /** Traces that the stage leaves, the data set whose problems they explain, and most tokens of one that was sampled. */
  readonly traces?: { readonly count: number | undefined; readonly of: string; readonly maxTokens?: number };
}

export const times = (factor: number | undefined, tokens: TokenCounts | undefined): TokenCounts | undefined =>
  factor === undefined || tokens === undefined
    ? undefined
    : { sampled: factor * tokens.sampled, read: factor * tokens.read, trained: factor * tokens.trained };

export function totalTokens(tokens: readonly TokenCounts[]): TokenCounts {
  const total = (kind: keyof TokenCounts): number => tokens.reduce((sum, counts) => sum + counts[kind], 0);
  return { sampled: total('sampled'), read: total('read'), trained: total('trained') };
}

/** The smaller of a count and a limit, either of which may be absent. */
export function atMost(count: number | undefined, limit: number | null): number | undefined {
  if (limit === null) return count;
  return count === undefined ? limit : Math.min(count, limit);
}

export const teacherLength = ({ teacherPrompt, explanation }: TypicalLengths): number => teacherPrompt + explanation;
export const studentLength = ({ studentPrompt, explanation, solution }: TypicalLengths): number =>
  studentPrompt + explanation + solution;

/** Most tokens that a completion has: it ends with the context, of which its prompt has some. */
export const mostSampled = ({ maxTokens }: { readonly maxTokens: number }, contextTokens: number): number =>
  Math.min(maxTokens, contextTokens - 1);

/** Supervised fine-tuning on examples of the given mean length. */
export function supervisedWork(
  stage: Parameters<typeof supervisedSteps>[0] & { readonly maxTokens: number },
  examples: number | undefined,
  length: number | undefined,
  contextTokens: number,
): PlannedWork {
  const maxTokens = Math.min(stage.maxTokens, contextTokens);
  const steps = stage.steps ?? (examples === undefined ? undefined : supervisedSteps(stage, examples));
  const sequences = sequencesIn(stage, steps, examples);
  const trained = (tokens: number): TokenCounts => ({
    sampled: 0,
    read: 0,
    trained: Math.min(tokens, maxTokens),
  });
  return {
    steps,
    items: examples,
    samples: 0,
    tokens: times(sequences, trained(maxTokens)),
    typical: times(sequences, length === undefined ? undefined : trained(length)),
  };
}

/** Sequences that all steps train on; the last batch of a pass is smaller where the batch does not divide the data. */
function sequencesIn(
  { steps: fixed, batch }: { readonly steps: number | null; readonly batch: number },
  steps: number | undefined,
  examples: number | undefined,
): number | undefined {
  if (fixed !== null) return fixed * batch;
  if (steps === undefined || examples === undefined) return undefined;
  if (examples === 0) return 0;
  const perPass = Math.ceil(examples / batch);
  return Math.floor(steps / perPass) * examples + (steps % perPass) * Math.min(batch, examples);
}

/** Of most texts. */
export const LETTERS_PER_TOKEN = 4;

/** GRPO: a group's samples share one prefill; the reference, and the student of a reward, read every completion. */
export function grpoWork(
  stage: {
    readonly steps: number;
    readonly prompts: number;
    readonly samples: number;
    readonly maxPromptTokens: number;
    readonly beta: number;
    readonly iterations: number;
    readonly sampling: { readonly maxTokens: number };
    readonly rollouts: RecordingSettings | null;
    readonly heldOut: { readonly every: number; readonly samples: number } | null;
  },
  problems: number | undefined,
  /** Number of problems that the policy is evaluated on while it trains. */
  heldOut: number | undefined,
  /** Number of models that read every completion to reward it. */
  judges: number,
  /** Tokens of one group: of the prompt, of one completion, and those that the judges read. */
  typical: { readonly prompt: number; readonly written: number; readonly judged: number } | undefined,
  /** Of the policy. */
  contextTokens: number,
): PlannedWork {
  const most = mostSampled(stage.sampling, contextTokens);
  const mostRead = Math.min(stage.maxPromptTokens, contextTokens - 1);
  const groups = stage.steps * stage.prompts;
  const samples = groups * stage.samples;
  const whole = Math.min(mostRead + most, contextTokens);
  const readers = judges + (stage.beta > 0 ? 1 : 0);
  // The first policy, every so often, and the last.
  const evaluations = stage.heldOut === null ? 0 : Math.ceil(stage.steps / stage.heldOut.every) + 1;
  const asked = evaluations * (heldOut ?? 0);
  const answers = asked * (stage.heldOut?.samples ?? 0);
  const tokens = {
    sampled: (samples + answers) * most,
    read: samples * whole * readers + answers * whole * judges + (groups + asked) * mostRead,
    trained: samples * whole * stage.iterations,
  };
  const written = Math.min(most, typical?.written ?? most);
  const read = Math.min(mostRead, typical?.prompt ?? mostRead);
  const bytesPerProblem = groupBytes(read * LETTERS_PER_TOKEN, stage.samples, stage.samples * written);
  const group = typical && {
    prompt: Math.min(mostRead, typical.prompt),
    sampled: stage.samples * Math.min(most, typical.written),
    judged: typical.judged,
  };
  return {
    steps: stage.steps,
    items: problems,
    samples: samples + answers,
    tokens,
    ...(stage.rollouts === null ? {} : { recording: plannedRecording(stage.rollouts, { ...stage, bytesPerProblem }) }),
    typical: times(
      groups,
      group && {
        sampled: group.sampled * (1 + answers / samples),
        read:
          (group.prompt + group.judged) * (1 + answers / samples) + (stage.beta > 0 ? group.prompt + group.sampled : 0),
        trained: (group.prompt + group.sampled) * stage.iterations,
      },
    ),
  };
}
