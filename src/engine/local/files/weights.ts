/** The weights of a model directory: one `model.safetensors`, or shards and their index. */
import { basename, join } from 'node:path';
import { decodeUtf8 } from '../../../downloaded-file.js';
import { InputError, StorageError, UnsupportedError } from '../../../errors.js';
import { listFiles, readBytes } from '../../../storage.js';
import { isJsonObject, parseJsonObject } from './json.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';
import type { TensorEntry } from './safetensors-header.js';

export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** All tensors of a directory, whichever file holds each. */
export interface Weights {
  /** The name of each tensor's file, without the directory. */
  readonly tensors: ReadonlyMap<string, TensorEntry & { readonly file: string }>;
  /** As `SafetensorsFile` reads it. */
  read(name: string, into?: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens the weights; like transformers, prefers a single file to an index.
 *
 * @throws {StorageError} when weights or a shard are missing
 * @throws {InputError} when the index and its shards disagree
 */
export async function openWeights(directory: string): Promise<Weights> {
  const names = await listFiles(directory);
  if (names.includes(WEIGHTS_FILE)) return together([await openSafetensors(join(directory, WEIGHTS_FILE))]);
  if (!names.includes(INDEX_FILE)) throw noWeights(directory, names);
  const indexPath = join(directory, INDEX_FILE);
  const shardOf = readIndex(decodeUtf8(await readBytes(indexPath), indexPath), indexPath);
  const files: SafetensorsFile[] = [];
  try {
    for (const shard of [...new Set(shardOf.values())].sort()) {
      if (!names.includes(shard)) {
        throw new StorageError('a shard that the index names is missing', {
          file: join(directory, shard),
          remedy: 'Fetch the missing file.',
        });
      }
      files.push(await openSafetensors(join(directory, shard)));
    }
    checkIndex(shardOf, files, indexPath);
    return together(files);
  } catch (cause) {
    await Promise.all(files.map((file) => file.close()));
    throw cause;
  }
}

function noWeights(directory: string, names: readonly string[]): Error {
  const pickle = names.find((name) => /\.(bin|pt|pth|ckpt)$/.test(name));
  const gguf = names.find((name) => name.endsWith('.gguf'));
  if (pickle !== undefined || gguf !== undefined) {
    return new UnsupportedError(`weights in the form of ${pickle ?? gguf}`, {
      file: directory,
      remedy: `Convert them to ${WEIGHTS_FILE}: model.save_pretrained(directory) of transformers does so.`,
    });
  }
  return new StorageError(`neither ${WEIGHTS_FILE} nor ${INDEX_FILE} is there`, {
    file: directory,
    remedy: 'Give a Hugging Face model directory with its weights.',
  });
}

/** The index's weight_map: tensor -> shard. */
export function readIndex(text: string, file: string): ReadonlyMap<string, string> {
  const { weight_map: map } = parseJsonObject(text, file);
  if (!isJsonObject(map)) throw new InputError('no weight_map', { file, field: 'weight_map' });
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    // A path could lead out of the directory.
    if (
      typeof shard !== 'string' ||
      !shard.endsWith('.safetensors') ||
      basename(shard) !== shard ||
      /[\\/\0]/.test(shard)
    ) {
      throw new InputError(`${JSON.stringify(shard)} is not the name of a shard`, {
        file,
        field: 'weight_map',
        tensor,
        remedy: 'Shards are .safetensors files beside the index.',
      });
    }
    shardOf.set(tensor, shard);
  }
  if (shardOf.size === 0) throw new InputError('the weight_map is empty', { file, field: 'weight_map' });
  return shardOf;
}

function checkIndex(shardOf: ReadonlyMap<string, string>, files: readonly SafetensorsFile[], indexPath: string): void {
  for (const { path, tensors } of files) {
    const shard = basename(path);
    for (const tensor of tensors.keys()) {
      const expected = shardOf.get(tensor);
      if (expected === undefined) throw new InputError('a tensor that the index does not list', { file: path, tensor });
      if (expected !== shard) throw new InputError(`the index places it in ${expected}`, { file: path, tensor });
    }
    for (const [tensor, expected] of shardOf) {
      if (expected === shard && !tensors.has(tensor)) {
        throw new InputError(`the index places a tensor in ${shard} that is not there`, { file: indexPath, tensor });
      }
    }
  }
}

function together(files: readonly SafetensorsFile[]): Weights {
  const owners = new Map(files.flatMap((file) => [...file.tensors.keys()].map((name) => [name, file])));
  return {
    tensors: new Map(
      files.flatMap(({ path, tensors }) =>
        [...tensors].map(([name, entry]) => [name, { ...entry, file: basename(path) }] as const),
      ),
    ),
    async read(name, into) {
      const owner = owners.get(name);
      if (owner === undefined) throw new InputError('no such tensor', { tensor: name });
      return owner.read(name, into);
    },
    async close() {
      await Promise.all(files.map((file) => file.close()));
    },
  };
}
