/**
 * Bundles KaTeX into the module of reports that sets formulas, so that the package needs no more of it than this. Run by
 * `npm run build`.
 */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../dist/report/formula.js', import.meta.url));
// From the source: in the place of what the compiler writes may lie the last bundle (see bundle-grader.mjs).
const source = new URL('../src/report/formula.ts', import.meta.url);

await build({
  stdin: {
    contents: await readFile(source, 'utf8'),
    loader: 'ts',
    resolveDir: dirname(entry),
    sourcefile: 'formula.ts',
  },
  outfile: entry,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The modules of the package stay modules of their own.
  external: ['../evaluation/*', '../views/*'],
  // The licence of what is bundled stays with it.
  banner: { js: '/*! Contains KaTeX (MIT, Copyright Khan Academy and other contributors). */' },
  logLevel: 'warning',
});
