/** Runs the sequence program over micro-batches: scoring, and training with gradients added up. */

import type * as ort from 'onnxruntime-node';
import { NumericError } from '../../../errors.js';
import { asLogProbs } from '../../../method/statistics.js';
import { stopIfAborted } from '../../call-options.js';
import type { CallOptions, ScoreRequest, TokenLogProbs, WeightedSequence } from '../../engine.js';
import type { Architecture } from '../files/architecture.js';
import { at } from '../graph/graph.js';
import { ResultMemory } from '../graph/session.js';
import { type Feeds, floats, integers, type Results, resultOf } from '../graph/tensors.js';
import { evenly } from '../programs/blocks.js';
import { causalFeeds, firstSeen, MASKED, masksOf, windowed } from '../programs/masks.js';
import { type SequenceProgram, type SequenceVariant, sequenceProgram } from '../programs/sequence-program.js';
import type { ModelForm } from '../weights/model-form.js';
import { addTo, type ParameterValues, valuesOf } from '../weights/parameters.js';
import { type MicroBatch, microBatches } from './batches.js';
import { chunksFor, type QueryBlocks } from './budget.js';
import { kindOfScoring } from './kept-memory.js';
import type { Runtime, WeightFeeds } from './runtime.js';

/** The inputs of one micro-batch, and which position of which request each chosen one is. */
interface Prepared {
  readonly feeds: Feeds;
  /** Token ids in the order of the program's flat tokens, padding as 0. */
  readonly flatIds: Int32Array;
  readonly chosen: readonly { readonly request: number; readonly k: number }[];
}

function prepare(
  architecture: Architecture,
  requests: readonly ScoreRequest[],
  batch: MicroBatch,
  { prefixBlocks, blocks }: QueryBlocks,
  longest: number,
): Prepared {
  const { groups, rowsPerGroup, prefixTokens, ownTokens } = batch;
  const prefixes = groups.length * prefixTokens;
  const flatIds = new Int32Array(prefixes + groups.length * rowsPerGroup * ownTokens);
  const positions = new Int32Array(flatIds.length);
  const prefixBias = new Float32Array(prefixes);
  const chosen: { request: number; k: number }[] = [];
  const rowsChosen: number[] = [];
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
      const request = at(requests, row.index);
      request.positions.forEach((position, k) => {
        chosen.push({ request: row.index, k });
        rowsChosen.push(start + position - 1 - group.prefix.length);
        targets.push(at(request.ids, position));
        inverse.push(1 / request.temperature);
      });
    });
  });
  const sharing = architecture.heads / architecture.keyValueHeads;
  const ids = (from: number, to: number, shape: readonly number[]) => integers(flatIds.subarray(from, to), shape);
  const feeds: Record<string, ort.Tensor> = {
    positions: integers(positions, [positions.length]),
    ...causalFeeds(architecture, 'causal', ownTokens, blocks),
    chosen: integers(rowsChosen, [rowsChosen.length]),
    targets: integers(targets, [targets.length]),
    inverseTemperature: floats(Float32Array.from(inverse), [inverse.length, 1]),
  };
  if (prefixTokens > 0) {
    feeds.prefixIds = ids(0, prefixes, [groups.length, prefixTokens]);
    feeds.ids = ids(prefixes, flatIds.length, [groups.length, rowsPerGroup, ownTokens]);
    Object.assign(feeds, causalFeeds(architecture, 'prefixCausal', prefixTokens, prefixBlocks));
    const { full, window } = masksOf(architecture);
    if (full) feeds.prefixBias = floats(prefixBias, [groups.length, 1, 1, 1, prefixTokens]);
    if (window !== undefined) {
      const bias = windowedPrefixBias(batch, sharing, window);
      feeds[windowed('prefixBias')] = floats(bias, [groups.length, 1, 1, sharing * ownTokens, prefixTokens]);
    }
  } else {
    feeds.ids = ids(0, flatIds.length, [groups.length * rowsPerGroup, ownTokens]);
  }
  return { feeds, flatIds, chosen };
}

