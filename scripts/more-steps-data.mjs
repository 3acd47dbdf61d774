/**
 * Makes the sets of recipes/more-steps.yaml: problems of two and three steps with sound traces, and what is mixed in. Run
 * it after `npm run build`:
 *
 *     node scripts/more-steps-data.mjs [--out data/more-steps]
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { distinctProblems, taskNamed } from '../dist/data/tasks/index.js';
import { RandomStream, randomKey } from '../dist/random.js';
import { writeFileAtomically } from '../dist/storage.js';
import { ended, show } from './claims/command.mjs';

const SOUND = { complete: 1, skipping: 0, wrong: 0, 'answer-only': 0, 'off-topic': 0 };
const SETS = {
  none: { 'word-problems basic': 1000 },
  'more-of-them': { 'word-problems basic': 4000 },
  two: { 'word-problems basic': 980, 'word-problems more-steps': 20 },
  five: { 'word-problems basic': 950, 'word-problems more-steps': 50 },
  ten: { 'word-problems basic': 900, 'word-problems more-steps': 100 },
  ages: { 'word-problems basic': 700, 'ages more-steps': 300 },
};

function lines(parts) {
  const problems = Object.entries(parts).flatMap(([kind, count]) => {
    const [task, level] = kind.split(' ');
    return distinctProblems(taskNamed(task), { count, seed: 1, level, mix: SOUND });
  });
  return new RandomStream(randomKey(1, 'more-steps'))
    .shuffle(problems)
    .map(({ question, solution, answer, reasoningTraces: [trace] }) =>
      JSON.stringify({ question, solution, answer, reasoning_trace: trace }),
    );
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: fileURLToPath(new URL('../data/more-steps', import.meta.url)) } },
  });
  await mkdir(values.out, { recursive: true });
  for (const [name, parts] of Object.entries(SETS)) {
    await writeFileAtomically(join(values.out, `${name}.jsonl`), `${lines(parts).join('\n')}\n`);
  }
  show(`${values.out}: ${Object.keys(SETS).join(', ')}\n`);
}

await ended(main);
