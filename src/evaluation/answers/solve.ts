/** Lets a model answer problems and grades the answers. */
import { type CallOptions, longestSequence, type Model, type SampleRequest } from '../../engine/engine.js';
import type { RandomKey } from '../../random.js';
import { type Answer, answerLine, type EvaluationProblem, gradeReply } from './answer.js';
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

/**
 * `samples` answers to each problem, in the order of problems and samples. Samples depend on the key of the problem
 * and, through rounding, on the problems of the same batch; equal calls give equal answers. A problem whose prompt
 * fills the context gets answers that ended with `no-room`, so that it counts.
 */
export async function solve(
  model: Model,
  prompts: PromptBuilder,
  problems: readonly EvaluationProblem[],
  settings: SolveSettings,
  options: CallOptions = {},
): Promise<{ readonly answers: readonly Answer[]; readonly tokens: number }> {
  const { samples, sampling, keyOf } = settings;
  const asked = problems.map((each) => {
    const prompt = prompts.prompt(each.problem.question);
    return { ...each, prompt, room: longestSequence(model) - prompt.length, key: keyOf(each.problem.id) };
  });
  const requests = asked.flatMap(({ prompt, room, key }): SampleRequest[] =>
    room < 1 ? [] : [{ prompt, count: samples, key, settings: { ...sampling, stopIds: prompts.stopIds } }],
  );
  const completions = requests.length === 0 ? [] : await model.sample(requests, options);
  const answers: Answer[] = [];
  let tokens = 0;
  let request = 0;
  for (const { problem, grader, gold, room, prompt } of asked) {
    const common = {
      id: problem.id,
      gold,
      grader: grader.version,
      ...(problem.level === undefined ? {} : { difficulty: problem.level }),
    };
    if (room < 1) {
      const reason = `the prompt has ${prompt.length} tokens, the context ${longestSequence(model)}`;
      for (let sample = 0; sample < samples; sample++) {
        answers.push(
          answerLine({ ...common, sample, ended: 'no-room', tokens: 0, text: '' }, { verdict: 'unparsable', reason }),
        );
      }
      continue;
    }
    for (const [sample, { ids, ended }] of (completions[request++] ?? []).entries()) {
      const text = prompts.tokenizer.decode(ended === 'stop' ? ids.slice(0, -1) : ids);
      const grade = gradeReply(grader, gold, prompts.answerText(text, ended === 'stop'));
      answers.push(answerLine({ ...common, sample, ended, tokens: ids.length, text }, grade));
      tokens += ids.length;
    }
  }
  return { answers, tokens };
}
