/** A model of the local engine: weights in memory, and the programs that compute with them. */
import { InputError } from '../../../errors.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  DirectorySource,
  ModelFacts,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import { checkRequests, checkSequences, checkWeightedSequences } from '../../requests.js';
import { writeAdapter } from '../files/adapter.js';
import { writeModelDirectory } from '../files/directory.js';
import type { Device } from '../graph/device.js';
import { giveBack } from '../graph/given-back.js';
import type { Feeds } from '../graph/tensors.js';
import { feedsOf } from '../programs/weight-inputs.js';
import { heldBy } from '../weights/held.js';
import { learningValues, type ModelWeights, merged, merging, plain } from '../weights/model-weights.js';
import { copyValues, type ParameterValues, parametersOf, valuesOf, views } from '../weights/parameters.js';
import {
  type AdapterScales,
  readFrozenState,
  readTrainingState,
  writeFrozenState,
  writeTrainingState,
} from '../weights/training-state.js';
import { samplingForm } from './budget.js';
import type { DataParallel, Replicated } from './data-parallel.js';
import { DeviceLearner } from './device/learner.js';
import { DeviceWeights } from './device/weights.js';
import { computedOnce, summed } from './equal-sequences.js';
import { type Differentiation, HostLearner, type Learner } from './learner.js';
import type { Runtime } from './runtime.js';
import { sample } from './sampling/sampling.js';
import { differentiate, score } from './sequences.js';

/** A frozen model. */
export class LocalModel implements Replicated {
  protected readonly runtime: Runtime;
  #weights: ModelWeights;
  #revision = 0;
  /** The weights that the copy was made with, which a saved state is told apart from. */
  readonly #origin: ModelWeights;
  #feeds: Feeds | undefined;
  #onDevice: DeviceWeights | undefined;

  constructor(runtime: Runtime, weights: ModelWeights) {
    this.runtime = runtime;
    this.#weights = weights;
    this.#origin = weights;
    runtime.hold(heldBy(weights));
  }

  /** A model that never learns, and so may sample faster than it is scored. */
  static frozen(runtime: Runtime, weights: ModelWeights): LocalModel {
    return new LocalModel(runtime, { ...weights, form: samplingForm(runtime.settings, weights.form) });
  }

