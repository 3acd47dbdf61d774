/**
 * A stage of the method, told in one place: how a recipe writes it, what it leaves, what it asks of engines, how much
 * work it is, and how it runs. A stage's file holds its definition; index.ts lists them in the order of the method.
 */
import { z } from 'zod';
import type { Problem } from '../data/problem.js';
import type { Trace } from '../data/trace.js';
import type { AdamSettings, CallOptions, Model, ModelSource, Policy } from '../engine/engine.js';
import type { StageDirectory } from '../run/directory.js';
import type { StageProgress } from '../run/progress.js';
import type { TagFormat } from '../text/formats.js';
import type { StageKind } from './kinds.js';
import type { Layouts } from './layouts.js';
import type { PlanInputs, PlannedWork } from './plan.js';
import { type LoraBlock, nameSchema, type Settings } from './settings.js';

/** What a stage leaves for later ones to refer to by its name. */
export type ArtifactKind = 'model' | 'traces' | 'results';

/** The settings of a stage as a recipe writes them. `stage` is the kind of the stage, `name` what later stages call it. */
export type StageSchema = z.ZodObject<{ stage: z.ZodLiteral<StageKind> } & z.core.$ZodLooseShape>;

/** What a stage asks of the engine that a model lives on, checked against the engine's profile before anything runs. */
export type Requirement = {
  /** The model that it is asked of: a name in the recipe; null for one that the stage makes itself. */
  readonly model: string | null;
  /** The setting to change where the engine cannot meet it, from the stage. */
  readonly field: string;
} & (
  | { readonly need: 'full fine-tuning' | 'lora' | 'frozen copy' | 'blending' }
  /** Log-probs, of given sequences or in training, at a temperature. */
  | { readonly need: 'log-probs'; readonly temperature: number }
  /** An optimiser that honours these settings. */
  | { readonly need: 'optimiser'; readonly settings: AdamSettings }
);

/** Facts of a finished stage for its manifest: the same whenever the stage is made again. */
export type StageFacts = Readonly<Record<string, number | string>>;

export interface StageDefinition<Schema extends StageSchema = StageSchema> {
  readonly schema: Schema;
  /** What its progress counts. */
  readonly unit: string;
  readonly artifact: ArtifactKind;
  requirements(stage: Settings<Schema>): readonly Requirement[];
  /** How much work it is, from what is known of its inputs. */
  plan(stage: Settings<Schema>, inputs: PlanInputs): PlannedWork;
  run(context: StageContext, stage: Settings<Schema>): Promise<StageFacts>;
}

/** Checks a definition and keeps the type of its settings. */
export const defineStage = <Schema extends StageSchema>(definition: StageDefinition<Schema>): StageDefinition<Schema> =>
  definition;

/** The keys that every stage has. */
export function head<const Kind extends StageKind>(kind: Kind, doc: string) {
  return {
    stage: z.literal(kind).describe(doc),
    name: nameSchema
      .default(kind)
      .describe('Names the folder of the stage, and what later stages call its artifact; unique in the recipe.'),
  };
}

/** A frozen model, with the layouts in which it reads and writes. */
export interface OpenModel {
  readonly model: Model;
  readonly layouts: Layouts;
}

/** A model that learns, with its layouts. */
export interface OpenPolicy {
  readonly policy: Policy;
  readonly layouts: Layouts;
}

/** What a stage is given: where it works, what it may read, the models that it may open, and how it reports progress. */
export interface StageContext {
  readonly name: string;
  /** The recipe's seed; uses of randomness derive theirs from it and the stage's name. */
  readonly seed: number;
  readonly format: TagFormat;
  readonly directory: StageDirectory;
  readonly progress: StageProgress;
  readonly signal: AbortSignal;
  /** A line for the user that stays: what was skipped or cut, and how much of it. */
  note(text: string): void;
  /** Where a model of the recipe is, on its engine. */
  source(model: string): Promise<ModelSource>;
  /** Opens a model of the recipe on its engine. */
  open(model: string): Promise<OpenModel>;
  /**
   * Opens a model of the recipe for training: all of its weights where `lora` is null. The first matrices of an adapter
   * are drawn from the seed and the stage's name. A model that the stage made itself is given by its source; it is
   * trained on the recipe's own engine.
   */
  train(model: string | ModelSource, lora: LoraBlock): Promise<OpenPolicy>;
  /** The layouts of a model that the stage made itself. */
  layouts(source: ModelSource): Promise<Layouts>;
  problems(reference: string): Promise<readonly Problem[]>;
  /** Traces of an earlier stage, or a data set's own: empty ones where it has none and `explanations` are not used. */
  traces(reference: string, explanations?: 'used' | 'unused'): Promise<readonly Trace[]>;
  /** Keeps a trained model as the stage's artifact and closes it; the stage's facts about it. */
  leaveModel(policy: Policy): Promise<StageFacts>;
}

export const callOptions = (context: StageContext): CallOptions => ({ signal: context.signal });
