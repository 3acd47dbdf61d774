/** Every student solves every set of problems; its answers are graded and summed up, with intervals over problems. */
import { z } from 'zod';
import { writeJsonl } from '../data/files/jsonl.js';
import { isHubSource } from '../data/hub/source.js';
import type { Problem } from '../data/problem.js';
import { firstOf, mapped, type Sequence } from '../data/sequence.js';
import { type Model, type ModelSource, tokenizerDirectory } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import type { Answer, EvaluationProblem } from '../evaluation/answers/answer.js';
import {
  type PromptBuilder,
  type PromptStyle,
  promptBuilderFor,
  taggedPromptBuilder,
} from '../evaluation/answers/prompt.js';
import { resultFacts, resultRows, writeResults } from '../evaluation/answers/result-files.js';
import { type EvaluationResults, PROBLEMS_FILE } from '../evaluation/answers/results.js';
import { solve } from '../evaluation/answers/solve.js';
import { loadBenchmark, promptStyle } from '../evaluation/benchmarks/benchmark.js';
import { promptFormats } from '../evaluation/benchmarks/formats.js';
import { benchmarkProblems } from '../evaluation/benchmarks/problems.js';
import type { Benchmark } from '../evaluation/benchmarks/schema.js';
import { modelHash } from '../evaluation/model-hash.js';
import { stageKey } from '../run/seeds.js';
import { FORMATS } from '../text/formats.js';
import { forgetBatches, inBatches } from './batches.js';
import { posed } from './graders.js';
import type { Layouts } from './layouts.js';
import { countFitting, isBeyond } from './left-out.js';
import { estimateIf, longestOf, samplerUse, studentLengths } from './memory.js';
import { atMost, mostSampled, type TokenCounts, type TypicalLengths, times, totalTokens } from './plan.js';
import { benchmarkIn, graderSchema, limit, nameSchema, reference, type Settings, samplingSchema } from './settings.js';
import { callOptions, defineStage, head, type Reader, type StageContext } from './stage.js';

/** Enough to fill the engine's batch, few enough that little is lost to a kill. */
const DEFAULT_BATCH = 256;

/** A set of problems, and how they are asked: in the layout of the recipe's students, where no style is given. */
interface ProblemSet {
  readonly level: string;
  readonly problems: Sequence<EvaluationProblem>;
  readonly style: PromptStyle | undefined;
}

interface Batch {
  readonly student: string;
  readonly set: ProblemSet;
  readonly posed: Sequence<EvaluationProblem>;
}

const schema = z
  .strictObject({
    ...head('evaluate', 'Accuracy of models on problems.'),
    students: z
      .record(nameSchema, reference('model'))
      .refine((students) => Object.keys(students).length > 0, 'names no model')
      .describe('The models, each under the label that the table of results shows.'),
    problems: z
      .record(nameSchema, reference('problems'))
      .refine((problems) => Object.keys(problems).length > 0, 'names no problems')
      .describe(
        'What they solve, each under a label (a level): a name under data, `benchmark:NAME`, or `benchmark:FILE.yaml` for a benchmark of your own (docs/evaluation.md).',
      ),
    samples: z.int().min(1).default(1).describe('Answers sampled for a problem; several narrow the interval.'),
    sampling: samplingSchema.prefault({}).describe('How answers are sampled.'),
    grader: graderSchema,
    limit,
    prompt: z
      .enum(['format', 'benchmark', ...promptFormats])
      .default('format')
      .describe(
        "How problems are asked. format: in the recipe's format, under the student's system message; benchmark: as each benchmark asks, and data sets as with format; plain: through the chat template alone; paper, think: in these tags, under their own system message.",
      ),
    source: reference('records')
      .nullable()
      .default(null)
      .describe(
        "Problems that are read in place of the benchmark's own, in its layout: a file or `hf:owner/name/split`.",
      ),
    batch: z
      .int()
      .min(1)
      .default(DEFAULT_BATCH)
      .describe('Answers that are sampled together, and saved together; a killed run loses at most these.'),
  })
  .check((context) => {
    const { samples, sampling, source, problems } = context.value;
    const benchmarks = Object.values(problems).filter((name) => benchmarkIn(name) !== undefined);
    if (source !== null && benchmarks.length !== 1) {
      context.issues.push({
        code: 'custom',
        message: `takes the place of one benchmark's problems, but the stage has ${benchmarks.length} benchmarks`,
        path: ['source'],
        input: source,
      });
    }
    if (samples > 1 && sampling.temperature === 0) {
      context.issues.push({
        code: 'custom',
        message: `asks for ${samples} samples at temperature 0, which gives the same answer each time`,
        path: ['samples'],
        input: samples,
      });
    }
  })
  .describe('Lets models solve problems and grades the answers. Leaves results: accuracies with intervals.');

