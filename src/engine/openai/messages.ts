/** The bodies of the completions API, as vLLM 0.32 and llama.cpp's server write them. Unknown fields are ignored. */
import { z } from 'zod';

const text = z.string();

export const modelList = z.object({
  data: z.array(
    z.object({
      id: text,
      owned_by: text.nullish(),
      /** The place that the weights came from. */
      root: text.nullish(),
      /** Of an adapter: the model that it adapts. */
      parent: text.nullish(),
      max_model_len: z.int().min(1).nullish(),
      meta: z.object({ n_vocab: z.int().min(1).nullish(), n_ctx: z.int().min(1).nullish() }).nullish(),
    }),
  ),
});
export type ListedModel = z.output<typeof modelList>['data'][number];

export const version = z.object({ version: text });
export const weightInfo = z.object({ weight_version: text });
export const tokenized = z.object({ tokens: z.array(z.int()) });

const ids = z.array(z.int());
/** The first token of a prompt has no log-prob: null. Each other one has its own, and those of likelier tokens if asked. */
const promptLogProbs = z.array(z.record(text, z.object({ logprob: z.number() })).nullable());

export const completion = z.object({
  choices: z
    .array(
      z.object({
        token_ids: ids.nullish(),
        finish_reason: text.nullish(),
        logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }).nullish(),
        prompt_logprobs: promptLogProbs.nullish(),
      }),
    )
    .length(1),
});

/** Of llama.cpp's own /completion. Its /v1/completions gives no ids where no log-probs are asked for. */
export const llamaCompletion = z.object({
  tokens: ids,
  stop_type: z.enum(['none', 'eos', 'limit', 'word']),
  completion_probabilities: z.array(z.object({ id: z.int(), logprob: z.number() })).nullish(),
});

export const errorBody = z.object({ error: z.object({ message: text }) });
