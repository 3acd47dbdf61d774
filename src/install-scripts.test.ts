import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

test('no npm runs an install script of what the package needs: docs/dependencies.md says why', () => {
  const lock: { packages: Record<string, { dev?: true; devOptional?: true; hasInstallScript?: true }> } = JSON.parse(
    read('package-lock.json'),
  );
  const needed = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional);
  expect(needed.map(([path]) => path)).toContain('node_modules/onnxruntime-node');
  const run = needed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(run, 'delete "hasInstallScript" of these in package-lock.json, which npm before 11.16 obeys').toEqual([]);
  expect(JSON.parse(read('package.json')).allowScripts).toMatchObject({ 'onnxruntime-node': false });
});
