/**
 * Parses the tokens of one answer into an expression, by recursive descent of bounded depth. What it does not
 * understand it does not repair: it throws NotUnderstood, and the answers are then compared as text.
 */

import { parseDecimal, ratio } from '../tree/bounded-rational.js';
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { type Expression, MINUS_ONE, negated, product, type RelationOperator, sum } from '../tree/expression.js';
import { UNITS } from '../tree/vocabulary.js';
import { AtomReader } from './atoms.js';
import type { NumberStyle } from './numbers.js';
import { type Token, tokenize } from './tokens.js';

const MAX_SIGNS = 16;

const RELATIONS: Readonly<Record<string, RelationOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  in: 'in',
};

/** Parses a whole answer. @throws {NotUnderstood} when it is not mathematics */
export function parseAnswer(text: string, style: NumberStyle, budget: WorkBudget): Expression {
  const tokens = tokenize(text, style, budget);
  while (tokens.length > 0 && ['.', ',', ';', ':', '\\\\'].includes(tokens.at(-1)?.text ?? '')) tokens.pop();
  if (tokens.length === 0) throw new NotUnderstood('an empty answer');
  return new Parser(tokens, budget).answer();
}

/** The operators, from those that bind least: separators, relations, sets, ratios, sums, products, powers. */
class Parser extends AtomReader {
  #plusMinus = 0;

  answer(): Expression {
    const result = this.list(() => this.position >= this.tokens.length);
    if (this.position < this.tokens.length) this.fail();
    return result;
  }

  /** Answers separated by commas, semicolons, `and`, `or`. */
  protected list(ended: () => boolean): Expression {
    return this.nest(() => {
      const items = [this.relation()];
      let joined: 'and' | 'or' | 'comma' = 'comma';
      while (!ended()) {
        let separated = false;
        for (;;) {
          if (this.take(',') || this.take(';') || this.take('\\\\')) separated = true;
          else if (this.is('and') || this.is('or')) {
            joined = this.is('or') ? 'or' : 'and';
            separated = true;
            this.position++;
          } else break;
        }
        if (!separated) break;
        if (ended()) break;
        items.push(this.relation());
      }
      const [only] = items;
      return items.length === 1 && only !== undefined ? only : { kind: 'list', items, joined };
    });
  }

  protected relation(): Expression {
    return this.nest(() => {
      const operands = [this.sets()];
      const operators: RelationOperator[] = [];
      let approximate = false;
      for (;;) {
        const token = this.token;
        if (token === undefined || token.kind !== 'operator') break;
        const negate = token.text === 'not';
        const operator = negate ? this.negatedRelation() : RELATIONS[token.text];
        if (operator === undefined && token.text !== '~') break;
        this.position++;
        // `x ~ 3.1` states a value; `x = pi ~ 3.1` has stated it already.
        if (operator === undefined && operators.length > 0) approximate = true;
        const operand = this.sets();
        if (approximate) continue;
        if (operator === undefined && operands[0]?.kind !== 'symbol' && operands[0]?.kind !== 'text') {
          approximate = true;
          continue;
        }
        operators.push(operator ?? '=');
        operands.push(operand);
      }
      const modulus = this.modulus();
      const [only] = operands;
      const result: Expression =
        operators.length === 0 && only !== undefined ? only : { kind: 'relation', operands, operators };
      return modulus === undefined ? result : { kind: 'quantity', value: result, unit: `mod ${modulus}` };
    });
  }

  protected negatedRelation(): RelationOperator {
    this.position++;
    if (this.is('=')) return '!=';
    return this.fail('= after \\not');
  }

  /** `(mod 7)`, `\pmod{7}`: returns the modulus as written. */
  protected modulus(): string | undefined {
    const start = this.position;
    if (this.take('pmod', 'command')) {
      const group = this.argument();
      return group.kind === 'number' ? String(group.value.numerator) : '?';
    }
    if (this.take('(') && (this.take('mod', 'command') || this.take('bmod', 'command') || this.take('mod', 'words'))) {
      const token = this.token;
      this.position++;
      if (token?.kind === 'number' && this.take(')')) return token.text;
    }
    this.position = start;
    return undefined;
  }

