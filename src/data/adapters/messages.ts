/** Conversations of one question and its reply: ShareGPT, chat templates, Bespoke-Stratos, OpenR1. */
import { InputError, type Place } from '../../errors.js';
import { lastBoxed } from '../../text/boxed.js';
import { parseProblem, type UnnamedProblem } from '../problem.js';
import { type Reply, stratosReply } from '../reply.js';
import type { DatasetAdapter } from './adapter.js';
import { questionAndReply, replyOf, THOUGHT_KEYS, type Turn, thoughtBeside, turnsIn } from './turns.js';

type Row = Readonly<Record<string, unknown>>;

/** The columns that hold a conversation, the likeliest first. */
const CONVERSATION_KEYS = ['messages', 'conversations', 'conversation'] as const;

const keyIn = (record: Row) => CONVERSATION_KEYS.find((key) => Array.isArray(record[key]));

function conversation(record: Row, place: Place): { readonly turns: readonly Turn[]; readonly at: Place } {
  const key = keyIn(record) ?? CONVERSATION_KEYS.find((candidate) => candidate in record) ?? 'messages';
  return { turns: turnsIn(record[key], key, place), at: { ...place, field: key } };
}

function hasSystemMessage(record: Row): boolean {
  return conversation(record, {}).turns.some(({ role, text }) => role === 'system' && text.trim() !== '');
}

/** Whether a record holds a conversation whose reply tells the thought apart from the solution. */
export function hasThought(record: Row): boolean {
  const turns: unknown = keyIn(record) === undefined ? [] : record[keyIn(record) ?? ''];
  return /<think(?:ing)?>|<\/think(?:ing)?>|<\|begin_of_thought\|>|"(?:reasoning_content|reasoning|thinking)":"|"type":"(?:thinking|reasoning)"/.test(
    JSON.stringify(turns),
  );
}

/** The columns that `problemOfReply` reads. */
const BESIDE_A_REPLY = [['id', 'uuid'], 'answer', 'reasoning_trace', 'level'];

/** The problem of a reply; `record` may have id, answer and level beside it. */
export function problemOfReply(
  question: string,
  { solution, trace }: Reply,
  record: Row,
  place: Place,
): UnnamedProblem {
  return parseProblem(
    {
      id: record.id ?? record.uuid,
      question: question.trim(),
      solution: solution.trim(),
      answer: record.answer ?? lastBoxed(solution),
      reasoning_trace: trace ?? record.reasoning_trace,
      level: record.level,
    },
    place,
  );
}

const MESSAGES_LAYOUT =
  'messages, conversations or conversation: a turn of the user and one of the assistant, each with role and content or from and value; optional id, answer, level';

export const messages: DatasetAdapter = {
  name: 'messages',
  layout: MESSAGES_LAYOUT,
  columns: [CONVERSATION_KEYS, ...BESIDE_A_REPLY],
  fits: (record) => keyIn(record) !== undefined,
  hasSystemMessage,
  problem(record, place) {
    const { turns, at } = conversation(record, place);
    const { question, reply } = questionAndReply(turns, at, `The layout messages has ${MESSAGES_LAYOUT}.`);
    return problemOfReply(question.text, replyOf(reply), record, place);
  },
};

const STRATOS_LAYOUT =
  'conversations: a user turn, then an assistant turn with <|begin_of_thought|>…<|end_of_thought|> and <|begin_of_solution|>…<|end_of_solution|>';

export const bespokeStratos: DatasetAdapter = {
  name: 'bespoke-stratos',
  layout: STRATOS_LAYOUT,
  columns: [CONVERSATION_KEYS, ...BESIDE_A_REPLY],
  // Its records are read as messages, too; named explicitly, it refuses a reply without the tags.
  fits: () => false,
  hasSystemMessage,
  problem(record, place) {
    const remedy = `The layout bespoke-stratos has ${STRATOS_LAYOUT}.`;
    const { turns, at } = conversation(record, place);
    const { question, reply } = questionAndReply(turns, at, remedy);
    return problemOfReply(question.text, stratosReply(reply.text, reply.place, remedy), record, place);
  },
};

