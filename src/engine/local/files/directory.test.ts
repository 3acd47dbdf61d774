import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { InputError, NumericError, RltError, StorageError, UnsupportedError } from '../../../errors.js';
import { readAdapter, readAdapterConfig, writeAdapter } from './adapter.js';
import { parameterShapes } from './architecture.js';
import { type ModelDirectory, readModelDirectory, writeModelDirectory } from './directory.js';
import { openSafetensors, writeSafetensors } from './safetensors.js';
import { readIndex } from './weights.js';

const GOLDENS = fileURLToPath(new URL('../../../../src/engine/local/goldens/', import.meta.url));

let scratch = '';
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'rlt-directory-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** A copy of a golden model that a test may damage. */
function copyOf(name: string): string {
  const path = join(scratch, name);
  cpSync(join(GOLDENS, name), path, { recursive: true });
  return path;
}

async function valuesOf(model: ModelDirectory): Promise<[string, readonly number[], Float32Array][]> {
  const values: [string, readonly number[], Float32Array][] = [];
  for (const [name, shape] of parameterShapes(model.architecture))
    values.push([name, shape, await model.readParameter(name)]);
  return values;
}

async function load(path: string): Promise<[string, readonly number[], Float32Array][]> {
  const model = await readModelDirectory(path);
  try {
    return await valuesOf(model);
  } finally {
    await model.close();
  }
}

/** Rewrites the weights of a one-file model with changed tensors. */
async function rewrite(
  path: string,
  change: (tensors: Map<string, { shape: readonly number[]; values: Float32Array }>) => void,
): Promise<void> {
  const file = join(path, 'model.safetensors');
  const weights = await openSafetensors(file);
  const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const [name, { shape }] of weights.tensors) tensors.set(name, { shape, values: await weights.read(name) });
  await weights.close();
  change(tensors);
  const handle = await open(file, 'w');
  await writeSafetensors(
    handle,
    file,
    new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    [...tensors].map(([name, { values }]) => [name, values] as const),
  );
  await handle.close();
}

describe('reading a model directory', () => {
  test('missing weights, config or directory', async () => {
    await expect(load(join(scratch, 'nowhere'))).rejects.toBeInstanceOf(StorageError);
    const path = copyOf('llama-untied');
    rmSync(join(path, 'model.safetensors'));
    await expect(load(path)).rejects.toThrow(/neither model\.safetensors nor .*index\.json is there/);
    writeFileSync(join(path, 'pytorch_model.bin'), '');
    await expect(load(path)).rejects.toBeInstanceOf(UnsupportedError);
    rmSync(join(path, 'config.json'));
    await expect(load(path)).rejects.toThrow(/cannot read: .*\(ENOENT\).*config\.json/);
  });

  test('truncated weights', async () => {
    const path = copyOf('llama-untied');
    truncateSync(join(path, 'model.safetensors'), 20_000);
    await expect(load(path)).rejects.toThrow(/bytes follow|follow the header/);
  });

  test('a tensor too few, too many, or of another shape', async () => {
    const path = copyOf('llama-untied');
    await rewrite(path, (tensors) => tensors.delete('model.norm.weight'));
    await expect(load(path)).rejects.toThrow(/1 of 21 parameters are missing.*tensor model\.norm\.weight/);
    await rewrite(path, (tensors) => tensors.set('model.norm.weight', { shape: [4, 4], values: new Float32Array(16) }));
    await expect(load(path)).rejects.toThrow(/\[4, 4\] where config\.json gives \[16\].*model\.norm\.weight/);
    await rewrite(path, (tensors) => {
      tensors.set('model.norm.weight', { shape: [16], values: new Float32Array(16).fill(1) });
      tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [2], values: new Float32Array(2) });
    });
    expect(await load(path)).toHaveLength(21);
    await rewrite(path, (tensors) => tensors.set('score.weight', { shape: [1], values: new Float32Array(1) }));
    await expect(load(path)).rejects.toThrow(/does not have.*score\.weight/);
  });

  test('a tied head is accepted as a copy of the embedding only', async () => {
    const path = copyOf('smollm2');
    await rewrite(path, (tensors) => {
      const embedding = tensors.get('model.embed_tokens.weight');
      if (embedding) tensors.set('lm_head.weight', { ...embedding, values: embedding.values.slice() });
    });
    await load(path);
    await rewrite(path, (tensors) => tensors.get('lm_head.weight')?.values.fill(0.5, 3, 4));
    await expect(load(path)).rejects.toThrow(/differs from the embedding.*lm_head/);
  });

  test('a weight that is not finite', async () => {
    const path = copyOf('llama-untied');
    await rewrite(path, (tensors) => tensors.get('lm_head.weight')?.values.fill(Number.NaN, 5, 6));
    await expect(load(path)).rejects.toBeInstanceOf(NumericError);
    await expect(load(path)).rejects.toThrow(/element 5 is NaN.*lm_head\.weight/);
  });

  test('an index whose shards are missing, elsewhere or disagree', async () => {
    const path = copyOf('llama3-rope');
    expect(await load(path)).toHaveLength(20);
    const indexFile = join(path, 'model.safetensors.index.json');
    const index = JSON.parse(readFileSync(indexFile, 'utf8'));
    const withMap = (change: (map: Record<string, unknown>) => void) => {
      const map = { ...index.weight_map };
      change(map);
      writeFileSync(indexFile, JSON.stringify({ ...index, weight_map: map }));
      return expect(load(path)).rejects;
    };
    const norm = 'model.norm.weight';
    await withMap((map) => delete map[norm]).toThrow(/index does not list.*model\.norm\.weight/);
    await withMap((map) => (map[norm] = 'model-00001-of-00004.safetensors')).toThrow(
      /the index places it in|not there/,
    );
    await withMap((map) => (map.extra = 'model-00001-of-00004.safetensors')).toThrow(/not there.*tensor extra/);
    await withMap((map) => (map[norm] = 'model-00009-of-00004.safetensors')).toThrow(
      /a shard that the index names is missing/,
    );
    for (const shard of [
      '../model.safetensors',
      '/etc/x.safetensors',
      'a\\b.safetensors',
      '..',
      7,
      'x.bin',
      'a\0.safetensors',
    ]) {
      await withMap((map) => (map[norm] = shard)).toThrow(/is not the name of a shard/);
    }
    writeFileSync(indexFile, '{"weight_map":{}}');
    await expect(load(path)).rejects.toBeInstanceOf(InputError);
  });
});

