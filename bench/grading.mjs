/**
 * Speed of the graders: pairs a second and core on easy pairs, and the slowest per cent on MATH500's cross pairs.
 *
 *     npm run build && node bench/grading.mjs [math500.jsonl] [--before DIST [--rounds 7]]
 *
 * The file (default ../shared/data/math500.jsonl) has `answer` on each line; without it only the easy pairs are timed. With `--before`, the `dist` of
 * another build, both are timed in turns in this process, by the processor's time, and the medians are compared.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mathGrader } from '../dist/evaluation/graders/math/math.js';

const EASY = [
  ['5', '\\boxed{5}'],
  ['\\frac{1}{2}', 'The answer is 0.5.'],
  ['2\\sqrt{3}', '\\boxed{\\sqrt{12}}'],
  ['(x+1)^2', '$x^2+2x+1$'],
  ['1,234', '\\boxed{1234}'],
  ['70000', 'So he made $70,000.\n#### 70000'],
  ['(1,2)', '\\boxed{\\left(1, 2\\right)}'],
  ['[0,1)', '\\boxed{0 \\le x < 1}'],
  ['x=5', '\\boxed{5}'],
  ['12', 'There are 13 ways.'],
];

/** Wall time of each call in milliseconds, sorted, and the processor's seconds for all: a busy machine changes only the former. */
function timed(calls, count) {
  const times = new Float64Array(count);
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    calls(i);
    times[i] = performance.now() - start;
  }
  const { user, system } = process.cpuUsage(before);
  return { times: times.sort(), cpuSeconds: (user + system) / 1e6 };
}

function report(name, { times, cpuSeconds }) {
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(3);
  const rate = Math.round(times.length / cpuSeconds);
  console.log(
    `${name}: ${rate} pairs per CPU second; wall p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${times.length} pairs)`,
  );
}

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { before: { type: 'string' }, rounds: { type: 'string', default: '7' } },
});
const file = positionals[0] ?? '../shared/data/math500.jsonl';

/** Both builds in turns; the ratio of the medians. */
async function compare(before, rounds) {
  const other = await import(pathToFileURL(resolve(before, 'evaluation/graders/math/math.js')));
  console.log(`${cpus()[0]?.model}, Node ${process.versions.node}, ${rounds} rounds in turns`);
  const sets = [['easy pairs', 2_000, (_, i) => EASY[i % EASY.length]]];
  if (existsSync(file)) {
    const answers = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).answer);
    const n = answers.length;
    sets.push([
      'MATH500 cross pairs',
      4_000,
      (round, i) => [answers[(i * 7 + round) % n], answers[(i * 13 + round * 31 + 1) % n]],
    ]);
  }
  for (const [name, count, pair] of sets) {
    const rates = [other.mathGrader, mathGrader].map((grader) => ({ grader, perSecond: [] }));
    for (let round = -1; round < rounds; round++) {
      for (const { grader, perSecond } of rates) {
        const { cpuSeconds } = timed((i) => grader.grade(...pair(round + 1, i)), count);
        if (round >= 0) perSecond.push(count / cpuSeconds);
      }
    }
    const [old, now] = rates.map(({ perSecond }) => perSecond.sort((a, b) => a - b)[perSecond.length >> 1]);
    console.log(
      `${name}: before ${Math.round(old)}, after ${Math.round(now)} pairs per CPU second, ratio ${(now / old).toFixed(2)}`,
    );
  }
}

const easy = (i) => mathGrader.grade(...EASY[i % EASY.length]);
if (options.before === undefined) {
  timed(easy, 2_000);
  report('easy pairs', timed(easy, 20_000));
}

if (options.before !== undefined) await compare(options.before, Number(options.rounds));
else if (!existsSync(file)) console.log(`MATH500 cross pairs: not timed, ${file} is not here`);
else {
  const answers = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).answer);
  const n = answers.length;
  // Extraction, reading and comparing of both sides, for every ordered pair of different problems.
  const cross = (i) => {
    const gold = Math.floor(i / (n - 1));
    const other = i % (n - 1);
    mathGrader.grade(answers[gold], answers[other < gold ? other : other + 1]);
  };
  report('MATH500 cross pairs', timed(cross, n * (n - 1)));
}
