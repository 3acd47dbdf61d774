/** TensorBoard: an event file in the run directory. */
import { join } from 'node:path';
import type { Tracker } from '../tracker.js';
import { parametersEvent, scalarsEvent, versionEvent } from './event-file.js';
import { appendAt, lengthIn } from './grown-file.js';

/** TensorBoard reads every file with `tfevents` in its name. The usual name holds the time and the host. */
const FILE = join('tensorboard', 'events.out.tfevents.rlt');

export function tensorboard(runDirectory: string): Tracker {
  const file = join(runDirectory, FILE);
  return {
    label: 'tensorboard',
    destination: 'tensorboard',
    async send({ run, entries, memory }) {
      const length = lengthIn(memory);
      const begins = length === 0;
      const bytes = Buffer.concat([
        ...(begins ? [versionEvent(run.began), parametersEvent(run.began, run.name, run.parameters)] : []),
        ...entries.map(({ time, step, values }) => scalarsEvent(time, step, values)),
      ]);
      return { bytes: await appendAt(file, length, bytes) };
    },
    end: async ({ memory }) => memory,
  };
}
