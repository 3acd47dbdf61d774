/** Supervised fine-tuning of the teacher in its own format, on the data set's own traces. */
import { z } from 'zod';
import { firstOf, mapped } from '../data/sequences/sequence.js';
import type { Trace } from '../data/trace.js';
import { RELEASED } from '../method/released.js';
import { supervisedMemory, teacherLengths } from './definition/memory.js';
import { atMost, supervisedWork, teacherLength } from './definition/plan.js';
import { checkpointEvery, limit, loraSchema, reference, warmUpOptimiser } from './definition/settings.js';
import { defineStage, head } from './definition/stage.js';
import type { Layouts } from './layouts.js';
import { countFitting, isBeyond } from './left-out.js';
import { checkSteps, supervisedShape, withoutTraces } from './supervised.js';
import { trainingRequirements } from './training/optimiser.js';
import { isFitting, requireFitting, type SftExample, supervise } from './training/sft.js';

const schema = z
  .strictObject({
    ...head('warm-up', 'Teach the teacher its format.'),
    teacher: reference('model').describe('The model to start from.'),
    data: reference('data').describe(
      'Problems with traces of their own: a name under data. Those without are left out.',
    ),
    ...withoutTraces,
    ...supervisedShape(RELEASED.warmUp),
    optimiser: warmUpOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    limit,
    checkpointEvery,
  })
  .check(checkSteps)
  .describe(
    "Supervised fine-tuning of the teacher on the data set's own traces, in the teacher's format. The loss is only on the " +
      'explanation, its end tag and the end of turn. Leaves a model.',
  );

/** The loss is on the explanation, its end tag and the end of turn; system message, question and solution are given. */
function exampleOf({ id, question, solution, explanation }: Trace, { teacher }: Layouts): SftExample {
  // Not the explanation's own span: that of the released conventions can share a line break with the end.
  const { ids, promptLength } = teacher.sequence(question, solution, explanation, true);
  return { id, ids, spans: [{ start: promptLength, end: ids.length }] };
}

export const warmUp = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: (stage) => trainingRequirements(stage, stage.teacher),

  plan(stage, inputs) {
    const lengths = inputs.lengths(stage.data);
    return supervisedWork(
      stage,
      atMost(inputs.traces(stage.data), stage.limit),
      lengths && teacherLength(lengths),
      inputs.contextTokens(stage.teacher),
    );
  },

  memory: (stage, inputs) => supervisedMemory(stage, stage.teacher, teacherLengths(inputs.longest(stage.data))),

  async check({ name, traces, reader, counted }, stage) {
    const found = await traces(stage.data);
    const teacher = await reader(stage.teacher);
    if (found === undefined || teacher === undefined) return [];
    const longest = Math.min(stage.maxTokens, teacher.contextTokens);
    const chosen = firstOf(found, stage.limit);
    const read = { contextTokens: longest, layouts: teacher.layouts };
    const exampleIn = (trace: Trace) => (isBeyond(read, trace) ? undefined : exampleOf(trace, teacher.layouts));
    const fitting = countFitting(chosen, (trace) => isFitting(exampleIn(trace), longest));
    counted(stage.data, fitting);
    return requireFitting(name, fitting, longest, mapped(chosen, exampleIn));
  },

  async run(context, stage) {
    const { policy, layouts } = await context.train(stage.teacher, stage.lora);
    const traces = firstOf(await context.traces(stage.data), stage.limit);
    const examples = mapped(traces, (trace) => exampleOf(trace, layouts));
    const counts = await supervise(context, policy, examples, stage);
    return { ...counts, ...(await context.leaveModel(policy)) };
  },
});
