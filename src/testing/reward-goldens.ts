/** Two tiny models, traces and their rewards as PyTorch computes them: what scripts/goldens/score.py writes. */
import { fileURLToPath } from 'node:url';

/** Goldens are data: they stay with the sources. */
export const REWARD_GOLDENS = fileURLToPath(new URL('../../src/stages/rewards/goldens/', import.meta.url));
