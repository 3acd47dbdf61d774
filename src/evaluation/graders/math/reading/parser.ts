/**
 * Parses the tokens of one answer into an expression, by recursive descent of bounded depth. What it does not
 * understand it does not repair: it throws NotUnderstood, and the answers are then compared as text.
 */

import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import {
  caseOf,
  type Expression,
  isDeeper,
  MINUS_ONE,
  negated,
  OTHERWISE,
  product,
  type RelationOperator,
  sum,
  UNNAMED,
} from '../tree/expression.js';
import { isUnitSymbol } from '../tree/units.js';
import { withPlainUnits } from './plain-units.js';
import type { NumberStyle } from './tokens/numbers.js';
import { grouped, joining, type Separator } from './tokens/separators.js';
import type { Token } from './tokens/token-list.js';
import { tokenize } from './tokens/tokens.js';
import { compound, LIMITS, UnitReader } from './unit-reader.js';

const MAX_SIGNS = 16;
/** Some bracket levels of the text make several levels of the tree. */
const MAX_TREE_DEPTH = 400;

const RELATIONS: Readonly<Record<string, RelationOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  in: 'in',
  '∉': '∉',
  '⊂': '⊂',
  '⊃': '⊃',
  '⊆': '⊆',
  '⊇': '⊇',
  '⊄': '⊄',
  '∥': '∥',
  '⊥': '⊥',
};

/** Parses a whole answer. @throws {NotUnderstood} when it is not mathematics */
export function parseAnswer(text: string, style: NumberStyle, budget: WorkBudget): Expression {
  const tokens = tokenize(withPlainUnits(text), style, budget);
  while (tokens.length > 0 && ['.', ',', ';', ':', '\\\\'].includes(tokens.at(-1)?.text ?? '')) tokens.pop();
  // An answer cut out with one brace too many.
  if (tokens.at(-1)?.text === '}') {
    const count = (sign: string): number =>
      tokens.filter((token) => token.kind === 'operator' && token.text === sign).length;
    for (let extra = count('}') - count('{'); extra > 0 && tokens.at(-1)?.text === '}'; extra--) tokens.pop();
  }
  if (tokens.length === 0) throw new NotUnderstood('an empty answer');
  const answer = new Parser(text.includes('&') ? tokens.filter(isSeen) : tokens, budget).answer();
  // Chains such as 5!!!! and A u B u C are read in loops, but everything after reads them by recursion.
  if (tokens.length > MAX_TREE_DEPTH / 4 && isDeeper(answer, MAX_TREE_DEPTH))
    throw new NotUnderstood(`nested deeper than ${MAX_TREE_DEPTH}`);
  return answer;
}

/** Marks of alignment before and after a relation sign (`x &= 1`) say nothing. */
function isSeen(token: Token, index: number, tokens: readonly Token[]): boolean {
  if (token.kind !== 'operator' || token.text !== '&') return true;
  return [tokens[index - 1], tokens[index + 1]].every((next) => next?.kind !== 'operator' || !RELATIONS[next.text]);
}

/** Words before the answer that only announce it. */
const ANNOUNCEMENT =
  /^(?:(?:so|thus|hence|therefore|then|and|we (?:get|have|find|obtain)|that is|i\.?e\.?|namely|only|exactly|precisely)[, ]*)*(?:(?:the|this|that|my|our|final|correct|there|it|they|value|total|number|sum|result|solution)\b.*\b(?:is|are|was|were|be|equals|answer|total|result|sum|value)|(?:final )?answer|there (?:is|are)|it is|both|either|(?:(?:an?|the) )?(?:[a-z]+ ){0,2}(?:probability|total|value|cost|price|sum|distance|length|area|volume|maximum|minimum|average|mean|profit|speed|rate) of)?[ :]*$/i;

/** The operators, from those that bind least: separators, relations, sets, ratios, sums, products, powers. */
class Parser extends UnitReader {
  #plusMinus = 0;

  answer(): Expression {
    this.announcement();
    // `=> 42`: what follows.
    while (this.take('to'));
    const result = this.list(() => this.position >= this.tokens.length);
    if (this.position < this.tokens.length) this.fail();
    return result;
  }

  protected announcement(): void {
    const [first, second, third] = this.tokens;
    if (first?.kind !== 'words' || first.text.length > 80 || second === undefined || LIMITS.test(first.text)) return;
    const colons = this.tokens.filter((token) => token.kind === 'operator' && token.text === ':').length;
    const labels = colons === 1 && second.text === ':' && third !== undefined && third.kind !== 'words';
    if (labels) this.position += 2;
    else if (ANNOUNCEMENT.test(first.text)) this.position++;
  }

