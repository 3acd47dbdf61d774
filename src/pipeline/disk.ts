/**
 * Predicts what a run writes on the disk, and holds it against what is free there. Models, checkpoints and kept models
 * follow from the shapes of what learns, records from their own prediction, texts from the lengths of the data.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { engineKindOf } from '../engine/kinds.js';
import { type SavedSizes, savedSizes } from '../engine/model-files.js';
import { RecipeError } from '../errors.js';
import { namesText } from '../printable.js';
import { engineOfModel, engineSettings, samplerOfModel } from '../recipe/engines.js';
import { type FittingData, planRecipe, type StagePlan } from '../recipe/plan.js';
import { stageFolder } from '../run/begun-stages.js';
import { ROLLOUTS_FOLDER } from '../run/rollouts.js';
import { KEPT_FOLDER } from '../run/stage-directory.js';
import { LETTERS_PER_TOKEN } from '../stages/definition/plan.js';
import type { Stage } from '../stages/index.js';
import { freeBytes } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';
import { type ForecastOptions, gigabytes, sourceField, Uses } from './memory/memory.js';

/** What a stage writes of models. */
export interface ModelWriting {
  readonly sizes: SavedSizes;
  readonly steps: number;
  readonly checkpointEvery: number;
  readonly keepEvery: number | null;
  readonly keepsBest: boolean;
  /** Whether the stage makes the model, whose first weights it keeps beside it. */
  readonly isCreated: boolean;
  /** Whether another engine samples for the policy, from two folders in turn. */
  readonly isSampledElsewhere: boolean;
}

/** Bytes of a stage: those that stay when it is done, and the most that lie there before. */
interface StageBytes {
  readonly stays: number;
  readonly most: number;
}

/** Checkpoints that are kept; another lies beside them while it is written. */
const CHECKPOINTS = 2;

/** What a stage writes of models, its checkpoints included, which go when it is done. */
export function modelBytes(writing: ModelWriting): StageBytes {
  const { sizes, steps, checkpointEvery, keepsBest } = writing;
  const { model, state, reference } = sizes;
  // None is written after the last step.
  const checkpoints = Math.floor((steps - 1) / checkpointEvery);
  const checkpoint = state + reference;
  const beside = (writing.isCreated ? model : 0) + (writing.isSampledElsewhere ? 2 * model : 0) + keptBytes(writing);
  const best = keepsBest ? state : 0;
  // What is replaced lies there until what takes its place is whole.
  const written = Math.max(model, best, checkpoints > CHECKPOINTS ? checkpoint : 0);
  const most = beside + Math.min(CHECKPOINTS, checkpoints) * checkpoint + best + written;
  return { stays: beside + model, most };
}

/** Of models of earlier steps. */
const keptBytes = ({ sizes, steps, keepEvery }: ModelWriting): number =>
  keepEvery === null ? 0 : Math.floor(steps / keepEvery) * sizes.model;

/** What the stages that will run write, in bytes, beside what lies there now. */
export interface DiskForecast {
  /** When all of them are done. */
  readonly stays: number;
  /** On the way. */
  readonly most: number;
  /** The stage in which that is; undefined where nothing more is written than lies there. */
  readonly fullest: string | undefined;
  /** What is free where the run lies; undefined where its file system does not say. */
  readonly free: number | undefined;
  /** Why the models of some stages are not counted. */
  readonly unknown: ReadonlyMap<string, string>;
  /** By stage, what its settings decide about. */
  readonly optional: ReadonlyMap<string, OptionalBytes>;
}

interface OptionalBytes {
  /** Of models of earlier steps. */
  readonly kept: number;
  /** Of the record of rollouts. */
  readonly rollouts: number;
  /** Whether all weights learn, and an adapter still could in their place. */
  readonly isFull: boolean;
}

export interface DiskOptions extends Pick<ForecastOptions, 'recipe' | 'stages' | 'known' | 'hub'> {
  readonly runDirectory: string;
  readonly fitting?: FittingData;
  /** Bytes that can be written, for tests; absent: what the file system says. */
  readonly free?: number;
}

