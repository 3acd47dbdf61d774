/** Passes of a server's model over the sequences of a call, in requests of a size that the server takes. */
import { InterruptedError, RltError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import type { CallOptions, TokenLogProbs } from '../engine.js';
import type { ServerModel } from './client/server-model.js';
import { bytesOf, chunksOf, type Span } from './losses.js';
import type { Datum } from './protocol/messages.js';

export interface PassKind {
  readonly loss: string;
  readonly config?: ReadonlyMap<string, number>;
  readonly forwardOnly: boolean;
  readonly datumOf: (span: Span) => Datum;
}

/** Requests that the server has accepted; the results are log-probs of all targets of each span. */
export interface AcceptedPass {
  readonly logProbs: Promise<TokenLogProbs[]>;
}

/**
 * Sends the passes. Resolves when all are acknowledged.
 * @throws {InterruptedError} when the signal is aborted in between; requests before it stay sent
 */
export async function sendPasses(
  model: ServerModel,
  spans: readonly Span[],
  { loss, config, forwardOnly, datumOf }: PassKind,
  options: CallOptions = {},
): Promise<AcceptedPass> {
  const { signal, onProgress } = options;
  const { chunkSequences, chunkBytes } = model.session.handshake.limits;
  const results: Promise<TokenLogProbs[]>[] = [];
  const done = { tokens: 0, sequencesDone: 0 };
  for (const chunk of chunksOf(spans, bytesOf, { items: chunkSequences, bytes: chunkBytes })) {
    if (signal?.aborted === true) throw new InterruptedError();
    const { result } = await model.pass({
      loss,
      ...(config && { config }),
      forwardOnly,
      data: chunk.map(datumOf),
      lengths: chunk.map(({ targets }) => targets),
      signal,
    });
    const counted = placed(result, chunk).then((logProbs) => {
      done.tokens += chunk.reduce((total, { sequence }) => total + sequence.ids.length, 0);
      done.sequencesDone += chunk.length;
      onProgress?.({ ...done });
      return logProbs;
    });
    counted.catch(() => undefined);
    results.push(counted);
  }
  const logProbs = Promise.all(results).then((chunks) => chunks.flat());
  logProbs.catch(() => undefined);
  return { logProbs };
}

/** Names the sample of an error as the call counts it. */
async function placed<Result>(result: Promise<Result>, chunk: readonly Span[]): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof RltError) || typeof error.facts.sample !== 'number') throw error;
    throw error.at({ sample: chunk[error.facts.sample]?.sample ?? error.facts.sample });
  }
}

/** The log-probs at the chosen positions of each span. */
export const chosen = (spans: readonly Span[], all: readonly TokenLogProbs[]): TokenLogProbs[] =>
  spans.map(({ sequence: { positions } }, i) => {
    const row = all[i];
    return asLogProbs(Float32Array.from(positions, (position) => row?.[position - 1] ?? Number.NaN));
  });
