/** A model of the local engine: weights in memory, and the programs that compute with them. */
import { InputError, NumericError, UnsupportedError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  FrozenCopy,
  LoraSettings,
  ModelFacts,
  ModelSource,
  Policy,
  SampleRequest,
  ScoreRequest,
  StepResult,
  WeightedSequence,
} from '../engine.js';
import { type AdamState, adamState, adamStep } from './adam.js';
import { type AdaptableLayer, type AdapterForm, readAdapter, writeAdapter } from './files/adapter.js';
import { readModelDirectory, writeModelDirectory } from './files/directory.js';
import {
  allocate,
  copyValues,
  LINEAR_KINDS,
  linearLayersOf,
  type ParameterValues,
  parametersOf,
  views,
} from './parameters.js';
import { adaptedLayers, type SequenceProgram, type Subject } from './programs.js';
import type { Runtime } from './runtime.js';
import { sample } from './sampling.js';
import { score, scoreWithGradients } from './sequences.js';
import { type Feeds, floats, type Results } from './session.js';
import { readFrozenState, readTrainingState, writeFrozenState, writeTrainingState } from './training-state.js';

/** Weights with the form that programs need to know. */
export interface Weights {
  readonly subject: Subject;
  /** By parameter name. */
  readonly base: ParameterValues;
  /** `MODULE.lora_A` [rank, in] and `MODULE.lora_B` [out, rank]. */
  readonly adapter: ParameterValues;
  /** The directory that the model came from, whose tokenizer and other files go with it when it is saved. */
  readonly origin: string;
  /** Whether `base` is what `origin` holds, so that an adapter alone, saved, says all. */
  readonly pristine: boolean;
}

/** The adapter's product added to a copy of the weights that it changes; other weights are shared, not copied. */
function merged(weights: Weights): Weights {
  const { subject, base, adapter } = weights;
  if (subject.adapter === undefined) return weights;
  const scale = subject.adapter.alpha / subject.adapter.rank;
  const layers = new Map(adaptedLayers(subject).map((layer) => [layer.module, layer]));
  const values = new Map(base);
  for (const { name, parts } of parametersOf(subject.architecture)) {
    const touched = parts.flatMap((part) => {
      const layer = layers.get(part.tensor.replace(/\.weight$/, ''));
      return layer === undefined ? [] : [{ part, layer }];
    });
    if (touched.length === 0) continue;
    const whole = (base.get(name) as Float32Array).slice();
    for (const { part, layer } of touched)
      addProduct(whole.subarray(part.offset, part.offset + part.size), layer, adapter, subject.adapter.rank, scale);
    values.set(name, whole);
  }
  return plain(weights, values);
}

/** These weights in the form of a model without an adapter. */
function plain({ subject, origin }: Weights, base: ParameterValues): Weights {
  return {
    subject: { architecture: subject.architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin,
    pristine: false,
  };
}

/** W [out, in] += scale * B [out, rank] A [rank, in]. */
function addProduct(
  weight: Float32Array,
  { module, inputSize, outputSize }: AdaptableLayer,
  adapter: ParameterValues,
  rank: number,
  scale: number,
): void {
  const a = adapter.get(`${module}.lora_A`) as Float32Array;
  const b = adapter.get(`${module}.lora_B`) as Float32Array;
  const row = new Float64Array(inputSize);
  for (let o = 0; o < outputSize; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * (b[o * rank + r] as number);
      if (factor === 0) continue;
      for (let i = 0; i < inputSize; i++) row[i] = (row[i] as number) + factor * (a[r * inputSize + i] as number);
    }
    for (let i = 0; i < inputSize; i++)
      weight[o * inputSize + i] = (weight[o * inputSize + i] as number) + (row[i] as number);
  }
}

