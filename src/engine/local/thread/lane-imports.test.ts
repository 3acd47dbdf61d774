import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** The packages that a compiled module and all that it imports load. */
function packagesOf(entry: URL): ReadonlySet<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = (file: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s(?:[^;]*?\sfrom\s)?'([^']+)'/gm);
    for (const [, name = ''] of statements) {
      if (name.startsWith('.')) follow(new URL(name, file));
      else packages.add(name);
    }
  };
  follow(entry);
  return packages;
}

// With twice as much to look through, its garbage collector slowed sampling down by a quarter (docs/performance.md). ONNX
// Runtime is not imported but required, once its telemetry is off.
it('a thread that only computes loads neither readers of files nor a schema library', () => {
  const packages = [...packagesOf(new URL('./lane.js', import.meta.url))].filter((name) => !name.startsWith('node:'));
  expect(packages.sort()).toEqual(['@bufbuild/protobuf/wire']);
});
