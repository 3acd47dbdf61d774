/** A place in the tokens of an answer, and how deep the reading is nested. */
import { NotUnderstood, type WorkBudget } from '../../tree/budget.js';
import type { Expression } from '../../tree/expression.js';
import type { Token } from './token-list.js';

const MAX_DEPTH = 240;

export abstract class TokenReader {
  protected readonly tokens: Token[];
  protected readonly budget: WorkBudget;
  protected position = 0;
  /** How many |...| are open, and whether a bar or a colon now separates (in a set) instead of opening. */
  protected openBars = 0;
  protected barSeparates = false;
  protected colonSeparates = false;
  #depth = 0;

  constructor(tokens: Token[], budget: WorkBudget) {
    this.tokens = tokens;
    this.budget = budget;
  }

  // What the levels of the grammar read; each may hold any of the others.
  protected abstract list(ended: () => boolean): Expression;
  protected abstract relation(): Expression;
  protected abstract sets(): Expression;
  protected abstract sum(): Expression;
  protected abstract product(): Expression;
  protected abstract signed(): Expression;
  protected abstract power(): Expression;
  protected abstract exponent(): Expression;
  protected abstract multiplier(): Expression | undefined;
  protected abstract startsFactor(token: Token): boolean;
  protected abstract atom(): Expression;
  protected abstract argument(): Expression;
  protected abstract group(): Expression;

  protected get token(): Token | undefined {
    return this.tokens[this.position];
  }

  protected is(text: string, kind: Token['kind'] = 'operator'): boolean {
    const token = this.token;
    return token !== undefined && token.kind === kind && token.text === text;
  }

  protected take(text: string, kind: Token['kind'] = 'operator'): boolean {
    if (!this.is(text, kind)) return false;
    this.position++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) this.fail(text);
  }

  protected fail(wanted?: string): never {
    const found = this.token;
    const what = found === undefined ? 'the end' : `"${found.text}"`;
    throw new NotUnderstood(wanted === undefined ? `${what} was not expected` : `expected ${wanted}, found ${what}`);
  }

  protected nest<T>(read: () => T): T {
    this.budget.spend(1);
    if (++this.#depth > MAX_DEPTH) throw new NotUnderstood(`nested deeper than ${MAX_DEPTH}`);
    const result = read();
    this.#depth--;
    return result;
  }

  /** Reads with bars and colons meaning what they mean inside fresh brackets. */
  protected fresh<T>(read: () => T, separates = false): T {
    const saved = [this.openBars, this.barSeparates, this.colonSeparates] as const;
    this.openBars = 0;
    this.barSeparates = separates;
    this.colonSeparates = separates;
    const result = read();
    [this.openBars, this.barSeparates, this.colonSeparates] = saved;
    return result;
  }
}
