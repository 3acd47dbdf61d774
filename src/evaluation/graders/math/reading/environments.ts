/** Reads sets in braces, and environments: matrices, systems of equations, functions by cases. */
import { caseOf, type Expression, OTHERWISE } from '../tree/expression.js';
import { CallReader } from './calls.js';

export abstract class EnvironmentReader extends CallReader {
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
          else if (!matrix && (this.take(',') || this.take(';') || this.take('.'))) continue;
          else if (matrix) rows.at(-1)?.push(this.sets());
          else if (this.take('otherwise')) rows.at(-1)?.push(OTHERWISE);
          // In a column of its own, too: `& if & x > 0`.
          else if (this.take('if')) continue;
          else rows.at(-1)?.push(this.relation());
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
