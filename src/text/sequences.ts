/**
 * What the teacher and the student read and write (arXiv 2506.08388; layouts of the released code), as token ids.
 *
 * Each layout is one text, and is encoded as one: its ids are those that the tokenizer gives the whole, which is what
 * models were trained on. Vocabularies have tokens that cross the borders of its parts (`>\n\n`, `.\n\n`), so the tokens
 * of a part are found by their place in the text (spans.ts), not by searching. Contents from outside are ordinary text,
 * also where they hold tags or control tokens; the layout's tags are control tokens if the tokenizer has them.
 */
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { UnsupportedError } from '../errors.js';
import { CHAT_ARGUMENT, FORMAT_ARGUMENT, TOKENIZER_ARGUMENT } from './arguments.js';
import {
  checkFormat,
  studentSystemPrompt,
  studentTags,
  type TagFormat,
  teacherSystemPrompt,
  teacherTags,
} from './formats.js';
import {
  ALL_LINES,
  askingMessages,
  content,
  type Lines,
  SOLUTION_PIECE,
  studentTurn,
  THOUGHT_PIECE,
  template,
} from './messages.js';
import { releasedSpan } from './released-spans.js';
import { type Span, spanLength, spanOfPieces } from './spans.js';
import { type ChatSettings, type ChatTemplate, endOfTurn } from './templates/chat-template.js';
import type { TextPiece, Tokenizer } from './tokenizer/tokenizer.js';
import { concatIds, sliceIds, type TokenIds, tokenIds } from './tokens.js';

/** What a layout is made of: tokenizer, chat template, tags and system prompt. */
export interface LayoutSettings {
  readonly tokenizer: Tokenizer;
  readonly chat: ChatTemplate;
  readonly format: TagFormat;
  /** Default: the format's own. */
  readonly systemPrompt?: string;
  readonly chatSettings?: ChatSettings;
}

const ARGUMENTS = {
  settings: z.looseObject({
    tokenizer: TOKENIZER_ARGUMENT,
    chat: CHAT_ARGUMENT,
    format: FORMAT_ARGUMENT,
  }),
};

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
  /** The prompt of an explanation, up to its opening tag and separator: its ids where an explanation follows. */
  prompt(question: string, solution: string): TokenIds;
  /** The whole sequence, for scoring and for the warm-up. `ended`: whether the teacher itself wrote its end tag. */
  sequence(question: string, solution: string, explanation: string, ended: boolean): TeacherSequence;
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
  /**
   * What the chat template itself begins the student's turn with, if it opens the thought (`<think>\n`), else empty.
   * It is part of the prompt, and belongs in front of what the student writes when that is read.
   */
  readonly opening: string;
  /** The prompt of an answer, in evaluation and in RL. */
  prompt(question: string): TokenIds;
  /** The prompt and the opening of the thought, up to where an explanation begins: its ids where one follows. */
  thoughtPrompt(question: string): TokenIds;
  /**
   * For scoring and, unchanged, for distillation. Empty contents keep their tags and have an empty span. `ended`: whether
   * the teacher ended the explanation; it makes a difference in the released conventions only.
   */
  sequence(question: string, explanation: string, solution: string, ended?: boolean): StudentSequence;
  /** For a student that is distilled on solutions alone: the same layout around an empty thought. */
  solutionOnly(question: string, solution: string): StudentSequence;
}

interface Frame {
  readonly endId: number;
  readonly stopIds: TokenIds;
  /** The end of the turn as ids, with the line break after it if that is trained on. */
  readonly end: TokenIds;
  /** What the template prints in front of the assistant's text if it opens the first block itself, else empty. */
  readonly opening: string;
  /** The conversation up to the assistant's text. */
  prompt(question: string): readonly TextPiece[];
}

/** Common to both layouts: the conversation up to the assistant's turn, and how the turn ends. `tags`: in order. */
function frame(settings: LayoutSettings, systemPrompt: string, tags: readonly string[]): Frame {
  const { tokenizer, chat, format, chatSettings = {} } = settings;
  checkFormat(format);
  const { id: endId, after } = endOfTurn(tokenizer, chat, chatSettings);
  const options = { ...chatSettings, addGenerationPrompt: true };
  const last = chat.pieces([{ role: 'user', content: '.' }], options).at(-1);
  const opening = openingOf(last?.control === true ? last.text : '', tags);
  let asked: { readonly question: string; readonly pieces: readonly TextPiece[] } | undefined;
  return {
    endId,
    stopIds: tokenIds([...new Set([endId, ...tokenizer.eosIds])]),
    end: concatIds(
      tokenIds([endId]),
      format.conventions === 'released' ? tokenizer.encodeTemplate(after) : tokenIds([]),
    ),
    opening,
    prompt(question) {
      // The completions of a group share their prompt.
      if (asked?.question === question) return asked.pieces;
      const pieces = chat.pieces(askingMessages(systemPrompt, question), options);
      asked = { question, pieces };
      return pieces;
    },
  };
}

/**
 * The first tag, with the white space after it, where `text` (the template's beginning of the assistant's turn) ends
 * with it: the template opens the thought, and the layout goes on from there.
 * @throws {UnsupportedError} when the template writes tags in any other way
 */
function openingOf(text: string, tags: readonly string[]): string {
  const doubled = tags.find((tag) => text.includes(tag));
  if (doubled === undefined) return '';
  const at = text.indexOf(doubled);
  if (doubled === tags[0] && text.slice(at + doubled.length).trim() === '') return text.slice(at);
  throw new UnsupportedError(`the chat template itself writes ${doubled} at the start of the assistant's turn`, {
    field: 'chat_template',
    remedy:
      'Use a format with other tags, or set the template variable that turns this off: prompts.variables in a recipe ' +
      '(enable_thinking, for many models).',
  });
}