/** Of a completion that an explain or evaluate stage leaves, beside its own text: question, solution, ids, verdict. */
const ROW_BYTES = 300;
/** Numbers of a scored token, as a line of JSON has them. */
const SCORED_TOKEN_BYTES = 20;
/** Metrics of a step, which the stage and the run have, and its event. */
const STEP_BYTES = 600;
/** Manifests, recipe, identities, with the blocks that small files fill. */
const STAGE_BYTES = 20_000;

/** The texts and figures of a stage: a small share of a run but where its models are small. */
function textBytes({ steps = 0, items = 0, samples = 0, typical, kind }: StagePlan): number {
  const lines = STAGE_BYTES + steps * STEP_BYTES;
  if (kind === 'explain' || kind === 'evaluate')
    return lines + samples * ROW_BYTES + (typical?.sampled ?? 0) * LETTERS_PER_TOKEN;
  if (kind === 'score') return lines + items * ROW_BYTES + (typical?.read ?? 0) * SCORED_TOKEN_BYTES;
  return lines;
}

/** What a stage writes of models; why it is not known; undefined of one that trains none on this machine. */
async function modelWriting(
  { recipe }: DiskOptions,
  uses: Uses,
  stage: Stage,
  { steps }: StagePlan,
): Promise<ModelWriting | string | undefined> {
  // What a probe trains beside the policy is not saved, and comes behind it.
  const use = uses
    .planned(stage.name)
    ?.phases.flat()
    .find(({ training }) => training !== undefined);
  if (use === undefined || !('checkpointEvery' in stage)) return undefined;
  const engine = engineOfModel(recipe, use.model);
  // Servers keep what they train; a reference to it stays here.
  if (engineKindOf(engineSettings(recipe, engine)).memory === undefined) return undefined;
  if (steps === undefined) return 'its data have not been read';
  const complete = await uses.complete(use);
  const sizes = complete && (await savedSizes(complete));
  if (sizes === undefined) return `${sourceField(recipe, use.model)} is not on this machine yet`;
  return {
    sizes,
    steps,
    checkpointEvery: stage.checkpointEvery,
    keepEvery: 'keepEvery' in stage ? stage.keepEvery : null,
    keepsBest: 'keepBest' in stage && stage.keepBest !== false,
    isCreated: use.model === null,
    isSampledElsewhere: use.model !== null && samplerOfModel(recipe, use.model) !== undefined,
  };
}

/** Predicts what the stages write, one after the other. */
export async function forecastDisk(options: DiskOptions): Promise<DiskForecast> {
  const { recipe, stages, known, fitting, runDirectory } = options;
  const plan = planRecipe(recipe, undefined, known, fitting === undefined ? {} : { fitting });
  const uses = new Uses(options, plan);
  const unknown = new Map<string, string>();
  const optional = new Map<string, OptionalBytes>();
  let stays = 0;
  let most = 0;
  let fullest: string | undefined;
  for (const [index, stage] of recipe.stages.entries()) {
    const planned = plan.stages[index];
    if (planned === undefined || !stages.some(({ name }) => name === stage.name)) continue;
    const models = await modelWriting(options, uses, stage, planned);
    if (typeof models === 'string') unknown.set(stage.name, models);
    const writing = typeof models === 'string' ? undefined : models;
    const bytes = writing === undefined ? { stays: 0, most: 0 } : modelBytes(writing);
    const rollouts = planned.recording?.bytes ?? 0;
    // A begun stage has a part of this already, which is no longer free.
    const begun = await bytesBelow(runDirectory, stageFolder({ index, ...stage }));
    const beside = rollouts + textBytes(planned) - begun;
    if (stays + bytes.most + beside > most) {
      most = stays + bytes.most + beside;
      fullest = stage.name;
    }
    stays += bytes.stays + beside;
    // One that has begun goes on with the settings that it has.
    const isFull = writing !== undefined && begun === 0 && 'lora' in stage && stage.lora === null;
    optional.set(stage.name, { kept: writing === undefined ? 0 : keptBytes(writing), rollouts, isFull });
  }
  const free = options.free ?? (await freeBytes(runDirectory));
  return { stays: Math.max(0, stays), most: Math.max(0, most, stays), fullest, free, unknown, optional };
}

