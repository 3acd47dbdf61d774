/**
 * Chat templates, rendered so that text from messages is kept apart from text of the template.
 *
 * `@huggingface/jinja` renders the template with a unique placeholder for each message's content; the text around the
 * placeholders is the template's, and control tokens are recognised only there. Some templates trim contents: white
 * space around the placeholders shows which sides are trimmed, and the contents are then trimmed alike. A second
 * rendering, with the contents themselves, verifies the result; a template that does anything else to a content is
 * refused.
 */

import { Environment, parse, tokenize } from '@huggingface/jinja';
import { z } from 'zod';
import { checkArguments, listArgument } from '../../call-arguments.js';
import { InputError, RltError } from '../../errors.js';
import { CHAT_ARGUMENT, TOKENIZER_ARGUMENT } from '../arguments.js';
import { withTimeLimit } from '../time-limit.js';
import { decodeBytes, type TextPiece, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { TokenIds } from '../tokens.js';
import { BoundedInterpreter, type Bounds, NARROW, WIDE } from './bounded-interpreter.js';
import { formatDate } from './date-format.js';
import { isPlainTemplate } from './plain-template.js';

/** One message of a chat. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Values that a template may use besides the messages, such as Qwen 3's `enable_thinking`. */
export type TemplateVariables = Readonly<Record<string, string | number | boolean | null>>;

/** What a chat template is rendered with. */
export interface ChatSettings {
  /**
   * The date, YYYY-MM-DD, that templates print (Llama 3.1 and later). Without it `strftime_now` is undefined, and such
   * a template prints its built-in date. The result never depends on the clock.
   */
  readonly date?: string;
  readonly variables?: TemplateVariables;
}

/** How a chat is rendered. */
export interface ChatOptions extends ChatSettings {
  /** Whether to end with the opening of the assistant's turn. */
  readonly addGenerationPrompt: boolean;
}

/** A compiled chat template. */
export interface ChatTemplate {
  /** The conversation in pieces: `control` is true for the template's own text, false for text from messages. */
  pieces(messages: readonly ChatMessage[], options: ChatOptions): readonly TextPiece[];
  /** The conversation as one text, equal to transformers' `apply_chat_template(..., tokenize=False)`. */
  render(messages: readonly ChatMessage[], options: ChatOptions): string;
}

const OF_ARGUMENTS = { tokenizer: TOKENIZER_ARGUMENT };
const ENCODE_ARGUMENTS = {
  tokenizer: TOKENIZER_ARGUMENT,
  chat: CHAT_ARGUMENT,
  messages: listArgument('messages', 'role', 'content'),
  options: z.looseObject({ addGenerationPrompt: z.boolean() }),
};

/** White space to Python's `str.strip` but not to JavaScript's `trim`. For U+FEFF it is the other way round. */
const PYTHON_ONLY_SPACE = '\\x1c-\\x1f\\x85';
const PYTHON_SPACE = new RegExp(`^[${PYTHON_ONLY_SPACE}\\s]$`, 'u');

function isPythonSpace(character: string): boolean {
  return character !== '\uFEFF' && PYTHON_SPACE.test(character);
}

const PYTHON_ONLY_SPACES = new RegExp(`[${PYTHON_ONLY_SPACE}]`, 'gu');

/**
 * For the verification: characters on which Python and JavaScript disagree are replaced by some on which they agree.
 */
function agreed(text: string): string {
  return text.replaceAll('\uFEFF', '\u2060').replace(PYTHON_ONLY_SPACES, ' ');
}

/** Around a placeholder. If the template trims, it is gone after rendering. No template prints it by itself. */
const PAD = '\n\t \t\n';

/**
 * Where a template strips given characters (`lstrip('\\n')`, as Qwen 3 does with answers), the renderer strips all
 * white space. Its result may be used only if that makes no difference.
 */
const STRIPS_CHARACTERS = /\.[lr]?strip\(\s*[^)\s]/;

/** More than any template needs. An endless loop in a downloaded template must not hang the process. */
const MAX_RANGE = 100_000;

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!(count <= MAX_RANGE))
    throw new InputError(`the chat template uses a range of ${count} numbers; at most ${MAX_RANGE} are allowed`, {
      field: 'chat_template',
    });
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** Characters of messages that a plain template may do anything with in no time. */
const SHORT = 4000;

/** What a template is given besides the messages. */
function templateEnvironment(tokens: Readonly<Record<string, string | undefined>>, options: ChatOptions): Environment {
  const environment = new Environment();
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  for (const [name, value] of Object.entries(constants)) environment.set(name, value);
  environment.set('range', range);
  environment.set('raise_exception', (message: unknown) => {
    throw new InputError(`the chat template refuses these messages: ${String(message)}`);
  });
  const { date } = options;
  if (date !== undefined) environment.set('strftime_now', (format: string) => formatDate(date, format));
  const { messages: _, ...variables } = { ...tokens, ...options.variables };
  const given = { ...variables, add_generation_prompt: options.addGenerationPrompt };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) environment.set(name, value);
  return environment;
}

