/** A model answers problems, and the answers are graded. */
import type { CallOptions, Model, SampleRequest } from '../../engine/engine.js';
import type { RandomKey } from '../../random.js';
import { type Answer, answerLine, gradeReply, type Posed } from './answer.js';
import type { Asker } from './prompt.js';

export interface AnswerSampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly maxTokens: number;
}

export interface SolveSettings {
  /** Answers to each problem. */
  readonly samples: number;
  readonly sampling: AnswerSampling;
  /** The key of a problem's samples. */
  readonly keyOf: (id: string) => RandomKey;
}

/**
 * `samples` answers to each problem, in the order of problems and samples. What is sampled depends on the problem's key
 * alone up to rounding, and on which problems are asked together within rounding: equal calls give equal answers.
 * A problem whose prompt fills the context gets answers that ended with `no-room`, so that it counts.
 */
export async function solve(
  model: Model,
  asker: Asker,
  posed: readonly Posed[],
  settings: SolveSettings,
  options: CallOptions = {},
): Promise<{ readonly answers: readonly Answer[]; readonly tokens: number }> {
  const { samples, sampling, keyOf } = settings;
  const asked = posed.map(({ problem }) => {
    const prompt = asker.prompt(problem.question);
    return { prompt, room: model.facts.contextTokens - prompt.length, key: keyOf(problem.id) };
  });
  const requests = asked.flatMap(({ prompt, room, key }): SampleRequest[] =>
    room < 1 ? [] : [{ prompt, count: samples, key, settings: { ...sampling, stopIds: asker.stopIds } }],
  );
  const completions = requests.length === 0 ? [] : await model.sample(requests, options);
  const answers: Answer[] = [];
  let tokens = 0;
  let request = 0;
  for (const [index, { room, prompt }] of asked.entries()) {
    const { problem, grader, gold } = posed[index] as Posed;
    const common = {
      id: problem.id,
      gold,
      grader: grader.version,
      ...(problem.level === undefined ? {} : { difficulty: problem.level }),
    };
    if (room < 1) {
      const reason = `the prompt has ${prompt.length} tokens, the context ${model.facts.contextTokens}`;
      for (let sample = 0; sample < samples; sample++) {
        answers.push(
          answerLine({ ...common, sample, ended: 'no-room', tokens: 0, text: '' }, { verdict: 'unparsable', reason }),
        );
      }
      continue;
    }
    for (const [sample, { ids, ended }] of (completions[request++] ?? []).entries()) {
      const text = asker.tokenizer.decode(ended === 'stop' ? ids.slice(0, -1) : ids);
      const grade = gradeReply(grader, gold, asker.answerText(text, ended === 'stop'));
      answers.push(answerLine({ ...common, sample, ended, tokens: ids.length, text }, grade));
      tokens += ids.length;
    }
  }
  return { answers, tokens };
}
