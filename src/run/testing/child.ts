/** The program of the processes that children.ts starts. */
import { join } from 'node:path';
import { BusyError } from '../../errors.js';
import { writeSynced } from '../../storage.js';
import { newestCheckpoint, writeCheckpoint } from '../checkpoint.js';
import { interruptSignal } from '../interrupt.js';
import { acquireLock } from '../lock.js';

const [what, directory = ''] = process.argv.slice(2);
// Keeps the process alive until it is killed.
setInterval(() => undefined, 1 << 30);

if (what === 'hold-lock') {
  try {
    await acquireLock(directory);
    console.log('locked');
  } catch (error) {
    console.log(error instanceof BusyError ? 'busy' : String(error));
  }
} else if (what === 'wait-for-signal') {
  const signal = interruptSignal(() => undefined);
  signal.addEventListener('abort', () => console.log(signal.reason instanceof Error ? signal.reason.name : 'no error'));
  console.log('waiting');
} else {
  const last = await newestCheckpoint(
    directory,
    (state) => state,
    () => undefined,
  );
  for (let step = (last?.step ?? 0) + 1; ; step++) {
    await writeCheckpoint(directory, { step, metricsBytes: 0, state: null }, (partial) =>
      writeSynced(join(partial, 'weights.bin'), `${step};`.repeat(200_000)),
    );
    console.log(step);
  }
}
