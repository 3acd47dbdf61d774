/** Matrices worked out entry by entry: sums, products, powers, inverses, transposes, determinants. */
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { contains, type Expression, MINUS_ONE, mapped, negated, partsOf, product, sum } from '../tree/expression.js';

export type Rows = readonly (readonly Expression[])[];

export function isVector(rows: Rows): boolean {
  return rows.length === 1 || rows.every((row) => row.length === 1);
}

/** Evaluated sums, products and multiples of matrices; undefined when the value is not a matrix. */
export function matrixOf(node: Expression, budget: WorkBudget): Rows | undefined {
  if (node.kind === 'matrix') return node.rows;
  if (node.kind === 'bracket' && node.open === '[') return rowsOf(node.items);
  if (node.kind === 'product') {
    let result: Rows | undefined;
    const scalars: Expression[] = [];
    for (const factor of node.factors) {
      const rows = matrixOf(factor, budget);
      if (rows === undefined) scalars.push(factor);
      else result = result === undefined ? rows : matrixProduct(result, rows, budget);
    }
    if (result === undefined || scalars.length === 0) return result;
    return result.map((row) => row.map((entry): Expression => product([...scalars, entry])));
  }
  if (node.kind === 'sum') {
    const all = node.terms.map((term) => matrixOf(term, budget));
    const [first] = all;
    if (first === undefined) return undefined;
    return first.map((row, i) =>
      row.map((_, j): Expression => {
        const terms = all.map((rows) => rows?.[i]?.[j]).filter((entry): entry is Expression => entry !== undefined);
        return sum(terms);
      }),
    );
  }
  if (node.kind === 'power') return matrixPower(node.base, node.exponent, budget);
  return undefined;
}

/** `[[1, 2], [3, 4]]` */
function rowsOf(items: readonly Expression[]): Rows | undefined {
  const rows = items.map((item) => (item.kind === 'bracket' && item.open === '[' ? item.items : []));
  const width = rows[0]?.length ?? 0;
  return width > 0 && rows.every((row) => row.length === width) ? rows : undefined;
}

const MAX_ENTRY = 3_000;
const sizes = new WeakMap<Expression, number>();

/** Nodes of the tree when shared parts are counted each time, as everything that visits it will. */
function treeSize(node: Expression): number {
  const known = sizes.get(node);
  if (known !== undefined) return known;
  let size = 1;
  for (const part of partsOf(node)) size += treeSize(part);
  sizes.set(node, size);
  return size;
}

/** @throws {NotUnderstood} when an entry has grown too large to work with: powers of powers double it each time */
function bounded<T extends Expression>(entry: T): T {
  if (treeSize(entry) > MAX_ENTRY) throw new NotUnderstood('an entry of a matrix that is too large');
  return entry;
}

const MAX_POWER = 8;

const isRowItem = (item: Expression): boolean => item.kind === 'bracket' || item.kind === 'matrix';

function matrixPower(base: Expression, exponent: Expression, budget: WorkBudget): Rows | undefined {
  const isTransposed = exponent.kind === 'symbol' && (exponent.name === 'T' || exponent.name === 'top');
  // `[2, 3]^T` and `(2, 3)^T` are columns.
  const isRow = isTransposed && base.kind === 'bracket' && !base.items.some(isRowItem);
  const rows = isRow ? [base.items] : matrixOf(base, budget);
  if (rows === undefined) return undefined;
  if (isTransposed) return transposed(rows);
  if (exponent.kind !== 'number' || exponent.value.denominator !== 1n) return undefined;
  const power = Number(exponent.value.numerator);
  if (power === -1) return inverseOf(rows, budget);
  if (!(power >= 1 && power <= MAX_POWER)) return undefined;
  let result: Rows | undefined = rows;
  for (let i = 1; i < power && result !== undefined; i++) result = matrixProduct(result, rows, budget);
  return result;
}

function transposed(rows: Rows): Rows {
  return (rows[0] ?? []).map((_, j) => rows.flatMap((row) => row[j] ?? []));
}

const MAX_DETERMINANT = 5;

/** By expansion along the first row. */
function determinant(rows: Rows, budget: WorkBudget): Expression | undefined {
  const n = rows.length;
  if (n > MAX_DETERMINANT || rows.some((row) => row.length !== n)) return undefined;
  budget.spend(n);
  const [first, ...rest] = rows;
  if (first === undefined) return undefined;
  if (n === 1) return first[0];
  const terms: Expression[] = [];
  for (const [j, entry] of first.entries()) {
    const minor = determinant(
      rest.map((row) => row.filter((_, column) => column !== j)),
      budget,
    );
    if (minor === undefined) return undefined;
    const term = product([entry, minor]);
    terms.push(j % 2 === 0 ? term : negated(term));
  }
  return bounded(sum(terms));
}

/** The adjugate over the determinant. */
function inverseOf(rows: Rows, budget: WorkBudget): Rows | undefined {
  const whole = determinant(rows, budget);
  if (whole === undefined || rows.length < 2) return undefined;
  const scale: Expression = { kind: 'power', base: whole, exponent: MINUS_ONE };
  const cofactors = rows.map((row, i) =>
    row.map((_, j): Expression => {
      const minor = rows.filter((_row, k) => k !== i).map((other) => other.filter((_entry, k) => k !== j));
      const value = determinant(minor, budget);
      if (value === undefined) return scale;
      return product([scale, (i + j) % 2 === 0 ? value : negated(value)]);
    }),
  );
  return transposed(cofactors);
}

/** Every determinant, also written as a matrix between bars, replaced by its expansion. */
export function withoutDeterminants(node: Expression, budget: WorkBudget): Expression {
  if (!contains(node, (part) => part.kind === 'matrix')) return node;
  return mapped(node, (part) => {
    const [matrix] = part.kind === 'call' && (part.name === 'det' || part.name === 'abs') ? part.inputs : [];
    const rows = matrix === undefined ? undefined : matrixOf(matrix, budget);
    return rows === undefined ? undefined : determinant(rows, budget);
  });
}

function matrixProduct(a: Rows, b: Rows, budget: WorkBudget): Rows | undefined {
  const inner = b.length;
  const width = b[0]?.length ?? 0;
  if (a.some((row) => row.length !== inner)) return undefined;
  budget.spend(a.length * inner * width);
  return a.map((row) =>
    Array.from({ length: width }, (_, j) =>
      bounded(
        sum(
          row.map((entry, k): Expression => {
            const other = b[k]?.[j];
            return other === undefined ? entry : product([entry, other]);
          }),
        ),
      ),
    ),
  );
}
