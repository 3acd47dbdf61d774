/**
 * One model on one benchmark, in a directory:
 *
 *     settings.json     everything that the answers depend on; written first
 *     problems.jsonl    the questions with their reference answers
 *     answers.jsonl     one line per sample, appended as batches finish
 *     results.json      the figures and the settings: the same bytes for the same settings
 *     report.md         the same for people
 *     timings.json      times, which differ from run to run
 *
 * An interrupted evaluation resumes where it stopped and ends in the same bytes. For that, batches are always the same:
 * what is computed in another batch may differ in the last bit.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonlAppender, readJsonl, writeJsonl } from '../data/files/jsonl.js';
import { contentHash } from '../data/files/record.js';
import { type Engine, type Model, type ModelSource, tokenizerDirectory } from '../engine/engine.js';
import { InputError, StorageError, UsageError } from '../errors.js';
import { isObject } from '../json.js';
import { randomKey } from '../random.js';
import { throwIfInterrupted } from '../run/interrupt.js';
import { acquireLock } from '../run/lock.js';
import type { StageProgress } from '../run/progress.js';
import { storageError, writeFileAtomically } from '../storage.js';
import { loadTokenizer } from '../text/tokenizer.js';
import { type Answer, answerLine, type EvaluationProblem, gradeReply, parseAnswer } from './answers/answer.js';
import { answerReader, promptBuilderFor } from './answers/prompt.js';
import { renderReport } from './answers/report.js';
import type { EvaluationResults, EvaluationSettings } from './answers/settings.js';
import { solve } from './answers/solve.js';
import { summarise } from './answers/summary.js';
import { graderNamed } from './graders/registry.js';
import { modelHash } from './model-hash.js';

/** timings.json: sums over all processes that worked on the evaluation. */
export interface Timings {
  /** Of the whole evaluation, including hashing the model and grading. */
  readonly seconds: number;
  /** Of these, opening the model and sampling. */
  readonly engineSeconds: number;
  /** Sampled tokens. */
  readonly tokens: number;
}

export interface Evaluation extends EvaluationResults {
  readonly directory: string;
  readonly timings: Timings;
}

export interface EvaluateOptions {
  readonly directory: string;
  readonly engine: Engine;
  readonly source: ModelSource;
  readonly problems: readonly EvaluationProblem[];
  readonly settings: Omit<EvaluationSettings, 'model' | 'problems' | 'grader'>;
  readonly progress: StageProgress;
  readonly signal?: AbortSignal;
}

const SETTINGS = 'settings.json';
const PROBLEMS = 'problems.jsonl';
export const EVALUATION_ANSWERS = 'answers.jsonl';
const RESULTS = 'results.json';
const REPORT = 'report.md';
const TIMINGS = 'timings.json';

/** A line of problems.jsonl. */
interface AskedProblem {
  readonly id: string;
  readonly question: string;
  readonly gold: string;
  readonly level?: string;
}

