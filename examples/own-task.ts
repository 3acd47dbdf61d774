/**
 * A problem generator of your own: distinct problems from it as JSONL files, and a recipe run on them.
 *
 *     npm run example own-task                        into runs/own-task, under a minute on two cores
 *     npm run example own-task runs/longer 200        into another folder, with 200 steps of training
 *
 * The bundled base model has never seen a clock. It is tuned on the generator's traces and tested on held-out problems.
 */
import { mkdir } from 'node:fs/promises';
import { distinctProblems, parseRecipe, runRecipe, type Task, writeProblems } from 'rlt';

/** The generator: change this. */
const clock: Task = {
  name: 'clock',
  levels: [
    { name: 'day', summary: 'up to a day later' },
    { name: 'week', summary: 'up to a week later' },
  ],
  draw(stream, level) {
    const hour = stream.integer(1, 12);
    const hours = stream.integer(1, level === 'day' ? 24 : 7 * 24);
    const sum = hour + hours;
    const rounds = Math.floor((sum - 1) / 12);
    const answer = String(sum - 12 * rounds);
    const solution = `The answer is ${answer}.`;
    const taken = rounds === 0 ? '' : ` ${sum} - ${12 * rounds} = ${answer}.`;
    return {
      // Equal for two wordings of the same problem. Held-out problems are held out by it.
      identity: `${hour}+${hours}`,
      question: `The clock shows ${hour}. What does it show ${hours} hours later?`,
      solution,
      answer,
      // Optional: explanations to warm a teacher up on, or to distil a student from. There are more kinds.
      traces: { complete: `${hour} + ${hours} = ${sum}.${taken}`, 'answer-only': solution },
    };
  },
};

const [folder = 'runs/own-task', steps = '60'] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const mix = { complete: 1, 'answer-only': 0, skipping: 0, wrong: 0, 'off-topic': 0 };
const training = distinctProblems(clock, { count: 100, seed: 1, mix });
const heldOut = distinctProblems(clock, { count: 40, seed: 1, purpose: 'evaluation' });
await writeProblems(`${folder}/train.jsonl`, training);
await writeProblems(`${folder}/held-out.jsonl`, heldOut);
console.log(
  `${training.length} problems in ${folder}/train.jsonl, ${heldOut.length} in ${folder}/held-out.jsonl, like\n`,
);
console.log(`  ${training[0].question}\n  ${training[0].reasoningTraces?.[0]}\n  ${training[0].solution}\n`);

// The same document as a recipe in YAML; docs/recipe.md has every setting.
const recipe = parseRecipe({
  name: 'clock',
  prompts: { teacher: 'Explain the solution.', student: 'Solve the problem.' },
  models: { base: 'builtin:base' },
  data: { train: `${folder}/train.jsonl`, 'held-out': `${folder}/held-out.jsonl` },
  stages: [
    {
      stage: 'distill',
      student: 'base',
      traces: 'train',
      steps: Number(steps),
      batch: 32,
      optimiser: { learningRate: 2e-3 },
    },
    {
      stage: 'evaluate',
      students: { before: 'base', after: 'distill' },
      problems: { 'held-out': 'held-out' },
      grader: 'integer',
      samples: 2,
      sampling: { maxTokens: 64 },
    },
  ],
});
const { results, directory } = await runRecipe(recipe, { runDirectory: `${folder}/run` });
for (const { student, accuracy, interval } of results) {
  const [value, low, high] = [accuracy, ...interval].map((share) => (100 * share).toFixed(1));
  console.log(`${student.padEnd(6)}  accuracy ${value} % (95 % interval ${low} to ${high})`);
}
console.log(`\nModel, answers and metrics are in ${directory}. The same command again reuses what is done.`);
