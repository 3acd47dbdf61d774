// Writes a Qwen 3 of 0.2 million random parameters with the tokenizer of the bundled model, for servers to train:
//   node scripts/interop/tiny-qwen3.mjs DIRECTORY
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRandomModel } from '../../dist/engine/random-model.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: node scripts/interop/tiny-qwen3.mjs DIRECTORY');
  process.exit(2);
}
const bundled = fileURLToPath(new URL('../../models/base/', import.meta.url));
const config = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  vocab_size: 640,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 32,
  max_position_embeddings: 512,
  rope_theta: 10000,
  rms_norm_eps: 1e-6,
  hidden_act: 'silu',
  attention_bias: false,
  tie_word_embeddings: true,
  use_sliding_window: false,
  bos_token_id: null,
  eos_token_id: 0,
  torch_dtype: 'float32',
};
await writeRandomModel(directory, config, 1, bundled);

// With the small embeddings of a fresh model no adapter could move the logits far. Ten times the last norm lets it.
const file = join(directory, 'model.safetensors');
const bytes = await readFile(file);
const start = 8 + Number(bytes.readBigUInt64LE());
const {
  dtype,
  data_offsets: [from, to],
} = JSON.parse(bytes.toString('utf8', 8, start))['model.norm.weight'];
if (dtype !== 'F32') throw new Error(`the weights are ${dtype}`);
for (let place = start + from; place < start + to; place += 4) bytes.writeFloatLE(10, place);
await writeFile(file, bytes);
