/** The tokens of an answer while they are read. */
import { NotUnderstood, type WorkBudget } from '../../tree/budget.js';
import { WORD_SIGNS } from './word-signs.js';

export type Token =
  | { readonly kind: 'number'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'symbol'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'command'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'words'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'operator'; readonly text: string; readonly spaced: boolean };

const MAX_TOKENS = 4_000;

const OPEN = new Set(['(', '[', '\\{']);
const CLOSE = new Set([')', ']', '\\}']);

export class TokenList {
  readonly tokens: Token[] = [];
  /** Whether white space stands before the next token. */
  spaced = false;
  /** How many brackets are open. */
  depth = 0;
  readonly #budget: WorkBudget;

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  /** @throws {NotUnderstood} for more tokens than answers have */
  push(kind: Token['kind'], text: string): void {
    this.#budget.spend(1);
    if (this.tokens.length >= MAX_TOKENS) throw new NotUnderstood(`an answer of more than ${MAX_TOKENS} tokens`);
    if (kind === 'operator') {
      if (OPEN.has(text)) this.depth++;
      else if (CLOSE.has(text)) this.depth--;
    }
    this.tokens.push({ kind, text, spaced: this.spaced });
    this.spaced = false;
  }

  /** Words that are a sign, or that go on with the words before. */
  pushWords(words: string): void {
    const meaning = WORD_SIGNS.find(([pattern]) => pattern.test(words))?.[1];
    if (meaning !== undefined) {
      this.push('operator', meaning);
      return;
    }
    const last = this.tokens.at(-1);
    if (last?.kind === 'words') {
      this.tokens[this.tokens.length - 1] = { ...last, text: `${last.text} ${words}` };
      this.spaced = false;
    } else this.push('words', words);
  }

  /** Whether the last token ends a value, so that a unit may follow. */
  endsValue(): boolean {
    const previous = this.tokens.at(-1);
    if (previous?.kind === 'words') return this.tokens.length > 1;
    return previous !== undefined && (previous.kind === 'number' || /^(?:[)}\]]|pi|infty)$/.test(previous.text));
  }

  /** After `ft /`, where `\mathrm{sec}` and `\mathrm{min}` are units and not functions. */
  endsPer(): boolean {
    return this.tokens.length > 2 && this.tokens.at(-1)?.text === '/' && this.tokens.at(-2)?.kind === 'words';
  }
}
