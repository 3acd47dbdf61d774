/** "Did you mean": the known word nearest to a mistyped one. */

/**
 * The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other (optimal
 * string alignment: no part is edited twice). O(a * b) time.
 */
export function editDistance(a: string, b: string): number {
  // Beyond the table the distance is infinite, so no edit comes from there.
  const at = (row: readonly number[], j: number): number => row[j] ?? Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(substituted, at(last, j) + 1, at(row, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(beforeLast, j - 2) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

/** The nearest known word, ignoring case, if at most a third of its letters (or one of them, but not all) differ. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // No known word is that long; comparing would only cost time.
  if (word.length > 100) return undefined;
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    const letters = Math.max(word.length, candidate.length);
    if (distance > Math.max(1, Math.floor(letters / 3)) || distance >= letters) continue;
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  return best?.word;
}

/** A remedy for an unknown word: `Did you mean "x"?`, else the list of known ones. */
export function suggestion(word: string, known: readonly string[], what: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (known.length === 0) return `There are no ${what}.`;
  return `The ${what}: ${known.join(', ')}.`;
}