type Evaluate = Settings<typeof schema>;

export const evaluate = defineStage({
  schema,
  unit: 'answer',
  artifact: 'results',

  requirements: () => [],

  plan(stage, inputs) {
    const sets = Object.values(stage.problems);
    const sizes = sets.map((problems) => atMost(inputs.problems(problems), stage.limit));
    const known = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
    const students = Object.keys(stage.students).length;
    const samples = known && known * students * stage.samples;
    const sampled = Object.values(stage.students).reduce(
      (total, model) => total + mostSampled(stage.sampling, inputs.contextTokens(model)),
      0,
    );
    const typical = sets.map((problems, index) => {
      const lengths = inputs.lengths(problems);
      const size = sizes[index];
      return times(size && size * students, lengths && answerTokens(stage, lengths));
    });
    return {
      steps: 0,
      items: known,
      samples,
      tokens: times(known && known * stage.samples, { sampled, read: 0, trained: 0 }),
      typical: typical.every((tokens) => tokens !== undefined) ? totalTokens(typical) : undefined,
    };
  },

  memory(stage, inputs) {
    const lengths = longestOf(inputs, Object.values(stage.problems));
    const atOnce = Math.max(1, Math.floor(stage.batch / stage.samples));
    const sizes = Object.values(stage.problems).map((problems) => atMost(inputs.problems(problems), stage.limit));
    const most = Math.max(...sizes.map((size) => size ?? atOnce));
    const groups = { prompts: Math.max(1, Math.min(atOnce, most)), samples: stage.samples };
    const { maxTokens } = stage.sampling;
    const ofStudent = sizes.reduce<number>(
      (total, size = Number.POSITIVE_INFINITY) => total + Math.ceil(size / atOnce),
      0,
    );
    const calls = ofStudent * Object.keys(stage.students).length;
    return {
      phases: Object.values(stage.students).map((model) => [
        samplerUse(groups, model, studentLengths(lengths), maxTokens, calls),
      ]),
      lengthsAre: estimateIf(lengths !== undefined),
    };
  },

  async check({ problems, reader }, stage) {
    const notes: string[] = [];
    for (const reference of Object.values(stage.problems)) {
      if (benchmarkIn(reference) !== undefined) continue;
      const found = firstOf((await problems(reference)) ?? [], stage.limit);
      for (const problem of found) posed(stage.grader, problem);
      if (dataStyle(stage.prompt) !== undefined) continue;
      // Students that were trained from one model read alike.
      const checked = new Set<Reader>();
      for (const [student, model] of Object.entries(stage.students)) {
        const known = await reader(model);
        if (known === undefined || checked.has(known)) continue;
        checked.add(known);
        notes.push(...withoutRoom(student, known, found));
      }
    }
    return notes;
  },

  async run(context, stage) {
    const sets: ProblemSet[] = [];
    for (const [level, reference] of Object.entries(stage.problems)) {
      sets.push({ level, ...(await problemsOf(context, stage, reference)) });
    }
    const size = Math.max(1, Math.floor(stage.batch / stage.samples));
    const batches = Object.keys(stage.students).flatMap((student) =>
      sets.flatMap((set) =>
        Array.from(
          { length: Math.ceil(set.problems.length / size) },
          (_, index): Batch => ({ student, set, posed: set.problems.slice(index * size, (index + 1) * size) }),
        ),
      ),
    );

    const students = new OpenStudent(context, stage);
    try {
      const answers = await inBatches(answersCounted(context, batches, stage.samples), batches, 1, async ([batch]) => {
        const { student, set, posed: problems } = batch as Batch;
        const { level } = set;
        const opened = await students.open(student);
        const { answers, tokens } = await solve(
          opened.model,
          prompts(opened, set.style),
          [...problems],
          {
            samples: stage.samples,
            sampling: stage.sampling,
            keyOf: (id) => stageKey(context.seed, context.name, 'sample', level, id),
          },
          callOptions(context),
        );
        return { rows: answers.map((answer): Answer => ({ student, level, ...answer })), tokens };
      });

      const results = await resultsOf(context, stage, sets, answers);
      await writeJsonl(context.directory.path(PROBLEMS_FILE), askedIn(sets));
      await writeResults(context.directory.directory, results, answers, await ownStyle(context, stage));
      await forgetBatches(context);
      return resultFacts(results);
    } finally {
      await students.close();
    }
  },
});

