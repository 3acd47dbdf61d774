/**
 * The paper's loop on one page: reinforcement learning of a teacher (arXiv 2506.08388, section 3).
 *
 *     npm run example rl-loop                    50 steps of warm-up, then 12 of reinforcement: one to two minutes
 *     npm run example rl-loop 100 40             more of both
 *
 * A teacher reads a question and its solution, and writes the explanation in between. It is rewarded for how well a frozen
 * student finds the solution after reading the explanation, and for how natural the explanation is to that student. The
 * stage `teach` of a recipe is this loop with checkpoints, logs, limits on lengths, and engines elsewhere.
 *
 * Arrays are named by their indices: P problems, G explanations of one problem, N = P * G explanations, T tokens of one.
 */
import {
  Cursor,
  concatIds,
  distinctProblems,
  FORMATS,
  groupAdvantage,
  grpoWeights,
  layoutsOf,
  locateModel,
  openLocalEngine,
  type Policy,
  type Problem,
  paperReward,
  RELEASED,
  randomKey,
  readExplanation,
  readTeacherCompletion,
  referenceUpdate,
  rewardMetrics,
  type SftExample,
  scoreExplanations,
  sftStep,
  taskNamed,
} from 'rlt';

const [warmUpSteps = 50, steps = 12] = process.argv.slice(2).map(Number);
const SEED = 1;
const PROBLEMS = 16; // P, of a step
const SAMPLES = 16; // G, of a problem; 64 in the paper
const TEMPERATURE = RELEASED.sampling.temperature; // of sampling, of the reward and of the loss alike
const LEARNING_RATE = 5e-4; // 1e-6 in the paper, whose teacher is ten thousand times as large
const REWARD = paperReward({ lambda: 1.5 }); // r = r_SS - r_KL, and penalties; both terms are of one size at the start
const REFERENCE = { ...RELEASED.reference, everySteps: 4 }; // 32 in the paper, of 125 steps

/** The data's traces: half of them explain, half state the answer only. Reinforcement has to find out which help. */
const MIX = { complete: 0.5, skipping: 0, wrong: 0, 'answer-only': 0.5, 'off-topic': 0 };

// The base model that comes with the package, of 0.87 million parameters, and generated word problems.
const engine = await openLocalEngine();
const base = await locateModel('builtin:base');
const layouts = await layoutsOf(base, FORMATS.paper, {
  teacher: 'Explain the solution.',
  student: 'Solve the problem.',
});
const problems = distinctProblems(taskNamed('word-problems'), { count: 2000, seed: SEED, mix: MIX });
const teacher = await engine.train(base);
const student = await engine.train(base);

// Warm-up: supervised tuning on the data's own traces, so that the teacher knows its format, and the student its own. Each
// learns what it writes itself: the teacher an explanation, the student a thought and the solution after it. From then on
// the student is frozen.
await warmUp('teacher', teacher, ({ id, question, solution, reasoningTraces: [trace = ''] = [] }) => {
  const { ids, explanationSpan, endSpan } = layouts.teacher.sequence(question, solution, trace, true);
  return { id, ids, spans: [explanationSpan, endSpan] };
});
await warmUp('student', student, ({ id, question, solution, reasoningTraces: [trace = ''] = [] }) => {
  const { ids, promptLength } = layouts.student.sequence(question, trace, solution);
  return { id, ids, spans: [{ start: promptLength, end: ids.length }] };
});
await showExplanations();

