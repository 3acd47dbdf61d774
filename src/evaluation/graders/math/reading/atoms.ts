/** Reads what stands without an operator: numbers, names, commands, brackets, sets and matrices. */

import { add, multiply, parseDecimal, power, ratio } from '../tree/bounded-rational.js';
import { NotUnderstood } from '../tree/budget.js';
import {
  caseOf,
  type Expression,
  INFINITY,
  MINUS_ONE,
  mapped,
  negated,
  numberOf,
  OTHERWISE,
  product,
} from '../tree/expression.js';
import { ACCENTS, BRACKET_FUNCTIONS, FUNCTIONS, INVERTIBLE, SETS } from '../tree/vocabulary.js';
import { phraseMeaning } from './phrases.js';
import { TokenReader } from './token-reader.js';
import type { Token } from './tokens.js';

/** Letters that name a function when a bracket follows: f(x) is a value of f, x(x+1) a product. */
const FUNCTION_LETTERS = /^[fghFGHPW]$/;

const TEN = { numerator: 10n, denominator: 1n };

export abstract class AtomReader extends TokenReader {
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

  /** The argument of a command: a group, or the next single digit, letter or command. */
  protected argument(): Expression {
    return this.nest(() => {
      const token = this.token;
      if (token === undefined) return this.fail('an argument');
      if (this.is('{')) return this.group();
      if (token.kind === 'number' && token.text.length > 1 && /^\d+$/.test(token.text)) {
        this.tokens[this.position] = { ...token, text: token.text.slice(1) };
        return numberOf(BigInt(token.text[0] ?? '0'));
      }
      if (this.take('-')) return negated(this.argument());
      return this.atom();
    });
  }

  protected group(): Expression {
    this.expect('{');
    const inner = this.fresh(() => this.list(() => this.is('}')));
    // An answer cut in its last group is still read.
    if (this.position < this.tokens.length) this.expect('}');
    return inner;
  }

  protected atom(): Expression {
    return this.nest(() => this.bareAtom());
  }

  protected bareAtom(): Expression {
    const token = this.token;
    if (token === undefined) return this.fail('a value');
    switch (token.kind) {
      case 'number':
        return this.number(token.text);
      case 'symbol':
        return this.symbol();
      case 'words':
        this.position++;
        return this.words(token.text);
      case 'command':
        return this.command(token.text);
      case 'operator':
        return this.operatorAtom(token.text);
    }
  }

  /** Words alone; `all real numbers except 2` is a set. */
  protected words(text: string): Expression {
    const [, set] = /^(.*?),?\s+(?:except|but|other than|excluding)(?: for)?$/i.exec(text) ?? [];
    const meaning = phraseMeaning(set ?? text);
    if (set === undefined) return meaning ?? { kind: 'text', text };
    if (meaning?.kind !== 'reals') return this.fail('a set before the exception');
    const left = this.list(() => this.position >= this.tokens.length);
    const values = left.kind === 'list' ? left.items : [left];
    const right: Expression = { kind: 'set', items: values.map((item) => lastOperand(item)) };
    return { kind: 'setOperation', operator: 'difference', left: meaning, right };
  }

  protected number(text: string): Expression {
    this.position++;
    const [fixed = '', period] = text.split('r');
    if (period !== undefined) return this.repeating(fixed, period);
    const [mantissa = text, exponent] = text.split('e');
    let value = parseDecimal(mantissa, this.budget);
    if (exponent !== undefined) {
      const scale = power(TEN, { numerator: BigInt(exponent), denominator: 1n }, this.budget);
      const scaled = scale === undefined ? undefined : multiply(value, scale, this.budget);
      if (scaled === undefined) return this.fail();
      value = scaled;
    }
    const point = mantissa.indexOf('.');
    const decimals = point < 0 ? undefined : mantissa.length - point - 1;
    if (this.is('_') && point < 0) return this.based(text);
    return decimals === undefined ? { kind: 'number', value } : { kind: 'number', value, decimals };
  }

