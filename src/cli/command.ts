import type { Command } from 'commander';

/** The parts of the process that a command may use. main.ts passes the real ones, tests their own. */
export interface CliContext {
  /** Writes results. Resolves when the stream can take more, so await it when writing a lot. */
  stdout(text: string): Promise<void>;
  /** Writes progress, warnings and errors: everything that is not a result. */
  stderr(text: string): void;
  /** Standard input, for commands that read it. */
  readonly input: NodeJS.ReadableStream;
  /** Whether standard error is a terminal, so that live progress and colours may be used. */
  readonly terminal: boolean;
  /** Width of that terminal in columns. */
  readonly columns: number;
  /** Aborted by Ctrl-C or a termination request; pass it to long-running work. */
  readonly signal: AbortSignal;
}

/** A command as `rlt --help` lists it. Its definition is loaded when the command is called. */
export interface CommandModule {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  load(): Promise<CommandDefinition>;
}

/**
 * Defines the arguments, options and action of a fresh commander command. The action throws an RltError for anything
 * the user can fix; program.ts prints it and picks the exit code (0 success, 1 failure, 2 invalid usage or recipe, 130
 * interrupted).
 */
export type CommandDefinition = (command: Command, context: CliContext) => void;
