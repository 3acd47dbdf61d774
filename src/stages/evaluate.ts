/** Every student solves every set of problems; its answers are graded and summed up, with intervals over problems. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeJsonl } from '../data/files/jsonl.js';
import type { Model } from '../engine/engine.js';
import { StorageError, UsageError } from '../errors.js';
import type { Answer, EvaluationProblem } from '../evaluation/answers/answer.js';
import { type PromptBuilder, taggedPromptBuilder } from '../evaluation/answers/prompt.js';
import { solve } from '../evaluation/answers/solve.js';
import { type Summary, summarise } from '../evaluation/answers/summary.js';
import { benchmarkNamed } from '../evaluation/benchmarks/benchmark.js';
import { benchmarkProblems } from '../evaluation/benchmarks/problems.js';
import { modelHash } from '../evaluation/model-hash.js';
import { stageKey } from '../run/seeds.js';
import { writeFileAtomically } from '../storage.js';
import { forgetBatches, inBatches } from './batches.js';
import { posed } from './graders.js';
import { atMost, type TokenCounts, type TypicalLengths, times, totalTokens } from './plan.js';
import {
  BENCHMARK_PREFIX,
  graderSchema,
  limit,
  nameSchema,
  reference,
  type Settings,
  samplingSchema,
} from './settings.js';
import { callOptions, defineStage, head, type StageContext } from './stage.js';

/** One student on one set of problems. */
export interface ResultRow extends Summary {
  readonly student: string;
  /** Label of the problems. */
  readonly level: string;
}

/** results.json: the figures, and what repeats them beside the recipe. */
export interface StageResults {
  readonly seed: number;
  readonly samples: number;
  readonly sampling: Evaluate['sampling'];
  /** Version of each grader that was used. */
  readonly graders: readonly string[];
  /** SHA-256 of each student. */
  readonly models: Readonly<Record<string, string>>;
  readonly rows: readonly ResultRow[];
}

export const RESULTS_FILE = 'results.json';
export const ANSWERS_FILE = 'answers.jsonl';
/** What was asked, for readers of the answers. */
const PROBLEMS_FILE = 'problems.jsonl';

/** Sequences that one call samples: enough to fill the engine's batch, few enough that little is lost to a kill. */
const SEQUENCES_AT_ONCE = 256;

/** The rows of a finished stage, whose manifest vouches for the file. */
export async function readResults(directory: string): Promise<readonly ResultRow[]> {
  const file = `${directory}/${RESULTS_FILE}`;
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as StageResults).rows;
  } catch (cause) {
    throw new StorageError('the results cannot be read', {
      file,
      remedy: 'Delete the folder of this stage and run again.',
      cause,
    });
  }
}

