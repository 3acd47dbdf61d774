/** As what a model is asked: how a question becomes a prompt, and how its replies are read. */
import { InputError } from '../../errors.js';
import { promptBuilderFor } from '../../evaluation/answers/prompt.js';
import type { Layouts } from '../../stages/layouts.js';
import { readStudentText, readTeacherCompletion } from '../../text/completions.js';
import { type ChatMessage, chatTemplateOf, encodeChat } from '../../text/templates/chat-template.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { type TokenIds, tokenIds } from '../../text/tokens.js';
import { GrowingText, type Parts } from './growing-text.js';

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
  readonly stopIds: TokenIds;
  /** @throws {InputError} when the model cannot be asked so */
  prompt(exchange: Exchange): TokenIds;
  /**
   * Shows a reply as it grows.
   * @param apart whether a student's thought and solution come apart; otherwise, and in other roles, all is `whole`
   */
  show(onText: OnText, apart: boolean): GrowingText<ReplyPart>;
  /** @param whole the text of `ids`, with what the prompt began of it */
  read(ids: readonly number[], whole: string, stopped: boolean): Reading;
}

/** No tags. */
const AS_IT_IS: Parts<ReplyPart> = { whole: new Map(), thought: new Map(), solution: new Map() };

export function teacherRole({ tokenizer, format, teacher }: Layouts): Role {
  const parts = { ...AS_IT_IS, whole: new Map([[format.teacher.explanation.close, undefined]]) };
  const { stopIds } = teacher;
  return {
    about: `asked as a teacher in the tags of the format ${format.name}`,
    stopIds,
    prompt({ question, solution }) {
      if (solution === undefined) throw new InputError('a teacher is asked to explain a solution, and there is none');
      return teacher.prompt(question, solution);
    },
    show: (onText) => new GrowingText(parts, 'whole', onText),
    read(ids) {
      const { explanation, ended } = readTeacherCompletion(tokenizer, format, tokenIds(ids), stopIds);
      return { text: explanation, answer: undefined, isTagged: ended };
    },
  };
}

export function studentRole({ format, student }: Layouts): Role {
  const { thought, solution } = format.student;
  const parts: Parts<ReplyPart> = {
    ...AS_IT_IS,
    thought: new Map([
      [thought.open, 'thought'],
      [thought.close, 'solution'],
    ]),
    solution: new Map(solution === null ? [] : [solution.open, solution.close].map((tag) => [tag, 'solution'])),
  };
  return {
    about: `asked as a student in the tags of the format ${format.name}`,
    stopIds: student.stopIds,
    prompt({ question, before = [] }) {
      if (before.length === 0) return student.prompt(question);
      throw new InputError('this model was trained on single questions, under a system message of its own', {
        remedy: 'Send one message, of the user, with all that the question needs.',
      });
    },
    show(onText, apart) {
      const shown = apart ? new GrowingText(parts, 'thought', onText) : new GrowingText(AS_IT_IS, 'whole', onText);
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
  const { stopIds } = promptBuilderFor(tokenizer, directory, { kind: 'plain', system: null, template: '{question}' });
  return {
    about: 'asked through its chat template alone',
    stopIds,
    prompt: ({ question, before = [] }) =>
      encodeChat(tokenizer, template, [...before, { role: 'user', content: question }], { addGenerationPrompt: true }),
    show: (onText) => new GrowingText(AS_IT_IS, 'whole', onText),
    read: (_, text) => ({ text, answer: undefined, isTagged: undefined }),
  };
}
