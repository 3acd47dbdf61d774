/** Reading and checking many rows: it can be stopped, and a terminal shows how far it is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { InterruptedError } from '../errors.js';
import { temporaryFolder } from '../pipeline/testing/rlt.js';
import { Turns } from '../stopping.js';
import type { CommandModule } from './command.js';
import { runCli } from './program.js';
import { runCommandLine } from './testing/run-command.js';

const ROWS = 20_000;

/** A file of pairs to grade, or of problems. */
function manyRows(row: (index: number) => object): string {
  const file = join(temporaryFolder(), 'rows.jsonl');
  const lines = Array.from({ length: ROWS }, (_, index) => `${JSON.stringify(row(index))}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
const pairs = () => manyRows((i) => ({ gold: `${i}`, prediction: `So x is \\boxed{${i}}, as we know.` }));
const problems = () =>
  manyRows((i) => ({ question: `What is ${i} + 1?`, solution: `${i} + 1 is ${i + 1}. The answer is ${i + 1}.` }));

test.each([
  ['grade', () => ['grade', 'math', '--in', pairs()]],
  ['run --dry-run', () => ['run', 'own-data', '--set', `data.train.source=${problems()}`, '--dry-run']],
  [
    'run',
    () => ['run', 'own-data', '--set', `data.train.source=${problems()}`, '--out', join(temporaryFolder(), 'run')],
  ],
  ['evaluate', () => ['evaluate', '--model', 'builtin:base', '--problems', problems(), '--dry-run']],
])('Ctrl-C while %s reads ends in 130, and no plan or result is printed', { timeout: 60_000 }, async (_, argv) => {
  const words = argv();
  const controller = new AbortController();
  // A timer fires only where the reading gives the process a turn, as a signal of the system is seen.
  const stopped = setTimeout(400).then(() => controller.abort(new InterruptedError()));
  const { code, stdout, stderr } = await runCommandLine(words, { signal: controller.signal });
  expect(controller.signal.aborted).toBe(true);
  await stopped;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/interrupted: the work was stopped$/m)]);
  expect(stdout).not.toMatch(/Plan|correct, /);
});

test('a terminal shows what takes more than two seconds, until something is written; --quiet and files do not', async () => {
  const slow: CommandModule = {
    name: 'slow',
    summary: 'takes long',
    load: async () => (command, context) => {
      command.option('-q, --quiet').action(async () => {
        const turns = new Turns();
        await turns.give(() => 'reading data.jsonl: row 1');
        await setTimeout(2050);
        await turns.give(() => 'reading data.jsonl: row 2');
        context.stderr('done\n');
      });
    },
  };
  const written = async (terminal: boolean, ...flags: readonly string[]): Promise<string> => {
    let text = '';
    const stderr = (piece: string): void => {
      text += piece;
    };
    const { signal } = new AbortController();
    const context = { stdout: async () => undefined, stderr, terminal, columns: 80, input: Readable.from([]), signal };
    expect(await runCli(['slow', ...flags], [slow], context)).toBe(0);
    return text;
  };
  const clear = '\r\u001b[2K';
  expect(await Promise.all([written(true), written(true, '-q'), written(false)])).toEqual([
    `${clear}reading data.jsonl: row 2${clear}done\n`,
    'done\n',
    'done\n',
  ]);
});
