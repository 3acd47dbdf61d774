/** The tiny models with PyTorch's results that scripts/goldens/models.py writes, for tests of the local engine. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type {
  AdamSettings,
  DirectorySource,
  LoraSettings,
  SampledLogProbs,
  WeightedSequence,
} from '../engine/engine.js';
import { openSafetensors } from '../engine/local/files/safetensors.js';
import { type LocalModel, LocalPolicy } from '../engine/local/run/local-model.js';
import { Runtime, type RuntimeOptions } from '../engine/local/run/runtime.js';
import { localSettings } from '../engine/local/settings.js';
import { loadWeights, trainable } from '../engine/local/weights/weights-source.js';
import { type TokenIds, tokenIds } from '../text/tokens.js';

export const GOLDEN_MODELS = [
  'llama-untied',
  'llama-biases',
  'llama3-rope',
  'qwen2',
  'qwen3',
  'smollm2',
  'mistral',
  'mistral-window',
  'ministral',
  'seed-oss',
  'qwen2-full',
  'qwen2-window',
  'smollm3',
  'olmo2',
  'phi3',
  'granite',
  'gemma',
  'gemma2',
  'gemma3',
  'llama-linear',
  'qwen2-yarn',
] as const;
export type GoldenModel = (typeof GOLDEN_MODELS)[number];

/** Of these, models whose graphs hold every operation that any of them needs (golden.test.ts compares). */
export const EVERY_OPERATION = ['smollm2', 'qwen2-window', 'qwen3', 'phi3', 'gemma2'] as const;

/** The goldens are data: they stay with the sources. */
const FOLDER = new URL('../../src/engine/local/goldens/', import.meta.url);

export const goldenDirectory = (name: GoldenModel): string => fileURLToPath(new URL(name, FOLDER));
export const goldenSource = (name: GoldenModel): DirectorySource => ({
  kind: 'directory',
  directory: goldenDirectory(name),
});

interface Steps {
  readonly settings: AdamSettings;
  /** [step][sequence][position]. */
  readonly weights: readonly (readonly (readonly number[])[])[];
  readonly gradientNorms: readonly number[];
}

export interface Golden {
  readonly temperature: number;
  readonly sequences: readonly Omit<WeightedSequence, 'temperature'>[];
  /** By temperature, then [sequence][position - 1]: of every position. */
  readonly logProbs: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly objective: number;
  readonly greedy: { readonly prompt: TokenIds; readonly ids: TokenIds };
  readonly adamw: Steps;
  readonly lora: Omit<LoraSettings, 'seed'> & { readonly logProbs: Golden['logProbs']; readonly adamw: Steps };
  /** golden.safetensors. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

export async function readTensors(file: string): Promise<Map<string, Float32Array>> {
  const source = await openSafetensors(file);
  try {
    const tensors = new Map<string, Float32Array>();
    for (const name of source.tensors.keys()) tensors.set(name, await source.read(name));
    return tensors;
  } finally {
    await source.close();
  }
}

export async function readGolden(name: GoldenModel): Promise<Golden> {
  const directory = goldenDirectory(name);
  const golden = JSON.parse(await readFile(`${directory}/golden.json`, 'utf8')) as Omit<Golden, 'arrays'>;
  return { ...golden, arrays: await readTensors(`${directory}/golden.safetensors`) };
}

/** A runtime in this thread, of one thread. */
export const testRuntime = (settings: Parameters<typeof localSettings>[0] = {}, options?: RuntimeOptions): Runtime =>
  new Runtime(localSettings({ threads: 1, ...settings }), options);

export async function openPolicy(runtime: Runtime, source: DirectorySource, lora?: LoraSettings): Promise<LocalPolicy> {
  return new LocalPolicy(runtime, trainable(await loadWeights(source), lora));
}

/** log p of every token of the vocabulary after `ids`, at temperature 1. */
export async function distribution(
  model: Pick<LocalModel, 'logProbs' | 'facts'>,
  ids: readonly number[],
): Promise<Float32Array> {
  const sequences = Array.from({ length: model.facts.vocabularySize }, (_, token) => {
    return { ids: tokenIds([...ids, token]), positions: [ids.length], temperature: 1 };
  });
  return Float32Array.from(await model.logProbs(sequences), ([logProb]) => logProb ?? Number.NaN);
}

/** The log-probs that came with a completion. @throws {TypeError} when there are none */
export function valuesOf(logProbs: SampledLogProbs): Float32Array {
  if (logProbs.of === 'none') throw new TypeError('the completion has no log-probs');
  return logProbs.values;
}

/** log softmax of each row of `width` logits, in doubles. */
export function logSoftmax(logits: Float32Array, width: number): Float64Array[] {
  return Array.from({ length: logits.length / width }, (_, row) => {
    const own = Float64Array.from(logits.subarray(row * width, (row + 1) * width));
    const highest = Math.max(...own);
    const total = Math.log(own.reduce((sum, logit) => sum + Math.exp(logit - highest), 0)) + highest;
    return own.map((logit) => logit - total);
  });
}

/** Largest difference of two arrays. NaN where an element is. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs((a[i] as number) - (b[i] as number));
    if (!(gap <= most)) most = gap;
  }
  return most;
}

/** |a - b| / |b| in the L2 norm; 0 where both vanish. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let gap = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    gap += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (b[i] as number) ** 2;
  }
  return gap === 0 ? 0 : Math.sqrt(gap / size);
}