/**
 * Compiles a template. `tokens` are the special tokens that it may print; `file` is named in errors.
 * @throws {InputError} when the template is invalid; the result's functions, when it fails or alters contents
 */
export function compileChatTemplate(
  source: string,
  tokens: Readonly<Record<string, string | undefined>>,
  file?: string,
): ChatTemplate {
  const place = file === undefined ? {} : { file };
  let program: ReturnType<typeof parse>;
  try {
    // As Jinja does on reading.
    const text = source.replace(/\r\n?/g, '\n');
    const read = () => parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }));
    program = withTimeLimit(text.length, read, tooLong);
  } catch (cause) {
    if (cause instanceof RltError) throw cause.at(place);
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`the chat template cannot be read: ${what}`, { ...place, field: 'chat_template', cause });
  }

  const isPlain = isPlainTemplate(program);
  const stripsCharacters = STRIPS_CHARACTERS.test(source);
  const environments = new WeakMap<ChatOptions, Environment>();
  const environmentOf = (options: ChatOptions): Environment => {
    const environment = environments.get(options) ?? templateEnvironment(tokens, options);
    environments.set(options, environment);
    return environment;
  };
  const run = (messages: readonly ChatMessage[], options: ChatOptions): string => {
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    const given = messages.map(({ role, content }) => ({ role, content }));
    const interpreter = (bounds: Bounds): BoundedInterpreter => {
      // What the template itself sets does not outlast the rendering.
      const environment = new Environment(environmentOf(options));
      environment.set('messages', given);
      return new BoundedInterpreter(environment, characters, bounds);
    };
    const evaluate = (): unknown => {
      if (isPlain && characters <= SHORT) {
        const narrow = interpreter(NARROW);
        try {
          return narrow.run(program);
        } catch (cause) {
          if (!narrow.isOver) throw cause;
        }
      }
      return withTimeLimit(characters, () => interpreter(WIDE).run(program), tooLong);
    };
    try {
      const result = evaluate();
      const text = typeof result === 'object' && result !== null && 'value' in result ? result.value : undefined;
      if (typeof text !== 'string') throw new TypeError('it does not render to text');
      return text;
    } catch (cause) {
      if (cause instanceof RltError) throw cause.facts.field === 'chat_template' ? cause.at(place) : cause;
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new InputError(`the chat template fails: ${what}`, {
        ...place,
        field: 'chat_template',
        remedy:
          'If it needs strftime_now, set a date (prompts.date in a recipe); if it needs another value, set it in the ' +
          'template variables (prompts.variables).',
        cause,
      });
    }
  };

  const refuse = (what: string, message?: number): never => {
    throw new InputError(what, {
      ...place,
      field: 'chat_template',
      ...(message === undefined ? {} : { sample: `message ${message}` }),
      remedy: 'Use a chat template that prints each message unchanged, except for white space at its ends.',
    });
  };

  const outlineOf = (messages: readonly ChatMessage[], options: ChatOptions, stem: string): readonly Part[] => {
    // An empty content stays empty, because a template may test for it.
    const replaced = messages.map(({ role, content }, i) => ({
      role,
      content: content === '' ? '' : `${PAD}${stem}${i};${PAD}`,
    }));
    const parts = splitAtPlaceholders(run(replaced, options), stem);
    const printed = new Set(parts.flatMap((part) => (part.kind === 'content' ? [part.message] : [])));
    const missing = messages.findIndex((message, i) => message.content !== '' && !printed.has(i));
    if (missing >= 0) refuse(`the chat template does not print the ${messages[missing]?.role} message`, missing);
    return parts;
  };
  // The prompts of a data set differ in their contents alone, which an outline does not have.
  const outlines = new WeakMap<ChatOptions, { readonly form: string; readonly outline: readonly Part[] }>();

  const pieces = (messages: readonly ChatMessage[], options: ChatOptions): readonly TextPiece[] => {
    const stem = unusedStem([source, ...messages.map((message) => message.content)]);
    const form = stem + messages.map(({ role, content }) => `${role}${content === '' ? ' empty' : ''}`).join();
    const known = outlines.get(options);
    const outline = known?.form === form ? known.outline : outlineOf(messages, options, stem);
    outlines.set(options, { form, outline });
    const assemble = (contents: readonly string[]): TextPiece[] =>
      outline.map((part) => {
        if (part.kind === 'template') return { text: part.text, control: true };
        const content = contents[part.message] ?? '';
        const text = trimmed(content, part, isPythonSpace);
        if (stripsCharacters && text !== trimmed(content, part, (character) => character === '\n')) {
          refuse('the chat template strips other white space than the renderer can reproduce', part.message);
        }
        return { text, control: false };
      });
    const canonical = messages.map(({ role, content }) => ({ role, content: agreed(content) }));
    if (joined(assemble(canonical.map((message) => message.content))) !== run(canonical, options)) {
      refuse('the chat template does more with the messages than print them');
    }
    return assemble(messages.map((message) => message.content)).filter((piece) => piece.text !== '');
  };

  return { pieces, render: (messages, options) => joined(pieces(messages, options)) };
}

