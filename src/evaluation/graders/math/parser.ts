/**
 * Reads the tokens of one answer into an expression: recursive descent, a fixed depth, no repair of what is not
 * understood (it throws NotUnderstood, and the texts are then compared as texts).
 */
import { type Budget, NotUnderstood } from './budget.js';
import {
  type Expression,
  INFINITY,
  MINUS_ONE,
  negated,
  numberOf,
  product,
  type RelationOperator,
  sum,
} from './expression.js';
import { add, multiply, parseDecimal, power, ratio } from './rational.js';
import { type NumberStyle, type Token, tokenize } from './tokens.js';
import { ACCENTS, BRACKET_FUNCTIONS, FUNCTIONS, SETS, UNITS } from './vocabulary.js';

const MAX_DEPTH = 120;
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

/** Letters that name a function when a bracket follows: f(x) is a value of f, x(x+1) a product. */
const FUNCTION_LETTERS = /^[fghFGHPW]$/;

/** Reads a whole answer. Throws NotUnderstood. */
export function parseAnswer(text: string, style: NumberStyle, budget: Budget): Expression {
  const tokens = tokenize(text, style, budget);
  while (tokens.length > 0 && ['.', ',', ';', ':', '\\\\'].includes(tokens.at(-1)?.text ?? '')) tokens.pop();
  if (tokens.length === 0) throw new NotUnderstood('an empty answer');
  return new Parser(tokens, budget).answer();
}

class Parser {
  readonly #tokens: Token[];
  readonly #budget: Budget;
  #position = 0;
  #depth = 0;
  /** How many |...| are open, and whether a bar now separates (in a set) instead of opening. */
  #openBars = 0;
  #plusMinus = 0;
  #barSeparates = false;
  #colonSeparates = false;

  constructor(tokens: Token[], budget: Budget) {
    this.#tokens = tokens;
    this.#budget = budget;
  }

  answer(): Expression {
    const result = this.#list(() => this.#position >= this.#tokens.length);
    if (this.#position < this.#tokens.length) this.#fail();
    return result;
  }

  get #token(): Token | undefined {
    return this.#tokens[this.#position];
  }

