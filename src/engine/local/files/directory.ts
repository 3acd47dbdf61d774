/** A model as a Hugging Face directory, read strictly and written whole. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readUnswapped, recoverDirectory } from '../../../directory-swap.js';
import { decodeUtf8 } from '../../../downloaded-file.js';
import { InputError, NumericError } from '../../../errors.js';
import { listFiles, readBytes, writeSynced } from '../../../storage.js';
import { storageError } from '../../../system-errors.js';
import { type Architecture, type FloatType, parameterShapes } from './architecture.js';
import { readArchitecture } from './config.js';
import { FAMILIES } from './families.js';
import { type JsonObject, stringifyWithFloats } from './json.js';
import { writeSafetensors } from './safetensors.js';
import { COMPANIONS, writeSavedFolder } from './saved-folder.js';
import { openWeights, WEIGHTS_FILE, type Weights } from './weights.js';

const CONFIG_FILE = 'config.json';

/**
 * A directory whose config and weights belong together: every parameter is there, in its shape, and nothing else is.
 */
export interface ModelDirectory {
  /** Absolute. */
  readonly path: string;
  readonly architecture: Architecture;
  /** Names of the files that `writeModelDirectory` copies. */
  readonly companions: readonly string[];
  /**
   * The numbers of a parameter by its Hugging Face name, row-major.
   *
   * @throws {InputError} when the architecture has no such tensor
   * @throws {NumericError} when a number is not finite
   */
  readParameter(name: string, into?: Float32Array): Promise<Float32Array>;
  /** Closes the weight files; `readParameter` works no more. */
  close(): Promise<void>;
}

/**
 * Opens a model directory and checks config.json and the headers of all weight files. No weights are read yet.
 *
 * @throws {StorageError} when a file is missing or cannot be read
 * @throws {InputError} when a file is invalid
 * @throws {UnsupportedError} when the model is one that cannot be computed
 */
export async function readModelDirectory(directory: string): Promise<ModelDirectory> {
  const path = resolve(directory);
  await recoverDirectory(path);
  return readUnswapped(
    path,
    () => openModelDirectory(path),
    (opened) => opened.close(),
  );
}

async function openModelDirectory(path: string): Promise<ModelDirectory> {
  const names = await listFiles(path);
  const configPath = join(path, CONFIG_FILE);
  const architecture = readArchitecture(decodeUtf8(await readBytes(configPath), configPath), configPath);
  const shapes = parameterShapes(architecture);
  const weights = await openWeights(path);
  try {
    checkShapes(path, shapes, weights);
    if (architecture.tiedEmbeddings) await checkTiedHead(path, weights);
  } catch (cause) {
    await weights.close();
    throw cause;
  }
  return {
    path,
    architecture,
    companions: names.filter((name) => COMPANIONS.test(name)),
    async readParameter(name, into) {
      if (!shapes.has(name))
        throw new InputError('the architecture has no such parameter', { file: path, tensor: name });
      const values = await weights.read(name, into);
      requireFinite(values, join(path, weights.tensors.get(name)?.file ?? ''), name);
      return values;
    },
    close: () => weights.close(),
  };
}

const TIED_HEAD = 'lm_head.weight';
const TIED_EMBEDDING = 'model.embed_tokens.weight';

/** Derived tables that older versions of transformers saved; they follow from config.json. */
function isDerived(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || name.endsWith('.attention.masked_bias');
}

function checkShapes(directory: string, shapes: ReadonlyMap<string, readonly number[]>, weights: Weights): void {
  const missing = [...shapes.keys()].filter((name) => !weights.tensors.has(name));
  if (missing.length > 0) {
    throw new InputError(`${missing.length} of ${shapes.size} parameters are missing`, {
      file: directory,
      tensor: missing[0] ?? '',
      remedy: 'Fetch the weights again; config.json and weights must belong to one model.',
    });
  }
  for (const [name, { shape, file }] of weights.tensors) {
    const expected = shapes.get(name) ?? (name === TIED_HEAD ? shapes.get(TIED_EMBEDDING) : undefined);
    const place = { file: join(directory, file), tensor: name };
    if (expected === undefined) {
      if (isDerived(name)) continue;
      throw new InputError('a tensor that this architecture does not have', {
        ...place,
        remedy: 'config.json and weights must belong to one model. An adapter goes into its own directory.',
      });
    }
    if (shape.join() !== expected.join()) {
      throw new InputError(`a shape of [${shape.join(', ')}] where config.json gives [${expected.join(', ')}]`, {
        ...place,
        remedy: 'config.json and weights must belong to one model.',
      });
    }
  }
}

/** Some checkpoints with tied embeddings carry the head all the same: only as an exact copy has it one meaning. */
async function checkTiedHead(directory: string, weights: Weights): Promise<void> {
  const head = weights.tensors.get(TIED_HEAD);
  if (head === undefined) return;
  const [a, b] = [await weights.read(TIED_HEAD), await weights.read(TIED_EMBEDDING)];
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i])) {
      throw new InputError('tie_word_embeddings is true, but this differs from the embedding', {
        file: join(directory, head.file),
        tensor: TIED_HEAD,
        remedy: 'Set tie_word_embeddings to false in config.json if the head is meant to differ.',
      });
    }
  }
}

