/** Measures what a server samples, and what becomes of earlier snapshots. */
import { RltError } from '../../../errors.js';
import { concatIds } from '../../../text/tokens.js';
import type { TokenLogProbs } from '../../engine.js';
import { type Compared, sampledKind } from '../../remote/sampled-kind.js';
import type { SamplingSession } from '../client/sampling-session.js';
import type { ServerModel } from '../client/server-model.js';
import type { LossForm } from '../losses.js';
import type { SamplingFindings } from '../profile.js';
import { PATTERNS, SEQUENCE } from './patterns.js';
import { measure, scoreSequence } from './training.js';

const SAMPLES = 4;
const TOKENS = 6;
const LARGEST_ID = 2 ** 31;
const HOW = { vocabulary: LARGEST_ID, signal: undefined, finish: false };

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? 0)))) : Number.NaN;

/** Samples at a temperature, and scores what was sampled at temperature 1. */
async function compare(
  session: SamplingSession,
  temperature: number,
  score: (ids: typeof SEQUENCE) => Promise<TokenLogProbs>,
): Promise<Compared | undefined> {
  const params = { max_tokens: TOKENS, seed: 1, stop: [], temperature, top_k: -1, top_p: 1 };
  const reported: number[] = [];
  const atOne: number[] = [];
  for (const { ids, logProbs } of await session.sample(SEQUENCE, SAMPLES, params, HOW)) {
    if (logProbs === undefined || ids.length === 0) return undefined;
    reported.push(...logProbs);
    atOne.push(...(await score(concatIds(SEQUENCE, ids))).slice(SEQUENCE.length - 1));
  }
  return { reported, atOne };
}

/** Of a server that only samples. */
export async function measureBaseSampling(session: SamplingSession): Promise<SamplingFindings | string> {
  return refusedAsText(async () => {
    const score = (ids: typeof SEQUENCE) => session.promptLogProbs(ids);
    const logProbs = await sampledKind((temperature) => compare(session, temperature, score));
    return { logProbs, snapshots: 'kept', overwrites: false };
  });
}

/** Of a server that trains, with a model that is thrown away: it learns, and what is sampled must have learnt with it. */
export async function measureSampling(
  model: ServerModel,
  form: LossForm,
  rate: number,
): Promise<SamplingFindings | string> {
  return refusedAsText(async () => {
    const score = (ids: typeof SEQUENCE) => scoreSequence(model, ids);
    await measure(model, PATTERNS.ones, form, rate);
    const { result } = await model.snapshot();
    const session = await result;
    const logProbs = await sampledKind((temperature) => compare(session, temperature, score));
    const early = await session.promptLogProbs(SEQUENCE);
    const learnt = await scoreSequence(model);
    const apart = farthest(early, learnt);
    if (!(apart < 0.1))
      return `what it samples is not what it has trained: log-probs are ${apart.toPrecision(3)} apart`;
    await measure(model, PATTERNS.ones, form, rate);
    const later = await scoreSequence(model);
    // SkyRL-JAX reads a snapshot again, into the model that learns, only once another one was sampled.
    const newest = await model.snapshot();
    await (await newest.result).promptLogProbs(SEQUENCE);
    // This one is of before the last step.
    const again = await session.promptLogProbs(SEQUENCE);
    const after = await scoreSequence(model);
    return {
      logProbs,
      snapshots: farthest(again, early) < farthest(again, later) ? 'kept' : 'replaced',
      overwrites: farthest(after, later) > farthest(later, learnt) / 4,
    };
  });
}

/** What a server cannot do is a finding; that it cannot be reached is not. */
async function refusedAsText(work: () => Promise<SamplingFindings | string>): Promise<SamplingFindings | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RltError && (error.code !== 'connection' || error.facts.retryable === true))
      return error.summary;
    throw error;
  }
}
