/** Which groups of a step are recorded, and as what: src/run/rollouts.ts writes them. */
import type { Completion } from '../../engine/engine.js';
import { groupBytes, type Rollout } from '../../run/rollouts.js';
import { tokenTexts } from '../../text/tokenizer/token-texts.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import type { TokenIds } from '../../text/tokens.js';
import type { GrpoStepSample } from './grpo-step.js';

/** What the reward knows of a completion, for its record. */
export type RolloutDetail = Omit<
  Rollout,
  | 'step'
  | 'problem'
  | 'sample'
  | 'id'
  | 'prompt'
  | 'completion'
  | 'ended'
  | 'reward'
  | 'advantage'
  | 'ids'
  | 'tokens'
  | 'policyLogProbs'
  | 'referenceLogProbs'
>;

/** A group of completions as far as it is known before the update. */
export interface RecordedGroup {
  readonly prompt: { readonly id: string; readonly ids: TokenIds };
  readonly completions_G: readonly Completion[];
  readonly rewards_G: readonly number[];
  readonly details_G: readonly RolloutDetail[];
}

/** An upper bound on what a group takes; a token of a solution has at least one letter. */
export function recordedBytes(
  tokenizer: Tokenizer,
  prompt: TokenIds,
  completions_G: readonly Pick<Completion, 'ids'>[],
): number {
  const tokens = completions_G.reduce((total, { ids }) => total + ids.length, 0);
  return groupBytes(tokenizer.decode(prompt).length, completions_G.length, tokens);
}

/** The rows of a step. `samples_N`: of all groups, in order; absent for groups that no policy was trained on. */
export function rolloutRows(
  tokenizer: Tokenizer,
  step: number,
  groups_P: readonly RecordedGroup[],
  samples_N?: readonly GrpoStepSample[],
): readonly Rollout[] {
  let n = 0;
  return groups_P.flatMap(({ prompt, completions_G, rewards_G, details_G }, problem) => {
    const text = tokenizer.decode(prompt.ids);
    return completions_G.flatMap(({ ids, ended }, sample): Rollout[] => {
      const detail = details_G[sample];
      const reward = rewards_G[sample];
      if (detail === undefined || reward === undefined) throw new Error(`completion ${sample} has no reward to record`);
      const own = {
        step,
        problem,
        sample,
        id: prompt.id,
        prompt: text,
        completion: tokenizer.decode(ids),
        ended,
        reward,
        ids,
        tokens: tokenTexts(tokenizer, ids),
      };
      // Spread into an object of so many keys, they take a hundred times as long: more than to encode them all.
      return [Object.assign(own, samples_N?.[n++], detail)];
    });
  });
}
