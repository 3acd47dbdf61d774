/** Benchmarks and scripts import from the build what the public API does not have; no type check sees them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD = join(ROOT, 'dist');

const scripts = ['bench', 'scripts', 'examples']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(ROOT, folder, name)),
  )
  .filter((file) => file.endsWith('.mjs') && !relative(ROOT, file).startsWith(join('examples', 'dist')));

/** The names that a script takes from each module of the build, by the module's path. */
function namesFromBuild(script: string): readonly (readonly [module: string, names: readonly string[]])[] {
  const source = ts.createSourceFile(script, readFileSync(script, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    if (!ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith('.')) return [];
    const module = join(dirname(script), moduleSpecifier.text);
    if (!module.startsWith(BUILD)) return [];
    const bindings = importClause?.namedBindings;
    const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
    return [[module, named.map(({ name, propertyName }) => (propertyName ?? name).text)] as const];
  });
}

test('every name that a benchmark or script imports from the build is exported there', async () => {
  const imports = scripts.flatMap((script) =>
    namesFromBuild(script).map(([module, names]) => ({ script: relative(ROOT, script), module, names })),
  );
  expect(imports.length).toBeGreaterThan(50);
  const missing: string[] = [];
  for (const { script, module, names } of imports) {
    const exported = await import(pathToFileURL(module).href);
    for (const name of names)
      if (!(name in exported)) missing.push(`${script}: ${name} from ${relative(ROOT, module)}`);
  }
  expect(missing).toEqual([]);
});