/** Reads a model's weights, and those of an adapter directory beside it. */
export async function loadWeights(source: ModelSource): Promise<Weights> {
  const directory = await readModelDirectory(source.directory);
  const { architecture } = directory;
  const parameters = parametersOf(architecture);
  const base = allocate(parameters);
  try {
    for (const [tensor, , view] of views(parameters, base)) view.set(await directory.readParameter(tensor));
  } finally {
    await directory.close();
  }
  const weights: Weights = {
    subject: { architecture, adapter: undefined },
    base,
    adapter: new Map(),
    origin: directory.path,
    pristine: true,
  };
  if (source.adapter === undefined) return weights;
  const { shape, values } = await readAdapter(source.adapter, linearLayersOf(architecture));
  return { ...weights, subject: { architecture, adapter: shape }, adapter: values };
}

/**
 * Weights in the form in which they learn: an adapter of the same form that they came with is trained further; any other
 * is merged in before a fresh one is put on, or before all weights are trained.
 */
export function trainable(weights: Weights, lora: LoraSettings | undefined): Weights {
  const { adapter } = weights.subject;
  if (lora === undefined) return merged(weights);
  const same =
    adapter?.rank === lora.rank &&
    adapter.alpha === lora.alpha &&
    [...adapter.targets].sort().join() === [...lora.targets].sort().join();
  return same ? weights : withAdapter(merged(weights), lora);
}

/** A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's kaiming with a = sqrt 5), B zero, so that nothing changes at first. */
function withAdapter(weights: Weights, lora: LoraSettings): Weights {
  const unknown = lora.targets.filter((target) => !LINEAR_KINDS.some((kind) => kind === target));
  if (unknown.length > 0 || lora.targets.length === 0) {
    throw new UnsupportedError(`an adapter cannot target ${unknown.join(', ') || 'nothing'}`, {
      remedy: `Choose among ${LINEAR_KINDS.join(', ')}.`,
    });
  }
  if (!(Number.isInteger(lora.rank) && lora.rank >= 1))
    throw new InputError(`a LoRA rank of ${lora.rank}`, { remedy: 'Use a whole number from 1.' });
  const shape: AdapterForm = { rank: lora.rank, alpha: lora.alpha, targets: lora.targets };
  const subject: Subject = { architecture: weights.subject.architecture, adapter: shape };
  const adapter = new Map<string, Float32Array>();
  for (const { module, inputSize, outputSize } of adaptedLayers(subject)) {
    const stream = new RandomStream(randomKey(lora.seed, 'lora', module));
    const bound = 1 / Math.sqrt(inputSize);
    adapter.set(
      `${module}.lora_A`,
      Float32Array.from({ length: lora.rank * inputSize }, () => (2 * stream.uniform() - 1) * bound),
    );
    adapter.set(`${module}.lora_B`, new Float32Array(outputSize * lora.rank));
  }
  return { ...weights, subject, adapter };
}

/** A frozen model. */
export class LocalModel implements FrozenCopy {
  protected readonly runtime: Runtime;
  protected weights: Weights;
  /** The weights that the copy was made with, which a saved state is told apart from. */
  readonly #origin: Weights;
  #feeds: Feeds | undefined;

  constructor(runtime: Runtime, weights: Weights) {
    this.runtime = runtime;
    this.weights = weights;
    this.#origin = weights;
  }

  get facts(): ModelFacts {
    const { architecture } = this.weights.subject;
    const parameters = parametersOf(architecture).reduce((total, { size }) => total + size, 0);
    return { vocabularySize: architecture.vocabularySize, contextTokens: architecture.contextTokens, parameters };
  }