  protected based(digits: string): Expression {
    this.expect('_');
    const base = this.is('{') ? this.group() : this.atom();
    return { kind: 'based', digits, base };
  }

  /** 0.1r6: the digits after the r repeat for ever. */
  protected repeating(fixed: string, period: string): Expression {
    const decimals = fixed.length - fixed.indexOf('.') - 1;
    const nines = 10n ** BigInt(period.length) - 1n;
    const tail = ratio(BigInt(period), nines * 10n ** BigInt(decimals), this.budget);
    const value = tail === undefined ? undefined : add(parseDecimal(fixed, this.budget), tail, this.budget);
    return value === undefined ? this.fail() : { kind: 'number', value };
  }

  protected symbol(): Expression {
    const token = this.token;
    this.position++;
    const letter = token?.text ?? '';
    if (letter === 'e' && !this.is('_')) return { kind: 'constant', name: 'e' };
    if (letter === 'i' && !this.is('_')) return { kind: 'constant', name: 'i' };
    return this.named(letter);
  }

  /** A name with its subscript and, for the letters of functions, its argument. */
  protected named(letter: string): Expression {
    let name = letter;
    if (this.take('_')) {
      const index = this.is('{') ? this.group() : this.argument();
      const simple = subscriptName(index);
      if (simple === undefined) return { kind: 'call', name: `@${letter}`, inputs: [index] };
      name = `${letter}_${simple}`;
    } else {
      const power = this.powerBeforeSubscript(letter);
      if (power !== undefined) return power;
    }
    const braced = this.is('{') && this.tokens[this.position + 1]?.text === '(';
    if (FUNCTION_LETTERS.test(letter) && (this.is('(') || braced) && this.token?.spaced !== true) {
      this.position += braced ? 2 : 1;
      const input = this.fresh(() => this.list(() => this.is(')')));
      this.expect(')');
      if (braced) this.expect('}');
      return { kind: 'call', name: `@${name}`, inputs: input.kind === 'list' ? input.items : [input] };
    }
    return { kind: 'symbol', name };
  }

  /** `v^2_0`: the subscript belongs to the name. */
  protected powerBeforeSubscript(letter: string): Expression | undefined {
    if (!this.is('^')) return undefined;
    const braced = this.tokens[this.position + 1]?.text === '{';
    const written = this.tokens[this.position + (braced ? 2 : 1)];
    const after = this.position + (braced ? 4 : 2);
    if (this.tokens[after]?.text !== '_' || written === undefined) return undefined;
    const whole = written.kind === 'number' && /^\d{1,6}$/.test(written.text);
    if (!whole && written.kind !== 'symbol') return undefined;
    const exponent: Expression = whole ? numberOf(BigInt(written.text)) : { kind: 'symbol', name: written.text };
    this.position = after + 1;
    const index = this.argument();
    const simple = subscriptName(index);
    const base: Expression =
      simple === undefined
        ? { kind: 'call', name: `@${letter}`, inputs: [index] }
        : { kind: 'symbol', name: `${letter}_${simple}` };
    return { kind: 'power', base, exponent };
  }