interface Batch {
  readonly student: string;
  readonly level: string;
  readonly posed: readonly EvaluationProblem[];
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
      .describe('What they solve, each under a label (a level): a name under data, or `benchmark:NAME`.'),
    samples: z.int().min(1).default(1).describe('Answers sampled for a problem; several narrow the interval.'),
    sampling: samplingSchema.prefault({}).describe('How answers are sampled.'),
    grader: graderSchema,
    limit,
  })
  .check((context) => {
    const { samples, sampling } = context.value;
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
    const typical = sets.map((problems, index) => {
      const lengths = inputs.lengths(problems);
      const size = sizes[index];
      return times(size && size * students, lengths && answerTokens(stage, lengths));
    });
    return {
      steps: 0,
      items: known,
      samples,
      tokens: times(samples, { sampled: stage.sampling.maxTokens, read: 0, trained: 0 }),
      typical: typical.every((tokens) => tokens !== undefined) ? totalTokens(typical) : undefined,
    };
  },

  async run(context, stage) {
    const sets = new Map<string, readonly EvaluationProblem[]>();
    for (const [level, reference] of Object.entries(stage.problems)) {
      sets.set(level, await problemsOf(context, stage, reference));
    }
    const size = Math.max(1, Math.floor(SEQUENCES_AT_ONCE / stage.samples));
    const batches = Object.keys(stage.students).flatMap((student) =>
      [...sets].flatMap(([level, all]) =>
        Array.from(
          { length: Math.ceil(all.length / size) },
          (_, index): Batch => ({ student, level, posed: all.slice(index * size, (index + 1) * size) }),
        ),
      ),
    );

    const students = new OpenStudent(context, stage);
    try {
      const rows = await inBatches(answersCounted(context, batches, stage.samples), batches, 1, async ([batch]) => {
        const { student, level, posed: problems } = batch as Batch;
        const { model, asker } = await students.open(student);
        const { answers, tokens } = await solve(
          model,
          asker,
          problems,
          {
            samples: stage.samples,
            sampling: stage.sampling,
            keyOf: (id) => stageKey(context.seed, context.name, 'sample', level, id),
          },
          callOptions(context),
        );
        return { rows: answers.map((answer): Answer => ({ student, level, ...answer })), tokens };
      });

      const results: ResultRow[] = [];
      for (const student of Object.keys(stage.students)) {
        for (const level of sets.keys()) {
          const own = rows.filter((row) => row.student === student && row.level === level);
          results.push({ student, level, ...summarise(own) });
        }
      }
      const models: Record<string, string> = {};
      for (const [student, reference] of Object.entries(stage.students)) {
        models[student] = await modelHash(await context.source(reference));
      }
      const document: StageResults = {
        seed: context.seed,
        samples: stage.samples,
        sampling: stage.sampling,
        graders: [...new Set([...sets.values()].flat().map(({ grader }) => grader.version))].sort(),
        models,
        rows: results,
      };
      await writeJsonl(context.directory.path(ANSWERS_FILE), rows);
      await writeJsonl(context.directory.path(PROBLEMS_FILE), askedIn(sets));
      await writeFileAtomically(context.directory.path(RESULTS_FILE), `${JSON.stringify(document, null, 2)}\n`);
      await forgetBatches(context);
      return Object.fromEntries(results.map(({ student, level, accuracy }) => [`${student}/${level}`, accuracy]));
    } finally {
      await students.close();
    }
  },
});

/** Of one problem and student. */
function answerTokens(stage: Evaluate, { studentPrompt, explanation, solution }: TypicalLengths): TokenCounts {
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, explanation + solution);
  return { sampled, read: studentPrompt, trained: 0 };
}

/** Ids with their label in front: two sets may use one id. */
function* askedIn(sets: ReadonlyMap<string, readonly EvaluationProblem[]>): Generator<object> {
  for (const [level, all] of sets) {
    for (const { problem, gold } of all) yield { id: `${level}/${problem.id}`, question: problem.question, gold };
  }
}

async function problemsOf(
  context: StageContext,
  { grader, limit }: Evaluate,
  reference: string,
): Promise<readonly EvaluationProblem[]> {
  if (!reference.startsWith(BENCHMARK_PREFIX)) {
    return (await context.problems(reference)).slice(0, limit ?? undefined).map((problem) => posed(grader, problem));
  }
  const benchmark = benchmarkNamed(reference.slice(BENCHMARK_PREFIX.length));
  const problems = await benchmarkProblems(benchmark, limit === null ? {} : { limit });
  return grader === 'auto' ? problems : problems.map(({ problem }) => posed(grader, problem));
}

/** The student that is answering; batches come in the order of students, so each is opened once. */
class OpenStudent {
  readonly #context: StageContext;
  readonly #stage: Evaluate;
  #current: { readonly student: string; readonly model: Model; readonly asker: PromptBuilder } | undefined;

  constructor(context: StageContext, stage: Evaluate) {
    this.#context = context;
    this.#stage = stage;
  }

  async open(student: string): Promise<{ readonly model: Model; readonly asker: PromptBuilder }> {
    if (this.#current?.student === student) return this.#current;
    await this.close();
    const reference = this.#stage.students[student];
    if (reference === undefined) throw new UsageError(`no student is called ${student}`);
    const { model, layouts } = await this.#context.open(reference);
    this.#current = { student, model, asker: taggedPromptBuilder(layouts.student) };
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
