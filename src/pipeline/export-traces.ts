import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { writeJsonl } from '../data/files/jsonl.js';
import { requireEnding } from '../data/files/writing.js';
import { streamTraces } from '../data/trace-file.js';
import { InputError, UsageError } from '../errors.js';
import { formatOf, type Recipe } from '../recipe/schema.js';
import { isBlank, refuseUseless } from '../stages/explanation-signs.js';
import { FORMAT_ARGUMENT } from '../text/arguments.js';
import { FORMATS, type TagFormat } from '../text/formats.js';
import { studentMessages } from '../text/messages.js';
import { namedTraces } from './inputs/named-traces.js';
import { openRun } from './inputs/opened-run.js';

/** How a row holds its conversation. */
export const TRAINING_LAYOUTS = ['messages', 'prompt-completion'] as const;

/** How traces become training data. */
export interface ExportSettings {
  /**
   * `messages` (default): a list of messages, with the student's turn last. `prompt-completion`: system message and
   * question as `prompt`, and the student's turn as `completion`, both as lists of messages.
   */
  readonly layout?: (typeof TRAINING_LAYOUTS)[number];
  /** The tags around thought and solution; default: those of the run, else of the paper. */
  readonly format?: TagFormat;
  /** The student's system message; null or absent takes that of the run, else the format's own. */
  readonly systemPrompt?: string | null;
}

/** What an export came to. */
export interface ExportFacts {
  /** Rows: one for each trace. */
  readonly traces: number;
  /** Of them, those whose explanation did not end with its tag, and those whose explanation says nothing. */
  readonly unended: number;
  readonly blank: number;
  /** Whether the rows have the reward of their explanation, and its index among the samples of its problem. */
  readonly columns: readonly ('sample' | 'reward')[];
}

/** Traces that are to be exported, with everything that their rows are made of. */
export interface Exportable extends Required<ExportSettings> {
  readonly file: string;
  /** The recipe of the run that they lie in. */
  readonly recipe: Recipe | undefined;
}

const ARGUMENTS = {
  traces: z.string(),
  file: z.string(),
  settings: z.strictObject({
    layout: z.enum(TRAINING_LAYOUTS).optional(),
    format: FORMAT_ARGUMENT.optional(),
    systemPrompt: z.string().nullish(),
  }),
};
const ENDINGS = ['.jsonl'];

/**
 * Writes traces as training data for other trainers (docs/sharing.md), as JSONL: a row for each trace, with the texts that a
 * `distill` stage trains on. The traces are read one by one, twice, and are not held in memory. Beside the conversation a row
 * has `id` (of the problem) and `ended`, and where any of the traces has them, `sample` and `reward` (its total), null where
 * a trace has none.
 * @param traces a file of traces, the folder of a stage, `RUN:STAGE`, or a run where one stage has left traces
 * @throws {UsageError} when there are no such traces, or the file to write does not end in .jsonl or is that of the traces
 * @throws {InputError} when a trace is invalid, there is none, or none of them ended or says anything
 * @throws {StorageError} when a file cannot be read or written, or has changed since its stage left it; a file that was in the
 * place of the new one is then untouched
 */
export async function exportTraces(traces: string, file: string, settings: ExportSettings = {}): Promise<ExportFacts> {
  const form = "exportTraces('runs/quickstart:traces-rlt', 'training.jsonl', { layout: 'messages' })";
  checkArguments(form, { traces, file, settings }, ARGUMENTS);
  requireEnding(form, file, ENDINGS);
  const found = await exportable(traces, settings, file);
  const facts = await exportFacts(found);
  await writeJsonl(file, trainingRows(found, facts));
  return facts;
}

/**
 * The traces that a person named, with what settings leave out: tags and system message of their run, else of the paper.
 * @param out where they are to be written
 * @throws {UsageError} when there are none, or they would be written over
 */
export async function exportable(given: string, settings: ExportSettings, out?: string): Promise<Exportable> {
  const { file, run } = await namedTraces(given);
  if (!existsSync(file))
    throw new UsageError('there are no such traces', {
      file: given,
      remedy: 'Name a run directory, RUN:STAGE, the folder of an explain or score stage, or a file of traces.',
    });
  if (out !== undefined && resolve(out) === resolve(file))
    throw new UsageError('the training data would overwrite the traces', { file: out });
  const recipe = run === undefined ? undefined : (await openRun(run)).recipe;
  const {
    layout = 'messages',
    format = recipe === undefined ? FORMATS.paper : formatOf(recipe),
    systemPrompt,
  } = settings;
  return { file, recipe, layout, format, systemPrompt: systemPrompt ?? recipe?.prompts.student ?? null };
}

/**
 * Reads and checks all of the traces.
 * @throws {InputError} when one is invalid, there is none, or none of them ended or says anything
 */
export async function exportFacts({ file }: Pick<Exportable, 'file'>): Promise<ExportFacts> {
  let [traces, unended, blank] = [0, 0, 0];
  const columns = { sample: false, reward: false };
  for await (const trace of streamTraces(file)) {
    traces += 1;
    unended += trace.ended === 'stop' ? 0 : 1;
    blank += isBlank(trace.explanation) ? 1 : 0;
    columns.sample ||= trace.sample !== undefined;
    columns.reward ||= trace.reward !== undefined;
  }
  if (traces === 0) throw new InputError('there are no traces in this file', { file });
  refuseUseless('this file', { of: traces, someEnded: unended < traces, someSaid: blank < traces }, { file });
  return { traces, unended, blank, columns: (['sample', 'reward'] as const).filter((column) => columns[column]) };
}

/**
 * The rows of the training data. All of them have the same keys: readers of tables (datasets, of Hugging Face) take those
 * of the first rows for all.
 */
export async function* trainingRows(
  { file, layout, format, systemPrompt }: Exportable,
  { columns }: ExportFacts,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const trace of streamTraces(file)) {
    const messages = studentMessages(trace, format, systemPrompt);
    const conversation =
      layout === 'messages' ? { messages } : { prompt: messages.slice(0, -1), completion: messages.slice(-1) };
    const more = { sample: trace.sample ?? null, reward: trace.reward?.total ?? null };
    yield {
      ...conversation,
      id: trace.id,
      ended: trace.ended,
      ...Object.fromEntries(columns.map((column) => [column, more[column]])),
    };
  }
}
