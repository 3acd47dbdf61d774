/**
 * Random replies and references for all graders: `npm run build`, then
 *
 *     node scripts/fuzz-graders.mjs [--inputs 500000] [--seed 1] [--slow 1000]
 *
 * Texts are put together from pieces of LaTeX, prose and hostile characters, or are mutations of earlier ones. A grader must return
 * one of its three verdicts. Prints every input that throws or takes longer than `--slow` milliseconds of the processor, then the counts; the exit code is 1 where
 * there was one.
 */
import { parseArgs } from 'node:util';
import { choiceGrader } from '../dist/evaluation/graders/choice/choice.js';
import { countdownGrader } from '../dist/evaluation/graders/countdown.js';
import { integerGrader } from '../dist/evaluation/graders/integer/integer.js';
import { mathGrader } from '../dist/evaluation/graders/math/math.js';
import { randomKey, uniformAt } from '../dist/random.js';

const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '500000' },
    seed: { type: 'string', default: '1' },
    slow: { type: 'string', default: '1000' },
  },
});
const [inputs, seed, slow] = [options.inputs, options.seed, options.slow].map(Number);
if (![inputs, seed, slow].every(Number.isSafeInteger)) throw new Error('--inputs, --seed and --slow are whole numbers');

const PIECES = [
  ...'{ } ( ) [ ] $ $$ \\ ^ _ | , ; : . = < > & % ! + - * / 0 1 2 9 12 3.5 1,234 x y i e f(x) a_n'.split(' '),
  ...'\\frac{1}{2} \\sqrt{2} \\sqrt[3]{x} \\boxed{ \\boxed{5} \\left( \\right) \\begin{pmatrix} \\end{pmatrix} \\\\ \\pm \\cup \\in'.split(
    ' ',
  ),
  ...'\\begin{cases} \\end{cases} \\text{ \\text{if } \\{ \\} \\sin \\ln \\sum_{k=1}^{n} \\infty \\pi \\mathbb{R} ° √ ½ ² ⁹ ⌊ ∑ ８ ：'.split(
    ' ',
  ),
  ...'and or if otherwise no solution all real numbers at least less than square root of half three million km m/s^2 kg apples AM p.m.'.split(
    ' ',
  ),
  ...'the answer is so therefore there are Answer: #### <answer> </answer> <think> </think> option (B) correct 答案 ответ is C. maximum minimum'.split(
    ' ',
  ),
  ...'I am 100% sure confidence: wait, actually not but noon midnight £ € ¢ 5p pounds pence dozen half an hour left after 3 days red right? No. Yes. oops, off by one: past quarter minutes to four ml works is wrong does not only neither nor all but too big foot 2 (75 minutes) minus dozen'.split(
    ' ',
  ),
  ' ',
  ' ',
  ' ',
  '\n',
  '\n\n',
  '\t',
  '\u0000',
  '\ud800',
  '\u2028',
  '"',
  "'",
  '`',
  '**',
  '<<1+1=2>>',
  '{"answer": ',
  '1. ',
  '(a) ',
  'x = 1, y = 2',
];

const graders = [mathGrader, choiceGrader, integerGrader, countdownGrader];
const counts = new Map();
const pool = ['5', 'x = 2 or x = 3', '\\boxed{\\frac{1}{2}}', '$a$ is $2$. $b$ is $3$.'];
let faults = 0;
let slowest = 0;

function textAt(key) {
  let draw = 0;
  const next = (limit) => Math.floor(uniformAt(key, draw++) * limit);
  const kind = next(10);
  if (kind === 0) {
    // A mutation: a part of one text inside another, or a part many times.
    const [one, other] = [pool[next(pool.length)], pool[next(pool.length)]];
    const at = next(one.length + 1);
    return next(2) === 0
      ? one.slice(0, at) + other + one.slice(at)
      : one
          .slice(at)
          .repeat(1 + next(200))
          .slice(0, 5_000);
  }
  if (kind === 1) return String.fromCharCode(...Array.from({ length: next(60) }, () => next(65_536)));
  return Array.from({ length: 1 + next(kind === 2 ? 200 : 25) }, () => PIECES[next(PIECES.length)]).join(
    next(2) === 0 ? '' : ' ',
  );
}

for (let i = 0; i < inputs; i++) {
  const key = randomKey(seed, i);
  const [gold, reply] = [textAt(randomKey(seed, i, 0)), textAt(randomKey(seed, i, 1))];
  if (pool.length < 500) pool.push(reply);
  else pool[Math.floor(uniformAt(key, 0) * 500)] = reply;
  const grader = graders[i % 4 === 3 ? 1 + (Math.floor(i / 4) % 3) : 0];
  const before = process.cpuUsage();
  try {
    const { verdict } = grader.grade(
      grader === countdownGrader ? JSON.stringify({ numbers: [1, 2, 3], target: 6 }) : gold,
      reply,
    );
    if (!['correct', 'wrong', 'unparsable'].includes(verdict)) throw new Error(`the verdict ${verdict}`);
    counts.set(`${grader.name} ${verdict}`, (counts.get(`${grader.name} ${verdict}`) ?? 0) + 1);
  } catch (error) {
    faults++;
    console.log(`${grader.name} throws ${error}: ${JSON.stringify([gold, reply])}`);
  }
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1_000;
  slowest = Math.max(slowest, milliseconds);
  if (milliseconds > slow) {
    faults++;
    console.log(`${grader.name} takes ${Math.round(milliseconds)} ms: ${JSON.stringify([gold, reply])}`);
  }
}
for (const [name, count] of [...counts].sort()) console.log(`${name}: ${count}`);
console.log(`${inputs} inputs, ${faults} faults, slowest ${Math.round(slowest)} ms of the processor`);
process.exitCode = faults > 0 ? 1 : 0;
