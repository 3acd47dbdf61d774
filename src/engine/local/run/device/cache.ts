/** The keys and values of a batch on a device, where the programs that compute them leave them. */
import type * as ort from 'onnxruntime-node';
import type { Architecture } from '../../files/architecture.js';
import { type Device, viewed } from '../../graph/device.js';
import type { Graph } from '../../graph/graph.js';
import { type Feeds, floats, integers, type Results } from '../../graph/tensors.js';
import { longerProgram, rowsProgram, widerProgram } from '../../programs/device-programs.js';
import type { BatchSizes, PromptCache } from '../sampling/batch-cache.js';
import { SIDES } from '../sampling/kv-cache.js';

const isKey = (name: string): boolean => name.startsWith('Key');

/**
 * Tensors are never changed: what a program makes takes the place of what it was made from. The decode program sees values
 * as [G, K, P, headSize] or [G, K, S, C, headSize], and keys with their last two axes exchanged. Here each is a matrix: a row
 * for each sequence and key head; or, where places are added to keys, for each of their numbers.
 */
export class DeviceCache implements PromptCache {
  readonly placesFirst = true;
  readonly #a: Architecture;
  readonly #device: Device;
  readonly #promptTokens: number;
  readonly #names: readonly string[];
  #groups: number;
  #slots: number;
  #columns = 0;
  /** By `Key:L` and `Value:L`. */
  #prompt: Readonly<Record<string, ort.Tensor>> = {};
  #past: Readonly<Record<string, ort.Tensor>> = {};

  constructor(a: Architecture, { groups, slots, promptTokens }: BatchSizes, device: Device) {
    this.#a = a;
    this.#device = device;
    this.#groups = groups;
    this.#slots = slots;
    this.#promptTokens = promptTokens;
    this.#names = Array.from({ length: a.layers }, (_, layer) => SIDES.map((kind) => `${kind}:${layer}`)).flat();
  }

  get columns(): number {
    return this.#columns;
  }

