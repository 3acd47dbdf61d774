/** What a tracker is: one place that figures of a run go to. */

/** The figures of one step of a stage, or of a finished evaluation, which has step 0. */
export interface Entry {
  readonly stage: string;
  readonly step: number;
  /** When the step was done, in milliseconds since 1970. */
  readonly time: number;
  /** By names that begin with the stage's: `teach/reward`. */
  readonly values: Readonly<Record<string, number>>;
}

/** What a tracker is told of a run besides its figures. */
export interface TrackedRun {
  readonly name: string;
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
  /** The recipe as parameters: `stages.teach.steps`. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** What a tracker remembers of a run between calls and processes: ids of its server, lengths of its files. */
export type Memory = Readonly<Record<string, string | number>>;

export interface Sending {
  readonly run: TrackedRun;
  readonly entries: readonly Entry[];
  /** Identifies the run for this tracker; made at random before anything is sent. */
  readonly id: string;
  readonly memory: Memory;
  /** Whether an earlier attempt may have delivered some of these entries. */
  readonly isRepeat: boolean;
  readonly signal: AbortSignal;
}

/**
 * `complete`: all its stages are done; `stopped`: no process works on it any more.
 */
export type RunState = 'complete' | 'stopped';

/** A place that figures of a run go to. Calls are made one at a time; a call that fails is repeated with the same entries. */
export interface Tracker {
  /** Names it in messages: `mlflow at 127.0.0.1:5000`. Holds no secret. */
  readonly label: string;
  /** Tells destinations apart: a run that goes elsewhere is sent from its beginning. */
  readonly destination: string;
  /**
   * Delivers entries, the run's parameters first where it begins. Returns what to remember.
   * @throws {TrackerError} when they could not be delivered, or only in part
   */
  send(sending: Sending): Promise<Memory>;
  /** Marks the run's end. Returns what to remember. */
  end(ending: Omit<Sending, 'entries' | 'isRepeat'> & { readonly state: RunState }): Promise<Memory>;
}

/** Why a tracker took nothing. It never reaches the run. */
export class TrackerError extends Error {
  /** Whether another attempt would end in the same way until somebody changes something. */
  readonly isFinal: boolean;

  constructor(message: string, { isFinal = false, cause }: { isFinal?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isFinal = isFinal;
  }
}
