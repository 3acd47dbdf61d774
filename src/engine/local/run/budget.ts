/** How a model is computed with given settings: what is decided by its size alone. */
import type { Architecture } from '../files/architecture.js';
import type { SequenceVariant } from '../programs/sequence-program.js';
import { FEW_ROWS, type RowCount } from '../programs/weight-inputs.js';
import { ACTIVATION_BYTES, LARGE_TRAINING_BYTES, type LocalSettings } from '../settings.js';
import type { ModelForm } from '../weights/model-form.js';
import { parametersOf } from '../weights/parameters.js';
import type { Budget } from './batches.js';

/** The form in which a model samples that does not learn. */
export function samplingForm({ provider, integerProducts, packedWeights }: LocalSettings, form: ModelForm): ModelForm {
  // Where nothing differs it is the same form, by which programs are known.
  if (form.bits !== undefined) return integerProducts === true ? { ...form, integerDecoding: true } : form;
  return packedWeights === true && provider === 'cpu' ? { ...form, packedDecoding: true } : form;
}

/** Parameters up to which a model counts as small. */
const SMALL_MODEL = 2 ** 24;

export function isSmall({ architecture }: Pick<ModelForm, 'architecture'>): boolean {
  return parametersOf(architecture).reduce((total, { size }) => total + size, 0) <= SMALL_MODEL;
}

/**
 * Bytes that the activations of one micro-batch may take. However short it is, a micro-batch of a large model reads all
 * weights, and in full training adds up as many gradients; with 2^28 bytes a model of 135 M parameters would read 157
 * tokens at a time, which leaves no room for two samples after their common prompt. Who turns on checkpoints wants
 * little memory.
 */
export function activationsOf(
  { activationBytes, gradientCheckpointing }: LocalSettings,
  architecture: Architecture,
  training: boolean,
): number {
  if (activationBytes !== undefined) return activationBytes;
  const isLarge = training && !gradientCheckpointing && !isSmall({ architecture });
  return isLarge ? LARGE_TRAINING_BYTES : ACTIVATION_BYTES;
}

/** How much of one call is computed at once. */
export function budgetOf(settings: LocalSettings, architecture: Architecture, training: boolean): Budget {
  const bytes = activationsOf(settings, architecture, training);
  const { hiddenSize, feedForwardSize, heads, keyValueHeads, headSize, layers, vocabularySize } = architecture;
  const perLayer = 8 * hiddenSize + 2 * (heads + 2 * keyValueHeads) * headSize + 5 * feedForwardSize;
  const kept = settings.gradientCheckpointing ? layers * hiddenSize + 2 * perLayer : layers * perLayer;
  const perToken = 4 * (training ? kept : 2 * perLayer);
  return {
    tokens: Math.max(64, Math.floor(bytes / perToken)),
    positions: Math.max(16, Math.floor(bytes / (4 * vocabularySize * (training ? 3 : 2)))),
  };
}

/**
 * Whether decoding is faster where the session holds the weights: ONNX Runtime has a kernel for that of 4 bits, and of 8
 * with integers. Float32 ones it packs, and reads what is packed faster; with more rows that pays less.
 * @param joined whether prompts and generated tokens are in one cache, as those of few sequences are
 */
export const decodesFromHeld = (
  { provider }: LocalSettings,
  { bits, integerDecoding, packedDecoding }: ModelForm,
  joined: boolean,
): boolean =>
  provider === 'cpu' && (bits === 4 || (bits === 8 && integerDecoding === true) || (joined && packedDecoding === true));

/**
 * Whether a session that holds weights reads prompts too. Those of 4 bits would be made float32 otherwise, which takes
 * longer than to read a short prompt, and float32 ones would be packed for each piece; of 8 bits products of weights as
 * inputs are the faster ones.
 */
export const readsFromHeld = ({ bits, packedDecoding }: ModelForm): boolean => bits === 4 || packedDecoding === true;

/**
 * Which program computes so many rows the fastest; measured on the CPU only. A single row is read with a kernel of its own
 * where weights come from memory, and like a few where caches hold them.
 */
