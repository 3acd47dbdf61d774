/**
 * Bundles KaTeX into the module of reports that sets formulas, so that the package needs no more of it than this. Run by
 * `npm run build`.
 */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../dist/report/formula.js', import.meta.url));

await build({
  entryPoints: [entry],
  outfile: entry,
  allowOverwrite: true,
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
