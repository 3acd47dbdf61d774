// Prints what a comparison ran on: node scripts/interop/about.mjs PYTHON PACKAGE ...
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

const [python, ...packages] = process.argv.slice(2);
const versions = execFileSync(
  python,
  [
    '-c',
    'import sys, importlib.metadata as m; print(*(f"{p} {m.version(p)}" for p in sys.argv[1:]), sep=", ")',
    ...packages,
  ],
  { encoding: 'utf8' },
).trim();
const processors = cpus();
console.log(versions);
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ` +
    `${processors.length} processors: ${processors[0]?.model}, which other programs shared`,
);