async function resultsOf(
  context: StageContext,
  stage: Evaluate,
  sets: readonly ProblemSet[],
  answers: readonly Answer[],
): Promise<EvaluationResults> {
  const models: Record<string, string> = {};
  for (const [student, reference] of Object.entries(stage.students)) {
    models[student] = await modelHash(await context.source(reference));
  }
  const styles = sets.flatMap(({ level, style }) => (style === undefined ? [] : [[level, style] as const]));
  const { samples, sampling, batch } = stage;
  return {
    seed: context.seed,
    samples,
    sampling,
    ...(styles.length === 0 ? {} : { prompts: Object.fromEntries(styles) }),
    ...(batch === DEFAULT_BATCH ? {} : { batch }),
    graders: [...new Set(sets.flatMap(({ problems }) => problems.map(({ grader }) => grader.version)))].sort(),
    models,
    rows: resultRows(
      answers,
      Object.keys(stage.students).flatMap((student) => sets.map(({ level }) => ({ student, level }))),
    ),
  };
}

/** How the recipe's students are asked. */
async function ownStyle(context: StageContext, stage: Evaluate): Promise<PromptStyle> {
  const [model = ''] = Object.values(stage.students);
  const { student } = await context.layouts(await context.source(model));
  return { kind: 'tagged', system: student.settings.systemPrompt ?? null, format: context.format };
}

/** Questions that fill a student's context count as wrong answers. */
function withoutRoom(student: string, { layouts, contextTokens }: Reader, problems: Sequence<Problem>): string[] {
  if (contextTokens === Number.POSITIVE_INFINITY) return [];
  const hasRoom = ({ question }: Problem): boolean =>
    !isBeyond({ contextTokens, layouts }, { question }) && layouts.student.prompt(question).length < contextTokens;
  const { of, tooLong } = countFitting(problems, hasRoom);
  return tooLong === 0 ? [] : [`${tooLong} of ${of} problems leave ${student} no room for an answer`];
}

/** Of one problem and student. */
function answerTokens(stage: Evaluate, { studentPrompt, explanation, solution }: TypicalLengths): TokenCounts {
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, explanation + solution);
  return { sampled, read: studentPrompt, trained: 0 };
}

/** Ids with their label in front: two sets may use one id. */
function* askedIn(sets: readonly ProblemSet[]): Generator<object> {
  for (const { level, problems } of sets) {
    for (const { problem, gold } of problems) {
      yield { id: `${level}/${problem.id}`, question: problem.question, gold };
    }
  }
}

