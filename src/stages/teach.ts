/**
 * Reinforcement learning of the teacher (arXiv 2506.08388, section 3): it reads question and solution, writes
 * explanations, and is rewarded by how much each helps a frozen student.
 */
import { z } from 'zod';
import type { Problem } from '../data/problem.js';
import { firstOf, mapped, type Sequence } from '../data/sequences/sequence.js';
import { explanationMetrics, rewardMetrics } from '../method/metrics.js';
import { zip } from '../method/zip.js';
import {
  estimateIf,
  explained,
  longestOf,
  policyUse,
  readerUse,
  studentLengths,
  supervisedUse,
  teacherLengths,
} from './definition/memory.js';
import { atMost, grpoWork, mostSampled, totalTokens } from './definition/plan.js';
import { checkBest, recordShape } from './definition/recording-settings.js';
import {
  checkClip,
  checkpointEvery,
  groupShape,
  loraSchema,
  policyGradientShape,
  reference,
  reinforceOptimiser,
  rewardSchema,
} from './definition/settings.js';
import { callOptions, defineStage, head } from './definition/stage.js';
import { TeacherWatch } from './explanation-signs.js';
import { countPrompts, explanationPrompt, readExplanation, readerOf } from './explanations.js';
import { requireDecided } from './graders.js';
import { PROBE_ACCURACY, probeSchema, probes, probeTokens } from './probe.js';
import {
  type Judges,
  type ScoredExplanation,
  scoreExplanations,
  scoreSolutionsAlone,
} from './rewards/explanation-reward.js';
import { explanationRollout } from './rewards/explanation-rollout.js';
import { rewardSettings } from './rewards/reward-settings.js';
import {
  heldOutProblems,
  isFitting,
  optimiseGroups,
  policyGradientRequirements,
  repetitionNotes,
  requireFittingPrompts,
} from './training/grpo.js';
import { trainingRequirements } from './training/optimiser.js';

const schema = z
  .strictObject({
    ...head('teach', 'Reinforcement learning of the teacher.'),
    teacher: reference('model').describe('The model to start from, usually a warm-up.'),
    student: reference('model').describe('The frozen student whose log-probs given the explanation are the reward.'),
    ...groupShape,
    reward: rewardSchema.prefault({}).describe('r = r_SS - r_KL + penalties.'),
    ...policyGradientShape,
    optimiser: reinforceOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    checkpointEvery,
    ...recordShape,
    probe: probeSchema,
  })
  .check(checkClip)
  .check(checkBest)
  .describe(
    'GRPO of the teacher on the dense reward: how well a frozen student follows each explanation. Strictly on-policy by ' +
      'default, with one optimiser step per batch of samples. Leaves a model.',
  );

