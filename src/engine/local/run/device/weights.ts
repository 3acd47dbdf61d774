/** The weights of one model on a device. */
import type * as ort from 'onnxruntime-node';
import type { Device } from '../../graph/device.js';
import { at } from '../../graph/graph.js';
import type { Feeds } from '../../graph/tensors.js';

/** Sends each weight to the device when a program first needs it, and keeps it there. */
export class DeviceWeights {
  readonly #device: Device;
  /** As they lie in this computer's memory. An embedding that is the head as well is one tensor under two names. */
  readonly #sources: Feeds;
  readonly #sent = new Map<ort.Tensor, ort.Tensor>();

  constructor(device: Device, sources: Feeds) {
    this.#device = device;
    this.#sources = sources;
  }

  /** Those of the named inputs that are weights. */
  async of(inputs: readonly string[]): Promise<Feeds> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const name of inputs) {
      const source = this.#sources[name];
      if (source === undefined) continue;
      const tensor = this.#sent.get(source) ?? (await this.#device.upload(source));
      this.#sent.set(source, tensor);
      feeds[name] = tensor;
    }
    return feeds;
  }

  /** Other values for weights that were sent, by name of their inputs; they are the device's from then on. */
  replace(values: ReadonlyMap<string, ort.Tensor>): void {
    for (const [name, tensor] of values) {
      const source = at([this.#sources[name]], 0);
      const before = this.#sent.get(source);
      if (before !== undefined) this.#device.release([before]);
      this.#sent.set(source, this.#device.adopt(tensor));
    }
  }

  /** Forgets what was sent. */
  release(): void {
    this.#device.release(this.#sent.values());
    this.#sent.clear();
  }
}
