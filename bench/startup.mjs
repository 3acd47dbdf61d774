/**
 * What a start costs: CPU time and wall time of commands that compute nothing, next to those of Node itself.
 *
 *     npm run bench:startup -- [--rounds 11] [--package DIR] [--json FILE]
 *
 * Every round starts each command once, so that all of them meet the same moments of a busy machine; medians are
 * reported. CPU time is user and system time of the whole process, as bash's `time` measures it. A separate start says
 * whether ONNX Runtime's native library was in the process when it ended. `--package` measures another checkout.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './interleave.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    package: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const root = resolve(options.package);
const rlt = join(root, 'bin', 'rlt.js');
const scratch = mkdtempSync(join(tmpdir(), 'rlt-startup-'));
const pair = join(scratch, 'pair.jsonl');
writeFileSync(pair, `${JSON.stringify({ gold: '\\frac{1}{2}', prediction: 'It is \\boxed{0.5}.' })}\n`);

/** The commands: arguments of Node, and the exit code that shows that the command did what it is here for. */
const COMMANDS = [
  { name: 'node -e 0', argv: ['-e', '0'], code: 0 },
  { name: 'rlt --help', argv: [rlt, '--help'], code: 0 },
  { name: 'rlt --version', argv: [rlt, '--version'], code: 0 },
  { name: 'rlt grade math, one pair', argv: [rlt, 'grade', 'math', '--in', pair], code: 0 },
  { name: 'rlt evalute (usage error)', argv: [rlt, 'evalute'], code: 2 },
  { name: "import 'rlt'", argv: ['--input-type=module', '-e', "await import('rlt')"], code: 0 },
];

function check({ name, code }, result) {
  if (result.error !== undefined) throw result.error;
  if (result.status !== code) throw new Error(`${name} exited with ${result.status}, not ${code}: ${result.stderr}`);
}

/** Starts a command once: seconds of wall time and of CPU time. */
function start(command) {
  const script = `TIMEFORMAT='rlt-time %R %U %S'; time "$0" "$@"`;
  const result = spawnSync('bash', ['-c', script, process.execPath, ...command.argv], { cwd: root, encoding: 'utf8' });
  check(command, result);
  const times = /rlt-time ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(result.stderr);
  if (times === null) throw new Error(`bash gave no times for ${command.name}: ${result.stderr}`);
  const [wall, user, system] = times.slice(1).map(Number);
  return { wall, cpu: user + system };
}

/** Whether ONNX Runtime's native library is loaded when a command's process ends. */
function loadsNativeLibrary(command) {
  const report = join(scratch, 'libraries.json');
  const hook = join(scratch, 'hook.mjs');
  writeFileSync(
    hook,
    `import { writeFileSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     process.report.excludeNetwork = true;
     if (isMainThread) process.on('exit', () =>
       writeFileSync(${JSON.stringify(report)}, JSON.stringify(process.report.getReport().sharedObjects)));`,
  );
  const argv = ['--import', pathToFileURL(hook).href, ...command.argv];
  check(command, spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' }));
  return /onnxruntime/.test(readFileSync(report, 'utf8'));
}

try {
  const measured = COMMANDS.map((command) => ({ command, starts: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { command, starts } of measured) starts.push(start(command));
  }
  const rows = measured.map(({ command, starts }) => ({
    name: command.name,
    cpuSeconds: median(starts.map(({ cpu }) => cpu)),
    leastCpuSeconds: Math.min(...starts.map(({ cpu }) => cpu)),
    wallSeconds: median(starts.map(({ wall }) => wall)),
    nativeLibrary: loadsNativeLibrary(command),
  }));
  const machine = { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.version };
  console.log(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}, medians of ${rounds} starts\n`);
  console.log('| | CPU s, median | least | wall s | loads ONNX Runtime |\n|---|---:|---:|---:|---|');
  for (const row of rows) {
    const seconds = [row.cpuSeconds, row.leastCpuSeconds, row.wallSeconds].map((value) => value.toFixed(3));
    console.log(`| \`${row.name}\` | ${seconds.join(' | ')} | ${row.nativeLibrary ? 'yes' : 'no'} |`);
  }
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, rounds, rows }, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
