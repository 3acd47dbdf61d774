/**
 * The recipe: one document that says everything a run depends on. This schema is the only source of its types,
 * defaults, command-line flags, help and docs/recipe.md.
 */
import { z } from 'zod';
import { ADAPTER_NAMES } from '../data/adapters.js';
import { PURPOSES } from '../data/tasks/index.js';
import { engineSchema } from '../engine/kinds.js';
import { stageSchema } from '../stages/index.js';
import { mixSchema, nameSchema, type Settings } from '../stages/settings.js';
import { type FORMATS, formatProblems } from '../text/formats.js';

export const builtinModels = ['base'] as const;

/** The layout of trace files, whose explanations keep how they ended. */
export const TRACE_FILE = 'traces';

/** `builtin:base`, `hf:owner/name[@revision]`, `served:NAME`, or a path. Prefixes are checked by sources.ts, with suggestions. */
const modelObject = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      '`builtin:base`, `hf:owner/name` (with `@revision`), a folder in the Hugging Face layout, or `served:NAME`: a model that the server of its engine knows by this name.',
    ),
  adapter: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Folder of a PEFT adapter that is merged into the model.'),
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder with the tokenizer and chat template of a model that a server knows by name (`served:NAME`); null otherwise.',
    ),
  engine: nameSchema
    .nullable()
    .default(null)
    .describe("Where the model runs: a name under engines; null takes the recipe's `engine`."),
  parameters: z
    .number()
    .gt(0)
    .nullable()
    .default(null)
    .describe('Number of parameters, for the time estimate of --dry-run only.'),
});
export const modelSchema = z
  .preprocess((value) => (typeof value === 'string' ? { source: value } : value), modelObject)
  .describe('A text is short for {source: text}.');

const dataObject = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      '`task:word-problems` or `task:countdown` (generated), `hf:owner/name/split`, or a JSONL, Parquet or CSV file.',
    ),
  adapter: z
    .enum(['auto', ...ADAPTER_NAMES, TRACE_FILE])
    .default('auto')
    .describe(
      'Layout of the records; plain: question, solution, answer, reasoning_trace; traces: a file of traces as an explain stage leaves it. auto looks at the columns.',
    ),
  count: z.int().min(1).default(1000).describe('Generated problems: how many.'),
  level: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Generated problems: level of difficulty; null takes the task's first."),
  purpose: z
    .enum(PURPOSES)
    .default('training')
    .describe('Generated problems: what for. Problems of two purposes are never the same, whatever their seeds.'),
  traces: mixSchema
    .nullable()
    .default(null)
    .describe('Generated problems: shares of the kinds of trace; null takes the default mix.'),
  seed: z.int().min(0).nullable().default(null).describe("Generated problems: their seed; null takes the recipe's."),
  skip: z.int().min(0).default(0).describe('Leave out the first so many.'),
  limit: z.int().min(1).nullable().default(null).describe('Use at most so many; null uses all.'),
  heldOut: z
    .int()
    .min(0)
    .default(0)
    .describe('Set aside so many, drawn by the seed of the recipe; they are called NAME.held-out.'),
  except: z
    .array(nameSchema)
    .default([])
    .describe('Leave out problems whose question is also in these data sets: keeps evaluation apart from training.'),
  rows: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Number of records in the source, for the plan of --dry-run only.'),
});
export const dataSchema = z
  .preprocess((value) => (typeof value === 'string' ? { source: value } : value), dataObject)
  .describe('A text is short for {source: text}.');

const tagPair = (doc: string) =>
  z
    .strictObject({
      open: z.string().min(1).describe('Opening tag.'),
      close: z.string().min(1).describe('Closing tag.'),
    })
    .describe(doc);

const ownFormat = z
  .strictObject({
    name: nameSchema.describe('Name of the format, for messages.'),
    inner: z.string().default('\n\n').describe('White space between a tag and what it holds.'),
    between: z.string().default('\n\n').describe('White space between two tagged blocks.'),
    teacher: z
      .strictObject({
        solution: tagPair('Around the solution, which the teacher is given.'),
        explanation: tagPair('Around the explanation, which it writes.'),
      })
      .describe("The teacher's tags."),
    student: z
      .strictObject({
        thought: tagPair("Around the student's thought: the place of the explanation."),
        solution: tagPair('Around its solution.')
          .nullable()
          .default(null)
          .describe('Around its solution; null: the solution follows the thought.'),
      })
      .describe("The student's tags."),
    answer: z
      .enum(['boxed', 'solution'])
      .default('solution')
      .describe(
        'boxed: the answer is the last \\boxed{} of the solution; solution: that if there is one, else all of it.',
      ),
  })
  .check((context) => {
    for (const { message, field } of formatProblems(context.value)) {
      context.issues.push({ code: 'custom', message, path: field === undefined ? [] : [field], input: context.value });
    }
  })
  .describe('Own tags.');

const formatNames = ['paper', 'think'] as const satisfies readonly (keyof typeof FORMATS)[];

export const formatSchema = z
  .union([z.enum(formatNames), ownFormat])
  .default('paper')
  .describe('Tags and layout: `paper`, `think` (<think> and a boxed answer), or own tags.');

export const recipeSchema = z
  .strictObject({
    name: nameSchema.describe('Names the run; its folder is runs/NAME unless --out says otherwise.'),
    description: z.string().default('').describe('What the recipe is for, in a line or two.'),
    seed: z.int().min(0).default(1).describe('Seed of everything random in the run.'),
    engine: engineSchema.prefault({ kind: 'local' }).describe('Where models run that name no other engine.'),
    engines: z
      .record(nameSchema, engineSchema)
      .default({})
      .describe('Further engines by name, for models that say `engine: NAME`.'),
    format: formatSchema,
    prompts: z
      .strictObject({
        teacher: z
          .string()
          .min(1)
          .nullable()
          .default(null)
          .describe("The teacher's system message; null: made for the format's tags."),
        student: z
          .string()
          .min(1)
          .nullable()
          .default(null)
          .describe("The student's system message; null: made for the format's tags."),
      })
      .prefault({})
      .describe('System messages.'),
    models: z.record(nameSchema, modelSchema).default({}).describe('Models that exist before the run, by name.'),
    data: z.record(nameSchema, dataSchema).default({}).describe('Problems, by name.'),
    stages: z.array(stageSchema).min(1).describe('What is done, in order.'),
  })
  .describe('A recipe.');

export type Recipe = Settings<typeof recipeSchema>;
export type ModelSettings = Recipe['models'][string];
export type DataSettings = Recipe['data'][string];