describe('writing a model directory', () => {
  test.each(['llama-untied', 'llama3-rope', 'qwen2', 'qwen3'])(
    '%s comes back to the bit, whatever its files were',
    async (name) => {
      const model = await readModelDirectory(join(GOLDENS, name));
      const values = await valuesOf(model);
      const path = join(scratch, 'saved');
      await writeModelDirectory(path, model.architecture, values, { copyFrom: model.path });
      await model.close();
      expect(await load(path)).toEqual(values);
      const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
      const {
        torch_dtype: _,
        dtype: __,
        ...rest
      } = JSON.parse(readFileSync(join(GOLDENS, name, 'config.json'), 'utf8'));
      expect(config).toEqual({ ...rest, torch_dtype: 'float32' });
    },
  );

  test('companions go along, other files do not, and a directory may be written over itself', async () => {
    const path = copyOf('llama-untied');
    for (const name of [
      'tokenizer.json',
      'tokenizer_config.json',
      'chat_template.jinja',
      'generation_config.json',
      'LICENSE',
    ]) {
      writeFileSync(join(path, name), `content of ${name}`);
    }
    const model = await readModelDirectory(path);
    const values = await valuesOf(model);
    await model.close();
    const saved = join(scratch, 'saved');
    for (const copyFrom of [path, saved])
      await writeModelDirectory(saved, model.architecture, values, { copyFrom, type: 'F16' });
    expect(readdirSync(saved).sort()).toEqual(
      [
        'LICENSE',
        'chat_template.jinja',
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    );
    expect(readFileSync(join(saved, 'tokenizer.json'), 'utf8')).toBe('content of tokenizer.json');
    const again = await readModelDirectory(saved);
    await again.close();
    expect(again.architecture.declaredType).toBe('F16');
    expect(readdirSync(scratch).sort()).toEqual(['llama-untied', 'saved']);
    // What does not go along would be lost.
    await expect(writeModelDirectory(path, model.architecture, values, { copyFrom: path })).rejects.toThrow(
      'would delete adapter/, golden.json, golden.safetensors',
    );
  });

  test('a float of config.json stays one, which the classes of transformers insist on', async () => {
    const model = await readModelDirectory(join(GOLDENS, 'gemma2'));
    await writeModelDirectory(join(scratch, 'saved'), model.architecture, await valuesOf(model));
    await model.close();
    const saved = readFileSync(join(scratch, 'saved', 'config.json'), 'utf8');
    expect(saved).toMatch(/"final_logit_softcapping": 3\.0,\n/);
    expect(saved).toMatch(/"rope_theta": 10000\.0,\n/);
    expect(saved).toMatch(/"query_pre_attn_scalar": 6,\n/);
  });

  test("a companion that links to a file outside the model's directory is never copied", async () => {
    const from = copyOf('llama-untied');
    const secret = join(scratch, 'secret');
    writeFileSync(secret, 'a private key');
    const path = join(scratch, 'saved');
    const save = async (): Promise<void> => {
      const model = await readModelDirectory(from);
      const values = await valuesOf(model);
      await model.close();
      await writeModelDirectory(path, model.architecture, values, { copyFrom: from });
    };
    for (const target of [secret, join('..', 'secret'), join('..', 'missing')]) {
      symlinkSync(target, join(from, 'LICENSE'));
      await expect(save()).rejects.toThrow(/LICENSE/);
      expect(existsSync(path)).toBe(false);
      rmSync(join(from, 'LICENSE'));
    }
    // A folder beside the model whose name begins with the model's.
    mkdirSync(`${from}-secret`);
    writeFileSync(`${from}-secret/vocab.txt`, 'a private key');
    symlinkSync(`${from}-secret/vocab.txt`, join(from, 'vocab.txt'));
    await expect(save()).rejects.toThrow(InputError);
    await expect(save()).rejects.toThrow(/link that leaves .*vocab\.txt/s);
    rmSync(join(from, 'vocab.txt'));
    // Links within the directory are its own.
    writeFileSync(join(from, 'TERMS'), 'the terms');
    symlinkSync('TERMS', join(from, 'LICENSE'));
    await save();
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe('the terms');
  });

  test('the links of a hub cache are followed, through a link to the snapshot too', async () => {
    const cache = join(scratch, 'models--owner--name');
    const snapshot = join(cache, 'snapshots', '0123456789');
    mkdirSync(join(cache, 'snapshots'), { recursive: true });
    mkdirSync(join(cache, 'blobs'));
    cpSync(join(GOLDENS, 'llama-untied'), snapshot, { recursive: true });
    writeFileSync(join(cache, 'blobs', 'abc'), 'the terms');
    symlinkSync('../../blobs/abc', join(snapshot, 'LICENSE'));
    const from = join(scratch, 'linked');
    symlinkSync(snapshot, from);
    const model = await readModelDirectory(from);
    const values = await valuesOf(model);
    await model.close();
    const path = join(scratch, 'saved');
    await writeModelDirectory(path, model.architecture, values, { copyFrom: from });
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe('the terms');
    symlinkSync('../../../secret', join(snapshot, 'NOTICE'));
    writeFileSync(join(scratch, 'secret'), 'a private key');
    await expect(writeModelDirectory(path, model.architecture, values, { copyFrom: from })).rejects.toThrow(InputError);
  });

  test('what is copied from read-only files can be written to', async () => {
    const from = copyOf('llama-untied');
    writeFileSync(join(from, 'tokenizer.json'), 'a tokenizer');
    for (const name of ['tokenizer.json', 'config.json', 'model.safetensors']) chmodSync(join(from, name), 0o444);
    const model = await readModelDirectory(from);
    const values = await valuesOf(model);
    await model.close();
    const path = join(scratch, 'saved');
    // Twice: the second replaces the first.
    for (const copyFrom of [from, path]) {
      await writeModelDirectory(path, model.architecture, values, { copyFrom });
      expect(readFileSync(join(path, 'tokenizer.json'), 'utf8')).toBe('a tokenizer');
      for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o200, name).toBe(0o200);
    }
  });

  test.each(['config.json', 'model.safetensors'])(
    'a Git LFS pointer in place of %s is called by name',
    async (name) => {
      const path = copyOf('llama-untied');
      writeFileSync(join(path, name), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n');
      await expect(readModelDirectory(path)).rejects.toThrow(new RegExp(`Git LFS pointer.*${name}.*\n.*git lfs pull`));
    },
  );

  test('a write that fails leaves the old directory and nothing beside it', async () => {
    const path = copyOf('llama-untied');
    for (const name of ['adapter', 'golden.json', 'golden.safetensors']) rmSync(join(path, name), { recursive: true });
    const model = await readModelDirectory(path);
    const values = await valuesOf(model);
    const damaged = values.map(([name, shape, array], i): [string, readonly number[], Float32Array] => {
      return [name, shape, i === 9 ? array.map(() => Number.POSITIVE_INFINITY) : array];
    });
    await expect(writeModelDirectory(path, model.architecture, damaged)).rejects.toBeInstanceOf(NumericError);
    await expect(writeModelDirectory(path, model.architecture, values.slice(1))).rejects.toThrow(
      /1 tensors were not given/,
    );
    await model.close();
    expect(await load(path)).toEqual(values);
    expect(readdirSync(scratch)).toEqual(['llama-untied']);
  });
});

describe('adapters in the form of peft', () => {
  const NAMES = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

  async function layersOf(name: string) {
    const model = await readModelDirectory(join(GOLDENS, name));
    await model.close();
    return [...parameterShapes(model.architecture)].flatMap(([tensor, [outputSize = 0, inputSize = 0]]) => {
      const module = tensor.replace(/\.weight$/, '');
      const kind = module.split('.').at(-1) ?? '';
      return NAMES.includes(kind) && tensor.endsWith('.weight') ? [{ module, kind, inputSize, outputSize }] : [];
    });
  }

  test.each(['llama-untied', 'llama-biases', 'qwen2', 'qwen3'])(
    '%s: what peft wrote is read, written and read again',
    async (name) => {
      const layers = await layersOf(name);
      const adapter = await readAdapter(join(GOLDENS, name, 'adapter'), layers);
      const golden = JSON.parse(readFileSync(join(GOLDENS, name, 'golden.json'), 'utf8')).lora;
      const { targets, layers: adapted } = adapter.form;
      expect(targets).toMatchObject({ r: golden.rank, lora_alpha: golden.alpha });
      expect(targets.target_modules).toEqual([...golden.targets].sort());
      expect(adapted).toEqual(
        layers
          .filter(({ kind }) => golden.targets.includes(kind))
          .map((layer) => ({ ...layer, rank: golden.rank, scale: golden.alpha / golden.rank })),
      );
      expect(adapter.values.size).toBe(2 * 2 * golden.targets.length);
      const path = join(scratch, 'adapter');
      await writeAdapter(path, { ...adapter, base: 'base' });
      expect(await readAdapter(path, layers)).toEqual(adapter);
      const tensors = async (directory: string) => {
        const file = await openSafetensors(join(directory, 'adapter_model.safetensors'));
        await file.close();
        return [...file.tensors.values()].map(({ name: tensor, shape }) => ({ tensor, shape }));
      };
      expect(await tensors(path)).toEqual(await tensors(join(GOLDENS, name, 'adapter')));
    },
  );

  test('names its base by the way from its folder to it, or as the hub does', async () => {
    const layers = await layersOf('qwen3');
    const adapter = await readAdapter(join(GOLDENS, 'qwen3', 'adapter'), layers);
    const named = async (path: string, base: string) => {
      await writeAdapter(join(scratch, path), { ...adapter, base: join(scratch, base) });
      const config = JSON.parse(readFileSync(join(scratch, path, 'adapter_config.json'), 'utf8'));
      return [config.base_model_name_or_path, config.revision];
    };
    vi.stubEnv('RLT_CACHE', join(scratch, 'cache'));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await named('run/stages/07-tuned/model', 'run/stages/06-whole/model')).toEqual([
      '../../06-whole/model',
      null,
    ]);
    // `own/base` would be the name of a model on the hub.
    expect(await named('adapter', 'adapter/own/base')).toEqual(['./own/base', null]);
    expect(await named('adapter', 'cache/hub/models/owner/name/v1.0/files')).toEqual(['owner/name', 'v1.0']);
    expect(await named('adapter', 'cache/hub/models/owner/name/v1.0/files/more')).toEqual([
      '../cache/hub/models/owner/name/v1.0/files/more',
      null,
    ]);
  });

  test('names its base by the way between real places, whatever links lead to them', async () => {
    const adapter = await readAdapter(join(GOLDENS, 'qwen3', 'adapter'), await layersOf('qwen3'));
    mkdirSync(join(scratch, 'disk/deep/runs'), { recursive: true });
    cpSync(join(GOLDENS, 'qwen3'), join(scratch, 'project/base'), { recursive: true });
    symlinkSync(join(scratch, 'disk/deep/runs'), join(scratch, 'project/runs'));
    const path = join(scratch, 'project/runs/x/model');
    await writeAdapter(path, { ...adapter, base: join(scratch, 'project/base') });
    const { base_model_name_or_path: named } = JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'));
    expect(named).toBe('../../../../../project/base');
    // As the file system takes it, and as peft does from within the folder.
    expect(existsSync(`${path}/${named}/config.json`)).toBe(true);
  });

  test('what is not plain LoRA, or belongs to another model, is refused', async () => {
    const layers = await layersOf('llama-untied');
    const path = join(scratch, 'adapter');
    cpSync(join(GOLDENS, 'llama-untied', 'adapter'), path, { recursive: true });
    const file = join(path, 'adapter_config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const withConfig = (changes: object) => {
      writeFileSync(file, JSON.stringify({ ...config, ...changes }));
      return expect(readAdapter(path, layers)).rejects;
    };
    await withConfig({ peft_type: 'IA3' }).toThrow(/adapter of type "IA3"/);
    for (const changes of [
      { use_dora: true },
      { use_qalora: true },
      { target_parameters: ['experts'] },
      { bias: 'all' },
      { modules_to_save: ['lm_head'] },
      { init_lora_weights: 'pissa' },
      { a_future_variant: { scale: 2 } },
    ]) {
      await withConfig(changes).toBeInstanceOf(UnsupportedError);
      await withConfig(changes).toThrow(new RegExp(`field ${Object.keys(changes)[0]}`));
    }
    await withConfig({ target_modules: ['q_proj', 'lm_head'] }).toThrow(/adapters of lm_head/);
    await withConfig({ target_modules: '.*' }).toThrow(/adapters of model\.embed_tokens and lm_head/);
    await withConfig({ target_modules: ['c_attn'] }).toThrow(/\["c_attn"\] names no linear layer of this model/);
    await withConfig({ rank_pattern: { q_proj: 8 } }).toThrow(/where rank and layer give \[8, 16\]/);
    await withConfig({ target_modules: '((a' }).toThrow(/the pattern .* cannot be applied/);
    await withConfig({ target_modules: '(([a-z_.0-9]+)*)*!' }).toThrow(/the pattern .* cannot be applied/);
    await withConfig({ target_modules: 'q_proj', layers_to_transform: [0] }).toThrow(/needs a list/);
    await withConfig({ layers_pattern: 'layers' }).toThrow(/layers_pattern without layers_to_transform/);
    await withConfig({ r: 0 }).toBeInstanceOf(InputError);
    await withConfig({ r: 8 }).toThrow(/where rank and layer give/);
    await withConfig({ target_modules: ['q_proj'] }).toThrow(/belongs to no targeted layer/);
    await withConfig({ target_modules: NAMES }).toThrow(/factors are missing/);
    writeFileSync(file, JSON.stringify(config));
    await expect(readAdapter(path, await layersOf('qwen3'))).rejects.toBeInstanceOf(InputError);
  });
});

test('whatever an index or an adapter config says, only typed errors come out', () => {
  const adapter = fc.dictionary(
    fc.constantFrom('peft_type', 'r', 'lora_alpha', 'target_modules', 'bias', 'init_lora_weights', 'other'),
    fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>('LORA', 'none', 8, ['q_proj'], null)),
  );
  const index = fc.record({ weight_map: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.string())) });
  const texts = fc.oneof(
    fc.oneof(adapter, index).map((object) => JSON.stringify(object)),
    fc.json(),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const read of [() => readIndex(text, 'x'), () => readAdapterConfig(text, 'x')]) {
        try {
          read();
        } catch (error) {
          if (!(error instanceof RltError)) throw error;
        }
      }
    }),
    { numRuns: 1000 },
  );
});
