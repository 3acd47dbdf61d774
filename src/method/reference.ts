/** When and how far GRPO's reference follows the policy, as in TR-DPO (arXiv 2404.09656). */

import { UsageError } from '../errors.js';
import { objectWith, oneOf, requireArguments } from './arguments.js';

/** When and how the reference follows the policy. */
export type ReferenceSettings =
  /** The reference is the policy before RL, for the whole run. */
  | { readonly update: 'never' }
  /** reference <- share * policy + (1 - share) * reference, after every `everySteps` optimiser steps. */
  | { readonly update: 'blend'; readonly everySteps: number; readonly share: number }
  /** reference <- policy, after every `everySteps` optimiser steps. */
  | { readonly update: 'replace'; readonly everySteps: number };

/**
 * The policy's share in the reference's weights after `stepsDone` optimiser steps, or undefined if the reference stays
 * as it is. It is the second argument of the engine's `blendInto`.
 * @throws {UsageError} when a number is out of range
 */
export function referenceUpdate(stepsDone: number, settings: ReferenceSettings): number | undefined {
  if (!(Number.isSafeInteger(stepsDone) && stepsDone >= 0)) {
    throw new UsageError(`stepsDone is ${stepsDone}; expected a whole number from 0`);
  }
  requireArguments("referenceUpdate(32, { update: 'blend', everySteps: 32, share: 0.9 })", {
    settings: [settings, objectWith({ update: oneOf('never', 'blend', 'replace') })],
  });
  if (settings.update === 'never') return undefined;
  if (!(Number.isSafeInteger(settings.everySteps) && settings.everySteps >= 1)) {
    throw new UsageError(`everySteps is ${settings.everySteps}; expected a whole number from 1`, {
      field: 'everySteps',
    });
  }
  const share = settings.update === 'replace' ? 1 : settings.share;
  if (!(share > 0 && share <= 1)) {
    throw new UsageError(`share is ${share}; expected a number above 0 and at most 1`, {
      field: 'share',
      remedy: "For a reference that does not change, set update to 'never'.",
    });
  }
  return stepsDone > 0 && stepsDone % settings.everySteps === 0 ? share : undefined;
}
