/**
 * The recipe: one document that defines everything a run depends on. Its types, defaults, command-line options, help
 * and docs/recipe.md all come from this schema.
 */
import { z } from 'zod';
import { ADAPTER_NAMES } from '../data/adapters.js';
import { columnsSchema } from '../data/columns/columns.js';
import { PURPOSES } from '../data/tasks/index.js';
import { WEIGHT_BITS } from '../engine/engine.js';
import { engineSchema } from '../engine/kinds.js';
import { mixSchema, nameSchema, type Settings } from '../stages/definition/settings.js';
import { stageSchema } from '../stages/index.js';
import { FORMAT_NAMES, FORMATS, formatProblems, type TagFormat } from '../text/formats.js';
import { trackSchema } from '../tracking/settings.js';

export const builtinModels = ['base'] as const;

/** The adapter for trace files; their explanations keep how they ended. */
export const TRACE_FILE = 'traces';

// sources.ts checks the prefixes of sources, with suggestions.
const modelObject = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      '`builtin:base`, `hf:owner/name` (optionally with `@revision`), a folder in the Hugging Face layout, or `served:NAME` ' +
        "for a model that the engine's server knows by this name. On the engines `tinker` and `openai`, `hf:owner/name` is the " +
        "server's model `owner/name`, and `builtin:base` its `base`; only the tokenizer is fetched.",
    ),
  adapter: z.string().min(1).nullable().default(null).describe('Folder of a PEFT adapter to merge into the model.'),
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Folder with the tokenizer and chat template of a `served:NAME` model; null for any other model.'),
  engine: nameSchema
    .nullable()
    .default(null)
    .describe("Engine the model runs on: a name under `engines`; null for the recipe's `engine`."),
  sampler: nameSchema
    .nullable()
    .default(null)
    .describe(
      'Engine that samples while the model, or one trained from it, is trained by reinforcement: a name under `engines`, ' +
        'which gets the weights after each step; null: the engine that trains.',
    ),
  parameters: z
    .number()
    .gt(0)
    .nullable()
    .default(null)
    .describe('Number of parameters; used only for the time estimate of --dry-run.'),
  // Absent where all is float32, so that the recorded recipes of such runs stay as they are.
  bits: z
    .literal(WEIGHT_BITS)
    .exactOptional()
    .describe(
      'Bits in which the engine `local` holds the matrices of the layers, frozen, also below the adapters that stages train ' +
        'on this model: 8 or 4, by blocks of 32 (docs/engine.md). Absent: float32.',
    ),
});
export const modelSchema = z
  .preprocess((value) => (typeof value === 'string' ? { source: value } : value), modelObject)
  .describe('A string is short for `{ source: string }`.');

const dataObject = z
  .strictObject({
    source: z
      .string()
      .min(1)
      .describe(
        '`task:word-problems` or `task:countdown` (generated problems), `hf:owner/name/split`, or a JSONL, JSON, Parquet, CSV or TSV file.',
      ),
    adapter: z
      .enum(['auto', ...ADAPTER_NAMES, TRACE_FILE])
      .default('auto')
      .describe(
        'Layout of the records (docs/data.md). plain: question, solution, answer, reasoning_trace; traces: a trace file as ' +
          'written by an explain stage; auto: detected from the columns.',
      ),
    columns: columnsSchema
      .nullable()
      .default(null)
      .describe(
        'Names of the columns, for records that no layout fits; a path such as `meta.answer` or `messages.1.content` reaches ' +
          'inside. null: the layout names them.',
      ),
    count: z.int().min(1).default(1000).describe('Generated problems only: how many.'),
    level: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Generated problems only: level of difficulty; null for the task's first."),
    purpose: z
      .enum(PURPOSES)
      .default('training')
      .describe(
        'Generated problems only: their purpose. Sets with different purposes never share a problem, whatever their seeds.',
      ),
    traces: mixSchema
      .nullable()
      .default(null)
      .describe(
        'Generated problems only: shares of the kinds of trace, as parts of their sum; those that are not named are of the default mix, as all are with null.',
      ),
    seed: z
      .int()
      .min(0)
      .nullable()
      .default(null)
      .describe("Generated problems only: their seed; null for the recipe's."),
    skip: z.int().min(0).default(0).describe('Skip the first N problems.'),
    limit: z.int().min(1).nullable().default(null).describe('Use at most N problems; null uses all.'),
    heldOut: z
      .union([z.int().min(0), z.number().min(0).lt(1)], {
        error: 'expected a whole number, or a share between 0 and 1',
      })
      .default(0)
      .describe(
        "Hold out all problems of N questions, or of a share of the questions, drawn with the recipe's seed; refer to them as " +
          '`NAME.held-out`. 1 is one question; a number above half of the questions shrinks to half.',
      ),
    except: z
      .array(nameSchema)
      .default([])
      .describe(
        'Exclude problems whose question also appears in these data sets, whatever its white space, to keep evaluation and ' +
          'training data apart.',
      ),
    rows: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Number of records in the source; used only for the plan of --dry-run.'),
    // Absent where nothing is written, so that the recorded recipes of such runs stay as they are.
    whenMissing: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        'What to do where the file is missing, such as the command that makes it: a sentence, said in place of the general advice. ' +
          'A path in angle brackets (`<../scripts/make.mjs>`) is relative to the recipe and said in full.',
      ),
  })
  .check(({ value, issues }) => {
    if (value.columns === null || value.adapter === 'auto') return;
    issues.push({ code: 'custom', message: 'columns and adapter exclude each other', path: ['columns'], input: value });
  });
