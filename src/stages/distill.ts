/** Supervised fine-tuning of a student on raw explanations, in the same layout in which explanations are rewarded. */
import { z } from 'zod';
import { RELEASED } from '../method/released.js';
import { atMost, studentLength, supervisedWork } from './plan.js';
import { checkpointEvery, distillOptimiser, limit, loraSchema, reference, supervisedShape } from './settings.js';
import { defineStage, head } from './stage.js';
import { trainingRequirements } from './training/optimiser.js';
import { type SftExample, supervise } from './training/sft.js';

const schema = z
  .strictObject({
    ...head('distill', 'Fine-tune a student on traces.'),
    student: reference('model').describe('The model to start from; it may be larger than the teacher.'),
    traces: reference('traces').describe(
      "An explain or score stage, or a name under data for the data set's own traces.",
    ),
    learn: z
      .enum(['trace', 'solution'])
      .default('trace')
      .describe('`trace`: the explanation, then the solution. `solution`: the solution only.'),
    ...supervisedShape(RELEASED.distill),
    optimiser: distillOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    limit,
    checkpointEvery,
  })
  .describe("Supervised fine-tuning of a student of any size on traces, in the student's format. Leaves a model.");

export const distill = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: (stage) => trainingRequirements(stage, stage.student),

  plan(stage, inputs) {
    const lengths = inputs.lengths(stage.traces);
    const explanation = stage.learn === 'solution' ? { explanation: 0 } : {};
    return supervisedWork(
      stage,
      atMost(inputs.traces(stage.traces), stage.limit),
      lengths && studentLength({ ...lengths, ...explanation }),
    );
  },

  /**
   * The loss is on everything that the student writes: thought, solution, tags and end of turn. With `learn: solution`
   * the thought is empty.
   */
  async run(context, stage) {
    const { policy, layouts } = await context.train(stage.student, stage.lora);
    const { student } = layouts;
    const traces = (await context.traces(stage.traces, stage.learn === 'solution' ? 'unused' : 'used')).slice(
      0,
      stage.limit ?? undefined,
    );
    const examples = traces.map(({ id, question, solution, explanation }): SftExample => {
      const { ids, promptLength } =
        stage.learn === 'solution'
          ? student.solutionOnly(question, solution)
          : student.sequence(question, explanation, solution);
      return { id, ids, spans: [{ start: promptLength, end: ids.length }] };
    });
    const counts = await supervise(context, policy, examples, stage);
    return { ...counts, ...(await context.leaveModel(policy)) };
  },
});
