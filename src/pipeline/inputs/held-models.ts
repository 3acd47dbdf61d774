/** How a run holds its models in memory, where that is another way than their files have it. */
import type { WeightBits } from '../../engine/engine.js';
import type { EngineSettings } from '../../engine/kinds.js';
import type { HeldInBits } from '../../evaluation/answers/results.js';
import { engineOfModel, engineSettings, originOf } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';

/** How a run holds a model, where that is another way than its files have it. */
export interface HeldAs {
  readonly bits?: WeightBits;
  readonly integerProducts?: true;
}

const samplesByIntegers = (engine: EngineSettings): boolean =>
  engine.kind === 'local' && engine.integerProducts === true;

/** How a run holds a model that it was given, or trained. */
export function heldIn(recipe: Recipe, model: string): HeldAs {
  const bits = originOf(recipe, model)?.bits;
  const engine = engineSettings(recipe, engineOfModel(recipe, model));
  return {
    ...(bits == null ? {} : { bits }),
    ...(samplesByIntegers(engine) ? { integerProducts: true } : {}),
  };
}

/** The same of a model in few bits, which alone is multiplied as integers. */
export const inBits = ({ bits, ...how }: HeldAs): HeldInBits | undefined =>
  bits === undefined ? undefined : { bits, ...how };

/** What people are told of it; undefined where the model is as its files have it. */
export function heldNote({ bits, integerProducts }: HeldAs): string | undefined {
  if (bits === undefined) return undefined;
  const how = integerProducts === true ? ', with products of integers' : '';
  return `the model is held in ${bits} bits${how}, as in its run; the folder of its files, given as the model, is read in float32`;
}

/** Likewise of several models by their labels, on one engine; undefined where all are as their files have them. */
export function heldNotes(held: HeldModels): string | undefined {
  const inBits = Object.entries(held).flatMap(([label, { bits }]) => (bits ? [`${label} in ${bits} bits`] : []));
  if (inBits.length === 0) return undefined;
  const how = integerWays(held).has(false) ? '' : ', with products of integers';
  return `held as in the run: ${inBits.join(', ')}${how}`;
}

/** How a run holds several models, by their labels. */
export type HeldModels = Readonly<Record<string, HeldAs>>;

/** Whether those in few bits are multiplied as integers, with the label of one that is, or is not: one engine has one way. */
export const integerWays = (held: HeldModels): ReadonlyMap<boolean, string> =>
  new Map(
    Object.entries(held).flatMap(([label, { bits, integerProducts = false }]) =>
      bits === undefined ? [] : [[integerProducts, label] as const],
    ),
  );
