/** How a question becomes a prompt, and where the answer is read in the reply. */

import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import { UsageError } from '../../errors.js';
import { FORMAT_ARGUMENT, TOKENIZER_ARGUMENT } from '../../text/arguments.js';
import { readStudentText } from '../../text/completions.js';
import type { TagFormat } from '../../text/formats.js';
import { type StudentLayout, studentLayout } from '../../text/sequences.js';
import {
  type ChatMessage,
  type ChatSettings,
  type ChatTemplate,
  chatTemplateOf,
  encodeChat,
  endOfTurn,
} from '../../text/templates/chat-template.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { type TokenIds, tokenIds } from '../../text/tokens.js';

/**
 * `plain`: the question goes through the model's chat template, and the grader looks for the answer in the whole reply.
 * `tagged`: the student's layout; the answer is in the part that the solution tags enclose.
 */
export type PromptStyle =
  | {
      readonly kind: 'plain';
      readonly system: string | null;
      /** The user's message; `{question}` stands for the question. */
      readonly template: string;
    }
  | { readonly kind: 'tagged'; readonly system: string | null; readonly format: TagFormat };

/** Asks a model questions, and finds the answers in its replies. */
export interface PromptBuilder {
  readonly stopIds: TokenIds;
  readonly tokenizer: Tokenizer;
  /** The ids that a question is asked with. */
  prompt(question: string): TokenIds;
  /** The part of a reply that the grader sees; undefined when the reply states no answer. */
  answerText(text: string, stopped: boolean): string | undefined;
}

const TAGGED_ARGUMENTS = {
  layout: z.looseObject({ settings: z.looseObject({ tokenizer: TOKENIZER_ARGUMENT, format: FORMAT_ARGUMENT }) }),
};
const BUILDER_ARGUMENTS = {
  tokenizer: TOKENIZER_ARGUMENT,
  directory: z.string(),
  style: z.union([
    z.looseObject({ kind: z.literal('plain'), system: z.string().nullable(), template: z.string() }),
    z.looseObject({ kind: z.literal('tagged'), system: z.string().nullable(), format: FORMAT_ARGUMENT }),
  ]),
};

/** Asks in the student's layout; the answer is read from the solution, where the tags say. */
export function taggedPromptBuilder(layout: StudentLayout): PromptBuilder {
  checkArguments('taggedPromptBuilder(layouts.student)', { layout }, TAGGED_ARGUMENTS);
  const { tokenizer, format } = layout.settings;
  return {
    stopIds: layout.stopIds,
    tokenizer,
    prompt: layout.prompt,
    answerText: (text, stopped) => readStudentText(format, `${layout.opening}${text}`, stopped).answerText,
  };
}

/** Only the reader of answers, for regrading stored replies. */
export function answerReader(style: PromptStyle): PromptBuilder['answerText'] {
  if (style.kind === 'plain') return (text) => (text.trim() === '' ? undefined : text);
  return (text, stopped) => readStudentText(style.format, text, stopped).answerText;
}

/** The ids that end a reply which only a chat template asked for. */
export const chatStopIds = (tokenizer: Tokenizer, chat: ChatTemplate, settings: ChatSettings = {}): TokenIds =>
  tokenIds([...new Set([endOfTurn(tokenizer, chat, settings).id, ...tokenizer.eosIds])]);

/** @throws {InputError} or {UnsupportedError} when the model's chat template cannot be used */
export function promptBuilderFor(
  tokenizer: Tokenizer,
  directory: string,
  style: PromptStyle,
  chatSettings: ChatSettings = {},
): PromptBuilder {
  const form = "promptBuilderFor(tokenizer, directory, { kind: 'plain', system: null, template: '{question}' })";
  checkArguments(form, { tokenizer, directory, style }, BUILDER_ARGUMENTS);
  const chat = chatTemplateOf(tokenizer, directory);
  if (style.kind === 'tagged') {
    const { format, system } = style;
    return taggedPromptBuilder(
      studentLayout({ tokenizer, chat, format, chatSettings, ...(system === null ? {} : { systemPrompt: system }) }),
    );
  }
  const { system, template } = style;
  if (!template.includes('{question}'))
    throw new UsageError('the template has no {question}, so that no problem would be asked', {
      field: 'style.template',
      remedy: `Call it as ${form}.`,
    });
  const before: readonly ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  return {
    stopIds: chatStopIds(tokenizer, chat, chatSettings),
    tokenizer,
    prompt: (question) =>
      // A replacer function, because a question may contain `$&`.
      encodeChat(
        tokenizer,
        chat,
        [...before, { role: 'user', content: template.replaceAll('{question}', () => question) }],
        { ...chatSettings, addGenerationPrompt: true },
      ),
    answerText: answerReader(style),
  };
}

/** A prompt style in words, for reports. */
export function promptText(style: PromptStyle): string {
  const system = style.system === null ? '' : ` system: ${style.system}`;
  return style.kind === 'plain' ? `plain: ${style.template}${system}` : `tags of ${style.format.name}${system}`;
}
