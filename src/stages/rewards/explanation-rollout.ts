/** A rewarded explanation as a rollout is recorded: its tokens beside the log-probs that its reward is made of. */
import type { TokenLogProbs } from '../../engine/engine.js';
import { rewardRecord } from '../../method/metrics.js';
import type { Rollout } from '../../run/rollouts.js';
import { tokenTexts } from '../../text/tokenizer/token-texts.js';
import type { Explanation, Judges, ScoredExplanation } from './explanation-reward.js';

/** `alone`: the log-probs of the solution behind an empty explanation. */
export function explanationRollout(
  { teacher, student }: Pick<Judges, 'teacher' | 'student'>,
  { question, solution, explanation, ended }: Explanation,
  scored: ScoredExplanation,
  alone: TokenLogProbs,
) {
  const { ids } = scored;
  return {
    question,
    solution,
    verdict: ended ? 'explained' : 'unended',
    parts: rewardRecord(scored.reward),
    explanation,
    teacherTokens: tokenTexts(teacher.layouts.tokenizer, ids.teacherExplanation),
    teacherLogProbs: scored.teacherExplanation,
    studentTokens: tokenTexts(student.layouts.tokenizer, ids.studentExplanation),
    studentLogProbs: scored.studentExplanation,
    kl: Float32Array.from(scored.reward.kl.perToken),
    solutionTokens: tokenTexts(student.layouts.tokenizer, ids.studentSolution),
    solutionLogProbs: scored.studentSolution,
    solutionAloneLogProbs: alone,
  } satisfies Partial<Rollout>;
}
