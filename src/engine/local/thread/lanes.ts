/**
 * Threads that each compute a share of a call. The operations of a small model are so short that threads which divide each
 * of them mostly wait for one another; here they divide the sequences instead, and every thread has the weights.
 */
import { InterruptedError, RltError } from '../../../errors.js';
import type { CallOptions, Completion, SampleRequest, ScoreRequest, WeightedSequence } from '../../engine.js';
import type { Subject } from '../programs/programs.js';
import { divideSamples, divideSequences } from '../run/batches.js';
import type { LocalSettings } from '../settings.js';
import type { Weights } from '../weights/model-weights.js';
import { type ParameterValues, parametersOf } from '../weights/parameters.js';
import { Link } from './link.js';

/** Parameters up to which a model counts as small. */
export const SMALL_MODEL = 2 ** 24;
/** More would hold more memory than they save time. */
const MOST_LANES = 8;

export function isSmall({ architecture }: Subject): boolean {
  return parametersOf(architecture).reduce((total, { size }) => total + size, 0) <= SMALL_MODEL;
}

/** A model as lanes see it: `revision` changes whenever its weights do. */
export interface Original {
  readonly weights: Weights;
  readonly revision: number;
}

/** What a lane's thread is asked. A replica is its copy of a model's weights. */
export type LaneCall =
  | { readonly method: 'put'; readonly replica: number; readonly weights: Weights }
  | {
      readonly method: 'update';
      readonly replica: number;
      readonly base: ParameterValues;
      readonly adapter: ParameterValues;
    }
  | { readonly method: 'drop'; readonly replica: number }
  | { readonly method: 'sample'; readonly replica: number; readonly requests: readonly SampleRequest[] }
  | { readonly method: 'logProbs'; readonly replica: number; readonly sequences: readonly ScoreRequest[] }
  | { readonly method: 'differentiate'; readonly replica: number; readonly sequences: readonly WeightedSequence[] }
  | { readonly method: 'close' };

/** Log-probs, and the gradient of the weighted sum of them by name of what learns. */
export interface Derivative {
  readonly logProbs: Float32Array[];
  readonly gradients: Map<string, Float32Array>;
}

/** One lane's part of a call: items from index `first` on. */
interface Share {
  readonly first: number;
  readonly ask: (replica: number) => LaneCall;
}

interface Held {
  readonly replica: number;
  revision: number;
  subject: Subject;
}

export class Lanes {
  readonly #links: readonly Link<LaneCall>[];
  readonly #held = new Map<Original, Held>();
  #replicas = 0;

