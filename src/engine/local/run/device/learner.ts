/** Learning on a device: gradients are added up, and weights and moments changed, where they lie. */
import type * as ort from 'onnxruntime-node';
import type { AdamSettings, StepResult, TokenLogProbs, WeightedSequence } from '../../../engine.js';
import type { Device } from '../../graph/device.js';
import { type Feeds, floats, resultOf } from '../../graph/tensors.js';
import { ADAM_NUMBERS, adamProgram, type Learning, squareProgram, sumProgram } from '../../programs/device-programs.js';
import type { GradientOutput } from '../../programs/sequence-program.js';
import { type AdamState, adamNumbers, adamState, gradientNorm } from '../../weights/adam.js';
import { learningValues, type ModelWeights, vectorsOf } from '../../weights/model-weights.js';
import { type ParameterValues, valuesOf, zerosLike } from '../../weights/parameters.js';
import { type Differentiation, type Learner, noGradient } from '../learner.js';
import type { GradientSink } from '../sequences.js';
import type { DeviceWeights } from './weights.js';

/** A tensor that learns: an input of the training program, and the part of a parameter whose values it has. */
interface Part extends Learning, Pick<GradientOutput, 'of' | 'offset'> {}

type Tensors = ReadonlyMap<string, ort.Tensor>;

const prefixed = (prefix: string, tensors: Tensors): Feeds =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [`${prefix}:${name}`, tensor]));

export class DeviceLearner implements Learner {
  readonly #device: Device;
  readonly #weights: ModelWeights;
  readonly #onDevice: () => DeviceWeights;
  readonly #vectors: ReadonlySet<string>;
  #parts: readonly Part[] = [];
  /** By input, as everything here. */
  #gradients: Tensors | undefined;
  /** First and second moments, once a step was taken. */
  #moments: { readonly first: Tensors; readonly second: Tensors } | undefined;
  /** Whether the numbers in this computer's memory are those of an earlier step. */
  #behind = false;
  optimizer: AdamState;

  /** @param onDevice the model's weights there, which are others whenever they were changed here */
  constructor(device: Device, weights: ModelWeights, onDevice: () => DeviceWeights) {
    this.#device = device;
    this.#weights = weights;
    this.#onDevice = onDevice;
    this.#vectors = vectorsOf(weights);
    this.optimizer = adamState(learningValues(weights));
  }

  get pending(): boolean {
    return this.#gradients !== undefined;
  }

