/** What makes a model learn: the gradient that is accumulated, and the optimiser that uses it. */
import { InputError } from '../../../errors.js';
import type { AdamSettings, StepResult, TokenLogProbs, WeightedSequence } from '../../engine.js';
import { type AdamState, adamState, adamStep } from '../weights/adam.js';
import { learningValues, type ModelWeights, vectorsOf } from '../weights/model-weights.js';
import { addTo, copyValues, type ParameterValues, valuesOf, zerosLike } from '../weights/parameters.js';
import type { Derivatives } from './data-parallel.js';
import { type GradientSink, GradientSum } from './sequences.js';

/** How the gradient of sequences is computed. */
export interface Differentiation {
  alone(sequences: readonly WeightedSequence[], sink: GradientSink): Promise<TokenLogProbs[]>;
  /** By several threads; undefined where there is one. */
  readonly together: ((sequences: readonly WeightedSequence[]) => Promise<Derivatives>) | undefined;
}

export interface Learner {
  /** Whether a gradient was accumulated that no step has used. */
  readonly pending: boolean;
  /** Adds the gradient of sequences to what was accumulated. Where that fails, nothing stays accumulated. */
  accumulate(sequences: readonly WeightedSequence[], by: Differentiation): Promise<TokenLogProbs[]>;
  /** The accumulated gradient, by name of what learns. */
  gradients(): Promise<ParameterValues | undefined>;
  discard(): void;
  /** @throws {NumericError} when the gradient is not finite; nothing is changed then */
  step(settings: AdamSettings): Promise<StepResult>;
  /** The optimiser. It and the model's values are those of the last step only after `settle`. */
  readonly optimizer: AdamState;
  settle(): Promise<void>;
  /** Lets go of the gradient, and of what lies on a device. */
  release(): void;
  /** Goes on with another optimiser, and with values that were changed in this computer's memory. */
  restart(optimizer: AdamState): void;
}

export function noGradient(): InputError {
  return new InputError('a step without an accumulated gradient', { remedy: 'Call accumulate first.' });
}

/** In this computer's memory. */
export class HostLearner implements Learner {
  readonly #weights: ModelWeights;
  #gradients: Map<string, Float32Array> | undefined;
  optimizer: AdamState;

  constructor(weights: ModelWeights) {
    this.#weights = weights;
    this.optimizer = adamState(learningValues(weights));
  }

  get pending(): boolean {
    return this.#gradients !== undefined;
  }

  async accumulate(sequences: readonly WeightedSequence[], by: Differentiation): Promise<TokenLogProbs[]> {
    const known = this.#gradients;
    // Half a batch must not reach the next step.
    this.#gradients = undefined;
    if (by.together !== undefined) {
      const { logProbs, gradients } = await by.together(sequences);
      this.#gradients = this.#sum(known, gradients);
      return logProbs;
    }
    const total = known ?? zerosLike(learningValues(this.#weights));
    const sum = new GradientSum(total, this.#weights.form.architecture, known === undefined);
    const logProbs = await by.alone(sequences, sum);
    sum.close();
    this.#gradients = total;
    return logProbs;
  }

  /** Adds gradients to what there is, in their order, so that equal calls give equal bits. */
  #sum(known: Map<string, Float32Array> | undefined, gradients: readonly ParameterValues[]): Map<string, Float32Array> {
    const [first] = gradients;
    const sum = known ?? (first === undefined ? zerosLike(learningValues(this.#weights)) : copyValues(first));
    const others = known === undefined ? gradients.slice(1) : gradients;
    for (const gradient of others) for (const [name, own] of sum) addTo(own, valuesOf(gradient, name));
    return sum;
  }

  async gradients(): Promise<ParameterValues | undefined> {
    return this.#gradients;
  }

  discard(): void {
    this.#gradients = undefined;
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    const gradients = this.#gradients;
    if (gradients === undefined) throw noGradient();
    this.#gradients = undefined;
    return adamStep(learningValues(this.#weights), gradients, this.optimizer, settings, vectorsOf(this.#weights));
  }

  async settle(): Promise<void> {}

  release(): void {
    this.discard();
  }

  restart(optimizer: AdamState): void {
    this.optimizer = optimizer;
    this.discard();
  }
}
