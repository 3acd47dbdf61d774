/**
 * Reinforcement learning of the teacher (arXiv 2506.08388, section 3): it reads question and solution, writes explanations, and is
 * rewarded for what each does for a frozen student.
 */
import type { Problem } from '../data/problem.js';
import type { Completion, Policy } from '../engine/engine.js';
import { UnsupportedError } from '../errors.js';
import { rewardMetrics } from '../method/metrics.js';
import type { RewardSettings } from '../method/reward.js';
import type { StageOf } from '../recipe/schema.js';
import { stageSeed } from '../run/seeds.js';
import { readTeacherCompletion } from '../text/completions.js';
import { type Explained, type Judges, scoreExplanations } from './explanation-reward.js';
import { optimiseGroups, type Prompt, temperedLogProbs } from './groups.js';
import type { Layouts } from './layouts.js';
import { rewardSettings } from './reward-settings.js';
import { callOptions, layoutsIn, type StageContext, type StageFacts, trainingOptions } from './stage.js';

/** The prompt of each problem, with the room that the teacher, and the student that is to read it, leave for an explanation. */
export function explanationPrompts(
  teacher: Judges['teacher'],
  student: Judges['student'] | undefined,
  problems: readonly Problem[],
): Prompt<Problem>[] {
  return problems.map((item) => {
    const ids = teacher.layouts.teacher.prompt(item.question, item.solution);
    const own = teacher.model.facts.contextTokens - ids.length;
    if (student === undefined) return { id: item.id, item, ids, room: own };
    const around = student.layouts.student.sequence(item.question, '', item.solution).ids.length;
    return { id: item.id, item, ids, room: Math.min(own, student.model.facts.contextTokens - around) };
  });
}

/** What a teacher wrote, read as an explanation; its log-probs where they are known at the reward's temperature. */
export function explained(
  { question, solution }: Problem,
  completion: Completion,
  layouts: Layouts,
  sameTemperature: boolean,
): Explained {
  const { explanation, explanationIds, sampledCount, ended } = readTeacherCompletion(
    layouts.tokenizer,
    layouts.format,
    completion.ids,
    layouts.teacher.stopIds,
  );
  const known = sameTemperature && sampledCount === explanationIds.length;
  return {
    question,
    solution,
    explanation,
    explanationIds,
    ended,
    ...(known ? { teacherLogProbs: temperedLogProbs(completion).subarray(0, sampledCount) } : {}),
  };
}

export async function teach(context: StageContext, stage: StageOf<'teach'>): Promise<StageFacts> {
  const teacherSource = await context.model(stage.teacher);
  const studentSource = await context.model(stage.student);
  const policy: Policy = await context.engine.train(
    teacherSource,
    trainingOptions(stage.lora, stageSeed(context.seed, context.name, 'initialise')),
  );
  const student = await context.engine.open(studentSource);
  const judges: Judges = {
    teacher: { model: policy, layouts: await layoutsIn(context, teacherSource) },
    student: { model: student, layouts: await layoutsIn(context, studentSource) },
    settings: rewardSettings(stage.reward),
    temperature: stage.reward.temperature,
  };
  const prompts = explanationPrompts(judges.teacher, judges.student, await context.problems(stage.data));
  const { stopIds } = judges.teacher.layouts.teacher;
  const sameTemperature = stage.reward.temperature === stage.sampling.temperature;

  const counts = await optimiseGroups(context, policy, prompts, stopIds, stage, async (batch, completions_PG, step) => {
    const explanations = batch.flatMap(({ item }, p) =>
      (completions_PG[p] ?? []).map((completion) =>
        explained(item, completion, judges.teacher.layouts, sameTemperature),
      ),
    );
    requireSomeEnd(explanations, context.name, step);
    const scored = await scoreExplanations(judges, explanations, { stage: context.name, step }, callOptions(context));
    const cut = scored.filter((one) => one.cut).length;
    if (cut > 0) await context.directory.event('cut for the student', { step, explanations: cut });
    const rewards = scored.map(({ reward }) => reward);
    return {
      rewards_PG: batch.map((_, p) =>
        rewards.slice(p * stage.samples, (p + 1) * stage.samples).map(({ total }) => total),
      ),
      metrics: rewardMetrics(rewards, judges.settings satisfies RewardSettings),
      tokens: scored.reduce((total, { studentTokens }) => total + studentTokens, 0),
    };
  });
  await policy.save(context.directory.path('model'));
  const { parameters } = policy.facts;
  await policy.close();
  await student.close();
  return { ...counts, ...(parameters === undefined ? {} : { parameters }) };
}

/** Rewards of explanations that never end say little: the teacher must know its format before it is taught. */
function requireSomeEnd(explanations: readonly Explained[], stage: string, step: number): void {
  if (explanations.some(({ ended }) => ended)) return;
  throw new UnsupportedError(`the teacher ended none of the ${explanations.length} explanations of this step`, {
    stage,
    step,
    remedy:
      'Warm the teacher up longer on explanations that end (more epochs or a smaller batch in its warm-up stage), or raise sampling.maxTokens.',
  });
}
