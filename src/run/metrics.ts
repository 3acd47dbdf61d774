/**
 * metrics.jsonl: one line per step, of numbers that the same recipe reproduces to the last digit. What depends on a
 * clock (seconds, tokens per second) is in events.jsonl. Each stage has its own file, which is part of its manifest;
 * the file of the run is those of its stages, one after the other.
 */
import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf } from '../checksum.js';
import { JsonlAppender } from '../data/files/jsonl.js';
import { NumericError, StorageError } from '../errors.js';
import { writeFileAtomically } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';

export const METRICS_FILE = 'metrics.jsonl';

export type MetricValues = Readonly<Record<string, number>>;

/** A beginning of a stage's metrics. */
export interface MetricsPrefix {
  readonly metricsBytes: number;
  readonly metricsSha256: string | undefined;
}

/**
 * Checks that the metrics of a stage still begin as they did when a checkpoint was written.
 * @throws {StorageError} when they are shorter, or differ
 */
export async function requirePrefix(stageDirectory: string, prefix: MetricsPrefix): Promise<void> {
  const file = join(stageDirectory, METRICS_FILE);
  const { metricsBytes, metricsSha256 } = prefix;
  const bytes = await firstBytes(file, metricsBytes);
  if (bytes.length < metricsBytes) {
    throw new StorageError(`${bytes.length} bytes of metrics; the checkpoint was written after ${metricsBytes}`, {
      file,
    });
  }
  if (metricsSha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== metricsSha256)
    throw new StorageError('the metrics have changed since the checkpoint was written', { file });
}

async function firstBytes(file: string, count: number): Promise<Buffer> {
  try {
    return (await readFile(file)).subarray(0, count);
  } catch (cause) {
    if (isAbsence(cause)) return Buffer.alloc(0);
    throw storageError('read', file, cause);
  }
}

/** The metrics of one stage, written line by line to its own file and to that of the run. */
export class StageMetrics {
  readonly #stage: string;
  readonly #own: JsonlAppender;
  readonly #run: JsonlAppender;
  /** Of what this process wrote, after what it found: the file must hold it in the end. */
  readonly #hash: Hash;

  private constructor(stage: string, own: JsonlAppender, run: JsonlAppender, hash: Hash) {
    this.#stage = stage;
    this.#own = own;
    this.#run = run;
    this.#hash = hash;
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
    const hash = createHash('sha256').update(await firstBytes(file, keepBytes));
    try {
      if ((await sizeOrZero(file)) > keepBytes) await truncate(file, keepBytes);
    } catch (cause) {
      throw storageError('cut', file, cause);
    }
    await joinMetrics(runDirectory, stageFolder);
    const own = await JsonlAppender.open(file);
    return new StageMetrics(stage, own, await JsonlAppender.open(join(runDirectory, METRICS_FILE)), hash);
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
    this.#hash.update(await this.#own.append(line));
    await this.#run.append(line);
  }

  /** Makes everything durable and returns what the stage's file holds. */
  async sync(): Promise<MetricsPrefix & { readonly metricsSha256: string }> {
    await this.#own.sync();
    return {
      metricsBytes: (await stat(this.#own.file)).size,
      metricsSha256: this.#hash.copy().digest('hex'),
    };
  }

  /**
   * Checks that the stage's file holds what was written: it is about to be sealed by a manifest.
   * @throws {StorageError} when it does not
   */
  async verify(): Promise<void> {
    const { file } = this.#own;
    if ((await checksumOf(file)) === this.#hash.copy().digest('hex')) return;
    throw new StorageError('the metrics are not what was written to them', {
      file,
      remedy:
        'Something else changed the file, or the disk damaged it. Run the same command to resume at the last checkpoint.',
    });
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
  const file = join(runDirectory, METRICS_FILE);
  const text = texts.join('');
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== text) await writeFileAtomically(file, text);
}
