/** Passes of a server's model over the sequences of a call, in requests of a size that the server takes. */
import { InterruptedError, RltError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import type { CallOptions, TokenLogProbs } from '../engine.js';
import type { ServerModel } from './client/server-model.js';
import { type Asked, bytesOf, chunksOf, type Span } from './losses.js';
import type { Datum } from './protocol/messages.js';

export interface PassKind {
  readonly loss: string;
  readonly config?: ReadonlyMap<string, number>;
  readonly forwardOnly: boolean;
  /** The targets that its data ask for; others have no log-prob. */
  readonly asked: Asked;
  readonly datumOf: (span: Span) => Datum;
}

/** The targets that passes over sequences ask a server for. */
export const askedOf = ({ session }: Pick<ServerModel, 'session'>): Asked =>
  session.has('unasked_targets') ? 'chosen' : 'all';

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
  { loss, config = new Map(), forwardOnly, asked, datumOf }: PassKind,
  options: CallOptions = {},
): Promise<AcceptedPass> {
  const { signal, onProgress } = options;
  const { chunkSequences, chunkBytes } = model.session.handshake.limits;
  const results: Promise<TokenLogProbs[]>[] = [];
  const done = { tokens: 0, sequencesDone: 0 };
  const temperatureOf = ({ sequence }: Span) => sequence.temperature;
  const most = { items: chunkSequences, bytes: chunkBytes };
  for (const chunk of chunksOf(spans, bytesOf, most, (a, b) => temperatureOf(a) === temperatureOf(b))) {
    if (signal?.aborted === true) throw new InterruptedError();
    const temperature = chunk[0] === undefined ? 1 : temperatureOf(chunk[0]);
    const { result } = await model.pass({
      loss,
      // The extension `temperature`: without it, calls at another one are refused before.
      config: temperature === 1 ? config : new Map([...config, ['temperature', temperature]]),
      forwardOnly,
      data: chunk.map(datumOf),
      expected: chunk.map(({ targets, sequence: { positions } }) => ({
        targets,
        ...(asked === 'chosen' && positions.length > 0 && { positions }),
      })),
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
