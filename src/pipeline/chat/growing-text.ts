/** The text of tokens as they come, in the parts that tags divide it into. */

/** By part: the tags that end it, and which part follows; undefined where nothing after the tag is shown. */
export type Parts<Part extends string> = Readonly<Record<Part, ReadonlyMap<string, Part | undefined>>>;

/**
 * Shows a text as it grows, without its tags: what may still become a tag is held back. Where there are tags, parts come without
 * the white space around them.
 */
export class GrowingText<Part extends string> {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #parts: Parts<Part>;
  readonly #trims: boolean;
  readonly #onText: (text: string, part: Part) => void;
  #part: Part | undefined;
  #text = '';
  /** What was not shown yet. */
  #rest = '';
  #hasBegun = false;

  constructor(parts: Parts<Part>, first: Part, onText: (text: string, part: Part) => void) {
    this.#parts = parts;
    this.#trims = Object.values<Parts<Part>[Part]>(parts).some(({ size }) => size > 0);
    this.#part = first;
    this.#onText = onText;
  }

  /** All of it, tags included. */
  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#take(this.#decoder.decode(bytes, { stream: true }));
    this.#divide();
    if (this.#part === undefined) return;
    const whole = this.#rest.slice(0, lengthWithoutTag(this.#rest, this.#parts[this.#part].keys()));
    const sure = this.#trims ? whole.trimEnd() : whole;
    this.#show(sure, this.#part);
    this.#rest = this.#rest.slice(sure.length);
  }

  end(): void {
    this.#take(this.#decoder.decode());
    this.#divide();
    if (this.#part === undefined) return;
    this.#show(this.#trims ? this.#rest.trimEnd() : this.#rest, this.#part);
    this.#rest = '';
  }

  #take(text: string): void {
    this.#text += text;
    this.#rest += text;
  }

  /** Shows the parts whose end is there. */
  #divide(): void {
    while (this.#part !== undefined) {
      const tags = this.#parts[this.#part];
      const [tag, at] = firstOf(this.#rest, tags.keys());
      if (tag === undefined) return;
      this.#show(this.#rest.slice(0, at).trimEnd(), this.#part);
      this.#rest = this.#rest.slice(at + tag.length);
      const next = tags.get(tag);
      if (next !== this.#part) this.#hasBegun = false;
      this.#part = next;
    }
  }

  #show(text: string, part: Part): void {
    const shown = this.#trims && !this.#hasBegun ? text.trimStart() : text;
    if (shown === '') return;
    this.#hasBegun = true;
    this.#onText(shown, part);
  }
}

/** The tag that comes first, and where. */
function firstOf(text: string, tags: Iterable<string>): [tag: string | undefined, at: number] {
  let [first, at]: [string | undefined, number] = [undefined, text.length];
  for (const tag of tags) {
    const found = text.indexOf(tag);
    if (found >= 0 && found < at) [first, at] = [tag, found];
  }
  return [first, at];
}

/** How much of a text is no beginning of a tag. */
function lengthWithoutTag(text: string, tags: Iterable<string>): number {
  let sure = text.length;
  for (const tag of tags) {
    for (let length = Math.min(tag.length - 1, text.length); length > text.length - sure; length--)
      if (tag.startsWith(text.slice(-length))) sure = text.length - length;
  }
  return sure;
}
