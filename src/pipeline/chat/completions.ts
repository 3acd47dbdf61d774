/** OpenAI's chat completions, as far as a model that was trained here can answer them: requests in, answers out. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { InputError } from '../../errors.js';
import type { ChatMessage } from '../../text/templates/chat-template.js';
import type { Asked, Reply } from './chat.js';
import type { ReplyPart } from './roles.js';

const textPart = z.object({ type: z.literal('text', 'only text can be read'), text: z.string() });
const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(textPart).min(1)], 'a text, or a list of parts of the type text'),
});

const nothing = z.union([z.null(), z.literal(0), z.literal(false), z.tuple([]), z.strictObject({})], {
  error: 'this server does not offer it',
});

/** The body of a request. What would change an answer and is not offered, is refused; other fields are refused as unknown. */
export const completionRequest = z.strictObject({
  model: z.string().nullish(),
  messages: z.array(message).min(1),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  seed: z.int().min(0).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, 'this server gives one answer to a request').nullish(),
  response_format: z.object({ type: z.literal('text', 'this server does not offer it') }).nullish(),
  stop: nothing.optional(),
  tools: nothing.optional(),
  functions: nothing.optional(),
  logprobs: nothing.optional(),
  top_logprobs: nothing.optional(),
  logit_bias: nothing.optional(),
  presence_penalty: nothing.optional(),
  frequency_penalty: nothing.optional(),
  tool_choice: z.literal('none', 'this server does not offer it').nullish(),
  // About the caller and its bill, or about what is not offered anyway.
  parallel_tool_calls: z.unknown().optional(),
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
  store: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
});
export type CompletionRequest = z.output<typeof completionRequest>;

const textOf = (content: z.output<typeof message>['content']): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('');

/** @throws {InputError} when the last message is not one of the user */
export function askedBy(request: CompletionRequest, turn: number): Asked {
  const messages = request.messages.map(
    ({ role, content }): ChatMessage => ({ role: role === 'developer' ? 'system' : role, content: textOf(content) }),
  );
  const last = messages.at(-1);
  if (last?.role !== 'user')
    throw new InputError('the last message is not one of the user', {
      field: 'messages',
      remedy: 'End with a question.',
    });
  const { temperature, top_p: topP, top_k: topK, min_p: minP, seed } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const given = { temperature, topP, topK, minP, maxTokens };
  return {
    question: last.content,
    before: messages.slice(0, -1),
    sampling: Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)),
    // A seed stands for one answer, whatever was asked before.
    ...(seed == null ? { turn } : { seed, turn: 0 }),
  };
}

/** The thought goes where servers of reasoning models put it. */
const FIELDS: Readonly<Record<ReplyPart, 'content' | 'reasoning_content'>> = {
  whole: 'content',
  solution: 'content',
  thought: 'reasoning_content',
};

const finishOf = ({ ended }: Reply): 'stop' | 'length' => (ended === 'stop' ? 'stop' : 'length');

/** The answers to one request, all of which have its number and its time. */
export class Answer {
  readonly #head: { readonly id: string; readonly created: number; readonly model: string };
  readonly #promptTokens: number;
  #message: { content: string; reasoning_content?: string } = { content: '' };

  constructor(model: string, promptTokens: number) {
    this.#head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
    this.#promptTokens = promptTokens;
  }

  add(text: string, part: ReplyPart): void {
    const field = FIELDS[part];
    this.#message[field] = `${this.#message[field] ?? ''}${text}`;
  }

  whole(reply: Reply): object {
    const choice = { index: 0, message: { role: 'assistant', ...this.#message }, finish_reason: finishOf(reply) };
    return { ...this.#head, object: 'chat.completion', choices: [choice], usage: this.#usage(reply) };
  }

  /** The first piece of a stream. */
  opening(): object {
    return this.#chunk({ role: 'assistant', content: '' }, null);
  }

  piece(text: string, part: ReplyPart): object {
    return this.#chunk({ [FIELDS[part]]: text }, null);
  }

  closing(reply: Reply): object {
    return this.#chunk({}, finishOf(reply));
  }

  usage(reply: Reply): object {
    return { ...this.#head, object: 'chat.completion.chunk', choices: [], usage: this.#usage(reply) };
  }

  #chunk(delta: object, finish: 'stop' | 'length' | null): object {
    const choice = { index: 0, delta, finish_reason: finish };
    return { ...this.#head, object: 'chat.completion.chunk', choices: [choice] };
  }

  #usage({ tokens }: Reply): object {
    return {
      prompt_tokens: this.#promptTokens,
      completion_tokens: tokens,
      total_tokens: this.#promptTokens + tokens,
    };
  }
}
