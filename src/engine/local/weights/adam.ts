/**
 * AdamW (Kingma and Ba, arXiv 1412.6980; decoupled decay: Loshchilov and Hutter, arXiv 1711.05101), on plain arrays.
 */
import { NumericError } from '../../../errors.js';
import type { AdamSettings, StepResult } from '../../engine.js';
import { zerosLike } from './parameters.js';

/** First and second moments of what learns, and how many steps were taken. */
export interface AdamState {
  steps: number;
  readonly first: ReadonlyMap<string, Float32Array>;
  readonly second: ReadonlyMap<string, Float32Array>;
}

export function adamState(values: ReadonlyMap<string, Float32Array>): AdamState {
  return { steps: 0, first: zerosLike(values), second: zerosLike(values) };
}

function squaredNorm(array: Float32Array): number {
  let total = 0;
  for (let i = 0; i < array.length; i++) total += (array[i] as number) * (array[i] as number);
  return total;
}

/** Global L2 norm. @throws {NumericError} when a tensor is not finite, naming the first */
export function gradientNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let total = 0;
  for (const [tensor, gradient] of gradients) {
    const square = squaredNorm(gradient);
    if (!Number.isFinite(square)) {
      throw new NumericError('a gradient is not finite', {
        tensor,
        remedy: 'Lower the learning rate, or look at the batch of this step; the weights were not changed.',
      });
    }
    total += square;
  }
  return Math.sqrt(total);
}

/**
 * One step that increases the objective whose gradient is given:
 * p <- p (1 - lr decay) + lr / (1 - beta1^n) * m / (sqrt(v / (1 - beta2^n)) + epsilon).
 * Moments are kept in float32, arithmetic is in doubles. Values, moments and the step count change in place.
 *
 * @param vectors names of the norms and biases among the values, which do not decay unless settings.decay is `all`.
 */
export function adamStep(
  values: ReadonlyMap<string, Float32Array>,
  gradients: ReadonlyMap<string, Float32Array>,
  state: AdamState,
  settings: AdamSettings,
  vectors: ReadonlySet<string>,
): StepResult {
  const norm = gradientNorm(gradients);
  state.steps += 1;
  const numbers = adamNumbers(settings, norm, state.steps);
  for (const [name, value] of values) {
    const gradient = gradients.get(name);
    const first = state.first.get(name);
    const second = state.second.get(name);
    if (gradient === undefined || first === undefined || second === undefined)
      throw new Error(`no gradient or moments of ${name}`);
    const keep = vectors.has(name) ? numbers.keepVectors : numbers.keepMatrices;
    updateTensor(value, gradient, first, second, numbers, keep);
  }
  return { gradientNorm: norm };
}

/** What the update of each tensor takes, by the settings and the step. */
export interface AdamNumbers {
  /** Of the gradient, where it is clipped. */
  readonly factor: number;
  readonly beta1: number;
  /** 1 - beta1. */
  readonly rest1: number;
  readonly beta2: number;
  readonly rest2: number;
  readonly stepSize: number;
  /** sqrt(1 - beta2^n). */
  readonly correction: number;
  readonly epsilon: number;
  /** What decay leaves of weights. */
  readonly keepMatrices: number;
  readonly keepVectors: number;
}

/** The numbers of step `steps`, counted from 1, for a gradient of this norm. */
export function adamNumbers(settings: AdamSettings, norm: number, steps: number): AdamNumbers {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decay = 'matrices', clipNorm } = settings;
  const keep = 1 - learningRate * weightDecay;
  return {
    // 1e-6 as in torch.nn.utils.clip_grad_norm_, so that both clip alike.
    factor: clipNorm === undefined || clipNorm === 0 ? 1 : Math.min(1, clipNorm / (norm + 1e-6)),
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    stepSize: learningRate / (1 - beta1 ** steps),
    correction: Math.sqrt(1 - beta2 ** steps),
    epsilon,
    keepMatrices: keep,
    keepVectors: decay === 'matrices' ? 1 : keep,
  };
}

function updateTensor(
  value: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { factor, beta1, rest1, beta2, rest2, stepSize, correction, epsilon }: AdamNumbers,
  keep: number,
): void {
  for (let i = 0; i < value.length; i++) {
    const g = (gradient[i] as number) * factor;
    const m = beta1 * (first[i] as number) + rest1 * g;
    const v = beta2 * (second[i] as number) + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    value[i] = (value[i] as number) * keep + (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
  }
}
