import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InputError, UnsupportedError } from '../../../errors.js';
import { architectureOf } from './config.js';
import { FAMILIES, SUPPORTED_MODELS } from './families.js';
import type { JsonObject } from './json.js';

const BASE: JsonObject = {
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  max_position_embeddings: 1024,
};
const read = (type: string, changes: JsonObject = {}) =>
  architectureOf({ ...BASE, model_type: type, ...changes }, 'config.json');
const windowOf = (type: string, changes: JsonObject = {}) => read(type, changes).window;
const all = (windowed: boolean) => [windowed, windowed, windowed, windowed];

test('docs/engine.md lists the families of the table', () => {
  const page = readFileSync(new URL('../../../../docs/engine.md', import.meta.url), 'utf8');
  const rows = Object.entries(FAMILIES).map(
    ([type, { models, class: name }]) => `| \`${type}\` | ${models} | \`${name}\` |`,
  );
  const listed = page.split('\n').filter((line) => /^\| `\w+` \| .* \| `\w+ForCausalLM` \|$/.test(line));
  expect(listed).toEqual(rows);
});

test('error messages list the families of the table', () => {
  for (const [type, { models }] of Object.entries(FAMILIES)) expect(SUPPORTED_MODELS).toContain(`${type} (${models})`);
});

test.each(Object.keys(FAMILIES))('%s is read from the fields that all have, with the defaults of its class', (type) => {
  expect(read(type).family).toBe(type);
});

describe('windows, as the configuration classes of transformers have them', () => {
  test('Mistral: everywhere where sliding_window is set', () => {
    expect(windowOf('mistral', { sliding_window: 16 })).toEqual({ tokens: 16, layers: all(true) });
    expect(windowOf('mistral', { sliding_window: null })).toBeUndefined();
    // The default, 4096, is more than this context.
    expect(windowOf('mistral')).toBeUndefined();
    expect(windowOf('mistral', { max_position_embeddings: 8192 })?.tokens).toBe(4096);
    expect(() => windowOf('mistral', { sliding_window: 16, layer_types: Array(4).fill('full_attention') })).toThrow(
      /does not read these layer types/,
    );
  });

  test('Phi 3: none unless sliding_window is set', () => {
    expect(windowOf('phi3', { max_position_embeddings: 8192 })).toBeUndefined();
    expect(windowOf('phi3', { sliding_window: 7 })).toEqual({ tokens: 7, layers: all(true) });
  });

  test('Ministral: as layer_types says, by default everywhere', () => {
    expect(windowOf('ministral', { sliding_window: 9 })?.layers).toEqual(all(true));
    expect(windowOf('ministral', { sliding_window: null })).toBeUndefined();
    const mixed = ['full_attention', 'sliding_attention', 'sliding_attention', 'full_attention'];
    expect(windowOf('ministral', { sliding_window: 9, layer_types: mixed })?.layers).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('Qwen: from layer max_window_layers on, where it is switched on', () => {
    const on = { use_sliding_window: true, sliding_window: 8 };
    expect(windowOf('qwen2', { sliding_window: 8, max_window_layers: 0 })).toBeUndefined();
    expect(windowOf('qwen2', { ...on, max_window_layers: 3 })?.layers).toEqual([false, false, false, true]);
    expect(windowOf('qwen3', { ...on, max_window_layers: 4 })).toBeUndefined();
    expect(
      windowOf('qwen2', { ...on, max_window_layers: 0, layer_types: Array(4).fill('full_attention') }),
    ).toBeUndefined();
    expect(() => windowOf('qwen2', { layer_types: Array(4).fill('sliding_attention') })).toThrow(
      /windowed layers without a sliding_window/,
    );
  });

  test('Gemma 2 alternates, Gemma 3 leaves out every sixth layer', () => {
    expect(windowOf('gemma2', { sliding_window: 8 })?.layers).toEqual([true, false, true, false]);
    expect(windowOf('gemma3_text', { sliding_window: 8, num_hidden_layers: 7 })?.layers).toEqual([
      ...[true, true, true, true, true, false, true],
    ]);
    expect(windowOf('gemma3_text', { sliding_window: 8, sliding_window_pattern: 2 })?.layers).toEqual([
      ...[true, false, true, false],
    ]);
  });

  test('SmolLM3: on layers without rotation, where it is switched on', () => {
    expect(read('smollm3').unrotated).toEqual([false, false, false, true]);
    expect(read('smollm3', { no_rope_layers: [1, 0, 1, 1, 0] }).unrotated).toEqual([false, true, false, false]);
    expect(read('smollm3', { no_rope_layers: [1, 1, 1, 1] }).unrotated).toBeUndefined();
    expect(windowOf('smollm3')).toBeUndefined();
    expect(windowOf('smollm3', { use_sliding_window: true, sliding_window: 8 })?.layers).toEqual([
      ...[false, false, false, true],
    ]);
    expect(() => read('smollm3', { no_rope_layers: [1] })).toThrow(/1 entries for 4 layers/);
  });

  test('of another kind are refused', () => {
    const chunked = ['full_attention', 'chunked_attention', 'full_attention', 'full_attention'];
    expect(() => windowOf('gemma3_text', { layer_types: chunked })).toThrow(/layers of type "chunked_attention"/);
    expect(() => windowOf('gemma2', { layer_types: ['full_attention'] })).toThrow(/1 types for 4 layers/);
    expect(() => windowOf('olmo2', { use_sliding_window: true })).toThrow(UnsupportedError);
    expect(() => read('gemma2', { use_bidirectional_attention: true })).toThrow(/attention to later tokens/);
  });
});

describe('rotations', () => {
  test('Gemma 3 has two, in the form of transformers 4 and 5', () => {
    const older = { rope_theta: 1e6, rope_local_base_freq: 1e4, rope_scaling: { rope_type: 'linear', factor: 8 } };
    const newer = {
      rope_parameters: {
        full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 },
        sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
      },
    };
    const expected = {
      ropeTheta: 1e6,
      ropeScaling: { kind: 'linear', factor: 8 },
      localRope: { ropeTheta: 1e4 },
    };
    expect(read('gemma3_text', older)).toMatchObject(expected);
    expect(read('gemma3_text', newer)).toMatchObject(expected);
    expect(read('gemma3_text')).toMatchObject({ ropeTheta: 1e6, localRope: { ropeTheta: 1e4 } });
    expect(() => read('llama', newer)).toThrow(/rotations that differ between layers/);
  });

  test('yarn has the defaults of transformers', () => {
    const yarn = (changes: JsonObject = {}) =>
      read('qwen2', {
        rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 256, ...changes },
      }).ropeScaling;
    expect(yarn()).toEqual({
      kind: 'yarn',
      factor: 4,
      originalContextTokens: 256,
      fastTurns: 32,
      slowTurns: 1,
      truncate: true,
      attentionFactor: 0.1 * Math.log(4) + 1,
    });
    expect(yarn({ factor: null })).toMatchObject({ factor: 4 });
    expect(yarn({ attention_factor: 1.5 })).toMatchObject({ attentionFactor: 1.5 });
    const scaled = (0.1 * 2 * Math.log(4) + 1) / (0.1 * 0.5 * Math.log(4) + 1);
    expect(yarn({ mscale: 2, mscale_all_dim: 0.5 })).toMatchObject({ attentionFactor: scaled });
    expect(() => yarn({ beta_fast: 1, beta_slow: 2 })).toThrow(InputError);
  });

  test('what is not computed is refused by name', () => {
    const longrope = { rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } };
    expect(() => read('phi3', longrope)).toThrow(/rope_type "longrope".*rope_scaling\.rope_type/);
    // The class of Phi 3 takes this for longrope.
    expect(() => read('phi3', { rope_scaling: { type: 'yarn', factor: 4 } })).toThrow(/rope_type "yarn"/);
    expect(() => read('phi3', { partial_rotary_factor: 0.75 })).toThrow(/a part of each head/);
    expect(() => read('llama', { rope_scaling: { type: 'linear' } })).toThrow(/linear needs a factor/);
  });
});

