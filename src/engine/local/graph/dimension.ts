/**
 * Sizes of tensor axes, some known only when a graph runs. A dimension is a number or a polynomial of named sizes with
 * natural coefficients in canonical form ("B*T", "2*C+G*P"), so equal sizes are equal strings and every shape rule is
 * checked when the graph is built.
 */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

type Polynomial = ReadonlyMap<string, number>;

function parse(dimension: Dimension): Polynomial {
  if (typeof dimension === 'number') return new Map(dimension === 0 ? [] : [['', dimension]]);
  const terms = new Map<string, number>();
  for (const term of dimension.split('+')) {
    const factors = term.split('*');
    const coefficient = /^\d+$/.test(factors[0] ?? '') ? Number(factors.shift()) : 1;
    terms.set(factors.join('*'), coefficient);
  }
  return terms;
}

function render(polynomial: Polynomial): Dimension {
  const terms = [...polynomial].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (terms.length === 0) return 0;
  const [first] = terms;
  if (terms.length === 1 && first?.[0] === '') return first[1];
  return terms
    .map(([name, coefficient]) =>
      name === '' ? `${coefficient}` : coefficient === 1 ? name : `${coefficient}*${name}`,
    )
    .join('+');
}

export function product(dimensions: readonly Dimension[]): Dimension {
  let result: Polynomial = new Map([['', 1]]);
  for (const dimension of dimensions) {
    const next = new Map<string, number>();
    for (const [nameA, a] of result) {
      for (const [nameB, b] of parse(dimension)) {
        const name = [...nameA.split('*'), ...nameB.split('*')]
          .filter((part) => part !== '')
          .sort()
          .join('*');
        next.set(name, (next.get(name) ?? 0) + a * b);
      }
    }
    result = next;
  }
  return render(result);
}

export function sum(dimensions: readonly Dimension[]): Dimension {
  const result = new Map<string, number>();
  for (const dimension of dimensions) {
    for (const [name, coefficient] of parse(dimension)) result.set(name, (result.get(name) ?? 0) + coefficient);
  }
  return render(result);
}

/** The terms of a dimension as (coefficient, names) pairs, for computing it when the graph runs. */
export function terms(dimension: Dimension): { readonly coefficient: number; readonly names: readonly string[] }[] {
  return [...parse(dimension)].map(([name, coefficient]) => ({
    coefficient,
    names: name === '' ? [] : name.split('*'),
  }));
}

/** Whether two axes grow with the same size, as those of scores of tokens with each other do. */
export function isSquare(shape: Shape): boolean {
  const names = shape.flatMap((size) => [...new Set(terms(size).flatMap((term) => term.names))]);
  return new Set(names).size < names.length;
}

/** Computes a dimension from the named sizes. @throws {RangeError} when one that it needs is not given */
export function evaluator(dimension: Dimension): (sizes: ReadonlyMap<string, number>) => number {
  const summands = terms(dimension);
  return (sizes) => {
    const sizeOf = (name: string): number => {
      const size = sizes.get(name);
      if (size === undefined) throw new RangeError(`the size ${name} is not known`);
      return size;
    };
    return summands.reduce(
      (total, { coefficient, names }) => total + names.reduce((value, name) => value * sizeOf(name), coefficient),
      0,
    );
  };
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** NumPy's broadcasting of two shapes; undefined where they don't fit. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}
