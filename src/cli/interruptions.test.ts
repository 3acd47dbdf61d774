/** What ends a command from outside: Ctrl-C while the network is silent, and readers of its output that leave. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { rlt, start, TINY, temporaryFolder } from '../pipeline/testing/rlt.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** A hub that accepts connections and never says more than `first`. */
async function silentHub(first?: string): Promise<{ url: string; asked: Promise<unknown> }> {
  const server: Server = createServer((_, response) => {
    if (first === undefined) return;
    response.writeHead(200, { 'content-length': '1000000' });
    response.write(first);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: once(server, 'request') };
}

it.each([
  ['before the answer', undefined, ['evaluate', '--model', 'hf:owner/model', '--benchmark', 'word-problems']],
  ['in the middle of a file', '{"a":', ['evaluate', '--model', 'hf:owner/model', '--benchmark', 'word-problems']],
  ['of a data set', undefined, ['run', TINY, '--set', 'data.sums.source=hf:owner/data/train.jsonl']],
])('Ctrl-C during a download ends in 130 at once: %s', { timeout: 60_000 }, async (_, first, argv) => {
  const folder = temporaryFolder();
  const { url, asked } = await silentHub(first);
  const child = spawn(process.execPath, [MAIN, ...argv, '--out', join(folder, 'run')], {
    env: { ...process.env, RLT_HUB_URL: url, RLT_CACHE: join(folder, 'cache'), NO_PROXY: '*' },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await asked;
  const before = performance.now();
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect([code, errors]).toEqual([130, expect.stringMatching(/interrupted: interrupted while fetching http/)]);
  expect(performance.now() - before).toBeLessThan(15_000);
  const cached = existsSync(join(folder, 'cache')) ? readdirSync(join(folder, 'cache'), { recursive: true }) : [];
  expect(cached.filter((name) => /partial|jsonl$|json$/.test(String(name)))).toEqual([]);
});

it.each([
  ['the studio saves nothing', ['studio'], /^stopping \(again to exit at once\)$/m],
  ['a server does', ['serve', 'builtin:base', '--port', '0'], /^stopping and saving the state \(again/m],
])('what is said at Ctrl-C is what is done: %s', { timeout: 60_000 }, async (_, argv, said) => {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [MAIN, ...argv, ...(argv[0] === 'studio' ? [folder] : ['--dir', folder])]);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect([code, errors]).toEqual([0, expect.stringMatching(said)]);
});

it('a reader of progress that leaves does not end the run', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const run = join(folder, 'run');
  const child = spawn(process.execPath, [MAIN, 'run', TINY, '--out', run]);
  child.stderr.once('data', () => {
    // As `2>&1 | head -1` does: both pipes close after the first line.
    child.stderr.destroy();
    child.stdout.destroy();
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect((await rlt('run', TINY, '--out', run)).stderr.match(/already done/g)).toHaveLength(8);
});

it('a run directory that disappears is an error that names it, not a bug', { timeout: 120_000 }, async () => {
  const run = join(temporaryFolder(), 'run');
  const { process: child, ended } = start(['run', TINY, '--out', run]);
  await new Promise<void>((resolve) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('[2/8]')) resolve();
    });
  });
  // At once: a folder that is emptied file by file is filled again by the run meanwhile.
  renameSync(run, `${run}-gone`);
  const { code, stderr } = await ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/storage: .*run/);
  expect(stderr).not.toMatch(/bug:|\n {4}at /);
});

it.runIf(process.platform === 'linux')('too few open files are called by name', { timeout: 60_000 }, async () => {
  const child = spawn('sh', ['-c', `ulimit -n 64; exec "$@"`, 'sh', process.execPath, MAIN, 'run', TINY, '--dry-run']);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  expect([code, errors]).toEqual([1, expect.stringMatching(/^storage: .*EMFILE.*\n {2}Raise the limit of open files/)]);
});

it.skipIf(process.platform === 'win32')(
  'help needs no more than 8 GB of addresses: codecs are loaded when used',
  async () => {
    const child = spawn('sh', ['-c', 'ulimit -v 8388608 && exec "$0" "$1" --help', process.execPath, MAIN]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(output).toContain('Usage: rlt');
  },
);

/** A run of the test recipe as the child of a shell command, once its first stage is at work. */
async function runUnder(command: readonly string[], run: string) {
  const [program = '', ...argv] = command;
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const begun = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('[1/8]') && existsSync(join(run, 'lock.json'))) resolve();
      });
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  await Promise.race([begun, ended]);
  return { child, ended, told: () => text };
}

const pidIn = (run: string): number =>
  (JSON.parse(readFileSync(join(run, 'lock.json'), 'utf8')) as { pid: number }).pid;

it.skipIf(process.platform === 'win32')(
  'a hang-up does not end a run without a terminal, as under nohup',
  { timeout: 120_000 },
  async () => {
    const run = join(temporaryFolder(), 'run');
    const { child, ended, told } = await runUnder(['nohup', process.execPath, MAIN, 'run', TINY, '--out', run], run);
    child.kill('SIGHUP');
    expect(await ended, told()).toBe(0);
  },
);

const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
const hasScript = script.status === 0 && script.stdout.includes('util-linux');
if (!hasScript) console.warn('skipped: hang-ups of a terminal, which need the program script of util-linux');

it.runIf(hasScript)(
  'a terminal that goes ends a run with 129 once, which has saved and goes on',
  { timeout: 180_000 },
  async () => {
    const run = join(temporaryFolder(), 'run');
    const words = [process.execPath, MAIN, 'run', TINY, '--out', run].map((word) => `'${word}'`).join(' ');
    const { ended, told } = await runUnder(['script', '-qefc', words, '/dev/null'], run);
    const pid = pidIn(run);
    // The system and the shell both send it.
    process.kill(pid, 'SIGHUP');
    process.kill(pid, 'SIGHUP');
    expect(await ended, told()).toBe(129);
    expect(told()).toContain('the terminal has gone: stopping and saving the state');
    const again = await rlt('run', TINY, '--out', run);
    expect(again.code, again.stderr).toBe(0);
  },
);
