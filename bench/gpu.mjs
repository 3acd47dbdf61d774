/**
 * The local engine on a graphics card (WebGPU, and CUDA where its libraries lie beside ONNX Runtime's) beside the CPU, and PyTorch on the same card where there is one: same
 * weights, ids and shapes, one measurement of each in turn, medians. Prints a report that can be pasted as it is.
 *
 *     npm run build && node bench/gpu.mjs [--sizes 1M,135M,0.5B] [--rounds 3] [--threads N] [--activation-mib 4096] [--scaling 2,4,8,16] [--only PART-OF-A-NAME] [--no-cpu] [--no-card] [--json FILE]
 *
 * Weights are random, so nothing is downloaded. PyTorch is the Python of RLT_PYTHON (default: .venv/bin/python) with
 * torch, transformers and peft, if it sees a CUDA device. `--activation-mib` is the engine's setting of that name on the card
 * (4096 unless it is given, which takes a card of some 8 GB; the CPU keeps its default). `--scaling` measures the CPU with
 * that many threads as well, in turns; with `--no-card` nothing else is measured.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RandomStream, randomKey } from '../dist/random.js';
import { hasCuda } from '../dist/testing/cuda.js';
import { Contender, interleave, median } from './interleave.mjs';
import { SIZES, writeModel } from './random-models.mjs';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1M,135M' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    'activation-mib': { type: 'string', default: '4096' },
    scaling: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    'no-cpu': { type: 'boolean', default: false },
    'no-card': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const activationBytes = Number(options['activation-mib']) * 2 ** 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.RLT_PYTHON ?? join(root, '.venv/bin/python');

const stream = new RandomStream(randomKey(1, 'bench'));
const rows = (count, length, vocabulary) =>
  Array.from({ length: count }, () => Array.from({ length }, () => stream.integer(0, vocabulary - 1)));
/** `groups` prompts, each `each` times. */
const prompts = (groups, each, length, vocabulary) =>
  rows(groups, length, vocabulary).flatMap((prompt) => Array.from({ length: each }, () => prompt));
const train = (count, length) => (vocabulary) => ({ op: 'train', ids: rows(count, length, vocabulary) });
const score = (count, length, chosen) => (vocabulary) => ({
  op: 'score',
  ids: rows(count, length, vocabulary),
  positions: Array.from({ length: count }, () => Array.from({ length: chosen }, (_, i) => length - chosen + i)),
});
const sample = (groups, each, length, newTokens) => (vocabulary) => ({
  op: 'sample',
  prompts: prompts(groups, each, length, vocabulary),
  newTokens,
});
const LORA = {
  rank: 16,
  alpha: 32,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};
/** [size, name, command, adapter, whether threads are compared on it] */
const cases = [
  ['smoke', 'train 2 x 16', train(2, 16), undefined, true],
  ['smoke', 'train 2 x 16, LoRA 16', train(2, 16), LORA, false],
  ['smoke', 'score 2 x 16, 4 positions', score(2, 16, 4), undefined, false],
  ['smoke', 'sample 4 x 4, 2 prompts of 8', sample(2, 2, 8, 4), undefined, false],
  ['1M', 'train 64 x 96', train(64, 96), undefined, true],
  ['1M', 'score 64 x 96, 32 positions', score(64, 96, 32), undefined, true],
  ['1M', 'sample 256 x 64, 16 prompts of 32', sample(16, 16, 32, 64), undefined, true],
  ['135M', 'train 4 x 512', train(4, 512), undefined, false],
  ['135M', 'train 4 x 512, LoRA 16', train(4, 512), LORA, true],
  ['135M', 'score 8 x 512, 64 positions', score(8, 512, 64), undefined, true],
  ['135M', 'sample 16 x 32, 4 prompts of 64', sample(4, 4, 64, 32), undefined, true],
  ['135M', 'sample 64 x 32, 8 prompts of 64', sample(8, 8, 64, 32), undefined, false],
  ['135M', 'sample 16 x 32, 4 prompts of 64, LoRA 16', sample(4, 4, 64, 32), LORA, false],
  ['0.5B', 'train 4 x 512, LoRA 16', train(4, 512), LORA, false],
  ['0.5B', 'score 8 x 512, 64 positions', score(8, 512, 64), undefined, false],
  ['0.5B', 'sample 16 x 32, 4 prompts of 64', sample(4, 4, 64, 32), undefined, false],
].filter(([size, name]) => options.sizes.split(',').includes(size) && `${size}: ${name}`.includes(options.only));