const problemLine = ({ problem, gold }: EvaluationProblem): AskedProblem => ({
  id: problem.id,
  question: problem.question,
  gold,
  ...(problem.level === undefined ? {} : { level: problem.level }),
});

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    if (!(cause instanceof SyntaxError)) throw storageError('read', file, cause);
    throw new StorageError('this is not JSON', { file, remedy: 'Delete the directory and evaluate again.', cause });
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Paths of the settings that differ, for example `sampling.maxTokens`. */
function differences(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  path = '',
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [a, b] = [before[key], now[key]];
    if (isObject(a) && isObject(b)) return differences(a, b, `${path}${key}.`);
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${path}${key}`];
  });
}

async function readAnswers(file: string): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for await (const { value, place } of readJsonl(file)) answers.push(parseAnswer(value, place));
  return answers;
}

/** The model, with its sampling timed. */
function watched(model: Model, took: (seconds: number) => void): Model {
  return {
    facts: model.facts,
    profile: model.profile,
    logProbs: (sequences, options) => model.logProbs(sequences, options),
    close: () => model.close(),
    async sample(requests, options) {
      const began = performance.now();
      try {
        return await model.sample(requests, options);
      } finally {
        took((performance.now() - began) / 1000);
      }
    },
  };
}

/**
 * Lets a model answer the problems of a benchmark, or resumes that.
 * @throws {UsageError} when several greedy samples are asked for, or the directory holds an evaluation with other
 * settings, which are named
 * @throws {InputError} when there are no problems
 * @throws {BusyError} when another process works in the directory
 * @throws {InterruptedError} when the signal stops it; finished batches are saved
 */
export async function evaluateModel(options: EvaluateOptions): Promise<Evaluation> {
  const { directory, engine, source, problems, progress, signal } = options;
  const { samples, sampling, seed, batch, prompt } = options.settings;
  const began = performance.now();
  if (problems.length === 0) throw new InputError('there are no problems to evaluate on');
  if (samples > 1 && sampling.temperature === 0) {
    throw new UsageError(`${samples} samples at temperature 0 would all be the same`, {
      remedy: 'Use one sample, or a temperature above 0.',
    });
  }
  const tokenizer = await loadTokenizer(tokenizerDirectory(source));
  const prompts = promptBuilderFor(tokenizer, tokenizerDirectory(source), prompt);
  const lines = problems.map(problemLine);
  const settings: EvaluationSettings = {
    model: await modelHash(source),
    ...options.settings,
    problems: contentHash(
      lines.map((problem) => JSON.stringify(problem)),
      64,
    ),
    grader: [...new Set(problems.map(({ grader }) => grader.version))].join(' '),
  };
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw storageError('create the directory', directory, cause);
  }
  const lock = await acquireLock(directory);
  try {
    const before = await readJson<EvaluationSettings>(join(directory, SETTINGS));
    if (before !== undefined) {
      const changed = differences({ ...before }, { ...settings });
      if (changed.length > 0) {
        const regrade = changed.length === 1 && changed[0] === 'grader' ? ' --regrade grades its answers again.' : '';
        throw new UsageError(`the directory holds an evaluation with another ${changed.join(', ')}`, {
          file: directory,
          remedy: `Choose another directory with --out, or delete this one.${regrade}`,
        });
      }
    } else {
      await writeJsonl(join(directory, PROBLEMS), lines);
      await writeFileAtomically(join(directory, SETTINGS), json(settings));
    }

    const file = join(directory, EVALUATION_ANSWERS);
    const appender = await JsonlAppender.open(file);
    const clock = { seconds: 0, engineSeconds: 0, tokens: 0, ...(await readJson<Timings>(join(directory, TIMINGS))) };
    try {
      const answers = [...(await readAnswers(file))];
      const all = problems.length * samples;
      const size = Math.max(1, Math.floor(batch / samples));
      progress.report({ done: answers.length, of: all });
      if (answers.length < all) {
        const earlier = clock.seconds;
        const opening = performance.now();
        const opened = await engine.open(source);
        clock.engineSeconds += (performance.now() - opening) / 1000;
        const model = watched(opened, (seconds) => {
          clock.engineSeconds += seconds;
        });
        try {
          const keyOf = (id: string) => randomKey(seed, 'evaluation/sample', id);
          while (answers.length < all) {
            throwIfInterrupted(signal);
            // A batch that was cut by a kill is sampled again as a whole; only the missing answers are appended.
            const first = Math.floor(answers.length / (size * samples)) * size;
            const made = await solve(
              model,
              prompts,
              problems.slice(first, first + size),
              { samples, sampling, keyOf },
              signal === undefined ? {} : { signal },
            );
            const missing = made.answers.slice(answers.length - first * samples);
            await appender.append(...missing);
            await appender.sync();
            answers.push(...missing);
            clock.tokens += made.tokens;
            clock.seconds = earlier + (performance.now() - began) / 1000;
            await writeFileAtomically(join(directory, TIMINGS), json(clock));
            progress.report({ done: answers.length, of: all, tokens: made.tokens });
          }
        } finally {
          await opened.close();
        }
      }
      return await conclude(directory, settings, answers, clock);
    } finally {
      await appender.close();
    }
  } finally {
    await lock.release();
  }
}

async function conclude(
  directory: string,
  settings: EvaluationSettings,
  answers: readonly Answer[],
  timings: Timings,
): Promise<Evaluation> {
  const results: EvaluationResults = { settings, summary: summarise(answers) };
  await writeFileAtomically(join(directory, RESULTS), json(results));
  await writeFileAtomically(join(directory, REPORT), renderReport(results));
  return { directory, ...results, timings };
}

/**
 * Grades the stored answers of an evaluation again, with the current graders or another one; nothing is sampled. An
 * unfinished evaluation is regraded as far as it goes, and can be resumed.
 * @throws {UsageError} when the directory holds no evaluation
 */
export async function regrade(directory: string, graderName?: string): Promise<Evaluation> {
  const before = await readJson<EvaluationSettings>(join(directory, SETTINGS));
  if (before === undefined) {
    throw new UsageError('there is no evaluation to regrade', {
      file: directory,
      remedy: 'Name its directory with --out.',
    });
  }
  const lock = await acquireLock(directory);
  try {
    const file = join(directory, EVALUATION_ANSWERS);
    const read = answerReader(before.prompt);
    const answers = (await readAnswers(file)).map((line): Answer => {
      const grader = graderNamed(graderName ?? line.grader.replace(/\/.*$/, ''));
      const grade =
        line.ended === 'no-room' ? line : gradeReply(grader, line.gold, read(line.text, line.ended === 'stop'));
      return answerLine({ ...line, grader: grader.version }, grade);
    });
    const settings = { ...before, grader: [...new Set(answers.map(({ grader }) => grader))].join(' ') };
    await writeJsonl(file, answers);
    await writeFileAtomically(join(directory, SETTINGS), json(settings));
    const timings = (await readJson<Timings>(join(directory, TIMINGS))) ?? { seconds: 0, engineSeconds: 0, tokens: 0 };
    return await conclude(directory, settings, answers, timings);
  } finally {
    await lock.release();
  }
}
