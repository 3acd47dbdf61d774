/** What computed: the versions and the machine that a repetition needs to know beside the recipe. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, freemem, platform, totalmem } from 'node:os';

/** Recorded in events.jsonl by every process that works on a run. */
export interface Machine {
  readonly rlt: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** `linux x64` */
  readonly system: string;
  readonly processor: string;
  /** Logical cores. */
  readonly cores: number;
}

function versionIn(file: string | URL): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error(`${file} has no version`);
}

/** The version of this package. */
export const packageVersion = (): string => versionIn(new URL('../package.json', import.meta.url));

/** Bytes of memory of this machine, or of the container that the process runs in. */
export interface MachineMemory {
  readonly total: number;
  /** What is not in use now. */
  readonly available: number;
}

export function machineMemory(): MachineMemory {
  const whole = totalmem();
  // Without a limit, systems report 0, nothing, or more than there is.
  const limit = process.constrainedMemory();
  const total = limit !== undefined && limit > 0 ? Math.min(whole, limit) : whole;
  // Node 20.13 or newer.
  const available = typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
  return { total, available: Math.min(total, available) };
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    rlt: packageVersion(),
    node: process.versions.node,
    onnxruntime: versionIn(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    system: `${platform()} ${arch()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
  };
}
