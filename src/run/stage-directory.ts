/** The directory of one stage of a run: its checkpoints while it runs, and its manifest once it is done. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../json.js';
import { MANIFEST, type Manifest, verifyManifest, writeManifest } from '../manifest.js';
import { isUnfinished, makeDirectory, writeFileAtomically } from '../storage.js';
import { IDENTITY_FILE, type StageIdentity, stageFolder } from './begun-stages.js';
import {
  type Checkpoint,
  type Damage,
  isCheckpointName,
  newestCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from './checkpoint.js';
import { readLines } from './lines.js';
import { joinMetrics, METRICS_FILE, type MetricValues, requirePrefix, StageMetrics } from './metrics.js';
import { cutRollouts, ROLLOUTS_FOLDER } from './rollouts.js';

/** The run that a stage belongs to. */
interface OfRun {
  readonly directory: string;
  event(event: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
}

export const KEPT_FOLDER = 'kept';
/** What a stage needs only while it runs. */
const BEST_FOLDER = 'best';
const isWork = (name: string): boolean => isCheckpointName(name) || name === BEST_FOLDER;

async function removeWork(stage: string): Promise<void> {
  await removeCheckpoints(stage, () => true);
  await rm(join(stage, BEST_FOLDER), { recursive: true, force: true });
}

export class StageDirectory {
  readonly identity: StageIdentity;
  readonly directory: string;
  /** Present when the stage is done and every file of it is unharmed. */
  readonly manifest: Manifest | undefined;
  readonly #run: OfRun;
  #metrics: StageMetrics | undefined;

  private constructor(run: OfRun, identity: StageIdentity, directory: string, manifest: Manifest | undefined) {
    this.#run = run;
    this.identity = identity;
    this.directory = directory;
    this.manifest = manifest;
  }

  static async open(run: OfRun, identity: StageIdentity): Promise<StageDirectory> {
    const directory = join(run.directory, 'stages', stageFolder(identity));
    const manifest = await verifyManifest(directory);
    // A process killed right after it wrote the manifest leaves checkpoints that nobody needs.
    if (manifest !== undefined) await removeWork(directory);
    return new StageDirectory(run, identity, directory, manifest);
  }

  /** The path of an artifact. */
  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** Where the stage's rollouts are recorded. */
  get rollouts(): string {
    return join(this.#run.directory, ROLLOUTS_FOLDER, stageFolder(this.identity));
  }

  /** Where the stage keeps the state of its best model while it runs. */
  get best(): string {
    return this.path(BEST_FOLDER);
  }

  /** Where the stage keeps models of earlier steps, which no other stage uses and which may be deleted. */
  kept(step: number): string {
    return join(this.#run.directory, KEPT_FOLDER, stageFolder(this.identity), `step-${String(step).padStart(6, '0')}`);
  }

  /**
   * Begins or resumes the stage: returns its newest checkpoint, with the metrics cut back to it, or undefined if there
   * is none. `parse` checks the state that the checkpoint carries; `report` is told of each that is damaged. Rollouts
   * are kept up to the checkpoint, or up to `recordedBefore` in a stage that remembers its work otherwise.
   */
  async begin<State>(
    parse: (state: unknown) => State,
    report: (text: string) => void = () => undefined,
    recordedBefore?: number,
  ): Promise<Checkpoint<State> | undefined> {
    const { name, kind, fingerprint, sources } = this.identity;
    await makeDirectory(this.directory);
    for (const entry of await readdir(this.directory)) {
      // What a killed process was writing; nobody else writes here while we hold the lock.
      if (isUnfinished(entry)) await rm(this.path(entry), { recursive: true, force: true });
    }
    const identity = { name, kind, fingerprint, sources };
    await writeFileAtomically(this.path(IDENTITY_FILE), `${JSON.stringify(identity, null, 2)}\n`);
    const damages: Damage[] = [];
    const checkpoint = await newestCheckpoint(
      this.directory,
      parse,
      (damage) => damages.push(damage),
      (found) => requirePrefix(this.directory, found),
    );
    for (const { step, error } of damages) {
      const from = checkpoint === undefined ? 'the start' : `step ${checkpoint.step}`;
      report(`the checkpoint of step ${step} is lost; the stage goes back to ${from}: ${error.message}`);
      await this.#run.event('damaged checkpoint', { stage: name, step, message: error.message });
    }
    await cutRollouts(this.rollouts, recordedBefore ?? checkpoint?.step ?? 0);
    this.#metrics = await StageMetrics.open(
      this.#run.directory,
      stageFolder(this.identity),
      name,
      checkpoint?.metricsBytes ?? 0,
    );
    await this.#run.event(checkpoint === undefined ? 'stage begins' : 'stage resumes', {
      stage: name,
      ...(checkpoint === undefined ? {} : { step: checkpoint.step }),
    });
    return checkpoint;
  }

  /** Adds the metrics of a step: numbers that the same recipe reproduces, none of which depends on a clock. */
  async metrics(step: number, values: MetricValues): Promise<void> {
    await this.#begun().append(step, values);
  }

  /** The values of each metric so far, those of earlier processes included. */
  async metricSeries(): Promise<(metric: string) => readonly number[]> {
    const { values: steps } = await readLines(this.path(METRICS_FILE), (line) => (isObject(line) ? line : undefined));
    return (metric) => steps.flatMap(({ [metric]: value }) => (typeof value === 'number' ? [value] : []));
  }

  /** Adds an event of this stage: seconds, tokens per second, warnings, counts of what was skipped. */
  async event(event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#run.event(event, { stage: this.identity.name, ...fields });
  }

  /** Saves the state of the stage after `step` steps. `fill` writes the models; `state` is any JSON value. */
  async checkpoint(step: number, state: unknown, fill: (directory: string) => Promise<void>): Promise<void> {
    const metrics = await this.#begun().sync();
    await writeCheckpoint(this.directory, { step, ...metrics, state }, fill);
  }

  /** Writes the manifest, after which the stage is done. `facts` must be the same whenever the stage is made again. */
  async finish(facts: Manifest['facts'] = {}): Promise<Manifest> {
    const metrics = this.#begun();
    await metrics.verify();
    this.#metrics = undefined;
    await metrics.close();
    const { name, kind, fingerprint } = this.identity;
    const manifest = await writeManifest(this.directory, { ...facts, name, kind, fingerprint }, isWork);
    await joinMetrics(this.#run.directory);
    await removeWork(this.directory);
    await this.#run.event('stage done', { stage: name, manifest: MANIFEST });
    return manifest;
  }

  /** Closes a stage that was interrupted or failed; it can be resumed from its last checkpoint. */
  async close(): Promise<void> {
    const metrics = this.#metrics;
    this.#metrics = undefined;
    await metrics?.close();
  }

  #begun(): StageMetrics {
    if (this.#metrics === undefined) throw new Error(`the stage ${this.identity.name} was not begun`);
    return this.#metrics;
  }
}
