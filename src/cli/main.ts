#!/usr/bin/env node
import { exitHungUp, exitProcess } from '../exit.js';
import { hungUp, interruptSignal } from '../run/interrupt.js';
import type { CliContext } from './command.js';
import { commands } from './commands.js';
import { runCli } from './program.js';

// `rlt problems … | head` closes our standard output early; that is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The terminal has gone; what works now saves its state first.
  if (hungUp()) return;
  if (error.code === 'EPIPE') exitProcess(0);
  process.stderr.write(`storage: standard output takes no more: ${error.message}\n`);
  exitProcess(1);
});
// A reader of progress that leaves (`2>&1 | head -1`, a closed terminal) must not end hours of training.
process.stderr.on('error', () => undefined);

const context: CliContext = {
  stdout: (text) =>
    new Promise((resolve) => {
      if (process.stdout.write(text)) resolve();
      else process.stdout.once('drain', resolve);
    }),
  stderr: (text) => {
    process.stderr.write(text);
  },
  // Only a command that reads it opens it.
  get input() {
    return process.stdin;
  },
  terminal: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? 80,
  signal: interruptSignal((text) => process.stderr.write(text)),
};

const code = await runCli(process.argv.slice(2), commands, context);
// Worker threads or sockets still open must not keep a finished command alive; only the output is awaited.
process.stdout.write('', () => (code === 130 && hungUp() ? exitHungUp() : exitProcess(code)));
