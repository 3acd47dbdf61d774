/** Supervised tuning of a student on explanations, raw, in the very layout in which explanations are rewarded. */
import type { StageOf } from '../recipe/schema.js';
import { stageSeed } from '../run/seeds.js';
import { layoutsIn, type StageContext, type StageFacts, trainingOptions } from './stage.js';
import { type Example, supervise } from './supervised.js';

/** The loss is on all that the student writes: thought, solution, tags and end; or, for `learn: solution`, with an empty thought. */
export async function distill(context: StageContext, stage: StageOf<'distill'>): Promise<StageFacts> {
  const source = await context.model(stage.student);
  const policy = await context.engine.train(
    source,
    trainingOptions(stage.lora, stageSeed(context.seed, context.name, 'initialise')),
  );
  const { student } = await layoutsIn(context, source);
  const traces = (await context.traces(stage.traces, stage.learn === 'solution' ? 'unused' : 'used')).slice(
    0,
    stage.limit ?? undefined,
  );
  const examples = traces.map(({ id, question, solution, explanation }): Example => {
    const { ids, promptLength } =
      stage.learn === 'solution'
        ? student.solutionOnly(question, solution)
        : student.sequence(question, explanation, solution);
    return { id, ids, spans: [{ start: promptLength, end: ids.length }] };
  });
  const counts = await supervise(context, policy, examples, stage);
  await policy.save(context.directory.path('model'));
  const { parameters } = policy.facts;
  await policy.close();
  return { ...counts, ...(parameters === undefined ? {} : { parameters }) };
}
