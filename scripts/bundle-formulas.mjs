/**
 * Bundles KaTeX into the module of reports that sets formulas, so that the package needs no more of it than this. Run by
 * `npm run build`.
 */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

await build({
  // From the source, as bundle-grader.mjs says.
  entryPoints: [path('src/report/formula.ts')],
  outfile: path('dist/report/formula.js'),
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
