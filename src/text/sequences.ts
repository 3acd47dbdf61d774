/**
 * What the teacher and the student read and write (arXiv 2506.08388; layouts of the released code), as token ids.
 *
 * Sequences are joined from segments of ids, so the positions of question, solution and explanation are known by
 * construction, even if these contain tags or control tokens; nothing is searched for or tokenized again. Each segment
 * is encoded by itself, so merges never cross the boundary of a span. Contents from outside are encoded as ordinary
 * text; tags are control tokens if the tokenizer has them, else plain text.
 */
import { InputError, UnsupportedError } from '../errors.js';
import { type ChatSettings, type ChatTemplate, encodeChat, endOfTurnId } from './chat-template.js';
import {
  checkFormat,
  studentSystemPrompt,
  studentTags,
  type TagFormat,
  teacherSystemPrompt,
  teacherTags,
} from './formats.js';
import { concatenate, type Span } from './spans.js';
import type { Tokenizer } from './tokenizer.js';
import { concatIds, type TokenIds, tokenIds } from './tokens.js';

/** What a layout is made of: tokenizer, chat template, tags and system prompt. */
export interface LayoutSettings {
  readonly tokenizer: Tokenizer;
  readonly chat: ChatTemplate;
  readonly format: TagFormat;
  /** Default: the format's own. */
  readonly systemPrompt?: string;
  readonly chatSettings?: ChatSettings;
}

/** A teacher's whole sequence with its spans. */
export interface TeacherSequence {
  readonly ids: TokenIds;
  /** Number of ids before the explanation: system, question, solution and opening tag. */
  readonly promptLength: number;
  readonly explanationSpan: Span;
  /** Separator, end tag and end of turn. Always present; appended if the explanation was cut. */
  readonly endSpan: Span;
  /** Whether the model itself ended the explanation. If not, `endSpan` was appended and must not be trained on. */
  readonly ended: boolean;
}

/** How a teacher is asked, and what it is warmed up on. */
export interface TeacherLayout {
  readonly settings: LayoutSettings;
  /** The id that ends the turn, which stops sampling and ends every sequence. */
  readonly endId: number;
  /** Ids that end a completion: the end of turn, and every end of sequence of the model. */
  readonly stopIds: TokenIds;
  /** The prompt of an explanation, up to and including its opening tag. */
  prompt(question: string, solution: string): TokenIds;
  /** The explanation is a text, or sampled ids of this layout's tokenizer. */
  sequence(question: string, solution: string, explanation: string | TokenIds, ended: boolean): TeacherSequence;
}

/** A student's whole sequence with its spans. */
export interface StudentSequence {
  readonly ids: TokenIds;
  /** Number of ids before the student's turn: system and question. */
  readonly promptLength: number;
  readonly thoughtSpan: Span;
  readonly solutionSpan: Span;
  /** Separator and end tag of the solution (if the format has solution tags), and end of turn. */
  readonly endSpan: Span;
}

/** How a student is asked, and what it is rewarded and trained on. */
export interface StudentLayout {
  readonly settings: LayoutSettings;
  readonly endId: number;
  readonly stopIds: TokenIds;
  /** The prompt of an answer, in evaluation and in RL. */
  prompt(question: string): TokenIds;
  /**
   * For scoring and, unchanged, for distillation. The explanation is a text, or ids of this layout's tokenizer. Empty
   * contents keep their tags and have an empty span.
   */
  sequence(question: string, explanation: string | TokenIds, solution: string): StudentSequence;
  /** For a student that is distilled on solutions alone: the same layout around an empty thought. */
  solutionOnly(question: string, solution: string): StudentSequence;
}

interface Frame {
  readonly endId: number;
  readonly stopIds: TokenIds;
  readonly prompt: (question: string) => TokenIds;
}

/** Common to both layouts: the conversation up to the assistant's turn, and how the turn ends. */
function frame(settings: LayoutSettings, systemPrompt: string, tags: readonly string[]): Frame {
  const { tokenizer, chat, format, chatSettings = {} } = settings;
  checkFormat(format);
  const endId = endOfTurnId(tokenizer, chat, chatSettings);
  const pieces = chat.pieces([{ role: 'user', content: '.' }], { ...chatSettings, addGenerationPrompt: true });
  const opening = pieces.at(-1);
  const doubled = tags.find((tag) => opening?.control === true && opening.text.includes(tag));
  if (doubled !== undefined) {
    throw new UnsupportedError(`the chat template itself begins the assistant's turn with ${doubled}`, {
      field: 'chat_template',
      remedy: 'Use a format with other tags, or the template variable that turns this off.',
    });
  }
  return {
    endId,
    stopIds: tokenIds([...new Set([endId, ...tokenizer.eosIds])]),
    prompt: (question) =>
      encodeChat(
        tokenizer,
        chat,
        [
          { role: 'system', content: systemPrompt },
          { role: 'user', content: question },
        ],
        { ...chatSettings, addGenerationPrompt: true },
      ),
  };
}