/** [G, sharing * C, P]: MASKED where a prefix has no token, or one before the window of the sequence's token. */
function windowedPrefixBias(batch: MicroBatch, sharing: number, window: number): Float32Array {
  const { groups, prefixTokens, ownTokens } = batch;
  const bias = new Float32Array(groups.length * sharing * ownTokens * prefixTokens);
  groups.forEach(({ prefix }, g) => {
    for (let row = 0; row < sharing * ownTokens; row++) {
      const start = (g * sharing * ownTokens + row) * prefixTokens;
      const first = firstSeen(prefix.length + (row % ownTokens), window);
      bias.fill(MASKED, start, start + Math.min(first, prefixTokens));
      bias.fill(MASKED, start + prefix.length, start + prefixTokens);
    }
  });
  return bias;
}

export interface SequenceJob {
  readonly runtime: Runtime;
  readonly form: ModelForm;
  readonly weights: WeightFeeds;
  readonly options: CallOptions | undefined;
}

/** Takes the gradients of micro-batches. */
export interface GradientSink {
  /** Whether they stay on the device; that of the embedding is a whole table then. */
  readonly onDevice: boolean;
  add(program: SequenceProgram, results: Results, flatIds: Int32Array): Promise<void> | void;
}

/** Log-probs of the chosen positions of each request, which must have passed `checkSequences`. */
export function score(job: SequenceJob, requests: readonly ScoreRequest[]): Promise<TokenLogProbs[]> {
  return runBatches(job, requests, undefined);
}

/**
 * As `score`, and gives the gradient of sum weights * log-probs to `sink`, by micro-batches. Where it throws, the sink has
 * a part of it.
 */
export function differentiate(
  job: SequenceJob,
  sequences: readonly WeightedSequence[],
  sink: GradientSink,
): Promise<TokenLogProbs[]> {
  return runBatches(job, sequences, {
    weightOf: ({ request, k }) => sequences[request]?.weights[k] ?? Number.NaN,
    sink,
  });
}

/** What training adds to scoring. */
interface Training {
  readonly weightOf: (chosen: Prepared['chosen'][number]) => number;
  readonly sink: GradientSink;
}

async function runBatches(
  { runtime, form, weights, options }: SequenceJob,
  requests: readonly ScoreRequest[],
  training: Training | undefined,
): Promise<TokenLogProbs[]> {
  const { architecture } = form;
  const train = training !== undefined;
  const logProbs = requests.map((request) => asLogProbs(new Float32Array(request.positions.length)));
  const longest = requests.reduce((length, request) => Math.max(length, request.ids.length), 1);
  const rotary = runtime.rotary(architecture, longest);
  const memory = new ResultMemory();
  let tokens = 0;
  let sequencesDone = 0;
  const budget = runtime.budget(architecture, train);
  for (const batch of microBatches(requests, budget)) {
    await stopIfAborted(options?.signal);
    const { rowsPerGroup, prefixTokens: prefix, ownTokens: own } = batch;
    const blocks = runtime.blocks(architecture, { prefix, own });
    const { feeds, flatIds, chosen } = prepare(architecture, requests, batch, blocks, longest);
    const variant: SequenceVariant = {
      ...blocks,
      train,
      checkpoints: train && runtime.settings.gradientCheckpointing,
      table: training?.sink.onDevice === true,
      chunks: chunksFor(chosen.length, budget.positions),
    };
    const program = programOf(form, variant);
    const session = await runtime.session(form, `sequence ${JSON.stringify(variant)}`, () => program.graph, {
      kind: train ? 'training' : kindOfScoring(variant),
      read: ['logProbs'],
    });
    const inputs = {
      ...(await weights(session.inputs)),
      ...rotary,
      ...feeds,
      ...(variant.chunks === 1
        ? {}
        : { chunkSizes: integers(evenly(chosen.length, variant.chunks), [variant.chunks]) }),
      ...(training === undefined
        ? {}
        : { weights: floats(Float32Array.from(chosen, training.weightOf), [chosen.length]) }),
      ...(variant.table === true ? distinctFeeds(flatIds) : {}),
    };
    const results = await session.run(inputs, variant.table === true ? undefined : memory);
    const values = resultOf(results, 'logProbs');
    chosen.forEach(({ request, k }, m) => {
      const value = values[m] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        throw new NumericError(`the log-prob of position ${requests[request]?.positions[k]} is ${value}`, {
          sample: request,
          tensor: 'logProbs',
        });
      }
      at(logProbs, request)[k] = value;
    });
    await training?.sink.add(program, results, flatIds);
    results.giveBack();
    tokens += flatIds.length;
    sequencesDone += batch.groups.length * rowsPerGroup;
    options?.onProgress?.({ tokens, sequencesDone });
  }
  await stopIfAborted(options?.signal);
  memory.close();
  return logProbs;
}

