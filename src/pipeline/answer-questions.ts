/** One model answers the questions of a file, of which some or all have no solution to grade with. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonlAppender } from '../data/files/jsonl.js';
import type { Question } from '../data/question-file.js';
import type { ModelSource } from '../engine/engine.js';
import { connectEngine } from '../engine/kinds.js';
import { contextTokensOf } from '../engine/model-files.js';
import { type Answer, answerLine, gradeReply } from '../evaluation/answers/answer.js';
import type { PromptBuilder } from '../evaluation/answers/prompt.js';
import { ANSWERS_FILE } from '../evaluation/answers/results.js';
import { type Reply, replies } from '../evaluation/answers/solve.js';
import { opensFolders } from '../recipe/engines.js';
import { fingerprint } from '../recipe/load.js';
import { formatOf, type Recipe } from '../recipe/schema.js';
import { savesWhenInterrupted } from '../run/interrupt.js';
import { acquireLock } from '../run/lock.js';
import type { Progress } from '../run/progress.js';
import { stageKey } from '../run/seeds.js';
import { dataStyle, promptsOf, withoutRoom } from '../stages/evaluation-problems.js';
import { posed } from '../stages/graders.js';
import { layoutsOf } from '../stages/layouts.js';
import { throwIfInterrupted, withStopSignal } from '../stopping.js';
import { storageError } from '../system-errors.js';
import { modelOf } from './inputs/models.js';
import { aboutTarget, removeLeftovers, requireFileEntry, workFolder } from './run-for-file.js';

/** An answer that nothing grades. */
type Ungraded = Pick<
  Answer,
  'student' | 'level' | 'id' | 'sample' | 'answer' | 'difficulty' | 'ended' | 'tokens' | 'text'
>;

/**
 * Answers the questions as the only stage of the recipe, an evaluation of one model, would answer them as its problems.
 * Saves after each batch in a hidden folder beside `file`; interrupted, the same call resumes.
 * @throws {InterruptedError} when `signal` is aborted
 * @throws {StorageError} when the answers cannot be written
 */
export function answerQuestions(
  recipe: Recipe,
  questions: readonly Question[],
  file: string,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<void> {
  return withStopSignal(signal, async () => {
    await requireFileEntry(file);
    const asking = await askingOf(recipe, questions, progress);
    const folder = workFolder(file, fingerprint({ recipe, questions }));
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw storageError('make a folder for what is not finished', folder, cause);
    });
    const lock = await acquireLock(folder).catch((error: unknown) => {
      throw aboutTarget(error, file);
    });
    const stopSaving = savesWhenInterrupted();
    try {
      await answerInto(join(folder, ANSWERS_FILE), recipe, asking, questions, signal, progress);
      await rename(join(folder, ANSWERS_FILE), file).catch((cause: unknown) => {
        throw storageError('put the result in place', file, cause);
      });
    } finally {
      stopSaving();
      await lock.release();
    }
    await rm(folder, { recursive: true, force: true });
    await removeLeftovers(file);
  });
}

function evaluationIn({ stages: [stage] }: Recipe) {
  if (stage?.stage !== 'evaluate') throw new Error('questions are answered by a recipe of one evaluation');
  const [student = ''] = Object.keys(stage.students);
  const [level = ''] = Object.keys(stage.problems);
  return { ...stage, student, level };
}

/**
 * The model and how it is asked.
 * @throws {InputError} when every question fills its context
 */
async function askingOf(
  recipe: Recipe,
  questions: readonly Question[],
  progress: Progress,
): Promise<{ readonly source: ModelSource; readonly prompts: PromptBuilder }> {
  const { name, student, students, problems, prompt } = evaluationIn(recipe);
  const settings = recipe.models[students[student] ?? ''];
  if (settings === undefined) throw new Error('the student is a model of the recipe');
  const [file = ''] = Object.values(problems);
  const source = await modelOf(settings, opensFolders(recipe, settings) ? 'folders' : 'names');
  const layouts = await layoutsOf(source, formatOf(recipe), recipe.prompts);
  // A server says it when it is connected; what does not fit there it refuses.
  const contextTokens = source.kind === 'directory' ? await contextTokensOf(source) : Number.POSITIVE_INFINITY;
  const reader = { source, layouts, contextTokens };
  const style = dataStyle(prompt);
  for (const note of withoutRoom(student, reader, { name: file, asked: questions, style }))
    progress.note(`${name}: ${note}`);
  return { source, prompts: promptsOf(reader, style) };
}

/** Appends the answers of the batches that are not in the file yet. */
async function answerInto(
  file: string,
  recipe: Recipe,
  { source, prompts }: Awaited<ReturnType<typeof askingOf>>,
  questions: readonly Question[],
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const { name, student, level, samples, sampling, batch, grader } = evaluationIn(recipe);
  const size = Math.max(1, Math.floor(batch / samples));
  const appender = await JsonlAppender.open(file);
  try {
    const lines = await appender.lineCount();
    const isWhole = lines === questions.length * samples;
    let done = isWhole ? questions.length : Math.min(questions.length, Math.floor(lines / (size * samples)) * size);
    await appender.keepLines(done * samples);
    if (done === questions.length) return;
    const shown = progress.stage({ name, index: 0, count: 1, unit: 'answer', done: done * samples });
    const engine = await connectEngine(recipe.engine, { note: (text) => progress.note(text) });
    try {
      const model = await engine.open(source);
      const keyOf = (id: string) => stageKey(recipe.seed, name, 'sample', level, id);
      for (; done < questions.length; done = Math.min(questions.length, done + size)) {
        throwIfInterrupted(signal);
        const asked = questions.slice(done, done + size);
        const replied = await replies(model, prompts, asked, { samples, sampling, keyOf }, { signal });
        await appender.append(
          ...asked.flatMap((question, index) =>
            (replied[index] ?? []).map((reply) => ({ student, level, ...lineOf(question, reply, grader) })),
          ),
        );
        await appender.sync();
        const tokens = replied.flat().reduce((total, reply) => total + reply.tokens, 0);
        shown.report({
          done: Math.min(questions.length, done + size) * samples,
          of: questions.length * samples,
          tokens,
        });
      }
      shown.finish();
    } finally {
      await engine.close();
    }
  } finally {
    await appender.close();
  }
}

function lineOf(
  { id, level, problem }: Question,
  reply: Reply,
  grader: Parameters<typeof posed>[0],
): Answer | Ungraded {
  const { sample, ended, tokens, text, answerText } = reply;
  const difficulty = level === undefined ? {} : { difficulty: level };
  if (problem === undefined) {
    // Where nothing marks the answer, all of the text is.
    const answer = answerText === undefined || answerText === text ? {} : { answer: answerText };
    return { id, sample, ...answer, ...difficulty, ended, tokens, text };
  }
  const asked = posed(grader, problem);
  const grade =
    ended === 'no-room'
      ? { verdict: 'unparsable' as const, reason: reply.reason ?? '' }
      : gradeReply(asked.grader, asked.gold, answerText);
  return answerLine(
    { id, sample, gold: asked.gold, grader: asked.grader.version, ...difficulty, ended, tokens, text },
    grade,
  );
}
