/** Nothing leaves the machine unasked, and nothing stays on it outside the run's own directory. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { goldenSource } from '../testing/goldens.js';
import { TINY } from './testing/rlt.js';

const module = (path: string) => new URL(path, import.meta.url).href;

const tracer = spawnSync('strace', ['-f', '-qq', '-e', 'trace=network', process.execPath, '--version']);
const tracing = tracer.status === 0;
const why = tracer.error?.message ?? `${tracer.stderr}`.split('\n')[0];

/** ONNX Runtime, left alone, first asks for its collector's address 11 to 13 seconds after its first session. */
const LINGER_MS = tracing ? 16_000 : 0;

/** Trains on two threads, then waits as long as telemetry would need to be sent. */
const TRAIN = `
  const { openLocalEngine, tokenIds } = await import(${JSON.stringify(module('../index.js'))});
  const engine = await openLocalEngine({ threads: 2 });
  const policy = await engine.train(${JSON.stringify(goldenSource('smollm2'))});
  const ids = tokenIds([3, 4, 5, 6]);
  const positions = [1, 2, 3];
  const sequence = { ids, positions, temperature: 1, weights: Float32Array.of(1, 1, 1) };
  await policy.accumulate([sequence, sequence]);
  await policy.step({ learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
  await new Promise((resolve) => setTimeout(resolve, ${LINGER_MS}));
  await engine.close();
  console.log('trained');
`;

const inThread = (program: string) => `
  const { Worker } = await import('node:worker_threads');
  new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(program)})));
`;

const script = (program: string) => ['--input-type=module', '--eval', program];

const scratch = mkdtempSync(join(tmpdir(), 'rlt-privacy-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Observed {
  readonly code: number | null;
  readonly output: string;
  /** Files and directories under the home, cache and temporary directories. */
  readonly left: readonly string[];
  /** System calls that name an address of the network; undefined where they cannot be observed. */
  readonly calls: readonly string[] | undefined;
}

/** Runs Node with nothing in its environment but fresh directories: telemetry is silent where it sees a CI server. */
async function observe(argv: readonly string[], variables: Readonly<Record<string, string>>): Promise<Observed> {
  const root = mkdtempSync(join(scratch, 'case-'));
  const places = { HOME: join(root, 'home'), XDG_CACHE_HOME: join(root, 'cache'), TMPDIR: join(root, 'tmp') };
  for (const place of Object.values(places)) mkdirSync(place);
  const log = join(root, 'calls');
  const trace = tracing ? ['strace', '-f', '-qq', '-e', 'trace=network', '-o', log] : [];
  const [command = process.execPath, ...args] = [...trace, process.execPath, ...argv];
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), ...places, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const left = Object.values(places).flatMap((place) => readdirSync(place, { recursive: true }).map(String));
  const calls = tracing
    ? readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => /AF_INET|\bsend(to|msg|mmsg)\(/.test(line))
    : undefined;
  return { code, output, left, calls };
}

const asked = { ORT_DISABLE_TELEMETRY: '0' };
const RUN = [fileURLToPath(new URL('../cli/main.js', import.meta.url)), 'run', TINY, '--set', 'engine.threads=2'];
const CASES = {
  'a run of the command line': observe(RUN, {}),
  'a program that trains, where telemetry is asked for': observe(script(TRAIN), asked),
  'a program that trains in a thread of its own': observe(script(inThread(TRAIN)), {}),
};

it.each(Object.entries(CASES))('%s leaves no file behind and calls nobody', async (_, observed) => {
  const { code, output, left, calls } = await observed;
  expect(code, output).toBe(0);
  expect(left).toEqual([]);
  if (calls !== undefined) expect(calls).toEqual([]);
});

if (!tracing) it.skip(`network calls are not observed: strace cannot be used here (${why})`, () => {});
