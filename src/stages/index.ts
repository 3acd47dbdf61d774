/** The stages of the method. To add one, write a file with its definition and a line here and in kinds.ts. */
import { z } from 'zod';
import type { StageKind } from './definition/kinds.js';
import type { Settings } from './definition/settings.js';
import type { StageDefinition } from './definition/stage.js';
import { distill } from './distill.js';
import { evaluate } from './evaluate.js';
import { explain } from './explain.js';
import { pretrain } from './pretrain.js';
import { reinforce } from './reinforce.js';
import { score } from './score.js';
import { teach } from './teach.js';
import { warmUp } from './warm-up.js';

export const STAGES = {
  pretrain,
  'warm-up': warmUp,
  teach,
  explain,
  score,
  distill,
  reinforce,
  evaluate,
} as const satisfies { readonly [Kind in StageKind]: StageDefinition };

type StageSchemas = { [Kind in StageKind]: (typeof STAGES)[Kind]['schema'] };
const schemas = Object.values(STAGES).map(({ schema }) => schema) as [StageSchemas[StageKind]];

/** A stage of any kind, as written in a recipe. */
export const stageSchema = z.discriminatedUnion('stage', schemas);

/** The settings of one kind of stage. */
export type StageOf<Kind extends StageKind> = { [K in Kind]: Settings<StageSchemas[K]> }[Kind];
/** The settings of a stage of any kind. */
export type Stage = StageOf<StageKind>;

/** The definition of a stage, from its settings. */
export function definitionOf(stage: { readonly stage: StageKind }): StageDefinition {
  // Settings and definition have the same kind by construction; the types cannot express this look-up.
  return STAGES[stage.stage] as unknown as StageDefinition;
}
