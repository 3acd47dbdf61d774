/** Reads what stands without an operator: numbers, names, commands, brackets, sets and matrices. */

import { add, multiply, parseDecimal, power, ratio } from '../tree/bounded-rational.js';
import { NotUnderstood } from '../tree/budget.js';
import { type Expression, INFINITY, keyOf, MINUS_ONE, negated, numberOf, product } from '../tree/expression.js';
import { ACCENTS, BRACKET_FUNCTIONS, FUNCTIONS, SETS } from '../tree/vocabulary.js';
import { EnvironmentReader } from './environments.js';
import { phraseMeaning, readPhrase } from './words/phrases.js';

/** Letters that name a function when a bracket follows: f(x) is a value of f, x(x+1) a product. */
const FUNCTION_LETTERS = /^[fghFGHPW]$/;

const TEN = { numerator: 10n, denominator: 1n };

export abstract class AtomReader extends EnvironmentReader {
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
        return this.indexed(this.words(token.text));
      case 'command':
        return this.command(token.text);
      case 'operator':
        return this.operatorAtom(token.text);
    }
  }

  /** `\\text{Area}_{ABC}`: the subscript belongs to the name in words. */
  protected indexed(words: Expression): Expression {
    if (words.kind !== 'text' || !this.is('_') || this.position < 1) return words;
    this.position++;
    const index = this.is('{') ? this.group() : this.argument();
    return { kind: 'text', text: `${words.text} ${keyOf(index, this.budget)}` };
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
    const written = this.is('{') ? this.group() : this.atom();
    // `52_{\text{eight}}`
    const base = written.kind === 'text' ? (readPhrase(written.text) ?? written) : written;
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
      const called = this.charge() ?? this.functionSubscript();
      const index: Expression = called ?? (this.is('{') ? this.group() : this.argument());
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
    // C(5, 2), and C times what stands in the bracket.
    if (name === 'C' && this.is('(') && this.token?.spaced !== true) {
      const inner = this.bracket('(');
      const [n, k] = inner.kind === 'bracket' && inner.items.length === 2 ? inner.items : [];
      if (n !== undefined && k !== undefined) return { kind: 'call', name: 'binomial', inputs: [n, k] };
      return product([{ kind: 'symbol', name }, inner]);
    }
    return { kind: 'symbol', name };
  }

  /** `4+` in brackets, the charge of an ion. */
  protected charge(): Expression | undefined {
    const [open, size, sign, close] = this.tokens.slice(this.position, this.position + 4);
    if (open?.text !== '(' && open?.text !== '{') return undefined;
    if (size?.kind !== 'number' || !(sign?.text === '+' || sign?.text === '-')) return undefined;
    if (close?.text !== (open.text === '(' ? ')' : '}')) return undefined;
    this.position += 4;
    return { kind: 'symbol', name: `${size.text}${sign.text}` };
  }

  /** `m_{\max}`: the name of a function alone. */
  protected functionSubscript(): Expression | undefined {
    const braced = this.is('{');
    const name = this.tokens[this.position + (braced ? 1 : 0)];
    if (name?.kind !== 'command' || !(FUNCTIONS.has(name.text) || BRACKET_FUNCTIONS.has(name.text))) return undefined;
    if (braced && this.tokens[this.position + 2]?.text !== '}') return undefined;
    this.position += braced ? 3 : 1;
    return { kind: 'text', text: name.text };
  }

  /** `v^2_0`: the subscript belongs to the name. */
  protected powerBeforeSubscript(letter: string): Expression | undefined {
    if (!this.is('^')) return undefined;
    const braced = this.tokens[this.position + 1]?.text === '{';
    const signed = this.tokens[this.position + (braced ? 2 : 1)]?.text === '-';
    const written = this.tokens[this.position + (braced ? 2 : 1) + (signed ? 1 : 0)];
    const after = this.position + (braced ? 4 : 2) + (signed ? 1 : 0);
    if (this.tokens[after]?.text !== '_' || written === undefined) return undefined;
    const whole = written.kind === 'number' && /^\d{1,6}$/.test(written.text);
    if (!whole && written.kind !== 'symbol') return undefined;
    const power: Expression = whole ? numberOf(BigInt(written.text)) : { kind: 'symbol', name: written.text };
    const exponent = signed ? negated(power) : power;
    this.position = after + 1;
    const index = this.functionSubscript() ?? this.argument();
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
      if (name === 'nthroot')
        return { kind: 'call', name: 'root', inputs: inputs.length === 1 ? [...inputs, numberOf(2n)] : inputs };
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
      case 'oslash':
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
      case 'bigcup':
      case 'bigcap':
      case 'int':
      case 'lim':
        return this.opaque(name);
      case 'begin':
        return this.environment();
      default:
        throw new NotUnderstood(`\\${name} is not known`);
    }
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
      case '¥':
      case '₹':
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
      // `[x = 1, y = 2]` as programs write solutions.
      const equations = open === '[' && inner.kind === 'list' && inner.items.every((item) => item.kind === 'relation');
      if (equations) return inner;
      if (inner.kind === 'list' && inner.joined === 'comma')
        return { kind: 'bracket', open, close, items: inner.items };
      // Brackets round one value only group it, also round a matrix.
      return inner;
    });
  }
}

/** What is left of `x = 2` where values are listed. */
function lastOperand(node: Expression): Expression {
  return (node.kind === 'relation' ? node.operands.at(-1) : undefined) ?? node;
}

/** `1`, `37`, `n`, `AB`, `max`: a subscript that is part of a name. Anything computed is an index. */
function subscriptName(index: Expression): string | undefined {
  if (index.kind === 'number' && index.value.denominator === 1n) return String(index.value.numerator);
  if (index.kind === 'text') return index.text;
  if (index.kind === 'constant') return index.name;
  if (index.kind === 'symbol') return index.name;
  return undefined;
}
