/**
 * A model on problems of your own, graded by a built-in grader and by one of your own.
 *
 *     npm run example own-benchmark                       the bundled base model
 *     npm run example own-benchmark runs/own-reward       a model that you trained: a Hugging Face directory
 *
 * From the command line: `rlt evaluate --model DIR --benchmark FILE` (docs/evaluation.md).
 */
import {
  evaluationProblem,
  FORMATS,
  type Grader,
  graderNamed,
  layoutsOf,
  locateModel,
  openLocalEngine,
  type Problem,
  randomKey,
  solve,
  summarise,
  taggedPromptBuilder,
} from 'rlt';

/** Problems: change these, or read them with `readProblems('my-problems.jsonl')`. */
const problems: Problem[] = [];
for (const first of [2, 5, 7, 9, 12]) {
  for (const second of [1, 3, 4, 6]) {
    const answer = String(first + second);
    problems.push({
      id: `${first}+${second}`,
      question: `Tom has ${first} apples. Tom finds ${second} more apples. How many apples does Tom have now?`,
      solution: `The answer is ${answer}.`,
      answer,
    });
  }
}

/** A grader of your own: answers that are one off count as well. A grader never throws, whatever the texts hold. */
const nearly: Grader = {
  name: 'nearly',
  version: 'nearly/1', // raise it when a verdict changes; it is stored beside every answer
  grade(gold, prediction) {
    const found = /(\d+)\D*$/.exec(prediction)?.[1];
    if (found === undefined) return { verdict: 'unparsable', reason: 'no number found' };
    const distance = Math.abs(Number(found) - Number(gold));
    return { verdict: distance <= 1 ? 'correct' : 'wrong', reason: `${distance} from ${gold}`, answer: found };
  },
  same: (left, right) => left === right,
};

const [model = 'builtin:base', samples = '4'] = process.argv.slice(2);
const source = await locateModel(model);
const { student } = await layoutsOf(source, FORMATS.paper, { student: 'Solve the problem.' });
const engine = await openLocalEngine();
const opened = await engine.open(source);

const percent = (share: number) => (100 * share).toFixed(1);
for (const grader of [graderNamed('integer'), nearly]) {
  const { answers } = await solve(
    opened,
    taggedPromptBuilder(student),
    problems.map((problem) => evaluationProblem(problem, grader)),
    {
      samples: Number(samples),
      sampling: { temperature: 0.7, topP: 1, topK: 0, minP: 0, maxTokens: 160 },
      keyOf: (id) => randomKey(1, 'own-benchmark', id),
    },
  );
  const { accuracy, interval, unparsable } = summarise(answers, [nearly]);
  const [low, high] = interval.map(percent);
  console.log(
    `${grader.name.padEnd(8)} accuracy ${percent(accuracy)} % (95 % interval ${low} to ${high}), ` +
      `without an answer ${percent(unparsable)} %`,
  );
  for (const { id, verdict, reason } of answers.slice(0, 3)) console.log(`  ${id}  ${verdict}: ${reason}`);
}
await engine.close();
