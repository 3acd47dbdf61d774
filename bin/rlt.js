#!/usr/bin/env node
/** The command `rlt`. It stands here and not in dist/, since npx remembers for ever a command that it did not find before the first build. */
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('usage: rlt has not been built yet\n  Run npm run build.\n');
  process.exit(2);
}
