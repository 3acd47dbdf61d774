/** Supervised tuning of the teacher in its own format, on the data set's own traces. */
import type { StageOf } from '../recipe/schema.js';
import { stageSeed } from '../run/seeds.js';
import { layoutsIn, type StageContext, type StageFacts, trainingOptions } from './stage.js';
import { type Example, supervise } from './supervised.js';

/** The loss is on the explanation, its end tag and the end of the turn; system, question and solution are given. */
export async function warmUp(context: StageContext, stage: StageOf<'warm-up'>): Promise<StageFacts> {
  const source = await context.model(stage.teacher);
  const policy = await context.engine.train(
    source,
    trainingOptions(stage.lora, stageSeed(context.seed, context.name, 'initialise')),
  );
  const { teacher } = await layoutsIn(context, source);
  const traces = (await context.traces(stage.data)).slice(0, stage.limit ?? undefined);
  const examples = traces.map(({ id, question, solution, explanation }): Example => {
    const { ids, explanationSpan, endSpan } = teacher.sequence(question, solution, explanation, true);
    return { id, ids, spans: [explanationSpan, endSpan] };
  });
  const counts = await supervise(context, policy, examples, stage);
  await policy.save(context.directory.path('model'));
  const { parameters } = policy.facts;
  await policy.close();
  return { ...counts, ...(parameters === undefined ? {} : { parameters }) };
}
