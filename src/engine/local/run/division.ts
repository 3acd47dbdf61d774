/** How threads divide a call: into lanes, which compute whole operations on a share of its sequences each. */
import type { ScoreRequest } from '../../engine.js';
import { ACTIVATION_BYTES, type LocalSettings } from '../settings.js';
import type { ModelForm } from '../weights/model-form.js';
import { adapterBytes, learningBytes, weightBytes } from '../weights/weight-bytes.js';
import { computedTokens, divideSequences } from './batches.js';
import { activationsOf, budgetOf, isSmall } from './budget.js';

export interface Division {
  /** How many lanes. */
  readonly count: number;
  /** The settings of each: equal parts of threads and memory. */
  readonly own: LocalSettings;
  /** Whether the thread that is asked is itself a lane, so that the weights are copied once less. */
  readonly here: boolean;
}

/** More lanes would hold more memory than they save time. */
const MOST_LANES = 8;

const divided = (settings: LocalSettings, count: number, activationBytes: number, here: boolean): Division => {
  const part = (whole: number) => Math.max(1, Math.floor(whole / count));
  const { threads, cacheBytes } = settings;
  const own = {
    ...settings,
    threads: part(threads),
    activationBytes: part(activationBytes),
    cacheBytes: part(cacheBytes),
  };
  return { count, own, here };
};

/**
 * The lanes that share all calls on a small model: operations so short that threads which divide each of them mostly wait for
 * one another.
 */
export function lanesOf(settings: LocalSettings, form: ModelForm): Division | undefined {
  const { threads, provider, activationBytes } = settings;
  if (!isSmall(form) || threads === 1 || provider !== 'cpu') return undefined;
  return divided(settings, Math.min(threads, MOST_LANES), activationBytes ?? ACTIVATION_BYTES, false);
}

/**
 * What a second lane takes: a copy of the weights, of what learns a gradient in each lane, and what is sent after a step.
 */
export const secondLaneBytes = (form: ModelForm): number => {
  const base = weightBytes(form) + (form.adapter === undefined ? 0 : adapterBytes(form.adapter));
  return base + 3 * learningBytes(form);
};

/**
 * The two lanes in which a large model learns, where the second one takes no more than activations may. Large operations are
 * divided among threads well, but not all are: two lanes were 1.1 to 1.3 times as fast on two cores. Whoever turns on
 * checkpoints wants little memory.
 */
export function learningLanesOf(settings: LocalSettings, form: ModelForm): Division | undefined {
  const { threads, provider, gradientCheckpointing } = settings;
  if (isSmall(form) || threads % 2 !== 0 || provider !== 'cpu' || gradientCheckpointing) return undefined;
  const activations = activationsOf(settings, form.architecture, true);
  return secondLaneBytes(form) > activations ? undefined : divided(settings, 2, activations, true);
}

/** A lane that gets less reads all weights for too little (docs/performance.md). */
const LEAST_TOKENS = 256;
/** Of the tokens of a call, those that the fuller of two lanes may have. With more, the other one waits too long. */
const MOST_SHARE = 0.58;

/** What is computed in a call: by each of two lanes, by one, and of its longest sequence. In tokens. */
export interface CallTokens {
  readonly lanes: readonly number[];
  readonly whole: number;
  readonly longest: number;
}

export const callTokens = (sequences: readonly ScoreRequest[]): CallTokens => ({
  lanes: divideSequences(sequences, 2).map((part) => computedTokens(part.sequences)),
  whole: computedTokens(sequences),
  longest: sequences.reduce((longest, { positions }) => Math.max(longest, positions.at(-1) ?? 0), 0),
});

/**
 * Whether two lanes compute a call faster than one. A sequence is computed at once, however long it is; where it takes more
 * memory than settings allow for all, there shall not be two of them.
 */
export function isWorthTwo(
  settings: LocalSettings,
  { architecture }: ModelForm,
  { lanes, whole, longest }: CallTokens,
): boolean {
  return (
    lanes.length === 2 &&
    Math.min(...lanes) >= LEAST_TOKENS &&
    Math.max(...lanes) <= MOST_SHARE * whole &&
    longest <= budgetOf(settings, architecture, true).tokens
  );
}