function tooLong(seconds: number): InputError {
  return new InputError(`the chat template was not rendered within ${seconds} seconds`, {
    field: 'chat_template',
    remedy: 'Use another chat template; this one may never end.',
  });
}

function joined(pieces: readonly TextPiece[]): string {
  return pieces.map((piece) => piece.text).join('');
}

/** A string that occurs in none of the texts. Its characters are for private use: no template gives them a meaning. */
function unusedStem(texts: readonly string[]): string {
  let stem = '\uE000';
  while (texts.some((text) => text.includes(stem))) stem += '\uE001';
  return `${stem}\uE002`;
}

type Part =
  | { readonly kind: 'template'; readonly text: string }
  | { readonly kind: 'content'; readonly message: number; readonly trimLeft: boolean; readonly trimRight: boolean };

/** Splits a rendering at its placeholders, and removes what is left of the white space around them. */
function splitAtPlaceholders(rendered: string, stem: string): Part[] {
  const parts: Part[] = [];
  const pieces = rendered.split(new RegExp(`${stem}(\\d+);`, 'u'));
  let text = pieces[0] ?? '';
  for (let i = 1; i < pieces.length; i += 2) {
    const after = pieces[i + 1] ?? '';
    const trimLeft = !text.endsWith(PAD);
    const trimRight = !after.startsWith(PAD);
    parts.push({ kind: 'template', text: trimLeft ? text : text.slice(0, -PAD.length) });
    parts.push({ kind: 'content', message: Number(pieces[i]), trimLeft, trimRight });
    text = trimRight ? after : after.slice(PAD.length);
  }
  parts.push({ kind: 'template', text });
  return parts;
}

function trimmed(
  content: string,
  part: { readonly trimLeft: boolean; readonly trimRight: boolean },
  isSpace: (character: string) => boolean,
): string {
  let start = 0;
  let end = content.length;
  if (part.trimLeft) while (start < end && isSpace(content.charAt(start))) start++;
  if (part.trimRight) while (end > start && isSpace(content.charAt(end - 1))) end--;
  return content.slice(start, end);
}

/** The chat template that comes with a tokenizer. @throws {InputError} when there is none, or it is not valid */
export function chatTemplateOf(tokenizer: Tokenizer, file?: string): ChatTemplate {
  checkArguments('chatTemplateOf(await loadTokenizer(directory))', { tokenizer }, OF_ARGUMENTS);
  if (tokenizer.chatTemplate === undefined) {
    throw new InputError('the model has no chat template', {
      ...(file === undefined ? {} : { file }),
      remedy: 'Add chat_template to tokenizer_config.json, or use an instruction-tuned model.',
    });
  }
  return compileChatTemplate(tokenizer.chatTemplate, tokenizer.templateTokens, file);
}

/** The ids of a conversation. Control tokens come from the template only. */
export function encodeChat(
  tokenizer: Tokenizer,
  chat: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): TokenIds {
  checkArguments(
    "encodeChat(tokenizer, chat, [{ role: 'user', content: 'What is 2 + 3?' }], { addGenerationPrompt: true })",
    { tokenizer, chat, messages, options },
    ENCODE_ARGUMENTS,
  );
  return tokenizer.encodePieces(chat.pieces(messages, options));
}

/** How a chat template ends the assistant's turn. */
export interface EndOfTurn {
  readonly id: number;
  /** What the template prints after it, before the next turn: a line break, or nothing. */
  readonly after: string;
}

/**
 * The control token that the template prints right after the assistant's text (`<|im_end|>`, `<|eot_id|>`), else the
 * tokenizer's end of sequence.
 * @throws {InputError} when there is neither
 */
export function endOfTurn(tokenizer: Tokenizer, chat: ChatTemplate, settings: ChatSettings = {}): EndOfTurn {
  const messages: ChatMessage[] = [
    { role: 'user', content: 'question' },
    { role: 'assistant', content: 'answer' },
  ];
  const pieces = chat.pieces(messages, { ...settings, addGenerationPrompt: false });
  const last = pieces.findLastIndex((piece) => !piece.control);
  const text = joined(pieces.slice(last + 1)).trimStart();
  const [first] = tokenizer.encodeTemplate(text);
  if (first !== undefined && tokenizer.isControl(first)) {
    return { id: first, after: text.slice(decodeBytes([tokenizer.bytesOf(first)]).length) };
  }
  if (tokenizer.eosId === undefined) {
    throw new InputError('neither the chat template nor the tokenizer defines the end of a turn', {
      field: 'eos_token',
      remedy: 'Set eos_token in tokenizer_config.json.',
    });
  }
  return { id: tokenizer.eosId, after: '' };
}
