import { z } from 'zod';
import type { Place } from '../errors.js';
import { parseRecord } from './files/record.js';
import { numberOfCell } from './problem.js';

/**
 * Why an explanation ended. `stop`: the model wrote the end tag; `untagged`: it ended the text without one; `length`:
 * the token limit was reached; `context`: the model's context was full.
 */
export type TraceEnd = 'stop' | 'untagged' | 'length' | 'context';

/** The RLT reward of an explanation: the total and its parts by name. */
export interface TraceReward {
  readonly total: number;
  readonly [part: string]: number;
}

/** An explanation of one problem, as a teacher wrote it. Several traces may share a problem's id. */
export interface Trace {
  /** The problem's id. */
  readonly id: string;
  readonly question: string;
  readonly solution: string;
  /** Empty when the teacher wrote nothing. */
  readonly explanation: string;
  readonly ended: TraceEnd;
  /** Length of the explanation in the writer's tokens. */
  readonly tokens?: number;
  /** What wrote it: the name or hash of a model, or `data` for the data set's own trace. */
  readonly model?: string;
  readonly seed?: number;
  /** Index among the samples of the same problem. */
  readonly sample?: number;
  readonly answer?: string;
  readonly level?: string;
  readonly task?: string;
  readonly reward?: TraceReward;
}

const text = (field: string) =>
  z.string({ error: (issue) => (issue.input === undefined ? `${field} is missing` : `${field} is not a string`) });

const filled = (field: string) => text(field).refine((value) => value.trim() !== '', `${field} is blank`);

const int = (field: string) => z.int({ error: `${field} is not a whole number` });

/** An optional column of numbers, which tables have as text. */
const optionalNumber = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(numberOfCell, schema.nullish());

/** An optional column: a missing key, null and an empty cell are the same. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.nullish());

const label = (field: string) =>
  z.union([z.string(), z.number()], {
    error: (issue) => (issue.input === undefined ? `${field} is missing` : `${field} is neither a string nor a number`),
  });

const rewardSchema = z
  .record(z.string(), z.preprocess(numberOfCell, z.number({ error: 'a part of the reward is not a finite number' })), {
    error: 'reward is not an object of numbers',
  })
  .refine((reward) => Object.hasOwn(reward, 'total'), 'reward has no total');

const traceSchema = z.object(
  {
    id: label('id').refine((id) => id !== '', 'id is empty'),
    question: filled('question'),
    solution: filled('solution'),
    explanation: text('explanation'),
    ended: optional(
      z.enum(['stop', 'untagged', 'length', 'context'], {
        error: 'ended is not one of stop, untagged, length, context',
      }),
    ),
    tokens: optionalNumber(int('tokens').nonnegative('tokens is negative')),
    model: optional(text('model')),
    seed: optionalNumber(int('seed')),
    sample: optionalNumber(int('sample').nonnegative('sample is negative')),
    answer: optional(label('answer')),
    level: optional(label('level')),
    task: optional(text('task')),
    reward: optional(rewardSchema),
  },
  { error: 'the record is not a JSON object' },
);

const REMEDY =
  'A trace is an object with the strings id, question, solution and explanation; optional: ended, tokens, model, seed, reward.';

/**
 * The trace in a record of a trace file (`id, question, solution, explanation, ended, tokens, model, seed`, optional
 * `sample, answer, level, task, reward`). A missing `ended` means `stop`.
 * @throws {InputError} with `place` and the field when the record is invalid
 */
export function parseTrace(value: unknown, place: Place = {}): Trace {
  const row = parseRecord(traceSchema, value, place, REMEDY);
  return {
    id: String(row.id),
    question: row.question,
    solution: row.solution,
    explanation: row.explanation,
    ended: row.ended ?? 'stop',
    ...(row.tokens == null ? {} : { tokens: row.tokens }),
    ...(row.model == null ? {} : { model: row.model }),
    ...(row.seed == null ? {} : { seed: row.seed }),
    ...(row.sample == null ? {} : { sample: row.sample }),
    ...(row.answer == null ? {} : { answer: String(row.answer) }),
    ...(row.level == null ? {} : { level: String(row.level) }),
    ...(row.task == null ? {} : { task: row.task }),
    ...(row.reward == null ? {} : { reward: row.reward as TraceReward }),
  };
}

/** The record of a trace file, with its keys in a fixed order. */
export function traceRecord(trace: Trace): Record<string, unknown> {
  return {
    id: trace.id,
    question: trace.question,
    solution: trace.solution,
    explanation: trace.explanation,
    ended: trace.ended,
    ...(trace.tokens === undefined ? {} : { tokens: trace.tokens }),
    ...(trace.model === undefined ? {} : { model: trace.model }),
    ...(trace.seed === undefined ? {} : { seed: trace.seed }),
    ...(trace.sample === undefined ? {} : { sample: trace.sample }),
    ...(trace.answer === undefined ? {} : { answer: trace.answer }),
    ...(trace.level === undefined ? {} : { level: trace.level }),
    ...(trace.task === undefined ? {} : { task: trace.task }),
    ...(trace.reward === undefined ? {} : { reward: trace.reward }),
  };
}
