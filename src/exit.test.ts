/** Leaving a process whose threads wait for a file that never comes. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A pipe that nobody writes to: opening it to read waits for ever. */
function silentPipe(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rlt-exit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  return pipe;
}

/** Starts a program below a shell, whose exit code is the one that people see. */
function started(program: string) {
  const shell = spawn('sh', ['-c', '"$@"; exit $?', 'sh', process.execPath, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  /** The process says who it is; it is not left behind where it should have ended and did not. */
  const pid = async (): Promise<number> => {
    const id = Number(await line());
    onTestFinished(() => {
      if (shell.exitCode === null) process.kill(id, 'SIGKILL');
    });
    return id;
  };
  return { line, pid, ended: once(shell, 'exit') };
}

describe.skipIf(process.platform === 'win32')('where a thread waits for a pipe that nobody writes to', () => {
  it.each([
    ['readFile', "import('node:fs/promises').then(({ readFile }) => readFile(pipe))"],
    ['a stream', "import('node:fs').then(({ createReadStream }) => createReadStream(pipe).resume())"],
  ])('a second interruption ends in 130 at once: %s', { timeout: 20_000 }, async (_, read) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { line, pid, ended } = started(`
        const { interruptSignal } = await import(${module('./run/interrupt.js')});
        const pipe = ${JSON.stringify(silentPipe())};
        interruptSignal(() => console.log('stopping'));
        ${read};
        setInterval(() => undefined, 1000);
        setTimeout(() => console.log(process.pid), 100);
      `);
      const id = await pid();
      process.kill(id, signal);
      expect(await line()).toBe('stopping');
      process.kill(id, signal);
      expect(await ended).toEqual([130, null]);
    }
  });

  it('an exit that waits for another thread ends at the next Ctrl-C', { timeout: 20_000 }, async () => {
    const { pid, ended } = started(`
      const { Worker } = await import('node:worker_threads');
      const { interruptSignal } = await import(${module('./run/interrupt.js')});
      const { exitProcess } = await import(${module('./exit.js')});
      interruptSignal(() => undefined);
      const read = "require('node:fs').readFile(require('node:worker_threads').workerData, () => undefined)";
      new Worker(read, { eval: true, execArgv: [], workerData: ${JSON.stringify(silentPipe())} }).once('online', () =>
        setTimeout(() => {
          process.on('exit', () => console.log(process.pid));
          exitProcess(0);
        }, 200),
      );
    `);
    process.kill(await pid(), 'SIGINT');
    expect(await ended).toEqual([130, null]);
  });
});
