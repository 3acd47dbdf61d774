/** Weights that learn, and their optimiser, on disk: what is restored continues bit-equally. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { InputError, StorageError } from '../../../errors.js';
import { verifyManifest, writeManifest } from '../../../manifest.js';
import { readText, writeSynced } from '../../../storage.js';
import { openSafetensors, writeSafetensors } from '../files/safetensors.js';
import { writeSavedFolder } from '../files/saved-folder.js';
import type { AdamState } from './adam.js';

type Values = ReadonlyMap<string, Float32Array>;

export interface TrainingState {
  readonly values: Values;
  readonly optimizer: AdamState;
}

/** alpha / rank of each layer that an adapter changes, in order; undefined where all weights learn. */
export type AdapterScales = readonly number[] | undefined;

const TENSORS = 'state.safetensors';
const STEPS = 'state.json';
const stepsSchema = z.strictObject({ steps: z.int().min(0), scales: z.array(z.number()).optional() });

/** One for all layers where they are the same. */
const inShort = (scales: AdapterScales): readonly number[] | undefined =>
  scales === undefined || new Set(scales).size !== 1 ? scales : scales.slice(0, 1);

const prefixed = (prefix: string, values: Values) =>
  [...values].map(([name, array]): [string, Float32Array] => [`${prefix}/${name}`, array]);

function writeTensors(file: string, tensors: readonly (readonly [string, Float32Array])[]): Promise<void> {
  const shapes = new Map(tensors.map(([name, array]) => [name, [array.length]]));
  return writeSynced(file, (handle) => writeSafetensors(handle, file, shapes, tensors));
}

const OF_ANOTHER = 'Resume with the model and adapter settings that the state was saved with.';

/** @throws {InputError} when the file has other tensors than those that are expected, by size */
async function readTensors(file: string, expected: ReadonlyMap<string, number>): Promise<Map<string, Float32Array>> {
  const source = await openSafetensors(file);
  try {
    const known = new Map<string, Float32Array>();
    const other = [...source.tensors.keys()].find((name) => !expected.has(name));
    if (other !== undefined)
      throw new InputError('a tensor that this model does not have', { file, tensor: other, remedy: OF_ANOTHER });
    for (const [name, size] of expected) {
      const array = await source.read(name);
      if (array.length !== size) {
        throw new InputError(`${array.length} numbers where this model has ${size}`, {
          file,
          tensor: name,
          remedy: OF_ANOTHER,
        });
      }
      known.set(name, array);
    }
    return known;
  } finally {
    await source.close();
  }
}

async function checkWhole(directory: string): Promise<void> {
  try {
    if ((await verifyManifest(directory)) === undefined) throw new StorageError('there is no manifest');
  } catch (error) {
    throw new StorageError(`the state cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      file: directory,
      remedy: 'Resume from an earlier checkpoint.',
      cause: error,
    });
  }
}

const sizes = (prefix: string, values: Values) =>
  [...values].map(([name, array]): [string, number] => [`${prefix}/${name}`, array.length]);

const taken = (prefix: string, all: Values) =>
  new Map(
    [...all]
      .filter(([name]) => name.startsWith(`${prefix}/`))
      .map(([name, array]) => [name.slice(prefix.length + 1), array]),
  );

/**
 * Writes a directory with all numbers exactly (float32), atomically, with checksums.
 * @throws {UsageError} when something else than a saved state is at `directory`
 * @throws {StorageError} when it cannot be written
 */
export async function writeTrainingState(
  directory: string,
  { values, optimizer }: TrainingState,
  scales: AdapterScales,
): Promise<void> {
  await writeSavedFolder('state', directory, async (beside) => {
    const tensors = [
      ...prefixed('value', values),
      ...prefixed('first', optimizer.first),
      ...prefixed('second', optimizer.second),
    ];
    await writeTensors(join(beside, TENSORS), tensors);
    await writeSynced(join(beside, STEPS), `${JSON.stringify({ steps: optimizer.steps, scales: inShort(scales) })}\n`);
    await writeManifest(beside);
  });
}

/**
 * Reads what `writeTrainingState` wrote for values of the same names and sizes.
 * @throws {StorageError} when a checksum is wrong
 * @throws {InputError} when the state belongs to another model, or to an adapter that is scaled otherwise
 */
export async function readTrainingState(
  directory: string,
  like: Values,
  scales: AdapterScales,
): Promise<TrainingState> {
  await checkWhole(directory);
  const file = join(directory, STEPS);
  const steps = stepsSchema.safeParse(JSON.parse(await readText(file)));
  if (!steps.success) throw new InputError(`not a training state: ${z.prettifyError(steps.error)}`, { file });
  // States of former versions do not have it.
  const [saved, own] = [steps.data.scales ?? inShort(scales), inShort(scales)];
  if (!isDeepStrictEqual(saved, own))
    throw new InputError(
      `an adapter with alpha / rank of ${saved?.join(', ')}, where that of this model is ${own?.join(', ')}`,
      { file, remedy: OF_ANOTHER },
    );
  const all = await readTensors(
    join(directory, TENSORS),
    new Map(['value', 'first', 'second'].flatMap((prefix) => sizes(prefix, like))),
  );
  return {
    values: taken('value', all),
    optimizer: { steps: steps.data.steps, first: taken('first', all), second: taken('second', all) },
  };
}

/**
 * Writes weights alone, exactly and atomically: a frozen copy.
 * @throws {UsageError} when something else than a saved state is at `directory`
 * @throws {StorageError} when it cannot be written
 */
export async function writeFrozenState(directory: string, values: Values): Promise<void> {
  await writeSavedFolder('state', directory, async (beside) => {
    await writeTensors(join(beside, TENSORS), [...values]);
    await writeManifest(beside);
  });
}

/**
 * Every tensor that `writeFrozenState` wrote.
 * @throws {StorageError} when a checksum is wrong
 * @throws {InputError} when the file is invalid
 */
export async function readFrozenState(directory: string): Promise<Map<string, Float32Array>> {
  await checkWhole(directory);
  const source = await openSafetensors(join(directory, TENSORS));
  try {
    const values = new Map<string, Float32Array>();
    for (const name of source.tensors.keys()) values.set(name, await source.read(name));
    return values;
  } finally {
    await source.close();
  }
}
