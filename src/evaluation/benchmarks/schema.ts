/** A benchmark as data: where its problems are, what is asked, how answers are sampled and graded. */
import { z } from 'zod';
import { ADAPTER_NAMES } from '../../data/adapters.js';
import { PROBLEM_COLUMNS } from '../../data/columns/columns.js';
import { GRADER_NAMES } from '../graders/names.js';
import { promptFormats } from './formats.js';

/** The columns of a table for which there is no adapter. */
const columnsSchema = z.strictObject(PROBLEM_COLUMNS);
export type Columns = z.output<typeof columnsSchema>;

const generatedSchema = z.strictObject({
  task: z.string().min(1),
  levels: z.array(z.string().min(1)).min(1),
  /** Problems per level. */
  count: z.int().min(1),
  seed: z.int().min(0).default(1),
});

/**
 * A name in braces, as a prompt of another tool writes what it fills in; not a LaTeX argument (`\boxed{answer}`, `x^{2}`,
 * `\frac{a}{b}`, `\sqrt[3]{n}`) and not a name in doubled braces.
 */
const PLACEHOLDER = /(?<!\\[A-Za-z]+\*?|[\]^_{}])\{(\w+)\}/;

/** The first placeholder of a prompt that nothing fills: the model would be asked with it as it is. */
const unfilledIn = (prompt: string): string | undefined => PLACEHOLDER.exec(prompt.replaceAll('{question}', ' '))?.[1];

const samplingSchema = z.strictObject({
  temperature: z.number().min(0).max(10).default(0.7),
  topP: z.number().gt(0).max(1).default(1),
  topK: z.int().min(0).default(0),
  minP: z.number().min(0).max(1).default(0),
  maxTokens: z.int().min(1).default(4096),
});

export const benchmarkSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'a name has letters, digits, dots, dashes and underscores, at most 64'),
  summary: z.string().default(''),
  /** A JSONL, JSON, Parquet, CSV or TSV file, `hf:owner/name/…`, or generated problems. */
  source: z.union([z.string().min(1), generatedSchema]),
  adapter: z.enum(['auto', ...ADAPTER_NAMES]).default('auto'),
  columns: columnsSchema.optional(),
  grader: z.enum(GRADER_NAMES),
  format: z.enum(promptFormats).default('plain'),
  system: z.string().min(1).nullable().default(null),
  /** The prompt of the plain format; the student formats use the question as it is. */
  prompt: z
    .string()
    .refine((text) => text.includes('{question}'), 'the prompt does not say where {question} goes')
    .superRefine((text, { addIssue }) => {
      const name = unfilledIn(text);
      if (name === undefined) return;
      addIssue(
        `nothing fills {${name}}: only {question} is filled. Of columns, passage names that of a text in front of the question, and choices those of options; to keep it as text, write ${name} without braces`,
      );
    })
    .default('{question}'),
  samples: z.int().min(1).default(1),
  sampling: samplingSchema.prefault({}),
});
export type Benchmark = z.output<typeof benchmarkSchema>;
export type BenchmarkSettings = z.input<typeof benchmarkSchema>;