/** Bytes of what a begun stage has written: its folder, its record of rollouts and its kept models. */
async function bytesBelow(runDirectory: string, folder: string): Promise<number> {
  const places = ['stages', ROLLOUTS_FOLDER, KEPT_FOLDER].map((place) => join(runDirectory, place, folder));
  let total = 0;
  for (const place of places) {
    try {
      for (const entry of await readdir(place, { withFileTypes: true, recursive: true }))
        if (entry.isFile()) total += (await lstat(join(entry.parentPath ?? entry.path, entry.name))).size;
    } catch (cause) {
      if (!isAbsence(cause)) throw storageError('read', place, cause);
    }
  }
  return total;
}

/** Amounts in gigabytes, or in megabytes below one, with as many digits as tell them apart. */
function amountTexts(...bytes: readonly number[]): readonly string[] {
  if (bytes.some((one) => one >= 1e9)) return gigabytes(...bytes);
  const texts = (digits: number) => bytes.map((one) => `${(one / 1e6).toFixed(digits)} MB`);
  const few = texts(bytes.some((one) => one < 1e7) ? 1 : 0);
  return new Set(few).size === new Set(bytes).size ? few : texts(3);
}

function amountText(bytes: number): string {
  if (bytes >= 1e9) return gigabytes(bytes).join();
  return bytes < 1e6 ? 'less than 1 MB' : `${Math.round(bytes / 1e6)} MB`;
}

const aboutText = (bytes: number): string => (bytes < 1e6 ? amountText(bytes) : `about ${amountText(bytes)}`);

/** `about 1.2 GB, and about 3.4 GB on the way (in teach); 20.0 GB are free there` */
export function diskText({ stays, most, fullest, free }: DiskForecast): string {
  const [end, way] = [aboutText(stays), aboutText(most)];
  const onTheWay = end === way || fullest === undefined ? '' : `, and ${way} on the way (in ${fullest})`;
  return `${end}${onTheWay}${free === undefined ? '' : `; ${amountText(free)} are free there`}`;
}

/** What would make less of it, by name and with what it takes. */
function remedyText({ optional, fullest }: DiskForecast): string {
  const all = [...optional];
  const remedies = all.flatMap(([name, { kept, rollouts }]) => [
    ...(kept > 0 ? [`stages.${name}.keepEvery to null or a larger number (${amountText(kept)})`] : []),
    ...(rollouts > 0
      ? [`stages.${name}.rollouts to null, or to a smaller maxMegabytes (${amountText(rollouts)})`]
      : []),
  ]);
  const full = all.flatMap(([name, { isFull }]) => (isFull ? [name] : []));
  if (full.length > 0) remedies.push(`lora to {} in ${namesText(full)}: an adapter is saved in place of all weights`);
  return [
    'Free space there, or choose a directory on another disk with --out.',
    ...(remedies.length === 0 ? [] : [`Or set ${remedies.join('; or ')}.`]),
    ...(fullest === undefined
      ? []
      : ['A larger checkpointEvery does not help while a stage still writes two: as many are kept.']),
  ].join(' ');
}

/**
 * Predicts what the stages write.
 * @throws {RecipeError} when that is more than is free where the run lies
 */
export async function checkDisk(options: DiskOptions): Promise<DiskForecast> {
  const forecast = await forecastDisk(options);
  const { most, free } = forecast;
  if (free === undefined || most <= free) return forecast;
  const [needs, has] = amountTexts(most, free);
  throw new RecipeError([
    {
      message: `the run takes about ${needs} on the disk at the most (in ${forecast.fullest}), and ${has} are free there`,
      file: options.runDirectory,
      remedy: remedyText(forecast),
    },
  ]);
}
