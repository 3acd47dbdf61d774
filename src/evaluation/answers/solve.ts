/** Lets a model answer problems and grades the answers. */
import { z } from 'zod';
import { checkArguments, functionArgument, listArgument, objectArgument } from '../../call-arguments.js';
import { type CallOptions, longestSequence, type Model, type SampleRequest } from '../../engine/engine.js';
import { UsageError } from '../../errors.js';
import type { RandomKey } from '../../random.js';
import { excerpt, type Grade, type Grader, messageOf, requireGrade } from '../graders/verdict.js';
import { type Answer, answerLine, type EvaluationProblem, gradeReply, isGrader } from './answer.js';
import type { PromptBuilder } from './prompt.js';

/** How answers are sampled. */
export interface AnswerSampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly maxTokens: number;
}

/** How many answers are sampled for each problem, how, and from which random numbers. */
export interface SolveSettings {
  /** Answers to each problem. */
  readonly samples: number;
  readonly sampling: AnswerSampling;
  /** The random key of the samples of a problem. */
  readonly keyOf: (id: string) => RandomKey;
}

const SOLVE_ARGUMENTS = {
  model: objectArgument('a model', 'sample', 'facts', 'profile'),
  prompts: objectArgument('a builder of prompts', 'prompt', 'answerText', 'stopIds', 'tokenizer'),
  problems: listArgument('problems with their graders, as evaluationProblem makes them', 'problem', 'grader', 'gold'),
  settings: z.looseObject({
    samples: z.int().min(1),
    sampling: z.looseObject({
      temperature: z.number(),
      topP: z.number(),
      topK: z.number(),
      minP: z.number(),
      maxTokens: z.number(),
    }),
    keyOf: functionArgument,
  }),
  options: z.looseObject({}),
};

/** A reply to a question, not graded. */
export interface Reply extends Pick<Answer, 'sample' | 'ended' | 'tokens' | 'text'> {
  /** The part of the text in which the answer must be; undefined where there is none. */
  readonly answerText: string | undefined;
  /** Why there is no reply. */
  readonly reason?: string;
}

/** `samples` replies to each question, in order, as in `solve`. */
export async function replies(
  model: Model,
  prompts: PromptBuilder,
  questions: readonly { readonly id: string; readonly question: string }[],
  { samples, sampling, keyOf }: SolveSettings,
  options: CallOptions = {},
): Promise<readonly (readonly Reply[])[]> {
  const longest = longestSequence(model);
  const asked = questions.map(({ id, question }) => ({ prompt: prompts.prompt(question), key: keyOf(id) }));
  const requests = asked.flatMap(({ prompt, key }): SampleRequest[] =>
    prompt.length >= longest
      ? []
      : [{ prompt, count: samples, key, settings: { ...sampling, stopIds: prompts.stopIds } }],
  );
  const completions = requests.length === 0 ? [] : await model.sample(requests, options);
  let request = 0;
  return asked.map(({ prompt }): readonly Reply[] => {
    if (prompt.length >= longest) {
      const reason = `the prompt has ${prompt.length} tokens, the context ${longest}`;
      return Array.from({ length: samples }, (_, sample) => {
        return { sample, ended: 'no-room', tokens: 0, text: '', answerText: undefined, reason };
      });
    }
    return (completions[request++] ?? []).map(({ ids, ended }, sample) => {
      const text = prompts.tokenizer.decode(ended === 'stop' ? ids.slice(0, -1) : ids);
      return { sample, ended, tokens: ids.length, text, answerText: prompts.answerText(text, ended === 'stop') };
    });
  });
}

/** @throws {UsageError} when the grader fails: as a verdict on each reply, that would pass for a model that solves nothing */
function gradeOfReference(grader: Grader, gold: string): unknown {
  try {
    return grader.grade(gold, gold);
  } catch (cause) {
    throw new UsageError(`the grader ${grader.name} fails on a reference: ${excerpt(messageOf(cause), 120)}`, {
      field: 'grade',
      remedy: 'Its grade is called with a reference and a text, and returns { verdict, reason, answer? }.',
      cause,
    });
  }
}

/** Lets each grader of the caller's own grade the reference of a problem, so that one that gives no grades is found before all is sampled. */
function tryGraders(problems: readonly EvaluationProblem[]): void {
  const tried = new Set<unknown>();
  for (const [index, { grader, gold }] of problems.entries()) {
    if (tried.has(grader)) continue;
    tried.add(grader);
    if (!isGrader(grader)) {
      throw new UsageError(`solve: problems.${index}.grader: expected a grader, with name, version, grade and same`, {
        field: `problems.${index}.grader`,
        remedy: "Make the problems with evaluationProblem(problem, 'auto').",
      });
    }
    requireGrade(grader, gradeOfReference(grader, gold));
  }
}

/**
 * `samples` answers to each problem, in the order of problems and samples. Samples depend on the key of the problem
 * and, through rounding, on the problems of the same batch; equal calls give equal answers. A problem whose prompt
 * fills the context gets answers that ended with `no-room`, so that it counts. Graders are synchronous; each is tried on
 * a reference before anything is sampled.
 * @throws {UsageError} when what a grader returns is no grade, or it fails on that reference
 */
export async function solve(
  model: Model,
  prompts: PromptBuilder,
  problems: readonly EvaluationProblem[],
  settings: SolveSettings,
  options: CallOptions = {},
): Promise<{ readonly answers: readonly Answer[]; readonly tokens: number }> {
  checkArguments(
    'solve(model, taggedPromptBuilder(layouts.student), problems, { samples: 1, sampling, keyOf })',
    { model, prompts, problems, settings, options },
    SOLVE_ARGUMENTS,
  );
  tryGraders(problems);
  const replied = await replies(
    model,
    prompts,
    problems.map(({ problem }) => problem),
    settings,
    options,
  );
  const answers = problems.flatMap(({ problem, grader, gold }, index) =>
    (replied[index] ?? []).map(({ sample, ended, tokens, text, answerText, reason }) => {
      const difficulty = problem.level === undefined ? {} : { difficulty: problem.level };
      const grade: Grade =
        reason === undefined ? gradeReply(grader, gold, answerText) : { verdict: 'unparsable', reason };
      return answerLine(
        { id: problem.id, gold, grader: grader.version, ...difficulty, sample, ended, tokens, text },
        grade,
      );
    }),
  );
  return { answers, tokens: answers.reduce((total, { tokens }) => total + tokens, 0) };
}
