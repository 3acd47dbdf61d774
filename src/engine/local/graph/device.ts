/** The memory of a graphics card: tensors that stay there between runs, and small programs on them. */
import type * as ort from 'onnxruntime-node';
import type { RuntimeSettings } from '../settings.js';
import { Graph } from './graph.js';
import { Tensor } from './onnxruntime.js';
import { reshape } from './operations.js';
import { Session } from './session.js';
import { type Feeds, floats, type Results, resultOf } from './tensors.js';

/** The same numbers by another shape; a view, which disposes of what it looks at. */
export function viewed(tensor: ort.Tensor, shape: readonly number[]): ort.Tensor {
  return Tensor.fromGpuBuffer(tensor.gpuBuffer, {
    dataType: 'float32',
    dims: shape,
    dispose: () => tensor.dispose(),
  });
}

/** Copies [n] numbers, from this computer's memory to the device's or back. */
function copyProgram(): Graph {
  const graph = new Graph();
  graph.output('y', reshape(graph.input('x', ['n', 1]), ['n']));
  return graph;
}

export class Device {
  readonly #settings: RuntimeSettings;
  readonly #sessions = new Map<string, Promise<Session>>();
  /** What lies on the device. ONNX Runtime frees its memory when it is told to, not when nobody looks at it any more. */
  readonly #living = new Set<ort.Tensor>();

  constructor(settings: RuntimeSettings) {
    this.#settings = settings;
  }

  /** Float32 numbers in this computer's memory, sent to the device. */
  async upload(tensor: ort.Tensor): Promise<ort.Tensor> {
    const session = await this.#session('upload', copyProgram, () => true);
    const sent = (await session.run({ x: floats(tensor.data as Float32Array, [tensor.size, 1]) })).onDevice('y');
    return this.adopt(viewed(sent, tensor.dims));
  }

  async download(tensor: ort.Tensor): Promise<Float32Array> {
    const session = await this.#session('download', copyProgram, () => false);
    return resultOf(await session.run({ x: viewed(tensor, [tensor.size, 1]) }), 'y');
  }

  /** Runs a small program, known by a key, whose outputs stay on the device, except those that are `read`. */
  async run(key: string, build: () => Graph, feeds: Feeds, read: readonly string[] = []): Promise<Results> {
    const session = await this.#session(key, build, (output) => !read.includes(output));
    return session.run(feeds);
  }

  /** Takes charge of an output that stayed here: it lives until it is released, or the device is closed. */
  adopt(tensor: ort.Tensor): ort.Tensor {
    this.#living.add(tensor);
    return tensor;
  }

  /** Gives back the memory of tensors, once each. */
  release(tensors: Iterable<ort.Tensor>): void {
    for (const tensor of tensors) if (this.#living.delete(tensor)) tensor.dispose();
  }

  async close(): Promise<void> {
    this.release([...this.#living]);
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).close();
  }

  #session(key: string, build: () => Graph, stays: (output: string) => boolean): Promise<Session> {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = Session.create(build(), this.#settings, undefined, true, stays);
      this.#sessions.set(key, session);
      session.catch(() => this.#sessions.delete(key));
    }
    return session;
  }
}