function requireFinite(values: Float32Array, file: string, tensor: string): void {
  // 0 * x is 0 for finite x, else NaN: one addition an element instead of a call.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * (values[i] as number);
  if (sum === 0) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  throw new NumericError(`element ${at} is ${values[at]}`, {
    file,
    tensor,
    remedy: 'Use weights without NaN or infinity.',
  });
}

export interface WriteOptions {
  /** A model directory whose companions (tokenizer, chat template, generation config, licence) are copied. */
  readonly copyFrom?: string;
  /** Number type of the file, default F32. */
  readonly type?: FloatType;
}

const TYPE_NAMES: Readonly<Record<FloatType, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * Writes a directory that transformers loads: config.json, model.safetensors and the companions. Put in its place
 * whole (see writeSavedFolder), so `copyFrom` may be the directory itself.
 *
 * @param parameters every parameter of the architecture once, in any order.
 * @throws {UsageError} when something else than a saved model is at `directory`
 * @throws {StorageError} when it cannot be written; what was at `directory` before is then untouched
 * @throws {InputError} when a tensor is missing or of another size, or a companion links to a file elsewhere
 * @throws {NumericError} when a number is not finite
 */
export async function writeModelDirectory(
  directory: string,
  architecture: Architecture,
  parameters: Iterable<readonly [name: string, shape: readonly number[], values: Float32Array]>,
  options: WriteOptions = {},
): Promise<void> {
  const { copyFrom, type = 'F32' } = options;
  await writeSavedFolder('model', directory, async (partial) => {
    if (copyFrom !== undefined) await copyCompanions(copyFrom, partial);
    const config = stringifyWithFloats(configOf(architecture, type), architecture.floatKeys ?? []);
    await writeSynced(join(partial, CONFIG_FILE), `${config}\n`);
    const shapes = parameterShapes(architecture);
    const values = checked(parameters, shapes, directory);
    await writeSynced(join(partial, WEIGHTS_FILE), (handle) =>
      writeSafetensors(handle, join(directory, WEIGHTS_FILE), shapes, values, { type, metadata: { format: 'pt' } }),
    );
  });
}

function* checked(
  parameters: Iterable<readonly [string, readonly number[], Float32Array]>,
  shapes: ReadonlyMap<string, readonly number[]>,
  directory: string,
): Generator<readonly [string, Float32Array]> {
  for (const [name, shape, values] of parameters) {
    if (shape.join() !== shapes.get(name)?.join()) {
      throw new InputError(`a shape of [${shape.join(', ')}] that the architecture does not give`, {
        file: directory,
        tensor: name,
      });
    }
    requireFinite(values, directory, name);
    yield [name, values];
  }
}

/**
 * Refuses companions that are links to files outside the model's directory: the contents would go into every model that
 * is saved from it, and be published with it. The links of a hub cache (`snapshots/<commit>/NAME` to `blobs/HASH`) stay
 * within their model.
 * @throws {InputError} when a companion is such a link
 */
export async function requireOwnCompanions(directory: string): Promise<void> {
  for (const name of await listFiles(directory)) {
    if (!COMPANIONS.test(name)) continue;
    const file = join(directory, name);
    try {
      const [home, target] = [await realpath(directory), await realpath(file)];
      if (isWithin(target, home) || isWithin(target, blobsOf(home))) continue;
    } catch (cause) {
      throw storageError('follow the link', file, cause);
    }
    throw new InputError("the file is a link that leaves the model's directory", {
      file,
      remedy: 'It would be copied into the models that are saved. Put a copy of the file in the place of the link.',
    });
  }
}

/** The folder of contents that the snapshots of a hub cache link to; undefined for any other directory. */
function blobsOf(home: string): string | undefined {
  const snapshots = dirname(home);
  return basename(snapshots) === 'snapshots' ? join(dirname(snapshots), 'blobs') : undefined;
}

function isWithin(path: string, directory: string | undefined): boolean {
  if (directory === undefined) return false;
  const inside = relative(directory, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

async function copyCompanions(from: string, to: string): Promise<void> {
  await requireOwnCompanions(from);
  for (const name of await listFiles(from)) {
    if (!COMPANIONS.test(name)) continue;
    // The contents alone: a copy of a read-only file could not be written to, nor replaced by the next run.
    await writeSynced(join(to, name), await readBytes(join(from, name)));
  }
}

/** config.json as it was read, with the number type of the new file. */
function configOf({ raw, family }: Architecture, type: FloatType): JsonObject {
  const { torch_dtype: _old, dtype: _new, ...rest } = raw;
  // transformers 4 reads torch_dtype, 5 reads both.
  return { architectures: [FAMILIES[family].class], ...rest, torch_dtype: TYPE_NAMES[type] };
}
