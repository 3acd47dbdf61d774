/** What native code finds in the environment, in processes of their own. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const MODULE = JSON.stringify(new URL('./native-environment.js', import.meta.url).href);
// In the main thread `process.env` is the environment of the process.
const IN_MAIN = `
  import { keepFloat32, asksForFloat32 } from ${MODULE};
  await keepFloat32();
  console.log(process.env.NVIDIA_TF32_OVERRIDE, asksForFloat32());`;
const IN_WORKER = `
  import { Worker } from 'node:worker_threads';
  const worker = new Worker(
    'import(' + JSON.stringify(${MODULE}) + ').then(({ keepFloat32 }) => keepFloat32())',
    { eval: true },
  );
  await new Promise((resolve) => worker.on('exit', resolve));
  console.log(process.env.NVIDIA_TF32_OVERRIDE, true);`;

function printed(program: string, environment: Record<string, string> = {}): string {
  const { NVIDIA_TF32_OVERRIDE: _, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env,
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

test.each([
  ['the main thread', IN_MAIN],
  ['a thread beside it', IN_WORKER],
])('float32 products are asked for in the environment of the process, from %s', (_, program) => {
  expect(printed(program)).toBe('0 true');
});

test('whoever set the variable is obeyed', () => {
  expect(printed(IN_MAIN, { NVIDIA_TF32_OVERRIDE: '1' })).toBe('1 false');
});
