/** The machines that have worked on a run. Its numbers are those of one machine only where all of them round alike. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isObject } from '../json.js';
import type { Machine } from '../machine.js';
import { EVENTS_FILE, RUN_BEGINS, RUN_FAILS, RUN_STOPS } from './directory.js';
import { readLines } from './lines.js';

const recordedMachine: z.ZodType<Machine> = z.object({
  rlt: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  system: z.string(),
  processor: z.string(),
  instructions: z.string().exactOptional(),
  cores: z.number(),
});

/** The machine that an event records; undefined where that is not of this form. */
export const recordedAs = (machine: unknown): Machine | undefined => recordedMachine.safeParse(machine).data;

/** The machine of the last process that worked on a stage of a run; undefined where none did, or its record cannot be read. */
export async function lastMachine(run: string): Promise<Machine | undefined> {
  const file = join(run, EVENTS_FILE);
  if (!existsSync(file)) return undefined;
  const { values } = await readLines(file, (line) => (isObject(line) ? line : undefined));
  let own: Machine | undefined;
  let last: Machine | undefined;
  for (const { event, machine, stage } of values) {
    if (event === RUN_BEGINS) own = recordedAs(machine);
    // The stage at which a process ended may not have begun.
    else if (stage !== undefined && event !== RUN_FAILS && event !== RUN_STOPS) last = own;
  }
  return last;
}

/**
 * That this machine may round otherwise than the one that worked on a run last; undefined where nothing says so. ONNX Runtime
 * has other kernels for other vector instructions and in other versions, and threads add up in another order.
 * @param threadsAreCores whether there are as many threads as cores, since no setting says otherwise
 */
export function roundingChange(
  before: Machine,
  now: Machine,
  { threadsAreCores }: { readonly threadsAreCores: boolean },
): string | undefined {
  const isOtherKind = before.system !== now.system || isOtherProcessor(before, now);
  const ways = [
    ...(before.onnxruntime === now.onnxruntime
      ? []
      : [({ onnxruntime }: Machine) => `with ONNX Runtime ${onnxruntime}`]),
    ...(isOtherKind
      ? [
          ({ processor, instructions = '', system }: Machine) =>
            `on ${processor} (${[...(before.system === now.system && instructions !== '' ? [] : [system]), instructions].filter((part) => part !== '').join(', ')})`,
        ]
      : []),
    ...(threadsAreCores && before.cores !== now.cores
      ? [({ cores }: Machine) => `in ${cores} ${cores === 1 ? 'thread' : 'threads'}, as many as cores`]
      : []),
  ];
  if (ways.length === 0) return undefined;
  const [then, from] = [before, now].map((machine) => ways.map((way) => way(machine)).join(', '));
  return `warning: this run was last computed ${then}, and continues ${from}. Numbers may be rounded differently there, so that its models and accuracies come out differently. For those of one machine, begin it anew in another directory.`;
}

/** By the instructions, where both say them; where neither does, as on systems other than Linux, by the name. */
function isOtherProcessor(before: Machine, now: Machine): boolean {
  if (before.instructions !== undefined && now.instructions !== undefined)
    return before.instructions !== now.instructions;
  const isKnown = before.instructions !== undefined || now.instructions !== undefined;
  return !isKnown && !now.system.endsWith(' x64') && before.processor !== now.processor;
}
