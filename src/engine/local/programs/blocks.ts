/** Long sequences in blocks of tokens: how many tokens each has, and what its size is called in a graph. */

/** `total` in so many parts that differ by at most one. */
export const evenly = (total: number, parts: number): number[] =>
  Array.from({ length: parts }, (_, i) => Math.floor(((i + 1) * total) / parts) - Math.floor((i * total) / parts));

/** T0, T1, ...; T alone where there is one block. */
export const blockNames = (name: string, count: number): readonly string[] =>
  count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}${i}`);

/** The sizes by their names. */
export function blockSizes(name: string, tokens: number, count: number): Readonly<Record<string, number>> {
  const sizes = evenly(tokens, count);
  return Object.fromEntries(blockNames(name, count).map((block, i) => [block, sizes[i] ?? 0]));
}
