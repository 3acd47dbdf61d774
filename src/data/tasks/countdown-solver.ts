import { InputError, type Place } from '../../errors.js';
import { combine, integer, type Operator, type Rational, rationalText } from '../../rational.js';

/** An expression over the given numbers; each leaf is one of them. */
export type CountdownExpression =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: CountdownExpression;
      readonly right: CountdownExpression;
    };

type Solution =
  | { readonly kind: 'found'; readonly expression: CountdownExpression }
  | { readonly kind: 'impossible' }
  /** The search reached its limit of combinations. */
  | { readonly kind: 'unknown' };

/** The value of an expression, exactly; undefined where it divides by zero. */
export function exactValue(expression: CountdownExpression): Rational | undefined {
  if (expression.kind === 'number') return integer(BigInt(expression.value));
  const left = exactValue(expression.left);
  const right = exactValue(expression.right);
  return left === undefined || right === undefined ? undefined : combine(left, expression.operator, right);
}

const PRECEDENCE: Readonly<Record<Operator, number>> = { '+': 1, '-': 1, '*': 2, '/': 2 };

/** The expression in the usual notation, without redundant parentheses: `(3 + 5) * 2`, `7 - (2 - 1)`. */
export function expressionText(expression: CountdownExpression): string {
  if (expression.kind === 'number') return String(expression.value);
  const { operator } = expression;
  const side = (part: CountdownExpression, isRight: boolean): string => {
    const text = expressionText(part);
    if (part.kind === 'number') return text;
    const inner = PRECEDENCE[part.operator];
    const outer = PRECEDENCE[operator];
    // a - (b + c) and a / (b * c) need parentheses; a + (b - c) and a * (b / c) do not.
    const needed = inner < outer || (inner === outer && isRight && (operator === '-' || operator === '/'));
    return needed ? `(${text})` : text;
  };
  return `${side(expression.left, false)} ${operator} ${side(expression.right, true)}`;
}

interface Term {
  readonly value: Rational;
  readonly expression: CountdownExpression;
}

/**
 * Finds an expression that makes `target` from `numbers`, each used at most once, with + - * / in exact rational
 * arithmetic. The search is complete up to `combinations` pairings (default 2 million, about a second or two).
 * @throws {InputError} when a number is not whole or too large
 */
export function solveCountdown(
  numbers: readonly number[],
  target: number,
  options: { readonly combinations?: number; readonly place?: Place } = {},
): Solution {
  checkNumbers(numbers, target, options.place ?? {});
  let left = options.combinations ?? 2_000_000;
  const wanted = BigInt(target);
  const seen = new Set<string>();

  const search = (terms: readonly Term[]): CountdownExpression | 'unknown' | undefined => {
    for (const { value, expression } of terms) {
      if (value.denominator === 1n && value.numerator === wanted) return expression;
    }
    const key = terms
      .map(({ value }) => rationalText(value))
      .sort()
      .join(' ');
    if (terms.length < 2 || seen.has(key)) return undefined;
    seen.add(key);
    for (const [i, a] of terms.entries()) {
      for (const [j, b] of terms.entries()) {
        if (i === j) continue;
        const rest = terms.filter((_, k) => k !== i && k !== j);
        for (const operator of ['+', '*', '-', '/'] as const) {
          // + and * commute: one order is enough.
          if (i > j && (operator === '+' || operator === '*')) continue;
          if (left-- <= 0) return 'unknown';
          const value = combine(a.value, operator, b.value);
          if (value === undefined) continue;
          const expression: CountdownExpression = {
            kind: 'operation',
            operator,
            left: a.expression,
            right: b.expression,
          };
          const found = search([...rest, { value, expression }]);
          if (found !== undefined) return found;
        }
      }
    }
    return undefined;
  };

  const found = search(
    numbers.map((value) => ({ value: integer(BigInt(value)), expression: { kind: 'number', value } })),
  );
  if (found === undefined) return { kind: 'impossible' };
  return found === 'unknown' ? { kind: 'unknown' } : { kind: 'found', expression: found };
}

/**
 * Numerator and denominator of any value made from a set of n numbers are at most 2^(n-1) times the product of their
 * sizes (by induction over the last operation), and so is every product on the way.
 */
function checkNumbers(numbers: readonly number[], target: number, place: Place): void {
  const bound = numbers.reduce((product, n) => product * Math.max(1, Math.abs(n)) * 2, 1);
  const whole = [...numbers, target].every((n) => Number.isSafeInteger(n));
  if (numbers.length === 0 || !whole || bound > Number.MAX_SAFE_INTEGER) {
    throw new InputError(
      'the numbers of a Countdown problem are missing, not whole, or too large for exact arithmetic',
      {
        ...place,
        remedy: 'Give a few whole numbers whose product stays below 10^14.',
      },
    );
  }
}
