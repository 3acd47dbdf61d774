/** What the models of one engine share: settings, loaded programs and the tables of rotary positions. */

import type { ScoreRequest, WeightBits } from '../../engine.js';
import type { Architecture } from '../files/architecture.js';
import { inverseFrequencies, type Rope, rotationFactor } from '../files/rope.js';
import { Device } from '../graph/device.js';
import type { Dialect, Graph } from '../graph/graph.js';
import type { IntegerRange } from '../graph/operations/integer.js';
import { findIntegerRange, Session } from '../graph/session.js';
import { type Feeds, floats } from '../graph/tensors.js';
import type { LocalSettings } from '../settings.js';
import type { HeldValues } from '../weights/held.js';
import { formKey, type ModelForm } from '../weights/model-form.js';
import type { Budget } from './batches.js';
import { blocksOf, budgetOf, decodesFromHeld, joinsCache, type QueryBlocks } from './budget.js';
import type { DataParallel, Replicated } from './data-parallel.js';
import { callTokens, type Division, isWorthTwo, lanesOf, learningLanesOf } from './division.js';
import { KeptMemory, type SessionKind } from './kept-memory.js';

interface KnownSession {
  readonly kind: SessionKind;
  readonly loading: Promise<Session>;
  readonly ofForm: string;
  /** Of the weights that it holds itself. */
  readonly number: number | undefined;
}

interface RotaryTables {
  readonly positions: number;
  readonly feeds: Feeds;
}

export interface RuntimeOptions {
  /** Of the graphs, where it shall not be the provider's own (tests run the portable one on the CPU). */
  readonly dialect?: Dialect | undefined;
  /** Tokens from which sequences are in two blocks of queries, where they shall be so earlier (tests). */
  readonly twoBlocks?: number | undefined;
  /** Whether batches of small models have one cache where those of large ones do (tests). */
  readonly joinsSmall?: boolean | undefined;
  /** Starts the threads of a division; without it, this thread computes all calls alone. */
  readonly dataParallel?: (division: Division) => DataParallel;
}

/** The weights that a program takes: those of the named inputs, wherever they lie. */
export type WeightFeeds = (inputs: readonly string[]) => Feeds | Promise<Feeds>;

export class Runtime {
  readonly settings: LocalSettings;
  /** Memory beside this computer's, where what the provider needs again stays; undefined where it has none. */
  readonly device: Device | undefined;
  readonly #dialect: Dialect | undefined;
  readonly #twoBlocks: number | undefined;
  readonly #joinsSmall: boolean;
  readonly #sessions = new Map<string, KnownSession>();
  /** Weights that sessions hold themselves: their number in the sessions' keys, and how many models have them. */
  readonly #held = new Map<HeldValues, { readonly number: number; models: number }>();
  #numbers = 0;
  readonly #keptMemory = new KeptMemory();
  readonly #rotary = new WeakMap<Architecture, RotaryTables>();
  #integerRange: Promise<IntegerRange> | undefined;
  readonly #startLanes: ((division: Division) => DataParallel) | undefined;
  /** For small models, and those in which large ones learn. */
  #lanes: DataParallel | undefined;
  #learningLanes: DataParallel | undefined;

  constructor(settings: LocalSettings, { dialect, twoBlocks, joinsSmall, dataParallel }: RuntimeOptions = {}) {
    this.settings = settings;
    this.#dialect = dialect;
    this.#twoBlocks = twoBlocks;
    this.#joinsSmall = joinsSmall ?? false;
    // ONNX Runtime's binding leaves tensors with this provider alone.
    if (settings.provider === 'webgpu') this.device = new Device(settings);
    this.#startLanes = dataParallel;
  }

  /** The threads that share all calls on a model; undefined where this thread computes alone. */
  lanes(form: ModelForm): DataParallel | undefined {
    const division = lanesOf(this.settings, form);
    if (division === undefined) return undefined;
    this.#lanes ??= this.#startLanes?.(division);
    return this.#lanes;
  }

