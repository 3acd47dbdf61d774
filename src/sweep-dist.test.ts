import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../scripts/sweep-dist.mjs', import.meta.url));

test('before packing, dist loses what has no source, and nothing that a run at work may import', () => {
  const root = mkdtempSync(join(tmpdir(), 'rlt-sweep-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const sweep = () => execFileSync(process.execPath, [SCRIPT, root]);
  const put = (file: string) => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '');
  };
  const has = (file: string) => existsSync(join(root, file));
  put('src/cli/main.ts');
  sweep();
  const right = ['cli/main.js', 'cli/main.js.map', 'cli/main.d.ts', 'src.tsbuildinfo', 'studio/page/main.css'];
  for (const file of [...right, 'cli/gone.js', 'old/gone.d.ts']) put(`dist/${file}`);
  sweep();
  expect(right.filter((file) => !has(`dist/${file}`))).toEqual([]);
  expect([has('dist/cli/gone.js'), has('dist/old/gone.d.ts')]).toEqual([false, false]);

  // tsc writes an output that is missing only where it does not know that it has written it.
  rmSync(join(root, 'dist/cli/main.d.ts'));
  sweep();
  expect([has('dist/src.tsbuildinfo'), has('dist/cli/main.js')]).toEqual([false, true]);
});
