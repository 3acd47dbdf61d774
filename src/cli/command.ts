import type { Command } from 'commander';

/** What a command may touch of the process that runs it. Tests pass their own; main.ts passes the real one. */
export interface CliContext {
  /** Results. Resolves when the stream can take more, so await it when writing much. */
  stdout(text: string): Promise<void>;
  /** Progress, warnings, errors: everything that is not the result. */
  stderr(text: string): void;
  /** Standard error is a terminal: live progress and colours may be used. */
  readonly terminal: boolean;
  /** Width of that terminal in columns. */
  readonly columns: number;
  /** Aborted by Ctrl-C or a termination request; long work is given it. */
  readonly signal: AbortSignal;
}

/** One command of the command line, as `rlt --help` lists it. The rest is loaded when the command is called. */
export interface CommandModule {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<CommandDefinition>;
}

/**
 * Describes arguments and options on a fresh commander command and sets its action. The action throws RltError for what
 * the user can fix; program.ts renders it and picks the exit code (0 done, 1 failed, 2 wrong usage or recipe, 130
 * interrupted).
 */
export type CommandDefinition = (command: Command, context: CliContext) => void;
