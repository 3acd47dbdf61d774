/** One graph loaded into ONNX Runtime. */
import * as ort from 'onnxruntime-node';
import { UnsupportedError } from '../../errors.js';
import type { Emitter, Graph } from './graph/graph.js';
import { toOnnx } from './graph/onnx.js';

export type Provider = 'cpu' | 'webgpu' | 'cuda';
export const PROVIDERS: readonly Provider[] = ['cpu', 'webgpu', 'cuda'];

/** What makes a provider usable, for those who lack it. */
const REMEDIES: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  webgpu: "Install the graphics card's driver (on Linux for Vulkan, and the loader libvulkan.so.1)",
  cuda: "Put ONNX Runtime's CUDA libraries beside it",
};

export interface RuntimeSettings {
  readonly provider: Provider;
  /** Threads of one operation. */
  readonly threads: number;
}

export type Feeds = Readonly<Record<string, ort.Tensor>>;
export type Results = ReadonlyMap<string, Float32Array>;

export const floats = (values: Float32Array, shape: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', values, shape);

export function integers(values: ArrayLike<number>, shape: readonly number[]): ort.Tensor {
  const big = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) big[i] = BigInt(values[i] as number);
  return new ort.Tensor('int64', big, shape);
}

export class Session {
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];
  /** Output names of the graph, and what ONNX Runtime calls them. */
  readonly #outputs: readonly (readonly [name: string, value: string])[];

  private constructor(session: ort.InferenceSession, graph: Graph) {
    this.#session = session;
    this.#inputs = graph.inputs.map(({ name }) => name);
    this.#outputs = [...graph.outputs].map(([name, tensor]) => [name, tensor.name]);
  }

  /**
   * `keepMemory`: between runs, hold on to what a run needed. Faster where a run is short and its tensors are large.
   * Throws UnsupportedError where the provider is not available on this machine.
   */
  static async create(
    graph: Graph,
    settings: RuntimeSettings,
    dialect: Emitter['dialect'] = settings.provider === 'cpu' ? 'onnxruntime' : 'portable',
    keepMemory = true,
  ): Promise<Session> {
    const bytes = toOnnx(graph, dialect);
    try {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: settings.provider === 'cpu' ? ['cpu'] : [settings.provider, 'cpu'],
        intraOpNumThreads: settings.threads,
        graphOptimizationLevel: 'all',
        enableCpuMemArena: keepMemory,
        // Threads that wait by spinning take the core from whoever else works on the machine, the caller's thread too.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 3,
      });
      return new Session(session, graph);
    } catch (error) {
      const { provider } = settings;
      if (provider === 'cpu') throw error;
      throw new UnsupportedError(`the provider ${provider} cannot be used on this machine: ${String(error).trim()}`, {
        remedy: `${REMEDIES[provider]}, or set engine.provider to cpu; docs/engine.md says more.`,
        cause: error,
      });
    }
  }

  async run(feeds: Feeds): Promise<Results> {
    const wanted: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const tensor = feeds[name];
      if (tensor === undefined) throw new Error(`the graph's input ${name} was not fed`);
      wanted[name] = tensor;
    }
    const values = this.#outputs.map(([, value]) => value);
    const results = await this.#session.run(wanted, values);
    return new Map(
      this.#outputs.map(([name, value]) => {
        const data = results[value]?.data;
        if (!(data instanceof Float32Array)) throw new Error(`the graph's output ${name} is not float32`);
        return [name, data];
      }),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
