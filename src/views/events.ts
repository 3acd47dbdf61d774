/** What events.jsonl says of the stages of a run: how far they are, and how long they took. */

import { z } from 'zod';
import { stepText } from '../printable.js';
import { GRADED_AGAIN, GRADED_WARNING, RUN_BEGINS, RUN_FAILS, RUN_STOPS, WARNING } from '../run/directory.js';
import { durationText } from '../run/progress.js';
import { eventSentence } from './event-sentences.js';

const eventSchema = z.looseObject({
  time: z.iso.datetime(),
  event: z.string(),
  stage: z.string().optional(),
  step: z.number().optional(),
  batch: z.number().optional(),
  seconds: z.number().optional(),
});
export type RunEvent = z.output<typeof eventSchema>;

/** The event in a line; undefined where it is not one. */
export const eventOf = (line: unknown): RunEvent | undefined => eventSchema.safeParse(line).data;

export interface StageProgress {
  readonly unit: 'step' | 'batch';
  /** Steps or batches done. */
  done: number;
  /** Seconds of each step or batch, by its number; those that were computed twice count once. */
  readonly seconds: Map<number, number>;
}

const isEnding = (event: string): boolean => event === RUN_FAILS || event === RUN_STOPS;

/** By stage, in the order in which they began. */
export function progressOf(events: readonly RunEvent[]): ReadonlyMap<string, StageProgress> {
  const stages = new Map<string, StageProgress>();
  for (const { event, stage, step, batch, seconds = 0 } of events) {
    // A stage may fail before it begins.
    if (stage === undefined || isEnding(event)) continue;
    const begun = stages.get(stage);
    // A stage that begins is at its beginning, whatever an earlier attempt did.
    if (event === 'stage begins' || begun === undefined)
      stages.set(stage, { unit: event === 'batch' ? 'batch' : 'step', done: 0, seconds: new Map() });
    if (event === 'stage resumes' && begun !== undefined && step !== undefined) {
      begun.done = step;
      for (const at of begun.seconds.keys()) if (at >= step) begun.seconds.delete(at);
    }
    const number = event === 'step' ? step : event === 'batch' ? batch : undefined;
    const now = stages.get(stage);
    if (number === undefined || now === undefined) continue;
    const current =
      event === now.unit
        ? now
        : { unit: event === 'batch' ? ('batch' as const) : ('step' as const), done: 0, seconds: now.seconds };
    current.done = event === 'batch' ? number : number + 1;
    current.seconds.set(number, seconds);
    stages.set(stage, current);
  }
  return stages;
}

const text = z.string().optional().catch(undefined);
const endingFacts = z.object({ file: text, message: text, remedy: text });

function endingText({ event, stage, step, ...rest }: RunEvent): string {
  const { file, message = 'the reason is not recorded', remedy } = endingFacts.parse(rest);
  const places = [file, stage && `stage ${stage}`, step === undefined ? undefined : stepText(step)].filter(Boolean);
  const place = places.length === 0 ? '' : ` (${places.join(', ')})`;
  if (event === RUN_STOPS) return `The run was interrupted${place}. The same command resumes it.`;
  return `The run failed: ${message}${place}.${remedy === undefined ? '' : ` ${remedy}`}`;
}

/** Why the last process that worked on a run ended before the end, in words; undefined where it did not say. */
export function lastEnding(events: readonly RunEvent[]): string | undefined {
  const last = events.findLast(({ event }) => event === RUN_BEGINS || isEnding(event));
  return last === undefined || !isEnding(last.event) ? undefined : endingText(last);
}

const warningFacts = z.object({ text: z.string() });

function warningText({ stage, ...rest }: RunEvent): string | undefined {
  const { data } = warningFacts.safeParse(rest);
  return data && (stage === undefined ? data.text : `${stage}, ${data.text}`);
}

/** By whom answers were graded is no longer true once others graded them again. */
function dropGradings(texts: Set<string> | undefined): void {
  for (const text of texts ?? []) if (text.includes(GRADED_WARNING)) texts?.delete(text);
}

/** What was warned of and still holds: of the run by its last process, of each stage since it last began. */
export function warningsIn(events: readonly RunEvent[]): readonly string[] {
  const found = new Map<string | undefined, Set<string>>();
  for (const event of events) {
    if (event.event === RUN_BEGINS) found.delete(undefined);
    if (event.event === 'stage begins') found.delete(event.stage);
    if (event.event === GRADED_AGAIN) dropGradings(found.get(event.stage));
    const text = event.event === WARNING ? warningText(event) : undefined;
    if (text !== undefined) found.set(event.stage, (found.get(event.stage) ?? new Set()).add(text));
  }
  return [...found.values()].flatMap((texts) => [...texts]);
}

/** An event as a sentence; undefined for those that are too many to read. */
export function eventText(given: RunEvent): string | undefined {
  const { event, stage, seconds, ...rest } = given;
  if (isEnding(event)) return endingText(given);
  if (event === WARNING) return warningText(given);
  if (event === 'step' || event === 'batch') return undefined;
  const sentence = eventSentence(given);
  if (sentence !== undefined) return sentence;
  const facts = Object.entries(rest).flatMap(([key, value]) =>
    key === 'time' || typeof value === 'object' || value === undefined ? [] : [`${key} ${String(value)}`],
  );
  const details = [...(seconds === undefined ? [] : [durationText(seconds)]), ...facts];
  return `${stage === undefined ? '' : `${stage}: `}${event}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}
