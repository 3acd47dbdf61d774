/** OpenAI's chat completions, as far as a model that was trained here can answer them: requests in, answers out. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LEAST_TEMPERATURE } from '../../engine/engine.js';
import { InputError } from '../../errors.js';
import { printableName } from '../../printable.js';
import type { ChatMessage } from '../../text/templates/chat-template.js';
import type { Asked, Question, Reply } from './chat.js';
import type { ReplyPart } from './roles.js';

const NOT_OFFERED = 'is not offered by this server';
const nothing = z
  .union([z.null(), z.literal(0), z.literal(false), z.literal(''), z.tuple([]), z.strictObject({})], NOT_OFFERED)
  .optional();
/** A field that changes no answer. */
const whatever = z.unknown().optional();
const must = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is missing' : `must be ${what}`),
});
const numberFrom = (from: number, to: number) => {
  const what = must(`a number from ${from} to ${to}`);
  return z.number(what).min(from, what).max(to, what);
};
const wholeFrom = (from: number) => {
  const what = must(`a whole number from ${from}`);
  return z.int(what).min(from, what);
};

const textPart = z.strictObject({
  type: z.literal('text', 'is not "text", which alone can be read'),
  text: z.string(),
});
const message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant'], must('system, developer, user or assistant')),
  content: z.union([z.string(), z.array(textPart).min(1)], must('a text or a list of parts of the type text')),
  // Of answers that are sent back; a thought does not go with them.
  reasoning_content: whatever,
  name: whatever,
  refusal: nothing,
  annotations: nothing,
  audio: nothing,
  tool_calls: nothing,
  function_call: nothing,
});

/** The body of a request. What would change an answer and is not offered is refused, and so are fields that are not known. */
const completionRequest = z.strictObject({
  model: z.string(must('a name')).nullish(),
  messages: z.array(message, must('a list of messages')).min(1, 'has no message'),
  temperature: numberFrom(0, 10)
    .refine((temperature) => temperature === 0 || temperature >= LEAST_TEMPERATURE, {
      error: `must be 0 or at least ${LEAST_TEMPERATURE}`,
    })
    .nullish(),
  top_p: z.number(must('a number above 0, at most 1')).gt(0, 'must be above 0').max(1, 'must be at most 1').nullish(),
  top_k: wholeFrom(0).nullish(),
  min_p: numberFrom(0, 1).nullish(),
  max_tokens: wholeFrom(1).nullish(),
  max_completion_tokens: wholeFrom(1).nullish(),
  seed: wholeFrom(0).nullish(),
  stream: z.boolean(must('true or false')).nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: whatever }).nullish(),
  n: z.literal(1, 'must be 1: this server gives one answer to a request').nullish(),
  response_format: z.strictObject({ type: z.literal('text', NOT_OFFERED) }).nullish(),
  tool_choice: z.enum(['none', 'auto'], NOT_OFFERED).nullish(),
  ...Object.fromEntries(
    [
      ...['stop', 'tools', 'functions', 'function_call', 'logprobs', 'top_logprobs', 'logit_bias'],
      ...['presence_penalty', 'frequency_penalty', 'reasoning_effort', 'verbosity', 'audio', 'prediction'],
      ...['web_search_options', 'modalities'],
    ].map((field) => [field, nothing] as const),
  ),
  // About the caller and its bill, or about what is not offered anyway.
  ...Object.fromEntries(
    ['user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key', 'parallel_tool_calls'].map(
      (field) => [field, whatever] as const,
    ),
  ),
});
export type CompletionRequest = z.output<typeof completionRequest>;

/** @throws {InputError} with the field that cannot be taken */
export function readRequest(body: unknown): CompletionRequest {
  const { data, error } = completionRequest.safeParse(body);
  if (error === undefined) return data;
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const field = printableName(path === '' ? key : `${path}.${key}`);
    throw new InputError(`${field} is no field that this server knows`, { field, remedy: 'Leave it out.' });
  }
  if (path === '') throw new InputError('the body is not a JSON object');
  throw new InputError(`${path} ${issue?.message}`, { field: path });
}

const textOf = (content: z.output<typeof message>['content']): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('');

/** @throws {InputError} when the last message is no question */
export function askedBy(request: CompletionRequest, nextTurn: () => number): Asked {
  const messages = request.messages.map(
    ({ role, content }): ChatMessage => ({ role: role === 'developer' ? 'system' : role, content: textOf(content) }),
  );
  const last = messages.at(-1);
  if (last?.role !== 'user')
    throw new InputError('the last message is not one of the user', {
      field: 'messages',
      remedy: 'End with a question.',
    });
  if (last.content.trim() === '') throw new InputError('the question is blank', { field: 'messages' });
  const { temperature, top_p: topP, top_k: topK, min_p: minP, seed } = request;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const given = { temperature, topP, topK, minP, maxTokens };
  return {
    // As a line of a terminal is asked.
    question: last.content.trim(),
    before: messages.slice(0, -1),
    sampling: Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)),
    // A seed stands for one answer, whatever was asked before.
    ...(seed == null ? { turn: nextTurn() } : { seed, turn: 0 }),
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
  readonly #message: { content: string; reasoning_content?: string };

  constructor(model: string, { promptTokens, hasParts }: Pick<Question, 'promptTokens' | 'hasParts'>) {
    this.#message = { content: '', ...(hasParts && { reasoning_content: '' }) };
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
