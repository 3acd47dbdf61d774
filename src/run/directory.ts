/**
 * A run directory, in which one process works at a time:
 *
 *     lock.json            which process holds it
 *     recipe.yaml          the resolved recipe
 *     events.jsonl         what happened and when: everything that depends on a clock
 *     metrics.jsonl        one line per step, the same bytes for the same recipe
 *     rollouts/NN-name/    what reinforcement learning sampled; may be deleted
 *     kept/NN-name/        models of earlier steps, where they are asked for; may be deleted
 *     stages/NN-name/      stage.json, metrics.jsonl, artifacts, checkpoint-<step>/ while it runs, manifest.json last
 */
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { JsonlAppender } from '../data/files/jsonl.js';
import { StorageError, UsageError } from '../errors.js';
import { MANIFEST, type Manifest, verifyManifest, writeManifest } from '../manifest.js';
import {
  isAbsence,
  isUnfinished,
  makeDirectory,
  readText,
  requireNewEntries,
  requireWritable,
  storageError,
  writeFileAtomically,
} from '../storage.js';
import {
  type Checkpoint,
  type Damage,
  isCheckpointName,
  newestCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
} from './checkpoint.js';
import { acquireLock, type Lock } from './lock.js';
import { joinMetrics, type MetricValues, requirePrefix, StageMetrics } from './metrics.js';
import { cutRollouts, ROLLOUTS_FOLDER } from './rollouts.js';

/** What identifies a stage. Results under another fingerprint belong to another recipe, or to other data. */
export interface StageIdentity {
  /** From 0, in the order of the recipe. */
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  /** Hash of everything that its results depend on: its settings, those of its inputs, and the content of sources. */
  readonly fingerprint: string;
  /** Hashes of the models and data sets that it reads from outside the run, by field of the recipe. */
  readonly sources: Readonly<Record<string, string>>;
}

export const RECIPE_FILE = 'recipe.yaml';
export const EVENTS_FILE = 'events.jsonl';
/** The events of a run that ended before its end: by an error, which has `message` and `remedy`; by a request. */
export const RUN_FAILS = 'run fails';
export const RUN_STOPS = 'run stops';
const KEPT_FOLDER = 'kept';
export const IDENTITY_FILE = 'stage.json';
const identitySchema = z.object({
  name: z.string(),
  kind: z.string(),
  fingerprint: z.string(),
  sources: z.record(z.string(), z.string()).default({}),
});

export function stageFolder(stage: Pick<StageIdentity, 'index' | 'name'>): string {
  return `${String(stage.index + 1).padStart(2, '0')}-${stage.name}`;
}

/** In what a recorded recipe differs from the present one: settings by their paths, and whether it is another recipe. */
export type Differences = (recorded: string) => {
  readonly isAnother: boolean;
  readonly settings: readonly { readonly path: string; readonly before: unknown; readonly now: unknown }[];
};

const NO_DIFFERENCES: ReturnType<Differences> = { isAnother: false, settings: [] };

export interface RunDirectoryOptions {
  readonly directory: string;
  /** The resolved recipe, as YAML. */
  readonly recipe: string;
  readonly stages: readonly StageIdentity[];
  /** In what another recipe differs from this one, to name when its stages are refused. */
  readonly differences?: Differences;
  /** Require an earlier run to resume. By default an existing run is resumed and a missing one begun. */
  readonly resume?: boolean;
  /** The clock that events are stamped by. */
  readonly now?: () => Date;
}

export class RunDirectory {
  readonly directory: string;
  readonly #lock: Lock;
  readonly #events: JsonlAppender;
  readonly #now: () => Date;

  private constructor(directory: string, lock: Lock, events: JsonlAppender, now: () => Date) {
    this.directory = directory;
    this.#lock = lock;
    this.#events = events;
    this.#now = now;
  }

  /**
   * Opens or makes the directory and locks it. What an earlier process left is kept: finished stages stay done, and an
   * unfinished one resumes from its last checkpoint.
   * @throws {BusyError} when another process works in it
   * @throws {UsageError} when it holds stages of another recipe, naming them, or no run where one must be resumed
   */
  static async open(options: RunDirectoryOptions): Promise<RunDirectory> {
    const {
      directory,
      recipe,
      stages,
      differences = () => NO_DIFFERENCES,
      resume = false,
      now = () => new Date(),
    } = options;
    if (resume) requireEarlierRun(directory);
    await requireRunDirectory(directory);
    await makeDirectory(directory, MAKE);
    await makeDirectory(join(directory, 'stages'), actionOn(directory), directory);
    const lock = await acquireLock(directory);
    try {
      await requireSameRecipe(directory, stages, differences);
      await writeFileAtomically(join(directory, RECIPE_FILE), recipe);
      return new RunDirectory(directory, lock, await JsonlAppender.open(join(directory, EVENTS_FILE)), now);
    } catch (cause) {
      await lock.release();
      throw cause;
    }
  }

  /** Adds a line to events.jsonl, stamped with the time. */
  async event(event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#events.append({ time: this.#now().toISOString(), event, ...fields });
  }

  /**
   * Opens a stage.
   * @throws {StorageError} when it is done, but one of its files is missing or has changed since
   */
  async stage(identity: StageIdentity): Promise<StageDirectory> {
    return await StageDirectory.open(this, identity);
  }

