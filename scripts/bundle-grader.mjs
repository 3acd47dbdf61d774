/**
 * Makes one file of the math grader's forty: `rlt grade`, which computes for some milliseconds, would otherwise spend
 * more time on finding and opening them than on anything else (npm run bench:startup). Run by `npm run build`.
 */

import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// From the source: tsc writes again what has changed alone, so the compiled entry may be the bundle of the last build.
const entry = fileURLToPath(new URL('../src/evaluation/graders/math/math.ts', import.meta.url));
const outfile = fileURLToPath(new URL('../dist/evaluation/graders/math/math.js', import.meta.url));
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

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  plugins: [shared],
  logLevel: 'warning',
});
