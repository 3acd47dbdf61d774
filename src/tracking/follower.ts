/**
 * Trackers beside a run that works. They read its directory every few seconds and never make it wait: one that fails is
 * tried again after ever longer pauses, told about once, and left to `rlt track` in the end.
 */

import { join } from 'node:path';
import { RltError } from '../errors.js';
import { acquireLock, type Lock } from '../run/lock.js';
import { TRACKING_FOLDER } from '../run/owner.js';
import { makeDirectory } from '../storage.js';
import type { Sender } from './sender.js';
import { type RunState, TrackerError } from './tracker.js';

const INTERVAL_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** How long the end of a run waits for a tracker that works. */
const LAST_MS = 10_000;
/** The same for one that failed last, and is being tried again. */
const FAILING_MS = 1_000;

export interface Pace {
  readonly intervalMs: number;
  readonly longestPauseMs: number;
  readonly lastMs: number;
}

const USUAL: Pace = { intervalMs: INTERVAL_MS, longestPauseMs: LONGEST_PAUSE_MS, lastMs: LAST_MS };

/** One process at a time sends what a run has: the run itself, or `rlt track`. */
export async function lockTracking(runDirectory: string): Promise<Lock> {
  const folder = join(runDirectory, TRACKING_FOLDER);
  await makeDirectory(folder);
  return acquireLock(folder);
}

export const reasonOf = (error: unknown): string =>
  error instanceof RltError ? error.summary : error instanceof Error ? error.message : String(error);

class Follower {
  readonly #sender: Sender;
  readonly #pace: Pace;
  readonly #tell: (text: string) => void;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isTold = false;
  #isOver = false;
  #working: Promise<void> = Promise.resolve();

  constructor(sender: Sender, pace: Pace, tell: (text: string) => void) {
    this.#sender = sender;
    this.#pace = pace;
    this.#tell = tell;
    this.#wait(0);
  }

  #wait(pauseMs: number): void {
    this.#timer = setTimeout(() => {
      this.#working = this.#pass().then((pause) => {
        if (pause !== undefined && !this.#stop.signal.aborted && !this.#isOver) this.#wait(pause);
      });
    }, pauseMs);
    this.#timer.unref();
  }

  /** Sends what there is. Returns the pause until the next attempt; undefined if there is to be none. */
  async #pass(state?: RunState): Promise<number | undefined> {
    const { intervalMs, longestPauseMs } = this.#pace;
    try {
      await this.#sender.send(this.#stop.signal, state);
      this.#failures = 0;
      return intervalMs;
    } catch (error) {
      this.#failures += 1;
      if (!this.#stop.signal.aborted) this.#report(error);
      if (error instanceof TrackerError && error.isFinal) return undefined;
      return Math.min(longestPauseMs, intervalMs * 2 ** this.#failures);
    }
  }

  #report(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell(
      `${this.#sender.tracker.label}: ${reasonOf(error)}. The run goes on; what is not sent stays in its directory, and ` +
        '`rlt track` sends it later',
    );
  }

  /** Sends the rest, where the tracker takes it within a short time. */
  async close(state: RunState): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { lastMs } = this.#pace;
    const last = setTimeout(() => this.#stop.abort(), this.#failures > 0 ? Math.min(lastMs, FAILING_MS) : lastMs);
    await this.#working;
    // One that failed last is not asked again.
    if (!this.#stop.signal.aborted && this.#failures === 0) await this.#pass(state);
    clearTimeout(last);
    if (this.#stop.signal.aborted) this.#report(new Error(`not everything was taken within ${lastMs / 1000} seconds`));
  }
}

/** The trackers of a run that works. */
export class Followers {
  readonly #followers: readonly Follower[];
  readonly #lock: Lock | undefined;

  private constructor(followers: readonly Follower[], lock: Lock | undefined) {
    this.#followers = followers;
    this.#lock = lock;
  }

  /** Begins to send. Nothing that goes wrong here or later reaches the run: `tell` is told, once per tracker. */
  static async begin(
    runDirectory: string,
    senders: () => Promise<readonly Sender[]>,
    tell: (text: string) => void,
    pace: Pace = USUAL,
  ): Promise<Followers> {
    try {
      const lock = await lockTracking(runDirectory);
      return new Followers(
        (await senders()).map((sender) => new Follower(sender, pace, tell)),
        lock,
      );
    } catch (error) {
      tell(`nothing is tracked: ${reasonOf(error)}. The run goes on; \`rlt track\` sends its figures later`);
      return new Followers([], undefined);
    }
  }

  async close(state: RunState): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.close(state)));
    await this.#lock?.release().catch(() => undefined);
  }
}
