/** What stages ask of engines, as far as memory depends on it, from the lengths of their data. */
import type { AdapterShape, CallShape, TrainingUse } from '../../engine/memory-use.js';
import { largestLengths, type PlanInputs, type TypicalLengths } from './plan.js';

/** A model that is open in a stage, by its name in the recipe. */
export interface PlannedUse {
  readonly model: string;
  readonly training?: TrainingUse;
  readonly calls: readonly CallShape[];
}

/** A model that a stage creates: what its config.json says of its shape. */
export interface CreatedUse extends Omit<PlannedUse, 'model'> {
  readonly model: null;
  readonly config: object;
}

export interface PlannedMemory {
  /** What is open at the same time; one entry for each time, in their order. */
  readonly phases: readonly (readonly (PlannedUse | CreatedUse)[])[];
  /** Whether lengths are those of the data, or the most that the settings allow. */
  readonly lengthsAre: 'an estimate' | 'an upper bound';
}

/** Most tokens that a model reads before it writes, and that it writes. */
export interface SequenceLengths {
  readonly prompt: number;
  readonly own: number;
}

const whole = (tokens: number): number => Math.max(1, Math.ceil(tokens));

/**
 * A sequence that is left out where it has more tokens than that. Prompt and reply may be those of different examples then;
 * the reply takes more memory, since its tokens meet the vocabulary.
 */
export function within(maxTokens: number, prompt: number, own: number): SequenceLengths {
  const learned = Math.min(whole(own), maxTokens - 1);
  return { prompt: Math.min(whole(prompt), maxTokens - learned), own: learned };
}

interface SupervisedStage {
  readonly batch: number;
  readonly lora: AdapterShape | null;
}

/** A model that is fine-tuned on examples, of which the longest has these lengths, where they are known. */
export function supervisedUse(
  { batch, lora }: SupervisedStage,
  model: string,
  lengths: SequenceLengths | undefined,
  maxTokens: number,
): PlannedUse {
  const { prompt, own } = within(maxTokens, lengths?.prompt ?? 1, lengths?.own ?? maxTokens);
  return {
    model,
    training: { lora, reference: 'none' },
    calls: [{ kind: 'train', groups: batch, rows: 1, promptTokens: prompt, ownTokens: own }],
  };
}

/** A stage that is supervised fine-tuning of one model. */
export const supervisedMemory = (
  stage: SupervisedStage & { readonly maxTokens: number },
  model: string,
  lengths: SequenceLengths | undefined,
): PlannedMemory => ({
  phases: [[supervisedUse(stage, model, lengths, stage.maxTokens)]],
  lengthsAre: estimateIf(lengths !== undefined),
});

interface GroupStage {
  readonly steps: number;
  readonly prompts: number;
  readonly samples: number;
  readonly maxPromptTokens: number;
  readonly sampling: { readonly maxTokens: number };
  readonly beta: number;
  readonly reference: { readonly update: string; readonly share: number };
  readonly lora: AdapterShape | null;
}

export const groupCall = (
  kind: CallShape['kind'],
  { prompts, samples }: Pick<GroupStage, 'prompts' | 'samples'>,
  { prompt, own }: SequenceLengths,
): CallShape => ({ kind, groups: prompts, rows: samples, promptTokens: whole(prompt), ownTokens: whole(own) });

/**
 * Completions are taken to be as long as they may be: the longest of all that a run samples decides, and among hundreds
 * one reaches the end.
 */
const sampleCall = (
  groups: Pick<GroupStage, 'prompts' | 'samples'>,
  prompt: number,
  maxTokens: number,
  times: number | undefined,
): CallShape => ({ ...groupCall('sample', groups, { prompt, own: maxTokens }), times });

/** Lengths of problems whose explanations are sampled. */
export const explained = (lengths: TypicalLengths | undefined, maxTokens: number): TypicalLengths | undefined =>
  lengths && { ...lengths, explanation: maxTokens };

/** A policy that is trained on its own completions; `lengths` of its prompts where they are known. */
export function policyUse(
  stage: GroupStage,
  model: string,
  lengths: Pick<SequenceLengths, 'prompt'> | undefined,
): PlannedUse {
  const { beta, reference, sampling, maxPromptTokens } = stage;
  const prompt = Math.min(maxPromptTokens, lengths?.prompt ?? maxPromptTokens);
  const own = sampling.maxTokens;
  const blends = reference.update === 'blend' && reference.share < 1;
  const kinds: readonly CallShape['kind'][] = beta > 0 ? ['score', 'train'] : ['train'];
  return {
    model,
    training: { lora: stage.lora, reference: beta === 0 ? 'none' : blends ? 'blend' : 'copy' },
    calls: [
      sampleCall(stage, prompt, own, stage.steps),
      ...kinds.map((kind) => groupCall(kind, stage, { prompt, own })),
    ],
  };
}

/** A frozen student that reads explanations and solutions. */
export function readerUse(
  groups: Pick<GroupStage, 'prompts' | 'samples'>,
  model: string,
  lengths: TypicalLengths | undefined,
  most: number,
): PlannedUse {
  return { model, calls: [groupCall('score', groups, studentLengths(lengths) ?? { prompt: 1, own: most })] };
}

/**
 * A frozen model that writes, so often. Where the lengths of its prompts are not known, they are taken to be as long as what
 * is written at most.
 */
export function samplerUse(
  groups: Pick<GroupStage, 'prompts' | 'samples'>,
  model: string,
  lengths: Pick<SequenceLengths, 'prompt'> | undefined,
  maxTokens: number,
  times: number | undefined,
): PlannedUse {
  return { model, calls: [sampleCall(groups, lengths?.prompt ?? maxTokens, maxTokens, times)] };
}

/** What the teacher reads and writes, with the longest explanation that is known. */
export const teacherLengths = (lengths: TypicalLengths | undefined): SequenceLengths | undefined =>
  lengths && { prompt: lengths.teacherPrompt, own: lengths.explanation };

/** What the student reads and writes. */
export const studentLengths = (lengths: TypicalLengths | undefined): SequenceLengths | undefined =>
  lengths && { prompt: lengths.studentPrompt, own: lengths.explanation + lengths.solution };

/** The longest lengths among several references; undefined where those of one are not known. */
export function longestOf(inputs: PlanInputs, references: readonly string[]): TypicalLengths | undefined {
  const known = references.flatMap((reference) => inputs.longest(reference) ?? []);
  return known.length < references.length ? undefined : largestLengths(known);
}

export const estimateIf = (isKnown: boolean): PlannedMemory['lengthsAre'] =>
  isKnown ? 'an estimate' : 'an upper bound';
