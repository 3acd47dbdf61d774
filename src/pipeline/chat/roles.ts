/** As what a model is asked: how a question becomes a prompt, and how its replies are read. */
import { InputError } from '../../errors.js';
import { chatStopIds } from '../../evaluation/answers/prompt.js';
import type { Layouts } from '../../stages/layouts.js';
import { readStudentText, readTeacherCompletion } from '../../text/completions.js';
import { studentTags, teacherTags } from '../../text/formats.js';
import { type ChatMessage, chatTemplateOf, encodeChat } from '../../text/templates/chat-template.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { type TokenIds, tokenIds } from '../../text/tokens.js';
import { type GrowingText, TextUpTo } from './growing-text.js';
import { StudentReply } from './student-reply.js';

/** `whole`: the reply as it is, or an explanation. Apart: a student's thought and its solution, without their tags. */
export type ReplyPart = 'whole' | 'thought' | 'solution';
export type OnText = (text: string, part: ReplyPart) => void;

/** What a model is asked. */
export interface Exchange {
  readonly question: string;
  /** What was said before the question; only a model that is asked through its chat template alone takes it. */
  readonly before?: readonly ChatMessage[];
  /** To be explained, by a teacher. */
  readonly solution?: string | undefined;
}

/** What a reply says. */
export interface Reading {
  readonly text: string;
  /** What a grader would read; undefined for explanations, and where there is none. */
  readonly answer: string | undefined;
  /** Whether an explanation has its end tag; undefined for answers. */
  readonly isTagged: boolean | undefined;
}

export interface Role {
  /** In words. */
  readonly about: string;
  /** Whether thought and solution can come apart. */
  readonly hasParts: boolean;
  /** The control tokens that are part of its replies; the others are no text. */
  readonly tags: readonly string[];
  readonly stopIds: TokenIds;
  /** @throws {InputError} when the model cannot be asked so */
  prompt(exchange: Exchange): TokenIds;
  /**
   * Shows a reply as it grows.
   * @param apart whether a student's thought and solution come apart; otherwise, and in other roles, all is `whole`
   */
  show(onText: OnText, apart: boolean): GrowingText;
  /** @param whole the text of `ids`, with what the prompt began of it */
  read(ids: readonly number[], whole: string, stopped: boolean): Reading;
}

const wholeTo =
  (onText: OnText): ((text: string) => void) =>
  (text) =>
    onText(text, 'whole');

export function teacherRole({ tokenizer, format, teacher }: Layouts): Role {
  const { stopIds } = teacher;
  return {
    about: `asked as a teacher in the tags of the format ${format.name}`,
    hasParts: false,
    tags: teacherTags(format),
    stopIds,
    prompt({ question, solution }) {
      if (solution === undefined) throw new InputError('a teacher is asked to explain a solution, and there is none');
      return teacher.prompt(question, solution);
    },
    show: (onText) => new TextUpTo(format.teacher.explanation.close, wholeTo(onText)),
    read(ids) {
      const { explanation, ended } = readTeacherCompletion(tokenizer, format, tokenIds(ids), stopIds);
      return { text: explanation, answer: undefined, isTagged: ended };
    },
  };
}

export function studentRole({ format, student }: Layouts): Role {
  return {
    about: `asked as a student in the tags of the format ${format.name}`,
    hasParts: true,
    tags: studentTags(format),
    stopIds: student.stopIds,
    prompt({ question, before = [] }) {
      if (before.length === 0) return student.prompt(question);
      throw new InputError(
        'this model takes no system message and no earlier turns: it was trained on single questions',
        {
          remedy: 'Send one message, of the user, with all that the question needs.',
        },
      );
    },
    show(onText, apart) {
      const shown = apart ? new StudentReply(format, onText) : new TextUpTo(undefined, wholeTo(onText));
      shown.add(Buffer.from(student.opening));
      return shown;
    },
    read: (_, text, stopped) => {
      return { text, answer: readStudentText(format, text, stopped).answerText, isTagged: undefined };
    },
  };
}

export function plainRole(tokenizer: Tokenizer, directory: string): Role {
  const template = chatTemplateOf(tokenizer, directory);
  return {
    about: 'asked through its chat template alone',
    hasParts: false,
    tags: [],
    stopIds: chatStopIds(tokenizer, template),
    prompt: ({ question, before = [] }) =>
      encodeChat(tokenizer, template, [...before, { role: 'user', content: question }], { addGenerationPrompt: true }),
    show: (onText) => new TextUpTo(undefined, wholeTo(onText)),
    read: (_, text) => ({ text, answer: undefined, isTagged: undefined }),
  };
}
