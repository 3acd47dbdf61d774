import { UsageError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { countdown } from './countdown.js';
import { purposeOf } from './index.js';
import {
  type ArithmeticStep,
  drawTraceKind,
  type ShippedTask,
  stepText,
  type TracedProblem,
  type TraceKind,
  type TraceMix,
} from './task.js';
import { drawToldStep, wordProblems } from './word-problems.js';
import { idleText } from './words.js';

/**
 * One document of the corpus that pretrains the bundled base model: plain text, or a problem's parts, still to be
 * formatted.
 */
export type PretrainingDocument =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'problem';
      readonly task: string;
      readonly question: string;
      readonly trace: string;
      readonly traceKind: TraceKind;
      readonly solution: string;
    };

/**
 * Relative shares of the kinds of document. `facts`: lines of arithmetic; `told-steps`: stories of one step with their
 * arithmetic; `worked`: stories of several steps with their arithmetic, as plain text; `stories`: problems without a
 * solution; `idle`: sentences about nothing in particular; `problems`: question, trace, solution.
 */
export interface PretrainingShares {
  readonly facts: number;
  readonly 'told-steps': number;
  /** The arithmetic that a student needs, outside the format in which it will be asked. */
  readonly worked: number;
  readonly stories: number;
  readonly idle: number;
  readonly problems: number;
}

export interface PretrainingOptions {
  readonly shares: PretrainingShares;
  /** Kinds of trace in `problems`. Few are complete: the base model should learn the format, not the method. */
  readonly mix: TraceMix;
  /** The largest number in facts and told steps. */
  readonly largest: number;
  /** The share of Countdown among `stories` and `problems`. */
  readonly countdown: number;
}

export const DEFAULT_PRETRAINING: PretrainingOptions = {
  shares: { facts: 0.15, 'told-steps': 0.3, worked: 0.3, stories: 0.05, idle: 0.05, problems: 0.15 },
  mix: { complete: 0.1, skipping: 0.05, wrong: 0.05, 'answer-only': 0.45, 'off-topic': 0.35 },
  largest: 30,
  countdown: 0.15,
};

const FACTS_A_DOCUMENT = 8;
const TOLD_STEPS_A_DOCUMENT = 2;

/** One correct line of arithmetic with numbers from 1 to `largest`. */
function drawFact(stream: RandomStream, largest: number): ArithmeticStep {
  const kind = stream.uniform();
  if (kind < 0.35) {
    const result = stream.integer(2, largest);
    const left = stream.integer(1, result - 1);
    return { left, operator: '+', right: result - left, result };
  }
  if (kind < 0.7) {
    const left = stream.integer(2, largest);
    const right = stream.integer(1, left - 1);
    return { left, operator: '-', right, result: left - right };
  }
  const one = stream.integer(2, Math.floor(largest / 2));
  const other = stream.integer(2, Math.floor(largest / one));
  return kind < 0.85
    ? { left: one, operator: '*', right: other, result: one * other }
    : { left: one * other, operator: '/', right: one, result: other };
}

/** Draws until the purpose is pretraining, so that the corpus contains no training or held-out problem. */
function drawn<T extends { readonly identity: string }>(draw: () => T): T {
  for (;;) {
    const candidate = draw();
    if (purposeOf(candidate.identity) === 'pretraining') return candidate;
  }
}

function drawProblem(stream: RandomStream, options: PretrainingOptions): { task: ShippedTask; problem: TracedProblem } {
  const task = stream.uniform() < options.countdown ? countdown : wordProblems;
  return { task, problem: drawn(() => task.draw(stream, task.levels[0].name)) };
}

/**
 * One document. All randomness comes from `stream`.
 * @throws {UsageError} when a share is below 0 or all are 0
 */
function pretrainingDocument(
  stream: RandomStream,
  options: PretrainingOptions = DEFAULT_PRETRAINING,
): PretrainingDocument {
  const { shares, mix, largest } = options;
  const sort = drawSort(stream, shares);
  if (sort === 'facts') {
    const facts = Array.from({ length: FACTS_A_DOCUMENT }, () => `${stepText(drawFact(stream, largest))}.`);
    return { kind: 'text', text: facts.join(' ') };
  }
  if (sort === 'told-steps') {
    const told = Array.from({ length: TOLD_STEPS_A_DOCUMENT }, () => drawn(() => drawToldStep(stream, largest)).text);
    return { kind: 'text', text: told.join(' ') };
  }
  if (sort === 'idle') return { kind: 'text', text: idleText(stream) };
  if (sort === 'worked') {
    const level = stream.pick(wordProblems.levels.slice(0, 2)).name;
    const { question, traces } = drawn(() => wordProblems.draw(stream, level));
    return { kind: 'text', text: `${question} ${traces.complete}` };
  }
  const { task, problem } = drawProblem(stream, options);
  if (sort === 'stories') return { kind: 'text', text: problem.question };
  const traceKind = drawTraceKind(stream, mix);
  return {
    kind: 'problem',
    task: task.name,
    question: problem.question,
    trace: problem.traces[traceKind],
    traceKind,
    solution: problem.solution,
  };
}

function drawSort(stream: RandomStream, shares: PretrainingShares): keyof PretrainingShares {
  const entries = Object.entries(shares) as [keyof PretrainingShares, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  if (!(total > 0) || !entries.every(([, share]) => share >= 0 && Number.isFinite(share))) {
    throw new UsageError('the shares of the pretraining corpus must be at least 0, and one of them above 0', {
      field: 'shares',
      remedy: `Give a number for each of ${entries.map(([name]) => name).join(', ')}.`,
    });
  }
  let left = stream.uniform() * total;
  for (const [sort, share] of entries) {
    left -= share;
    if (left < 0) return sort;
  }
  return (entries.findLast(([, share]) => share > 0) as [keyof PretrainingShares, number])[0];
}

/** Document `index` of the corpus of a seed: the corpus is not stored, and can be read from any index. */
export function pretrainingDocumentAt(
  seed: number,
  index: number,
  options: PretrainingOptions = DEFAULT_PRETRAINING,
): PretrainingDocument {
  return pretrainingDocument(new RandomStream(randomKey(seed, 'data/pretraining', index)), options);
}
