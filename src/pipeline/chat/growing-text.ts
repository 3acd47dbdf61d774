/** The text of tokens as they come. */
import { begunLength } from '../../text/cut-tags.js';

/** Collects a text, and hands on what of it can be shown. */
export abstract class GrowingText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #text = '';

  /** All of it, tags included. */
  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    this.show(false);
  }

  end(): void {
    this.#text += this.#decoder.decode();
    this.show(true);
  }

  protected abstract show(isWhole: boolean): void;
}

/** Shows a text up to an end tag, if there is one. */
export class TextUpTo extends GrowingText {
  readonly #tag: string | undefined;
  readonly #onText: (text: string) => void;
  #shown = 0;

  constructor(tag: string | undefined, onText: (text: string) => void) {
    super();
    this.#tag = tag;
    this.#onText = onText;
  }

  protected show(isWhole: boolean): void {
    const end = this.#tag === undefined ? -1 : this.text.indexOf(this.#tag);
    const upTo = end >= 0 ? this.text.slice(0, end).trimEnd().length : isWhole ? this.text.length : this.#sureLength();
    if (upTo <= this.#shown) return;
    this.#onText(this.text.slice(this.#shown, upTo));
    this.#shown = upTo;
  }

  #sureLength(): number {
    return this.#tag === undefined ? this.text.length : withoutTagBegun(this.text, [this.#tag]).length;
  }
}

/** A text without an end that may become a tag, and without the white space in front of it. */
export function withoutTagBegun(text: string, tags: readonly string[]): string {
  const begun = Math.max(0, ...tags.map((tag) => begunLength(text, tag)));
  return text.slice(0, text.length - begun).trimEnd();
}
