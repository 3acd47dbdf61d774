/**
 * What recording rollouts costs a step of reinforcement, at the size of the quickstart (16 prompts, 16 samples).
 *
 *     npm run build && node bench/rollouts.mjs [--rounds 4] [--steps 10] [--every 1] [--json FILE]
 *
 * Short runs of the same steps with and without recording take turns, in an order that changes from round to round; they
 * compute the same, so each step is compared with its own pair; where not every step is recorded (`--every 2`, as in the
 * quickstart), see what all steps cost together. The first step of a run also compiles programs and is
 * left out. Processor time is that of all threads of a run, its start included; on a busy machine it is the steadier figure.
 * `main thread` is what the thread that records was busy, by which the others may have been held up.
 */
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runRecipe } from '../dist/pipeline/run-recipe.js';
import { loadRecipe } from '../dist/recipe/load.js';
import { median } from './interleave.mjs';
import { stepsOf } from './stages.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    steps: { type: 'string', default: '10' },
    every: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const steps = Number(options.steps);
const scratch = await mkdtemp(join(tmpdir(), 'rlt-bench-'));
const WAYS = { recording: `{ "every": ${Number(options.every)} }`, 'not recording': 'null' };

const recipeWith = (...changes) =>
  loadRecipe('quickstart', [`stages.teach.steps=${steps}`, 'stages.teach.checkpointEvery=1000', ...changes]);

/** Seconds of each step but the first, of the stage beside them, and of the thread that records. */
async function measured(name, setting) {
  const directory = join(scratch, name);
  await cp(join(scratch, 'warm'), directory, { recursive: true });
  const before = performance.eventLoopUtilization();
  const cpuBefore = process.cpuUsage();
  await runRecipe(await recipeWith(`stages.teach.rollouts=${setting}`), { runDirectory: directory, only: ['teach'] });
  const { active } = performance.eventLoopUtilization(before);
  const { user, system } = process.cpuUsage(cpuBefore);
  const events = await stepsOf(directory, 'teach');
  const recorded = join(directory, 'rollouts/03-teach');
  const files = await readdir(recorded).catch(() => []);
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(recorded, file))).size;
  await rm(directory, { recursive: true });
  return {
    steps: events.slice(1).map(({ seconds }) => seconds),
    recording: events.slice(1).map(({ phases }) => phases.recording ?? 0),
    busy: active / 1000 / steps,
    cpu: (user + system) / 1e6 / steps,
    bytes: bytes / steps,
  };
}

try {
  await runRecipe(await recipeWith(), { runDirectory: join(scratch, 'warm'), only: ['warm-up', 'reader'] });
  const found = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(WAYS);
    if (round % 2 === 1) order.reverse();
    for (const way of order) found[way].push(await measured(`${round}-${order.indexOf(way)}`, WAYS[way]));
  }
  const [on, off] = Object.keys(WAYS).map((way) => found[way]);
  const total = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const flat = (runs, of) => runs.flatMap((run) => run[of]);
  const ratios = flat(on, 'steps').map((seconds, i) => seconds / flat(off, 'steps')[i]);
  const result = {
    machine: {
      cpu: cpus()[0].model.trim(),
      threads: availableParallelism(),
      node: process.version,
      load: loadavg()[0],
    },
    pairs: ratios.length,
    secondsOn: median(flat(on, 'steps')),
    secondsOff: median(flat(off, 'steps')),
    every: Number(options.every),
    pairedCost: median(ratios) - 1,
    totalCost: total(flat(on, 'steps')) / total(flat(off, 'steps')) - 1,
    processorCost: median(on.map(({ cpu }, i) => cpu / off[i].cpu)) - 1,
    processorSeconds: median(off.map(({ cpu }) => cpu)),
    studentCall: median(flat(on, 'recording')) / median(flat(on, 'steps')),
    mainThread: (median(on.map(({ busy }) => busy)) - median(off.map(({ busy }) => busy))) / median(flat(off, 'steps')),
    megabytesPerStep: median(on.map(({ bytes }) => bytes)) / 1e6,
  };
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  console.log(
    `${result.machine.cpu}, ${result.machine.threads} threads, node ${result.machine.node}, load ${result.machine.load.toFixed(1)}`,
  );
  console.log(
    `step, recording / not        ${result.secondsOn.toFixed(3)} s / ${result.secondsOff.toFixed(3)} s (medians of ${result.pairs})`,
  );
  console.log(`recorded                     every ${result.every === 1 ? 'step' : `${result.every} steps`}`);
  console.log(`cost, median of pairs        ${percent(result.pairedCost)}`);
  console.log(`cost, all steps together     ${percent(result.totalCost)}`);
  console.log(
    `processor time               ${percent(result.processorCost)} of ${result.processorSeconds.toFixed(2)} s per step`,
  );
  console.log(`of which the student's call  ${percent(result.studentCall)}`);
  console.log(`main thread                  ${percent(result.mainThread)}`);
  console.log(`written                      ${result.megabytesPerStep.toFixed(2)} MB per step`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