const output = (command, args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
};

/** What PyTorch reports of itself and the card; undefined where it is missing or sees none. */
const torch = output(python, [
  '-c',
  'import torch, transformers; assert torch.cuda.is_available(); print("PyTorch", torch.__version__, "transformers", transformers.__version__, "CUDA", torch.version.cuda)',
]);

function machine() {
  const packageOf = (name) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const flags = new Set((/^flags\s*:(.*)$/m.exec(info)?.[1] ?? '').trim().split(' '));
  const told = [
    'avx2',
    'fma',
    'f16c',
    'avx512f',
    'avx512_vnni',
    'avx512_bf16',
    'amx_tile',
    'amx_bf16',
    'amx_int8',
    'avx_vnni',
  ];
  const card = output('nvidia-smi', [
    '--query-gpu=name,driver_version,memory.total,pcie.link.gen.max,pcie.link.width.max',
    '--format=csv,noheader',
  ]);
  const vulkan = /deviceName\s*=\s*(.*)/.exec(output('vulkaninfo', ['--summary']) ?? '')?.[1];
  return [
    `CPU: ${cpus()[0]?.model}, ${cpus().length} threads; ${told.filter((flag) => flags.has(flag)).join(' ') || process.arch}`,
    ...(card === undefined ? [] : [`card: ${card}`]),
    ...(vulkan === undefined ? [] : [`Vulkan: ${vulkan}`]),
    ...(process.env.VK_ICD_FILENAMES === undefined ? [] : [`Vulkan driver: ${process.env.VK_ICD_FILENAMES}`]),
    `activationMiB on the card: ${options['activation-mib']}`,
    `Node ${process.version}, onnxruntime-node ${packageOf('onnxruntime-node')}, ${process.platform} ${release()}`,
    torch ?? 'no PyTorch with CUDA: no peer',
  ];
}

const secondsOf = (answer) => answer.seconds ?? answer.forwardBackwardSeconds + answer.stepSeconds;
const rateOf = (answers) => answers[0].tokens / median(answers.map(secondsOf));
/** The largest difference of log-probs, or of the loss, between each contender and the first. */
function apart(answers) {
  const numbers = ({ logProbs, loss }) => logProbs?.flat() ?? (loss === undefined ? [] : [loss]);
  const first = numbers(answers[0]);
  return answers.slice(1).map((answer) => {
    const gaps = numbers(answer).map((value, i) => Math.abs(value - first[i]));
    return gaps.length === 0 ? undefined : Math.max(...gaps.map((gap) => (Number.isNaN(gap) ? Infinity : gap)));
  });
}

const own = fileURLToPath(new URL('local-peer.mjs', import.meta.url));
const peer = fileURLToPath(new URL('peers/torch_bench.py', import.meta.url));
const kinds = [
  ...(options['no-cpu'] ? [] : [[`CPU, ${threads} threads`, process.execPath, [own], {}]]),
  ['WebGPU', process.execPath, [own], { provider: 'webgpu', activationBytes }],
  ...(hasCuda ? [['CUDA', process.execPath, [own], { provider: 'cuda', activationBytes }]] : []),
  ...(torch === undefined
    ? []
    : [
        ['PyTorch', python, [peer], { device: 'cuda' }],
        ['PyTorch bf16', python, [peer], { device: 'cuda', autocast: true }],
      ]),
];

