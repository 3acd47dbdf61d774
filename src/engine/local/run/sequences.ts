/** Runs the sequence program over micro-batches: scoring, and training with gradients added up. */
import type * as ort from 'onnxruntime-node';
import { InputError, InterruptedError, NumericError } from '../../../errors.js';
import type { CallOptions, ScoreRequest, WeightedSequence } from '../../engine.js';
import type { Architecture } from '../files/architecture.js';
import { type Feeds, floats, integers, ResultMemory, type Results } from '../graph/session.js';
import { type SequenceForm, type SequenceProgram, type Subject, sequenceProgram } from '../programs/programs.js';
import { type MicroBatch, microBatches } from './batches.js';
import type { Runtime } from './runtime.js';

/** The lowest score that a mask adds: its exponential is 0 beside any real score, and sums with it stay finite. */
export const MASKED = -3e38;

/** Refuses sequences that a model cannot compute; names each by its index in the call. */
export function checkSequences(architecture: Architecture, requests: readonly ScoreRequest[]): void {
  if (requests.length === 0) throw new InputError('an empty batch', { remedy: 'Pass at least one sequence.' });
  requests.forEach((request, sample) => {
    const { ids, positions, temperature } = request;
    if (ids.length > architecture.contextTokens) {
      throw new InputError(`a sequence of ${ids.length} tokens exceeds the context of ${architecture.contextTokens}`, {
        sample,
        remedy: 'Shorten or skip it.',
      });
    }
    checkIds(architecture, ids, sample);
    let last = 0;
    for (const position of positions) {
      if (!Number.isInteger(position) || position <= last || position >= ids.length) {
        throw new InputError(`position ${position} after ${last} in a sequence of ${ids.length} tokens`, {
          sample,
          remedy: 'Positions increase strictly, from 1 to the last token.',
        });
      }
      last = position;
    }
    if (!(temperature > 0) || !Number.isFinite(temperature)) {
      throw new InputError(`the temperature ${temperature} is not a positive number`, { sample });
    }
  });
}

export function checkIds(architecture: Architecture, ids: readonly number[], sample: number): void {
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= architecture.vocabularySize) {
      throw new InputError(`token id ${id} is outside the vocabulary of ${architecture.vocabularySize}`, {
        sample,
        remedy: "Encode the text with this model's own tokenizer.",
      });
    }
  }
}

/** As `checkSequences`, and that each chosen position has a finite weight. */
export function checkWeightedSequences(architecture: Architecture, sequences: readonly WeightedSequence[]): void {
  checkSequences(architecture, sequences);
  sequences.forEach(({ positions, weights }, sample) => {
    if (weights.length !== positions.length) {
      throw new InputError(`${weights.length} weights for ${positions.length} positions`, { sample });
    }
    for (let k = 0; k < weights.length; k++) {
      if (!Number.isFinite(weights[k]))
        throw new NumericError(`weight ${k} is ${weights[k]}`, { sample, tensor: 'weights' });
    }
  });
}

/** [sharing * T, T]: 0 where a token may look (itself and before), MASKED where not. */
export function causalBias(tokens: number, sharing: number): Float32Array {
  const bias = new Float32Array(sharing * tokens * tokens);
  for (let row = 0; row < sharing * tokens; row++)
    bias.fill(MASKED, row * tokens + (row % tokens) + 1, (row + 1) * tokens);
  return bias;
}

/** The inputs of one micro-batch, and which position of which request each chosen one is. */
interface Prepared {
  readonly feeds: Feeds;
  /** Token ids in the order of the program's flat tokens, padding as 0. */
  readonly flatIds: Int32Array;
  readonly chosen: readonly { readonly request: number; readonly k: number }[];
}

/** How many chunks keep each within `most` positions. A power of two, so that few programs are loaded. */
function chunksFor(positions: number, most: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(positions / most)));
}

/** `total` in `chunks` parts that differ by at most one. */
function evenly(total: number, chunks: number): number[] {
  return Array.from(
    { length: chunks },
    (_, i) => Math.floor(((i + 1) * total) / chunks) - Math.floor((i * total) / chunks),
  );
}

