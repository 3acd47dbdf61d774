/** One graph loaded into ONNX Runtime. */
import type * as ort from 'onnxruntime-node';
import { UnsupportedError } from '../../../errors.js';
import { nativeCall } from '../../../native-calls.js';
import { asksForFloat32 } from '../native-environment.js';
import { type Provider, providerRemedy, type RuntimeSettings } from '../settings.js';
import { evaluator, terms } from './dimension.js';
import { giveBack } from './given-back.js';
import { type Dialect, Graph } from './graph.js';
import { externalData, toOnnx } from './onnx.js';
import { InferenceSession, listSupportedBackends } from './onnxruntime.js';
import { type IntegerRange, integerMatmul, matmul } from './operations.js';
import { bytes, type Feeds, floats, floatsOf, type Results, resultOf } from './tensors.js';
import { underflowsSlowly } from './underflow.js';

const DIALECTS: Readonly<Record<Provider, Dialect>> = { cpu: 'onnxruntime', webgpu: 'webgpu', cuda: 'portable' };

/** How long a thread that has nothing to do spins before it sleeps, in microseconds (docs/performance.md). */
const SPIN_MICROSECONDS = 20;

/** The providers that this build of ONNX Runtime knows. Whether this machine can use them shows when one computes. */
export const builtProviders = (): readonly string[] => listSupportedBackends().map(({ name }) => name);

/**
 * Bytes from which on an output is worth to be given back. Smaller ones are cheap to the garbage collector too; the gradients of
 * a small model, some hundred kilobytes each, made it run every few micro-batches.
 */
const LARGE_BYTES = 2 ** 16;

/**
 * Memory that results are written to. Runs that are given one write to the same arrays as long as sizes stay, so
 * results hold until the next such run. Worth it where results are large, as gradients are: new memory is slow to reach
 * first.
 */
export class ResultMemory {
  readonly #tensors = new Map<string, ort.Tensor>();

  take(name: string, shape: readonly number[]): ort.Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined && shape.every((size, axis) => size === known.dims[axis])) return known;
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = floats(new Float32Array(size), shape);
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** Gives all of it back; no run may be given it then. */
  close(): void {
    giveBack([...this.#tensors.values()].map(floatsOf));
    this.#tensors.clear();
  }
}

interface Output {
  readonly name: string;
  /** What ONNX Runtime calls it. */
  readonly value: string;
  readonly shape: readonly ReturnType<typeof evaluator>[];
}

/** A named size, and where it is read off. */
interface NamedSize {
  readonly name: string;
  readonly input: string;
  readonly axis: number;
}

export class Session {
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];
  readonly #outputs: readonly Output[];
  readonly #sizes: readonly NamedSize[];
  /** Says of each output that it goes to new memory. */
  readonly #anew: Readonly<Record<string, null>>;

  /** Outputs that stay on the device. */
  readonly #staying: ReadonlySet<string>;

  private constructor(session: ort.InferenceSession, graph: Graph, staying: ReadonlySet<string>) {
    this.#session = session;
    this.#staying = staying;
    this.#inputs = graph.inputs.map(({ name }) => name);
    this.#outputs = [...graph.outputs].map(([name, tensor]) => {
      return { name, value: tensor.name, shape: tensor.shape.map(evaluator) };
    });
    this.#anew = Object.fromEntries(this.#outputs.map(({ value }) => [value, null] as const));
    const dimensions = [...graph.outputs.values()].flatMap(({ shape }) => shape);
    const names = new Set(dimensions.flatMap((size) => terms(size).flatMap((term) => term.names)));
    this.#sizes = [...names].map((name) => ({ name, ...graph.axisOf(name) }));
  }

  /**
   * `keepMemory`: between runs, hold on to what a run needed. Faster where a run is short. `stays`: which outputs are left
   * on the device, by name; they are for further runs, and whoever takes them disposes of them.
   * @throws {UnsupportedError} when the provider is not available on this machine
   */
  static async create(
    graph: Graph,
    settings: RuntimeSettings,
    dialect: Dialect = DIALECTS[settings.provider],
    keepMemory = true,
    stays: (output: string) => boolean = () => false,
  ): Promise<Session> {
    const floors = settings.provider === 'cpu' && (await underflowsSlowly());
    const bytes = toOnnx(graph, dialect, keepMemory, floors);
    const staying = new Map([...graph.outputs].filter(([name]) => stays(name)));
    try {
      const options: ort.InferenceSession.SessionOptions = {
        executionProviders: settings.provider === 'cpu' ? ['cpu'] : [settings.provider, 'cpu'],
        intraOpNumThreads: settings.threads,
        graphOptimizationLevel: 'all',
        enableCpuMemArena: keepMemory,
        // A pattern is a second piece of memory for all that a run needs, from its second run with equal sizes on, beside
        // the pieces that the first one reached and kept: twice the memory, and no faster (docs/performance.md).
        enableMemPattern: false,
        // Threads that sleep take 10 us to wake, as long as a small product takes. Those that wait by spinning for long take the
        // core from whoever else works on the machine, the caller's thread too: so they spin between operations alone.
        extra: {
          session: {
            force_spinning_stop: '1',
            intra_op: { allow_spinning: '1', spin_duration_us: String(SPIN_MICROSECONDS) },
          },
        },
        logSeverityLevel: 3,
        ...(graph.constants.size === 0 ? {} : { externalData: externalData(graph) }),
        ...(staying.size === 0
          ? {}
          : {
              preferredOutputLocation: Object.fromEntries(
                [...staying.values()].map(({ name }) => [name, 'gpu-buffer'] as const),
              ),
            }),
      };
      const session = await nativeCall(() => InferenceSession.create(bytes, options));
      return new Session(session, graph, new Set(staying.keys()));
    } catch (error) {
      const { provider } = settings;
      if (provider === 'cpu') throw error;
      throw new UnsupportedError(`the provider ${provider} cannot be used on this machine: ${String(error).trim()}`, {
        remedy: providerRemedy(provider),
        cause: error,
      });
    }
  }

  /** Names of what a run must be given. */
  get inputs(): readonly string[] {
    return this.#inputs;
  }

  /** @param feeds what holds the inputs; several, where making one of them takes longer than to look in each */
  async run(feeds: Feeds | readonly Feeds[], memory?: ResultMemory): Promise<Results> {
    const pieces = Array.isArray(feeds) ? feeds : [feeds];
    const wanted: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const tensor = fed(pieces, name);
      if (tensor === undefined) throw new Error(`the graph's input ${name} was not fed`);
      wanted[name] = tensor;
    }
    const fetches = this.#fetches(wanted, memory);
    const results = await nativeCall(() => this.#session.run(wanted, fetches));
    const values = new Map<string, Float32Array>();
    const staying = new Map<string, ort.Tensor>();
    const copies: Float32Array[] = [];
    for (const { name, value } of this.#outputs) {
      const [given, returned] = [fetches[value], results[value]];
      const tensor = given ?? returned;
      if (tensor !== undefined && this.#staying.has(name)) {
        staying.set(name, tensor);
        continue;
      }
      const data = tensor?.data;
      if (!(data instanceof Float32Array)) throw new Error(`the graph's output ${name} is not float32`);
      values.set(name, data);
      // What was written to memory that was given, comes as a copy too.
      if (given && returned !== undefined && returned.data !== data) copies.push(floatsOf(returned));
    }
    giveBackLarge(copies);
    return {
      get: (name) => values.get(name),
      onDevice(name) {
        const tensor = staying.get(name);
        if (tensor === undefined) throw new Error(`no output ${name} stayed on the device`);
        return tensor;
      },
      // Memory that the caller gave is the next run's too.
      giveBack: () => giveBackLarge(memory === undefined ? values.values() : []),
    };
  }

  /** Where each output goes: null for memory of its own. */
  #fetches(feeds: Feeds, memory: ResultMemory | undefined): Record<string, ort.Tensor | null> {
    if (memory === undefined) return this.#anew;
    const sizes = new Map(this.#sizes.map(({ name, input, axis }) => [name, feeds[input]?.dims[axis] ?? Number.NaN]));
    return Object.fromEntries(
      this.#outputs.map(({ name, value, shape }) => [
        value,
        memory.take(
          name,
          shape.map((size) => size(sizes)),
        ),
      ]),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function fed(feeds: readonly Feeds[], name: string): ort.Tensor | undefined {
  for (const piece of feeds) {
    const tensor = piece[name];
    if (tensor !== undefined) return tensor;
  }
  return undefined;
}

