import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { goldenDirectory } from './testing/goldens.js';

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Computes without a pause, and leaves by a second Ctrl-C at a time that differs by the trial. */
const program = `
  const { openLocalEngine } = await import(${module('./engine/local/local-engine.js')});
  const { interruptSignal } = await import(${module('./run/interrupt.js')});
  interruptSignal(() => undefined);
  const engine = await openLocalEngine({ threads: 1 });
  const policy = await engine.train({ kind: 'directory', directory: ${JSON.stringify(goldenDirectory('smollm2'))} });
  const ids = Int32Array.from({ length: 60 }, (_, i) => i % 40);
  const positions = Int32Array.from({ length: 59 }, (_, i) => i + 1);
  const sequences = Array.from({ length: 200 }, () => ({ ids, positions, temperature: 1 }));
  await policy.logProbs(sequences);
  console.log('computing');
  for (;;) await policy.logProbs(sequences);
`;

it('a second Ctrl-C during native computation ends in 130, not in SIGABRT', { timeout: 120_000 }, async () => {
  const ends: string[] = [];
  for (let trial = 0; trial < 6; trial++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../', import.meta.url)),
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    await new Promise((resolve) => setTimeout(resolve, 17 * trial));
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 20);
    const [code, signal] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode, null];
    ends.push(`${code} ${signal} ${errors}`);
  }
  expect(ends).toEqual(ends.map(() => '130 null '));
});

/** Spends most of its time between calls, which is where an exit must keep it from starting the next one. */
const between = `
  const { Worker } = await import('node:worker_threads');
  const { awaitNativeCallsOnExit } = await import(${module('./native-calls.js')});
  const { exitProcess } = await import(${module('./exit.js')});
  const started = new Int32Array(new SharedArrayBuffer(4));
  awaitNativeCallsOnExit();
  new Worker(\`
    const { workerData } = require('node:worker_threads');
    (async () => {
      const { nativeCall } = await import(${module('./native-calls.js')});
      for (;;) {
        await nativeCall(async () => { Atomics.add(workerData, 0, 1); Atomics.notify(workerData, 0); });
        for (const end = performance.now() + 20; performance.now() < end; );
      }
    })();
  \`, { eval: true, workerData: started, execArgv: [] });
  Atomics.wait(started, 0, 0, 60_000);
  process.on('exit', () => {
    const before = Atomics.load(started, 0);
    Atomics.wait(started, 0, before, 200);
    console.log(before > 0, Atomics.load(started, 0) - before);
  });
  exitProcess(0);
`;

it('starts no native call while the process is being left', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', between]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  expect(output).toBe('true 0\n');
});
