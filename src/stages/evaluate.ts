/** Every student solves every set of problems; its answers are graded and summed up, with intervals over problems. */
import { z } from 'zod';
import { columnsSchema } from '../data/columns/columns.js';
import { writeJsonl } from '../data/files/jsonl.js';
import type { Sequence } from '../data/sequences/sequence.js';
import { MOST_SAMPLES, type Model, type ModelSource } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import { type Answer, type EvaluationProblem, ungradedBecause } from '../evaluation/answers/answer.js';
import type { PromptStyle } from '../evaluation/answers/prompt.js';
import { resultFacts, resultRows, writeResults } from '../evaluation/answers/result-files.js';
import {
  type EvaluationResults,
  PROBLEMS_FILE,
  problemsName,
  type ResultRow,
  type SomeProblems,
  someOf,
} from '../evaluation/answers/results.js';
import { solve } from '../evaluation/answers/solve.js';
import { promptFormats } from '../evaluation/benchmarks/formats.js';
import { modelHash } from '../evaluation/model-hash.js';
import { stageKey } from '../run/seeds.js';
import { forgetBatches, inBatches } from './batches.js';
import { estimateIf, longestOf, samplerUse, studentLengths } from './definition/memory.js';
import { atMost, mostSampled, type TokenCounts, type TypicalLengths, times, totalTokens } from './definition/plan.js';
import {
  benchmarkIn,
  graderSchema,
  limit,
  nameSchema,
  reference,
  type Settings,
  samplingSchema,
} from './definition/settings.js';
import { callOptions, defineStage, head, type Reader, type StageContext } from './definition/stage.js';
import {
  aboutGrading,
  nothingFits,
  type ProblemSet,
  promptsOf,
  setKey,
  setOf,
  withoutRoom,
} from './evaluation-problems.js';
import { requireDecided } from './graders.js';
import type { Layouts } from './layouts.js';
import { overlapNotes, overlapsOf } from './trained-on.js';

/** Enough to fill the engine's batch, few enough that little is lost to a kill. */
const DEFAULT_BATCH = 256;

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
    samples: z
      .int()
      .min(1)
      .max(MOST_SAMPLES)
      .default(1)
      .describe('Answers sampled for a problem; several narrow the interval.'),
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
    // Absent where none are named, so that the recorded recipes of such runs stay as they are.
    columns: columnsSchema
      .exactOptional()
      .describe('Names of the columns of source, for records that no layout fits, as under a data set.'),
    batch: z
      .int()
      .min(1)
      .default(DEFAULT_BATCH)
      .describe(
        'Answers that are sampled together, and saved together; a killed run loses at most these. With integerProducts, other batches round otherwise and give other answers.',
      ),
  })
  .check((context) => {
    const { samples, sampling, source, columns, problems } = context.value;
    if (columns !== undefined && source === null) {
      context.issues.push({
        code: 'custom',
        message: 'names the columns of source, which is not given',
        path: ['columns'],
        input: columns,
      });
    }
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
    const sets = Object.values(stage.problems).map((reference) => setKey(stage, reference));
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
    const sets = Object.values(stage.problems).map((reference) => setKey(stage, reference));
    const lengths = longestOf(inputs, sets);
    const atOnce = Math.max(1, Math.floor(stage.batch / stage.samples));
    const sizes = sets.map((problems) => atMost(inputs.problems(problems), stage.limit));
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

  async check(context, stage) {
    const notes: string[] = [];
    const sets: ProblemSet[] = [];
    for (const level of Object.keys(stage.problems)) {
      const set = await setOf(stage, level, context);
      if (set !== undefined) sets.push(set);
    }
    for (const set of sets) {
      if (benchmarkIn(set.reference) === undefined)
        requireDecided(stage.grader, set.asked, { field: `stages.${context.name}.grader`, reference: set.reference });
      notes.push(...aboutGrading(set));
      // Students that were trained from one model read alike.
      const checked = new Set<Reader>();
      for (const [student, model] of Object.entries(stage.students)) {
        const reader = await context.reader(model);
        if (reader === undefined || checked.has(reader)) continue;
        checked.add(reader);
        notes.push(...withoutRoom(student, reader, set));
      }
    }
    return [...notes, ...(await overlapNotes(stage.students, sets, context.trainedOn))];
  },

  async run(context, stage) {
    const sets: ProblemSet[] = [];
    for (const level of Object.keys(stage.problems)) {
      const set = await setOf(stage, level, { problems: context.problems, isReadable: () => true });
      if (set !== undefined) sets.push(set);
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
        const { level, sampledAs } = set;
        const opened = await students.open(student);
        const { answers, tokens } = await solve(
          opened.model,
          promptsOf(opened, set.style),
          [...problems],
          {
            samples: stage.samples,
            sampling: stage.sampling,
            keyOf: (id) => stageKey(context.seed, context.name, 'sample', sampledAs, id),
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
  const unstated = new Map(sets.map((set) => [set, withoutAnswer(set)]));
  const overlaps = await overlapsOf(stage.students, sets, context.trainedOn);
  const rows = resultRows(
    answers,
    Object.keys(stage.students).flatMap((student) =>
      sets.map((set) => {
        const { level, file, problems, ungraded } = set;
        const wordForWord = unstated.get(set);
        const indices = overlaps.find((one) => one.student === student && one.level === level)?.indices ?? [];
        const held = context.held(stage.students[student] ?? '');
        return {
          student,
          ...(held === undefined ? {} : { held }),
          level,
          ...(file === undefined ? {} : { file }),
          ...(ungraded === undefined ? {} : { ungraded: ungraded.some }),
          ...(wordForWord === undefined ? {} : { wordForWord }),
          ...(indices.length === 0 ? {} : { trainedOn: someOf(problems, indices) }),
        };
      }),
    ),
  );
  requireRoom(rows, answers);
  return {
    seed: context.seed,
    samples,
    sampling,
    ...(styles.length === 0 ? {} : { prompts: Object.fromEntries(styles) }),
    ...(batch === DEFAULT_BATCH ? {} : { batch }),
    graders: [...new Set(sets.flatMap(({ problems }) => problems.map(({ grader }) => grader.version)))].sort(),
    models,
    rows,
  };
}

/** The problems to which only the solution itself is an answer; those of a benchmark are left out instead. */
function withoutAnswer({ problems }: ProblemSet): SomeProblems | undefined {
  const indices: number[] = [];
  let index = 0;
  for (const { problem, grader } of problems) {
    if (grader.name === 'math' && ungradedBecause(problem, grader) !== undefined) indices.push(index);
    index++;
  }
  return indices.length === 0 ? undefined : someOf(problems, indices);
}

/** How the recipe's students are asked. */
async function ownStyle(context: StageContext, stage: Evaluate): Promise<PromptStyle> {
  const [model = ''] = Object.values(stage.students);
  const { student } = await context.layouts(await context.source(model));
  return { kind: 'tagged', system: student.settings.systemPrompt ?? null, format: context.format };
}

/** What could not be known before the run, such as the context of a model on a server. */
function requireRoom(rows: readonly ResultRow[], answers: readonly Answer[]): void {
  for (const row of rows) {
    const { student, level, problems, noRoom } = row;
    if (noRoom !== problems) continue;
    const { reason } = answers.find((answer) => answer.student === student && answer.level === level) ?? {};
    throw nothingFits(student, problemsName(row), problems, reason ?? '');
  }
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

interface Opened {
  readonly student: string;
  readonly source: ModelSource;
  readonly model: Model;
  readonly layouts: Layouts;
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
