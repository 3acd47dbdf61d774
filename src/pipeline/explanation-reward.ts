/**
 * The reward of explanations, measured with models: what the student makes of each (METHOD, "Reward"). The formulas are
 * method/reward.ts; here are the sequences that the two models read.
 */
import type { CallOptions, Model, ScoreRequest } from '../engine/engine.js';
import type { Place } from '../errors.js';
import { explanationReward, type Reward, type RewardSettings } from '../method/reward.js';
import { alignTokens, sharesTokens } from '../text/alignment.js';
import { positionsOf, type Span, spanLength } from '../text/spans.js';
import type { TokenIds } from '../text/tokens.js';
import type { Layouts } from './layouts.js';

/** An explanation in the teacher's ids. */
export interface Explained {
  readonly question: string;
  readonly solution: string;
  readonly explanation: string;
  /** Ids of the teacher's tokenizer. */
  readonly explanationIds: TokenIds;
  readonly ended: boolean;
  /** log p_T of `explanationIds` at the reward's temperature, where they are known from sampling. */
  readonly teacherLogProbs?: Float32Array;
}

export interface Scored {
  readonly reward: Reward;
  readonly studentSolution: Float32Array;
  readonly studentExplanation: Float32Array;
  readonly teacherExplanation: Float32Array;
  /** Length of the student's whole sequence, in its tokens. */
  readonly studentTokens: number;
}

export interface Judges {
  readonly teacher: { readonly model: Model; readonly layouts: Layouts };
  readonly student: { readonly model: Model; readonly layouts: Layouts };
  readonly settings: RewardSettings;
  /** Of all log-probs. */
  readonly temperature: number;
}

/** The student's sequence around an explanation: in the teacher's ids where both share a tokenizer, else encoded anew. */
export function studentSequenceOf(
  { teacher, student }: Judges,
  { question, solution, explanation, explanationIds }: Explained,
) {
  const shared = sharesTokens(teacher.layouts.tokenizer, student.layouts.tokenizer);
  return student.layouts.student.sequence(question, shared ? explanationIds : explanation, solution);
}

/** Rewards in the order of the explanations. Sequences beyond a model's context must have been left out before. */
export async function scoreExplanations(
  judges: Judges,
  explained: readonly Explained[],
  place: Place,
  options: CallOptions,
): Promise<Scored[]> {
  const { teacher, student, settings, temperature } = judges;
  const sequences = explained.map((one) => studentSequenceOf(judges, one));
  const byStudent = await logProbsOf(
    student.model,
    sequences.map(({ ids, thoughtSpan, solutionSpan }) => ({ ids, spans: [thoughtSpan, solutionSpan] })),
    temperature,
    options,
  );
  const unknown = explained.flatMap((one, index) => (one.teacherLogProbs === undefined ? [index] : []));
  const byTeacher = await logProbsOf(
    teacher.model,
    unknown.map((index) => {
      const { question, solution, explanationIds, ended } = explained[index] as Explained;
      const { ids, explanationSpan } = teacher.layouts.teacher.sequence(question, solution, explanationIds, ended);
      return { ids, spans: [explanationSpan] };
    }),
    temperature,
    options,
  );
  const teacherLogProbs = explained.map((one) => one.teacherLogProbs);
  for (const [i, index] of unknown.entries()) teacherLogProbs[index] = byTeacher[i]?.[0];
  const shared = sharesTokens(teacher.layouts.tokenizer, student.layouts.tokenizer);
  return explained.map((one, index) => {
    const [studentExplanation, studentSolution] = byStudent[index] as [Float32Array, Float32Array];
    const teacherExplanation = teacherLogProbs[index] as Float32Array;
    const { ids, thoughtSpan } = sequences[index] as (typeof sequences)[number];
    const pieces = shared
      ? {}
      : {
          pieces: alignTokens(
            teacher.layouts.tokenizer,
            one.explanationIds,
            student.layouts.tokenizer,
            ids.slice(thoughtSpan.start, thoughtSpan.end),
          ),
        };
    const reward = explanationReward(
      {
        studentSolution,
        teacherExplanation,
        studentExplanation,
        ...pieces,
        faults: one.ended ? [] : ['missingEndTag'],
      },
      settings,
      { ...place, sample: index },
    );
    return { reward, studentSolution, studentExplanation, teacherExplanation, studentTokens: ids.length };
  });
}

/** Log-probs of spans of sequences, one array a span. */
async function logProbsOf(
  model: Model,
  sequences: readonly { readonly ids: TokenIds; readonly spans: readonly Span[] }[],
  temperature: number,
  options: CallOptions,
): Promise<Float32Array[][]> {
  if (sequences.length === 0) return [];
  const requests = sequences.map(
    ({ ids, spans }): ScoreRequest => ({ ids, positions: spans.flatMap(positionsOf), temperature }),
  );
  const results = await model.logProbs(requests, options);
  return sequences.map(({ spans }, i) => {
    let start = 0;
    return spans.map((span) => {
      const part = (results[i] as Float32Array).subarray(start, start + spanLength(span));
      start += spanLength(span);
      return part;
    });
  });
}