  /** Answers separated by commas, semicolons, `and`, `or`. */
  protected list(ended: () => boolean): Expression {
    return this.nest(() => {
      const items = [this.item()];
      const separators: Separator[] = [];
      while (!ended()) {
        const separator = this.separator();
        if (separator === undefined || ended()) break;
        if (separator === 'or' && this.take('~')) this.relation();
        else {
          separators.push(separator);
          items.push(this.item());
        }
      }
      const [only] = items;
      if (items.length === 1 && only !== undefined) return only;
      return (
        compound(items, separators) ??
        grouped(items, separators) ?? { kind: 'list', items, joined: joining(separators) }
      );
    });
  }

  /** An answer, or one case of a function: `x if x > 0`, `0 otherwise`. */
  protected item(): Expression {
    const value = this.relation();
    const comma = this.is(',') && ['if', 'otherwise'].includes(this.tokens[this.position + 1]?.text ?? '');
    if (comma) this.position++;
    if (this.take('otherwise')) return caseOf(value, OTHERWISE);
    return this.take('if') ? caseOf(value, this.relation()) : value;
  }

  /** What stands between two answers; of `, and` the word counts. */
  protected separator(): Separator | undefined {
    let found: Separator | undefined;
    for (;;) {
      if (this.take(',')) found ??= ',';
      else if (this.take(';') || this.take('\\\\')) found = ';';
      else if (this.take('and')) found = 'and';
      else if (this.take('or')) found = 'or';
      else return found;
    }
  }

  protected relation(): Expression {
    return this.nest(() => {
      const operators: RelationOperator[] = [];
      // `= 5` and `about 5` say 5; `> 5` does not.
      if (!this.take('=')) this.take('~');
      const bound = this.token?.kind === 'operator' && RELATIONS[this.token.text] !== undefined;
      const operands = [bound ? UNNAMED : this.sets()];
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
    if (this.is('in')) return '∉';
    if (this.is('⊂') || this.is('⊆')) return '⊄';
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
          // Terms that are left out are one unknown term, so a series equals only one that is cut at the same place.
          terms.push(this.take('...') ? { kind: 'symbol', name: '...' } : this.product());
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
      let multiplied = false;
      for (;;) {
        const token = this.token;
        if (token === undefined) break;
        if (this.take('*')) {
          multiplied = true;
          factors.push(this.signed());
        } else if (this.take('/')) {
          const words = this.token;
          const unit = factors.at(-1);
          const named = words?.kind === 'words' || (words?.kind === 'symbol' && isUnitSymbol(words.text));
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
          const factor = this.multiplier();
          if (factor !== undefined) factors.push(factor);
          else if (
            !multiplied &&
            factors[0]?.kind === 'quantity' &&
            factors.length === 2 &&
            factors[1]?.kind === 'number'
          ) {
            // `5 ft 6 in`
            const [larger, smaller] = factors.splice(0);
            if (larger === undefined || smaller === undefined) return this.fail();
            factors.push(sum([larger, { kind: 'quantity', value: smaller, unit: this.unit() }]));
          } else {
            const value = product(factors.splice(0));
            factors.push({ kind: 'quantity', value, unit: this.unit() });
          }
        } else if (this.startsFactor(token)) {
          const previous = factors.at(-1);
          const afterBracket = this.tokens[this.position - 1]?.text === ')';
          const next = this.power();
          const mixed = this.mixed(previous, next, token);
          if (mixed !== undefined) factors[factors.length - 1] = mixed;
          // `50 minus 14 leaves 36`: words between numbers multiply nothing. `5 ft 6 in` goes on with a unit.
          else if (
            previous?.kind === 'quantity' &&
            token.kind === 'number' &&
            !(this.token !== undefined && this.isUnit(this.token))
          )
            this.fail();
          else if (!afterBracket && next.kind === 'number' && token.kind === 'number' && previous?.kind === 'number')
            this.fail();
          else factors.push(next);
        } else break;
      }
      return product(factors);
    });
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
          base = { kind: 'quantity', value: base, unit: this.degreeScale() };
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
        base = { kind: 'quantity', value: base, unit: this.degreeScale() };
      } else return base;
    }
  }

  protected exponent(): Expression {
    return this.nest(() => {
      if (this.take('-')) return negated(this.exponent());
      if (this.take('+')) return this.exponent();
      if (this.take('*')) return { kind: 'symbol', name: '*' };
      const charge = this.charge();
      if (charge !== undefined) return charge;
      const atom = this.atom();
      if (!this.take('^')) return atom;
      return { kind: 'power', base: atom, exponent: this.exponent() };
    });
  }
}