function prepare(
  architecture: Architecture,
  requests: readonly ScoreRequest[],
  batch: MicroBatch,
  longest: number,
): Prepared {
  const { groups, rowsPerGroup, prefixTokens, ownTokens } = batch;
  const prefixes = groups.length * prefixTokens;
  const flatIds = new Int32Array(prefixes + groups.length * rowsPerGroup * ownTokens);
  const positions = new Int32Array(flatIds.length);
  const prefixBias = new Float32Array(prefixes);
  const chosen: { request: number; k: number }[] = [];
  const places: number[] = [];
  const targets: number[] = [];
  const inverse: number[] = [];
  groups.forEach((group, g) => {
    for (let i = 0; i < prefixTokens; i++) positions[g * prefixTokens + i] = i;
    flatIds.set(group.prefix, g * prefixTokens);
    prefixBias.fill(MASKED, g * prefixTokens + group.prefix.length, (g + 1) * prefixTokens);
    group.rows.forEach((row, r) => {
      const start = prefixes + (g * rowsPerGroup + r) * ownTokens;
      flatIds.set(row.ids, start);
      for (let i = 0; i < ownTokens; i++) {
        positions[start + i] = Math.min(group.prefix.length + i, longest - 1);
      }
      const request = requests[row.index] as ScoreRequest;
      request.positions.forEach((position, k) => {
        chosen.push({ request: row.index, k });
        places.push(start + position - 1 - group.prefix.length);
        targets.push(request.ids[position] as number);
        inverse.push(1 / request.temperature);
      });
    });
  });
  const sharing = architecture.heads / architecture.keyValueHeads;
  const ids = (from: number, to: number, shape: readonly number[]) => integers(flatIds.subarray(from, to), shape);
  const feeds: Record<string, ort.Tensor> = {
    positions: integers(positions, [positions.length]),
    causal: floats(causalBias(ownTokens, sharing), [sharing * ownTokens, ownTokens]),
    chosen: integers(places, [places.length]),
    targets: integers(targets, [targets.length]),
    inverseTemperature: floats(Float32Array.from(inverse), [inverse.length, 1]),
  };
  if (prefixTokens > 0) {
    feeds.prefixIds = ids(0, prefixes, [groups.length, prefixTokens]);
    feeds.ids = ids(prefixes, flatIds.length, [groups.length, rowsPerGroup, ownTokens]);
    feeds.prefixCausal = floats(causalBias(prefixTokens, sharing), [sharing * prefixTokens, prefixTokens]);
    feeds.prefixBias = floats(prefixBias, [groups.length, 1, 1, 1, prefixTokens]);
  } else {
    feeds.ids = ids(0, flatIds.length, [groups.length * rowsPerGroup, ownTokens]);
  }
  return { feeds, flatIds, chosen };
}

export interface SequenceJob {
  readonly runtime: Runtime;
  readonly subject: Subject;
  readonly weights: Feeds;
  readonly options: CallOptions | undefined;
}

/** Log-probs of the chosen positions of each request; `checkSequences` must have passed them. */
export function score(job: SequenceJob, requests: readonly ScoreRequest[]): Promise<Float32Array[]> {
  return runBatches(job, requests, undefined);
}

/** As `score`, and adds the gradient of sum weights * log-probs to `total`, by name of what learns. Half done where it throws. */
export function differentiate(
  job: SequenceJob,
  sequences: readonly WeightedSequence[],
  total: ReadonlyMap<string, Float32Array>,
): Promise<Float32Array[]> {
  return runBatches(job, sequences, { weightsOf: ({ request, k }) => sequences[request]?.weights[k] as number, total });
}

/** What training adds to scoring. */
interface Training {
  readonly weightsOf: (chosen: Prepared['chosen'][number]) => number;
  readonly total: ReadonlyMap<string, Float32Array>;
}

async function runBatches(
  { runtime, subject, weights, options }: SequenceJob,
  requests: readonly ScoreRequest[],
  training: Training | undefined,
): Promise<Float32Array[]> {
  const { architecture } = subject;
  const train = training !== undefined;
  const logProbs = requests.map((request) => new Float32Array(request.positions.length));
  const longest = requests.reduce((length, request) => Math.max(length, request.ids.length), 1);
  const rotary = runtime.rotary(architecture, longest);
  const memory = new ResultMemory();
  let tokens = 0;
  let sequencesDone = 0;
  const budget = runtime.budget(architecture, train);
  for (const batch of microBatches(requests, budget)) {
    if (options?.signal?.aborted === true) throw new InterruptedError();
    const { feeds, flatIds, chosen } = prepare(architecture, requests, batch, longest);
    const form = { prefix: batch.prefixTokens > 0, train, chunks: chunksFor(chosen.length, budget.positions) };
    const program = programOf(subject, form);
    const session = await runtime.session(subject, `sequence ${JSON.stringify(form)}`, () => program.graph);
    const inputs = {
      ...weights,
      ...rotary,
      ...feeds,
      ...(form.chunks === 1 ? {} : { chunkSizes: integers(evenly(chosen.length, form.chunks), [form.chunks]) }),
      ...(training === undefined
        ? {}
        : { weights: floats(Float32Array.from(chosen, training.weightsOf), [chosen.length]) }),
    };
    const results = await session.run(inputs, memory);
    const values = results.get('logProbs') as Float32Array;
    chosen.forEach(({ request, k }, m) => {
      const value = values[m] as number;
      if (!Number.isFinite(value)) {
        throw new NumericError(`the log-prob of position ${requests[request]?.positions[k]} is ${value}`, {
          sample: request,
          tensor: 'logProbs',
        });
      }
      (logProbs[request] as Float32Array)[k] = value;
    });
    if (training !== undefined) addGradients(training.total, program, results, flatIds, architecture.hiddenSize);
    tokens += flatIds.length;
    sequencesDone += batch.groups.length * batch.rowsPerGroup;
    options?.onProgress?.({ tokens, sequencesDone });
  }
  return logProbs;
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

const programs = new WeakMap<Subject, Map<string, SequenceProgram>>();

function programOf(subject: Subject, form: SequenceForm): SequenceProgram {
  const known = programs.get(subject) ?? new Map<string, SequenceProgram>();
  programs.set(subject, known);
  const key = JSON.stringify(form);
  const program = known.get(key) ?? sequenceProgram(subject, form);
  known.set(key, program);
  return program;
}
