/** `rlt chat MODEL`: questions to one model, with replies as they are sampled. */
import { createInterface } from 'node:readline';
import { InterruptedError, RecipeError, type RltError, UsageError } from '../../errors.js';
import { CHAT_FORMATS, CHAT_STAGE, type Chat, openChat, type Reply } from '../../pipeline/chat.js';
import { namedModel } from '../../pipeline/inputs/trained-models.js';
import { withoutRecipe } from '../../pipeline/run-for-file.js';
import { printable } from '../../printable.js';
import { interruptFirst } from '../../run/interrupt.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { flagOf } from '../flags.js';

interface Flags {
  readonly teacher?: boolean;
  readonly format?: string;
  readonly temperature?: string;
  readonly maxTokens?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly provider?: string;
}

/** Where in the recipe of a chat the values of options are. */
const FIELDS = {
  temperature: `stages.${CHAT_STAGE}.sampling.temperature`,
  maxTokens: `stages.${CHAT_STAGE}.sampling.maxTokens`,
  seed: 'seed',
  threads: 'engine.threads',
  provider: 'engine.provider',
} as const;

export const chatCommand: CommandDefinition = (command, context) => {
  command
    .argument('<model>', 'a run directory, the folder of a model, builtin:base, or hf:owner/name')
    .argument('[name]', 'the model of the run: a stage, or a student as the table of results names it')
    .option('--teacher', 'a question and its solution in, an explanation out')
    .option('--format <name>', `how it is asked: ${CHAT_FORMATS.join(', ')} (default: as it was trained, else plain)`)
    .option('--temperature <value>', 'sampling temperature; 0 always takes the likeliest token (default: 0.7)')
    .option('--max-tokens <n>', 'most tokens of a reply (default: as many as fit)')
    .option('--seed <n>', 'seed of the replies (default: 1)')
    .option('--threads <n>', 'threads (default: every core)')
    .option('--provider <name>', 'what computes: cpu (default), webgpu or cuda')
    .addHelpText(
      'after',
      '\nEvery line is a question by itself; with --teacher a line with the question is followed by one with its solution.\n' +
        'Ctrl-C stops a reply, and ends the conversation where there is none; so does Ctrl-D.',
    )
    .action(async (given: string, name: string | undefined, flags: Flags) => {
      const asTeacher = flags.teacher === true;
      const { source } = await namedModel(given, name, asTeacher);
      const overrides = Object.entries(FIELDS).flatMap(([flag, field]) => {
        const value = flags[flag as keyof typeof FIELDS];
        return value === undefined ? [] : [`${field}=${value}`];
      });
      const chat = await openChat({ source, asTeacher, format: flags.format, overrides }).catch((error: unknown) => {
        throw error instanceof RecipeError ? inOptions(error) : error;
      });
      try {
        context.stderr(`${printable(source)}: ${chat.about}\n`);
        await converse(chat, asTeacher, context);
      } finally {
        await chat.close();
      }
    });
};

/** What is wrong with the recipe of a chat, by the option that it comes from. */
function inOptions(error: RecipeError): RltError {
  const [problem] = error.problems;
  const option = Object.entries(FIELDS).find(([, field]) => field === problem?.field)?.[0];
  const flag = problem?.field === 'format' ? '--format' : option === undefined ? undefined : flagOf(option);
  if (problem === undefined || flag === undefined) return withoutRecipe(error);
  return new UsageError(`${flag} ${problem.message}`, problem.remedy === undefined ? {} : { remedy: problem.remedy });
}

async function converse(chat: Chat, asTeacher: boolean, context: CliContext): Promise<void> {
  const isTerminal = 'isTTY' in context.input && context.input.isTTY === true && context.terminal;
  let replying: AbortController | undefined;
  const lines = createInterface({
    input: context.input,
    ...(isTerminal ? { output: process.stderr, terminal: true } : { crlfDelay: Number.POSITIVE_INFINITY }),
  });
  let isLeaving = false;
  const interrupt = (): boolean => {
    if (replying !== undefined) {
      replying.abort(new InterruptedError());
      return true;
    }
    isLeaving = true;
    lines.close();
    return true;
  };
  const restore = interruptFirst(interrupt);
  lines.on('SIGINT', interrupt);
  const asked = lines[Symbol.asyncIterator]();
  const next = async (what: string): Promise<string | undefined> => {
    for (;;) {
      lines.setPrompt(`${what}> `);
      if (isTerminal) lines.prompt();
      const { value, done } = await asked.next();
      if (done === true) return undefined;
      if (value.trim() !== '') return value.trim();
    }
  };
  try {
    for (let turn = 0; ; turn++) {
      const question = await next('question');
      if (question === undefined) break;
      const solution = asTeacher ? await next('solution') : undefined;
      if (asTeacher && solution === undefined) break;
      replying = new AbortController();
      const reply = await chat.ask(
        turn,
        question,
        solution,
        (text) => void context.stdout(printable(text)),
        replying.signal,
      );
      replying = undefined;
      await context.stdout('\n');
      context.stderr(afterwards(reply, asTeacher));
    }
  } finally {
    restore();
    lines.close();
    if (isTerminal) context.stderr('\n');
  }
  if (isLeaving) throw new InterruptedError('the conversation was ended');
}

/** What a reader does not see of a reply. */
function afterwards({ ended, answer, isTagged }: Reply, asTeacher: boolean): string {
  if (ended === 'interrupted') return '(stopped)\n';
  const notes: string[] = [];
  if (asTeacher && isTagged === false) notes.push('the explanation has no end tag');
  if (!asTeacher && answer !== undefined) notes.push(`answer: ${printable(answer).replaceAll('\n', ' ')}`);
  if (ended === 'length') notes.push('cut at the limit of tokens');
  if (ended === 'context') notes.push("cut at the end of the model's context");
  return notes.length === 0 ? '' : `(${notes.join('; ')})\n`;
}
