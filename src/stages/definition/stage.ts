/**
 * A stage of the method, defined in one place: its settings in a recipe, the artifact it leaves, what it requires of
 * engines, how much work it is, and how it runs. Each stage has its own file; index.ts lists them in order.
 */
import { z } from 'zod';
import type { Problem } from '../../data/problem.js';
import type { Sequence } from '../../data/sequences/sequence.js';
import type { Trace } from '../../data/trace.js';
import type { AdamSettings, CallOptions, Model, ModelSource, Policy } from '../../engine/engine.js';
import type { HeldInBits } from '../../evaluation/answers/results.js';
import type { StageProgress } from '../../run/progress.js';
import type { StageDirectory } from '../../run/stage-directory.js';
import type { TagFormat } from '../../text/formats.js';
import type { Layouts } from '../layouts.js';
import type { Fitting } from '../left-out.js';
import type { TrainingQuestions } from '../trained-on.js';
import type { StageKind } from './kinds.js';
import type { PlannedMemory } from './memory.js';
import type { PlanInputs, PlannedWork } from './plan.js';
import { type LoraBlock, nameSchema, type Settings } from './settings.js';

/** What a stage leaves for later stages, which refer to it by the stage's name. */
export type ArtifactKind = 'model' | 'traces' | 'results';

/** The settings of a stage in a recipe. `stage` is its kind, `name` the name that later stages refer to. */
export type StageSchema = z.ZodObject<{ stage: z.ZodLiteral<StageKind> } & z.core.$ZodLooseShape>;

/** What a stage requires of a model's engine; checked against the engine's profile before anything runs. */
export type Requirement = {
  /** The model concerned: a name in the recipe, or null for a model that the stage creates itself. */
  readonly model: string | null;
  /** The setting of the stage to change if the engine cannot meet the requirement. */
  readonly field: string;
} & (
  | { readonly need: 'full fine-tuning' | 'lora' | 'frozen copy' | 'blending' }
  /** Completions of a policy that is being trained: of an adapter, or of all weights. */
  | { readonly need: 'sampling'; readonly learns: 'adapter' | 'weights' }
  /** Log-probs at a temperature, of given sequences or in training. */
  | { readonly need: 'log-probs'; readonly temperature: number }
  /** An optimiser that honours these settings. */
  | { readonly need: 'optimiser'; readonly settings: AdamSettings }
);

/** Facts about a finished stage for its manifest; reproduced exactly when the stage is run again. */
export type StageFacts = Readonly<Record<string, number | string>>;

export interface StageDefinition<Schema extends StageSchema = StageSchema> {
  readonly schema: Schema;
  /** What the stage's progress counts. */
  readonly unit: string;
  readonly artifact: ArtifactKind;
  requirements(stage: Settings<Schema>): readonly Requirement[];
  /** How much work the stage is, from what is known of its inputs. */
  plan(stage: Settings<Schema>, inputs: PlanInputs): PlannedWork;
  /** The models that are open in it and what it asks of them, as far as the memory of their engine depends on that. */
  memory(stage: Settings<Schema>, inputs: PlanInputs): PlannedMemory;
  /**
   * Checks what can be known before anything is computed, with the stage's own functions: that some of the data fit
   * the models, and that answers can be graded. Returns what the user should know, such as how much is left out.
   * Absent: nothing can be known.
   * @throws {InputError} when the stage could not run
   */
  check?(context: CheckContext, stage: Settings<Schema>): Promise<readonly string[]>;
  run(context: StageContext, stage: Settings<Schema>): Promise<StageFacts>;
}

/** A model as far as it is known without being opened: how much it can read, and its layouts. */
export interface Reader {
  readonly contextTokens: number;
  readonly layouts: Layouts;
}

/** A reader that is a model of the recipe. */
export interface ModelReader extends Reader {
  readonly source: ModelSource;
}

/** The inputs of a stage before a run. What is made by an earlier stage, or has not been fetched, is undefined. */
export interface CheckContext {
  /** The name of the stage. */
  readonly name: string;
  problems(reference: string): Promise<Sequence<Problem> | undefined>;
  traces(reference: string, explanations?: 'used' | 'unused'): Promise<Sequence<Trace> | undefined>;
  /** A model, or the one that an earlier stage trains from: both read and write alike. */
  reader(model: string): Promise<ModelReader | undefined>;
  /** Whether a file or data set of the hub can be read now. */
  isReadable(source: string): boolean;
  /** What a model is trained on by earlier stages, as far as it is known. */
  trainedOn(model: string): Promise<readonly TrainingQuestions[]>;
  /** Is told how many of the problems or traces of a reference the stage leaves out, for the plan. */
  counted(reference: string, found: Fitting): void;
}

/** Checks a definition and keeps the type of its settings. */
export const defineStage = <Schema extends StageSchema>(definition: StageDefinition<Schema>): StageDefinition<Schema> =>
  definition;

/** The keys that every stage has. */
export function head<const Kind extends StageKind>(kind: Kind, doc: string) {
  return {
    stage: z.literal(kind).describe(doc),
    name: nameSchema.default(kind).describe('Name of the stage, its folder and its artifact; unique in the recipe.'),
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

/** What a stage works with: its directory, its inputs, the models it may open, and where it reports progress. */
export interface StageContext {
  readonly name: string;
  /** The recipe's seed; every use of randomness derives its own from it and the stage's name. */
  readonly seed: number;
  readonly format: TagFormat;
  /** The system prompts of the recipe; those of the format where it has none. */
  readonly systemPrompts: { readonly teacher: string; readonly student: string };
  readonly directory: StageDirectory;
  readonly progress: StageProgress;
  readonly signal: AbortSignal;
  /** Prints a permanent line for the user: what was skipped or cut, and how much. */
  note(text: string): void;
  /** The source of a model of the recipe, on its engine. */
  source(model: string): Promise<ModelSource>;
  /** In how many bits a model of the recipe is held on its engine, and how it is multiplied; undefined of one in float32. */
  held(model: string): HeldInBits | undefined;
  /** The kind of the stage that makes a model of the recipe; undefined of one that the recipe is given. */
  makerOf(model: string): StageKind | undefined;
  /** Opens a model of the recipe on its engine. */
  open(model: string): Promise<OpenModel>;
  /**
   * Opens a model of the recipe for training; all weights are trained if `lora` is null. An adapter is initialised from
   * the seed and the stage's name. A model that the stage created itself is given by its source, and trained on the
   * recipe's default engine.
   */
  train(model: string | ModelSource, lora: LoraBlock): Promise<OpenPolicy>;
  /** The layouts of a model that the stage created itself. */
  layouts(source: ModelSource): Promise<Layouts>;
  problems(reference: string): Promise<Sequence<Problem>>;
  /** Traces of an earlier stage, or a data set's own; these may lack explanations if `explanations` is unused. */
  traces(reference: string, explanations?: 'used' | 'unused'): Promise<Sequence<Trace>>;
  /** What a model is trained on by earlier stages. */
  trainedOn(model: string): Promise<readonly TrainingQuestions[]>;
  /** Saves the model after `step` steps beside the artifacts of the run. */
  keepModel(policy: Policy, step: number): Promise<void>;
  /** Saves a trained model as the stage's artifact, closes it, and returns facts about it. */
  leaveModel(policy: Policy): Promise<StageFacts>;
}

export const callOptions = (context: StageContext): CallOptions => ({ signal: context.signal });
