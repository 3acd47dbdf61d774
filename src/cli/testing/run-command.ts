/** A command line as a process would run it, in this process: its exit code and what it wrote. */
import { Readable } from 'node:stream';
import type { CliContext, CommandModule } from '../command.js';
import { commands } from '../commands.js';
import { runCli } from '../program.js';

export interface CommandRun {
  readonly list?: readonly CommandModule[];
  readonly signal?: AbortSignal;
  /** What stands on standard input. */
  readonly input?: string;
  /** Called with each piece of standard output. */
  readonly onStdout?: (text: string) => void;
}

export async function runCommandLine(
  argv: readonly string[],
  { list = commands, signal = new AbortController().signal, input = '', onStdout }: CommandRun = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const context: CliContext = {
    stdout: async (text) => {
      written.stdout += text;
      onStdout?.(text);
    },
    stderr: (text) => {
      written.stderr += text;
    },
    terminal: false,
    columns: 80,
    input: Readable.from(input === '' ? [] : [input]),
    signal,
  };
  const code = await runCli(argv, list, context);
  return { code, ...written };
}

/** Runs `rlt` to its end, in this process: many commands take less time than a process takes to start. */
export const rltHere = (...argv: readonly string[]) => runCommandLine(argv);