  sample(requests: readonly SampleRequest[], options?: CallOptions): Promise<Completion[][]> {
    return sample(this.job(options), requests);
  }

  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]> {
    return score(this.job(options), sequences);
  }

  /** Swaps in blended weights: share * theirs + (1 - share) * these. */
  blend(theirs: Weights, share: number): void {
    if (!(share >= 0 && share <= 1)) throw new InputError(`a share of ${share} is not in [0, 1]`);
    // Products of adapters blend, not their factors: both sides become plain weights first.
    const [mine, other] = [merged(this.weights), merged(theirs)];
    const base = new Map(
      [...mine.base].map(([name, own]): [string, Float32Array] => {
        const their = other.base.get(name);
        if (their?.length !== own.length)
          throw new InputError('models of different shapes cannot be blended', { tensor: name });
        if (their === own) return [name, own];
        const result = new Float32Array(own.length);
        for (let i = 0; i < own.length; i++)
          result[i] = share * (their[i] as number) + (1 - share) * (own[i] as number);
        return [name, result];
      }),
    );
    this.weights = { ...mine, base };
    this.#feeds = undefined;
  }

  async saveState(directory: string): Promise<void> {
    const { subject, base, adapter } = this.weights;
    const changed = [...base].filter(
      ([name, array]) => array !== this.#origin.base.get(name) || this.#origin.adapter.size === 0,
    );
    const form = subject.adapter === undefined ? 'weights' : 'adapter';
    const values = form === 'adapter' ? adapter : new Map(changed);
    await writeFrozenState(directory, new Map([...values].map(([name, array]) => [`${form}/${name}`, array])));
  }

  async restoreState(directory: string): Promise<void> {
    const state = await readFrozenState(directory);
    const take = (form: string) =>
      new Map(
        [...state]
          .filter(([name]) => name.startsWith(`${form}/`))
          .map(([name, array]) => [name.slice(form.length + 1), array]),
      );
    const adapter = take('adapter');
    // A copy of an adapted model that was blended is plain weights; one that was not, an adapter.
    const weights =
      adapter.size > 0
        ? { ...this.#origin, adapter }
        : plain(this.#origin, new Map([...this.#origin.base, ...take('weights')]));
    checkSameSizes(weights, this.#origin, directory);
    this.weights = weights;
    this.#feeds = undefined;
  }

  async close(): Promise<void> {
    this.weights = { ...this.weights, base: new Map(), adapter: new Map() };
    this.#feeds = undefined;
  }

  protected job(options: CallOptions | undefined) {
    this.#feeds ??= feedsOf(this.weights);
    return { runtime: this.runtime, subject: this.weights.subject, weights: this.#feeds, options };
  }
}

/** Throws InputError where restored weights are not those of this model. */
function checkSameSizes(weights: Weights, origin: Weights, file: string): void {
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

function feedsOf({ subject, base, adapter }: Weights): Feeds {
  const feeds = Object.fromEntries(
    parametersOf(subject.architecture).map(({ name, shape }) => {
      const values = base.get(name);
      if (values === undefined) throw new UnsupportedError('this model was closed', { tensor: name });
      return [name, floats(values, shape)];
    }),
  );
  if (subject.architecture.tiedEmbeddings) feeds.head = feeds.embedding as never;
  for (const { module, inputSize, outputSize } of adaptedLayers(subject)) {
    const { rank } = subject.adapter as AdapterForm;
    feeds[`${module}.lora_A`] = floats(adapter.get(`${module}.lora_A`) as Float32Array, [rank, inputSize]);
    feeds[`${module}.lora_B`] = floats(adapter.get(`${module}.lora_B`) as Float32Array, [outputSize, rank]);
  }
  return feeds;
}

/** A model that learns: all its weights, or its adapter alone. */
export class LocalPolicy extends LocalModel implements Policy {
  #optimizer: AdamState;
  #gradients: Map<string, Float32Array> | undefined;

  constructor(runtime: Runtime, weights: Weights) {
    super(runtime, weights);
    this.#optimizer = adamState(this.#learning);
  }

  /** Whether what learns is an adapter. */
  get isAdapter(): boolean {
    return this.weights.subject.adapter !== undefined;
  }

  /** What changes in training, by name. */
  get #learning(): ParameterValues {
    return this.weights.subject.adapter === undefined ? this.weights.base : this.weights.adapter;
  }

  async accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Float32Array[]> {
    const total =
      this.#gradients ?? new Map([...this.#learning].map(([name, array]) => [name, new Float32Array(array.length)]));
    try {
      const logProbs = await scoreWithGradients(this.job(options), sequences, (program, results, flatIds) => {
        addGradients(total, program, results, flatIds, this.weights.subject.architecture.hiddenSize);
      });
      this.#gradients = total;
      return logProbs;
    } catch (error) {
      // Half a batch must not reach the next step.
      this.#gradients = undefined;
      throw error;
    }
  }

  /** The accumulated gradient by Hugging Face (or adapter) tensor name, for tests. Undefined where none was accumulated. */
  gradients(): ReadonlyMap<string, Float32Array> | undefined {
    if (this.#gradients === undefined || this.weights.subject.adapter !== undefined) return this.#gradients;
    return new Map(
      [...views(parametersOf(this.weights.subject.architecture), this.#gradients)].map(([name, , view]) => [
        name,
        view,
      ]),
    );
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    const gradients = this.#gradients;
    if (gradients === undefined)
      throw new InputError('a step without an accumulated gradient', { remedy: 'Call accumulate first.' });
    this.#gradients = undefined;
    return adamStep(this.#learning, gradients, this.#optimizer, settings);
  }

  async freeze(): Promise<FrozenCopy> {
    return new LocalModel(this.runtime, this.snapshot());
  }

  /** The weights as they are now; what doesn't learn is shared, what does is copied. */
  snapshot(): Weights {
    const { subject, base, adapter } = this.weights;
    return subject.adapter === undefined
      ? { ...this.weights, base: copyValues(base) }
      : { ...this.weights, adapter: copyValues(adapter) };
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    if (!(reference instanceof LocalModel)) throw new InputError('the reference is no model of this engine');
    reference.blend(this.weights, share);
  }

  async save(directory: string): Promise<void> {
    const { subject, adapter, origin, pristine } = this.weights;
    if (subject.adapter !== undefined && pristine) {
      await writeAdapter(directory, {
        shape: subject.adapter,
        layers: adaptedLayers(subject),
        values: adapter,
        base: origin,
      });
      return;
    }
    const whole = merged(this.weights);
    const parameters = views(parametersOf(subject.architecture), whole.base);
    await writeModelDirectory(directory, subject.architecture, parameters, { copyFrom: origin });
  }

  override async saveState(directory: string): Promise<void> {
    if (this.#gradients !== undefined) {
      throw new InputError('the state cannot be saved between accumulate and step', { remedy: 'Call step first.' });
    }
    await writeTrainingState(directory, { values: this.#learning, optimizer: this.#optimizer });
  }

  override async restoreState(directory: string): Promise<void> {
    const state = await readTrainingState(directory, this.#learning);
    for (const [name, array] of this.#learning) array.set(state.values.get(name) as Float32Array);
    this.#optimizer = state.optimizer;
    this.#gradients = undefined;
  }
}

/** Adds a micro-batch's gradients; the embedding's come as rows by token. */
function addGradients(
  total: ReadonlyMap<string, Float32Array>,
  program: SequenceProgram,
  results: Results,
  flatIds: Int32Array,
  hiddenSize: number,
): void {
  for (const name of program.gradients) {
    const gradient = results.get(`gradient:${name}`) as Float32Array;
    if (name === 'embeddingRows') {
      addRows(total.get('embedding') as Float32Array, gradient, flatIds, hiddenSize);
      continue;
    }
    const sum = total.get(name === 'head' && !total.has('head') ? 'embedding' : name);
    if (sum === undefined) throw new NumericError('a gradient of nothing that learns', { tensor: name });
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (gradient[i] as number);
  }
}

function addRows(table: Float32Array, rows: Float32Array, ids: Int32Array, width: number): void {
  for (let n = 0; n < ids.length; n++) {
    const to = (ids[n] as number) * width;
    const from = n * width;
    for (let i = 0; i < width; i++) table[to + i] = (table[to + i] as number) + (rows[from + i] as number);
  }
}
