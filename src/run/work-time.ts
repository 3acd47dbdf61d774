/** How long processes worked on a run, and on each of its stages, as its events tell. */

import { z } from 'zod';
import { RUN_BEGINS, RUN_ENDS, RUN_FAILS, RUN_STOPS, STAGE_TOOK } from './directory.js';
import { readLines } from './lines.js';

const timedEvent = z.object({
  time: z.iso.datetime(),
  event: z.string(),
  stage: z.string().optional(),
  seconds: z.number().optional(),
});
/** A line of events.jsonl, as far as it says when something happened. */
type TimedEvent = z.output<typeof timedEvent>;

export interface WorkTime {
  /** Of all processes that worked on the run, each from its beginning to its end, or to its last event. */
  readonly seconds: number;
  /** The same of each stage, by its name: what it takes to make its inputs ready counts. */
  readonly stages: ReadonlyMap<string, number>;
}

/** From the first to the last event, unless the process measured it. */
class Span {
  readonly #began: number;
  #last: number;
  #measured: number | undefined;

  constructor(began: number) {
    this.#began = began;
    this.#last = began;
  }

  add(time: number, measured: number | undefined): void {
    this.#last = Math.max(this.#last, time);
    this.#measured ??= measured;
  }

  get seconds(): number {
    return this.#measured ?? (this.#last - this.#began) / 1000;
  }
}

/**
 * Work that a killed process lost counts. A process that found every stage done did no work and does not count, so that
 * the sum stays the same when a finished run is run again.
 */
export function workTime(events: Iterable<TimedEvent>): WorkTime {
  let seconds = 0;
  const stages = new Map<string, number>();
  let own: Span | undefined;
  let ofStages = new Map<string, Span>();
  const close = (): void => {
    if (ofStages.size > 0) seconds += own?.seconds ?? 0;
    for (const [stage, span] of ofStages) stages.set(stage, (stages.get(stage) ?? 0) + span.seconds);
    ofStages = new Map();
  };
  for (const event of events) {
    const time = Date.parse(event.time);
    if (event.event === RUN_BEGINS) {
      close();
      own = undefined;
    }
    own ??= new Span(time);
    own.add(time, event.event === RUN_ENDS ? event.seconds : undefined);
    if (event.stage === undefined) continue;
    if (event.event === RUN_FAILS || event.event === RUN_STOPS) {
      // It may name a stage that had not begun.
      ofStages.get(event.stage)?.add(time, undefined);
      continue;
    }
    const span = ofStages.get(event.stage) ?? new Span(time);
    ofStages.set(event.stage, span);
    span.add(time, event.event === STAGE_TOOK ? event.seconds : undefined);
  }
  close();
  return { seconds, stages };
}

/** The seconds that all processes worked on the run of this file of events, or on these stages of it. */
export async function secondsOfRun(file: string, only?: readonly string[]): Promise<number> {
  const { values } = await readLines(file, (line) => timedEvent.safeParse(line).data);
  const { seconds, stages } = workTime(values);
  return only === undefined ? seconds : only.reduce((sum, stage) => sum + (stages.get(stage) ?? 0), 0);
}
