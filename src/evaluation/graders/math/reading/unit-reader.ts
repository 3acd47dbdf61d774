/** Reads what stands after a value: units, million, and the fraction of a mixed number. */
import { parseDecimal, ratio } from '../tree/bounded-rational.js';
import { type Expression, numberOf, sum } from '../tree/expression.js';
import { areDescending, multiplierOf } from '../tree/units.js';
import { AtomReader } from './atoms.js';
import { MONEY } from './tokens/characters.js';
import type { Token } from './tokens/token-list.js';

/** Words that make a number a bound, or say that it is not the answer. */
export const LIMITS = /\b(?:at (?:least|most)|not|except|or (?:more|less|fewer))\b/i;

/** `2 hours and 30 minutes` as one amount. */
export function compound(items: readonly Expression[], separators: readonly string[]): Expression | undefined {
  if (
    items.length < 2 ||
    items.length > 4 ||
    !separators.every((separator) => separator === 'and' || separator === ',')
  ) {
    return undefined;
  }
  if (separators.at(-1) !== 'and') return undefined;
  const names = items.flatMap((item) => (item.kind === 'quantity' ? item.unit : []));
  return names.length === items.length && areDescending(names) ? sum(items) : undefined;
}

export abstract class UnitReader extends AtomReader {
  protected isUnit(token: Token): boolean {
    return (
      token.kind === 'words' ||
      (token.kind === 'operator' &&
        (token.text === '%' || token.text === '‰' || token.text === 'degree' || MONEY.has(token.text)))
    );
  }

  /** `million` after a value. */
  protected multiplier(): Expression | undefined {
    const token = this.token;
    const found = token?.kind === 'words' ? multiplierOf(token.text) : undefined;
    if (token === undefined || found === undefined) return undefined;
    if (found.rest === '') this.position++;
    else this.tokens[this.position] = { ...token, text: found.rest };
    return numberOf(found.factor);
  }

  /** Words and symbols of one unit, with their powers: `m`, `s^-2`. */
  protected unit(): string {
    const token = this.token;
    this.position++;
    if (token === undefined) return this.fail();
    if (token.text === 'degree') return this.degreeScale();
    if (token.kind === 'operator') {
      if (token.text === '%') this.take('words', 'words');
      return token.text;
    }
    if (LIMITS.test(token.text)) return this.fail('a unit');
    let name = token.text.replace(/^[-,.\s]+|[.,\s]+$/g, '');
    for (;;) {
      if (this.take('^')) {
        const exponent = this.exponent();
        if (exponent.kind !== 'number') return this.fail('a power of a unit');
        name += `^${exponent.value.numerator}`;
        continue;
      }
      const next = this.tokens[this.position + 1];
      if (this.token?.kind === 'words') name += ` ${this.token.text}`;
      else if ((this.is('/') || this.is('*')) && next?.kind === 'words') {
        name += `${this.token?.text}${next.text}`;
        this.position++;
      } else break;
      this.position++;
    }
    return name === '' ? '?' : name;
  }

  /** Degrees of an angle, or of Celsius or Fahrenheit. */
  protected degreeScale(): string {
    const scale = this.token;
    const [, name] = /^(?:degrees? )?([CF])(?:elsius|ahrenheit)?$/i.exec(scale?.text ?? '') ?? [];
    if (scale !== undefined && name !== undefined && (scale.kind === 'symbol' || scale.kind === 'words')) {
      this.position++;
      return `deg${name.toUpperCase()}`;
    }
    if (scale?.kind === 'words') this.position++;
    return 'degree';
  }

  /** 1 4/5 and 1\frac{4}{5}: a whole number followed by a fraction of whole numbers. */
  protected mixed(whole: Expression | undefined, next: Expression, token: Token): Expression | undefined {
    if (whole?.kind !== 'number' || whole.value.denominator !== 1n || whole.decimals !== undefined) return undefined;
    const before = this.tokens[this.position - 1];
    const fraction = token.kind === 'command' && token.text === 'frac' && before?.text !== ')';
    if (fraction) {
      const parts = fractionParts(next);
      if (parts === undefined || whole.value.numerator === 0n) return undefined;
      const value = ratio(parts[0], parts[1], this.budget);
      return value === undefined ? undefined : sum([whole, { kind: 'number', value }]);
    }
    if (token.kind !== 'number' || !token.spaced || next.kind !== 'number' || !this.is('/')) return undefined;
    const bottom = this.tokens[this.position + 1];
    if (bottom?.kind !== 'number' || next.value.denominator !== 1n) return undefined;
    this.position += 2;
    const divisor = parseDecimal(bottom.text, this.budget);
    const value = ratio(next.value.numerator * divisor.denominator, divisor.numerator, this.budget);
    return value === undefined ? this.fail() : sum([whole, { kind: 'number', value }]);
  }
}

function fractionParts(node: Expression): readonly [bigint, bigint] | undefined {
  if (node.kind !== 'product' || node.factors.length !== 2) return undefined;
  const [top, inverse] = node.factors;
  if (top?.kind !== 'number' || inverse?.kind !== 'power' || inverse.base.kind !== 'number') return undefined;
  if (top.value.denominator !== 1n || inverse.base.value.denominator !== 1n || top.value.numerator < 0n)
    return undefined;
  return [top.value.numerator, inverse.base.value.numerator];
}