  async close(): Promise<void> {
    await this.#events.sync();
    await this.#events.close();
    await this.#lock.release();
  }
}

async function readIdentity(directory: string): Promise<z.output<typeof identitySchema> | undefined> {
  const file = join(directory, IDENTITY_FILE);
  try {
    return identitySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw storageError('read', file, cause);
    throw new StorageError('the file does not say what this stage was made from', {
      file,
      remedy: `Delete ${directory} and run again; the stage is then made anew.`,
      cause,
    });
  }
}

/** The stages that were begun in a run directory, by folder; none when there is no run. */
async function begunStages(directory: string): Promise<ReadonlyMap<string, z.output<typeof identitySchema>>> {
  const begun = new Map<string, z.output<typeof identitySchema>>();
  const stages = join(directory, 'stages');
  if (!existsSync(stages)) return begun;
  for (const folder of (await readdir(stages)).sort()) {
    const found = await readIdentity(join(stages, folder));
    if (found !== undefined) begun.set(folder, found);
  }
  return begun;
}

/** Hashes of what the sources of a run held when its stages began, by field of the recipe. */
export async function recordedSources(directory: string): Promise<ReadonlyMap<string, string>> {
  const begun = await begunStages(directory);
  return new Map([...begun.values()].flatMap(({ sources }) => Object.entries(sources)));
}

const MAKE = 'make the run directory';

/** What a process is about to do with a run directory, for messages. */
const actionOn = (directory: string): string => (existsSync(directory) ? 'write in the run directory' : MAKE);

/**
 * @throws {UsageError} when a file is where the run directory is to be
 * @throws {StorageError} when a file is where one of the folders above it is to be, or it cannot be written
 */
export async function requireRunDirectory(directory: string): Promise<void> {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw storageError(MAKE, directory, cause);
  }
  if (found?.isDirectory() === false)
    throw new UsageError('the run directory is a file', { file: directory, remedy: 'Name another with --out.' });
  await requireWritable(directory, actionOn(directory));
}

/**
 * As `requireRunDirectory`, and makes an entry where the run would, and removes it again.
 * @throws {UsageError | StorageError} as `requireRunDirectory`, and when there can be no new entries
 */
export async function requireRunEntries(directory: string): Promise<void> {
  await requireRunDirectory(directory);
  await requireNewEntries(directory, actionOn(directory));
}

/** @throws {UsageError} when the directory holds no run */
export function requireEarlierRun(directory: string): void {
  if (existsSync(join(directory, RECIPE_FILE))) return;
  throw new UsageError('there is no earlier run to resume', {
    file: directory,
    remedy: 'Leave out --resume, or name its directory with --out.',
  });
}

/**
 * Stages may be added to a run, and changed before they start; those that have begun must be of this recipe.
 * @throws {UsageError} when the directory holds stages of another recipe, naming them and what differs
 */
export async function requireSameRecipe(
  directory: string,
  stages: readonly StageIdentity[],
  differences: Differences,
): Promise<void> {
  const byFolder = new Map(stages.map((stage) => [stageFolder(stage), stage]));
  const others: string[] = [];
  const changed = new Set<string>();
  for (const [folder, found] of await begunStages(directory)) {
    const wanted = byFolder.get(folder);
    if (wanted?.fingerprint === found.fingerprint) continue;
    others.push(folder);
    for (const [field, content] of Object.entries(found.sources)) {
      const now = wanted?.sources[field];
      if (now !== undefined && now !== content) changed.add(field);
    }
  }
  if (others.length === 0) return;
  const why = changed.size === 0 ? '' : `, because the contents of ${[...changed].join(' and ')} have changed`;
  const file = join(directory, RECIPE_FILE);
  const { isAnother, settings } = existsSync(file) ? differences(await readText(file)) : NO_DIFFERENCES;
  throw new UsageError(
    `the run directory holds stages that this recipe would make differently${why}: ${others.join(', ')}${differencesText({ settings })}`,
    {
      file: directory,
      remedy: isAnother
        ? 'It belongs to another recipe: choose another directory with --out.'
        : 'Choose another directory with --out, which keeps these results; or delete the folders of these stages to run them again.',
    },
  );
}

/** Most settings that a refusal names. */
const MOST_DIFFERENCES = 8;

function differencesText({ settings }: Pick<ReturnType<Differences>, 'settings'>): string {
  if (settings.length === 0) return '';
  const shown = settings.slice(0, MOST_DIFFERENCES);
  const more = settings.length === shown.length ? '' : ` and ${settings.length - shown.length} more`;
  const change = ({ before, now }: (typeof settings)[number]) => `was ${valueText(before)}, now ${valueText(now)}`;
  const changes = shown.length === 1 ? shown.map(change) : shown.map((setting) => `${setting.path} ${change(setting)}`);
  return `. Settings that differ: ${shown.map(({ path }) => path).join(', ')}${more} (${changes.join('; ')})`;
}

function valueText(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

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
  readonly #run: RunDirectory;
  #metrics: StageMetrics | undefined;

  private constructor(run: RunDirectory, identity: StageIdentity, directory: string, manifest: Manifest | undefined) {
    this.#run = run;
    this.identity = identity;
    this.directory = directory;
    this.manifest = manifest;
  }

  static async open(run: RunDirectory, identity: StageIdentity): Promise<StageDirectory> {
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
