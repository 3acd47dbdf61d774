/**
 * Readies dist/ for the build of a package: deletes what no source compiles to any more, and has everything compiled anew
 * where an output is missing. What is right stays where it is, since a run at work imports modules as it needs them.
 * node scripts/sweep-dist.mjs [ROOT]
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const dist = join(root, 'dist');
/** Written by build-studio.mjs, which deletes there what it does not write. */
const PAGE = join('studio', 'page');
/** What tsc knows of its last outputs: it writes one that is missing only where this is missing too. */
const BUILD_INFO = 'src.tsbuildinfo';

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

if (existsSync(dist)) {
  const sources = filesIn(join(root, 'src')).filter((file) => /(?<!\.d)\.ts$/.test(file));
  const outputs = sources.flatMap((file) => ['.js', '.js.map', '.d.ts'].map((kind) => file.replace(/\.ts$/, kind)));
  const right = new Set([...outputs, BUILD_INFO]);
  const found = filesIn(dist).filter((file) => !file.startsWith(PAGE));
  for (const file of found) if (!right.has(file)) rmSync(join(dist, file));
  const there = new Set(found);
  if (outputs.some((file) => !there.has(file))) rmSync(join(dist, BUILD_INFO), { force: true });
}