  protected command(name: string): Expression {
    this.position++;
    if (FUNCTIONS.has(name)) return this.function(name);
    if (BRACKET_FUNCTIONS.has(name)) {
      // `\max f`: read, and compared only as written.
      if (!this.is('(') && !this.is('\\{') && !this.is('{') && !this.is('begin', 'command')) return this.opaque(name);
      const inputs = name === 'det' && this.is('begin', 'command') ? [this.atom()] : this.bracketed();
      if (name === 'cbrt') return { kind: 'call', name: 'root', inputs: [...inputs, numberOf(3n)] };
      if (name === 'nthroot') return { kind: 'call', name: 'root', inputs };
      return { kind: 'call', name, inputs };
    }
    if (ACCENTS.has(name)) {
      const inner = this.argument();
      if (inner.kind === 'symbol') return { kind: 'symbol', name: `vector:${inner.name}` };
      if (inner.kind === 'constant') return { kind: 'symbol', name: `vector:${inner.name}` };
      return inner;
    }
    switch (name) {
      case 'pi':
        return { kind: 'constant', name: 'pi' };
      case 'infty':
        return INFINITY;
      case 'top':
        return { kind: 'symbol', name: 'top' };
      case 'emptyset':
      case 'varnothing':
        return { kind: 'set', items: [] };
      case 'reals':
        return { kind: 'reals' };
      case 'frac': {
        const top = this.argument();
        const bottom = this.argument();
        return { kind: 'product', factors: [top, { kind: 'power', base: bottom, exponent: MINUS_ONE }] };
      }
      case 'sqrt':
        return this.root();
      case 'binom':
        return { kind: 'call', name: 'binomial', inputs: [this.argument(), this.argument()] };
      case 'mathbb': {
        const inner = this.argument();
        const set = inner.kind === 'symbol' ? inner.name : '';
        if (!SETS.has(set)) return { kind: 'symbol', name: `set:${set}` };
        return set === 'R' ? { kind: 'reals' } : { kind: 'symbol', name: `set:${set}` };
      }
      case 'angle':
      case 'triangle':
        return this.power();
      case 'sum':
      case 'prod':
        return this.series(name);
      case 'int':
      case 'lim':
        return this.opaque(name);
      case 'begin':
        return this.environment();
      default:
        throw new NotUnderstood(`\\${name} is not known`);
    }
  }

  protected bracketed(): readonly Expression[] {
    const close = this.take('(') ? ')' : this.take('\\{') ? '\\}' : this.take('{') ? '}' : this.fail('(');
    const inner = this.fresh(() => this.list(() => this.is(close)));
    this.expect(close);
    return inner.kind === 'list' ? inner.items : [inner];
  }

  protected root(): Expression {
    if (!this.take('[')) {
      return { kind: 'call', name: 'root', inputs: [this.is('{') ? this.group() : this.atom(), numberOf(2n)] };
    }
    const degree = this.fresh(() => this.sum());
    this.expect(']');
    return { kind: 'call', name: 'root', inputs: [this.is('{') ? this.group() : this.atom(), degree] };
  }

  protected function(name: string): Expression {
    let base: Expression | undefined;
    let exponent: Expression | undefined;
    for (;;) {
      if (name === 'log' && base === undefined && this.take('_')) base = this.argument();
      else if (exponent === undefined && this.take('^')) exponent = this.exponent();
      else break;
    }
    // The base of log10(x) and log2(x) in plain text.
    const digits = name === 'log' && base === undefined ? this.token : undefined;
    if (digits?.kind === 'number' && !digits.spaced && /^(?:2|10)$/.test(digits.text)) {
      const next = this.tokens[this.position + 1];
      if (next?.text === '(' && !next.spaced) base = this.atom();
    }
    const input = this.functionInput();
    const inverse = exponent?.kind === 'number' && exponent.value.numerator === -1n && INVERTIBLE.has(name);
    const call: Expression = {
      kind: 'call',
      name: inverse ? `arc${name}` : name,
      inputs: base === undefined ? [input] : [input, base],
    };
    return exponent === undefined || inverse ? call : { kind: 'power', base: call, exponent };
  }

  /** What a function without brackets applies to: factors up to the next sign, operator or function. */
  protected functionInput(): Expression {
    return this.nest(() => {
      // The power in \sin(x)^2 is one of the sine; braces are not seen, so \sin{x}^2 is the sine of a power.
      if (this.is('(') || this.is('[')) return this.atom();
      if (this.is('{')) return this.power();
      const factors = [this.signed()];
      for (;;) {
        const token = this.token;
        if (token === undefined || !this.startsFactor(token)) break;
        if (token.kind === 'command' && FUNCTIONS.has(token.text)) break;
        if (token.text === '(' || token.text === '[') break;
        factors.push(this.power());
      }
      if (this.is('/') && this.tokens[this.position + 1]?.kind === 'number') {
        this.position++;
        factors.push({ kind: 'power', base: this.atom(), exponent: MINUS_ONE });
      }
      return product(factors);
    });
  }

