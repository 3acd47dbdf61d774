/**
 * The server of llama.cpp: sampling only. It ignores log-probs of prompts, echo and stop ids without a word, and has
 * samplers that are on by default.
 */
import { UnsupportedError } from '../../errors.js';
import type { Client } from './client.js';
import type { Dialect, Sampled, SampleOne } from './dialect.js';
import { llamaCompletion, tokenized } from './messages.js';

const COMPLETION = '/completion';

/** Whatever its command line says, nothing but temperature, top-k, top-p and min-p changes the distribution. */
const NEUTRAL = {
  samplers: ['temperature', 'top_k', 'top_p', 'min_p'],
  typical_p: 1,
  repeat_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  dry_multiplier: 0,
  xtc_probability: 0,
  top_n_sigma: -1,
  dynatemp_range: 0,
  mirostat: 0,
  logit_bias: [],
  ignore_eos: false,
  stop: [],
} as const;

export function openLlamaCpp(client: Client): Dialect {
  return {
    name: "llama.cpp's server",
    logProbsOf: () => 'raw',
    score: undefined,
    weights: undefined,
    async sample({ prompt, settings, maxTokens, seed, signal }: SampleOne): Promise<Sampled> {
      const { temperature, topP = 1, topK = 0, minP = 0, stopIds } = settings;
      const { tokens, stop_type, completion_probabilities } = await client.complete(
        COMPLETION,
        {
          ...NEUTRAL,
          prompt,
          n_predict: maxTokens,
          temperature,
          top_p: topP,
          top_k: topK,
          min_p: minP,
          seed,
          // One alternative: with 0 it sends no log-probs at all.
          n_probs: 1,
          post_sampling_probs: false,
          return_tokens: true,
        },
        llamaCompletion,
        signal,
      );
      // It knows no stop ids: what was sampled after one is cut off here, at the cost of its time.
      const end = tokens.findIndex((id) => stopIds.includes(id));
      if (end < 0 && stop_type !== 'limit')
        throw new UnsupportedError(
          `the server ended a completion by itself (${stop_type}), at no id that ends it here`,
          {
            remedy: 'Name the end-of-text tokens of the model in the tokenizer, so that completions end there.',
          },
        );
      const ids = end < 0 ? tokens : tokens.slice(0, end + 1);
      return {
        ids,
        logProbs: completion_probabilities?.slice(0, ids.length).map(({ logprob }) => logprob),
        stopped: end >= 0,
      };
    },
    async tokenize(_, text) {
      const body = { content: text, add_special: false, parse_special: false };
      return (await client.json({ method: 'POST', path: '/tokenize', body }, tokenized)).tokens;
    },
  };
}
