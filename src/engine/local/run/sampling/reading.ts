/** Reads the prompts of a batch into its cache; tells the distribution of the token after each. */
import { stopIfAborted } from '../../../call-options.js';
import { floats, integers, resultOf } from '../../graph/tensors.js';
import { pieceFeeds } from '../../programs/masks.js';
import { pieceTokens } from '../budget.js';
import type { PromptCache } from './batch-cache.js';
import type { BatchSessions, SamplingJob } from './batch-sessions.js';
import type { JoinedCache } from './joined-cache.js';
import { inverseTemperature, longestPrompt, type PromptGroup } from './prompt-groups.js';

/** What is read, with which programs, and who is told. */
export interface Reading {
  readonly job: SamplingJob;
  readonly sessions: BatchSessions;
  readonly groups: readonly PromptGroup[];
  onRead(group: PromptGroup, distribution: Float32Array): void;
}

/** Whole prompts, in micro-batches. */
export async function readWhole({ job, sessions, groups, onRead }: Reading, cache: PromptCache): Promise<void> {
  const { runtime, weights, form } = job;
  const a = form.architecture;
  const longest = longestPrompt(groups);
  const rotary = runtime.rotary(a, longest);
  const size = Math.max(1, Math.floor(runtime.budget(a, false).tokens / longest));
  for (let start = 0; start < groups.length; start += size) {
    await stopIfAborted(job.options?.signal);
    const batch = groups.slice(start, start + size);
    const length = longestPrompt(batch);
    const ids = new Int32Array(batch.length * length);
    batch.forEach(({ request: { prompt } }, g) => {
      ids.set(prompt, g * length);
    });
    const { session, feeds } = await sessions.reading(batch.length, length);
    const results = await session.run([
      await weights(session.inputs),
      rotary,
      feeds(ids),
      {
        positions: integers(
          ids.map((_, i) => i % length),
          [ids.length],
        ),
        chosen: integers(
          batch.map(({ request: { prompt } }, g) => g * length + prompt.length - 1),
          [batch.length],
        ),
        inverseTemperature: floats(Float32Array.from(batch, inverseTemperature), [batch.length, 1]),
      },
    ]);
    await cache.addPrompts(results, batch.length, length);
    const probabilities = resultOf(results, 'probabilities');
    batch.forEach((group, g) => {
      onRead(group, probabilities.subarray(g * a.vocabularySize, (g + 1) * a.vocabularySize));
    });
    results.giveBack();
  }
}

/**
 * Prompts of few sequences with a cache each, from the longest to the shortest: one piece after the other, of all that are
 * so long. A piece attends to what the cache has, so what is computed at once does not grow with the prompt, but for one row
 * of scores for each token of a piece.
 */
export async function readInPieces({ job, sessions, groups, onRead }: Reading, cache: JoinedCache): Promise<void> {
  const { runtime, weights, form } = job;
  const a = form.architecture;
  const longest = longestPrompt(groups);
  const rotary = runtime.rotary(a, longest);
  const budget = runtime.budget(a, false);
  let tokens: number;
  for (let before = 0; before < longest; before += tokens) {
    await stopIfAborted(job.options?.signal);
    const reading = groups.filter(({ request: { prompt } }) => prompt.length > before);
    const most = pieceTokens(budget, reading.length);
    tokens = Math.min(most, longest - before);
    const ids = new Int32Array(reading.length * tokens);
    reading.forEach(({ request: { prompt } }, g) => {
      ids.set(prompt.slice(before, before + tokens), g * tokens);
    });
    const ending = reading.flatMap((group, g) => {
      const last = group.request.prompt.length - 1 - before;
      return last < tokens ? [{ group, place: g * tokens + last }] : [];
    });
    // Where no prompt ends, a distribution is computed that nobody asks for.
    const chosen = ending.length > 0 ? ending.map(({ place }) => place) : [0];
    const inverse = ending.length > 0 ? ending.map(({ group }) => inverseTemperature(group)) : [1];
    // By the size of a whole piece: for what is left of a prompt, no program of its own is loaded.
    const session = await sessions.readingPieces(reading.length * Math.min(most, longest));
    const results = await session.run([
      await weights(session.inputs),
      cache.feedsOf(reading.length),
      rotary,
      pieceFeeds(a, before, tokens),
      {
        ids: integers(ids, [reading.length, 1, tokens]),
        positions: integers(
          ids.map((_, i) => before + (i % tokens)),
          [ids.length],
        ),
        chosen: integers(chosen, [chosen.length]),
        inverseTemperature: floats(Float32Array.from(inverse), [chosen.length, 1]),
      },
    ]);
    cache.addPiece(results, reading.length, before, tokens);
    const probabilities = resultOf(results, 'probabilities');
    ending.forEach(({ group }, i) => {
      onRead(group, probabilities.subarray(i * a.vocabularySize, (i + 1) * a.vocabularySize));
    });
    results.giveBack();
  }
}
