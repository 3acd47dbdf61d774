import { UsageError } from '../../errors.js';
import type { RandomStream } from '../../random.js';
import type { Operator } from '../../rational.js';

/**
 * The kinds of reasoning trace in a data set with many authors. `complete`: every step, all correct; `skipping`:
 * correct steps, some of them left out; `wrong`: a wrong step and what follows from it; `answer-only`: only the answer;
 * `off-topic`: about something else.
 */
export const TRACE_KINDS = ['complete', 'skipping', 'wrong', 'answer-only', 'off-topic'] as const;
/** The kinds of reasoning trace that generated problems come with. */
export type TraceKind = (typeof TRACE_KINDS)[number];

/** Relative shares of the kinds; they need not sum to 1. */
export type TraceMix = Readonly<Record<TraceKind, number>>;

/**
 * The default mix. The most frequent kind is a poor one and correct traces are a minority, so that imitating the data
 * is visibly worse than learning from helpful explanations.
 */
export const DEFAULT_TRACE_MIX: TraceMix = {
  complete: 0.2,
  skipping: 0.15,
  wrong: 0.15,
  'answer-only': 0.3,
  'off-topic': 0.2,
};

/** One step of arithmetic on whole numbers, as a correct trace states it. */
export interface ArithmeticStep {
  readonly left: number;
  readonly operator: Operator;
  readonly right: number;
  readonly result: number;
}

/** The correct result of a step on whole numbers; not whole when a division leaves a remainder. */
export function stepResult(left: number, operator: Operator, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '*' ? left * right : left / right;
}

/** `7 + 5 = 12` */
export function stepText(step: ArithmeticStep): string {
  return `${step.left} ${step.operator} ${step.right} = ${step.result}`;
}

/** A problem as its generator draws it. */
export interface DrawnProblem {
  /** Equal for two wordings of the same problem. */
  readonly identity: string;
  readonly question: string;
  readonly solution: string;
  /** The short form of the solution that a grader compares with. */
  readonly answer: string;
  /** Reasoning traces by kind, as many kinds as the generator can write. */
  readonly traces?: Readonly<Partial<Record<TraceKind, string>>>;
  /** Countdown: the numbers, each to be used at most once, and the number to be made. */
  readonly numbers?: readonly number[];
  readonly target?: number;
}

/** A problem with a trace of every kind. */
export interface TracedProblem extends DrawnProblem {
  /** The arithmetic of the complete trace. */
  readonly steps: readonly ArithmeticStep[];
  readonly traces: Readonly<Record<TraceKind, string>>;
}

/** A level of difficulty of a task. */
export interface TaskLevel {
  readonly name: string;
  readonly summary: string;
}

/** A generator of problems. */
export interface Task<Drawn extends DrawnProblem = DrawnProblem> {
  readonly name: string;
  /** From easy to hard; the first is the default. */
  readonly levels: readonly [TaskLevel, ...TaskLevel[]];
  /** Draws a problem of a level; all randomness comes from `stream`. */
  draw(stream: RandomStream, level: string): Drawn;
}

/** A generator that a recipe can name. */
export interface ShippedTask extends Task<TracedProblem> {
  readonly summary: string;
  /** The grader of its answers, by the name it has in evaluation. */
  readonly grader: 'integer' | 'countdown';
}

/** The level with this name. @throws {UsageError} listing the levels when there is none */
export function levelNamed<Level extends TaskLevel>(levels: readonly Level[], name: string): Level {
  const level = levels.find((candidate) => candidate.name === name);
  if (level !== undefined) return level;
  throw new UsageError(`unknown level ${name}`, {
    field: 'level',
    remedy: `Choose one of ${levels.map((candidate) => candidate.name).join(', ')}.`,
  });
}

/** Draws a kind of trace by the shares of a mix. */
export function drawTraceKind(stream: RandomStream, mix: TraceMix): TraceKind {
  return stream.pickWeighted(TRACE_KINDS, (kind) => mix[kind]);
}
