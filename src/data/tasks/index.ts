import { z } from 'zod';
import { checkArguments, objectArgument } from '../../call-arguments.js';
import { contentHash } from '../../checksum.js';
import { UsageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { type RandomKey, RandomStream, randomKey } from '../../random.js';
import { kindOf } from '../../schema-issue.js';
import type { Problem } from '../problem.js';
import { ages } from './ages.js';
import { countdown } from './countdown.js';
import { journeys } from './journeys.js';
import { prices } from './prices.js';
import { type StoryFamily, storyTask } from './story.js';
import {
  DEFAULT_TRACE_MIX,
  type DrawnProblem,
  drawTraceKind,
  levelNamed,
  type ShippedTask,
  type Task,
  TRACE_KINDS,
  type TraceKind,
  type TraceMix,
} from './task.js';
import { wordProblems } from './word-problems.js';

/** The families of stories. All have the same arithmetic and levels, and differ in what they are about. */
export const STORY_FAMILIES: readonly StoryFamily[] = [wordProblems, ages, prices, journeys];

/** Every generator of problems, under the name that `rlt problems NAME` uses. */
export const TASKS: readonly ShippedTask[] = [...STORY_FAMILIES.map(storyTask), countdown];

/** The generator with this name. @throws {UsageError} listing the names when there is none */
export function taskNamed(name: string): ShippedTask {
  const task = TASKS.find((candidate) => candidate.name === name);
  if (task !== undefined) return task;
  throw new UsageError(`unknown task ${name}`, {
    remedy: `Choose one of ${TASKS.map((candidate) => candidate.name).join(', ')}.`,
  });
}

/** What problems are used for. No problem has two purposes, whatever the seeds. */
export const PURPOSES = ['training', 'evaluation', 'pretraining'] as const;
/** What generated problems are for. Problems of two purposes are never the same. */
export type ProblemPurpose = (typeof PURPOSES)[number];

/**
 * The purpose of a problem, which depends only on the hash of its identity: half of all problems are for training, a
 * quarter for evaluation and a quarter for pretraining. So held-out problems are held out by construction.
 */
export function purposeOf(identity: string): ProblemPurpose {
  const quarter = Number.parseInt(contentHash(['purpose', identity], 2), 16) >> 6;
  if (quarter === 0) return 'evaluation';
  return quarter === 1 ? 'pretraining' : 'training';
}

/** Which problems of a task are generated, and how many. */
export interface GenerateOptions {
  readonly count: number;
  readonly seed: number;
  /** Default `training`. */
  readonly purpose?: ProblemPurpose;
  /** Default: the first level of the task. */
  readonly level?: string;
  /** Shares of the kinds of reasoning trace, among those that the generator wrote for a problem. */
  readonly mix?: TraceMix;
}

/** Problems or their ids are held in memory, and no level of a task has more. */
const MAX_COUNT = 1_000_000;

/** Attempts per problem before the level is considered exhausted. */
const PATIENCE = 2000;

/**
 * `count` distinct problems of a task. The same options give the same problems, and a smaller count gives a prefix of a
 * larger one. Ids are derived from the content, so equal problems of two calls have equal ids.
 * @throws {UsageError} when the level is unknown, the mix is invalid or the level has fewer problems
 */
export function distinctProblems(task: Task, options: GenerateOptions): Problem[] {
  const shape = {
    task: objectArgument('a task, with name, levels and draw', 'name', 'levels', 'draw').pipe(
      z.looseObject({ name: z.string(), levels: z.array(z.looseObject({ name: z.string() })).min(1) }),
    ),
    options: z.strictObject({
      count: z.number(),
      seed: z.int(),
      purpose: z.enum(PURPOSES).optional(),
      level: z.string().optional(),
      mix: z.looseObject({}).optional(),
    }),
  };
  checkArguments("distinctProblems(taskNamed('word-problems'), { count: 100, seed: 1 })", { task, options }, shape);
  return [...streamProblems(task, options)];
}

/** As `distinctProblems`, one by one: only the ids of the problems so far are held in memory. */
export function* streamProblems(task: Task, options: GenerateOptions): Generator<Problem, void> {
  const { count, seed, purpose = 'training', mix = DEFAULT_TRACE_MIX } = options;
  const level = levelNamed(task.levels, options.level ?? task.levels[0].name).name;
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= MAX_COUNT)) {
    throw new UsageError(`count is ${count}; expected a whole number from 0 to ${MAX_COUNT}`, {
      field: 'count',
      remedy: 'Give the number of problems to generate.',
    });
  }
  checkMix(mix);
  const taken = new Set<string>();
  let failures = 0;
  for (let attempt = 0; taken.size < count; attempt++) {
    const drawn = task.draw(
      new RandomStream(randomKey(seed, 'data/problem', task.name, level, purpose, attempt)),
      level,
    );
    requireTexts(task, drawn);
    const id = problemId(task, drawn);
    if (purposeOf(drawn.identity) !== purpose || taken.has(id)) {
      if (++failures > PATIENCE) {
        throw new UsageError(
          `the level ${level} of ${task.name} has only ${taken.size} distinct problems; ${count} were asked for`,
          {
            field: 'count',
            remedy: 'Ask for fewer problems or another level.',
          },
        );
      }
      continue;
    }
    failures = 0;
    taken.add(id);
    const traceKind = traceKindOf(drawn, mix, randomKey(seed, 'data/trace-kind', task.name, level, purpose, attempt));
    const reasoningTrace = traceKind && drawn.traces?.[traceKind];
    yield {
      id,
      question: drawn.question,
      solution: drawn.solution,
      answer: drawn.answer,
      ...(reasoningTrace === undefined ? {} : { reasoningTraces: [reasoningTrace] }),
      level,
      task: task.name,
      ...(traceKind === undefined ? {} : { traceKind }),
      ...(drawn.numbers === undefined ? {} : { numbers: drawn.numbers }),
      ...(drawn.target === undefined ? {} : { target: drawn.target }),
    };
  }
}

