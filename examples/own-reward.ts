/**
 * GRPO with a reward of your own: any function of a question, its solution and what the model wrote.
 *
 *     npm run example own-reward                     15 steps, under a minute on two cores
 *     npm run example own-reward 40 runs/another     more, and another new folder for the model that it leaves
 *
 * Here the bundled base model is paid for a right answer, and half as much for a calculation that begins with a number of the question.
 */
import {
  Cursor,
  distinctProblems,
  FORMATS,
  grpoStep,
  layoutsOf,
  locateModel,
  openLocalEngine,
  RELEASED,
  randomKey,
  taskNamed,
} from 'rlt';

/** The reward: change this. Only differences between answers to the same question matter. */
function reward(question: string, solution: string, text: string): number {
  const isRight = text.includes(solution);
  const given: readonly string[] = question.match(/\d+/g) ?? [];
  const calculates = [...text.matchAll(/(\d+) [-+*/] \d+ = \d+/g)].some(([, left]) => given.includes(left));
  return (isRight ? 1 : 0) + (calculates ? 0.5 : 0);
}

const [count = '15', folder = 'runs/own-reward'] = process.argv.slice(2);
const steps = Number(count);
const SEED = 1;
const temperature = 0.7;

const engine = await openLocalEngine();
const base = await locateModel('builtin:base');
const { student: layout, tokenizer } = await layoutsOf(base, FORMATS.paper, { student: 'Solve the problem.' });
const policy = await engine.train(base);
// The copy that the policy is kept close to; without one, set `beta` to 0 below.
const reference = await policy.freeze();
const problems = new Cursor(distinctProblems(taskNamed('word-problems'), { count: 1000, seed: SEED }), {
  seed: SEED,
  lastBatch: 'fill',
});

for (let step = 0; step < steps; step++) {
  const problems_P = problems.next(16);
  const prompts_P = problems_P.map(({ question }) => layout.prompt(question));
  const completions_PG = await policy.sample(
    prompts_P.map((prompt, p) => ({
      prompt,
      count: 8,
      settings: { temperature, maxTokens: 96, stopIds: layout.stopIds },
      key: randomKey(SEED, 'sample', step, p),
    })),
  );
  const texts_PG = completions_PG.map((completions_G) => completions_G.map(({ ids }) => tokenizer.decode(ids)));
  const rewards_PG = problems_P.map(({ question, solution }, p) =>
    texts_PG[p].map((text) => reward(question, solution, text)),
  );
  const { metrics } = await grpoStep(
    { policy, reference },
    prompts_P.map((prompt, p) => ({ prompt, completions_G: completions_PG[p], rewards_G: rewards_PG[p] })),
    {
      ...RELEASED.grpo,
      temperature,
      advantage: RELEASED.advantage,
      iterations: 1,
      clip: null,
      optimiser: { ...RELEASED.teach.optimiser, learningRate: 1e-3 },
    },
    { step, steps },
  );
  const all = rewards_PG.flat();
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
  const spread = metrics['groups/std'].toFixed(2);
  console.log(`step ${String(step).padStart(3)}  reward ${mean.toFixed(3)}  spread within groups ${spread}`);
  if (step === 0 || step === steps - 1)
    console.log(`  ${problems_P[0].question}\n  -> ${JSON.stringify(texts_PG[0][0])}`);
}

// A Hugging Face directory, which transformers, vLLM and `rlt evaluate --model` read.
await policy.save(folder);
console.log(`saved ${folder}`);
await engine.close();
