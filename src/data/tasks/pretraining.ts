import { UsageError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { purposeOf, STORY_FAMILIES, taskNamed } from './index.js';
import { drawToldStep, type StoryFamily } from './story.js';
import { type ArithmeticStep, drawTraceKind, stepText, type TraceKind, type TraceMix } from './task.js';
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
  /** Which tasks the documents are about, as relative shares. Countdown has no `told-steps` and no `worked`. */
  readonly tasks: PretrainingTasks;
}

/** Relative shares of the tasks. */
export interface PretrainingTasks {
  readonly 'word-problems': number;
  readonly ages: number;
  readonly prices: number;
  readonly journeys: number;
  readonly countdown: number;
}

export const DEFAULT_PRETRAINING: PretrainingOptions = {
  shares: { facts: 0.15, 'told-steps': 0.3, worked: 0.3, stories: 0.05, idle: 0.05, problems: 0.15 },
  mix: { complete: 0.01, skipping: 0.02, wrong: 0.02, 'answer-only': 0.55, 'off-topic': 0.4 },
  largest: 80,
  tasks: { 'word-problems': 0.4, ages: 0.18, prices: 0.18, journeys: 0.18, countdown: 0.06 },
};

const FACTS_A_DOCUMENT = 8;
const TOLD_STEPS_A_DOCUMENT = 2;
/** One to four steps: a model that has never seen four in a row cannot be taught to write them by traces of three. */
const WORKED_LEVEL = 'mixed';

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

/**
 * One document. All randomness comes from `stream`.
 * @throws {UsageError} when a share is below 0 or all are 0
 */
function pretrainingDocument(
  stream: RandomStream,
  options: PretrainingOptions = DEFAULT_PRETRAINING,
): PretrainingDocument {
  const { shares, mix, largest, tasks } = options;
  const sort = drawShare(stream, shares, 'shares');
  if (sort === 'facts') {
    const facts = Array.from({ length: FACTS_A_DOCUMENT }, () => `${stepText(drawFact(stream, largest))}.`);
    return { kind: 'text', text: facts.join(' ') };
  }
  if (sort === 'told-steps') {
    const family = drawFamily(stream, tasks);
    const told = Array.from(
      { length: TOLD_STEPS_A_DOCUMENT },
      () => drawn(() => drawToldStep(family, stream, largest)).text,
    );
    return { kind: 'text', text: told.join(' ') };
  }
  if (sort === 'idle') return { kind: 'text', text: idleText(stream) };
  if (sort === 'worked') {
    const task = taskNamed(drawFamily(stream, tasks).name);
    const { question, traces } = drawn(() => task.draw(stream, WORKED_LEVEL));
    return { kind: 'text', text: `${question} ${traces.complete}` };
  }
  const task = taskNamed(drawShare(stream, tasks, 'tasks'));
  const problem = drawn(() => task.draw(stream, task.levels[0].name));
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

function drawShare<Name extends string>(
  stream: RandomStream,
  shares: Readonly<Record<Name, number>>,
  field: string,
): Name {
  const entries = Object.entries(shares) as [Name, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  if (!(total > 0) || !entries.every(([, share]) => share >= 0 && Number.isFinite(share))) {
    throw new UsageError(`the ${field} of the pretraining corpus must be at least 0, and one of them above 0`, {
      field,
      remedy: `Give a number for each of ${entries.map(([name]) => name).join(', ')}.`,
    });
  }
  return stream.pickWeighted(entries, ([, share]) => share)[0];
}

/** A family of stories by the shares of the tasks; by equal ones where only Countdown has any. */
function drawFamily(stream: RandomStream, { countdown: _, ...tasks }: PretrainingTasks): StoryFamily {
  if (Object.values(tasks).every((share) => share === 0)) return stream.pick(STORY_FAMILIES);
  const name = drawShare(stream, tasks, 'tasks');
  return STORY_FAMILIES.find((family) => family.name === name) as StoryFamily;
}

/** Document `index` of the corpus of a seed: the corpus is not stored, and can be read from any index. */
export function pretrainingDocumentAt(
  seed: number,
  index: number,
  options: PretrainingOptions = DEFAULT_PRETRAINING,
): PretrainingDocument {
  return pretrainingDocument(new RandomStream(randomKey(seed, 'data/pretraining', index)), options);
}
