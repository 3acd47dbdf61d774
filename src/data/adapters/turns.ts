/** Conversations as data sets hold them: lists of turns with role and content, or from and value. */
import { InputError, type Place } from '../../errors.js';
import { isObject } from '../../json.js';
import { type Reply, splitReply } from '../reply.js';

type Role = 'system' | 'user' | 'assistant';

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
};

/** Keys beside a reply under which data sets keep the thought that led to it. */
export const THOUGHT_KEYS = ['reasoning_content', 'reasoning', 'thinking'] as const;

/** A turn with where it stands. */
export interface Turn {
  readonly role: Role;
  readonly text: string;
  /** The thought beside the text, in a key of its own. */
  readonly thought: string | undefined;
  readonly place: Place;
}

/** The thought in a key beside a reply. */
export function thoughtBeside(record: Readonly<Record<string, unknown>>): string | undefined {
  for (const key of THOUGHT_KEYS) {
    const value = record[key];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

const FORM = 'A turn is an object with role and content, or with from and value.';

/** The thought in a part of a turn: `{ type: 'thinking', thinking }`, or with the text under `text`. */
function thoughtIn(part: unknown): string | undefined {
  if (!isObject(part) || (part.type !== 'thinking' && part.type !== 'reasoning')) return undefined;
  const text = part.thinking ?? part.text;
  return typeof text === 'string' ? text : undefined;
}

/** The thought among the parts of a turn. */
function thoughtAmong(content: unknown): string | undefined {
  const thought = Array.isArray(content)
    ? content
        .map((part) => thoughtIn(part) ?? '')
        .join('')
        .trim()
    : '';
  return thought === '' ? undefined : thought;
}

/** Types of the parts that hold text, as different interfaces call them. */
const TEXT_PARTS: readonly unknown[] = [undefined, 'text', 'input_text', 'output_text'];

function contentText(content: unknown, place: Place): string {
  if (typeof content === 'string') return content;
  if (content == null) {
    const remedy = `Write its text there, or leave the row out. ${FORM}`;
    throw new InputError('a turn has no content', { ...place, remedy });
  }
  if (!Array.isArray(content)) throw new InputError('the content of a turn is not text', { ...place, remedy: FORM });
  return content
    .map((part: unknown, index) => {
      if (typeof part === 'string') return part;
      if (thoughtIn(part) !== undefined) return '';
      if (isObject(part) && typeof part.text === 'string' && TEXT_PARTS.includes(part.type)) return part.text;
      const kind = isObject(part) && typeof part.type === 'string' ? part.type : typeof part;
      if (TOOL_PARTS.test(kind)) throw callsTool({ ...place, field: `${place.field}.${index}` });
      throw new InputError(`a part of the turn is of the type ${kind}`, {
        ...place,
        field: `${place.field}.${index}`,
        remedy: 'Only parts of the type text can be read: remove the row, or the part.',
      });
    })
    .join('');
}

/** Types of the parts in which tools are called, and answer. */
const TOOL_PARTS = /^(?:tool|function|mcp)[_-]?(?:use|call|result|response)/;
/** Roles of turns in which tools answer. */
const TOOL_ROLES: readonly string[] = ['tool', 'function', 'function_call', 'observation', 'ipython'];

const callsTool = (place: Place): InputError =>
  new InputError('the conversation calls a tool, and only text can be read', {
    ...place,
    remedy:
      'Leave the row out, or write it as one question and its reply in text, without the call and what the tool answered.',
  });

/** The key of a turn under which it calls tools, if it does. */
const callIn = (turn: Readonly<Record<string, unknown>>): string | undefined =>
  ['tool_calls', 'function_call'].find((key) => {
    const call = turn[key];
    return Array.isArray(call) ? call.length > 0 : isObject(call);
  });

/**
 * The turns of a list.
 * @throws {InputError} with the field of the turn that is not one
 */
export function turnsIn(list: unknown, field: string, place: Place): readonly Turn[] {
  if (!Array.isArray(list)) throw new InputError(`${field} is not a list`, { ...place, field, remedy: FORM });
  return list.map((turn: unknown, index): Turn => {
    const here = { ...place, field: `${field}.${index}` };
    if (!isObject(turn)) throw new InputError('a turn is not an object', { ...here, remedy: FORM });
    const [name, contentKey] = 'role' in turn ? [turn.role, 'content'] : [turn.from, 'value'];
    if (typeof name !== 'string') throw new InputError('a turn has neither role nor from', { ...here, remedy: FORM });
    const call = callIn(turn);
    if (call !== undefined) throw callsTool({ ...place, field: `${field}.${index}.${call}` });
    if (TOOL_ROLES.includes(name.trim().toLowerCase())) throw callsTool(here);
    const role = ROLES[name.trim().toLowerCase()];
    if (role === undefined) {
      throw new InputError(`a turn has the unknown role ${name}`, {
        ...here,
        remedy: `Roles are ${Object.keys(ROLES).join(', ')}. Other turns cannot be read.`,
      });
    }
    const at = { ...place, field: `${field}.${index}.${contentKey}` };
    return {
      role,
      text: contentText(turn[contentKey], at),
      thought: thoughtBeside(turn) ?? thoughtAmong(turn[contentKey]),
      place: at,
    };
  });
}

/** The one question of a conversation and its one reply. @throws {InputError} with the turn that is too many */
export function questionAndReply(
  turns: readonly Turn[],
  place: Place,
  remedy: string,
): { readonly question: Turn; readonly reply: Turn } {
  const [question, reply, next] = turns.filter(({ role }) => role !== 'system');
  if (question?.role === 'assistant')
    throw new InputError('the conversation begins with a turn of the assistant', { ...question.place, remedy });
  if (question === undefined) throw new InputError('the conversation has no turn of the user', { ...place, remedy });
  if (reply === undefined) throw new InputError('the conversation has no turn of the assistant', { ...place, remedy });
  const extra = reply.role === 'user' ? reply : next;
  if (extra !== undefined) {
    throw new InputError(`the conversation has a second turn of the ${extra.role}`, {
      ...extra.place,
      remedy:
        'A row is one question and its reply: write each question to a row of its own, or remove the later turns.',
    });
  }
  return { question, reply };
}

/** The thought and solution of a reply: the thought in a key of its own, or in tags. */
export function replyOf({ text, thought, place }: Omit<Turn, 'role'>): Reply {
  if (thought === undefined) return splitReply(text, place);
  return { trace: thought, solution: splitReply(text, place).solution };
}