/** The kind of a problem's trace, by the shares of the kinds that it has; undefined where these shares are all 0. */
function traceKindOf({ traces = {} }: DrawnProblem, mix: TraceMix, key: RandomKey): TraceKind | undefined {
  const share = (kind: TraceKind): number => (traces[kind] === undefined ? 0 : mix[kind]);
  const shares: TraceMix = {
    complete: share('complete'),
    skipping: share('skipping'),
    wrong: share('wrong'),
    'answer-only': share('answer-only'),
    'off-topic': share('off-topic'),
  };
  return Object.values(shares).every((each) => each === 0) ? undefined : drawTraceKind(new RandomStream(key), shares);
}

/** @throws {UsageError} when what a task of the caller's own drew lacks one of its texts */
function requireTexts({ name }: Task, drawn: unknown): void {
  const refusal = (what: string) =>
    new UsageError(`the task ${name} drew ${what}`, {
      field: 'draw',
      remedy: 'Let draw return { identity, question, solution, answer }, four texts, at once.',
    });
  if (!isObject(drawn)) throw refusal(kindOf(drawn));
  if (typeof drawn.then === 'function') throw refusal('a Promise');
  for (const field of ['identity', 'question', 'solution', 'answer']) {
    const value = drawn[field];
    if (typeof value !== 'string') throw refusal(`${kindOf(value)} as the ${field} of a problem`);
    if (value.trim() === '') throw refusal(`a blank text as the ${field} of a problem`);
  }
}

/** The id of a generated problem: its task and 16 hexadecimal digits of its identity's hash. */
function problemId(task: Task, drawn: Pick<DrawnProblem, 'identity'>): string {
  return `${task.name}-${contentHash([task.name, drawn.identity])}`;
}

function checkMix(mix: TraceMix): void {
  const shares = TRACE_KINDS.map((kind) => mix[kind]);
  if (!shares.every((share) => Number.isFinite(share) && share >= 0) || !shares.some((share) => share > 0)) {
    throw new UsageError('the shares of the kinds of trace must be at least 0, and one of them above 0', {
      field: 'mix',
      remedy: `Give a number for each of ${TRACE_KINDS.join(', ')}.`,
    });
  }
}