export const teach = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: (stage) => [
    ...policyGradientRequirements(stage, stage.teacher),
    ...(stage.probe === null
      ? []
      : trainingRequirements(stage.probe, stage.student).map((need) => ({ ...need, field: `probe.${need.field}` }))),
    ...[stage.teacher, stage.student].map((model) => ({
      need: 'log-probs' as const,
      model,
      temperature: stage.reward.temperature,
      field: 'reward.temperature',
    })),
  ],

  plan(stage, inputs) {
    const lengths = inputs.lengths(stage.data);
    const contextTokens = inputs.contextTokens(stage.teacher);
    const written = Math.min(mostSampled(stage.sampling, contextTokens), lengths?.explanation ?? 0);
    const work = grpoWork(
      stage,
      inputs.problems(stage.data),
      stage.heldOut === null ? 0 : atMost(inputs.problems(stage.heldOut.data), stage.heldOut.problems),
      1,
      lengths && {
        prompt: lengths.teacherPrompt,
        written: lengths.explanation,
        judged: lengths.studentPrompt + stage.samples * (written + lengths.solution),
      },
      contextTokens,
    );
    const probing = stage.probe && probeTokens(stage.probe, stage.steps, stage.sampling, lengths);
    return work.typical === undefined || !probing ? work : { ...work, typical: totalTokens([work.typical, probing]) };
  },

  memory(stage, inputs) {
    const lengths = longestOf(inputs, [stage.data, ...(stage.heldOut === null ? [] : [stage.heldOut.data])]);
    const most = stage.maxPromptTokens + stage.sampling.maxTokens;
    const taught = [
      policyUse(stage, stage.teacher, teacherLengths(lengths)),
      readerUse(stage, stage.student, explained(lengths, stage.sampling.maxTokens), most),
    ];
    const { probe, student } = stage;
    const probed = probe === null ? [] : [[...taught, supervisedUse(probe, student, studentLengths(lengths), most)]];
    return { phases: [taught, ...probed], lengthsAre: estimateIf(lengths !== undefined) };
  },

  async check(context, stage) {
    const notesOn = async (data: string, limit: number | null, prompts = 0): Promise<readonly string[]> => {
      const found = await countPrompts(context, { ...stage, data, limit }, (prompt) =>
        isFitting(prompt, stage.maxPromptTokens),
      );
      if (found === undefined) return [];
      context.counted(data, found);
      return [...requireFittingPrompts(context.name, found, stage.maxPromptTokens), ...repetitionNotes(prompts, found)];
    };
    const { data, heldOut } = stage;
    const trained = await notesOn(data, null, stage.prompts);
    if (stage.probe !== null) {
      const { grader, test, tests } = stage.probe;
      const answered = await context.problems(test);
      const field = `stages.${context.name}.probe.grader`;
      if (answered !== undefined) requireDecided(grader, firstOf(answered, tests), { field, reference: test });
    }
    return [...trained, ...(heldOut === null ? [] : await notesOn(heldOut.data, heldOut.problems))];
  },

  async run(context, stage) {
    const { policy, layouts } = await context.train(stage.teacher, stage.lora);
    const student = await context.open(stage.student);
    const judges: Judges = {
      teacher: { model: policy, layouts },
      student,
      settings: rewardSettings(stage.reward),
      temperature: stage.reward.temperature,
    };
    const [teacherReader, studentReader] = [readerOf(judges.teacher), readerOf(student)];
    const promptsOf = (problems: Sequence<Problem>) =>
      mapped(problems, (problem) => explanationPrompt(teacherReader, studentReader, problem));
    const prompts = {
      training: promptsOf(await context.problems(stage.data)),
      heldOut: promptsOf(await heldOutProblems(context, stage.heldOut)),
    };
    const temperatures = { sampling: stage.sampling.temperature, reward: stage.reward.temperature };

    const teacher = { policy, layouts, student: stage.student, sampling: stage.sampling };
    const probe = stage.probe && (await probes(context, stage.probe, teacher, stage.steps));
    const { vocabularySize } = student.layouts.tokenizer;
    const watch = new TeacherWatch(context, stage, { name: stage.student, vocabularySize });
    const counts = await optimiseGroups(context, policy, prompts, layouts.teacher.stopIds, stage, {
      // An engine that runs one call at a time gains nothing from early calls, and batches better within a single one.
      asTheyFinish: student.model.profile.callsInFlight > 1 || policy.profile.name !== student.model.profile.name,
      async reward(groups, step) {
        const explanations = groups.flatMap(({ prompt, completions_G }) =>
          completions_G.map((completion) => readExplanation(prompt.item, completion, layouts, temperatures)),
        );
        const place = { stage: context.name, step };
        const scored = await scoreExplanations(judges, explanations, place, callOptions(context));
        let from = 0;
        return groups.map(({ completions_G }) => {
          const to = from + completions_G.length;
          const scored_G = scored.slice(from, to);
          const own = explanations.slice(from, to);
          from = to;
          return { rewards_G: scored_G.map(({ reward }) => reward.total), detail: { scored_G, own } };
        });
      },
      tokenizer: layouts.tokenizer,
      accuracy: PROBE_ACCURACY,
      ...(probe === null ? {} : { probe }),
      async record(groups_P) {
        const alone_P = await scoreSolutionsAlone(
          judges,
          groups_P.map(({ prompt }) => prompt.item),
          callOptions(context),
        );
        return (details_P) =>
          zip(details_P, alone_P, ({ scored_G, own }, alone) =>
            zip(own, scored_G, (explanation, scored) => explanationRollout(judges, explanation, scored, alone)),
          );
      },
      async inspect(details_P, step) {
        const scored = details_P.flatMap(({ scored_G }) => scored_G);
        watch.inspect(
          details_P.flatMap(({ own }) => own),
          scored,
          step,
        );
        const cut = scored.filter((one) => one.cut).length;
        if (cut > 0) await context.directory.event('cut for the student', { step, explanations: cut });
      },
      metrics(details_P) {
        const scored: readonly ScoredExplanation[] = details_P.flatMap(({ scored_G }) => scored_G);
        return {
          metrics: {
            ...rewardMetrics(
              scored.map(({ reward }) => reward),
              judges.settings,
            ),
            ...explanationMetrics(details_P.flatMap(({ own }) => own.map(({ flaws }) => flaws))),
          },
          tokens: scored.reduce((total, { studentTokens }) => total + studentTokens, 0),
        };
      },
    });
    const facts = await context.leaveModel(policy);
    await student.model.close();
    return { ...counts, ...facts };
  },
});