  /**
   * The threads that share this call of training; undefined where this thread computes it alone. Which it is follows from
   * the call, so that it is the same after a resume. Each way keeps memory of a run for the next one, so the programs of the
   * other way are closed.
   */
  async learningLanes(form: ModelForm, sequences: readonly ScoreRequest[]): Promise<DataParallel | undefined> {
    const small = this.lanes(form);
    const division = learningLanesOf(this.settings, form);
    if (small !== undefined || division === undefined) return small;
    if (isWorthTwo(this.settings, form, callTokens(sequences))) {
      this.#learningLanes ??= this.#startLanes?.(division);
      if (this.#learningLanes !== undefined) await this.closeTraining();
      return this.#learningLanes;
    }
    await this.#learningLanes?.closeTraining();
    return undefined;
  }

  /** Closes the programs of training, which are loaded again when they are needed. */
  async closeTraining(): Promise<void> {
    for (const [key, { kind }] of [...this.#sessions]) if (kind === 'training') await this.#close(key);
  }

  /** Lets all threads forget a model. */
  async forget(model: Replicated): Promise<void> {
    await this.#lanes?.drop(model);
    await this.#learningLanes?.drop(model);
  }

  /**
   * The session of a program, loaded at its first use. Weights are inputs, so models of one form share it; where it
   * holds weights itself, those that have them, and of such a form there is one session, since each has a copy of the weights.
   * @param kind of programs alike, of which one may keep the memory of a run for the next one
   * @param read outputs that are needed in this computer's memory; others stay on the device, if there is one
   */
  async session(
    form: ModelForm,
    program: string,
    build: () => Graph,
    {
      held,
      kind,
      read,
    }: {
      readonly held?: HeldValues | undefined;
      readonly kind: SessionKind;
      readonly read: readonly string[];
    },
  ): Promise<Session> {
    const number = held && this.#held.get(held)?.number;
    const ofForm = formKey(form);
    const key = `${program} ${number} ${ofForm}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known.loading;
    if (number !== undefined) await this.#closeHolding(number, ofForm);
    const loading = Session.create(
      build(),
      this.settings,
      this.#dialect,
      this.#keptMemory.isKeptBy(key, kind, form),
      (output) => this.device !== undefined && !read.includes(output),
    );
    this.#sessions.set(key, { kind, loading, ofForm, number });
    // What could not be loaded is not there to be closed; whoever asked for it learns why.
    loading.catch(() => this.#sessions.delete(key));
    return loading;
  }

  /**
   * Tables `cosine` and `sine` [P, headSize / 2] for at least `positions` positions; those of windowed layers with a
   * rotation of their own have `:local` behind their names.
   */
  rotary(architecture: Architecture, positions: number): Feeds {
    const known = this.#rotary.get(architecture);
    if (known !== undefined && known.positions >= positions) return known.feeds;
    const rows = Math.min(architecture.contextTokens, Math.max(256, 2 ** Math.ceil(Math.log2(positions))));
    const size = Math.max(rows, positions);
    const { headSize, localRope } = architecture;
    const feeds = {
      ...rotaryTables(architecture, headSize, size, ''),
      ...(localRope === undefined ? {} : rotaryTables(localRope, headSize, size, ':local')),
    };
    this.#rotary.set(architecture, { positions: size, feeds });
    return feeds;
  }

  /** To what products of integers round, where the settings ask for them and weights of these bits are held for them. */
  async integerRange(bits: WeightBits | undefined): Promise<IntegerRange | undefined> {
    if (bits !== 8 || this.settings.integerProducts !== true || this.settings.provider !== 'cpu') return undefined;
    this.#integerRange ??= findIntegerRange(this.settings);
    return this.#integerRange;
  }

  /** How much of one call is computed at once. */
  budget(architecture: Architecture, training: boolean): Budget {
    return budgetOf(this.settings, architecture, training);
  }

  /** In how many blocks of queries sequences of so many tokens attend to themselves. */
  blocks(architecture: Architecture, tokens: { readonly prefix: number; readonly own: number }): QueryBlocks {
    return blocksOf(this.settings, architecture, tokens, this.#twoBlocks);
  }

  /** Whether a batch of sampling has prompts and generated tokens in one cache. */
  joinsCache(form: ModelForm, batch: { readonly groups: number; readonly slots: number }): boolean {
    return joinsCache(this.settings, form, batch, this.#joinsSmall);
  }

  /** Whether the session of a decoding program holds the weights, of one whose cache is `joined` or of another. */
  holdsWeights(form: ModelForm, joined: boolean): boolean {
    return this.#dialect !== 'portable' && decodesFromHeld(this.settings, form, joined);
  }

  /** Says that one more model has these weights. */
  hold(held: HeldValues | undefined): void {
    if (held === undefined) return;
    const known = this.#held.get(held);
    if (known === undefined) this.#held.set(held, { number: this.#numbers++, models: 1 });
    else known.models += 1;
  }

  /** Says that one model fewer has these weights; the sessions that hold them go with the last. */
  async release(held: HeldValues | undefined): Promise<void> {
    const known = held && this.#held.get(held);
    if (held === undefined || known === undefined) return;
    known.models -= 1;
    if (known.models > 0) return;
    this.#held.delete(held);
    await this.#closeHolding(known.number);
  }

  /** Closes the sessions that hold these weights, of one form where it is given. */
  async #closeHolding(number: number, form?: string): Promise<void> {
    for (const [key, known] of [...this.#sessions])
      if (known.number === number && (form === undefined || known.ofForm === form)) await this.#close(key);
  }

  async #close(key: string): Promise<void> {
    const session = await this.#sessions.get(key)?.loading;
    this.#sessions.delete(key);
    this.#keptMemory.leave(key);
    await session?.close();
  }

  async close(): Promise<void> {
    await this.#lanes?.close();
    await this.#learningLanes?.close();
    this.#lanes = undefined;
    this.#learningLanes = undefined;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#keptMemory.clear();
    await this.device?.close();
    for (const { loading } of sessions) await (await loading).close();
  }
}

function rotaryTables({ ropeTheta, ropeScaling }: Rope, headSize: number, size: number, suffix: string): Feeds {
  const rope = { ropeTheta, ...(ropeScaling === undefined ? {} : { ropeScaling }) };
  const frequencies = inverseFrequencies({ ...rope, headSize });
  const factor = rotationFactor(rope);
  const half = frequencies.length;
  const cosine = new Float32Array(size * half);
  const sine = new Float32Array(size * half);
  for (let position = 0; position < size; position++) {
    for (let i = 0; i < half; i++) {
      // Rounded to float32 as the reference implementation does, so that far positions turn by the same angle.
      const angle = Math.fround(position * Math.fround(frequencies[i] as number));
      cosine[position * half + i] = factor * Math.cos(angle);
      sine[position * half + i] = factor * Math.sin(angle);
    }
  }
  return { [`cosine${suffix}`]: floats(cosine, [size, half]), [`sine${suffix}`]: floats(sine, [size, half]) };
}
