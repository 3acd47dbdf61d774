import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommandLine } from '../testing/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function serve(argv: readonly string[], onStdout: (text: string) => void = () => undefined) {
  const stop = new AbortController();
  return runCommandLine(['serve', '--port', '0', '--dir', join(folder, 'dir'), ...argv], {
    signal: stop.signal,
    onStdout(text) {
      onStdout(text);
      // Once it serves, there is no more to see.
      stop.abort();
    },
  });
}

it('serves models by their names until it is stopped', async () => {
  const { code, stdout, stderr } = await serve(['--threads', '1', 'builtin:base', 'org/tiny=builtin:base']);
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+ serves base, org\/tiny\n$/);
  expect([code, stderr]).toEqual([0, expect.stringContaining('stopped; ')]);
});

it.each([
  [['builtin:base', '--host', '0.0.0.0'], /usage: the address 0\.0\.0\.0 can be reached .*\n.*--token-file/],
  [['builtin:base', 'base=builtin:base'], /two models are named base/],
  [['builtin:base', '--port', '99999'], /usage: --port takes a whole number from 0 to 65535, not "99999"/],
  [['builtin:base', '--port', '80x'], /--port takes a whole number/],
  [[], /missing required argument 'models'/],
  [['served:model'], /served:model is a model of another server/],
  [['nowhere/at-all'], /usage: there is no such model or run \(nowhere\/at-all\)/],
  [['builtin:base', '--token-file', 'nowhere'], /usage: there is no file nowhere \(field --token-file\)/],
])('refuses %j', async (argv, message) => {
  const { code, stdout, stderr } = await serve(argv);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(code).toBeGreaterThan(0);
});

it('does not print a token, good or bad', async () => {
  const file = join(folder, 'token');
  await writeFile(file, 'secret-that-is-no-token\n');
  const refused = await serve(['builtin:base', '--host', '0.0.0.0', '--token-file', file]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('begin with tml-') });
  await writeFile(file, 'tml-0123456789abcdef0123\n');
  const taken = await serve(['builtin:base', '--threads', '1', '--token-file', file]);
  expect(taken.code).toBe(0);
  for (const { stdout, stderr } of [refused, taken])
    expect(stdout + stderr).not.toMatch(/secret-that|0123456789abcdef/);
});
