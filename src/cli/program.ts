import { Command, CommanderError } from 'commander';
import { exitCodeOf, RecipeError, RltError, UsageError } from '../errors.js';
import { packageVersion } from '../machine.js';
import { printable } from '../printable.js';
import { withStopSignal } from '../stopping.js';
import { asStorageError } from '../system-errors.js';
import type { CliContext, CommandModule } from './command.js';

/**
 * The command that the arguments call, or ask help for: the first word that is not an option, or the word after `help`.
 */
function calledName(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}

/**
 * The arguments as commander reads them. Beside an unknown command, an option for help or the version would be answered
 * as if the command were right.
 */
function checkable(argv: readonly string[], commands: readonly CommandModule[]): readonly string[] {
  const name = calledName(argv);
  const isKnown = name === undefined || name === 'help' || commands.some((module) => module.name === name);
  return isKnown ? argv : [name];
}

/**
 * Of an option that is given twice the last counts, so that one can be overridden behind a command that is kept. Of two
 * files to read, though, the first would be left out in silence.
 */
function refuseRepeatedFiles(command: Command): void {
  for (const option of command.options.filter(({ flags, long }) => flags.endsWith('<file>') && long !== '--out')) {
    let given = 0;
    command.on(`option:${option.name()}`, () => {
      given += 1;
      if (given === 2) throw new UsageError(`${option.long} is given twice`, { remedy: 'It takes one file.' });
    });
  }
}

/** `--out "$FOLDER"` of a variable that is not set names no place: what was asked for would be written elsewhere. */
function refuseEmptyPlaces(command: Command): void {
  for (const option of command.options.filter(({ flags }) => /<(?:file|dir)>$/.test(flags)))
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (value === '') throw new UsageError(`${option.long} is empty`, { remedy: 'Name a place, or leave it out.' });
    });
}

async function buildProgram(
  argv: readonly string[],
  commands: readonly CommandModule[],
  context: CliContext,
): Promise<Command> {
  const program = new Command('rlt')
    .description(
      'Reinforcement-learned teachers: train a language model to explain, then distil students from its explanations.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(use --help to list commands and options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout(text),
      writeErr: (text) => context.stderr(text),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
  const wanted = calledName(argv);
  for (const module of commands) {
    // `command()`, unlike `addCommand()`, passes on the settings above.
    const command = program.command(module.name).summary(module.summary).description(module.summary);
    // Only the called command is loaded; importing all of them would slow down every start.
    if (module.name !== wanted) continue;
    (await module.load())(command, context);
    refuseRepeatedFiles(command);
    refuseEmptyPlaces(command);
  }
  program.addHelpText(
    'after',
    '\nStart with `rlt quickstart`. Exit codes: 0 success, 1 failure, 2 invalid usage or recipe, 130 interrupted (state saved), 129 likewise by the loss of the terminal.',
  );
  return program;
}

async function renderError(error: unknown, context: CliContext): Promise<string> {
  // Where no more files can be opened, neither can this module.
  const colours = await import('picocolors').then(
    ({ default: pc }) => pc.createColors(context.terminal),
    () => ({ red: (text: string) => text }),
  );
  if (error instanceof RltError) {
    const kind = error instanceof RecipeError ? error.fault : error.code;
    return `${colours.red(`${kind}:`)} ${printable(error.message)}\n`;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${colours.red('bug:')} this should not have happened; please report it together with the following\n${printable(text)}\n`;
}

/** What commander has no suggestion for: the commands, or a setting of a stage given to a command that runs whole recipes. */
async function hintBehind({ code, message }: CommanderError, commands: readonly CommandModule[]): Promise<string> {
  if (message.includes('Did you mean')) return '';
  if (code === 'commander.unknownCommand') return `The commands are: ${commands.map(({ name }) => name).join(', ')}.\n`;
  const [, flag] = code === 'commander.unknownOption' ? (/'(--[^'=]+)/.exec(message) ?? []) : [];
  if (flag === undefined) return '';
  const [{ stageOptions }, { STAGE_KINDS }, { nearest }] = await Promise.all([
    import('../recipe/options.js'),
    import('../stages/definition/kinds.js'),
    import('../suggestion.js'),
  ]);
  const settings = ['teach' as const, ...STAGE_KINDS].flatMap((kind) =>
    stageOptions(kind).map((option) => ({ kind, ...option })),
  );
  const near = nearest(flag, [...new Set(settings.map((option) => option.flag))]);
  const found = settings.find((option) => option.flag === near);
  return found === undefined
    ? ''
    : `${found.flag} is a setting of a stage: --set stages.${found.kind}.${found.path}=VALUE, or rlt ${found.kind} RECIPE ${found.flag} VALUE.\n`;
}

/** Takes the cursor to the beginning of its line and empties that. */
const CLEARED = '\r\u001b[2K';

/** The context with a line on the terminal that says what takes long, until anything else is written. `endLine`: before an error. */
function withLiveLine(process: CliContext) {
  let isShown = false;
  /** Whether the progress of a run stands on a line that nothing has ended. */
  let isOpen = false;
  const clear = (): void => {
    if (isShown) process.stderr(CLEARED);
    isShown = false;
  };
  const { terminal, columns, signal } = process;
  const context: CliContext = {
    terminal,
    columns,
    signal,
    stdout: (text) => {
      clear();
      return process.stdout(text);
    },
    stderr: (text) => {
      clear();
      isOpen = !['\n', CLEARED].some((end) => text.endsWith(end));
      process.stderr(text);
    },
    get input() {
      return process.input;
    },
  };
  const show = (text: string): void => {
    process.stderr(`${CLEARED}${printable(text).slice(0, Math.max(20, columns - 1))}`);
    isShown = true;
  };
  const endLine = (): void => {
    if (isOpen) context.stderr('\n');
  };
  return { context, show: terminal ? show : undefined, clear, endLine };
}

/** Runs a command line (without the leading `node rlt`) and returns its exit code. Never throws. */
export async function runCli(
  argv: readonly string[],
  commands: readonly CommandModule[],
  process: CliContext,
): Promise<0 | 1 | 2 | 130> {
  const { context, show, clear, endLine } = withLiveLine(process);
  const isQuiet = argv.includes('-q') || argv.includes('--quiet');
  try {
    const program = await buildProgram(argv, commands, context);
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    const call = async () => void (await program.parseAsync(checkable(argv, commands), { from: 'user' }));
    await withStopSignal(context.signal, call, isQuiet ? undefined : show);
    return 0;
  } catch (cause) {
    const error = asStorageError(cause);
    endLine();
    // Commander has already printed its error message, or the requested help or version.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      context.stderr(await hintBehind(error, commands));
      return 2;
    }
    context.stderr(await renderError(error, context));
    return exitCodeOf(error);
  } finally {
    clear();
  }
}