  /** As many lanes as the settings have threads, with an equal part of the memory each; threads left over are shared out. */
  constructor(settings: LocalSettings) {
    const count = Math.min(settings.threads, MOST_LANES);
    const part = (bytes: number) => Math.max(1, Math.floor(bytes / count));
    const own: LocalSettings = {
      provider: settings.provider,
      threads: part(settings.threads),
      activationBytes: part(settings.activationBytes),
      cacheBytes: part(settings.cacheBytes),
    };
    this.#links = Array.from(
      { length: count },
      () => new Link<LaneCall>(new URL('./lane.js', import.meta.url), own, { method: 'close' }),
    );
  }

  /** As sampling.ts does. */
  async sample(model: Original, requests: readonly SampleRequest[], options?: CallOptions): Promise<Completion[][]> {
    const parts = divideSamples(requests, this.#links.length);
    const results = await this.#compute<Completion[][]>(
      model,
      parts.map(({ first, requests: own }) => ({
        first,
        ask: (replica) => ({ method: 'sample', replica, requests: own }),
      })),
      options,
    );
    const completions: Completion[][] = requests.map(() => []);
    parts.forEach(({ first }, lane) => {
      results[lane]?.forEach((own, i) => {
        completions[first + i]?.push(...own);
      });
    });
    return completions;
  }

  /** As sequences.ts does. */
  async logProbs(model: Original, sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]> {
    const shares = this.#divide(sequences, (replica, own) => ({ method: 'logProbs', replica, sequences: own }));
    return (await this.#compute<Float32Array[]>(model, shares, options)).flat();
  }

  /** As sequences.ts does; gradients are summed in the order of the lanes, so that equal calls give equal bits. */
  async differentiate(
    model: Original,
    sequences: readonly WeightedSequence[],
    total: ReadonlyMap<string, Float32Array>,
    options?: CallOptions,
  ): Promise<Float32Array[]> {
    const shares = this.#divide(sequences, (replica, own) => ({ method: 'differentiate', replica, sequences: own }));
    const parts = await this.#compute<Derivative>(model, shares, options);
    for (const { gradients } of parts) {
      for (const [name, gradient] of gradients) {
        const sum = total.get(name) as Float32Array;
        for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (gradient[i] as number);
      }
    }
    return parts.flatMap(({ logProbs }) => logProbs);
  }

  /** A share of the sequences for each lane, and what to ask it. */
  #divide<S extends ScoreRequest>(
    sequences: readonly S[],
    ask: (replica: number, own: readonly S[]) => LaneCall,
  ): Share[] {
    return divideSequences(sequences, this.#links.length).map(({ first, sequences: own }) => ({
      first,
      ask: (replica) => ask(replica, own),
    }));
  }

  /** Lets the threads forget a model. */
  async drop(model: Original): Promise<void> {
    const held = this.#held.get(model);
    if (held === undefined) return;
    this.#held.delete(model);
    await this.#everywhere({ method: 'drop', replica: held.replica });
  }

  async close(): Promise<void> {
    for (const link of this.#links) await link.close();
  }

  /** Results in the order of the shares. Where one fails the others are stopped, and awaited, before its error is thrown. */
  async #compute<Result>(model: Original, shares: readonly Share[], options: CallOptions = {}): Promise<Result[]> {
    const replica = await this.#replicate(model);
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (options.signal?.aborted === true) throw new InterruptedError();
    options.signal?.addEventListener('abort', abort, { once: true });
    const progress = shares.map(() => ({ tokens: 0, sequencesDone: 0 }));
    const sum = (of: 'tokens' | 'sequencesDone') => progress.reduce((total, one) => total + one[of], 0);
    let failure: unknown;
    const ends = await Promise.allSettled(
      shares.map(async ({ first, ask }, lane) => {
        try {
          return (await (this.#links[lane] as Link<LaneCall>).call(ask(replica), {
            signal: controller.signal,
            onProgress(own) {
              progress[lane] = own;
              options.onProgress?.({ tokens: sum('tokens'), sequencesDone: sum('sequencesDone') });
            },
          })) as Result;
        } catch (error) {
          failure ??= inCall(error, first);
          controller.abort();
          throw error;
        }
      }),
    );
    options.signal?.removeEventListener('abort', abort);
    if (failure !== undefined) throw failure;
    return ends.map((end) => (end as PromiseFulfilledResult<Awaited<Result>>).value);
  }

  /** Sees to it that every thread has the weights as they are now. */
  async #replicate(model: Original): Promise<number> {
    const { weights, revision } = model;
    const held = this.#held.get(model);
    if (held === undefined || held.subject !== weights.subject) {
      const replica = held?.replica ?? this.#replicas++;
      await this.#everywhere({ method: 'put', replica, weights });
      this.#held.set(model, { replica, revision, subject: weights.subject });
      return replica;
    }
    if (held.revision !== revision) {
      const { base, adapter } = weights;
      await this.#everywhere({ method: 'update', replica: held.replica, base, adapter });
      held.revision = revision;
    }
    return held.replica;
  }

  async #everywhere(call: LaneCall): Promise<void> {
    await Promise.all(this.#links.map((link) => link.call(call)));
  }
}

/** An error of a share, its sample counted in the whole call. */
function inCall(error: unknown, first: number): unknown {
  return error instanceof RltError && typeof error.facts.sample === 'number'
    ? error.at({ sample: first + error.facts.sample })
    : error;
}
