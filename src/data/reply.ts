/** Replies of reasoning models: a thought in tags, then the solution. */
import { InputError, type Place } from '../errors.js';

export interface Reply {
  /** What the model thought; undefined where there is no thought or an empty one. */
  readonly trace?: string;
  readonly solution: string;
}

/** Tags around a thought that open a reply. */
const THOUGHT_TAGS = ['think', 'thinking', 'thought', 'reasoning'] as const;

/** The tags of Bespoke-Stratos, Sky-T1 and OpenThoughts. */
const STRATOS_THOUGHT = { open: '<|begin_of_thought|>', close: '<|end_of_thought|>' };
const STRATOS_SOLUTION = { open: '<|begin_of_solution|>', close: '<|end_of_solution|>' };

interface Tags {
  readonly open: string;
  readonly close: string;
}

/**
 * The trimmed text between an opening tag and the last closing tag after it.
 * @throws {InputError} when the tags are not there
 */
export function between(text: string, { open, close }: Tags, place: Place, remedy: string): string {
  const start = text.indexOf(open);
  const end = text.lastIndexOf(close);
  if (start === -1 || end < start + open.length) {
    throw new InputError(`the reply has no ${open}…${close}`, { ...place, remedy });
  }
  return text.slice(start + open.length, end).trim();
}

/**
 * The thought and solution of a reply with the tags of Bespoke-Stratos.
 * @throws {InputError} when a tag is missing
 */
export function stratosReply(text: string, place: Place, remedy: string): Required<Reply> {
  return {
    trace: between(text, STRATOS_THOUGHT, place, remedy),
    solution: between(text, STRATOS_SOLUTION, place, remedy),
  };
}

const CUT = 'The reply was cut off, or its tags are damaged: remove the row, or complete it.';

/** Whether a tag is only spoken of: amid a line, with spaces, quotation marks or punctuation around it, as no template writes it. */
function isMentioned(text: string, at: number, tag: string): boolean {
  return (
    /[ \t"'`(«„“‘]/.test(text.charAt(at - 1)) &&
    /^(?:[ \t]\S|["'`),.;:!?»“”’]|$)/.test(text.slice(at + tag.length, at + tag.length + 2))
  );
}

/**
 * Splits a reply into thought and solution: the tags of Bespoke-Stratos, or `<think>`…`</think>` (also thinking, thought,
 * reasoning) at its beginning, whose opening tag may be left out, as templates write it into the prompt. `<answer>` tags
 * around all of the solution are removed. A reply without tags, or that only mentions them amid a line, is a solution as it
 * is.
 * @throws {InputError} when a thought does not end, or text stands before it
 */
export function splitReply(text: string, place: Place): Reply {
  if (text.includes(STRATOS_THOUGHT.open) || text.includes(STRATOS_SOLUTION.open))
    return stratosReply(text, place, CUT);
  for (const name of THOUGHT_TAGS) {
    const [open, close] = [`<${name}>`, `</${name}>`];
    const start = text.indexOf(open);
    const end = text.lastIndexOf(close);
    if (start === -1 && end === -1) continue;
    const before = start === -1 ? '' : text.slice(0, start).trim();
    if (end === -1 && before !== '') continue;
    const isText = start === -1 ? isMentioned(text, end, close) : before !== '' && isMentioned(text, start, open);
    if (isText) continue;
    if (end < start || before !== '') {
      throw new InputError(
        before === '' ? `the reply has ${open} but no ${close}` : `the reply has text before ${open}`,
        {
          ...place,
          remedy: CUT,
        },
      );
    }
    const trace = text.slice(start === -1 ? 0 : start + open.length, end).trim();
    const solution = unwrapped(text.slice(end + close.length).trim());
    return { ...(trace === '' ? {} : { trace }), solution };
  }
  return { solution: text };
}

function unwrapped(solution: string): string {
  const [, inner] = /^<answer>(.*)<\/answer>$/s.exec(solution) ?? [];
  return inner === undefined || inner.includes('<answer>') ? solution : inner.trim();
}
