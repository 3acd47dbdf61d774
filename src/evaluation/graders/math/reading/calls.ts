/** Reads functions, roots, sums, integrals and limits with what they apply to. */
import { type Expression, MINUS_ONE, mapped, numberOf, product, sum } from '../tree/expression.js';
import { FUNCTIONS, INVERTIBLE } from '../tree/vocabulary.js';
import { TokenReader } from './tokens/token-reader.js';

export abstract class CallReader extends TokenReader {
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
      if (name === 'log' && base === undefined && this.take('_')) base = this.logarithmBase();
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
    if (name === 'cis') return this.unitComplex(input, exponent);
    const inverse = exponent?.kind === 'number' && exponent.value.numerator === -1n && INVERTIBLE.has(name);
    const call: Expression = {
      kind: 'call',
      name: inverse ? `arc${name}` : name,
      inputs: base === undefined ? [input] : [input, base],
    };
    return exponent === undefined || inverse ? call : { kind: 'power', base: call, exponent };
  }

  /** cis t is cos t + i sin t. */
  protected unitComplex(angle: Expression, exponent: Expression | undefined): Expression {
    const call = (name: string): Expression => ({ kind: 'call', name, inputs: [angle] });
    const value = sum([call('cos'), product([{ kind: 'constant', name: 'i' }, call('sin')])]);
    return exponent === undefined ? value : { kind: 'power', base: value, exponent };
  }

  /** `log_10(x)`: TeX's one digit would make the base 1, which is none. */
  protected logarithmBase(): Expression {
    const token = this.token;
    return token?.kind === 'number' && /^1\d+$/.test(token.text) ? this.atom() : this.argument();
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
}
