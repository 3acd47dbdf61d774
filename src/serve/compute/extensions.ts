/** What this server takes beyond the protocol, besides what the shared bodies name. */
import { z } from 'zod';
import { EXTENSIONS, type Extension } from '../../engine/tinker/protocol/extensions.js';

/** `client/config` lists these. Results depend on what is computed together by rounding, so `deterministic` is not. */
export const OFFERED: readonly Extension[] = EXTENSIONS.filter((extension) => extension !== 'deterministic');

/** The body of `asample` leaves the form of this tensor open. */
export const promptTargets = z.object({
  target_prompt_logprobs: z
    .object({
      data: z.array(z.number()),
      shape: z.array(z.int().min(0)).nullish(),
      sparse_crow_indices: z.array(z.number()).nullish(),
    })
    .nullish(),
});
export type PromptTargets = z.output<typeof promptTargets>['target_prompt_logprobs'];