test('scales and caps of Granite and Gemma; what changes nothing is left out', () => {
  expect(read('granite')).toMatchObject({ attentionScale: 1 });
  expect(Object.keys(read('granite'))).not.toContain('residualScale');
  const scaled = read('granite', {
    embedding_multiplier: 12,
    logits_scaling: 8,
    attention_multiplier: 1 / Math.sqrt(8),
  });
  expect(scaled).toMatchObject({ embeddingScale: 12, logitScale: 1 / 8 });
  expect(Object.keys(scaled)).not.toContain('attentionScale');
  const gemma2 = { embeddingScale: 8, attentionScale: 1 / 12, attentionCap: 50, logitCap: 30 };
  expect(read('gemma2', { query_pre_attn_scalar: 144 })).toMatchObject(gemma2);
  const uncapped = read('gemma2', { attn_logit_softcapping: null, final_logit_softcapping: null });
  expect([uncapped.attentionCap, uncapped.logitCap]).toEqual([undefined, undefined]);
  expect(read('gemma3_text').logitCap).toBeUndefined();
});

test('biases and activations are those of the class', () => {
  expect(read('seed_oss').attentionBias).toEqual({ query: true, key: true, value: true, output: false });
  expect(read('seed_oss', { attention_bias: false, attention_out_bias: true }).attentionBias).toMatchObject({
    query: false,
    output: true,
  });
  expect(read('mistral', { attention_bias: true }).attentionBias.query).toBe(false);
  expect(read('gemma', { hidden_act: 'gelu' }).family).toBe('gemma');
  expect(() => read('gemma2', { hidden_activation: 'gelu' })).toThrow(/activation "gelu".*hidden_activation/);
  expect(() => read('llama', { hidden_act: 'gelu_pytorch_tanh' })).toThrow(UnsupportedError);
});
