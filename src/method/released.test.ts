import { expect, test } from 'vitest';
import type { AdvantageSettings } from './advantage.js';
import { type CorrectnessSettings, correctnessReward } from './correctness.js';
import type { ReferenceSettings } from './reference.js';
import { RELEASED } from './released.js';
import { paperReward } from './reward.js';
import type { ScheduleSettings } from './schedule.js';
import type { SelectionSettings } from './selection.js';
import type { GrpoSettings } from './weights.js';

test('the table has the form of the settings that it stands for', () => {
  RELEASED.advantage satisfies AdvantageSettings;
  RELEASED.grpo satisfies GrpoSettings;
  RELEASED.reference satisfies ReferenceSettings;
  RELEASED.explain satisfies SelectionSettings;
  RELEASED.explainSeveral satisfies SelectionSettings;
  RELEASED.correctness satisfies CorrectnessSettings;
  for (const { optimiser } of [RELEASED.warmUp, RELEASED.teach, RELEASED.distill]) {
    optimiser.schedule satisfies ScheduleSettings['shape'];
  }
  expect(correctnessReward('malformed')).toBe(-0.5);
});

test("the coefficients of the reward are the paper's letters, to the bit", () => {
  const { lambda, alpha, solution, kl, estimator, penalties } = RELEASED.reward;
  expect(kl).toEqual({ mean: lambda, max: lambda * alpha });
  expect(solution).toEqual({ mean: 1, min: alpha });
  expect(paperReward()).toEqual({
    solution: Object.entries(solution).map(([reduction, coefficient]) => ({ reduction, coefficient })),
    kl: Object.entries(kl).map(([reduction, coefficient]) => ({ reduction, coefficient })),
    estimator,
    penalties,
  });
});