const giveBackLarge = (arrays: Iterable<Float32Array>): void =>
  giveBack([...arrays].filter(({ byteLength }) => byteLength >= LARGE_BYTES));

/**
 * Multiplies small matrices.
 * @throws {UnsupportedError} when the provider is not available on this machine, or rounds factors of float32 that were to
 * be multiplied as they are
 */
export async function checkProvider(settings: RuntimeSettings): Promise<void> {
  const graph = new Graph();
  graph.output('y', matmul(graph.input('x', ['M', PROBED]), graph.input('w', [PROBED, PROBED])));
  const session = await Session.create(graph, settings);
  try {
    // One more than a power of two by a bit that TF32 has no place for; all other terms of the sums are 0.
    const fine = 1 + 2 ** -12;
    const diagonal = (value: number) =>
      floats(
        Float32Array.from({ length: PROBED ** 2 }, (_, i) => (i % (PROBED + 1) === 0 ? value : 0)),
        [PROBED, PROBED],
      );
    const results = await session.run({ x: diagonal(fine), w: diagonal(1) });
    if (resultOf(results, 'y')[0] !== fine && asksForFloat32())
      throw new UnsupportedError(`the provider ${settings.provider} rounds the factors of float32 products here`, {
        remedy: 'Set NVIDIA_TF32_OVERRIDE=0 before the program starts.',
      });
  } finally {
    await session.close();
  }
}

/** Numbers of a row in the probe: a few pairs, as many as the kernels add up at once. */
const PROBED = 64;

/**
 * To what this processor's products of integers may round: to 8 bits where they add up in 32, to 7 where pairs of products are
 * added in 16 bits, which the largest would overflow.
 */
export async function findIntegerRange(settings: RuntimeSettings): Promise<IntegerRange> {
  const graph = new Graph();
  const x = graph.input('x', ['M', PROBED]);
  graph.output(
    'y',
    integerMatmul(x, graph.input('codes', [PROBED, PROBED], 'int8'), graph.input('scales', [PROBED]), 127),
  );
  const session = await Session.create(graph, settings);
  try {
    const codes = new Int8Array(PROBED ** 2).fill(127);
    const ones = new Float32Array(PROBED).fill(1);
    const results = await session.run({
      x: floats(new Float32Array(PROBED ** 2).fill(1), [PROBED, PROBED]),
      codes: bytes(codes, [PROBED, PROBED]),
      scales: floats(ones, [PROBED]),
    });
    const exact = 127 * PROBED;
    const isExact = resultOf(results, 'y').every((value) => Math.abs(value - exact) < 1e-3 * exact);
    return isExact ? 127 : 63;
  } finally {
    await session.close();
  }
}