export function rowCountOf({ provider }: LocalSettings, form: ModelForm, rows: number): RowCount {
  if (rows > FEW_ROWS || provider !== 'cpu') return 'many';
  return rows > 1 || isSmall(form) ? 'few' : 'one';
}

/** For how many rows a program is built that holds its weights: packed ones are multiplied from the right, as for one. */
export const rowsOfHeld = ({ packedDecoding }: ModelForm): RowCount => (packedDecoding === true ? 'one' : 'few');

/** Sequences up to which they count as few in sampling. */
const FEW_SEQUENCES = 4;

/**
 * Whether a batch that begins with so many groups, of `slots` sequences at most, has prompts and generated tokens in one
 * cache: few sequences of a large model, one in each group. Each step copies the cache; up to 7,900 places, the
 * most that were tried, that took no longer than what it saves (docs/performance.md). Measured on the CPU only.
 * @param small whether batches of small models do too
 */
export const joinsCache = (
  { provider }: LocalSettings,
  form: ModelForm,
  { groups, slots }: { readonly groups: number; readonly slots: number },
  small = false,
): boolean => provider === 'cpu' && (small || !isSmall(form)) && slots === 1 && groups <= FEW_SEQUENCES;

/** Tokens of a prompt that are read at once, where it has a cache of its own. */
const PIECE_TOKENS = 256;

/**
 * How many tokens of each prompt of so many are read at once, where they have a cache each: where memory allows it, as many
 * as of one alone, so that beside others a prompt is computed as alone but for the last bits (docs/engine.md).
 */
export const pieceTokens = ({ tokens }: Budget, prompts: number): number =>
  Math.max(1, Math.min(PIECE_TOKENS, Math.floor(tokens / prompts)));

/** In how many blocks of queries sequences attend to themselves. */
export type QueryBlocks = Pick<SequenceVariant, 'prefixBlocks' | 'blocks'>;

/** Tokens from which a sequence is in two blocks; from four times as many it is in four, and so on. */
const TWO_BLOCKS = 256;
/** Twice as many would spare another 3 % of the scores. */
const MOST_BLOCKS = 8;

/** The most tokens of sequences in each number of blocks, below this many. */
export function lengthsBelow(tokens: number, twoBlocks = TWO_BLOCKS): readonly number[] {
  const lengths: number[] = [];
  for (let next = twoBlocks; next <= tokens && 2 ** lengths.length < MOST_BLOCKS; next *= 4) lengths.push(next - 1);
  return lengths;
}

/**
 * Half of the scores of a sequence with itself are masked; of n blocks, (n - 1) / 2n are not computed. Each block makes
 * the programs longer and their operations smaller. On other providers than the CPU it was not measured.
 * @param twoBlocks tokens from which sequences are in two blocks
 */
export function blocksOf(
  { provider }: LocalSettings,
  architecture: Architecture,
  { prefix, own }: { readonly prefix: number; readonly own: number },
  twoBlocks = TWO_BLOCKS,
): QueryBlocks {
  const count = (tokens: number): number => (provider === 'cpu' ? 2 ** lengthsBelow(tokens, twoBlocks).length : 1);
  // How much of a prefix a window shows differs by token, and its mask is one for all tokens behind it.
  const whole = prefix > 0 && architecture.window !== undefined;
  return { prefixBlocks: prefix > 0 ? count(prefix) : 0, blocks: whole ? 1 : count(own) };
}

/** How many chunks of chosen positions keep each within `most`. A power of two, so that few programs are loaded. */
export function chunksFor(positions: number, most: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(positions / most)));
}

/** Tokens guessed where nothing else is said. */
const LOOKUP_TOKENS = 7;

/**
 * How many tokens are guessed at most while few sequences are sampled. Guesses are cheap where a step reads the weights
 * from memory, as large models' do; with weights in few bits a program that holds them takes longer for more tokens. On
 * other providers it was not measured.
 */
export function lookupTokensOf(settings: LocalSettings, form: ModelForm): number {
  if (settings.provider !== 'cpu' || decodesFromHeld(settings, form, false)) return 0;
  return settings.lookupTokens ?? (isSmall(form) ? 0 : LOOKUP_TOKENS);
}
