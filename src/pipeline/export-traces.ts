import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { writeJsonl } from '../data/files/jsonl.js';
import { requireEnding } from '../data/files/writing.js';
import { streamTraces } from '../data/trace-file.js';
import { InputError } from '../errors.js';
import { isBlank, refuseUseless } from '../stages/explanation-signs.js';
import { FORMAT_ARGUMENT } from '../text/arguments.js';
import { FORMATS, type TagFormat } from '../text/formats.js';
import { studentMessages } from '../text/messages.js';

/** How a row holds its conversation. */
export const TRAINING_LAYOUTS = ['messages', 'prompt-completion'] as const;

/** How traces become training data. */
export interface ExportSettings {
  /**
   * `messages` (default): a list of messages, with the student's turn last. `prompt-completion`: system message and
   * question as `prompt`, and the student's turn as `completion`, both as lists of messages.
   */
  readonly layout?: (typeof TRAINING_LAYOUTS)[number];
  /** The tags around thought and solution; default: those of the paper. */
  readonly format?: TagFormat;
  /** The student's system message; null or absent takes the format's own. */
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
 * Writes the traces of a file as training data for other trainers (docs/sharing.md), as JSONL: a row for each trace, with
 * the texts that a `distill` stage trains on. The traces are read one by one, twice, and are not held in memory. Beside the
 * conversation a row has `id` (of the problem) and `ended`, and where any trace of the file has them, `sample` and
 * `reward` (its total), null where a trace has none.
 * @throws {UsageError} when the file to write does not end in .jsonl
 * @throws {InputError} when a trace is invalid, there is none, or none of them ended or says anything
 * @throws {StorageError} when a file cannot be read or written; one that was there is then untouched
 */
export async function exportTraces(traces: string, file: string, settings: ExportSettings = {}): Promise<ExportFacts> {
  const form = "exportTraces('traces.jsonl', 'training.jsonl', { layout: 'messages' })";
  checkArguments(form, { traces, file, settings }, ARGUMENTS);
  requireEnding(form, file, ENDINGS);
  const facts = await exportFacts(traces);
  await writeJsonl(file, trainingRows(traces, facts, settings));
  return facts;
}

/**
 * Reads and checks all traces of a file.
 * @throws {InputError} when one is invalid, there is none, or none of them ended or says anything
 */
export async function exportFacts(file: string): Promise<ExportFacts> {
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
  file: string,
  { columns }: Pick<ExportFacts, 'columns'>,
  { layout = 'messages', format = FORMATS.paper, systemPrompt = null }: ExportSettings = {},
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