/** A word, to see how a text is encoded in front of one. */
const WORD = content('A');

/**
 * The ids of a prompt as they are where `next` follows. A text that ends in white space can be encoded otherwise by
 * itself than in front of a word (two line breaks as one token, or as two), and models have seen it in front of words.
 * Where the last token of the prompt would reach into what follows, the prompt is encoded by itself.
 */
function promptIds(tokenizer: Tokenizer, pieces: readonly TextPiece[], next: TextPiece): TokenIds {
  const { ids, starts, borders } = tokenizer.layOut([...pieces, next]);
  const length = starts.indexOf(borders[pieces.length] ?? Number.NaN);
  return length === -1 ? tokenizer.encodePieces(pieces) : sliceIds(ids, 0, length);
}

/** A text with the separators around it: what the released code takes for the contents of a block. */
function block({ inner }: TagFormat, text: string, { before, after }: Lines): string {
  return `${before ? inner : ''}${text}${after ? inner : ''}`;
}

/**
 * The teacher's layout for a tokenizer, chat template and tag format.
 * @throws {UsageError} when the format has problems
 * @throws {UnsupportedError} when the chat template writes one of the format's tags itself
 * @throws {InputError} when neither chat template nor tokenizer defines the end of a turn
 */
export function teacherLayout(settings: LayoutSettings): TeacherLayout {
  checkArguments('teacherLayout({ tokenizer, chat, format: FORMATS.paper })', { settings }, ARGUMENTS);
  const { tokenizer, format } = settings;
  const { inner, between } = format;
  const released = format.conventions === 'released';
  const { solution: s, explanation: t } = format.teacher;
  const { endId, stopIds, end, opening, prompt } = frame(
    settings,
    settings.systemPrompt ?? teacherSystemPrompt(format),
    teacherTags(format),
  );
  const solutionOpen = template(opening === '' ? `${s.open}${inner}` : '');
  const explanationOpen = template(`${inner}${s.close}${between}${t.open}`);
  const separator = template(inner);
  const prefill = (question: string, solution: string): TextPiece[] => [
    ...prompt(question),
    solutionOpen,
    content(solution),
    explanationOpen,
    separator,
  ];
  return {
    settings,
    endId,
    stopIds,
    prompt: (question, solution) => promptIds(tokenizer, prefill(question, solution), WORD),
    sequence(question, solution, explanation, ended) {
      const before = prefill(question, solution);
      const closed = ended || !released;
      const laidOut = tokenizer.layOut([
        ...before,
        content(explanation),
        template(closed ? `${inner}${t.close}` : t.close),
      ]);
      const text = spanOfPieces(laidOut, before.length);
      return {
        ids: concatIds(laidOut.ids, end),
        promptLength: text.start,
        explanationSpan: released
          ? releasedSpan(
              tokenizer,
              laidOut,
              block(format, explanation, { before: true, after: closed }),
              before.length - 1,
            )
          : text,
        endSpan: { start: text.end, end: laidOut.ids.length + end.length },
        ended,
      };
    },
  };
}

/** The student's layout for a tokenizer, chat template and tag format. It throws as `teacherLayout` does. */
export function studentLayout(settings: LayoutSettings): StudentLayout {
  checkArguments('studentLayout({ tokenizer, chat, format: FORMATS.paper })', { settings }, ARGUMENTS);
  const { tokenizer, format } = settings;
  const { inner } = format;
  const released = format.conventions === 'released';
  const { endId, stopIds, end, opening, prompt } = frame(
    settings,
    settings.systemPrompt ?? studentSystemPrompt(format),
    studentTags(format),
  );
  const thoughtOpen = template(opening === '' ? format.student.thought.open : '');
  /** `lines`: which of the separators around the explanation are there. */
  const layOut = (question: string, explanation: string, solution: string, lines: Lines): StudentSequence => {
    const asked = prompt(question);
    const laidOut = tokenizer.layOut([...asked, ...studentTurn(format, explanation, solution, { opening, lines })]);
    const [thought, solved] = [asked.length + THOUGHT_PIECE, asked.length + SOLUTION_PIECE];
    const solutionText = spanOfPieces(laidOut, solved);
    const thoughtSpan = released
      ? releasedSpan(tokenizer, laidOut, block(format, explanation, lines), thought - 1)
      : spanOfPieces(laidOut, thought);
    // Where the released code counts no token of an explanation, it leaves out its blank lines as well.
    if (released && lines.before && spanLength(thoughtSpan) === 0) {
      return layOut(question, '', solution, { before: false, after: false });
    }
    return {
      ids: concatIds(laidOut.ids, end),
      promptLength: spanOfPieces(laidOut, asked.length).start,
      thoughtSpan,
      solutionSpan: released
        ? releasedSpan(tokenizer, laidOut, block(format, solution, ALL_LINES), solved - 1)
        : solutionText,
      endSpan: { start: solutionText.end, end: laidOut.ids.length + end.length },
    };
  };
  const sequence = (question: string, explanation: string, solution: string, ended = true): StudentSequence =>
    layOut(question, explanation, solution, ended || !released ? ALL_LINES : { before: true, after: false });
  const follows = opening === '' ? thoughtOpen : WORD;
  return {
    settings,
    endId,
    stopIds,
    opening,
    prompt: (question) => promptIds(tokenizer, prompt(question), follows),
    thoughtPrompt: (question) =>
      promptIds(tokenizer, [...prompt(question), thoughtOpen, template(opening === '' ? inner : '')], WORD),
    sequence,
    solutionOnly: (question, solution) => sequence(question, '', solution),
  };
}
