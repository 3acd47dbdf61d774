/** Options of the commands that answer on an address. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { Address } from '../serve/settings.js';
import { storageError } from '../system-errors.js';
import { numberOption } from './number-option.js';

/** Where nobody but this machine asks. */
export const DEFAULT_HOST = '127.0.0.1';

export interface ListenFlags {
  readonly host: string;
  readonly port?: number;
  readonly tokenFile?: string;
  readonly allowedHost: readonly string[];
}

export function addListenOptions(
  command: Command,
  port: { readonly about: string; readonly preset?: number },
): Command {
  return command
    .option('--host <address>', `address to listen on; any but ${DEFAULT_HOST} needs --token-file`, DEFAULT_HOST)
    .option(
      '--port <n>',
      port.about,
      numberOption('--port', { minimum: 0, maximum: 65_535, integer: true }),
      port.preset,
    )
    .option('--token-file <file>', 'file with the token that every request must show (tml-…)')
    .option('--allowed-host <name...>', 'other names by which clients call this machine', []);
}

export async function addressOf({ host, tokenFile, allowedHost }: ListenFlags, port: number): Promise<Address> {
  return {
    host,
    port,
    token: tokenFile === undefined ? undefined : await tokenIn(tokenFile),
    allowedHosts: allowedHost,
  };
}

async function tokenIn(file: string): Promise<string> {
  if (!existsSync(file)) {
    throw new UsageError(`there is no file ${file}`, {
      field: '--token-file',
      remedy: 'Write the token into it first.',
    });
  }
  // A pipe is welcome: a secret need not lie on a disk.
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw storageError('read', file, cause);
  });
  return text.trim();
}
