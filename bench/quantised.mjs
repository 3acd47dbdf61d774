/**
 * Frozen weights in 8 bits, 8 bits multiplied as integers and 4 bits against float32, one measurement of each in turn, medians: memory, how far log-probs
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
import { integerBytes } from '../dist/engine/local/weights/integer.js';
import { parametersOf } from '../dist/engine/local/weights/parameters.js';
import { isQuantisable, parameterBytes } from '../dist/engine/local/weights/quantised.js';
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

const FORMS = [
  { name: 'float32', opening: {} },
  { name: '8 bits', opening: { bits: 8 } },
  { name: '8 bits, integers', opening: { bits: 8, integerProducts: true } },
  { name: '4 bits', opening: { bits: 4 } },
];
const [exact, ...rounded] = FORMS;
const peer = fileURLToPath(new URL('local-peer.mjs', import.meta.url));
const contenders = FORMS.map(({ name }) => new Contender(name, process.execPath, [peer]));
const lora = { rank: 16, alpha: 32, targets: ['q_proj', 'v_proj', 'down_proj'] };
const resident = [];
for (const [i, contender] of contenders.entries()) {
  await contender.ask({ op: 'open', directory, threads, lora, ...FORMS[i].opening });
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
const bytes = FORMS.map(({ opening: { bits, integerProducts } }) =>
  parametersOf(architecture).reduce((sum, parameter) => {
    const byRows = integerProducts && isQuantisable(parameter);
    return sum + (byRows ? integerBytes(parameter.shape) : parameterBytes(parameter, bits));
  }, 0),
);
console.log('\n| | weights, MB | resident after opening, MB |\n|---|---:|---:|');
for (const [i, { name }] of FORMS.entries())
  console.log(`| ${name} | ${(bytes[i] / 1e6).toFixed(1)} | ${(resident[i] / 1e6).toFixed(0)} |`);

const scored = [];
for (const contender of contenders) scored.push((await contender.ask({ op: 'score', ids, positions })).logProbs);
console.log(
  '\n| log-probs against float32 | mean difference | largest | rank correlation of texts by their mean |\n|---|---:|---:|---:|',
);
for (const [i, { name }] of FORMS.entries()) {
  if (i === 0) continue;
  const apart = scored[i].flatMap((row, s) => row.map((value, k) => Math.abs(value - scored[0][s][k])));
  const correlation = rankCorrelation(scored[i].map(mean), scored[0].map(mean));
  console.log(
    `| ${name} | ${mean(apart).toExponential(1)} | ${Math.max(...apart).toExponential(1)} | ${correlation.toFixed(3)} |`,
  );
}

console.log(
  `\n| speed by float32: processor time, wall time | ${rounded.map(({ name }) => name).join(' | ')} | peak MB, in this order, float32 first |\n|---|---:|---:|---:|---:|`,
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
  const of = ({ name: form }, seconds) => median(answers.get(form).map(seconds));
  const ratio = (form, seconds) => (of(exact, seconds) / of(form, seconds)).toFixed(2);
  const wall = ({ seconds, forwardBackwardSeconds, stepSeconds }) => seconds ?? forwardBackwardSeconds + stepSeconds;
  const peaks = [];
  for (const contender of contenders) peaks.push((await contender.ask({ op: 'memory' })).peakBytes);
  const cells = rounded.map((form) => `${ratio(form, ({ cpuSeconds }) => cpuSeconds)}, ${ratio(form, wall)}`);
  console.log(`| ${name} | ${cells.join(' | ')} | ${peaks.map((peak) => (peak / 1e6).toFixed(0)).join(', ')} |`);
}
for (const contender of contenders) await contender.close();
await rm(scratch, { recursive: true, force: true });
