/** Live progress on standard error: what stages report, shown as a line that is redrawn or as plain lines. */

import { z } from 'zod';
import { checkArguments, functionArgument } from '../call-arguments.js';
import { printable } from '../printable.js';

/** What a stage reports while it works. It is shown, never stored. */
export interface StageReport {
  /** Units of work done. */
  readonly done: number;
  /** What is counted where it is not the stage's own unit, since its work has not begun: rows that are read. */
  readonly unit?: string;
  /** Units in all, where known. */
  readonly of?: number;
  /** A few numbers to show, in this order. */
  readonly values?: Readonly<Record<string, number>>;
  /** Tokens sampled, scored or trained since the last report. */
  readonly tokens?: number;
}

/** Shows the progress of one stage. */
export interface StageProgress {
  /** Shows how far the stage is. */
  report(report: StageReport): void;
  /** Ends the stage; `summary` is shown with it. */
  finish(summary?: string): void;
}

/** Shows the progress of a run. */
export interface Progress {
  /** Begins a stage. `unit` names what is counted (`step`, `problem`); `done` is the unit after which it resumes. */
  stage(stage: {
    readonly name: string;
    readonly index: number;
    readonly count: number;
    readonly unit: string;
    readonly done?: number;
  }): StageProgress;
  /**
   * Says how long the stages of the run are expected to take, in seconds by name, before the first of them begins. What is
   * shown of the whole run follows from how long they took so far, by these proportions. Empty where nothing is known.
   */
  expect?(seconds: ReadonlyMap<string, number>): void;
  /** Shows a line that stays: a stage that was already done, a warning, a count of skipped samples. */
  note(text: string): void;
}

/** Shows nothing. */
export const quietProgress: Progress = {
  stage: () => ({ report: () => undefined, finish: () => undefined }),
  note: () => undefined,
};

/** Where progress is written, and how. */
export interface ProgressOptions {
  /** Writes text as it is, control sequences of the terminal included. */
  readonly write: (text: string) => void;
  /** Whether to redraw the last line, as on a terminal; otherwise a plain line is written every ten seconds. */
  readonly terminal: boolean;
  readonly columns?: number;
  /** A monotonic clock in milliseconds; by default performance.now. */
  readonly clock?: () => number;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
/** The rate of tokens is an average over about this long. */
const RATE_WINDOW_MS = 10_000;
/** Steps before the time left is told: the first ones also start threads and compile kernels. */
const TIMED_STEPS = 3;

/** Shows what stages report as text: on a terminal one line that is redrawn, elsewhere a line every ten seconds. */
export function textProgress(options: ProgressOptions): Progress {
  checkArguments(
    'textProgress({ write: (text) => process.stderr.write(text), terminal: false })',
    { options },
    { options: z.looseObject({ write: functionArgument, terminal: z.boolean(), columns: z.number().optional() }) },
  );
  const { write, terminal, columns = 80, clock = () => performance.now() } = options;
  let live = '';
  const clear = (): void => {
    if (live !== '') write('\r\u001b[2K');
    live = '';
  };
  const note = (text: string): void => {
    clear();
    write(`${printable(text)}\n`);
  };
  /** What is expected of stages that have not begun, and what was of the work that is done, beside its time. */
  let ahead = new Map<string, number>();
  const past = { expected: 0, seconds: 0 };
  return {
    note,
    expect(seconds) {
      ahead = new Map(seconds);
    },
    stage: ({ name, index, count, unit, done: first = 0 }) => {
      const own = ahead.get(name) ?? 0;
      ahead.delete(name);
      const title = `[${index + 1}/${count}] ${name}`;
      const began = clock();
      let workBegan = began;
      // Units done before this process took up the work; the time left follows from what it did itself.
      let base: number | undefined = first === 0 ? undefined : first;
      let lastShown = Number.NEGATIVE_INFINITY;
      let latest: StageReport = { done: first };
      const rates: { at: number; tokens: number }[] = [{ at: began, tokens: 0 }];
      const line = (): string => {
        const now = clock();
        const parts = [`${latest.unit ?? unit} ${latest.done}${latest.of === undefined ? '' : `/${latest.of}`}`];
        for (const [key, value] of Object.entries(latest.values ?? {})) parts.push(`${key} ${shortNumber(value)}`);
        const rate = tokenRate(rates, now);
        if (rate > 0) parts.push(`${shortNumber(rate)} tokens/s`);
        const advanced = latest.done - (base ?? 0);
        if (
          latest.unit === undefined &&
          latest.of !== undefined &&
          advanced >= Math.min(TIMED_STEPS, latest.of / 4) &&
          advanced > 0 &&
          latest.done < latest.of
        ) {
          const worked = (now - workBegan) / 1000;
          const left = (worked / advanced) * (latest.of - latest.done);
          parts.push(`${durationText(left)} left`);
          const expected = past.expected + (own * advanced) / latest.of;
          const after = [...ahead.values()].reduce((total, seconds) => total + seconds, 0);
          if (after > 0 && expected > 0)
            parts.push(`run: ${durationText(left + (after * (past.seconds + worked)) / expected)} left`);
        }
        return `${title}  ${parts.join('  ')}`;
      };
      const show = (): void => {
        const now = clock();
        if (now - lastShown < (terminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
        lastShown = now;
        if (!terminal) {
          write(`${line()}\n`);
          return;
        }
        clear();
        live = line().slice(0, Math.max(20, columns - 1));
        write(live);
      };
      note(first === 0 ? title : `${title}  resumes after ${unit} ${first}`);
      return {
        report: (report) => {
          latest = report;
          if (report.unit !== undefined) {
            workBegan = clock();
            show();
            return;
          }
          // A stage that learns late where it resumes reports that before it has computed a token.
          base ??= report.tokens === undefined ? report.done : 0;
          const now = clock();
          rates.push({ at: now, tokens: report.tokens ?? 0 });
          while (rates.length > 2 && now - (rates[0]?.at ?? now) > RATE_WINDOW_MS) rates.shift();
          show();
        },
        finish: (summary) => {
          const seconds = (clock() - began) / 1000;
          // Of a stage that was resumed, the part that this process did.
          past.expected += latest.of ? own * Math.max(0, 1 - (base ?? 0) / latest.of) : own;
          past.seconds += seconds;
          note(`${title}  done in ${durationText(seconds)}${summary === undefined ? '' : `: ${summary}`}`);
        },
      };
    },
  };
}

/** Tokens per second over the window; the first entry only marks its beginning. */
function tokenRate(rates: readonly { readonly at: number; readonly tokens: number }[], now: number): number {
  const [first, ...rest] = rates;
  if (first === undefined || now <= first.at) return 0;
  return (rest.reduce((sum, { tokens }) => sum + tokens, 0) / (now - first.at)) * 1000;
}

/** A duration in at most two units: `3s`, `2m05s`, `3h20m`, `12d`, `40 years`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
  if (whole < 86_400 * 730) return `${Math.floor(whole / 86_400)}d`;
  return `${Math.floor(whole / (86_400 * 365))} years`;
}

/** A number in three or four digits, with k, M, G or T where it is large. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) {
    const scales: readonly [number, string][] = [
      [1e12, 'T'],
      [1e9, 'G'],
      [1e6, 'M'],
      [1e3, 'k'],
    ];
    for (const [scale, letter] of scales) {
      if (size >= scale * 0.9995) return `${Number((value / scale).toPrecision(3))}${letter}`;
    }
  }
  return size !== 0 && size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
