/** A student's reply as it grows, with its thought and its solution apart. */
import { withoutCutTag } from '../../text/cut-tags.js';
import { studentTags, type TagFormat } from '../../text/formats.js';
import { GrowingText, withoutTagBegun } from './growing-text.js';

export interface StudentParts {
  readonly thought: string;
  readonly solution: string;
}

/**
 * Thought and solution of a reply, as graders read them (text/completions.ts), without tags and the white space around them. Of
 * a reply that still grows, what is certain: no more text makes it another beginning.
 */
export function studentParts(format: TagFormat, text: string, isWhole: boolean): StudentParts {
  const { thought: t, solution: s } = format.student;
  const tags = studentTags(format);
  const part = (begin: number, end?: number): string => {
    const own = text.slice(begin, end);
    const isOpen = end === undefined;
    const sure = !isOpen ? own : isWhole ? tags.reduce(withoutCutTag, own) : withoutTagBegun(own, tags);
    return tags.reduce((left, tag) => left.replaceAll(tag, ''), sure).trim();
  };
  const [first, end] = [text.indexOf(t.open), text.indexOf(t.close)];
  // Once a thought has ended, none begins.
  const opened = end >= 0 && first > end ? -1 : first;
  const begin = opened < 0 ? 0 : opened + t.open.length;
  const closed = text.indexOf(t.close, begin);
  if (closed < 0) {
    const solved = s === null ? -1 : text.indexOf(s.open, begin);
    // Text in front of its first tag is no thought once that comes.
    const thought = opened < 0 && !isWhole ? '' : part(begin, solved < 0 ? undefined : solved);
    // A thought without an end is over where a solution begins, unless its end comes yet.
    return { thought, solution: isWhole && solved >= 0 ? solutionFrom(solved) : '' };
  }
  const rest = closed + t.close.length;
  const solved = s === null ? rest : text.indexOf(s.open, rest);
  return { thought: part(begin, closed), solution: solved < 0 ? '' : solutionFrom(solved) };

  function solutionFrom(at: number): string {
    if (s === null) return part(at);
    const inner = at + s.open.length;
    const end = text.indexOf(s.close, inner);
    return part(inner, end < 0 ? undefined : end);
  }
}

export class StudentReply extends GrowingText {
  readonly #format: TagFormat;
  readonly #onText: (text: string, part: keyof StudentParts) => void;
  readonly #shown = { thought: 0, solution: 0 };

  constructor(format: TagFormat, onText: (text: string, part: keyof StudentParts) => void) {
    super();
    this.#format = format;
    this.#onText = onText;
  }

  protected show(isWhole: boolean): void {
    const parts = studentParts(this.#format, this.text, isWhole);
    for (const part of ['thought', 'solution'] as const) {
      const more = parts[part].slice(this.#shown[part]);
      if (more === '') continue;
      this.#shown[part] += more.length;
      this.#onText(more, part);
    }
  }
}