  get weights(): ModelWeights {
    return this.#weights;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes other weights in place of its own; without any, those that it has were changed in place. */
  protected changed(weights?: ModelWeights): void {
    this.#revision += 1;
    this.#onDevice?.release();
    this.#onDevice = undefined;
    if (weights === undefined) return;
    this.#weights = weights;
    this.#feeds = undefined;
  }

  /** A step was taken: other threads' copies are older now. What lies on a device was changed there. */
  protected stepped(): void {
    this.#revision += 1;
  }

  get facts(): ModelFacts {
    const { architecture } = this.weights.form;
    const parameters = parametersOf(architecture).reduce((total, { size }) => total + size, 0);
    return { vocabularySize: architecture.vocabularySize, contextTokens: architecture.contextTokens, parameters };
  }

  async sample(requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]> {
    checkRequests(this.weights.form.architecture, requests);
    const parallel = this.lanes();
    return parallel === undefined ? sample(this.job(options), requests) : parallel.sample(this, requests, options);
  }

  async logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<TokenLogProbs[]> {
    checkSequences(this.weights.form.architecture, sequences);
    const parallel = this.lanes();
    return computedOnce(
      sequences,
      (first) => first,
      (own) => (parallel === undefined ? score(this.job(options), own) : parallel.logProbs(this, own, options)),
    );
  }

  /** Swaps in blended weights: share * theirs + (1 - share) * these. */
  blend(theirs: ModelWeights, share: number): void {
    if (!(share >= 0 && share <= 1))
      throw new InputError(`a share of ${share} is not in [0, 1]`, {
        remedy: 'Give the weight of the policy: 1 replaces the reference.',
      });
    const { weights } = this;
    for (const [name, { length }] of weights.base) {
      if (theirs.base.get(name)?.length !== length)
        throw new InputError('models of different shapes cannot be blended', { tensor: name });
    }
    // Products of adapters blend, not their factors: both sides become plain weights, one parameter at a time.
    const [mine, other] = [merging(weights), merging(theirs)];
    const base = new Map(weights.base);
    for (const parameter of parametersOf(weights.form.architecture)) {
      const { name } = parameter;
      const [own, their] = [mine(parameter), other(parameter)];
      if (own === their) continue;
      // An array that is this model's alone takes the result; what lies under an adapter is other models' too.
      const isShared = this.#origin.form.adapter !== undefined && own === this.#origin.base.get(name);
      const result = isShared ? new Float32Array(own.length) : own;
      for (let i = 0; i < own.length; i++) result[i] = share * (their[i] as number) + (1 - share) * (own[i] as number);
      if (their !== theirs.base.get(name)) giveBack([their]);
      base.set(name, result);
    }
    this.changed(plain(weights, base));
  }

  async saveState(directory: string): Promise<void> {
    const { form, base, adapter } = this.weights;
    const changed = [...base].filter(
      ([name, array]) => array !== this.#origin.base.get(name) || this.#origin.adapter.size === 0,
    );
    const [kind, values] = form.adapter === undefined ? ['weights', new Map(changed)] : ['adapter', adapter];
    await writeFrozenState(directory, new Map([...values].map(([name, array]) => [`${kind}/${name}`, array])));
  }

  async restoreState(directory: string): Promise<void> {
    const state = await readFrozenState(directory);
    const take = (kind: string) =>
      new Map(
        [...state]
          .filter(([name]) => name.startsWith(`${kind}/`))
          .map(([name, array]) => [name.slice(kind.length + 1), array]),
      );
    const adapter = take('adapter');
    // A copy of an adapted model that was blended is plain weights; one that was not, an adapter.
    const weights =
      adapter.size > 0
        ? { ...this.#origin, adapter }
        : plain(this.#origin, new Map([...this.#origin.base, ...take('weights')]));
    checkSameSizes(weights, this.#origin, directory);
    this.changed(weights);
  }

  async close(): Promise<void> {
    await this.runtime.forget(this);
    await this.runtime.release(heldBy(this.weights));
    this.changed({ ...this.weights, base: new Map(), quantised: undefined, integers: undefined, adapter: new Map() });
  }

  /** The threads that share all calls. */
  protected lanes(): DataParallel | undefined {
    return this.runtime.lanes(this.weights.form);
  }

  protected job(options: SampleOptions | undefined) {
    const { runtime } = this;
    const { form, base, quantised, integers } = this.weights;
    const { device } = runtime;
    const feeds = this.#hostFeeds();
    const weights = (inputs: readonly string[]) => (device === undefined ? feeds : this.onDevice(device).of(inputs));
    return { runtime, form, weights, base, quantised, integers, options };
  }

  #hostFeeds(): Feeds {
    this.#feeds ??= feedsOf(this.weights);
    return this.#feeds;
  }

  protected onDevice(device: Device): DeviceWeights {
    this.#onDevice ??= new DeviceWeights(device, this.#hostFeeds());
    return this.#onDevice;
  }
}

/** @throws {InputError} when restored weights are not those of this model */
function checkSameSizes(weights: ModelWeights, origin: ModelWeights, file: string): void {
  for (const [name, array] of [...weights.base, ...weights.adapter]) {
    const expected = origin.base.get(name) ?? origin.adapter.get(name);
    if (expected?.length !== array.length) {
      throw new InputError(
        `a saved copy with ${array.length} numbers where this model has ${expected?.length ?? 'none'}`,
        { file, tensor: name },
      );
    }
  }
}

/** A model that learns: all its weights, or its adapter alone. */
export class LocalPolicy extends LocalModel {
  readonly #learner: Learner;

  constructor(runtime: Runtime, weights: ModelWeights) {
    super(runtime, weights);
    const { device } = runtime;
    this.#learner =
      device === undefined ? new HostLearner(weights) : new DeviceLearner(device, weights, () => this.onDevice(device));
  }

  override async close(): Promise<void> {
    this.#learner.release();
    await super.close();
  }

  /** Whether what learns is an adapter. */
  get isAdapter(): boolean {
    return this.weights.form.adapter !== undefined;
  }

  get #scales(): AdapterScales {
    return this.weights.form.adapter?.layers.map(({ scale }) => scale);
  }

  get #learning(): ParameterValues {
    return learningValues(this.weights);
  }

  async accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<TokenLogProbs[]> {
    try {
      checkWeightedSequences(this.weights.form.architecture, sequences);
    } catch (error) {
      this.#learner.discard();
      throw error;
    }
    return computedOnce(sequences, summed, async (distinct) => {
      const parallel = await this.runtime.learningLanes(this.weights.form, distinct);
      const by: Differentiation = {
        alone: (own, sink) => differentiate(this.job(options), own, sink),
        together: parallel && ((own) => parallel.differentiate(this, own, options)),
      };
      return this.#learner.accumulate(distinct, by);
    });
  }

  /**
   * The accumulated gradient by Hugging Face (or adapter) tensor name, for tests. Undefined where none was accumulated.
   */
  async gradients(): Promise<ReadonlyMap<string, Float32Array> | undefined> {
    const gradients = await this.#learner.gradients();
    if (gradients === undefined || this.weights.form.adapter !== undefined) return gradients;
    return new Map(
      [...views(parametersOf(this.weights.form.architecture), gradients)].map(([name, , view]) => [name, view]),
    );
  }

  /** Forgets what was accumulated. */
  discardGradient(): void {
    this.#learner.discard();
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    const result = await this.#learner.step(settings);
    this.stepped();
    return result;
  }

  /** A frozen model with the weights as they are now. */
  async freeze(): Promise<LocalModel> {
    await this.#learner.settle();
    return new LocalModel(this.runtime, this.#snapshot());
  }

  /** The weights as they are now; what doesn't learn is shared, what does is copied. */
  #snapshot(): ModelWeights {
    const { form, base, adapter } = this.weights;
    return form.adapter === undefined
      ? { ...this.weights, base: copyValues(base) }
      : { ...this.weights, adapter: copyValues(adapter) };
  }

  /** reference <- share * (these weights) + (1 - share) * reference. */
  async blendInto(reference: LocalModel, share: number): Promise<void> {
    await this.#learner.settle();
    reference.blend(this.weights, share);
  }

  /** Writes the model, or its adapter alone where the base is unchanged; returns where it can be opened from. */
  async save(directory: string): Promise<DirectorySource> {
    await this.#learner.settle();
    const { form, adapter, origin, pristine } = this.weights;
    const { bits } = form;
    if (form.adapter !== undefined && pristine) {
      await writeAdapter(directory, { form: form.adapter, values: adapter, base: origin });
      return { kind: 'directory', directory: origin, adapter: directory, ...(bits === undefined ? {} : { bits }) };
    }
    const whole = merged(this.weights);
    const parameters = views(parametersOf(form.architecture), whole.base);
    await writeModelDirectory(directory, form.architecture, parameters, { copyFrom: origin });
    return { kind: 'directory', directory };
  }

  override async saveState(directory: string): Promise<void> {
    if (this.#learner.pending) {
      throw new InputError('the state cannot be saved between accumulate and step', { remedy: 'Call step first.' });
    }
    await this.#learner.settle();
    const { optimizer } = this.#learner;
    await writeTrainingState(directory, { values: this.#learning, optimizer }, this.#scales);
  }

  override async restoreState(directory: string): Promise<void> {
    const state = await readTrainingState(directory, this.#learning, this.#scales);
    for (const [name, array] of this.#learning) array.set(valuesOf(state.values, name));
    this.#learner.restart(state.optimizer);
    this.changed();
  }
}
