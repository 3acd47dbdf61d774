/** A benchmark as data: where its problems are, what is asked, how answers are sampled and judged. */
import { existsSync } from 'node:fs';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ADAPTER_NAMES } from '../../data/adapters.js';
import { isHubSource } from '../../data/hub/source.js';
import { InputError, UsageError } from '../../errors.js';
import { readText } from '../../storage.js';
import { suggestion } from '../../suggestion.js';
import { FORMATS } from '../../text/formats.js';
import type { PromptStyle } from '../answers/prompt.js';
import { GRADER_NAMES } from '../graders/registry.js';

const column = z.string().min(1);

/** Which columns hold what, for tables that no adapter reads. */
const columnsSchema = z.strictObject({
  question: column,
  /** The reference answer; left out where there are `choices`. */
  answer: column.optional(),
  solution: column.optional(),
  id: column.optional(),
  level: column.optional(),
  /** Multiple choice: the right option and the others. Options get letters in an order drawn by `seed`, the same in every run. */
  choices: z
    .strictObject({
      correct: column,
      wrong: z.array(column).min(1).max(25),
      seed: z.int().min(0).default(1),
    })
    .optional(),
});
export type Columns = z.output<typeof columnsSchema>;

const generatedSchema = z.strictObject({
  task: z.string().min(1),
  levels: z.array(z.string().min(1)).min(1),
  /** Problems of each level. */
  count: z.int().min(1),
  seed: z.int().min(0).default(1),
});

const samplingSchema = z.strictObject({
  temperature: z.number().min(0).max(10).default(0.7),
  topP: z.number().gt(0).max(1).default(1),
  topK: z.int().min(0).default(0),
  minP: z.number().min(0).max(1).default(0),
  maxTokens: z.int().min(1).default(4096),
});

export const promptFormats = ['plain', 'paper', 'think'] as const;
export type PromptFormat = (typeof promptFormats)[number];

const benchmarkSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'a name has letters, digits, dots, dashes and underscores, at most 64'),
  summary: z.string().default(''),
  /** A JSONL, Parquet or CSV file, `hf:owner/name/…`, or generated problems. */
  source: z.union([z.string().min(1), generatedSchema]),
  adapter: z.enum(['auto', ...ADAPTER_NAMES]).default('auto'),
  columns: columnsSchema.optional(),
  grader: z.enum(GRADER_NAMES),
  format: z.enum(promptFormats).default('plain'),
  system: z.string().min(1).nullable().default(null),
  /** What is asked in the plain format; the student formats ask the question as it is. */
  prompt: z
    .string()
    .refine((text) => text.includes('{question}'), 'the prompt does not say where {question} goes')
    .default('{question}'),
  samples: z.int().min(1).default(1),
  sampling: samplingSchema.prefault({}),
});
export type Benchmark = z.output<typeof benchmarkSchema>;
type BenchmarkSettings = z.input<typeof benchmarkSchema>;

const STEPS = 'Reason step by step, and put the final answer inside \\boxed{}.';