  protected sets(): Expression {
    let left = this.proportion();
    for (;;) {
      const union = this.is('U', 'symbol') && (left.kind === 'bracket' || left.kind === 'setOperation');
      if (union || this.is('cup')) {
        this.position++;
        left = { kind: 'setOperation', operator: 'union', left, right: this.proportion() };
      } else if (this.take('cap')) {
        left = { kind: 'setOperation', operator: 'intersection', left, right: this.proportion() };
      } else if (this.take('setminus')) {
        left = { kind: 'setOperation', operator: 'difference', left, right: this.proportion() };
      } else return left;
    }
  }

  protected proportion(): Expression {
    const first = this.sum();
    if (this.colonSeparates || !this.is(':')) return first;
    const start = this.position;
    const parts = [first];
    while (this.take(':')) parts.push(this.sum());
    const source = this.tokens
      .slice(start - 1, this.position)
      .map((token) => token.text)
      .join('');
    return { kind: 'proportion', parts, source };
  }

  protected sum(): Expression {
    return this.nest(() => {
      let left: Expression | undefined;
      let terms: Expression[] = [];
      const close = (): Expression | undefined => {
        const all = left === undefined ? terms : [left, ...terms];
        return all.length === 0 ? undefined : sum(all);
      };
      if (this.is('+') || this.is('-') || this.is('pm') || this.is('mp')) {
        // A sign in front.
      } else left = this.product();
      for (;;) {
        if (this.take('+')) {
          if (this.is('...')) this.fail();
          terms.push(this.product());
        } else if (this.take('-')) terms.push(negated(this.product()));
        else if (this.is('pm') || this.is('mp')) {
          if (++this.#plusMinus > MAX_SIGNS) throw new NotUnderstood(`more than ${MAX_SIGNS} signs of two readings`);
          const upper = this.is('pm') ? 1 : -1;
          this.position++;
          const right = this.product();
          const before = close();
          left =
            before === undefined
              ? { kind: 'plusMinus', right, upper }
              : { kind: 'plusMinus', left: before, right, upper };
          terms = [];
        } else break;
      }
      return close() ?? this.fail();
    });
  }

  protected product(): Expression {
    return this.nest(() => {
      const factors: Expression[] = [this.signed()];
      for (;;) {
        const token = this.token;
        if (token === undefined) break;
        if (this.take('*')) factors.push(this.signed());
        else if (this.take('/')) {
          const words = this.token;
          const unit = factors.at(-1);
          const named = words?.kind === 'words' || (words?.kind === 'symbol' && UNITS.has(words.text));
          if (named && unit?.kind === 'quantity') {
            this.position++;
            factors[factors.length - 1] = { ...unit, unit: `${unit.unit}/${words.text}` };
          } else factors.push({ kind: 'power', base: this.signed(), exponent: MINUS_ONE });
        } else if (this.take('over')) {
          const bottom = this.product();
          return product([...factors, { kind: 'power', base: bottom, exponent: MINUS_ONE }]);
        } else if (this.take('choose', 'command')) {
          return { kind: 'call', name: 'binomial', inputs: [product(factors), this.product()] };
        } else if (this.take('bmod', 'command') || this.take('mod', 'command')) {
          return { kind: 'call', name: 'mod', inputs: [product(factors), this.signed()] };
        } else if (this.isUnit(token)) {
          const value = product(factors.splice(0));
          factors.push({ kind: 'quantity', value, unit: this.unit() });
        } else if (this.startsFactor(token)) {
          const previous = factors.at(-1);
          const next = this.power();
          const mixed = this.mixed(previous, next, token);
          if (mixed !== undefined) factors[factors.length - 1] = mixed;
          else if (next.kind === 'number' && token.kind === 'number' && previous?.kind === 'number') this.fail();
          else factors.push(next);
        } else break;
      }
      return product(factors);
    });
  }

  protected isUnit(token: Token): boolean {
    return token.kind === 'words' || (token.kind === 'operator' && ['%', 'degree', '$', '€', '£'].includes(token.text));
  }

  protected unit(): string {
    const token = this.token;
    this.position++;
    if (token === undefined) return this.fail();
    if (token.text === '%') return this.take('words', 'words') ? '%' : '%';
    let name = token.text.replace(/^[-,.\s]+|[.,\s]+$/g, '');
    if (this.take('^')) {
      const exponent = this.exponent();
      if (exponent.kind === 'number') name += `^${exponent.value.numerator}`;
    }
    if (token.text === 'degree') {
      const scale = this.token;
      // Degrees Celsius and Fahrenheit.
      if (scale?.kind === 'symbol' && (scale.text === 'C' || scale.text === 'F')) this.position++;
      else if (scale?.kind === 'words') this.position++;
    }
    return name === '' ? '?' : name;
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

  protected startsFactor(token: Token): boolean {
    if (token.kind === 'number' || token.kind === 'symbol')
      return !(token.kind === 'symbol' && this.unionLetter(token));
    if (token.kind === 'command') return token.text !== 'pmod' && token.text !== 'end' && token.text !== 'mod';
    if (token.kind === 'words') return false;
    if (token.text === '|') return this.openBars === 0 && !this.barSeparates;
    if (token.text === '(') {
      const next = this.tokens[this.position + 1];
      return !(next?.text === 'mod' || next?.text === 'bmod');
    }
    return ['[', '{', '\\{', 'lfloor', 'lceil', '<('].includes(token.text);
  }

  protected unionLetter(token: Token): boolean {
    const previous = this.tokens[this.position - 1];
    const next = this.tokens[this.position + 1];
    return token.text === 'U' && [')', ']'].includes(previous?.text ?? '') && ['(', '['].includes(next?.text ?? '');
  }

  protected signed(): Expression {
    if (this.take('-')) return negated(this.nest(() => this.signed()));
    if (this.take('+')) return this.nest(() => this.signed());
    return this.power();
  }

  /** An atom with its factorials, exponents, primes and percent signs. */
  protected power(): Expression {
    let base = this.atom();
    for (;;) {
      if (this.take('!')) base = { kind: 'call', name: 'factorial', inputs: [base] };
      else if (this.take("'")) base = { kind: 'call', name: 'prime', inputs: [base] };
      else if (this.is('^')) {
        const next = this.tokens[this.position + 1];
        const inner = this.tokens[this.position + 2];
        if (next?.text === 'degree' || (next?.text === '{' && inner?.text === 'degree')) {
          this.position += next.text === '{' ? 3 : 2;
          if (next.text === '{') this.expect('}');
          base = { kind: 'quantity', value: base, unit: 'degree' };
          if (this.is('C', 'symbol') || this.is('F', 'symbol')) this.position++;
        } else if (next?.text === "'" || (next?.text === '{' && inner?.text === "'")) {
          this.position += next.text === '{' ? 3 : 2;
          if (next.text === '{') this.expect('}');
          base = { kind: 'call', name: 'prime', inputs: [base] };
        } else {
          this.position++;
          base = { kind: 'power', base, exponent: this.exponent() };
        }
      } else if (this.is('degree')) {
        this.position++;
        base = { kind: 'quantity', value: base, unit: 'degree' };
        if (this.is('C', 'symbol') || this.is('F', 'symbol')) this.position++;
      } else return base;
    }
  }

  protected exponent(): Expression {
    return this.nest(() => {
      if (this.take('-')) return negated(this.exponent());
      if (this.take('+')) return this.exponent();
      if (this.take('*')) return { kind: 'symbol', name: '*' };
      const atom = this.atom();
      if (!this.take('^')) return atom;
      return { kind: 'power', base: atom, exponent: this.exponent() };
    });
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
