/**
 * Bundles the page of `rlt studio` into dist/studio/page: its libraries, styles and fonts are files of the package, so
 * that it works without a network. Run by `npm run build`.
 */
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** Of KaTeX's fonts the form that every browser reads; the two older ones would only make the package larger. */
const oneFormOfFonts = {
  name: 'one form of fonts',
  setup({ onLoad }) {
    onLoad({ filter: /katex\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replaceAll(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, ''),
      loader: 'css',
    }));
  },
};

const { metafile } = await build({
  metafile: true,
  entryPoints: [path('studio/main.tsx')],
  outdir: path('dist/studio/page'),
  tsconfig: path('studio/tsconfig.json'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  loader: { '.woff2': 'file' },
  assetNames: '[name]',
  // The licences of what is bundled stay with it.
  legalComments: 'eof',
  banner: {
    js: '/*! Contains Preact (MIT, Copyright Jason Miller), uPlot (MIT, Copyright Leon Sorokin) and KaTeX (MIT, Copyright Khan Academy and other contributors). */',
    css: '/*! Contains styles of uPlot (MIT, Copyright Leon Sorokin), and styles and fonts of KaTeX (MIT; fonts: MIT, Copyright Khan Academy and other contributors). */',
  },
  plugins: [oneFormOfFonts],
  logLevel: 'warning',
});
await cp(path('studio/index.html'), path('dist/studio/page/index.html'));
const written = new Set(['index.html', ...Object.keys(metafile.outputs).map((file) => basename(file))]);
for (const file of await readdir(path('dist/studio/page')))
  if (!written.has(file)) await rm(path(`dist/studio/page/${file}`), { recursive: true });
