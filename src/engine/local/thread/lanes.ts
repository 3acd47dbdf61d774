/**
 * Lanes: data-parallel threads, each of which computes a share of a call. Threads which divide each operation wait for one
 * another, in small models most of the time; here they divide the sequences instead, and every lane has a copy of the
 * weights. The thread that is asked can be a lane itself, with the weights that are there.
 */
import { InterruptedError, RltError } from '../../../errors.js';
import type {
  Completion,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine.js';
import { at } from '../graph/graph.js';
import { divideSamples, divideSequences } from '../run/batches.js';
import type { DataParallel, Derivatives, Replicated } from '../run/data-parallel.js';
import type { Division } from '../run/division.js';
import type { LocalSettings } from '../settings.js';
import type { ModelForm } from '../weights/model-form.js';
import { copyWeights, learningValues, type ModelWeights } from '../weights/model-weights.js';
import { type ParameterValues, setValues, sharedZerosLike } from '../weights/parameters.js';
import { Link } from './link.js';
import type { InputOf, OutputOf } from './methods.js';
import { type Derivative, type LaneMethods, replicaMethods } from './replicas.js';

/** A thread, or a stand-in for one. */
interface Lane {
  call<Name extends keyof LaneMethods>(
    method: Name,
    input: InputOf<LaneMethods, Name>,
    options?: SampleOptions,
  ): Promise<OutputOf<LaneMethods, Name>>;
  put(replica: number, weights: ModelWeights): Promise<void>;
  /** Takes the values of what learns. */
  update(replica: number, values: ParameterValues): Promise<void>;
  close(): Promise<void>;
}

/** One lane's part of a call. */
interface Share<Result> {
  /** Where in the call an item of the share is. */
  readonly indexOf: (item: number) => number;
  readonly ask: (lane: Lane, replica: number, options: SampleOptions) => Promise<Result>;
}

interface Held {
  readonly replica: number;
  readonly form: ModelForm;
  revision: number;
  /** What goes to the lanes with each update. */
  shared?: ParameterValues;
}

export class Lanes implements DataParallel {
  readonly #lanes: readonly Lane[];
  readonly #held = new Map<Replicated, Held>();
  #replicas = 0;

  constructor({ count, own, here }: Division) {
    const threads = Array.from({ length: here ? count - 1 : count }, () => threadLane(own));
    // The last, since it blocks this thread while it computes.
    this.#lanes = here ? [...threads, ownLane(own)] : threads;
  }

  async sample(
    model: Replicated,
    requests: readonly SampleRequest[],
    options: SampleOptions = {},
  ): Promise<Completion[][]> {
    const parts = divideSamples(requests, this.#lanes.length);
    const joined = new JoinedCompletions(parts, options.onCompletions);
    const results = await this.#compute(
      model,
      parts.map(({ first, requests: own }, part) => ({
        indexOf: (piece) => first + piece,
        ask: (lane, replica, shared) =>
          lane.call(
            'sample',
            { replica, requests: own },
            {
              ...shared,
              ...(options.onCompletions && {
                onCompletions: (piece, completions) => joined.add(part, piece, completions),
              }),
              ...(options.onToken && {
                onToken: (piece, sample, id) => {
                  const [firstOf, firstOfWhole] = [own[piece], requests[first + piece]].map(
                    (of) => of?.firstSample ?? 0,
                  );
                  options.onToken?.(first + piece, sample + (firstOf ?? 0) - (firstOfWhole ?? 0), id);
                },
              }),
            },
          ),
      })),
      options,
    );
    const completions: Completion[][] = requests.map(() => []);
    parts.forEach(({ first }, part) => {
      results[part]?.forEach((own, piece) => {
        completions[first + piece]?.push(...own);
      });
    });
    return completions;
  }

  async logProbs(
    model: Replicated,
    sequences: readonly ScoreRequest[],
    options?: SampleOptions,
  ): Promise<TokenLogProbs[]> {
    const parts = divideSequences(sequences, this.#lanes.length);
    const shares = parts.map(
      ({ indices, sequences: own }): Share<TokenLogProbs[]> => ({
        indexOf: (item) => at(indices, item),
        ask: (lane, replica, shared) => lane.call('logProbs', { replica, sequences: own }, shared),
      }),
    );
    return inPlace(parts, await this.#compute(model, shares, options));
  }

  async differentiate(
    model: Replicated,
    sequences: readonly WeightedSequence[],
    options?: SampleOptions,
  ): Promise<Derivatives> {
    const parts = divideSequences(sequences, this.#lanes.length);
    const shares = parts.map(
      ({ indices, sequences: own }): Share<Derivative> => ({
        indexOf: (item) => at(indices, item),
        ask: (lane, replica, shared) => lane.call('differentiate', { replica, sequences: own }, shared),
      }),
    );
    const results = await this.#compute(model, shares, options);
    const logProbs = inPlace(
      parts,
      results.map((result) => result.logProbs),
    );
    return { logProbs, gradients: results.map(({ gradients }) => gradients) };
  }

  async closeTraining(): Promise<void> {
    await this.#everywhere((lane) => lane.call('closeTraining', undefined));
  }

  async drop(model: Replicated): Promise<void> {
    const held = this.#held.get(model);
    if (held === undefined) return;
    this.#held.delete(model);
    await this.#everywhere((lane) => lane.call('drop', { replica: held.replica }));
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) await lane.close();
  }

  /**
   * Results in the order of the shares. Where one fails, the others are stopped and awaited before its error is thrown.
   */
  async #compute<Result>(
    model: Replicated,
    shares: readonly Share<Result>[],
    options: SampleOptions = {},
  ): Promise<Result[]> {
    const replica = await this.#replicate(model);
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (options.signal?.aborted === true) throw new InterruptedError();
    options.signal?.addEventListener('abort', abort, { once: true });
    const progress = shares.map(() => ({ tokens: 0, sequencesDone: 0 }));
    const sum = (of: 'tokens' | 'sequencesDone') => progress.reduce((total, one) => total + one[of], 0);
    // The first is what went wrong; others may be the interruptions that it caused.
    const failures: unknown[] = [];
    const ask = async ({ indexOf, ask: askLane }: Share<Result>, lane: number): Promise<Result | undefined> => {
      try {
        return await askLane(at(this.#lanes, lane), replica, {
          signal: controller.signal,
          onProgress(own) {
            progress[lane] = own;
            options.onProgress?.({ tokens: sum('tokens'), sequencesDone: sum('sequencesDone') });
          },
        });
      } catch (error) {
        failures.push(inCall(error, indexOf));
        controller.abort();
        return undefined;
      }
    };
    const results = await Promise.all(shares.map(ask));
    options.signal?.removeEventListener('abort', abort);
    if (failures.length > 0) throw failures[0];
    return results.filter((result) => result !== undefined);
  }

  /** Sees to it that every thread has the weights as they are now. */
  async #replicate(model: Replicated): Promise<number> {
    const { weights, revision } = model;
    const held = this.#held.get(model);
    if (held === undefined || held.form !== weights.form) {
      const replica = held?.replica ?? this.#replicas++;
      await this.#everywhere((lane) => lane.put(replica, weights));
      this.#held.set(model, { replica, revision, form: weights.form });
      return replica;
    }
    if (held.revision !== revision) {
      // A message would copy the weights twice for each lane, through new memory.
      held.shared ??= sharedZerosLike(learningValues(weights));
      const values = held.shared;
      setValues(values, learningValues(weights));
      await this.#everywhere((lane) => lane.update(held.replica, values));
      held.revision = revision;
    }
    return held.replica;
  }

  async #everywhere(ask: (lane: Lane) => Promise<void>): Promise<void> {
    await Promise.all(this.#lanes.map(ask));
  }
}

/** A thread, with copies of the weights. */
function threadLane(settings: LocalSettings): Lane {
  const link = new Link<LaneMethods>(new URL('./lane.js', import.meta.url), settings);
  return {
    call: (method, input, options) => link.call(method, input, options),
    put(replica, weights) {
      const { copy, buffers } = copyWeights(weights);
      return link.call('put', { replica, weights: copy }, {}, buffers);
    },
    update: (replica, values) => link.call('update', { replica, values }),
    close: () => link.close(),
  };
}

/** This thread, with the very weights. */
function ownLane(settings: LocalSettings): Lane {
  const methods = replicaMethods(settings);
  return {
    call: async (method, input, options = {}) => methods[method](input, options),
    put: async (replica, weights) => methods.put({ replica, weights }, {}),
    // The very arrays were changed.
    update: async () => {},
    close: async () => methods.close(undefined, {}),
  };
}

/**
 * Requests whose samples are computed by several lanes: reported once all parts of one are there, in order of lanes.
 */
class JoinedCompletions {
  readonly #firsts: readonly number[];
  readonly #report: SampleOptions['onCompletions'];
  /** By request: its completions by part; undefined for parts that are not there yet. */
  readonly #parts = new Map<number, Map<number, readonly Completion[] | undefined>>();

  constructor(
    parts: readonly { readonly first: number; readonly requests: readonly SampleRequest[] }[],
    report: SampleOptions['onCompletions'],
  ) {
    this.#firsts = parts.map(({ first }) => first);
    this.#report = report;
    parts.forEach(({ first, requests }, part) => {
      for (const piece of requests.keys()) {
        const known = this.#parts.get(first + piece) ?? new Map<number, undefined>();
        this.#parts.set(first + piece, known.set(part, undefined));
      }
    });
  }

  add(part: number, piece: number, completions: readonly Completion[]): void {
    const request = (this.#firsts[part] ?? 0) + piece;
    const known = this.#parts.get(request)?.set(part, completions);
    const own = [...(known?.values() ?? [])];
    if (own.every((one) => one !== undefined)) this.#report?.(request, own.flat());
  }
}

/** An error of a share, its sample counted in the whole call. */
function inCall(error: unknown, indexOf: (item: number) => number): unknown {
  return error instanceof RltError && typeof error.facts.sample === 'number'
    ? error.at({ sample: indexOf(error.facts.sample) })
    : error;
}

/** The log-probs of the parts in the order of the call. */
function inPlace(
  parts: readonly { readonly indices: readonly number[] }[],
  results: readonly TokenLogProbs[][],
): TokenLogProbs[] {
  const all: TokenLogProbs[] = [];
  parts.forEach(({ indices }, part) => {
    indices.forEach((index, item) => {
      all[index] = at(at(results, part), item);
    });
  });
  return all;
}
