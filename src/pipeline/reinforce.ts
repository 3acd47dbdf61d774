/** Reinforcement learning of a student on the correctness of its answers: GRPO on {wrong, malformed, right}. */
import { correctnessReward, type Outcome as Verdict } from '../method/correctness.js';
import { mean } from '../method/statistics.js';
import type { StageOf } from '../recipe/schema.js';
import { stageSeed } from '../run/seeds.js';
import { readStudentCompletion } from '../text/completions.js';
import { graderFor } from './graders.js';
import { optimiseGroups } from './groups.js';
import { layoutsIn, type StageContext, type StageFacts, trainingOptions } from './stage.js';

export async function reinforce(context: StageContext, stage: StageOf<'reinforce'>): Promise<StageFacts> {
  const source = await context.model(stage.student);
  const policy = await context.engine.train(
    source,
    trainingOptions(stage.lora, stageSeed(context.seed, context.name, 'initialise')),
  );
  const layouts = await layoutsIn(context, source);
  const { stopIds } = layouts.student;
  const prompts = (await context.problems(stage.data)).map((item) => {
    const ids = layouts.student.prompt(item.question);
    return { id: item.id, item, ids, room: policy.facts.contextTokens - ids.length };
  });

  const counts = await optimiseGroups(context, policy, prompts, stopIds, stage, async (batch, completions_PG) => {
    const verdicts_PG = batch.map(({ item }, p) => {
      const grade = graderFor(stage.grader, item);
      return (completions_PG[p] ?? []).map(({ ids }): Verdict => {
        const { answerText } = readStudentCompletion(layouts.tokenizer, layouts.format, ids, stopIds);
        if (answerText === undefined) return 'malformed';
        const verdict = grade(answerText);
        return verdict === 'correct' ? 'right' : verdict === 'unparsable' ? 'malformed' : 'wrong';
      });
    });
    const verdicts = verdicts_PG.flat();
    const share = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length / verdicts.length;
    const rewards_PG = verdicts_PG.map((verdicts_G) =>
      verdicts_G.map((verdict) => correctnessReward(verdict, stage.outcomes)),
    );
    return {
      rewards_PG,
      metrics: {
        reward: mean(rewards_PG.flat()),
        'answers/right': share('right'),
        'answers/wrong': share('wrong'),
        'answers/malformed': share('malformed'),
      },
      tokens: 0,
    };
  });
  await policy.save(context.directory.path('model'));
  const { parameters } = policy.facts;
  await policy.close();
  return { ...counts, parameters };
}
