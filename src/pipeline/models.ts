/** The models of a recipe: bundled, on disk, from the hub, or left by an earlier stage. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fetchModel } from '../data/hub.js';
import type { ModelSource } from '../engine/engine.js';
import { InputError, StorageError } from '../errors.js';
import type { ModelSettings } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';

const BUILTIN_MODELS = fileURLToPath(new URL('../../models/', import.meta.url));
const ADAPTER_CONFIG = 'adapter_config.json';
const adapterConfig = z.looseObject({ base_model_name_or_path: z.string().min(1) });

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** A folder that holds a model, or an adapter with the path of its base. */
export async function modelIn(directory: string): Promise<ModelSource> {
  const config = join(directory, ADAPTER_CONFIG);
  if (!(await isThere(config))) {
    if (await isThere(join(directory, 'config.json'))) return { directory };
    throw new StorageError('no model is here', {
      file: directory,
      remedy: `Give a folder with config.json and model.safetensors, or with ${ADAPTER_CONFIG}.`,
    });
  }
  const parsed = adapterConfig.safeParse(JSON.parse(await readFile(config, 'utf8')));
  if (!parsed.success)
    throw new InputError('the adapter names no base model', { file: config, field: 'base_model_name_or_path' });
  return { directory: parsed.data.base_model_name_or_path, adapter: directory };
}

/** A model that a recipe names under `models`. */
export async function modelOf({ source, adapter }: ModelSettings): Promise<ModelSource> {
  const parsed = parseModelSource(source);
  const directory =
    parsed.kind === 'builtin'
      ? join(BUILTIN_MODELS, parsed.name)
      : parsed.kind === 'hub'
        ? await fetchModel(parsed.repository, parsed.revision)
        : parsed.path;
  if (adapter === null) return modelIn(directory);
  if (!(await isThere(join(adapter, ADAPTER_CONFIG)))) {
    throw new StorageError('no adapter is here', {
      file: dirname(join(adapter, ADAPTER_CONFIG)),
      remedy: `Give a folder with ${ADAPTER_CONFIG}.`,
    });
  }
  return { directory, adapter };
}
