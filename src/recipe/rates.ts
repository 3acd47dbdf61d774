/** How fast stages are taken to be before anything was measured. */
import type { ModelSize } from '../engine/model-files.js';
import type { Stage } from '../stages/index.js';
import { originOf } from './engines.js';
import { inputsOf } from './references.js';
import type { Recipe } from './schema.js';

/** Models on this machine, and those that stages create, by the names that a recipe has for them. */
export type KnownModels = ReadonlyMap<string, ModelSize>;

/** Tokens per second of each kind of work. */
export interface PlanRates {
  readonly sampled: number;
  readonly read: number;
  readonly trained: number;
}

/**
 * Rates of the bundled model on two idle cores of an Intel Xeon at 2.8 GHz with AVX-512, per computed token; the prompt
 * of a group counts once. They are those of whole stages of a quickstart (events.jsonl), with everything between two
 * steps: 10,000 to 14,000 tokens a second in supervised stages, 10,800 sampled with four samples per prompt in
 * evaluation. Another Xeon reached up to three times as much.
 */
export const SMALL_MODEL_RATES = { parameters: 0.87e6, sampled: 14_000, read: 30_000, trained: 11_000 } as const;
/**
 * Those of SmolLM2-135M on two cores of such a processor, trained by LoRA and sampled with sixteen at once. Scoring was
 * measured on another processor only, where it is four times as fast as training.
 */
const LARGE_MODEL_RATES = { parameters: 135e6, sampled: 241, read: 800, trained: 196 } as const;

/** Rates of every stage, or of each. */
export type StageRates = PlanRates | ((stage: Stage) => PlanRates);

/**
 * Rates of a model with the given number of parameters: the time of a token is some of its own and some for each
 * parameter, on a line through the two models that were measured. The share of products grows with the model.
 */
export function ratesFor(parameters: number): PlanRates {
  const { parameters: small } = SMALL_MODEL_RATES;
  const share = (Math.max(parameters, small) - small) / (LARGE_MODEL_RATES.parameters - small);
  const rate = (of: keyof PlanRates): number =>
    1 / ((1 - share) / SMALL_MODEL_RATES[of] + share / LARGE_MODEL_RATES[of]);
  return { sampled: rate('sampled'), read: rate('read'), trained: rate('trained') };
}

/** Whether this machine's CPU computes, of whose speed something is known. */
export const isOnCpu = ({ engine }: Recipe): boolean => engine.kind === 'local' && engine.provider === 'cpu';

/**
 * Rates of each stage's largest model on this machine's CPU; undefined if the engine computes elsewhere, on a graphics card
 * for instance, or a model's size is unknown.
 */
export function ratesOnThisMachine(recipe: Recipe, models: KnownModels): StageRates | undefined {
  if (!isOnCpu(recipe)) return undefined;
  const sizeOf = (name: string): number | undefined =>
    originOf(recipe, name)?.parameters ?? models.get(name)?.parameters;
  if (Object.keys(recipe.models).some((name) => sizeOf(name) === undefined)) return undefined;
  return (stage) => {
    const used = inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [name] : []));
    // A stage without a model creates its own.
    return ratesFor(Math.max(...(used.length === 0 ? [stage.name] : used).map((name) => sizeOf(name) ?? 0)));
  };
}
