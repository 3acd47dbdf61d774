/**
 * Frozen weights in 8 and 4 bits against float32, one measurement of each in turn, medians: memory, how far log-probs
 * are apart, and the speed of sampling, scoring and training of an adapter.
 *
 *     npm run build && node bench/quantised.mjs [MODEL_DIR] [--rounds 3] [--threads 2] [--rows 16] [--tokens 32]
 *
 * Without a directory: random weights in the form of SmolLM2 with 8 layers and a vocabulary of 4,096, of which only
 * speed and memory mean something. Texts are sampled from the float32 model. On a busy machine, read the ratios of
 * processor time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { arch, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architectureOf } from '../dist/engine/local/files/config.js';
import { readModelDirectory } from '../dist/engine/local/files/directory.js';
import { writeRandomModel } from '../dist/engine/local/weights/initial.js';
import { parametersOf } from '../dist/engine/local/weights/parameters.js';
import { parameterBytes } from '../dist/engine/local/weights/quantised.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { Contender, interleave, median } from './interleave.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    rows: { type: 'string', default: '16' },
    tokens: { type: 'string', default: '32' },
  },
});
const [rounds, threads, count, newTokens] = ['rounds', 'threads', 'rows', 'tokens'].map((name) =>
  Number(options[name]),
);
const RANDOM = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  vocab_size: 4096,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 8,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
  hidden_act: 'silu',
  torch_dtype: 'float32',
};
const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const directory = positionals[0] ?? join(scratch, 'random');
if (positionals[0] === undefined) await writeRandomModel(directory, architectureOf(RANDOM, 'config.json'), 1);
const model = await readModelDirectory(directory);
await model.close();
const { architecture } = model;

const FORMS = [undefined, 8, 4];
const nameOf = (bits) => (bits === undefined ? 'float32' : `${bits} bits`);
const peer = fileURLToPath(new URL('local-peer.mjs', import.meta.url));
const contenders = FORMS.map((bits) => new Contender(nameOf(bits), process.execPath, [peer]));
const lora = { rank: 16, alpha: 32, targets: ['q_proj', 'v_proj', 'down_proj'] };
const resident = [];
for (const [i, contender] of contenders.entries()) {
  await contender.ask({ op: 'open', directory, threads, lora, ...(i === 0 ? {} : { bits: FORMS[i] }) });
  resident.push((await contender.ask({ op: 'memory' })).residentBytes);
}

const stream = new RandomStream(randomKey(1, 'quantised'));
const prompts = Array.from({ length: Math.ceil(count / 4) }, () =>
  Array.from({ length: 16 }, () => stream.integer(0, architecture.vocabularySize - 1)),
).flatMap((prompt) => Array.from({ length: 4 }, () => prompt));
const { ids: texts } = await contenders[0].ask({ op: 'sample', prompts, newTokens, showIds: true });
const ids = texts.map((text, i) => [...prompts[i], ...text]);
const positions = ids.map((row) => row.slice(16).map((_, i) => 16 + i));

/** Spearman's correlation of two lists without ties. */
function rankCorrelation(a, b) {
  const ranks = (list) => {
    const order = list.map((_, i) => i).sort((i, j) => list[i] - list[j]);
    return list.map((_, i) => order.indexOf(i));
  };
  const [x, y] = [ranks(a), ranks(b)];
  const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]) ** 2, 0);
  return 1 - (6 * squares) / (x.length * (x.length ** 2 - 1));
}
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

console.log(`${cpus()[0]?.model ?? arch()}, ${threads} threads, Node ${process.version}; ${directory}`);
const bytes = FORMS.map((bits) =>
  parametersOf(architecture).reduce((sum, parameter) => sum + parameterBytes(parameter, bits), 0),
);
console.log('\n| | weights, MB | resident after opening, MB |\n|---|---:|---:|');
for (const [i, bits] of FORMS.entries())
  console.log(`| ${nameOf(bits)} | ${(bytes[i] / 1e6).toFixed(1)} | ${(resident[i] / 1e6).toFixed(0)} |`);

const scored = [];
for (const contender of contenders) scored.push((await contender.ask({ op: 'score', ids, positions })).logProbs);
console.log(
  '\n| log-probs against float32 | mean difference | largest | rank correlation of texts by their mean |\n|---|---:|---:|---:|',
);
for (const [i, bits] of FORMS.entries()) {
  if (i === 0) continue;
  const apart = scored[i].flatMap((row, s) => row.map((value, k) => Math.abs(value - scored[0][s][k])));
  const correlation = rankCorrelation(scored[i].map(mean), scored[0].map(mean));
  console.log(
    `| ${nameOf(bits)} | ${mean(apart).toExponential(1)} | ${Math.max(...apart).toExponential(1)} | ${correlation.toFixed(3)} |`,
  );
}

console.log(
  '\n| speed by float32 | processor time, 8 bits | 4 bits | wall time, 8 bits | 4 bits | peak MB: float32, 8, 4 |\n|---|---:|---:|---:|---:|---:|',
);
const commands = {
  [`sample 1 x ${newTokens}`]: { op: 'sample', prompts: prompts.slice(0, 1), newTokens },
  [`sample ${prompts.length} x ${newTokens}`]: { op: 'sample', prompts, newTokens },
  [`score ${ids.length} x ${ids[0].length}`]: { op: 'score', ids, positions },
  [`train an adapter on ${ids.length} x ${ids[0].length}`]: { op: 'train', ids },
};
for (const [name, command] of Object.entries(commands)) {
  for (const contender of contenders) await contender.ask({ op: 'memory' });
  const answers = await interleave(contenders, command, rounds);
  const of = (bits, seconds) => median(answers.get(nameOf(bits)).map(seconds));
  const ratios = (seconds) => [8, 4].map((bits) => (of(undefined, seconds) / of(bits, seconds)).toFixed(2));
  const wall = ({ seconds, forwardBackwardSeconds, stepSeconds }) => seconds ?? forwardBackwardSeconds + stepSeconds;
  const peaks = [];
  for (const contender of contenders) peaks.push((await contender.ask({ op: 'memory' })).peakBytes);
  const cells = [...ratios(({ cpuSeconds }) => cpuSeconds), ...ratios(wall)];
  console.log(`| ${name} | ${cells.join(' | ')} | ${peaks.map((peak) => (peak / 1e6).toFixed(0)).join(', ')} |`);
}
for (const contender of contenders) await contender.close();
await rm(scratch, { recursive: true, force: true });
