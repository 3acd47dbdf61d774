/**
 * The one reader of boxed answers: `\boxed{...}`, `\fbox{...}`, `\framebox{...}`, and `\boxed` without braces. Models
 * write hostile and broken TeX, so everything here is linear in the length of the text.
 */

export interface Box {
  /** Of the command's backslash. */
  readonly start: number;
  /** One past the box: after its closing brace, or after the last character of an argument without braces. */
  readonly end: number;
  /** As it stands in the text; never blank. */
  readonly content: string;
  /** False for a last box whose brace never closes; it is then taken to end with its line. */
  readonly closed: boolean;
}

const COMMAND = /\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*/y;

/** Arguments without braces are short; the bound keeps repeated broken ones from costing more than their length. */
const LONGEST_BARE = 400;

/** Commands that end an argument without braces: they belong to what stands around the box. */
const ENDS_BARE = new Set(['begin', 'end', 'boxed', 'fbox', 'framebox', 'quad', 'qquad', 'hspace', 'newline', 'par']);

const BINARY = new Set(['frac', 'dfrac', 'tfrac', 'cfrac', 'binom', 'dbinom', 'tbinom']);
const UNARY = new Set(['sqrt', 'text', 'textbf', 'mathrm', 'mathbf', 'mathbb', 'mathcal', 'overline', 'mbox']);

