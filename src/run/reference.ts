/** How people name something in a run: `RUN`, `RUN:NAME` or `RUN:STAGE:NAME`. */
import { existsSync } from 'node:fs';

/** The path in front, and the names behind it. */
interface Reference {
  readonly path: string;
  readonly names: readonly string[];
}

/** A path may hold a colon itself: it is the longest that is there. Where none is, all of the text is taken for it. */
export function splitReference(reference: string): Reference {
  for (let path = reference; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf(':')))) {
    if (existsSync(path)) return { path, names: reference.slice(path.length).split(':').slice(1) };
    if (!path.includes(':')) break;
  }
  return { path: reference, names: [] };
}