/** Ids are checked and kept; text is encoded as ordinary text. */
function contentIds(tokenizer: Tokenizer, content: string | TokenIds): TokenIds {
  if (typeof content === 'string') return tokenizer.encode(content);
  const bad = content.findIndex((id) => !Number.isSafeInteger(id) || id < 0);
  if (bad >= 0) throw new InputError(`position ${bad} of the explanation is ${content[bad]}; expected a token id`);
  return content;
}

function spanAt(spans: readonly Span[], index: number): Span {
  const span = spans[index];
  if (span === undefined) throw new RangeError(`no segment ${index}`);
  return span;
}

/**
 * The teacher's layout for a tokenizer, chat template and tag format.
 * @throws {UsageError} when the format has problems
 * @throws {UnsupportedError} when the chat template writes one of the format's tags itself
 * @throws {InputError} when neither chat template nor tokenizer defines the end of a turn
 */
export function teacherLayout(settings: LayoutSettings): TeacherLayout {
  const { tokenizer, format } = settings;
  const { solution: s, explanation: t } = format.teacher;
  const { endId, stopIds, prompt } = frame(
    settings,
    settings.systemPrompt ?? teacherSystemPrompt(format),
    teacherTags(format),
  );
  const solutionOpen = tokenizer.encodeTemplate(`${s.open}${format.inner}`);
  const explanationOpen = tokenizer.encodeTemplate(
    `${format.inner}${s.close}${format.between}${t.open}${format.inner}`,
  );
  const end = concatIds(tokenizer.encodeTemplate(`${format.inner}${t.close}`), tokenIds([endId]));
  const teacherPrompt = (question: string, solution: string): TokenIds =>
    concatenate([prompt(question), solutionOpen, tokenizer.encode(solution), explanationOpen]).ids;
  return {
    settings,
    endId,
    stopIds,
    prompt: teacherPrompt,
    sequence(question, solution, explanation, ended) {
      const promptIds = teacherPrompt(question, solution);
      const { ids, spans } = concatenate([promptIds, contentIds(tokenizer, explanation), end]);
      return {
        ids,
        promptLength: promptIds.length,
        explanationSpan: spanAt(spans, 1),
        endSpan: spanAt(spans, 2),
        ended,
      };
    },
  };
}

/** The student's layout for a tokenizer, chat template and tag format. It throws as `teacherLayout` does. */
export function studentLayout(settings: LayoutSettings): StudentLayout {
  const { tokenizer, format } = settings;
  const { thought: t, solution: s } = format.student;
  const { endId, stopIds, prompt } = frame(
    settings,
    settings.systemPrompt ?? studentSystemPrompt(format),
    studentTags(format),
  );
  const thoughtOpen = tokenizer.encodeTemplate(`${t.open}${format.inner}`);
  const opening = s === null ? '' : `${s.open}${format.inner}`;
  const solutionOpen = tokenizer.encodeTemplate(`${format.inner}${t.close}${format.between}${opening}`);
  const end = concatIds(tokenizer.encodeTemplate(s === null ? '' : `${format.inner}${s.close}`), tokenIds([endId]));
  const sequence = (question: string, explanation: string | TokenIds, solution: string): StudentSequence => {
    const promptIds = prompt(question);
    const { ids, spans } = concatenate([
      promptIds,
      thoughtOpen,
      contentIds(tokenizer, explanation),
      solutionOpen,
      tokenizer.encode(solution),
      end,
    ]);
    return {
      ids,
      promptLength: promptIds.length,
      thoughtSpan: spanAt(spans, 2),
      solutionSpan: spanAt(spans, 4),
      endSpan: spanAt(spans, 5),
    };
  };
  return {
    settings,
    endId,
    stopIds,
    prompt,
    sequence,
    solutionOnly: (question, solution) => sequence(question, '', solution),
  };
}
