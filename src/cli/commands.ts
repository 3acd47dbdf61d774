import type { CommandModule } from './command.js';

/** Every command, in the order of `rlt --help`. */
export const commands: readonly CommandModule[] = [];
