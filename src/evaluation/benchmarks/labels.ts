/** Labels of sets of problems, which stand in front of the ids of their problems. */
import { sourceName } from '../../data/hub/source.js';

/** A name as a label, which has letters, digits, dashes and underscores; `before` stands before others than letters. */
export function problemsLabel(name: string, before = 'b'): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '-');
  return (/^[A-Za-z]/.test(plain) ? plain : `${before}-${plain}`).slice(0, 64);
}

/** The label of problems of one's own: of a file its name without the ending, of the hub all of its name. */
export const sourceLabel = (source: string): string =>
  problemsLabel(sourceName(source).replace(/(?<=.)\.\w+$/, ''), 'file');
