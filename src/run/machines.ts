/** The machines that have worked on a run. Its numbers are those of one machine only where all of them round alike. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../json.js';
import { type Machine, machineSchema } from '../machine.js';
import { EVENTS_FILE, RUN_BEGINS } from './directory.js';
import { readLines } from './lines.js';

/** The machine of the process that worked on a run last; undefined where none did, or its record cannot be read. */
export async function lastMachine(run: string): Promise<Machine | undefined> {
  const file = join(run, EVENTS_FILE);
  if (!existsSync(file)) return undefined;
  const { values } = await readLines(file, (line) =>
    isObject(line) && line.event === RUN_BEGINS ? machineSchema.safeParse(line.machine).data : undefined,
  );
  return values.at(-1);
}

/**
 * That this machine rounds otherwise than the one that worked on a run last, or may; undefined where nothing says so. ONNX
 * Runtime has other kernels for other vector instructions and in other versions, and threads, of which there are as many as cores unless
 * they are set, add up in another order.
 */
export function roundingChange(
  before: Machine,
  now: Machine,
  { threadsAreCores }: { readonly threadsAreCores: boolean },
): string | undefined {
  const kind = ({ processor, instructions, system }: Machine): string => `on ${processor} (${instructions ?? system})`;
  const isOtherKind =
    before.system !== now.system ||
    (before.instructions !== undefined && now.instructions !== undefined && before.instructions !== now.instructions);
  const ways = [
    ...(before.onnxruntime === now.onnxruntime
      ? []
      : [({ onnxruntime }: Machine) => `with ONNX Runtime ${onnxruntime}`]),
    ...(isOtherKind ? [kind] : []),
    ...(threadsAreCores && before.cores !== now.cores
      ? [({ cores }: Machine) => `in as many threads as cores, ${cores} (engine.threads sets the number)`]
      : []),
  ];
  if (ways.length === 0) return undefined;
  const [then, from] = [before, now].map((machine) => ways.map((way) => way(machine)).join(', '));
  return `warning: so far this run was computed ${then}; from here on it is computed ${from}. That rounds numbers differently, so it will not end in the bytes in which it would have ended.`;
}
