/** Reinforcement learning of a student on the correctness of its answers: GRPO on {wrong, malformed, right}. */
import { z } from 'zod';
import type { Problem } from '../data/problem.js';
import { firstOf, mapped, type Sequence } from '../data/sequences/sequence.js';
import { longestSequence } from '../engine/engine.js';
import { correctnessReward, type Outcome } from '../method/correctness.js';
import { RELEASED } from '../method/released.js';
import { mean } from '../method/statistics.js';
import { zip } from '../method/zip.js';
import { readStudentCompletion } from '../text/completions.js';
import { estimateIf, longestOf, policyUse, studentLengths } from './definition/memory.js';
import { atMost, grpoWork } from './definition/plan.js';
import { checkBest, recordShape } from './definition/recording-settings.js';
import {
  checkClip,
  checkpointEvery,
  graderSchema,
  groupShape,
  loraSchema,
  policyGradientShape,
  reference,
  reinforceOptimiser,
} from './definition/settings.js';
import { defineStage, head, type Reader } from './definition/stage.js';
import { withoutRoom } from './explanations.js';
import { graderFor, requireDecided, requirePosed } from './graders.js';
import { countFitting, isBeyond } from './left-out.js';
import type { Prompt } from './training/groups.js';
import {
  heldOutProblems,
  isFitting,
  optimiseGroups,
  policyGradientRequirements,
  repetitionNotes,
  requireFittingPrompts,
} from './training/grpo.js';
import { heldOutName } from './training/held-out.js';

const schema = z
  .strictObject({
    ...head('reinforce', 'Reinforcement learning of a student on correctness.'),
    student: reference('model').describe('The model to start from: a distilled student is a cold start.'),
    ...groupShape,
    grader: graderSchema,
    outcomes: z
      .strictObject({
        wrong: z.number().default(RELEASED.correctness.wrong).describe('Reward of a wrong answer.'),
        malformed: z
          .number()
          .default(RELEASED.correctness.malformed)
          .describe('Reward of a completion that has no answer in the required format.'),
        right: z.number().default(RELEASED.correctness.right).describe('Reward of a right answer.'),
      })
      .prefault({})
      .describe('The reward of each outcome.'),
    ...policyGradientShape,
    optimiser: reinforceOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    checkpointEvery,
    ...recordShape,
  })
  .check(checkClip)
  .check(checkBest)
  .describe('GRPO of a student on the correctness of its answers. Leaves a model.');

function promptOf({ contextTokens, layouts }: Reader, item: Problem): Prompt<Problem> {
  if (isBeyond({ contextTokens, layouts }, { question: item.question })) return withoutRoom(item);
  const ids = layouts.student.prompt(item.question);
  return { id: item.id, item, ids, room: contextTokens - ids.length };
}

export const reinforce = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: (stage) => policyGradientRequirements(stage, stage.student),

  plan(stage, inputs) {
    const lengths = inputs.lengths(stage.data);
    return grpoWork(
      stage,
      inputs.problems(stage.data),
      stage.heldOut === null ? 0 : atMost(inputs.problems(stage.heldOut.data), stage.heldOut.problems),
      0,
      lengths && { prompt: lengths.studentPrompt, written: lengths.explanation + lengths.solution, judged: 0 },
      inputs.contextTokens(stage.student),
    );
  },

  memory(stage, inputs) {
    const lengths = longestOf(inputs, [stage.data, ...(stage.heldOut === null ? [] : [stage.heldOut.data])]);
    return {
      phases: [[policyUse(stage, stage.student, studentLengths(lengths))]],
      lengthsAre: estimateIf(lengths !== undefined),
    };
  },

  async check({ name, problems, reader, counted }, stage) {
    const student = await reader(stage.student);
    const notesOn = async (data: string, limit: number | null, prompts = 0): Promise<readonly string[]> => {
      const all = await problems(data);
      if (all === undefined) return [];
      const found = firstOf(all, limit);
      requireDecided(stage.grader, found, { field: `stages.${name}.grader`, reference: data });
      await requirePosed(stage.grader, found);
      if (student === undefined) return [];
      const fits = (problem: Problem): boolean => isFitting(promptOf(student, problem), stage.maxPromptTokens);
      const fitting = countFitting(found, fits);
      counted(data, fitting);
      return [...requireFittingPrompts(name, fitting, stage.maxPromptTokens), ...repetitionNotes(prompts, fitting)];
    };
    const { data, heldOut } = stage;
    const trained = await notesOn(data, null, stage.prompts);
    return [...trained, ...(heldOut === null ? [] : await notesOn(heldOut.data, heldOut.problems))];
  },

  async run(context, stage) {
    const { policy, layouts } = await context.train(stage.student, stage.lora);
    const { stopIds, opening } = layouts.student;
    const reader: Reader = { contextTokens: longestSequence(policy), layouts };
    const promptsOf = (problems: Sequence<Problem>) => mapped(problems, (problem) => promptOf(reader, problem));
    const prompts = {
      training: promptsOf(await context.problems(stage.data)),
      heldOut: promptsOf(await heldOutProblems(context, stage.heldOut)),
    };

    const counts = await optimiseGroups(context, policy, prompts, stopIds, stage, {
      asTheyFinish: true,
      async reward(groups) {
        return groups.map(({ prompt, completions_G }) => {
          const grade = graderFor(stage.grader, prompt.item);
          const answers_G = completions_G.map(
            ({ ids }) => readStudentCompletion(layouts.tokenizer, layouts.format, ids, stopIds, opening).answerText,
          );
          const outcomes_G = answers_G.map((answer): Outcome => {
            if (answer === undefined) return 'malformed';
            const verdict = grade(answer);
            return verdict === 'correct' ? 'right' : verdict === 'unparsable' ? 'malformed' : 'wrong';
          });
          const rewards_G = outcomes_G.map((outcome) => correctnessReward(outcome, stage.outcomes));
          return { rewards_G, detail: { answers_G, outcomes_G, rewards_G } };
        });
      },
      tokenizer: layouts.tokenizer,
      accuracy: heldOutName('answers/right'),
      async record(groups_P) {
        return (details_P) =>
          zip(groups_P, details_P, ({ prompt }, { answers_G, outcomes_G, rewards_G }) =>
            zip(answers_G, outcomes_G, (answer, verdict, g) => ({
              question: prompt.item.question,
              solution: prompt.item.solution,
              verdict,
              answer,
              parts: { total: rewards_G[g] ?? Number.NaN },
            })),
          );
      },
      metrics(details_P) {
        const outcomes = details_P.flatMap(({ outcomes_G }) => outcomes_G);
        const share = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length / outcomes.length;
        return {
          metrics: {
            reward: mean(details_P.flatMap(({ rewards_G }) => rewards_G)),
            'answers/right': share('right'),
            'answers/wrong': share('wrong'),
            'answers/malformed': share('malformed'),
          },
          tokens: 0,
        };
      },
    });
    return { ...counts, ...(await context.leaveModel(policy)) };
  },
});
