/**
 * metrics.jsonl: one line per step, of numbers that the same recipe reproduces to the last digit. What depends on a
 * clock (seconds, tokens per second) is in events.jsonl. Each stage has its own file, which is part of its manifest;
 * the file of the run is those of its stages, one after the other.
 */
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonlAppender } from '../data/files/jsonl.js';
import { NumericError, StorageError } from '../errors.js';
import { isAbsence, storageError, writeFileAtomically } from '../storage.js';

export const METRICS_FILE = 'metrics.jsonl';

export type MetricValues = Readonly<Record<string, number>>;

/** The metrics of one stage, written line by line to its own file and to that of the run. */
export class StageMetrics {
  readonly #stage: string;
  readonly #own: JsonlAppender;
  readonly #run: JsonlAppender;

  private constructor(stage: string, own: JsonlAppender, run: JsonlAppender) {
    this.#stage = stage;
    this.#own = own;
    this.#run = run;
  }

  /**
   * Opens the metrics of a stage and cuts them to their first `keepBytes` bytes, their length at its checkpoint: later
   * steps are computed, and written, again.
   */
  static async open(
    runDirectory: string,
    stageFolder: string,
    stage: string,
    keepBytes: number,
  ): Promise<StageMetrics> {
    const file = join(runDirectory, 'stages', stageFolder, METRICS_FILE);
    const bytes = await sizeOrZero(file);
    if (bytes < keepBytes) {
      throw new StorageError(`${bytes} bytes of metrics; the checkpoint was written after ${keepBytes}`, {
        file,
        remedy: 'Restore the file, or delete the folder of the stage and run it again.',
      });
    }
    try {
      if (bytes > keepBytes) await truncate(file, keepBytes);
    } catch (cause) {
      throw storageError('cut', file, cause);
    }
    await joinMetrics(runDirectory, stageFolder);
    const own = await JsonlAppender.open(file);
    return new StageMetrics(stage, own, await JsonlAppender.open(join(runDirectory, METRICS_FILE)));
  }

  /**
   * Adds the line of a step.
   * @throws {NumericError} when a value is not finite, naming it
   */
  async append(step: number, values: MetricValues): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      if (Number.isFinite(value)) continue;
      throw new NumericError(`the metric ${name} is ${value}`, { stage: this.#stage, step });
    }
    const line = { stage: this.#stage, step, ...values };
    await this.#own.append(line);
    await this.#run.append(line);
  }

  /** Makes everything durable and returns the length of the stage's file. */
  async sync(): Promise<number> {
    await this.#own.sync();
    return (await stat(this.#own.file)).size;
  }

  async close(): Promise<void> {
    await this.#own.sync();
    await this.#own.close();
    await this.#run.close();
  }
}

async function sizeOrZero(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    if (isAbsence(cause)) return 0;
    throw storageError('read', file, cause);
  }
}

/** Rewrites the run's metrics.jsonl from those of its stages in order, up to and including the folder `last`. */
export async function joinMetrics(runDirectory: string, last?: string): Promise<void> {
  const stages = join(runDirectory, 'stages');
  const folders = (await readdir(stages)).filter((name) => /^\d+-/.test(name)).sort();
  const texts: string[] = [];
  for (const folder of folders) {
    if (last !== undefined && folder > last) continue;
    const file = join(stages, folder, METRICS_FILE);
    if ((await sizeOrZero(file)) > 0) texts.push(await readFile(file, 'utf8'));
  }
  await writeFileAtomically(join(runDirectory, METRICS_FILE), texts.join(''));
}
