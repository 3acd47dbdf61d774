/** The events of a run as sentences. Those of other versions, which may lack what a sentence needs, are told as they are. */

import { z } from 'zod';
import { stepText } from '../printable.js';
import { DATA_READ, GRADED_AGAIN, RUN_BEGINS, RUN_ENDS, STAGE_TOOK } from '../run/directory.js';
import { durationText } from '../run/progress.js';

/** As it was recorded; more of it is checked where it is told. */
interface RecordedEvent {
  readonly event: string;
}

const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : several}`;

/** A sentence from the fields that it needs. */
const sentence =
  <Schema extends z.ZodType>(schema: Schema, tell: (fields: z.output<Schema>) => string) =>
  (event: RecordedEvent): string | undefined => {
    const { success, data } = schema.safeParse(event);
    return success ? tell(data) : undefined;
  };

const stage = z.string();
const seconds = z.number();
const ofStage = z.object({ stage });

/** What a stage takes of its data, and what it leaves out as too long for the models. */
const taken = (one: string) =>
  sentence(z.object({ stage, kept: z.number(), tooLong: z.number() }), ({ stage, kept, tooLong }) => {
    const left =
      tooLong === 0 ? '' : `; ${counted(tooLong, 'more is', 'more are')} too long for the models and left out`;
    return `${stage}: ${counted(kept, one)} to work on${left}.`;
  });

const SENTENCES: Readonly<Record<string, (event: RecordedEvent) => string | undefined>> = {
  [RUN_BEGINS]: sentence(
    z.object({ recipe: z.string(), stages: z.number() }),
    ({ recipe, stages }) => `The run of ${recipe} began or went on: ${counted(stages, 'stage')} in all.`,
  ),
  [DATA_READ]: sentence(
    z.object({ data: z.string(), rows: z.number(), problems: z.number(), used: z.number(), heldOut: z.number() }),
    ({ data, rows, problems, used, heldOut }) => {
      const distinct = problems === rows ? '' : `, ${counted(problems, 'distinct problem')}`;
      const held = heldOut === 0 ? '' : ` and ${heldOut.toLocaleString('en')} held out`;
      return `Data set ${data} was read: ${counted(rows, 'row')}${distinct}, of which ${used.toLocaleString('en')} are used${held}.`;
    },
  ),
  'stage begins': sentence(ofStage, ({ stage }) => `${stage}: began.`),
  'stage resumes': sentence(
    z.object({ stage, step: z.number() }),
    ({ stage, step }) => `${stage}: resumed from its checkpoint after ${counted(step, 'step')}.`,
  ),
  'stage done': sentence(ofStage, ({ stage }) => `${stage}: finished.`),
  [STAGE_TOOK]: sentence(
    z.object({ stage, seconds }),
    ({ stage, seconds }) => `${stage}: took ${durationText(seconds)} in this process.`,
  ),
  examples: taken('example'),
  prompts: taken('prompt'),
  traces: taken('explanation'),
  'cut for the student': sentence(
    z.object({ stage, step: z.number(), explanations: z.number() }),
    ({ stage, step, explanations }) =>
      `${stage}, ${stepText(step)}: ${counted(explanations, 'explanation was', 'explanations were')} cut to fit the student's context.`,
  ),
  'damaged checkpoint': sentence(
    z.object({ stage, step: z.number(), message: z.string() }),
    ({ stage, step, message }) =>
      `${stage}: the checkpoint of step ${step} is damaged, so an earlier one was taken: ${message}.`,
  ),
  [GRADED_AGAIN]: sentence(
    z.object({ stage, was: z.string(), now: z.string() }),
    ({ stage, was, now }) => `${stage}: its answers were graded again by ${now}; before, by ${was}.`,
  ),
  [RUN_ENDS]: sentence(
    z.object({ seconds }),
    ({ seconds }) => `The run finished; this process took ${durationText(seconds)}.`,
  ),
};

/** An event as a sentence; undefined where there is none for it. */
export const eventSentence = (event: RecordedEvent): string | undefined =>
  Object.hasOwn(SENTENCES, event.event) ? SENTENCES[event.event]?.(event) : undefined;
