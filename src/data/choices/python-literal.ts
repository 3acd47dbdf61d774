/** Lists and dictionaries in a cell of a table, as Python and NumPy print them: what pandas writes into CSV files. */

/** Thrown within this module where a text is none. */
class NoLiteral extends Error {}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const NAMES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/** Lists in lists: the text of a cell is the user's. */
const MOST_DEPTH = 8;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw new NoLiteral();
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern, 'uy');
    sticky.lastIndex = this.#at;
    const [found] = sticky.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Whether there was white space. */
  #space(): boolean {
    return this.#match(/\s+/) !== undefined;
  }

  #takes(mark: string): boolean {
    this.#space();
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  #value(): unknown {
    if (++this.#depth > MOST_DEPTH) throw new NoLiteral();
    this.#space();
    const value = this.#inner();
    this.#depth--;
    return value;
  }

  #inner(): unknown {
    const open = this.#text.charAt(this.#at);
    if (open === "'" || open === '"') return this.#string(open);
    if (this.#takes('[')) return this.#items(']');
    if (this.#takes('(')) return this.#items(')');
    if (this.#takes('{')) return this.#entries();
    const number = this.#match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/);
    // As it is written: options are texts, and 1.50 is not 1.5.
    if (number !== undefined) return number.replace(/\.$/, '');
    return this.#named(this.#match(/[A-Za-z_][\w.]*/));
  }

  /** `True`, `array([...], dtype=object)`, `np.str_('x')` */
  #named(name: string | undefined): unknown {
    if (name !== undefined && NAMES.has(name)) return NAMES.get(name);
    if (name === undefined || !/^(?:array|(?:np|numpy)\.\w+)$/.test(name) || !this.#takes('(')) throw new NoLiteral();
    const value = this.#value();
    const isTyped = this.#takes(',');
    this.#space();
    if (isTyped && this.#match(/dtype=(?:[\w.]+|'[^']*'|"[^"]*")/) === undefined) throw new NoLiteral();
    if (!this.#takes(')')) throw new NoLiteral();
    return value;
  }

  #string(quote: string): string {
    this.#at++;
    let text = '';
    for (;;) {
      const character = this.#text.charAt(this.#at++);
      if (character === quote) return text;
      if (character === '') throw new NoLiteral();
      text += character === '\\' ? this.#escape() : character;
    }
  }

  #escape(): string {
    const code = this.#match(/x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/);
    const point = code === undefined ? undefined : Number.parseInt(code.slice(1), 16);
    if (point !== undefined && point > 0x10_ff_ff) throw new NoLiteral();
    if (point !== undefined) return String.fromCodePoint(point);
    const known = ESCAPES[this.#text.charAt(this.#at)];
    // Python never prints others.
    if (known === undefined) throw new NoLiteral();
    this.#at++;
    return known;
  }

  /** Items of a list: all with commas between them (Python), or all with spaces alone (NumPy). */
  #items(close: string): readonly unknown[] {
    const items: unknown[] = [];
    const between = new Set<string>();
    for (;;) {
      if (this.#takes(close)) break;
      items.push(this.#value());
      const isSpaced = this.#space();
      if (this.#takes(',')) between.add('comma');
      else if (isSpaced && !this.#text.startsWith(close, this.#at)) between.add('space');
      else if (!this.#text.startsWith(close, this.#at)) throw new NoLiteral();
    }
    // A tuple prints commas, and of a list with both kinds nobody knows where its items end.
    if (between.size > 1 || (close === ')' && between.has('space'))) throw new NoLiteral();
    return items;
  }

  #entries(): Readonly<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    for (;;) {
      if (this.#takes('}')) return Object.fromEntries(entries);
      const key = this.#value();
      if (typeof key !== 'string' || !this.#takes(':')) throw new NoLiteral();
      entries.push([key, this.#value()]);
      if (!this.#takes(',') && !this.#text.startsWith('}', this.#at)) throw new NoLiteral();
    }
  }
}

/** The list or dictionary that a text is; undefined where it is none, or may be read in two ways. */
export function pythonLiteral(text: string): unknown {
  if (!/^\s*(?:[[({]|array\()/.test(text)) return undefined;
  try {
    return new Reader(text).whole();
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}
