import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, RltError, UnsupportedError } from '../../../errors.js';
import { GOLDEN_MODELS } from '../../../testing/goldens.js';
import { architectureOf, parameterShapes, readArchitecture } from './config.js';
import type { JsonObject } from './json.js';
import { inverseFrequencies } from './rope.js';
import { openWeights } from './weights.js';

const GOLDENS = new URL('../../../../src/engine/local/goldens/', import.meta.url);
const NAMES = GOLDEN_MODELS;

const LLAMA: JsonObject = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 128256,
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 16,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  max_position_embeddings: 131072,
  rms_norm_eps: 1e-5,
  hidden_act: 'silu',
  tie_word_embeddings: true,
  rope_theta: 500000,
  rope_scaling: {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  torch_dtype: 'bfloat16',
};

function without(field: string): JsonObject {
  return Object.fromEntries(Object.entries(LLAMA).filter(([key]) => key !== field));
}

function read(changes: JsonObject, from = LLAMA) {
  return architectureOf({ ...from, ...changes }, 'config.json');
}

describe('reading config.json', () => {
  test('Llama 3.2 1B, as transformers 4 wrote it', () => {
    const { raw, ...architecture } = read({});
    expect(raw).toEqual(LLAMA);
    expect(architecture).toEqual({
      family: 'llama',
      vocabularySize: 128256,
      hiddenSize: 2048,
      layers: 16,
      heads: 32,
      keyValueHeads: 8,
      headSize: 64,
      feedForwardSize: 8192,
      contextTokens: 131072,
      normEpsilon: 1e-5,
      ropeTheta: 500000,
      ropeScaling: {
        kind: 'llama3',
        factor: 32,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalContextTokens: 8192,
      },
      tiedEmbeddings: true,
      attentionBias: { query: false, key: false, value: false, output: false },
      queryKeyNorm: false,
      declaredType: 'BF16',
    });
  });

  test('rope_parameters of transformers 5 mean the same as rope_theta and rope_scaling', () => {
    const { rope_theta, rope_scaling, ...rest } = LLAMA;
    const { raw: _, ...older } = read({});
    const { raw: __, ...newer } = read(
      { rope_parameters: { ...(rope_scaling as JsonObject), rope_theta } as JsonObject },
      rest,
    );
    expect(newer).toEqual(older);
  });

  test('absent fields have the defaults of the transformers classes', () => {
    expect(read({}, without('head_dim')).headSize).toBe(64);
    expect(read({}, without('num_key_value_heads')).keyValueHeads).toBe(32);
    expect(read({}, without('tie_word_embeddings')).tiedEmbeddings).toBe(false);
    expect(read({}, without('rms_norm_eps')).normEpsilon).toBe(1e-6);
    expect(read({ rope_scaling: null }, without('rope_theta')).ropeTheta).toBe(10000);
    const qwen3 = { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], rope_scaling: null };
    expect(read(qwen3, without('head_dim')).headSize).toBe(128);
    expect(() => read(qwen3, without('num_key_value_heads'))).toThrow(/num_key_value_heads is missing/);
  });

  test('Qwen 2 has biases on q, k and v only; Qwen 3 has norms on q and k', () => {
    const qwen2 = read({ model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] });
    expect(qwen2.attentionBias).toEqual({ query: true, key: true, value: true, output: false });
    expect(qwen2.queryKeyNorm).toBe(false);
    const qwen3 = read({ model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] });
    expect(qwen3.attentionBias).toEqual({ query: false, key: false, value: false, output: false });
    expect(qwen3.queryKeyNorm).toBe(true);
    // A window that is switched off is no window.
    expect(read({ use_sliding_window: false, sliding_window: 4096 }).family).toBe('llama');
  });

  test.each<[string, JsonObject, string]>([
    ['another family', { model_type: 'gemma3' }, 'model_type'],
    ['a classifier', { architectures: ['LlamaForSequenceClassification'] }, 'architectures'],
    ['another activation', { hidden_act: 'gelu' }, 'hidden_act'],
    ['feed-forward biases', { mlp_bias: true }, 'mlp_bias'],
    ['a sliding window', { use_sliding_window: true, sliding_window: 4096 }, 'use_sliding_window'],
    ['mixed layers', { layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types'],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'quantization_config'],
    ['longrope', { rope_scaling: { rope_type: 'longrope', factor: 4 } }, 'rope_scaling.rope_type'],
    ['dynamic scaling by its old name', { rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_scaling.rope_type'],
    ['partial rotation', { partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
    ['8-bit floats', { torch_dtype: 'float8_e4m3fn' }, 'torch_dtype'],
    ['an inherited property as a type', { dtype: 'constructor' }, 'dtype'],
    ['an inherited property as a family', { model_type: 'toString' }, 'model_type'],
  ])('%s is refused with the list of what is supported', (_, changes, field) => {
    let caught: unknown;
    try {
      read(changes);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UnsupportedError);
    expect((caught as RltError).facts.field).toBe(field);
    expect((caught as RltError).message).toMatch(/Supported are .*llama.*qwen2.*qwen3.*silu.*bfloat16/);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['heads that cannot be shared', { num_key_value_heads: 5 }, /32 attention heads cannot share 5/],
    ['a fractional size', { hidden_size: 2048.5 }, /hidden_size/],
    ['a negative size', { num_hidden_layers: -1 }, /num_hidden_layers/],
    ['a size as text', { vocab_size: '128256' }, /vocab_size/],
    ['an absurd depth', { num_hidden_layers: 1e9 }, /num_hidden_layers/],
    ['an odd head', { head_dim: 63 }, /cannot be rotated in pairs/],
    ['hidden size no multiple of heads', { head_dim: null, hidden_size: 2049 }, /not a multiple/],
    [
      'two thetas',
      { rope_scaling: null, rope_parameters: { rope_theta: 1, rope_type: 'default' } },
      /rope_theta is both/,
    ],
    ['two scalings', { rope_parameters: { rope_type: 'default' } }, /different things/],
    ['llama3 without its factors', { rope_scaling: { rope_type: 'llama3', factor: 8 } }, /needs factor/],
    ['an epsilon of zero', { rms_norm_eps: 0 }, /rms_norm_eps/],
  ])('%s is an input error that names the file', (_, changes, message) => {
    expect(() => read(changes)).toThrow(InputError);
    expect(() => read(changes)).toThrow(message);
    expect(() => read(changes)).toThrow(/config\.json/);
  });

  test('a key that occurs twice is refused, also when one is escaped', () => {
    expect(() => readArchitecture('{"model_type":"llama","model_type":"qwen2"}', 'config.json')).toThrow(
      /occurs twice/,
    );
    expect(() => readArchitecture('{"a":{"b":[{"k":1,"\\u006b":2}]}}', 'config.json')).toThrow(/"k" occurs twice/);
    // The same key in two objects, or as a value, is none.
    expect(() => readArchitecture('{"a":{"k":"k"},"b":{"k":"a"},"c":["a","a","{"]}', 'config.json')).toThrow(
      /model_type is missing/,
    );
  });

  test('nesting that would exhaust the stack of a writer is refused', () => {
    for (const depth of [101, 200_000]) {
      const text = `{"model_type":"llama","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      expect(() => readArchitecture(text, 'config.json')).toThrow(InputError);
    }
  });

  test('whatever is changed, only typed errors come out', () => {
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom(0, -1, 1e308, 2 ** 53, '', null, [], {}));
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(LLAMA), 'rope_parameters', 'layer_types'), values),
        (changes) => {
          try {
            parameterShapes(read(changes as JsonObject));
          } catch (error) {
            if (!(error instanceof RltError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string(), fc.nat(400), fc.nat(20), (insert, at, cut) => {
        const text = JSON.stringify(LLAMA);
        try {
          readArchitecture(text.slice(0, at) + insert + text.slice(at + cut), 'config.json');
        } catch (error) {
          if (!(error instanceof RltError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what follows from an architecture', () => {
  test.each(NAMES)('%s: names and shapes are those that transformers saved', async (name) => {
    const directory = new URL(`${name}/`, GOLDENS);
    const architecture = readArchitecture(readFileSync(new URL('config.json', directory), 'utf8'), 'config.json');
    const weights = await openWeights(directory.pathname);
    const saved = new Map([...weights.tensors].map(([tensor, { shape }]) => [tensor, shape]));
    await weights.close();
    expect(new Map([...parameterShapes(architecture)].sort())).toEqual(new Map([...saved].sort()));
  });

  test.each(NAMES)('%s: rotary frequencies are those of transformers', (name) => {
    const directory = new URL(`${name}/`, GOLDENS);
    const architecture = readArchitecture(readFileSync(new URL('config.json', directory), 'utf8'), 'config.json');
    const golden = JSON.parse(readFileSync(new URL('golden.json', directory), 'utf8'));
    const { headSize, localRope } = architecture;
    expect(localRope !== undefined).toBe('localInverseFrequencies' in golden);
    for (const [rope, reference] of [
      [architecture, golden.inverseFrequencies],
      ...(localRope === undefined ? [] : [[localRope, golden.localInverseFrequencies] as const]),
    ] as const) {
      const frequencies = [...inverseFrequencies({ ...rope, headSize })];
      expect(frequencies).toHaveLength(reference.length);
      for (const [pair, frequency] of frequencies.entries()) {
        // transformers computes in float32.
        expect(Math.abs(frequency / reference[pair] - 1)).toBeLessThan(3e-7);
      }
    }
  });

  test('llama3 scaling by hand: kept, blended, stretched', () => {
    const { ropeScaling: _, ...plain } = read({ head_dim: 4, rope_theta: 100 });
    const scaling = { kind: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4 } as const;
    const at = (originalContextTokens: number) =>
      [...inverseFrequencies({ ...plain, ropeScaling: { ...scaling, originalContextTokens } })] as [number, number];
    // Wavelengths are 2 pi and 20 pi.
    expect([...inverseFrequencies(plain)]).toEqual([1, 0.1]);
    expect(at(4 * 20 * Math.PI + 1)).toEqual([1, 0.1]);
    expect(at(6)[0]).toBeCloseTo(1 / 8, 15);
    // 2.5 turns in the original context: half way between 1 and 4.
    expect(at(5 * Math.PI)[0]).toBeCloseTo(0.5 + 0.5 / 8, 12);
    expect(at(5 * Math.PI)[1]).toBeCloseTo(0.1 / 8, 12);
  });
});