/** The distinct ids of tokens, and which of them each token has. */
function distinctFeeds(flatIds: Int32Array): Feeds {
  const numbers = new Map<number, number>();
  const ofTokens = Float32Array.from(flatIds, (id) => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  });
  return {
    distinctIds: integers([...numbers.keys()], [numbers.size]),
    distinctNumbers: floats(
      Float32Array.from({ length: numbers.size }, (_, i) => i),
      [numbers.size, 1],
    ),
    tokenNumbers: floats(ofTokens, [1, ofTokens.length]),
  };
}

/**
 * Adds gradients up in arrays by name of what learns; the embedding's come as rows by token. The first micro-batch
 * overwrites what is there, which is cheaper than adding to zeros.
 */
export class GradientSum implements GradientSink {
  readonly onDevice = false;
  readonly #total: ParameterValues;
  readonly #width: number;
  #isEmpty: boolean;

  /** @param isEmpty whether what is in the arrays is no gradient */
  constructor(total: ParameterValues, { hiddenSize }: Architecture, isEmpty: boolean) {
    this.#total = total;
    this.#width = hiddenSize;
    this.#isEmpty = isEmpty;
  }

  add({ gradients }: SequenceProgram, results: Results, flatIds: Int32Array): void {
    const total = this.#total;
    for (const { output, of, offset } of gradients) {
      const gradient = resultOf(results, output);
      if (of === 'embeddingRows') {
        const table = valuesOf(total, 'embedding');
        if (this.#isEmpty) table.fill(0);
        addRows(table, gradient, flatIds, this.#width);
        continue;
      }
      // That of a head which is the embedding comes after the embedding's own.
      const isTied = of === 'head' && !total.has('head');
      if (this.#isEmpty && !isTied) valuesOf(total, of).set(gradient, offset);
      else addTo(valuesOf(total, isTied ? 'embedding' : of), gradient, offset);
    }
    this.#isEmpty = false;
  }

  /** To be called after the last micro-batch: where there was none, the gradient is zero. */
  close(): void {
    if (this.#isEmpty) for (const sum of this.#total.values()) sum.fill(0);
  }
}

function addRows(table: Float32Array, rows: Float32Array, ids: Int32Array, width: number): void {
  for (let n = 0; n < ids.length; n++) {
    const to = (ids[n] as number) * width;
    const from = n * width;
    for (let i = 0; i < width; i++) table[to + i] = (table[to + i] as number) + (rows[from + i] as number);
  }
}

const programs = new WeakMap<ModelForm, Map<string, SequenceProgram>>();

function programOf(form: ModelForm, variant: SequenceVariant): SequenceProgram {
  const known = programs.get(form) ?? new Map<string, SequenceProgram>();
  programs.set(form, known);
  const key = JSON.stringify(variant);
  const program = known.get(key) ?? sequenceProgram(form, variant);
  known.set(key, program);
  return program;
}
