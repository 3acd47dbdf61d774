/** Runs the command line as users do: in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
/** The folder of the test recipe, in the sources: the compiler copies only TypeScript. */
const FILES = new URL('../../../src/pipeline/testing/', import.meta.url);
export const TINY = fileURLToPath(new URL('tiny.yaml', FILES));
export const SUMS = fileURLToPath(new URL('sums.jsonl', FILES));

export interface Ran {
  /** Exit code; null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
}

const alive = new Set<ChildProcess>();
// Processes left by tests that failed.
afterAll(() => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts `rlt` with these arguments. */
export function start(argv: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  const ended = new Promise<Ran>((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      alive.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  return { process: child, ended };
}

/** Runs `rlt` to its end. */
export const rlt = (...argv: readonly string[]): Promise<Ran> => start(argv).ended;

/** A folder for the current test, deleted after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rlt-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** SHA-256 of every file below a folder, except files that depend on the clock or on a process id. */
export function hashesOf(folder: string, below = ''): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) Object.assign(hashes, hashesOf(folder, path));
    else if (path !== 'events.jsonl' && !path.startsWith('.lock-'))
      hashes[path] = createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex');
  }
  return hashes;
}

/** The objects of a JSONL file. */
export function linesOf(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8');
  // A line still being written has no newline yet.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
