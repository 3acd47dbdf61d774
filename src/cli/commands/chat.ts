/** `rlt chat MODEL`: questions to one model, with replies as they are sampled. */
import { createInterface } from 'node:readline';
import { InputError, InterruptedError, type Place, UsageError } from '../../errors.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { exitAtOnce } from '../../exit.js';
import { CHAT_STAGE, type Chat, openChat, type Reply } from '../../pipeline/chat/chat.js';
import { heldNote } from '../../pipeline/inputs/held-models.js';
import { namedModel, nameOfSource } from '../../pipeline/inputs/trained-models.js';
import { roleWarning } from '../../pipeline/inputs/training-record.js';
import { printable } from '../../printable.js';
import { interruptFirst } from '../../run/interrupt.js';
import { type Address, checkAddress } from '../../serve/settings.js';
import { isBlank } from '../../stages/explanation-signs.js';
import { withStopSignal } from '../../stopping.js';
import { heldBy, requireBits, requireFloats } from '../bits-options.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { addListenOptions, addressOf, DEFAULT_HOST, type ListenFlags } from '../listen-options.js';
import { failureReport, untilStopped } from '../serving.js';
import {
  addModelOptions,
  inOptions,
  type ModelFlags,
  overridesOf,
  requireEmbedded,
  serverText,
} from './model-options.js';

interface Flags extends ModelFlags, ListenFlags {}

export const chatCommand: CommandDefinition = (command, context) => {
  addModelOptions(command);
  command.option(
    '--packed-weights',
    'hold a second copy of float32 weights, packed for replies, which makes them faster (models of more than 16 million parameters, on the CPU)',
  );
  addListenOptions(command, {
    about: "answer over HTTP on this port, as OpenAI's chat completions do; 0 takes a free one",
  })
    .addHelpText(
      'after',
      '\nEvery line is a question by itself; with --teacher a line with the question is followed by one with its solution.\n' +
        'Ctrl-C stops a reply, and ends the conversation where there is none; so does Ctrl-D.',
    )
    .action(async (given: string, name: string | undefined, flags: Flags) => {
      const asTeacher = flags.teacher === true;
      requireFitting(flags);
      const address = flags.port === undefined ? undefined : await addressOf(flags, flags.port);
      if (address !== undefined) checkAddress(address);
      const named = await namedModel(given, name, { asTeacher, reach: 'servers' });
      const { source, held, chosen, name: called } = named;
      requireEmbedded(flags, named);
      requireBits(flags, [held.bits]);
      requireFloats(flags, held);
      const overrides = overridesOf({ ...flags, ...heldBy(flags, held) }, CHAT_STAGE);
      const note = (text: string): void => void context.stderr(`${text}\n`);
      const opening = () => openChat({ model: named, asTeacher, format: flags.format, overrides, note });
      const chat = await withStopSignal(context.signal, opening).catch((error: unknown) => {
        throw inOptions(error, CHAT_STAGE);
      });
      try {
        note(`${printable(source)}${serverText(named)}: ${chat.about}`);
        const inBits = flags.bits === undefined ? heldNote(held) : undefined;
        if (inBits !== undefined) note(inBits);
        if (chosen !== undefined) note(chosen);
        const warning = await roleWarning(named.home, asTeacher);
        if (warning !== undefined) note(`warning: ${warning}`);
        if (address === undefined) await converse(chat, asTeacher, context);
        else await answer(chat, called ?? nameOfSource(source), address, context);
      } finally {
        await chat.close();
      }
    });
};

/** @throws {UsageError} when options do not fit one another */
function requireFitting({ port, teacher, host, tokenFile, allowedHost }: Flags): void {
  if (port !== undefined && teacher === true) {
    throw new UsageError('a teacher explains solutions, for which chat completions have no field', {
      remedy: 'Leave out --port, or take `rlt generate --teacher`.',
    });
  }
  if (port === undefined && (host !== DEFAULT_HOST || tokenFile !== undefined || allowedHost.length > 0))
    throw new UsageError('--host, --token-file and --allowed-host are for answers over HTTP', {
      remedy: 'Add --port.',
    });
}

/** Answers over HTTP until it is stopped. */
async function answer(chat: Chat, name: string, address: Address, context: CliContext): Promise<void> {
  const { serveChat } = await import('../../pipeline/chat/chat-server.js');
  if (context.signal.aborted) throw new InterruptedError();
  const server = await serveChat(chat, { ...address, name, report: failureReport(context) });
  await context.stdout(`${server.url}/v1 answers as ${printable(name)}\n`);
  await untilStopped(context);
  await server.close();
}