  protected series(series: string): Expression {
    let low: Expression | undefined;
    let high: Expression | undefined;
    for (;;) {
      if (low === undefined && this.take('_')) low = this.argument();
      else if (high === undefined && this.take('^')) high = this.argument();
      else break;
    }
    const body = this.product();
    if (low?.kind === 'relation' && low.operators[0] === '=' && high !== undefined) {
      const [name, start] = low.operands;
      // An index called i or e is no constant.
      const variable: Expression | undefined =
        name?.kind === 'constant' ? { kind: 'symbol', name: `index:${name.name}` } : name;
      if (variable?.kind === 'symbol' && start !== undefined) {
        const terms =
          name?.kind !== 'constant'
            ? body
            : mapped(body, (part) => (part.kind === 'constant' && part.name === name.name ? variable : undefined));
        return { kind: 'call', name: series, inputs: [terms, variable, start, high] };
      }
    }
    const inputs = [body, low, high].filter((part): part is Expression => part !== undefined);
    return { kind: 'call', name: `?${series}`, inputs };
  }

  /** An integral or a limit: read, and compared only as written. */
  protected opaque(name: string): Expression {
    const inputs: Expression[] = [];
    while (this.is('_') || this.is('^')) {
      this.position++;
      if (this.take('{')) {
        inputs.push(this.fresh(() => this.list(() => this.is('}') || this.is('to'))));
        if (this.take('to')) inputs.push(this.sum());
        // From one side: `0^+`.
        if (this.take('+') || this.take('-'))
          inputs.push({ kind: 'text', text: this.tokens[this.position - 1]?.text ?? '' });
        this.expect('}');
      } else inputs.push(this.argument());
      if (this.take('to')) inputs.push(this.argument());
    }
    inputs.push(this.product());
    return { kind: 'call', name: `?${name}`, inputs };
  }

  protected operatorAtom(text: string): Expression {
    switch (text) {
      case '(':
      case '[':
        return this.bracket(text);
      case '<(': {
        this.position++;
        const inner = this.fresh(() => this.list(() => this.is(')>')));
        this.expect(')>');
        return { kind: 'bracket', open: '(', close: ')', items: inner.kind === 'list' ? inner.items : [inner] };
      }
      case '{': {
        const inner = this.nest(() => this.group());
        return inner.kind === 'list' ? { ...inner, braced: true } : inner;
      }
      case '\\{':
        return this.nest(() => this.set());
      case '|': {
        this.position++;
        const saved = this.barSeparates;
        this.barSeparates = false;
        this.openBars++;
        const inner = this.sum();
        this.expect('|');
        this.openBars--;
        this.barSeparates = saved;
        return { kind: 'call', name: 'abs', inputs: [inner] };
      }
      case 'lfloor':
      case 'lceil': {
        this.position++;
        const inner = this.fresh(() => this.sum());
        const floor = text === 'lfloor';
        this.expect(floor ? 'rfloor' : 'rceil');
        return { kind: 'call', name: floor ? 'floor' : 'ceil', inputs: [inner] };
      }
      case '$':
      case '€':
      case '£':
        this.position++;
        return { kind: 'quantity', value: this.amount(), unit: text };
      case '-':
      case '+':
      case 'pm':
      case 'mp':
        return this.nest(() => this.sum());
      default:
        return this.fail('a value');
    }
  }

  /** What stands after a sign of money: `$3.5 million`. */
  protected amount(): Expression {
    const value = this.signed();
    const factor = this.multiplier();
    return factor === undefined ? value : product([value, factor]);
  }

