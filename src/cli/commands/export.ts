/** `rlt export TRACES`: the explanations that a stage left, as training data for other trainers. */
import { Option } from 'commander';
import { writeJsonl } from '../../data/files/jsonl.js';
import { UsageError } from '../../errors.js';
import {
  type ExportFacts,
  exportable,
  exportFacts,
  TRAINING_LAYOUTS,
  trainingRows,
} from '../../pipeline/export-traces.js';
import { counted, printable } from '../../printable.js';
import type { Recipe } from '../../recipe/schema.js';
import { blankCount } from '../../stages/explanation-signs.js';
import { withStopSignal } from '../../stopping.js';
import { suggestion } from '../../suggestion.js';
import { FORMAT_NAMES, FORMATS } from '../../text/formats.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { OVERWRITE_OPTION, requireFree } from '../output-file.js';

type Layout = (typeof TRAINING_LAYOUTS)[number];
type FormatName = (typeof FORMAT_NAMES)[number];

interface Flags {
  readonly out?: string;
  readonly layout: Layout;
  readonly format?: FormatName;
  readonly systemPrompt?: string;
  readonly overwrite?: boolean;
}

/** Layouts of other names, by the trainers' names for them. */
const ALSO_CALLED: Readonly<Record<string, Layout>> = {
  openai: 'messages',
  chatml: 'messages',
  chat_template: 'messages',
  sharegpt: 'messages',
  prompt_completion: 'prompt-completion',
};

const isOneOf = <Name extends string>(names: readonly Name[], value: string): value is Name =>
  names.some((name) => name === value);

function layoutNamed(value: string): Layout {
  if (isOneOf(TRAINING_LAYOUTS, value)) return value;
  const meant = ALSO_CALLED[value];
  throw new UsageError(`--layout must be one of ${TRAINING_LAYOUTS.join(', ')}, not "${value}"`, {
    remedy:
      meant === undefined
        ? suggestion(value, TRAINING_LAYOUTS, 'layouts')
        : `Write --layout ${meant}; docs/sharing.md says how each trainer reads it.`,
  });
}

function formatNamed(value: string): FormatName {
  if (isOneOf(FORMAT_NAMES, value)) return value;
  const isLayout = isOneOf(TRAINING_LAYOUTS, value) || ALSO_CALLED[value] !== undefined;
  throw new UsageError(`--format must be one of ${FORMAT_NAMES.join(', ')}, not "${value}"`, {
    remedy: isLayout
      ? `It names the tags in the texts. How rows hold a conversation is --layout: ${TRAINING_LAYOUTS.join(' or ')}.`
      : suggestion(value, FORMAT_NAMES, 'formats'),
  });
}

export const exportCommand: CommandDefinition = (command, context) => {
  command
    .argument(
      '<traces>',
      'a run directory, RUN:STAGE, the folder of an explain or score stage, or a file of traces; of a run at work, stages that are done',
    )
    .option('--out <file>', 'where to write, as JSONL (default: print it); missing folders are made')
    .addOption(
      new Option(
        '--layout <name>',
        'messages (TRL, Axolotl, LLaMA-Factory), or prompt-completion (TRL, which then trains on what the student writes alone)',
      )
        .argParser(layoutNamed)
        .default('messages'),
    )
    .addOption(
      new Option(
        '--format <name>',
        `the tags around thought and solution: ${FORMAT_NAMES.join(', ')} (default: those of the run, else paper)`,
      ).argParser(formatNamed),
    )
    .option('--system-prompt <text>', "the student's system message (default: that of the run, else one for the tags)")
    .option(...OVERWRITE_OPTION)
    .addHelpText(
      'after',
      '\nOne line for each trace, with the texts that `rlt distill` trains a student on. Of several explanations of a problem it has\n' +
        'those that the stage kept (stages.explain.keep). docs/sharing.md says how each trainer reads the file.',
    )
    .action(async (given: string, flags: Flags) => {
      const { out, layout, format, systemPrompt = null } = flags;
      if (out !== undefined) {
        if (!out.toLowerCase().endsWith('.jsonl'))
          throw new UsageError('--out must end in .jsonl, by which trainers know what is in the file', { file: out });
        requireFree(out, '--out', flags.overwrite);
      }
      const settings = { layout, systemPrompt, ...(format === undefined ? {} : { format: FORMATS[format] }) };
      const traces = await exportable(given, settings, out);
      if (traces.recipe === undefined && format === undefined)
        context.stderr('the file is not in a run: tags of the format paper, unless --format says otherwise\n');
      const note = traces.recipe && templateNote(traces.recipe);
      if (note !== undefined) context.stderr(`${note}\n`);
      await withStopSignal(context.signal, async () => {
        const facts = await exportFacts(traces);
        for (const note of notesOn(facts)) context.stderr(`${note}\n`);
        const rows = trainingRows(traces, facts);
        if (out === undefined) return await print(rows, context);
        await writeJsonl(out, rows);
        const tags = `in the tags of the format ${traces.format.name}`;
        await context.stdout(`${counted(facts.traces, 'conversation')}, ${tags}. Everything is in ${out}.\n`);
      });
    });
};

/** What a run gives chat templates besides messages, which no file of messages has. */
function templateNote({ prompts: { date, variables } }: Recipe): string | undefined {
  const values = Object.entries({ ...variables, ...(date === null ? {} : { date }) });
  if (values.length === 0) return undefined;
  const list = values.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  return printable(
    `the run gives chat templates ${list}, which is not in the file: give the trainer's template the same`,
  );
}

function notesOn({ traces, unended, blank }: ExportFacts): readonly string[] {
  const silence = blankCount(blank, traces);
  return [
    ...(unended === 0
      ? []
      : [`${unended} of ${traces} explanations did not end with their tag: their "ended" is not "stop"`]),
    ...(silence === undefined ? [] : [silence]),
  ];
}

/** Characters per write: few writes, without holding everything in memory. */
const CHARACTERS = 1 << 16;

async function print(rows: AsyncIterable<object>, context: CliContext): Promise<void> {
  let text = '';
  for await (const row of rows) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length < CHARACTERS) continue;
    await context.stdout(text);
    text = '';
  }
  await context.stdout(text);
}
