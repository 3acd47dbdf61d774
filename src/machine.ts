/** What computed: the versions and the machine that a repetition needs to know beside the recipe. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';

/** Recorded in events.jsonl by every process that works on a run. */
export interface Machine {
  readonly rlt: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** `linux x64` */
  readonly system: string;
  readonly processor: string;
  /** Its vector instructions, by which ONNX Runtime chooses how it computes; absent where the system does not say. */
  readonly instructions?: string;
  /** Logical cores that the process may use. */
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
  // Node 20.13 or newer; 0 where /proc is not there to be read.
  const available = (typeof process.availableMemory === 'function' ? process.availableMemory() : 0) || freemem();
  return { total, available: Math.min(total, available) };
}

/** In the names that Linux has for them. */
const INSTRUCTIONS = ['avx', 'avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8'];

/**
 * The processor as Linux describes it: its model by numbers, since many virtual machines name but the maker, and which of
 * these instructions it has.
 * @param described the text of /proc/cpuinfo
 * @internal
 */
export function describedProcessor(described: string): { readonly numbers?: string; readonly instructions?: string } {
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.+)$`, 'm').exec(described)?.[1];
  const [family, model, flags] = [field('cpu family'), field('model'), field('flags')?.split(' ')];
  const instructions = INSTRUCTIONS.filter((name) => flags?.includes(name));
  return {
    ...(family === undefined || model === undefined ? {} : { numbers: `family ${family} model ${model}` }),
    ...(instructions.length === 0 ? {} : { instructions: instructions.join(' ') }),
  };
}

/** What Linux says; empty on other systems, and where it may not be read. */
function cpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

function processorHere(): Pick<Machine, 'processor' | 'instructions'> {
  const name = cpus()[0]?.model.trim() ?? 'unknown';
  const { numbers, ...rest } = describedProcessor(cpuInfo());
  return { processor: numbers === undefined ? name : `${name}, ${numbers}`, ...rest };
}

export function thisMachine(): Machine {
  return {
    rlt: packageVersion(),
    node: process.versions.node,
    onnxruntime: versionIn(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    system: `${platform()} ${arch()}`,
    ...processorHere(),
    cores: availableParallelism(),
  };
}
