/** Real processes, for tests of what happens between processes and to one that is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  nextLine(): Promise<string>;
  line(expected: string): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** Waits until the process is gone; its exit code. */
  exitCode(): Promise<number | null>;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

export function startChild(what: 'hold-lock' | 'write-checkpoints' | 'wait-for-signal', directory: string): Child {
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, what, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error('the child did not start');
  const gone = once(child, 'exit');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the child ended (${what})`);
    return value;
  };
  return {
    pid,
    nextLine,
    line: async (expected) => {
      const got = await nextLine();
      if (got !== expected) throw new Error(`the child wrote "${got}" and not "${expected}"`);
    },
    send: (signal) => {
      child.kill(signal);
    },
    exitCode: async () => {
      await gone;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The id of a process that has ended. */
export async function finishedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** The id of a process that has ended and that its parent does not notice, a zombie; `end` ends the parent. */
export async function zombieProcess(): Promise<{ readonly pid: number; end(): void }> {
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString().trim());
  const isZombie = () => /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  while (!isZombie()) await setTimeout(5);
  return { pid, end: () => void parent.kill('SIGKILL') };
}