// The reference that the policy is kept close to begins as the warmed-up teacher.
const reference = await teacher.freeze();
const order = new Cursor(problems, { seed: SEED, lastBatch: 'fill' });
for (let step = 0; step < steps; step++) {
  // Roll-outs: the teacher, as it is now, writes a group of explanations for each problem.
  const problems_P = order.next(PROBLEMS);
  const prompts_P = problems_P.map(({ question, solution }) => layouts.teacher.prompt(question, solution));
  const completions_PG = await teacher.sample(
    prompts_P.map((prompt, p) => ({
      prompt,
      count: SAMPLES,
      settings: { temperature: TEMPERATURE, maxTokens: 96, stopIds: layouts.teacher.stopIds },
      key: randomKey(SEED, 'roll-out', step, p),
    })),
  );

  // The dense reward. r_SS: log-probs of the solution's tokens for the student, after it has read the explanation.
  // r_KL: at each token of the explanation, the divergence of the teacher, who knows the solution, from the student.
  const explanations_N = problems_P.flatMap((problem, p) =>
    completions_PG[p].map((completion) =>
      readExplanation(problem, completion, layouts, { sampling: TEMPERATURE, reward: TEMPERATURE }),
    ),
  );
  const models = { teacher: { model: teacher, layouts }, student: { model: student, layouts } };
  const scored_N = await scoreExplanations({ ...models, settings: REWARD, temperature: TEMPERATURE }, explanations_N);
  const rewards_PG = problems_P.map((_, p) =>
    scored_N.slice(p * SAMPLES, (p + 1) * SAMPLES).map(({ reward }) => reward.total),
  );

  // Advantages: each reward against the others of its group, A = (r - mean) / std.
  const advantages_N = rewards_PG.flatMap((rewards_G) => [...groupAdvantage(rewards_G).advantages_G]);

  // GRPO, on-policy: the gradient of A * log p - beta * KL(policy || reference), as one signed weight per sampled token.
  const sequences_N = completions_PG.flatMap((completions_G, p) =>
    completions_G.map(({ ids }) => ({
      ids: concatIds(prompts_P[p], ids),
      positions: ids.map((_, t) => prompts_P[p].length + t),
      temperature: TEMPERATURE,
    })),
  );
  const logProbs_NT = await teacher.logProbs(sequences_N);
  const referenceLogProbs_NT = await reference.logProbs(sequences_N);
  const { weights_NT, kl } = grpoWeights(
    advantages_N.map((advantage, n) => ({
      advantage,
      logProbs: logProbs_NT[n],
      reference: referenceLogProbs_NT[n],
    })),
    RELEASED.grpo,
  );
  await teacher.accumulate(sequences_N.map((sequence, n) => ({ ...sequence, weights: weights_NT[n] })));
  await teacher.step({ ...RELEASED.teach.optimiser, learningRate: LEARNING_RATE });

  // Now and then the reference follows: reference <- 0.9 * policy + 0.1 * reference.
  const share = referenceUpdate(step + 1, REFERENCE);
  if (share !== undefined) await teacher.blendInto(reference, share);

  const rewards_N = scored_N.map(({ reward }) => reward);
  const { reward, 'reward/solution': r_SS, 'reward/kl': r_KL } = rewardMetrics(rewards_N, REWARD);
  // The share of explanations that calculate instead of stating the answer only.
  const calculating = explanations_N.filter(({ explanation }) => explanation.includes(' = ')).length / rewards_N.length;
  print('step', step, { reward, r_SS, r_KL, 'KL to reference': kl ?? 0, calculating });
}
await showExplanations();
await engine.close();

async function warmUp(name: string, model: Policy, exampleOf: (problem: Problem) => SftExample): Promise<void> {
  const examples = new Cursor(problems.map(exampleOf), { seed: SEED });
  const { normalisation, optimiser } = RELEASED.warmUp;
  const settings = { normalisation, optimiser: { ...optimiser, learningRate: 2e-3 } };
  for (let step = 0; step < warmUpSteps; step++) {
    const { metrics } = await sftStep(model, examples.next(64), settings, { step, steps: warmUpSteps });
    if (step % 10 === 9 || step === warmUpSteps - 1) print(`${name} step`, step, { loss: metrics['update/loss'] });
  }
}

/** What the teacher writes about the first problem, for people. */
async function showExplanations(): Promise<void> {
  const [{ question, solution }] = problems;
  const prompt = layouts.teacher.prompt(question, solution);
  const settings = { temperature: TEMPERATURE, maxTokens: 96, stopIds: layouts.teacher.stopIds };
  const [completions_G] = await teacher.sample([{ prompt, count: 4, settings, key: randomKey(SEED, 'shown') }]);
  console.log(`\nquestion     ${question}\nsolution     ${solution}`);
  for (const { ids } of completions_G) {
    const { explanation } = readTeacherCompletion(layouts.tokenizer, layouts.format, ids, layouts.teacher.stopIds);
    console.log(`explanation  ${explanation}`);
  }
  console.log();
}

function print(what: string, step: number, values: Record<string, number>): void {
  const shown = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(3).padStart(7)}`);
  console.log(`${what} ${String(step).padStart(3)}  ${shown.join('  ')}`);
}