const settings: readonly BenchmarkSettings[] = [
  {
    name: 'aime24',
    summary: 'the 30 problems of the American Invitational Mathematics Examination 2024; answers are whole numbers',
    source: 'hf:HuggingFaceH4/aime_2024/train',
    adapter: 'math',
    grader: 'integer',
    prompt: `{question}\n\nThe answer is a whole number from 0 to 999. ${STEPS}`,
    samples: 16,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'math500',
    summary: '500 problems of the MATH test set, of five levels',
    source: 'hf:HuggingFaceH4/MATH-500/test.jsonl',
    adapter: 'math',
    grader: 'math',
    prompt: `{question}\n\n${STEPS}`,
    samples: 4,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'gpqa-diamond',
    summary: '198 multiple-choice questions of biology, chemistry and physics; gated on the hub',
    source: 'hf:Idavidrein/gpqa/gpqa_diamond.csv',
    columns: {
      question: 'Question',
      id: 'Record ID',
      level: 'High-level domain',
      choices: {
        correct: 'Correct Answer',
        wrong: ['Incorrect Answer 1', 'Incorrect Answer 2', 'Incorrect Answer 3'],
      },
    },
    grader: 'choice',
    prompt:
      '{question}\n\nExactly one option is right. Reason step by step, then end with a line of the form "Answer: X", where X is the letter of the option.',
    samples: 4,
    sampling: { maxTokens: 32_768 },
  },
  {
    name: 'gsm8k',
    summary: '1,319 word problems of the GSM8K test set',
    source: 'hf:openai/gsm8k/main/test',
    adapter: 'gsm8k',
    grader: 'math',
    prompt: `{question}\n\n${STEPS}`,
    samples: 4,
    sampling: { maxTokens: 1024 },
  },
  {
    name: 'countdown',
    summary: 'generated: make a target from three or four numbers, each used at most once',
    source: { task: 'countdown', levels: ['seen', 'harder'], count: 200 },
    grader: 'countdown',
    prompt: '{question}\n\nReason step by step, and put the expression, such as (1 + 2) * 3, inside \\boxed{}.',
    samples: 4,
    sampling: { maxTokens: 1024 },
  },
  {
    name: 'word-problems',
    summary: "generated stories of one to five steps, in the layout of the bundled model's students",
    source: { task: 'word-problems', levels: ['seen', 'harder'], count: 200 },
    grader: 'integer',
    format: 'paper',
    // What the bundled model and the quickstart's students were trained with.
    system: 'Solve the problem.',
    samples: 4,
    sampling: { maxTokens: 128 },
  },
];

const BENCHMARKS: readonly Benchmark[] = settings.map((entry) => benchmarkSchema.parse(entry));
export const BENCHMARK_NAMES: readonly string[] = BENCHMARKS.map(({ name }) => name);

/** @throws UsageError for an unknown name, with the nearest one */
export function benchmarkNamed(name: string): Benchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  throw new UsageError(`there is no benchmark "${name}"`, {
    remedy: `${suggestion(name, BENCHMARK_NAMES, 'benchmarks')} Or give a YAML file of your own (docs/evaluation.md).`,
  });
}

/** A shipped benchmark by its name, or one of the user's in a YAML file. */
export async function loadBenchmark(nameOrFile: string): Promise<Benchmark> {
  const isFile = ['.yaml', '.yml'].includes(extname(nameOrFile).toLowerCase());
  return isFile ? readBenchmark(nameOrFile) : benchmarkNamed(nameOrFile);
}

/** @throws InputError naming the file and the first field that is wrong; StorageError where it cannot be read */
async function readBenchmark(file: string): Promise<Benchmark> {
  const text = await readText(file);
  let value: unknown;
  try {
    // Without aliases, so that a short text cannot stand for a huge one.
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    if (!(cause instanceof YAMLParseError || cause instanceof ReferenceError)) throw cause;
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
    throw new InputError(`this is not YAML: ${cause.message.split('\n')[0]}`, {
      file,
      ...(line === undefined ? {} : { line }),
      cause,
    });
  }
  const result = benchmarkSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
    throw new InputError(issue?.message ?? 'this is no benchmark', {
      file,
      ...(issue === undefined || issue.path.length === 0 ? {} : { field: issue.path.join('.') }),
      remedy:
        keys[0] === undefined
          ? 'A benchmark has name, source and grader; docs/evaluation.md shows one.'
          : suggestion(keys[0], Object.keys(benchmarkSchema.shape), 'keys'),
      cause: result.error,
    });
  }
  const benchmark = result.data;
  const { source, columns } = benchmark;
  if (columns !== undefined && (columns.answer === undefined) === (columns.choices === undefined)) {
    throw new InputError('columns names neither answer nor choices, or both', {
      file,
      field: 'columns',
      remedy: 'Name the column of the answer, or those of the options.',
    });
  }
  if (typeof source !== 'string' || isHubSource(source) || isAbsolute(source)) return benchmark;
  const beside = join(dirname(file), source);
  return { ...benchmark, source: existsSync(beside) || !existsSync(source) ? beside : source };
}

/** How a benchmark asks in a format, which is its own where none is named. */
export function promptStyle(benchmark: Benchmark, format: PromptFormat = benchmark.format): PromptStyle {
  const { system, prompt } = benchmark;
  return format === 'plain'
    ? { kind: 'plain', system, template: prompt }
    : { kind: 'tagged', system: format === benchmark.format ? system : null, format: FORMATS[format] };
}