  async accumulate(sequences: readonly WeightedSequence[], by: Differentiation): Promise<TokenLogProbs[]> {
    let total = this.#gradients;
    // Half a batch must not reach the next step.
    this.#gradients = undefined;
    const sink: GradientSink = {
      onDevice: true,
      add: async ({ gradients }, results) => {
        this.#parts = gradients.map(({ input, shape, of, offset }) => {
          return { input, shape, of, offset, vector: this.#vectors.has(of) };
        });
        const fresh = new Map(
          gradients.map(({ input, output }) => [input, this.#device.adopt(results.onDevice(output))]),
        );
        total = total === undefined ? fresh : await this.#sum(total, fresh);
      },
    };
    try {
      const logProbs = await by.alone(sequences, sink);
      this.#gradients = total;
      return logProbs;
    } catch (error) {
      this.#device.release(total?.values() ?? []);
      throw error;
    }
  }

  async gradients(): Promise<ParameterValues | undefined> {
    const gradients = this.#gradients;
    if (gradients === undefined) return undefined;
    const values = zerosLike(learningValues(this.#weights));
    await this.#fetch(gradients, values);
    return values;
  }

  discard(): void {
    this.#device.release(this.#gradients?.values() ?? []);
    this.#gradients = undefined;
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    if (this.#gradients === undefined) throw noGradient();
    try {
      const norm = await this.#norm(this.#gradients);
      await this.#change(this.#gradients, settings, norm);
      return { gradientNorm: norm };
    } finally {
      this.discard();
    }
  }

  async settle(): Promise<void> {
    if (!this.#behind) return;
    const inputs = this.#parts.map(({ input }) => input);
    const values = new Map(Object.entries(await this.#onDevice().of(inputs)));
    await this.#fetch(values, learningValues(this.#weights));
    await this.#fetch(this.#moments?.first ?? new Map(), this.optimizer.first);
    await this.#fetch(this.#moments?.second ?? new Map(), this.optimizer.second);
    this.#behind = false;
  }

  release(): void {
    this.discard();
    this.#device.release([...(this.#moments?.first.values() ?? []), ...(this.#moments?.second.values() ?? [])]);
    this.#moments = undefined;
    this.#behind = false;
  }

  restart(optimizer: AdamState): void {
    this.release();
    this.optimizer = optimizer;
  }

  async #sum(total: Tensors, fresh: Tensors): Promise<Tensors> {
    const feeds = { ...prefixed('a', total), ...prefixed('b', fresh) };
    const results = await this.#device.run(this.#key('sum'), () => sumProgram(this.#parts), feeds);
    this.#device.release([...total.values(), ...fresh.values()]);
    return new Map(this.#parts.map(({ input }) => [input, this.#device.adopt(results.onDevice(`sum:${input}`))]));
  }

  /** Programs of one form of model are the same. */
  #key(program: string): string {
    return JSON.stringify([program, this.#parts.map(({ input, shape, vector }) => [input, shape, vector])]);
  }

  async #norm(gradients: Tensors): Promise<number> {
    const feeds = prefixed('gradient', gradients);
    const results = await this.#device.run(this.#key('square'), () => squareProgram(this.#parts), feeds, ['square']);
    const norm = Math.sqrt(resultOf(results, 'square')[0] ?? Number.NaN);
    // What float32 cannot hold, doubles may; and where a gradient is not finite, they find out which.
    return Number.isFinite(norm) ? norm : gradientNorm((await this.gradients()) ?? new Map());
  }

  async #change(gradients: Tensors, settings: AdamSettings, norm: number): Promise<void> {
    const moments = this.#moments ?? {
      first: await this.#send(this.optimizer.first),
      second: await this.#send(this.optimizer.second),
    };
    const values = await this.#onDevice().of(this.#parts.map(({ input }) => input));
    const steps = this.optimizer.steps + 1;
    const { correction, ...others } = adamNumbers(settings, norm, steps);
    const numbers = { ...others, inverseCorrection: 1 / correction };
    const results = await this.#device.run(this.#key('adam'), () => adamProgram(this.#parts), {
      ...Object.fromEntries(ADAM_NUMBERS.map((name) => [name, floats(Float32Array.of(numbers[name]), [1])])),
      ...prefixed('value', new Map(Object.entries(values))),
      ...prefixed('gradient', gradients),
      ...prefixed('first', moments.first),
      ...prefixed('second', moments.second),
    });
    const outputs = (kind: string): Tensors =>
      new Map(this.#parts.map(({ input }) => [input, results.onDevice(`${kind}:${input}`)]));
    this.#onDevice().replace(outputs('value'));
    const [first, second] = [outputs('first'), outputs('second')];
    for (const tensor of [...first.values(), ...second.values()]) this.#device.adopt(tensor);
    this.#device.release([...moments.first.values(), ...moments.second.values()]);
    this.#moments = { first, second };
    this.optimizer.steps = steps;
    this.#behind = true;
  }

  async #send(values: ParameterValues): Promise<Tensors> {
    const sent = new Map<string, ort.Tensor>();
    for (const { input, of, offset, shape } of this.#parts)
      sent.set(input, await this.#device.upload(floats(partOf(values, of, offset, shape), shape)));
    return sent;
  }

  async #fetch(tensors: Tensors, into: ParameterValues): Promise<void> {
    for (const { input, of, offset, shape } of this.#parts) {
      const tensor = tensors.get(input);
      if (tensor !== undefined) partOf(into, of, offset, shape).set(await this.#device.download(tensor));
    }
  }
}

function partOf(values: ParameterValues, of: string, offset: number, shape: readonly number[]): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return valuesOf(values, of).subarray(offset, offset + size);
}