  #is(text: string, kind: Token['kind'] = 'operator'): boolean {
    const token = this.#token;
    return token !== undefined && token.kind === kind && token.text === text;
  }

  #take(text: string, kind: Token['kind'] = 'operator'): boolean {
    if (!this.#is(text, kind)) return false;
    this.#position++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(text);
  }

  #fail(wanted?: string): never {
    const found = this.#token;
    const what = found === undefined ? 'the end' : `"${found.text}"`;
    throw new NotUnderstood(wanted === undefined ? `${what} was not expected` : `expected ${wanted}, found ${what}`);
  }

  #nest<T>(read: () => T): T {
    this.#budget.spend(1);
    if (++this.#depth > MAX_DEPTH) throw new NotUnderstood(`nested deeper than ${MAX_DEPTH}`);
    const result = read();
    this.#depth--;
    return result;
  }

  /** Reads with bars and colons meaning what they mean inside fresh brackets. */
  #fresh<T>(read: () => T, separates = false): T {
    const saved = [this.#openBars, this.#barSeparates, this.#colonSeparates] as const;
    this.#openBars = 0;
    this.#barSeparates = separates;
    this.#colonSeparates = separates;
    const result = read();
    [this.#openBars, this.#barSeparates, this.#colonSeparates] = saved;
    return result;
  }

  /** Answers separated by commas, semicolons, `and`, `or`. */
  #list(ended: () => boolean): Expression {
    return this.#nest(() => {
      const items = [this.#relation()];
      let joined: 'and' | 'or' | 'comma' = 'comma';
      while (!ended()) {
        let separated = false;
        for (;;) {
          if (this.#take(',') || this.#take(';') || this.#take('\\\\')) separated = true;
          else if (this.#is('and') || this.#is('or')) {
            joined = this.#is('or') ? 'or' : 'and';
            separated = true;
            this.#position++;
          } else break;
        }
        if (!separated) break;
        if (ended()) break;
        items.push(this.#relation());
      }
      const [only] = items;
      return items.length === 1 && only !== undefined ? only : { kind: 'list', items, joined };
    });
  }

  #relation(): Expression {
    return this.#nest(() => {
      const operands = [this.#sets()];
      const operators: RelationOperator[] = [];
      let approximate = false;
      for (;;) {
        const token = this.#token;
        if (token === undefined || token.kind !== 'operator') break;
        const negate = token.text === 'not';
        const operator = negate ? this.#negatedRelation() : RELATIONS[token.text];
        if (operator === undefined && token.text !== '~') break;
        this.#position++;
        // `x ~ 3.1` states a value; `x = pi ~ 3.1` has stated it already.
        if (operator === undefined && operators.length > 0) approximate = true;
        const operand = this.#sets();
        if (approximate) continue;
        if (operator === undefined && operands[0]?.kind !== 'symbol' && operands[0]?.kind !== 'text') {
          approximate = true;
          continue;
        }
        operators.push(operator ?? '=');
        operands.push(operand);
      }
      const modulus = this.#modulus();
      const [only] = operands;
      const result: Expression =
        operators.length === 0 && only !== undefined ? only : { kind: 'relation', operands, operators };
      return modulus === undefined ? result : { kind: 'quantity', value: result, unit: `mod ${modulus}` };
    });
  }

  #negatedRelation(): RelationOperator {
    this.#position++;
    if (this.#is('=')) return '!=';
    return this.#fail('= after \\not');
  }

  /** `(mod 7)`, `\pmod{7}`: returns the modulus as written. */
  #modulus(): string | undefined {
    const start = this.#position;
    if (this.#take('pmod', 'command')) {
      const group = this.#argument();
      return group.kind === 'number' ? String(group.value.numerator) : '?';
    }
    if (
      this.#take('(') &&
      (this.#take('mod', 'command') || this.#take('bmod', 'command') || this.#take('mod', 'words'))
    ) {
      const token = this.#token;
      this.#position++;
      if (token?.kind === 'number' && this.#take(')')) return token.text;
    }
    this.#position = start;
    return undefined;
  }

  #sets(): Expression {
    let left = this.#proportion();
    for (;;) {
      const union = this.#is('U', 'symbol') && (left.kind === 'bracket' || left.kind === 'setOperation');
      if (union || this.#is('cup')) {
        this.#position++;
        left = { kind: 'setOperation', operator: 'union', left, right: this.#proportion() };
      } else if (this.#take('cap')) {
        left = { kind: 'setOperation', operator: 'intersection', left, right: this.#proportion() };
      } else if (this.#take('setminus')) {
        left = { kind: 'setOperation', operator: 'difference', left, right: this.#proportion() };
      } else return left;
    }
  }

  #proportion(): Expression {
    const first = this.#sum();
    if (this.#colonSeparates || !this.#is(':')) return first;
    const start = this.#position;
    const parts = [first];
    while (this.#take(':')) parts.push(this.#sum());
    const source = this.#tokens
      .slice(start - 1, this.#position)
      .map((token) => token.text)
      .join('');
    return { kind: 'proportion', parts, source };
  }

  #sum(): Expression {
    return this.#nest(() => {
      let left: Expression | undefined;
      let terms: Expression[] = [];
      const close = (): Expression | undefined => {
        const all = left === undefined ? terms : [left, ...terms];
        return all.length === 0 ? undefined : sum(all);
      };
      if (this.#is('+') || this.#is('-') || this.#is('pm') || this.#is('mp')) {
        // A sign in front.
      } else left = this.#product();
      for (;;) {
        if (this.#take('+')) {
          if (this.#is('...')) this.#fail();
          terms.push(this.#product());
        } else if (this.#take('-')) terms.push(negated(this.#product()));
        else if (this.#is('pm') || this.#is('mp')) {
          if (++this.#plusMinus > MAX_SIGNS) throw new NotUnderstood(`more than ${MAX_SIGNS} signs of two readings`);
          const upper = this.#is('pm') ? 1 : -1;
          this.#position++;
          const right = this.#product();
          const before = close();
          left =
            before === undefined
              ? { kind: 'plusMinus', right, upper }
              : { kind: 'plusMinus', left: before, right, upper };
          terms = [];
        } else break;
      }
      return close() ?? this.#fail();
    });
  }

  #product(): Expression {
    return this.#nest(() => {
      const factors: Expression[] = [this.#signed()];
      for (;;) {
        const token = this.#token;
        if (token === undefined) break;
        if (this.#take('*')) factors.push(this.#signed());
        else if (this.#take('/')) {
          const words = this.#token;
          const unit = factors.at(-1);
          const named = words?.kind === 'words' || (words?.kind === 'symbol' && UNITS.has(words.text));
          if (named && unit?.kind === 'quantity') {
            this.#position++;
            factors[factors.length - 1] = { ...unit, unit: `${unit.unit}/${words.text}` };
          } else factors.push({ kind: 'power', base: this.#signed(), exponent: MINUS_ONE });
        } else if (this.#take('over')) {
          const bottom = this.#product();
          return product([...factors, { kind: 'power', base: bottom, exponent: MINUS_ONE }]);
        } else if (this.#take('choose', 'command')) {
          return { kind: 'call', name: 'binomial', inputs: [product(factors), this.#product()] };
        } else if (this.#take('bmod', 'command') || this.#take('mod', 'command')) {
          return { kind: 'call', name: 'mod', inputs: [product(factors), this.#signed()] };
        } else if (this.#isUnit(token)) {
          const value = product(factors.splice(0));
          factors.push({ kind: 'quantity', value, unit: this.#unit() });
        } else if (this.#startsFactor(token)) {
          const previous = factors.at(-1);
          const next = this.#power();
          const mixed = this.#mixed(previous, next, token);
          if (mixed !== undefined) factors[factors.length - 1] = mixed;
          else if (next.kind === 'number' && token.kind === 'number' && previous?.kind === 'number') this.#fail();
          else factors.push(next);
        } else break;
      }
      return product(factors);
    });
  }

  #isUnit(token: Token): boolean {
    return token.kind === 'words' || (token.kind === 'operator' && ['%', 'degree', '$', '€', '£'].includes(token.text));
  }

  #unit(): string {
    const token = this.#token;
    this.#position++;
    if (token === undefined) return this.#fail();
    if (token.text === '%') return this.#take('words', 'words') ? '%' : '%';
    let name = token.text.replace(/^[-,.\s]+|[.,\s]+$/g, '');
    if (this.#take('^')) {
      const exponent = this.#exponent();
      if (exponent.kind === 'number') name += `^${exponent.value.numerator}`;
    }
    if (token.text === 'degree') {
      const scale = this.#token;
      // Degrees Celsius and Fahrenheit.
      if (scale?.kind === 'symbol' && (scale.text === 'C' || scale.text === 'F')) this.#position++;
      else if (scale?.kind === 'words') this.#position++;
    }
    return name === '' ? '?' : name;
  }

  /** 1 4/5 and 1\frac{4}{5}: a whole number followed by a fraction of whole numbers. */
  #mixed(whole: Expression | undefined, next: Expression, token: Token): Expression | undefined {
    if (whole?.kind !== 'number' || whole.value.denominator !== 1n || whole.decimals !== undefined) return undefined;
    const before = this.#tokens[this.#position - 1];
    const fraction = token.kind === 'command' && token.text === 'frac' && before?.text !== ')';
    if (fraction) {
      const parts = fractionParts(next);
      if (parts === undefined || whole.value.numerator === 0n) return undefined;
      const value = ratio(parts[0], parts[1], this.#budget);
      return value === undefined ? undefined : sum([whole, { kind: 'number', value }]);
    }
    if (token.kind !== 'number' || !token.spaced || next.kind !== 'number' || !this.#is('/')) return undefined;
    const bottom = this.#tokens[this.#position + 1];
    if (bottom?.kind !== 'number' || next.value.denominator !== 1n) return undefined;
    this.#position += 2;
    const divisor = parseDecimal(bottom.text, this.#budget);
    const value = ratio(next.value.numerator * divisor.denominator, divisor.numerator, this.#budget);
    return value === undefined ? this.#fail() : sum([whole, { kind: 'number', value }]);
  }

  #startsFactor(token: Token): boolean {
    if (token.kind === 'number' || token.kind === 'symbol')
      return !(token.kind === 'symbol' && this.#unionLetter(token));
    if (token.kind === 'command') return token.text !== 'pmod' && token.text !== 'end' && token.text !== 'mod';
    if (token.kind === 'words') return false;
    if (token.text === '|') return this.#openBars === 0 && !this.#barSeparates;
    if (token.text === '(') {
      const next = this.#tokens[this.#position + 1];
      return !(next?.text === 'mod' || next?.text === 'bmod');
    }
    return ['[', '{', '\\{', 'lfloor', 'lceil', '<('].includes(token.text);
  }

  #unionLetter(token: Token): boolean {
    const previous = this.#tokens[this.#position - 1];
    const next = this.#tokens[this.#position + 1];
    return token.text === 'U' && [')', ']'].includes(previous?.text ?? '') && ['(', '['].includes(next?.text ?? '');
  }

  #signed(): Expression {
    if (this.#take('-')) return negated(this.#nest(() => this.#signed()));
    if (this.#take('+')) return this.#nest(() => this.#signed());
    return this.#power();
  }

  /** An atom with its factorials, exponents, primes and percent signs. */
  #power(): Expression {
    let base = this.#atom();
    for (;;) {
      if (this.#take('!')) base = { kind: 'call', name: 'factorial', inputs: [base] };
      else if (this.#take("'")) base = { kind: 'call', name: 'prime', inputs: [base] };
      else if (this.#is('^')) {
        const next = this.#tokens[this.#position + 1];
        const inner = this.#tokens[this.#position + 2];
        if (next?.text === 'degree' || (next?.text === '{' && inner?.text === 'degree')) {
          this.#position += next.text === '{' ? 3 : 2;
          if (next.text === '{') this.#expect('}');
          base = { kind: 'quantity', value: base, unit: 'degree' };
          if (this.#is('C', 'symbol') || this.#is('F', 'symbol')) this.#position++;
        } else if (next?.text === "'" || (next?.text === '{' && inner?.text === "'")) {
          this.#position += next.text === '{' ? 3 : 2;
          if (next.text === '{') this.#expect('}');
          base = { kind: 'call', name: 'prime', inputs: [base] };
        } else {
          this.#position++;
          base = { kind: 'power', base, exponent: this.#exponent() };
        }
      } else if (this.#is('degree')) {
        this.#position++;
        base = { kind: 'quantity', value: base, unit: 'degree' };
        if (this.#is('C', 'symbol') || this.#is('F', 'symbol')) this.#position++;
      } else return base;
    }
  }

  #exponent(): Expression {
    return this.#nest(() => {
      if (this.#take('-')) return negated(this.#exponent());
      if (this.#take('+')) return this.#exponent();
      if (this.#take('*')) return { kind: 'symbol', name: '*' };
      const atom = this.#atom();
      if (!this.#take('^')) return atom;
      return { kind: 'power', base: atom, exponent: this.#exponent() };
    });
  }

  /** The argument of a command: a group, or the next single digit, letter or command. */
  #argument(): Expression {
    return this.#nest(() => {
      const token = this.#token;
      if (token === undefined) return this.#fail('an argument');
      if (this.#is('{')) return this.#group();
      if (token.kind === 'number' && token.text.length > 1 && /^\d+$/.test(token.text)) {
        this.#tokens[this.#position] = { ...token, text: token.text.slice(1) };
        return numberOf(BigInt(token.text[0] ?? '0'));
      }
      if (this.#take('-')) return negated(this.#argument());
      return this.#atom();
    });
  }

  #group(): Expression {
    this.#expect('{');
    const inner = this.#fresh(() => this.#list(() => this.#is('}')));
    // An answer cut in its last group is still read.
    if (this.#position < this.#tokens.length) this.#expect('}');
    return inner;
  }

  #atom(): Expression {
    const token = this.#token;
    if (token === undefined) return this.#fail('a value');
    this.#budget.spend(1);
    switch (token.kind) {
      case 'number':
        return this.#number(token.text);
      case 'symbol':
        return this.#symbol();
      case 'words':
        this.#position++;
        return { kind: 'text', text: token.text };
      case 'command':
        return this.#command(token.text);
      case 'operator':
        return this.#operatorAtom(token.text);
    }
  }

  #number(text: string): Expression {
    this.#position++;
    const [fixed = '', period] = text.split('r');
    if (period !== undefined) return this.#repeating(fixed, period);
    const [mantissa = text, exponent] = text.split('e');
    let value = parseDecimal(mantissa, this.#budget);
    if (exponent !== undefined) {
      const scale = power(numberOf10, { numerator: BigInt(exponent), denominator: 1n }, this.#budget);
      const scaled = scale === undefined ? undefined : multiply(value, scale, this.#budget);
      if (scaled === undefined) return this.#fail();
      value = scaled;
    }
    const point = mantissa.indexOf('.');
    const decimals = point < 0 ? undefined : mantissa.length - point - 1;
    if (this.#is('_') && point < 0) return this.#based(text);
    return decimals === undefined ? { kind: 'number', value } : { kind: 'number', value, decimals };
  }

  #based(digits: string): Expression {
    this.#expect('_');
    const base = this.#is('{') ? this.#group() : this.#atom();
    return { kind: 'based', digits, base };
  }

  /** 0.1r6: the digits after the r repeat for ever. */
  #repeating(fixed: string, period: string): Expression {
    const decimals = fixed.length - fixed.indexOf('.') - 1;
    const nines = 10n ** BigInt(period.length) - 1n;
    const tail = ratio(BigInt(period), nines * 10n ** BigInt(decimals), this.#budget);
    const value = tail === undefined ? undefined : add(parseDecimal(fixed, this.#budget), tail, this.#budget);
    return value === undefined ? this.#fail() : { kind: 'number', value };
  }

  #symbol(): Expression {
    const token = this.#token;
    this.#position++;
    const letter = token?.text ?? '';
    if (letter === 'e' && !this.#is('_')) return { kind: 'constant', name: 'e' };
    if (letter === 'i' && !this.#is('_')) return { kind: 'constant', name: 'i' };
    return this.#named(letter);
  }

  /** A name with its subscript and, for the letters of functions, its argument. */
  #named(letter: string): Expression {
    let name = letter;
    if (this.#take('_')) {
      const index = this.#is('{') ? this.#group() : this.#argument();
      const simple = subscriptName(index);
      if (simple === undefined) return { kind: 'call', name: `@${letter}`, inputs: [index] };
      name = `${letter}_${simple}`;
    }
    if (FUNCTION_LETTERS.test(letter) && this.#is('(') && this.#token?.spaced !== true) {
      this.#position++;
      const input = this.#fresh(() => this.#list(() => this.#is(')')));
      this.#expect(')');
      return { kind: 'call', name: `@${name}`, inputs: input.kind === 'list' ? input.items : [input] };
    }
    return { kind: 'symbol', name };
  }

  #command(name: string): Expression {
    this.#position++;
    if (FUNCTIONS.has(name)) return this.#function(name);
    if (BRACKET_FUNCTIONS.has(name)) {
      const inputs = name === 'det' && this.#is('begin', 'command') ? [this.#atom()] : this.#bracketed();
      return { kind: 'call', name, inputs };
    }
    if (ACCENTS.has(name)) {
      const inner = this.#argument();
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
        const top = this.#argument();
        const bottom = this.#argument();
        return { kind: 'product', factors: [top, { kind: 'power', base: bottom, exponent: MINUS_ONE }] };
      }
      case 'sqrt':
        return this.#root();
      case 'binom':
        return { kind: 'call', name: 'binomial', inputs: [this.#argument(), this.#argument()] };
      case 'mathbb': {
        const inner = this.#argument();
        const set = inner.kind === 'symbol' ? inner.name : '';
        if (!SETS.has(set)) return { kind: 'symbol', name: `set:${set}` };
        return set === 'R' ? { kind: 'reals' } : { kind: 'symbol', name: `set:${set}` };
      }
      case 'angle':
      case 'triangle':
        return this.#power();
      case 'sum':
      case 'prod':
        return this.#series(name);
      case 'int':
      case 'lim':
        return this.#opaque(name);
      case 'begin':
        return this.#environment();
      default:
        throw new NotUnderstood(`\\${name} is not known`);
    }
  }

  #bracketed(): readonly Expression[] {
    const close = this.#take('(') ? ')' : this.#take('\\{') ? '\\}' : this.#fail('(');
    const inner = this.#fresh(() => this.#list(() => this.#is(close)));
    this.#expect(close);
    return inner.kind === 'list' ? inner.items : [inner];
  }

  #root(): Expression {
    if (!this.#take('[')) {
      return { kind: 'call', name: 'root', inputs: [this.#is('{') ? this.#group() : this.#atom(), numberOf(2n)] };
    }
    const degree = this.#fresh(() => this.#sum());
    this.#expect(']');
    return { kind: 'call', name: 'root', inputs: [this.#is('{') ? this.#group() : this.#atom(), degree] };
  }

  #function(name: string): Expression {
    let base: Expression | undefined;
    let exponent: Expression | undefined;
    for (;;) {
      if (name === 'log' && base === undefined && this.#take('_')) base = this.#argument();
      else if (exponent === undefined && this.#take('^')) exponent = this.#exponent();
      else break;
    }
    const input = this.#functionInput();
    const inverse =
      exponent?.kind === 'number' && exponent.value.numerator === -1n && /^(sin|cos|tan|cot|sec|csc)$/.test(name);
    const call: Expression = {
      kind: 'call',
      name: inverse ? `arc${name}` : name,
      inputs: base === undefined ? [input] : [input, base],
    };
    return exponent === undefined || inverse ? call : { kind: 'power', base: call, exponent };
  }

  /** What a function without brackets applies to: factors up to the next sign, operator or function. */
  #functionInput(): Expression {
    return this.#nest(() => {
      if (this.#is('(') || this.#is('[') || this.#is('{')) return this.#power();
      const factors = [this.#signed()];
      for (;;) {
        const token = this.#token;
        if (token === undefined || !this.#startsFactor(token)) break;
        if (token.kind === 'command' && FUNCTIONS.has(token.text)) break;
        if (token.text === '(' || token.text === '[') break;
        factors.push(this.#power());
      }
      if (this.#is('/') && this.#tokens[this.#position + 1]?.kind === 'number') {
        this.#position++;
        factors.push({ kind: 'power', base: this.#atom(), exponent: MINUS_ONE });
      }
      return product(factors);
    });
  }

  #series(name: string): Expression {
    let low: Expression | undefined;
    let high: Expression | undefined;
    for (;;) {
      if (low === undefined && this.#take('_')) low = this.#argument();
      else if (high === undefined && this.#take('^')) high = this.#argument();
      else break;
    }
    const body = this.#product();
    if (low?.kind === 'relation' && low.operators[0] === '=' && high !== undefined) {
      const [variable, start] = low.operands;
      if (variable?.kind === 'symbol' && start !== undefined) {
        return { kind: 'call', name, inputs: [body, variable, start, high] };
      }
    }
    const inputs = [body, low, high].filter((part): part is Expression => part !== undefined);
    return { kind: 'call', name: `?${name}`, inputs };
  }

  /** An integral or a limit: read, and compared only as written. */
  #opaque(name: string): Expression {
    const inputs: Expression[] = [];
    while (this.#is('_') || this.#is('^')) {
      this.#position++;
      inputs.push(this.#argument());
      if (this.#take('to')) inputs.push(this.#argument());
    }
    inputs.push(this.#product());
    return { kind: 'call', name: `?${name}`, inputs };
  }

  #operatorAtom(text: string): Expression {
    switch (text) {
      case '(':
      case '[':
        return this.#bracket(text);
      case '<(': {
        this.#position++;
        const inner = this.#fresh(() => this.#list(() => this.#is(')>')));
        this.#expect(')>');
        return { kind: 'bracket', open: '(', close: ')', items: inner.kind === 'list' ? inner.items : [inner] };
      }
      case '{': {
        const inner = this.#nest(() => this.#group());
        return inner.kind === 'list' ? { ...inner, braced: true } : inner;
      }
      case '\\{':
        return this.#nest(() => this.#set());
      case '|': {
        this.#position++;
        const saved = this.#barSeparates;
        this.#barSeparates = false;
        this.#openBars++;
        const inner = this.#sum();
        this.#expect('|');
        this.#openBars--;
        this.#barSeparates = saved;
        return { kind: 'call', name: 'abs', inputs: [inner] };
      }
      case 'lfloor':
      case 'lceil': {
        this.#position++;
        const inner = this.#fresh(() => this.#sum());
        const floor = text === 'lfloor';
        this.#expect(floor ? 'rfloor' : 'rceil');
        return { kind: 'call', name: floor ? 'floor' : 'ceil', inputs: [inner] };
      }
      case '$':
      case '€':
      case '£':
        this.#position++;
        return { kind: 'quantity', value: this.#signed(), unit: text };
      case '-':
      case '+':
      case 'pm':
      case 'mp':
        return this.#nest(() => this.#sum());
      default:
        return this.#fail('a value');
    }
  }

  #bracket(open: '(' | '['): Expression {
    return this.#nest(() => {
      this.#position++;
      const inner = this.#fresh(() => this.#list(() => this.#is(')') || this.#is(']')));
      const close = this.#is(']') ? ']' : ')';
      this.#expect(close);
      if (inner.kind === 'list' && inner.joined === 'comma')
        return { kind: 'bracket', open, close, items: inner.items };
      // Brackets round one value only group it, also round a matrix.
      return inner;
    });
  }

  #set(): Expression {
    this.#expect('\\{');
    if (this.#take('\\}')) return { kind: 'set', items: [] };
    const inner = this.#fresh(() => {
      const first = this.#list(() => this.#is('\\}'));
      if (!this.#take('|') && !this.#take(':')) return first;
      this.#barSeparates = false;
      this.#colonSeparates = false;
      const property = this.#list(() => this.#is('\\}'));
      return { kind: 'builder', variable: first, property } as const;
    }, true);
    if (this.#position < this.#tokens.length) this.#expect('\\}');
    if (inner.kind === 'builder') return inner;
    return { kind: 'set', items: inner.kind === 'list' ? inner.items : [inner] };
  }

  #environmentName(): string {
    this.#expect('{');
    let name = '';
    while (this.#token !== undefined && !this.#is('}')) {
      name += this.#token.text;
      this.#position++;
    }
    this.#expect('}');
    return name.replace(/[* ]/g, '');
  }

  #environment(): Expression {
    return this.#nest(() => {
      const name = this.#environmentName();
      if (name === 'array' || name === 'tabular') {
        // The column specification.
        if (this.#is('{')) this.#environmentName();
      }
      const matrix = /^(?:[pbvBV]?(?:small)?matrix|array)$/.test(name);
      const rows: Expression[][] = [[]];
      this.#fresh(() => {
        for (;;) {
          if (this.#token === undefined || this.#is('end', 'command')) break;
          if (this.#take('\\\\')) rows.push([]);
          else if (this.#take('&')) continue;
          else if (this.#take('hline', 'command')) continue;
          else if (!matrix && (this.#take(',') || this.#take(';'))) continue;
          else rows.at(-1)?.push(matrix ? this.#sets() : this.#relation());
        }
      });
      if (this.#take('end', 'command')) this.#environmentName();
      const filled = rows.filter((row) => row.length > 0);
      if (filled.length === 0) return this.#fail('entries');
      if (!matrix) return { kind: 'list', items: filled.flat(), joined: 'comma' };
      const width = filled[0]?.length ?? 0;
      if (filled.some((row) => row.length !== width)) return this.#fail('rows of one length');
      const result: Expression = { kind: 'matrix', rows: filled };
      return name === 'vmatrix' ? { kind: 'call', name: 'det', inputs: [result] } : result;
    });
  }
}

const numberOf10 = { numerator: 10n, denominator: 1n };

function fractionParts(node: Expression): readonly [bigint, bigint] | undefined {
  if (node.kind !== 'product' || node.factors.length !== 2) return undefined;
  const [top, inverse] = node.factors;
  if (top?.kind !== 'number' || inverse?.kind !== 'power' || inverse.base.kind !== 'number') return undefined;
  if (top.value.denominator !== 1n || inverse.base.value.denominator !== 1n || top.value.numerator < 0n)
    return undefined;
  return [top.value.numerator, inverse.base.value.numerator];
}

/** `1`, `37`, `n`, `AB`, `max`: a subscript that is part of a name. Anything computed is an index. */
function subscriptName(index: Expression): string | undefined {
  if (index.kind === 'number' && index.value.denominator === 1n) return String(index.value.numerator);
  if (index.kind === 'text') return index.text;
  if (index.kind === 'constant') return index.name;
  if (index.kind === 'symbol') return index.name;
  return undefined;
}
