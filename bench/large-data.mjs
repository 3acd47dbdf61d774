/**
 * What `rlt run --dry-run` costs on many problems: CPU time, wall time and peak memory, for JSONL and Parquet. With
 * `--stage`: what a run costs that has one stage, a warm-up of one step of two examples, so that reading is nearly all.
 *
 *     npm run build && node bench/large-data.mjs [--rows 10000,100000,1000000] [--formats jsonl,parquet] [--stage] [--package DIR] [--keep DIR]
 *
 * Each row has an id, a question, a solution, an answer and a trace, about 300 bytes together, and each question is
 * different. The recipe of dry runs is own-data with a fifth held out. A run has a process of its own: its peak is the largest
 * resident set, as /usr/bin/time or getrusage would say. `--package` measures another checkout, `--keep` leaves the data.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,100000,1000000' },
    formats: { type: 'string', default: 'jsonl,parquet' },
    stage: { type: 'boolean', default: false },
    package: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    keep: { type: 'string' },
  },
});
const scratch = options.keep ?? mkdtempSync(join(tmpdir(), 'rlt-large-data-'));
mkdirSync(scratch, { recursive: true });

const NAMES = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gia', 'Hal', 'Ida', 'Jon', 'Kim', 'Leo'];
const THINGS = ['shells', 'stones', 'coins', 'cards', 'books', 'apples', 'stamps', 'beads'];
const COLUMNS = ['id', 'question', 'solution', 'answer', 'reasoning_trace'];

/** The row at an index: a pure function, so that both formats hold the same. */
function rowAt(index) {
  const [name, other] = [NAMES[index % 12], NAMES[(index + 1 + (Math.floor(index / 12) % 11)) % 12]];
  const thing = THINGS[Math.floor(index / 132) % 8];
  const [a, b, c] = [index % 97, Math.floor(index / 97) % 101, Math.floor(index / 9797) + 2];
  const total = a + b + b + c;
  return {
    id: `row-${index}`,
    question: `${name} has ${a} ${thing}. ${other} has ${b} more ${thing} than ${name}. Then ${name} finds ${c} ${thing}. How many ${thing} do ${name} and ${other} have together?`,
    solution: `The answer is ${total + a}.`,
    answer: String(total + a),
    reasoning_trace: `${other} has ${a} + ${b} = ${a + b} ${thing}. ${name} has ${a} + ${c} = ${a + c} ${thing}. ${name} and ${other} have ${a + c} + ${a + b} = ${a + c + a + b} ${thing}.`,
  };
}

async function writeJsonl(file, rows) {
  const stream = createWriteStream(file);
  for (let from = 0; from < rows; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - from) }, (_, i) => JSON.stringify(rowAt(from + i)));
    if (!stream.write(`${lines.join('\n')}\n`)) await new Promise((done) => stream.once('drain', done));
  }
  await new Promise((done) => stream.end(done));
}

/** In row groups of 100,000, as common writers make them. */
function writeParquet(file, rows) {
  const schema = [
    { name: 'root', num_children: COLUMNS.length },
    ...COLUMNS.map((name) => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' })),
  ];
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema });
  for (let from = 0; from < rows; from += 100_000) {
    const group = Array.from({ length: Math.min(100_000, rows - from) }, (_, i) => rowAt(from + i));
    writer.write({
      columnData: COLUMNS.map((name) => ({ name, data: group.map((row) => row[name]), statistics: false })),
      rowGroupSize: 100_000,
    });
  }
  writer.finish();
  writeFileSync(file, bytes.getBytes());
}

/** Prints what a process used when it ends. */
function hookFile() {
  const file = join(scratch, 'hook.mjs');
  writeFileSync(
    file,
    `import { isMainThread } from 'node:worker_threads';
     import { writeSync } from 'node:fs';
     if (isMainThread) process.on('exit', () => {
       const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
       writeSync(2, \`\\nrlt-usage \${(userCPUTime + systemCPUTime) / 1e6} \${maxRSS / 1024}\\n\`);
     });`,
  );
  return file;
}

const ONE_STAGE = [
  'name: large',
  'engine: { kind: local, threads: 1 }',
  'models: { base: { source: builtin:base } }',
  'stages: [{ stage: warm-up, teacher: base, data: train, steps: 1, batch: 2 }]',
];

function measured(data, hook) {
  const recipe = `${data}.yaml`;
  const lines = options.stage ? ONE_STAGE : ['extends: own-data', 'name: large'];
  writeFileSync(recipe, [...lines, `data: { train: { source: ${JSON.stringify(data)} } }`, ''].join('\n'));
  const rlt = join(resolve(options.package), 'bin', 'rlt.js');
  const out = join(scratch, 'run');
  rmSync(out, { recursive: true, force: true });
  const run = ['run', recipe, '--out', out, ...(options.stage ? [] : ['--dry-run'])];
  const argv = ['--import', pathToFileURL(hook).href, rlt, ...run];
  const begin = performance.now();
  const { status, stderr, error } = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  const found = /rlt-usage ([\d.]+) ([\d.]+)/.exec(stderr);
  if (status !== 0 || found === null) throw new Error(`the run ended with ${status}: ${stderr}`);
  return { cpu: Number(found[1]), mebibytes: Number(found[2]), wall: (performance.now() - begin) / 1000 };
}

try {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`);
  console.log('| rows | format | file, MB | CPU s | wall s | peak memory, MiB |\n|---:|---|---:|---:|---:|---:|');
  const hook = hookFile();
  for (const rows of options.rows.split(',').map(Number)) {
    for (const format of options.formats.split(',')) {
      const file = join(scratch, `${rows}.${format}`);
      await (format === 'parquet' ? writeParquet(file, rows) : writeJsonl(file, rows));
      const { cpu, wall, mebibytes } = measured(file, hook);
      const size = (statSync(file).size / 1e6).toFixed(0);
      console.log(
        `| ${rows} | ${format} | ${size} | ${cpu.toFixed(1)} | ${wall.toFixed(1)} | ${mebibytes.toFixed(0)} |`,
      );
      if (options.keep === undefined) rmSync(file);
    }
  }
} finally {
  if (options.keep === undefined) rmSync(scratch, { recursive: true });
}