/** The columns of a question and its reply, the likeliest first; either may hold text or turns. */
const QUESTION_KEYS = ['prompt', 'query', 'question'] as const;
const REPLY_KEYS = ['completion', 'response'] as const;
const PROMPT_LAYOUT =
  'prompt (or query, question) and completion (or response), each a text or a list of turns; optional id, answer, level';

/** The turns of a column that holds text or turns. */
function turnsOf(record: Row, key: string, role: 'user' | 'assistant', place: Place): readonly Turn[] {
  const value = record[key];
  if (typeof value !== 'string') return turnsIn(value, key, place);
  const thought = role === 'user' ? undefined : thoughtBeside(record);
  return [{ role, text: value, thought, place: { ...place, field: key } }];
}

export const promptCompletion: DatasetAdapter = {
  name: 'prompt-completion',
  layout: PROMPT_LAYOUT,
  columns: [QUESTION_KEYS, REPLY_KEYS, THOUGHT_KEYS, ...BESIDE_A_REPLY],
  fits: (record) => QUESTION_KEYS.some((key) => key in record) && REPLY_KEYS.some((key) => key in record),
  hasSystemMessage: (record) =>
    Array.isArray(record.prompt) && turnsIn(record.prompt, 'prompt', {}).some(({ role }) => role === 'system'),
  problem(record, place) {
    const remedy = `The layout prompt-completion has ${PROMPT_LAYOUT}.`;
    const key = (keys: readonly string[], what: string): string => {
      const found = keys.find((candidate) => record[candidate] != null);
      if (found === undefined) throw new InputError(`${what} is missing`, { ...place, field: what, remedy });
      return found;
    };
    const prompt = turnsOf(record, key(QUESTION_KEYS, 'prompt'), 'user', place);
    const completion = turnsOf(record, key(REPLY_KEYS, 'completion'), 'assistant', place);
    const { question, reply } = questionAndReply([...prompt, ...completion], place, remedy);
    return problemOfReply(question.text, replyOf(reply), record, place);
  },
};

const INSTRUCTION_LAYOUT =
  'instruction, optional input (or context), and output (or response, completion); optional id, answer, level';
const OUTPUT_KEYS = ['output', 'response', 'completion'] as const;

/** Alpaca and Dolly. */
export const instruction: DatasetAdapter = {
  name: 'instruction',
  layout: INSTRUCTION_LAYOUT,
  columns: ['instruction', ['input', 'context'], OUTPUT_KEYS, THOUGHT_KEYS, ...BESIDE_A_REPLY],
  fits: (record) => 'instruction' in record && OUTPUT_KEYS.some((key) => key in record),
  problem(record, place) {
    const remedy = `The layout instruction has ${INSTRUCTION_LAYOUT}.`;
    const string = (keys: readonly string[]): string | undefined => {
      const key = keys.find((candidate) => record[candidate] != null);
      const value = key === undefined ? undefined : record[key];
      if (value === undefined || typeof value === 'string') return value;
      throw new InputError(`${key} is not a string`, {
        ...place,
        ...(key === undefined ? {} : { field: key }),
        remedy,
      });
    };
    const [asked, input, output] = [string(['instruction']), string(['input', 'context']), string(OUTPUT_KEYS)];
    for (const [field, value] of Object.entries({ instruction: asked, output }))
      if (value === undefined) throw new InputError(`${field} is missing`, { ...place, field, remedy });
    const question = [asked ?? '', input ?? ''].filter((part) => part.trim() !== '').join('\n\n');
    const field = OUTPUT_KEYS.find((key) => record[key] != null) ?? 'output';
    const reply = replyOf({ text: output ?? '', thought: thoughtBeside(record), place: { ...place, field } });
    return problemOfReply(question, reply, record, place);
  },
};
