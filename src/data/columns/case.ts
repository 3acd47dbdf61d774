/** Columns whose names differ from those of a layout in upper and lower case alone: `Question` for `question`. */

type Row = Readonly<Record<string, unknown>>;

/** The columns of a layout by the names that a file has for them. */
export type NamesByCase = ReadonlyMap<string, string>;

/** What the names of a file stand for. A column under its own name wins; of two that differ in case alone neither is taken. */
export function namesByCase(record: Row, columns: readonly string[]): NamesByCase {
  const names = new Map<string, string>();
  for (const column of columns) {
    if (Object.hasOwn(record, column)) continue;
    const [name, ...others] = Object.keys(record).filter((key) => key.toLowerCase() === column);
    if (name !== undefined && others.length === 0) names.set(name, column);
  }
  return names;
}

/** The record with its columns under the names of the layout. */
export function renamed(record: Row, names: NamesByCase): Row {
  if (names.size === 0) return record;
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      const column = names.get(key);
      return [column === undefined || Object.hasOwn(record, column) ? key : column, value];
    }),
  );
}
