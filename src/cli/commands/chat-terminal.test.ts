/** `rlt chat` where people use it: in a terminal, which tmux is here. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../pipeline/testing/rlt.js';
import { endlessModel, QUESTION } from '../testing/endless-model.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isThere = hasTmux();
if (!isThere) console.log('chat in a terminal: skipped, needs tmux (Debian: apt-get install tmux)');

const MINUTE = 60_000;

interface Terminal {
  /** What is on the screen. */
  readonly screen: () => string;
  readonly type: (...keys: readonly string[]) => void;
}

/** A terminal of its own, in which a command runs; when that has ended, the screen says with what code. */
function terminal(...command: readonly string[]): Terminal {
  const socket = join(temporaryFolder(), 'tmux');
  const tmux = (...argv: readonly string[]): string =>
    execFileSync('tmux', ['-f', '/dev/null', '-S', socket, ...argv], { encoding: 'utf8' });
  const quoted = command.map((word) => `'${word}'`).join(' ');
  tmux('new-session', '-d', '-x', '100', '-y', '40', `${quoted}; echo "ended with $?"; exec sleep 600`);
  onTestFinished(() => void tmux('kill-server'));
  return {
    screen: () => tmux('capture-pane', '-p', '-J'),
    type: (...keys) => void tmux('send-keys', ...keys),
  };
}

const chatWith = (...argv: readonly string[]): Terminal =>
  terminal(process.execPath, MAIN, 'chat', '--threads', '1', ...argv);

test.skipIf(!isThere)(
  'a prompt, an answer that grows, Ctrl-C for one reply, and Ctrl-D',
  { timeout: 3 * MINUTE },
  async () => {
    const { screen, type } = chatWith(await endlessModel(), '--seed', '10', '--max-tokens', '3900');
    const shows = (what: RegExp) => expect.poll(screen, { timeout: MINUTE, interval: 20 }).toMatch(what);
    await shows(/asked as a student.*\nquestion> *\n/);
    type('-l', QUESTION);
    await shows(/question> Tom has 5 apples and buys 3\. How many apples does Tom have\?/);
    type('Enter');
    // It is there word by word, long before its end.
    await shows(/have\?\n.{20}/);
    const early = screen().trim();
    await expect.poll(() => screen().trim().length, { timeout: MINUTE }).toBeGreaterThan(early.length + 40);
    expect(screen()).not.toContain('(stopped)');
    type('C-c');
    await shows(/\(stopped\)\nquestion> *\n/);
    expect(screen()).not.toContain('ended with');

    // What was typed can be corrected and asked again, as in every prompt.
    type('-l', 'nothing');
    type('C-u', 'Up');
    await shows(/\(stopped\)\nquestion> Tom has 5 apples/);
    type('C-u');
    await shows(/\(stopped\)\nquestion> *\n/);
    type('C-d');
    await shows(/\nended with 0\n/);
  },
);

test.skipIf(!isThere)('Ctrl-C at the prompt ends the conversation', { timeout: 2 * MINUTE }, async () => {
  const { screen, type } = chatWith('builtin:base', '--teacher');
  const shows = (what: RegExp) => expect.poll(screen, { timeout: MINUTE, interval: 20 }).toMatch(what);
  await shows(/question> *\n/);
  type('-l', QUESTION);
  type('Enter');
  await shows(/solution> *\n/);
  type('-l', '5 + 3 = 8. The answer is 8.');
  type('Enter');
  await shows(/The answer is 8\.\n[\s\S]*\nquestion> *\n/);
  type('C-c');
  await shows(/\nended with 130\n/);
});
