/**
 * Makes one file of the math grader's forty: `rlt grade`, which computes for some milliseconds, would otherwise spend
 * more time on finding and opening them than on anything else (npm run bench:startup). Run by `npm run build`.
 */

import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../dist/evaluation/graders/math/math.js', import.meta.url));
const folder = dirname(entry);

/** What other rooms use too stays a module of its own, so that it exists once in the process. */
const shared = {
  name: 'shared modules',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const place = relative(folder, join(resolveDir, path));
      return place.startsWith('..') ? { path: place, external: true } : undefined;
    });
  },
};

// From the source: the compiler writes the entry again only where it has changed itself, so that what lies in its place may be the last
// bundle, with older modules in it.
const source = new URL('../src/evaluation/graders/math/math.ts', import.meta.url);

await build({
  stdin: { contents: await readFile(source, 'utf8'), loader: 'ts', resolveDir: folder, sourcefile: 'math.ts' },
  outfile: entry,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  plugins: [shared],
  logLevel: 'warning',
});
