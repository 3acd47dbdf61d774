/** Supervised fine-tuning of the teacher in its own format, on the data set's own traces. */
import { z } from 'zod';
import { RELEASED } from '../method/released.js';
import { atMost, supervisedWork, teacherLength } from './plan.js';
import { checkpointEvery, limit, loraSchema, reference, supervisedShape, warmUpOptimiser } from './settings.js';
import { defineStage, head } from './stage.js';
import { trainingRequirements } from './training/optimiser.js';
import { type SftExample, supervise } from './training/sft.js';

const schema = z
  .strictObject({
    ...head('warm-up', 'Teach the teacher its format.'),
    teacher: reference('model').describe('The model to start from.'),
    data: reference('data').describe('Problems with traces of their own: a name under data.'),
    ...supervisedShape(RELEASED.warmUp),
    optimiser: warmUpOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    limit,
    checkpointEvery,
  })
  .describe(
    "Supervised fine-tuning of the teacher on the data set's own traces, in the teacher's format. The loss is only on the " +
      'explanation, its end tag and the end of turn. Leaves a model.',
  );

export const warmUp = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: (stage) => trainingRequirements(stage, stage.teacher),

  plan(stage, inputs) {
    const lengths = inputs.lengths(stage.data);
    return supervisedWork(stage, atMost(inputs.traces(stage.data), stage.limit), lengths && teacherLength(lengths));
  },

  /**
   * The loss is on the explanation, its end tag and the end of turn; system message, question and solution are given.
   */
  async run(context, stage) {
    const { policy, layouts } = await context.train(stage.teacher, stage.lora);
    const traces = (await context.traces(stage.data)).slice(0, stage.limit ?? undefined);
    const examples = traces.map(({ id, question, solution, explanation }): SftExample => {
      const { ids, explanationSpan, endSpan } = layouts.teacher.sequence(question, solution, explanation, true);
      return { id, ids, spans: [explanationSpan, endSpan] };
    });
    const counts = await supervise(context, policy, examples, stage);
    return { ...counts, ...(await context.leaveModel(policy)) };
  },
});