async function problemsOf(
  context: StageContext,
  stage: Evaluate,
  reference: string,
): Promise<Omit<ProblemSet, 'level'>> {
  const { grader, limit, prompt } = stage;
  const name = benchmarkIn(reference);
  if (name === undefined) {
    const problems = firstOf(await context.problems(reference), limit);
    for (const problem of problems) posed(grader, problem);
    return { problems: mapped(problems, (problem) => posed(grader, problem)), style: dataStyle(prompt) };
  }
  const benchmark = await loadBenchmark(name);
  return {
    problems: await problemsOfBenchmark(stage, benchmark),
    style: prompt === 'format' ? undefined : promptStyle(benchmark, prompt === 'benchmark' ? undefined : prompt),
  };
}

function problemsOfBenchmark(
  { grader, limit, source }: Evaluate,
  benchmark: Benchmark,
): Promise<readonly EvaluationProblem[]> {
  return benchmarkProblems(benchmark, {
    ...(grader === 'auto' ? {} : { grader }),
    ...(limit === null ? {} : { limit }),
    ...(source === null ? {} : { problems: source }),
  });
}

function dataStyle(prompt: Evaluate['prompt']): PromptStyle | undefined {
  if (prompt === 'format' || prompt === 'benchmark') return undefined;
  if (prompt === 'plain') return { kind: 'plain', system: null, template: '{question}' };
  return { kind: 'tagged', system: null, format: FORMATS[prompt] };
}

/**
 * Reads the benchmarks of a stage whose problems lie on this machine.
 * @throws {InputError | StorageError} when they cannot be read
 */
export async function checkBenchmarks(stage: Evaluate): Promise<void> {
  for (const reference of Object.values(stage.problems)) {
    const name = benchmarkIn(reference);
    if (name === undefined) continue;
    const benchmark = await loadBenchmark(name);
    const source = stage.source ?? benchmark.source;
    if (typeof source === 'string' && !isHubSource(source)) await problemsOfBenchmark(stage, benchmark);
  }
}

interface Opened {
  readonly student: string;
  readonly source: ModelSource;
  readonly model: Model;
  readonly layouts: Layouts;
}

/** How a model is asked the problems of a data set. */
export const dataPrompts = (source: ModelSource, layouts: Layouts, prompt: Evaluate['prompt']): PromptBuilder =>
  prompts({ source, layouts }, dataStyle(prompt));

function prompts(
  { source, layouts }: Pick<Opened, 'source' | 'layouts'>,
  style: PromptStyle | undefined,
): PromptBuilder {
  return style === undefined
    ? taggedPromptBuilder(layouts.student)
    : promptBuilderFor(layouts.tokenizer, tokenizerDirectory(source), style, layouts.student.settings.chatSettings);
}

/** The student that is answering; batches come in the order of students, so each is opened once. */
class OpenStudent {
  readonly #context: StageContext;
  readonly #stage: Evaluate;
  #current: Opened | undefined;

  constructor(context: StageContext, stage: Evaluate) {
    this.#context = context;
    this.#stage = stage;
  }

  async open(student: string): Promise<Opened> {
    if (this.#current?.student === student) return this.#current;
    await this.close();
    const reference = this.#stage.students[student];
    if (reference === undefined) throw new UsageError(`no student is called ${student}`);
    const source = await this.#context.source(reference);
    this.#current = { student, source, ...(await this.#context.open(reference)) };
    return this.#current;
  }

  async close(): Promise<void> {
    const { model } = this.#current ?? {};
    this.#current = undefined;
    await model?.close();
  }
}

/** Progress in answers where the work is counted in batches. */
function answersCounted(context: StageContext, batches: readonly Batch[], samples: number): StageContext {
  const before = [0];
  for (const { posed: problems } of batches) before.push((before.at(-1) ?? 0) + problems.length * samples);
  const { progress } = context;
  return {
    ...context,
    progress: {
      report: (report) => progress.report({ ...report, done: before[report.done] ?? 0, of: before.at(-1) ?? 0 }),
      finish: (summary) => progress.finish(summary),
    },
  };
}
