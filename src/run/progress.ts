/** Live progress: what stages report, and two ways to show it (a line that is redrawn, or plain lines), on standard error. */

/** What a stage says while it works. All of it is for people; nothing of it is kept. */
export interface StageReport {
  /** Units of work that are done. */
  readonly done: number;
  /** Units in all; unknown for some work. */
  readonly of?: number;
  /** What is being done at the moment: `sampling`, `scoring`. */
  readonly phase?: string;
  /** A few numbers to show, in this order. */
  readonly values?: Readonly<Record<string, number>>;
  /** Tokens sampled, scored or trained since the last report. */
  readonly tokens?: number;
}

export interface StageProgress {
  report(report: StageReport): void;
  /** The stage is done; `summary` is shown with it. */
  finish(summary?: string): void;
}

export interface Progress {
  /** A stage begins. `done` is where it resumes; `unit` names what is counted: `step`, `problem`. */
  stage(stage: {
    readonly name: string;
    readonly index: number;
    readonly count: number;
    readonly unit: string;
    readonly done?: number;
  }): StageProgress;
  /** A line that stays: a stage that was already done, a warning, a count of skipped samples. */
  note(text: string): void;
}

/** Shows nothing. */
export const quietProgress: Progress = {
  stage: () => ({ report: () => undefined, finish: () => undefined }),
  note: () => undefined,
};

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A terminal, whose last line is redrawn; else a plain line now and then. */
  readonly terminal: boolean;
  readonly columns?: number;
  /** Milliseconds that only grow; performance.now by default. */
  readonly clock?: () => number;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
/** Tokens a second are those of about this long. */
const RATE_WINDOW_MS = 10_000;

/** Shows what stages report as text: on a terminal one line that is redrawn, elsewhere a line every ten seconds. */
export function textProgress(options: ProgressOptions): Progress {
  const { write, terminal, columns = 80, clock = () => performance.now() } = options;
  let live = '';
  const clear = (): void => {
    if (live !== '') write('\r\u001b[2K');
    live = '';
  };
  const note = (text: string): void => {
    clear();
    write(`${text}\n`);
  };
  return {
    note,
    stage: ({ name, index, count, unit, done: first = 0 }) => {
      const title = `[${index + 1}/${count}] ${name}`;
      const began = clock();
      /** Where this process took up the work: the rate is that of what it has done itself. */
      let base: number | undefined = first === 0 ? undefined : first;
      let lastShown = Number.NEGATIVE_INFINITY;
      let latest: StageReport = { done: first };
      const rates: { at: number; tokens: number }[] = [{ at: began, tokens: 0 }];
      const line = (): string => {
        const now = clock();
        const parts = [`${unit} ${latest.done}${latest.of === undefined ? '' : `/${latest.of}`}`];
        if (latest.phase !== undefined) parts.push(latest.phase);
        for (const [key, value] of Object.entries(latest.values ?? {})) parts.push(`${key} ${shortNumber(value)}`);
        const rate = tokenRate(rates, now);
        if (rate > 0) parts.push(`${shortNumber(rate)} tokens/s`);
        const advanced = latest.done - (base ?? 0);
        if (latest.of !== undefined && advanced > 0 && latest.done < latest.of) {
          parts.push(`${durationText((((now - began) / advanced) * (latest.of - latest.done)) / 1000)} left`);
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
          // A stage that learns only later where it resumes says so before it has computed anything.
          base ??= report.tokens === undefined ? report.done : 0;
          const now = clock();
          rates.push({ at: now, tokens: report.tokens ?? 0 });
          while (rates.length > 2 && now - (rates[0]?.at ?? now) > RATE_WINDOW_MS) rates.shift();
          show();
        },
        finish: (summary) => {
          const seconds = (clock() - began) / 1000;
          note(`${title}  done in ${durationText(seconds)}${summary === undefined ? '' : `: ${summary}`}`);
        },
      };
    },
  };
}

/** Tokens a second over the window: the first entry only says when it began. */
function tokenRate(rates: readonly { readonly at: number; readonly tokens: number }[], now: number): number {
  const [first, ...rest] = rates;
  if (first === undefined || now <= first.at) return 0;
  return (rest.reduce((sum, { tokens }) => sum + tokens, 0) / (now - first.at)) * 1000;
}

/** `3s`, `2m05s`, `3h20m`, `12d`, `40 years`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
  if (whole < 86_400 * 730) return `${Math.floor(whole / 86_400)}d`;
  return `${Math.floor(whole / (86_400 * 365))} years`;
}

/** Three or four digits, and k, M, G or T for large numbers. */
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