async function converse(chat: Chat, asTeacher: boolean, context: CliContext): Promise<void> {
  const isTerminal = 'isTTY' in context.input && context.input.isTTY === true && context.terminal;
  let replying: AbortController | undefined;
  const lines = createInterface({
    input: context.input,
    ...(isTerminal ? { output: process.stderr, terminal: true } : { crlfDelay: Number.POSITIVE_INFINITY }),
  });
  let isLeaving = false;
  let unasked = 0;
  let line = 0;
  const interrupt = (): boolean => {
    if (replying !== undefined) {
      if (replying.signal.aborted) exitAtOnce();
      replying.abort(new InterruptedError());
      return true;
    }
    leave();
    return true;
  };
  const leave = (): void => {
    isLeaving = true;
    replying?.abort(new InterruptedError());
    lines.close();
  };
  context.signal.addEventListener('abort', leave, { once: true });
  if (context.signal.aborted) leave();
  const restore = interruptFirst(interrupt);
  lines.on('SIGINT', interrupt);
  const asked = lines[Symbol.asyncIterator]();
  const next = async (what: string): Promise<string | undefined> => {
    for (;;) {
      if (isLeaving) return undefined;
      lines.setPrompt(`${what}> `);
      if (isTerminal) lines.prompt();
      const { value, done } = await asked.next();
      if (done === true) return undefined;
      line++;
      if (value.trim() !== '') return value.trim();
    }
  };
  try {
    for (let turn = 0; ; turn++) {
      const question = await next('question');
      if (question === undefined) break;
      const at = line;
      const solution = asTeacher ? await next('solution') : undefined;
      if (asTeacher && solution === undefined) {
        if (!isLeaving) {
          context.stderr('the last question has no solution\n');
          unasked += 1;
        }
        break;
      }
      const damaged = [question, solution].find((text) => text?.includes(REPLACED) === true);
      if (damaged !== undefined) {
        context.stderr(
          `${notText(damaged, isTerminal ? {} : { file: 'standard input', line: damaged === question ? at : line }).message}\n`,
        );
        unasked += 1;
        continue;
      }
      const controller = new AbortController();
      replying = controller;
      const ask = async () => {
        const prepared = chat.prepare({ question, solution, turn });
        return prepared.reply((text) => void context.stdout(printable(text)), controller.signal);
      };
      const reply = await ask().catch((error: unknown) => {
        // One question that cannot be asked costs no other.
        if (!(error instanceof InputError)) throw error;
        context.stderr(`${error.message}\n`);
        return undefined;
      });
      replying = undefined;
      if (reply === undefined) {
        unasked += 1;
        continue;
      }
      await context.stdout('\n');
      context.stderr(afterwards(reply, asTeacher));
    }
  } finally {
    restore();
    context.signal.removeEventListener('abort', leave);
    lines.close();
    if (isTerminal) context.stderr('\n');
  }
  if (isLeaving) throw new InterruptedError('the conversation was ended');
  if (unasked > 0 && !isTerminal) throw new InputError(`${unasked} of the questions could not be asked`);
}

/** What stands in a text for bytes that are not UTF-8. */
const REPLACED = '\ufffd';

const notText = (text: string, place: Place): InputError =>
  new InputError(`the line has bytes that are not UTF-8, here as ${REPLACED}: ${printable(excerpt(text))}`, {
    ...place,
    remedy: 'It was not asked. Save the text as UTF-8, or set the terminal to it, and ask again.',
  });

/** What a reader does not see of a reply. */
function afterwards({ text, ended, answer, isTagged }: Reply, asTeacher: boolean): string {
  if (ended === 'interrupted') return '(stopped)\n';
  const notes: string[] = [];
  if (asTeacher && isBlank(text)) notes.push('the explanation is blank');
  if (asTeacher && isTagged === false) notes.push('the explanation has no end tag');
  if (!asTeacher && answer !== undefined) notes.push(`solution: ${printable(answer).replaceAll('\n', ' ')}`);
  if (ended === 'length') notes.push('cut at the limit of tokens');
  if (ended === 'context') notes.push("cut at the end of the model's context");
  return notes.length === 0 ? '' : `(${notes.join('; ')})\n`;
}
