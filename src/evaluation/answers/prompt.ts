/** How a model is asked and how its reply is read. */
import { type ChatMessage, chatTemplateOf, encodeChat, endOfTurnId } from '../../text/chat-template.js';
import { readStudentText } from '../../text/completions.js';
import type { TagFormat } from '../../text/formats.js';
import { type StudentLayout, studentLayout } from '../../text/sequences.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import type { TokenIds } from '../../text/tokens.js';

/**
 * `plain`: the question through the model's chat template, and the grader finds the answer in the whole reply.
 * `tagged`: the student's layout, and the answer is in the solution, where the tags say.
 */
export type PromptStyle =
  | {
      readonly kind: 'plain';
      readonly system: string | null;
      /** What is asked of the model; `{question}` stands for the question. */
      readonly template: string;
    }
  | { readonly kind: 'tagged'; readonly system: string | null; readonly format: TagFormat };

/** Asks a model questions, and finds the answers in its replies. */
export interface Asker {
  readonly stopIds: TokenIds;
  readonly tokenizer: Tokenizer;
  prompt(question: string): TokenIds;
  /** What the grader is given of a reply; undefined where it holds nothing that is stated as the answer. */
  answerText(text: string, stopped: boolean): string | undefined;
}

/** Asks in the student's layout; the answer is read from the solution, where the tags say. */
export function taggedAsker(layout: StudentLayout): Asker {
  const { tokenizer, format } = layout.settings;
  return {
    stopIds: layout.stopIds,
    tokenizer,
    prompt: layout.prompt,
    answerText: (text, stopped) => readStudentText(format, text, stopped).answerText,
  };
}

/** The reader of answers alone, for outputs that are graded anew. */
export function answerReader(style: PromptStyle): Asker['answerText'] {
  if (style.kind === 'plain') return (text) => (text.trim() === '' ? undefined : text);
  return (text, stopped) => readStudentText(style.format, text, stopped).answerText;
}

/** @throws InputError or UnsupportedError where the model's chat template cannot serve */
export function askerFor(tokenizer: Tokenizer, directory: string, style: PromptStyle): Asker {
  const chat = chatTemplateOf(tokenizer, directory);
  if (style.kind === 'tagged') {
    const { format, system } = style;
    return taggedAsker(
      studentLayout({ tokenizer, chat, format, ...(system === null ? {} : { systemPrompt: system }) }),
    );
  }
  const { system, template } = style;
  const before: readonly ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  return {
    stopIds: [...new Set([endOfTurnId(tokenizer, chat), ...tokenizer.eosIds])],
    tokenizer,
    prompt: (question) =>
      // A replacer, because a question may hold `$&`.
      encodeChat(
        tokenizer,
        chat,
        [...before, { role: 'user', content: template.replaceAll('{question}', () => question) }],
        { addGenerationPrompt: true },
      ),
    answerText: answerReader(style),
  };
}

/** A prompt style in words, for reports. */
export function promptText(style: PromptStyle): string {
  const system = style.system === null ? '' : ` system: ${style.system}`;
  return style.kind === 'plain' ? `plain: ${style.template}${system}` : `tags of ${style.format.name}${system}`;
}