  protected bracket(open: '(' | '['): Expression {
    return this.nest(() => {
      this.position++;
      const inner = this.fresh(() => this.list(() => this.is(')') || this.is(']')));
      const close = this.is(']') ? ']' : ')';
      this.expect(close);
      if (inner.kind === 'list' && inner.joined === 'comma')
        return { kind: 'bracket', open, close, items: inner.items };
      // Brackets round one value only group it, also round a matrix.
      return inner;
    });
  }

  protected set(): Expression {
    this.expect('\\{');
    if (this.take('\\}')) return { kind: 'set', items: [] };
    const inner = this.fresh(() => {
      const first = this.list(() => this.is('\\}'));
      if (!this.take('|') && !this.take(':')) return first;
      this.barSeparates = false;
      this.colonSeparates = false;
      const property = this.list(() => this.is('\\}'));
      return { kind: 'builder', variable: first, property } as const;
    }, true);
    if (this.position < this.tokens.length) this.expect('\\}');
    if (inner.kind === 'builder') return inner;
    return { kind: 'set', items: inner.kind === 'list' ? inner.items : [inner] };
  }

  protected environmentName(): string {
    this.expect('{');
    let name = '';
    while (this.token !== undefined && !this.is('}')) {
      name += this.token.text;
      this.position++;
    }
    this.expect('}');
    return name.replace(/[* ]/g, '');
  }

  protected environment(): Expression {
    return this.nest(() => {
      const name = this.environmentName();
      if (name === 'array' || name === 'tabular') {
        // The column specification.
        if (this.is('{')) this.environmentName();
      }
      const matrix = /^(?:[pbvBV]?(?:small)?matrix|array)$/.test(name);
      const rows: Expression[][] = [[]];
      this.fresh(() => {
        for (;;) {
          if (this.token === undefined || this.is('end', 'command')) break;
          if (this.take('\\\\')) rows.push([]);
          else if (this.take('&')) continue;
          else if (this.take('hline', 'command')) continue;
          else if (!matrix && (this.take(',') || this.take(';'))) continue;
          else if (matrix) rows.at(-1)?.push(this.sets());
          else if (this.take('otherwise')) rows.at(-1)?.push(OTHERWISE);
          else {
            this.take('if');
            rows.at(-1)?.push(this.relation());
          }
        }
      });
      if (this.take('end', 'command')) this.environmentName();
      const filled = rows.filter((row) => row.length > 0);
      if (filled.length === 0) return this.fail('entries');
      if (!matrix) return { kind: 'list', items: name === 'cases' ? cases(filled) : filled.flat(), joined: 'comma' };
      const width = filled[0]?.length ?? 0;
      if (filled.some((row) => row.length !== width)) return this.fail('rows of one length');
      const result: Expression = { kind: 'matrix', rows: filled };
      return name === 'vmatrix' ? { kind: 'call', name: 'det', inputs: [result] } : result;
    });
  }
}

/** What is left of `x = 2` where values are listed. */
function lastOperand(node: Expression): Expression {
  return (node.kind === 'relation' ? node.operands.at(-1) : undefined) ?? node;
}

/** The rows of a function given by cases; those of a system of equations hold equations only. */
function cases(rows: readonly (readonly Expression[])[]): readonly Expression[] {
  const [first] = rows;
  const isFunction = first !== undefined && first.length > 1 && first[0]?.kind !== 'relation';
  if (!isFunction) return rows.flat();
  return rows.map(([value = OTHERWISE, ...conditions]) => {
    const [only] = conditions;
    return caseOf(value, conditions.length === 1 && only ? only : { kind: 'list', items: conditions, joined: 'and' });
  });
}

/** `1`, `37`, `n`, `AB`, `max`: a subscript that is part of a name. Anything computed is an index. */
function subscriptName(index: Expression): string | undefined {
  if (index.kind === 'number' && index.value.denominator === 1n) return String(index.value.numerator);
  if (index.kind === 'text') return index.text;
  if (index.kind === 'constant') return index.name;
  if (index.kind === 'symbol') return index.name;
  return undefined;
}
