/** Architectures of random models, for tests of what depends on sizes alone. */
import type { Architecture } from '../files/architecture.js';
import { architectureOf } from '../files/config.js';

interface Sizes {
  readonly hidden: number;
  readonly feedForward: number;
  readonly layers: number;
  /** 512 tokens where it is absent. */
  readonly vocabulary?: number;
}

/** Llama's form with four heads and a head that is the embedding. */
export const llamaArchitecture = ({ hidden, feedForward, layers, vocabulary = 512 }: Sizes): Architecture =>
  architectureOf(
    {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      hidden_size: hidden,
      intermediate_size: feedForward,
      num_hidden_layers: layers,
      num_attention_heads: 4,
      num_key_value_heads: 4,
      vocab_size: vocabulary,
      max_position_embeddings: 512,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: true,
      hidden_act: 'silu',
    },
    'config.json',
  );
