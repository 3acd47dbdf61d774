/**
 * A policy that trains on one engine and samples on another: a trainer with a sampler beside it. Before it samples, the
 * sampler opens what the trainer saved, once after each change of the weights.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnsupportedError } from '../errors.js';
import { concatIds } from '../text/tokens.js';
import type { Completion, Engine, Model, ModelSource, Policy, SampleOptions, SampleRequest } from './engine.js';

/**
 * The policy with its sampling on `sampler`. Where models live on this machine, the weights are handed over through
 * `folder`, which is removed when the policy is closed. The two engines compute log-probs with other rounding, so those
 * that the sampler reports are not the policy's own: completions come without, and stages ask the trainer.
 */
export function sampledOn(policy: Policy, sampler: Engine, folder: string): Policy {
  /** Counts changes of the weights, in the order of the calls. */
  let version = 0;
  let current: { readonly version: number; readonly model: Promise<Model> } | undefined;
  /** The last change whose samples were compared. */
  let compared = -1;
  // Two folders in turn: a model may still be read while the next is written.
  const sampling = new Set<Promise<unknown>>();
  const open = async (source: Promise<ModelSource>, before: Promise<Model> | undefined) => {
    // A server may put these weights in the place of those that earlier calls sample.
    const earlier = [...sampling];
    const saved = await source;
    await Promise.allSettled(earlier);
    const model = await sampler.open(saved);
    await (await before?.catch(() => undefined))?.close();
    return model;
  };
  const synced = (): Promise<Model> => {
    if (current?.version !== version) {
      // `save` takes its place among the calls on the policy now, before any later step.
      const source = policy.save(join(folder, String(version % 2)));
      const model = open(source, current?.model);
      model.catch(() => undefined);
      current = { version, model };
    }
    return current.model;
  };
  const changed = <T>(call: Promise<T>): Promise<T> => {
    version++;
    return call;
  };
  return {
    facts: policy.facts,
    profile: {
      ...policy.profile,
      sampledLogProbs: 'none',
      requestTokens: least(policy.profile.requestTokens, sampler.profile.requestTokens),
      callsInFlight: Math.max(policy.profile.callsInFlight, sampler.profile.callsInFlight),
    },
    async sample(requests: readonly SampleRequest[], options: SampleOptions = {}) {
      const { onCompletions } = options;
      const sampled = version;
      const call = synced().then((model) =>
        model.sample(requests, {
          ...options,
          ...(onCompletions && {
            onCompletions: (request, found) => onCompletions(request, found.map(withoutLogProbs)),
          }),
        }),
      );
      sampling.add(call);
      const completions = await call.finally(() => sampling.delete(call));
      // The trainer still has the weights that were sampled.
      if (compared !== version && sampled === version) {
        compared = version;
        await compare(policy, sampler.profile.name, requests, completions);
      }
      return completions.map((found) => found.map(withoutLogProbs));
    },
    logProbs: (sequences, options) => policy.logProbs(sequences, options),
    accumulate: (sequences, options) => policy.accumulate(sequences, options),
    step: (settings) => changed(policy.step(settings)),
    freeze: () => policy.freeze(),
    blendInto: (reference, share) => policy.blendInto(reference, share),
    save: (directory) => policy.save(directory),
    saveState: (directory) => policy.saveState(directory),
    restoreState: (state) => changed(policy.restoreState(state)),
    async close() {
      await (await current?.model.catch(() => undefined))?.close();
      await policy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In nats, in the mean of some tokens: weights in few bits differ by hundredths. */
const MOST_APART = 0.1;
const TOKENS_COMPARED = 64;
const COMPLETIONS_COMPARED = 4;

/**
 * Servers can accept weights and not use them: vLLM 0.32 on the CPU keeps the output head of models whose embeddings
 * are tied. Then the policy would learn from the samples of another one.
 * @throws {UnsupportedError} when the samples do not come from the weights of the policy
 */
async function compare(
  policy: Policy,
  sampler: string,
  requests: readonly SampleRequest[],
  completions: readonly (readonly Completion[])[],
): Promise<void> {
  const chosen: { readonly request: SampleRequest; readonly completion: Completion; readonly temperature: number }[] =
    [];
  let tokens = 0;
  for (const [i, request] of requests.entries())
    for (const completion of completions[i] ?? []) {
      const { of } = completion.logProbs;
      // Greedy samples come with log-probs at temperature 1.
      const temperature = of === 'raw' || request.settings.temperature === 0 ? 1 : request.settings.temperature;
      if (of === 'none' || (temperature !== 1 && !policy.profile.anyTemperature)) continue;
      if (chosen.length === COMPLETIONS_COMPARED || tokens >= TOKENS_COMPARED) continue;
      chosen.push({ request, completion, temperature });
      tokens += completion.ids.length;
    }
  if (tokens === 0) return;
  const rows = await policy.logProbs(
    chosen.map(({ request: { prompt }, completion: { ids }, temperature }) => ({
      ids: concatIds(prompt, ids),
      positions: Array.from(ids, (_, t) => prompt.length + t),
      temperature,
    })),
  );
  let apart = 0;
  for (const [i, { completion }] of chosen.entries()) {
    if (completion.logProbs.of === 'none') continue;
    for (const [t, value] of completion.logProbs.values.entries()) apart += Math.abs(value - (rows[i]?.[t] ?? 0));
  }
  if (apart / tokens <= MOST_APART) return;
  throw new UnsupportedError(
    `${sampler} does not sample the weights that were trained: log-probs of its samples are ` +
      `${(apart / tokens).toPrecision(2)} from the policy's, in the mean`,
    {
      remedy:
        'vLLM on the CPU keeps the old output head of a model with tied embeddings: there, train an adapter (lora: {}). ' +
        'Otherwise, see that both engines have the same base model.',
    },
  );
}

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

const withoutLogProbs = ({ ids, ended }: Completion): Completion => ({ ids, ended, logProbs: { of: 'none' } });
