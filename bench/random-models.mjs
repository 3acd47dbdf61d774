/** Models with random weights at the sizes of known ones, so that a benchmark downloads nothing. */
import { parameterShapes } from '../dist/engine/local/files/architecture.js';
import { architectureOf } from '../dist/engine/local/files/config.js';
import { writeModelDirectory } from '../dist/engine/local/files/directory.js';
import { RandomStream, randomKey } from '../dist/random.js';

const form = (settings) => ({
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  hidden_act: 'silu',
  torch_dtype: 'float32',
  ...settings,
});
/** Configurations by size. */
export const SIZES = {
  // Shows in a minute that everything runs, also on a driver that computes on the CPU.
  smoke: form({
    vocab_size: 64,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
  }),
  '1M': form({
    vocab_size: 512,
    hidden_size: 128,
    intermediate_size: 384,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
  }),
  // SmolLM2-135M.
  '135M': form({
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
  }),
  // Qwen2.5-0.5B.
  '0.5B': form({
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    vocab_size: 151936,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
  }),
  // Qwen2.5-1.5B.
  '1.5B': form({
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    vocab_size: 151936,
    hidden_size: 1536,
    intermediate_size: 8960,
    num_hidden_layers: 28,
    num_attention_heads: 12,
    num_key_value_heads: 2,
  }),
};

const stream = new RandomStream(randomKey(1, 'bench', 'weights'));
/** A prime number of values, so that rows of a matrix differ; drawing every weight would take longer than the rest. */
const table = Float32Array.from({ length: 1_000_003 }, () => 0.02 * stream.normal());
/** Writes a model with random weights as a Hugging Face directory. */
export async function writeModel(directory, config) {
  const architecture = architectureOf(config, 'config.json');
  function* parameters() {
    let next = 0;
    for (const [name, shape] of parameterShapes(architecture)) {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name.endsWith('norm.weight')) values.fill(1);
      else {
        for (let i = 0; i < values.length; ) {
          const part = table.subarray(next, next + values.length - i);
          values.set(part, i);
          i += part.length;
          next = (next + part.length) % table.length;
        }
      }
      yield [name, shape, values];
    }
  }
  await writeModelDirectory(directory, architecture, parameters());
}