export const dataSchema = z
  .preprocess((value) => (typeof value === 'string' ? { source: value } : value), dataObject)
  .describe('A string is short for `{ source: string }`.');

const tagPair = (doc: string) =>
  z
    .strictObject({
      open: z.string().min(1).describe('Opening tag.'),
      close: z.string().min(1).describe('Closing tag.'),
    })
    .describe(doc);

const ownFormat = z
  .strictObject({
    name: nameSchema.describe('Name of the format, used in messages.'),
    inner: z.string().default('\n\n').describe('Whitespace between a tag and its content.'),
    between: z.string().default('\n\n').describe('Whitespace between two tagged blocks.'),
    teacher: z
      .strictObject({
        solution: tagPair('Around the solution, given to the teacher.'),
        explanation: tagPair('Around the explanation that the teacher writes.'),
      })
      .describe("The teacher's tags."),
    student: z
      .strictObject({
        thought: tagPair("Around the student's thought, where the explanation goes."),
        solution: tagPair("Around the student's solution.")
          .nullable()
          .default(null)
          .describe("Around the student's solution; null: the solution follows the thought without tags."),
      })
      .describe("The student's tags."),
    answer: z
      .enum(['boxed', 'solution'])
      .default('solution')
      .describe(
        'boxed: the answer is the last \\boxed{} of the solution; solution: the last \\boxed{} if there is one, else the ' +
          'whole solution.',
      ),
  })
  .check((context) => {
    for (const { message, field } of formatProblems(context.value)) {
      context.issues.push({ code: 'custom', message, path: field === undefined ? [] : [field], input: context.value });
    }
  })
  .describe('Custom tags.');

export const formatSchema = z
  .union([z.enum(FORMAT_NAMES), ownFormat])
  .default('paper')
  .describe(
    'Tags and layout: `paper`; `released` (the same tags; tokens and system messages as in the released code of the ' +
      'paper); `think` (<think> and a boxed answer); or custom tags.',
  );

export const promptsSchema = z
  .strictObject({
    teacher: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("The teacher's system message; null: the default message for the format's tags."),
    student: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("The student's system message; null: the default message for the format's tags."),
    date: z.iso
      .date()
      .nullable()
      .default(null)
      .describe(
        "Date that chat templates print, YYYY-MM-DD; null: the template's built-in date. It never comes from the clock.",
      ),
    variables: z
      .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .default({})
      .describe('Values that the chat templates of models ask for, such as `enable_thinking: true`.'),
  })
  .prefault({})
  .describe('What models are told besides the problem: system messages, and variables of chat templates.');

export const recipeSchema = z
  .strictObject({
    name: nameSchema.describe('Name of the run; its folder is runs/NAME unless --out is given.'),
    description: z.string().default('').describe('What the recipe is for, in one or two lines.'),
    seed: z.int().min(0).default(1).describe('Seed of all randomness in the run.'),
    engine: engineSchema.prefault({ kind: 'local' }).describe('Engine of every model that does not name another.'),
    engines: z
      .record(nameSchema, engineSchema)
      .default({})
      .describe('Additional engines by name, for models with `engine: NAME`.'),
    format: formatSchema,
    prompts: promptsSchema,
    models: z.record(nameSchema, modelSchema).default({}).describe('Models that exist before the run, by name.'),
    data: z.record(nameSchema, dataSchema).default({}).describe('Data sets of problems, by name.'),
    // Absent where nothing is tracked, so that the recorded recipes of such runs stay as they are.
    track: trackSchema.exactOptional(),
    stages: z.array(stageSchema).min(1).describe('Stages, run in order.'),
  })
  .describe('A recipe.');

/** A resolved recipe: every default is written out (docs/recipe.md). */
export type Recipe = Settings<typeof recipeSchema>;
export type ModelSettings = Recipe['models'][string];
export type DataSettings = Recipe['data'][string];

/** The tags of a recipe. */
export const formatOf = ({ format }: Pick<Recipe, 'format'>): TagFormat =>
  typeof format === 'string' ? FORMATS[format] : format;