const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const results = { machine: machine(), rows: [], scaling: [] };
/** After each line: a run that is cut short leaves what it has measured. */
const write = async () => {
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results)}\n`);
};
const mega = (bytes) => (bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 2 : 0);
const megabytes = ({ runs, in: to, out: from }) => `${mega(to / runs)} / ${mega(from / runs)}`;
console.log(results.machine.map((line) => `- ${line}`).join('\n'));
const names = kinds.map(([name]) => name);
const heading = ['tokens/s', ...names, 'apart', 'runs', 'MiB a run to / from the card'];
if (!options['no-card'])
  console.log(`\n| ${heading.join(' | ')} |\n|${heading.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`);
const directories = {};
try {
  for (const size of new Set(cases.map(([size]) => size))) {
    directories[size] = join(scratch, size);
    await writeModel(directories[size], SIZES[size]);
  }
  for (const [size, name, commandOf, lora] of options['no-card'] ? [] : cases) {
    const command = commandOf(SIZES[size].vocab_size);
    const contenders = [];
    const failed = new Map();
    try {
      for (const [kind, program, args, settings] of kinds) {
        const contender = new Contender(kind, program, args);
        try {
          const begin = performance.now();
          await contender.ask({ op: 'open', directory: directories[size], threads, lora, ...settings });
          // Programs are compiled, memory is reached and an optimiser's state made in the first round.
          const first = await contender.ask(command);
          if (kind === 'WebGPU') await contender.ask({ op: 'bus' });
          contenders.push(contender);
          console.error(
            `${size}: ${name}, ${kind}: first ${secondsOf(first).toFixed(2)} s, with opening ${((performance.now() - begin) / 1000).toFixed(1)} s`,
          );
        } catch (error) {
          failed.set(kind, `${error.message}`.split('\n')[0]);
          console.error(`${size}: ${name}, ${kind}: ${error.message}`);
          await contender.close();
        }
      }
      if (contenders.length === 0) continue;
      let gaps = [];
      const answers = await interleave(contenders, command, rounds, (first) => {
        gaps = apart(first);
      });
      const webgpu = contenders.find(({ name }) => name === 'WebGPU');
      const bus = await webgpu?.ask({ op: 'bus' });
      const row = {
        name: `${size}: ${name}`,
        rates: Object.fromEntries(contenders.map(({ name }) => [name, rateOf(answers.get(name))])),
        apart: Object.fromEntries(contenders.slice(1).map(({ name }, i) => [name, gaps[i]])),
        bus: bus === undefined ? undefined : { ...bus, rounds: rounds + 1 },
        failed: Object.fromEntries(failed),
        answers: Object.fromEntries(
          [...answers].map(([kind, all]) => [kind, all.map(({ logProbs, ...rest }) => rest)]),
        ),
      };
      results.rows.push(row);
      await write();
      const cells = [
        row.name,
        ...names.map((kind) => row.rates[kind]?.toFixed(0) ?? 'failed'),
        row.apart.WebGPU?.toExponential(1) ?? '',
        bus === undefined ? '' : `${bus.runs / (rounds + 1)}`,
        bus === undefined ? '' : megabytes(bus),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    } finally {
      for (const contender of contenders) await contender.close();
    }
  }
  const counts = options.scaling === '' ? [] : options.scaling.split(',').map(Number);
  const compared = counts.length === 0 ? [] : cases.filter(([, , , , scaled]) => scaled);
  if (compared.length > 0)
    console.log(`\n| CPU, tokens/s by threads | ${counts.join(' | ')} |\n|---|${counts.map(() => '---:|').join('')}`);
  for (const [size, name, commandOf, lora] of compared) {
    const command = commandOf(SIZES[size].vocab_size);
    const contenders = [];
    const rates = [];
    try {
      for (const count of counts) {
        const contender = new Contender(`${count} threads`, process.execPath, [own]);
        contenders.push(contender);
        await contender.ask({ op: 'open', directory: directories[size], threads: count, lora });
      }
      const answers = await interleave(contenders, command, size === '1M' ? 2 * rounds : rounds);
      rates.push(...contenders.map(({ name }) => rateOf(answers.get(name))));
    } finally {
      for (const contender of contenders) await contender.close();
    }
    results.scaling.push({ name: `${size}: ${name}`, counts, rates });
    await write();
    console.log(`| ${size}: ${name} | ${rates.map((rate) => rate.toFixed(0)).join(' | ')} |`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