  async addPrompts(results: Results, groups: number, length: number): Promise<void> {
    const { keyValueHeads, headSize } = this.#a;
    const rows = groups * keyValueHeads;
    let fresh = this.#named((name) => this.#device.adopt(results.onDevice(name)));
    if (length < this.#promptTokens) fresh = await this.#wider(fresh, rows, length, this.#promptTokens - length);
    const width = this.#promptTokens * headSize;
    const before = this.#prompt;
    if (Object.keys(before).length === 0) {
      this.#prompt = fresh;
      return;
    }
    const known = this.#rowsOf(before, width);
    this.#prompt = await this.#remade(this.#names, 'longer', longerProgram, {
      ...this.#inputs('x', before, [known, width]),
      ...this.#inputs('more', fresh, [rows, width]),
    });
    this.#device.release([...Object.values(before), ...Object.values(fresh)]);
  }

  async widen(columns: number): Promise<void> {
    const { headSize } = this.#a;
    const rows = this.#groups * this.#a.keyValueHeads * this.#slots;
    if (this.#columns === 0) {
      // One tensor for all, since none of them changes in place.
      const zeros = await this.#zeros(rows, columns * headSize);
      this.#past = this.#named(() => zeros);
    } else {
      this.#past = await this.#wider(this.#past, rows, this.#columns, columns - this.#columns);
    }
    this.#columns = columns;
  }

  addTokens(results: Results): void {
    const before = Object.values(this.#past);
    this.#past = this.#named((name) => this.#device.adopt(results.onDevice(`past${name}`)));
    this.#device.release(before);
  }

  async keep(prompts: readonly number[], rows: readonly (number | undefined)[], slots: number): Promise<void> {
    const { keyValueHeads, headSize } = this.#a;
    this.#prompt = await this.#gathered(this.#prompt, prompts, this.#promptTokens * headSize);
    // Of rows that belong to no completion any will do.
    const sources = rows.map((row) => row ?? 0);
    if (this.#columns > 0) this.#past = await this.#gathered(this.#past, sources, this.#columns * headSize);
    this.#groups = prompts.length / keyValueHeads;
    this.#slots = slots;
  }

  feeds(column: number): Feeds {
    const { keyValueHeads, headSize } = this.#a;
    const [G, S, P, C] = [this.#groups, this.#slots, this.#promptTokens, this.#columns];
    const place = new Float32Array(C);
    place[column] = 1;
    const feeds: Record<string, ort.Tensor> = {
      place: floats(place, [C, 1]),
      promptPlaces: floats(new Float32Array(P), [P]),
    };
    for (const name of this.#names) {
      const shape = (places: number) => (isKey(name) ? [headSize, places] : [places, headSize]);
      feeds[`prompt${name}`] = viewed(this.#of(this.#prompt, name), [G, keyValueHeads, ...shape(P)]);
      feeds[`past${name}`] = viewed(this.#of(this.#past, name), [G, keyValueHeads, S, ...shape(C)]);
    }
    return feeds;
  }

  close(): void {
    this.#device.release([...Object.values(this.#prompt), ...Object.values(this.#past)]);
    [this.#prompt, this.#past] = [{}, {}];
  }

  #of(tensors: Readonly<Record<string, ort.Tensor>>, name: string): ort.Tensor {
    const tensor = tensors[name];
    if (tensor === undefined) throw new Error(`the cache on the device has no ${name}`);
    return tensor;
  }

  #named(tensorOf: (name: string) => ort.Tensor): Readonly<Record<string, ort.Tensor>> {
    return Object.fromEntries(this.#names.map((name) => [name, tensorOf(name)]));
  }

  #rowsOf(tensors: Readonly<Record<string, ort.Tensor>>, width: number): number {
    return this.#of(tensors, this.#names[0] ?? '').size / width;
  }

  #inputs(prefix: string, tensors: Readonly<Record<string, ort.Tensor>>, shape: readonly number[]): Feeds {
    return Object.fromEntries(
      Object.values(tensors).map((tensor, i) => [`${prefix}:${i}`, viewed(tensor, shape)] as const),
    );
  }

  /** What a program makes of tensors, by their names. */
  async #remade(
    names: readonly string[],
    kind: string,
    program: (count: number) => Graph,
    feeds: Feeds,
  ): Promise<Readonly<Record<string, ort.Tensor>>> {
    const count = names.length;
    const results = await this.#device.run(`${kind} ${count}`, () => program(count), feeds);
    return Object.fromEntries(names.map((name, i) => [name, this.#device.adopt(results.onDevice(`y:${i}`))]));
  }

  async #zeros(rows: number, width: number): Promise<ort.Tensor> {
    return this.#device.upload(floats(new Float32Array(rows * width), [rows, width]));
  }

  /** Tensors of `rows` sequences and key heads with `places` each, and `added` empty ones behind them. */
  async #wider(
    tensors: Readonly<Record<string, ort.Tensor>>,
    rows: number,
    places: number,
    added: number,
  ): Promise<Readonly<Record<string, ort.Tensor>>> {
    const { headSize } = this.#a;
    const zeros = await this.#zeros(rows, added * headSize);
    const widened = async (names: readonly string[], [height, width]: readonly [number, number]) => {
      const own = Object.fromEntries(names.map((name) => [name, this.#of(tensors, name)]));
      const more = viewed(zeros, [height, added * width]);
      const feeds = { ...this.#inputs('x', own, [height, places * width]), more };
      return this.#remade(names, 'wider', widerProgram, feeds);
    };
    const keys = await widened(this.#names.filter(isKey), [rows * headSize, 1]);
    const values = await widened(
      this.#names.filter((name) => !isKey(name)),
      [rows, headSize],
    );
    this.#device.release([...Object.values(tensors), zeros]);
    return this.#named((name) => this.#of({ ...keys, ...values }, name));
  }

  async #gathered(
    tensors: Readonly<Record<string, ort.Tensor>>,
    rows: readonly number[],
    width: number,
  ): Promise<Readonly<Record<string, ort.Tensor>>> {
    const feeds = this.#inputs('x', tensors, [this.#rowsOf(tensors, width), width]);
    const kept = await this.#remade(this.#names, 'rows', rowsProgram, {
      ...feeds,
      indices: integers(rows, [rows.length]),
    });
    this.#device.release(Object.values(tensors));
    return kept;
  }
}
