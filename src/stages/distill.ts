/** Supervised fine-tuning of a student on raw explanations, in the same layout in which explanations are rewarded. */
import { z } from 'zod';
import { firstOf, mapped, type Sequence } from '../data/sequences/sequence.js';
import type { Trace } from '../data/trace.js';
import { RELEASED } from '../method/released.js';
import { studentLengths, supervisedMemory } from './definition/memory.js';
import { atMost, studentLength, supervisedWork } from './definition/plan.js';
import {
  checkpointEvery,
  distillOptimiser,
  limit,
  loraSchema,
  reference,
  type Settings,
} from './definition/settings.js';
import { defineStage, head } from './definition/stage.js';
import { isBlank, refuseUseless } from './explanation-signs.js';
import type { Layouts } from './layouts.js';
import { countFitting, isBeyond } from './left-out.js';
import { checkSteps, supervisedShape, withoutTraces } from './supervised.js';
import { trainingRequirements } from './training/optimiser.js';
import { isFitting, requireFitting, type SftExample, supervise } from './training/sft.js';

const schema = z
  .strictObject({
    ...head('distill', 'Fine-tune a student on traces.'),
    student: reference('model').describe('The model to start from; it may be larger than the teacher.'),
    traces: reference('traces').describe(
      "An explain or score stage, or a name under data for the data set's own traces; problems without are left out.",
    ),
    ...withoutTraces,
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
  .check(checkSteps)
  .describe("Supervised fine-tuning of a student of any size on traces, in the student's format. Leaves a model.");

type Distill = Settings<typeof schema>;

/**
 * The loss is on everything that the student writes: thought, solution, tags and end of turn. With `learn: solution` the
 * thought is empty.
 */
function exampleOf(
  { id, question, solution, explanation }: Trace,
  { student }: Layouts,
  { learn }: Distill,
): SftExample {
  const { ids, promptLength } =
    learn === 'solution' ? student.solutionOnly(question, solution) : student.sequence(question, explanation, solution);
  return { id, ids, spans: [{ start: promptLength, end: ids.length }] };
}

/** The texts of a trace that a student learns. */
const textsOf = ({ question, solution, explanation }: Trace, { learn }: Distill) =>
  learn === 'solution' ? { question, solution } : { question, solution, explanation };

const explanationsIn = ({ learn }: Distill): 'used' | 'unused' => (learn === 'solution' ? 'unused' : 'used');

/** @throws {InputError} when none of the traces that a stage learns from ended with its tag, or none says anything */
export function requireExplanations(
  name: string,
  all: Sequence<Trace>,
  { learn, limit: most, traces: source }: Distill,
): void {
  const traces = firstOf(all, most);
  if (learn === 'solution' || traces.length === 0) return;
  let [someEnded, someSaid] = [false, false];
  for (const trace of traces) {
    someEnded ||= trace.ended === 'stop';
    someSaid ||= !isBlank(trace.explanation);
    if (someEnded && someSaid) return;
  }
  refuseUseless(source, { of: traces.length, someEnded, someSaid }, { stage: name });
}

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
      inputs.contextTokens(stage.student),
    );
  },

  memory(stage, inputs) {
    const lengths = inputs.longest(stage.traces);
    const learnt = stage.learn === 'solution' ? { explanation: 0 } : {};
    return supervisedMemory(stage, stage.student, studentLengths(lengths && { ...lengths, ...learnt }));
  },

  async check({ name, traces, reader, counted }, stage) {
    const found = await traces(stage.traces, explanationsIn(stage));
    const student = await reader(stage.student);
    if (found === undefined || student === undefined) return [];
    const chosen = firstOf(found, stage.limit);
    requireExplanations(name, found, stage);
    const longest = Math.min(stage.maxTokens, student.contextTokens);
    const read = { contextTokens: longest, layouts: student.layouts };
    const exampleIn = (trace: Trace) =>
      isBeyond(read, textsOf(trace, stage)) ? undefined : exampleOf(trace, student.layouts, stage);
    const fitting = countFitting(chosen, (trace) => isFitting(exampleIn(trace), longest));
    counted(stage.traces, fitting);
    return requireFitting(name, fitting, longest, mapped(chosen, exampleIn));
  },

  async run(context, stage) {
    const traces = firstOf(await context.traces(stage.traces, explanationsIn(stage)), stage.limit);
    requireExplanations(context.name, traces, stage);
    const { policy, layouts } = await context.train(stage.student, stage.lora);
    const examples = mapped(traces, (trace) => exampleOf(trace, layouts, stage));
    const counts = await supervise(context, policy, examples, stage);
    return { ...counts, ...(await context.leaveModel(policy)) };
  },
});