/** One past the brace that closes the one at `open`; undefined when it does not close before `limit`. */
function groupEnd(text: string, open: number, limit: number): number | undefined {
  let depth = 0;
  for (let i = open; i < limit; i++) {
    const character = text[i];
    if (character === '\\') i++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}

/** One past the argument of a command that begins at `start`, as TeX takes it: a group, a command or one character. */
function argumentEnd(text: string, start: number, limit: number): number | undefined {
  let i = start;
  while (i < limit && text[i] === ' ') i++;
  if (text[i] === '{') return groupEnd(text, i, limit);
  const token = /\\[A-Za-z]+|[A-Za-z\d]/y;
  token.lastIndex = i;
  return token.test(text) ? token.lastIndex : undefined;
}

/** One past the command at `start` with its arguments; undefined when it ends the run or lacks an argument. */
function commandEnd(text: string, start: number, limit: number): number | undefined {
  const escaped = /\\[%,;!]/y;
  escaped.lastIndex = start;
  if (escaped.test(text)) return escaped.lastIndex;
  const named = /\\([A-Za-z]+)/y;
  named.lastIndex = start;
  const name = named.exec(text)?.[1];
  if (name === undefined || ENDS_BARE.has(name)) return undefined;
  let end = named.lastIndex;
  if (name === 'sqrt' && text[end] === '[') {
    const close = text.indexOf(']', end);
    if (close < 0 || close >= limit) return undefined;
    end = close + 1;
  }
  const needed = BINARY.has(name) ? 2 : UNARY.has(name) ? 1 : 0;
  for (let i = 0; i < needed; i++) {
    const next = argumentEnd(text, end, limit);
    if (next === undefined) return undefined;
    end = next;
  }
  return end;
}

/**
 * One past an argument without braces at `start`. TeX would box the first token of `\boxed 12`, but its writer means
 * the number, so the argument goes on to a space, the end of the formula or sentence, or a bracket that it did not
 * open.
 */
function bareEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + LONGEST_BARE);
  const plain = /\d+(?:[.,]\d+)*|[A-Za-z]+|[-+*/=^_%'<>|]/y;
  const bracket = /\\(?:left|right)\b|\\[{}]|[()[\]]/y;
  let depth = 0;
  /** Up to here brackets are balanced, and no operator is left without its right side. */
  let end = start;
  let i = start;
  while (i < limit) {
    bracket.lastIndex = i;
    const sign = bracket.exec(text)?.[0];
    plain.lastIndex = i;
    if (sign === '\\left' || sign === '\\right') {
      if (sign === '\\right' && depth === 0) break;
      i += sign.length;
      continue;
    }
    if (sign !== undefined) {
      depth += /[([{]/.test(sign) ? 1 : -1;
      if (depth < 0) break;
      i += sign.length;
      if (depth === 0) end = i;
      continue;
    }
    if (plain.test(text)) {
      const isOperator = /[-+*/=^_<>|]/.test(text.charAt(i));
      i = plain.lastIndex;
      if (depth === 0 && !isOperator) end = i;
      continue;
    }
    const character = text[i];
    const next =
      character === '\\'
        ? commandEnd(text, i, limit)
        : character === '{'
          ? groupEnd(text, i, limit)
          : depth > 0 && (character === ' ' || character === ',')
            ? i + 1
            : undefined;
    if (next === undefined) break;
    i = next;
    if (depth === 0) end = i;
  }
  return end;
}

/** A box as it was found: where its content stands, and where it ends once that is known. */
interface Found {
  readonly start: number;
  readonly from: number;
  to: number;
  end: number;
}

const OPEN = -1;

/** Every box of the text, in the order of their starts; those within boxes too. */
function allBoxes(text: string): readonly Found[] {
  const found: Found[] = [];
  const braces: (Found | undefined)[] = [];
  for (let i = text.search(/\\(?:boxed|fbox|framebox)/); i >= 0 && i < text.length; i++) {
    const character = text[i];
    if (character === '{') braces.push(undefined);
    else if (character === '}') {
      const box = braces.pop();
      if (box !== undefined) {
        box.to = i;
        box.end = i + 1;
      }
    } else if (character === '\\') {
      COMMAND.lastIndex = i;
      if (COMMAND.test(text)) {
        const from = COMMAND.lastIndex;
        if (text[from] === '{') {
          const box: Found = { start: i, from: from + 1, to: OPEN, end: OPEN };
          found.push(box);
          braces.push(box);
          i = from;
          continue;
        }
        const end = bareEnd(text, from);
        if (end > from) found.push({ start: i, from, to: end, end });
        i = Math.max(end, from) - 1;
        continue;
      }
      // `\\boxed` is one command with its backslash doubled on the way; of all else the second character is escaped.
      COMMAND.lastIndex = i + 1;
      if (!COMMAND.test(text)) i++;
    }
  }
  return found;
}

/** What boxes hold that were left empty; of no use to anyone who looks for an answer in the text around them. */
export const EMPTY_BOX = /\\(?:boxed|fbox|framebox)\s*\{\s*\}/g;

/** A closed box with what lies directly in it. */
interface BoxNode {
  readonly box: Found;
  children: number;
  child: BoxNode | undefined;
}

/** The closed boxes that lie in no other closed one, each with those inside of it. */
function roots(closed: readonly Found[]): readonly BoxNode[] {
  const outermost: BoxNode[] = [];
  const around: BoxNode[] = [];
  for (const box of closed) {
    const node: BoxNode = { box, children: 0, child: undefined };
    while ((around.at(-1)?.box.end ?? box.end) <= box.start) around.pop();
    const parent = around.at(-1);
    if (parent === undefined) outermost.push(node);
    else {
      parent.children++;
      parent.child ??= node;
    }
    around.push(node);
  }
  return outermost;
}

/**
 * The boxes of a text that lie in no other box, in order. Where a box has a single box in it, the inner one is the
 * answer and the rest is words around it; several are parts of the answer that the outer one holds. Empty boxes state
 * nothing and are left out. A last box is open where no closed one follows its start.
 */
export function boxesIn(text: string): readonly Box[] {
  const all = allBoxes(text);
  const boxes: Box[] = [];
  let covered = 0;
  for (const root of roots(all.filter(({ end }) => end !== OPEN))) {
    let inner = root;
    while (inner.children === 1 && inner.child !== undefined) inner = inner.child;
    const { start, end } = root.box;
    covered = end;
    const content = text.slice(inner.box.from, inner.box.to);
    if (content.trim() !== '') boxes.push({ start, end, content, closed: true });
  }
  const last = all.findLast(({ end }) => end === OPEN);
  if (last === undefined || last.start < covered) return boxes;
  const line = text.indexOf('\n', last.from);
  const end = line < 0 ? text.length : line;
  const content = text.slice(last.from, end);
  return content.trim() === '' ? boxes : [...boxes, { start: last.start, end, content, closed: false }];
}

/** The content, trimmed, of the last box whose braces close; undefined when there is none that holds anything. */
export function lastBoxed(text: string): string | undefined {
  return boxesIn(text)
    .findLast(({ closed }) => closed)
    ?.content.trim();
}
