/** A base model of the server, frozen. */
import { asLogProbs } from '../../method/statistics.js';
import { sliceIds } from '../../text/tokens.js';
import type { CallOptions, ModelFacts, ScoreRequest, ServedSource, TokenLogProbs } from '../engine.js';
import type { SamplingSession } from './client/sampling-session.js';
import type { Borrowed, Context } from './context.js';
import { plainDatum, type Span, spanOf } from './losses.js';
import { askedOf, chosen, sendPasses } from './passes.js';
import { RemoteModel } from './remote-model.js';

export class BaseModel extends RemoteModel {
  readonly #name: string;
  #session: Promise<SamplingSession> | undefined;
  #scorer: Promise<Borrowed> | undefined;

  constructor(context: Context, source: ServedSource, facts: ModelFacts) {
    super(context, source, facts);
    this.#name = source.name;
  }

  protected async sampler(): Promise<{ readonly session: Promise<SamplingSession> }> {
    this.#session ??= this.context.session.sampleBase(this.#name);
    this.#session.catch(() => {
      this.#session = undefined;
    });
    return { session: this.#session };
  }

  protected async score(sequences: readonly ScoreRequest[], options: CallOptions) {
    const spans = sequences.map(spanOf).filter(({ targets }) => targets > 0);
    if (this.context.scoring === 'sampler') return { logProbs: this.#scoreBySampler(sequences, spans, options) };
    this.#scorer ??= this.context.borrow(this.#name);
    this.#scorer.catch(() => {
      this.#scorer = undefined;
    });
    const { model } = await this.#scorer;
    const asked = askedOf(model);
    const datumOf = (span: Span) => plainDatum(span, asked);
    const kind = { loss: 'cross_entropy', forwardOnly: true, asked, datumOf };
    const { logProbs } = await sendPasses(model, spans, kind, options);
    return { logProbs: logProbs.then((all) => inPlaces(sequences, spans, chosen(spans, all))) };
  }

  async #scoreBySampler(sequences: readonly ScoreRequest[], spans: readonly Span[], options: CallOptions) {
    const session = await (await this.sampler()).session;
    const done = { tokens: 0, sequencesDone: 0 };
    const all = await Promise.all(
      spans.map(async ({ sequence: { ids }, targets }) => {
        const logProbs = await session.promptLogProbs(sliceIds(ids, 0, targets + 1), options.signal);
        done.tokens += ids.length;
        done.sequencesDone += 1;
        options.onProgress?.({ ...done });
        return logProbs;
      }),
    );
    return inPlaces(sequences, spans, chosen(spans, all));
  }

  protected async release(): Promise<void> {
    const scorer = await this.#scorer?.catch(() => undefined);
    await scorer?.giveBack();
  }
}

/** One row for each sequence, empty for those without a token to predict. */
export function inPlaces(
  sequences: readonly ScoreRequest[],
  spans: readonly Span[],
  rows: readonly TokenLogProbs[],
): TokenLogProbs[] {
  const found = new Map(spans.map(({ sample }, i) => [sample, rows[i]]));
  return sequences.map((_, sample) => found.get(sample) ?? asLogProbs(new Float32Array()));
}
