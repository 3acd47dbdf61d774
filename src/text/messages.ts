/** What students are asked and write, as messages of a chat: the texts behind the token ids of their layout. */
import { z } from 'zod';
import { checkArguments, objectArgument } from '../call-arguments.js';
import { FORMAT_ARGUMENT } from './arguments.js';
import { studentSystemPrompt, type TagFormat } from './formats.js';
import type { ChatMessage } from './templates/chat-template.js';
import type { TextPiece } from './tokenizer/tokenizer.js';

export const template = (text: string): TextPiece => ({ text, control: true });
export const content = (text: string): TextPiece => ({ text, control: false });

/** How a teacher and a student are asked. */
export const askingMessages = (systemPrompt: string, question: string): readonly ChatMessage[] => [
  { role: 'system', content: systemPrompt },
  { role: 'user', content: question },
];

/** Which separators stand around a text. */
export interface Lines {
  readonly before: boolean;
  readonly after: boolean;
}
export const ALL_LINES: Lines = { before: true, after: true };

/** Where the explanation and the solution stand among the pieces of a student's turn. */
export const THOUGHT_PIECE = 2;
export const SOLUTION_PIECE = 6;

/**
 * A student's turn: its thought, then the solution, in their tags. `opening`: what the chat template has begun the turn
 * with, if it opens the thought itself. `lines`: which of the separators around the explanation are there.
 */
export function studentTurn(
  { inner, between, student }: TagFormat,
  explanation: string,
  solution: string,
  { opening = '', lines = ALL_LINES }: { readonly opening?: string; readonly lines?: Lines } = {},
): readonly TextPiece[] {
  const { thought: t, solution: s } = student;
  return [
    template(opening === '' ? t.open : ''),
    template(lines.before && opening === '' ? inner : ''),
    content(explanation),
    template(lines.after ? inner : ''),
    template(`${t.close}${between}${s === null ? '' : s.open}`),
    template(s === null ? '' : inner),
    content(solution),
    template(s === null ? '' : inner),
    template(s === null ? '' : s.close),
  ];
}

const ARGUMENTS = {
  trace: objectArgument('a trace, with question, explanation and solution', 'question', 'explanation', 'solution'),
  format: FORMAT_ARGUMENT,
  systemPrompt: z.string().nullish(),
};

/**
 * A trace as the conversation that a student is distilled on: system message, question, and the student's turn with the
 * explanation as its thought. The texts are those that a `distill` stage trains on, to which the student's chat template
 * adds what stands around messages. In the format `released` that stage also leaves out the blank lines around an
 * explanation of which no token counts (an empty one, with most tokenizers).
 * @param systemPrompt the system message; null or absent takes the format's own
 */
export function studentMessages(
  trace: { readonly question: string; readonly explanation: string; readonly solution: string },
  format: TagFormat,
  systemPrompt?: string | null,
): readonly ChatMessage[] {
  checkArguments('studentMessages(trace, FORMATS.paper)', { trace, format, systemPrompt }, ARGUMENTS);
  const turn = studentTurn(format, trace.explanation, trace.solution);
  return [
    ...askingMessages(systemPrompt ?? studentSystemPrompt(format), trace.question),
    { role: 'assistant', content: turn.map(({ text }) => text).join('') },
  ];
}
