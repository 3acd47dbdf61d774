/** `rlt serve` in a process of its own, which tests can stop and kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

const children = new Set<ChildProcess>();
// Servers left by tests that failed.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

export interface ChildServer {
  readonly url: string;
  /** Sends the signal and waits for the end; the exit code is null where the signal ended the process. */
  readonly stop: (signal: NodeJS.Signals) => Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** Serves `model` (as on the command line), and resolves when it listens. */
export async function childServer(
  model: string,
  directory: string,
  { port = 0 }: { readonly port?: number } = {},
): Promise<ChildServer> {
  const argv = [PROGRAM, 'serve', model, '--port', String(port), '--threads', '1', '--dir', directory];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let output = '';
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += String(text);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      output += String(text);
      const found = /^(http:\S+) serves /m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${errors}`)));
  });
  return {
    url,
    async stop(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = await ended;
      return { code: code as number | null, errors };
    },
  };
}
