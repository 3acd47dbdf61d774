/** A model of the server's trainer: a policy, a frozen copy of one, or saved weights that were loaded. */
import { basename } from 'node:path';
import { InputError } from '../../errors.js';
import { checkDirectory, checkState } from '../calls.js';
import type { CallOptions, FrozenCopy, ModelFacts, ScoreRequest, ServedSource, StateReference } from '../engine.js';
import { inPlaces } from './base-model.js';
import type { SamplingSession } from './client/sampling-session.js';
import type { ServerModel } from './client/server-model.js';
import type { Context } from './context.js';
import { plainDatum, type Span, spanOf } from './losses.js';
import { askedOf, chosen, sendPasses } from './passes.js';
import { readWeightsPath } from './protocol/storage.js';
import type { LoraConfig } from './protocol/training.js';
import { RemoteModel } from './remote-model.js';

export class TrainedModel extends RemoteModel implements FrozenCopy {
  /** How models of this form are made; undefined where all weights learn. */
  protected readonly lora: LoraConfig | undefined;
  #model: ServerModel;
  /** Samples the weights as they are; undefined after they changed. */
  #snapshot: Promise<SamplingSession> | undefined;

  constructor(
    context: Context,
    source: ServedSource,
    facts: ModelFacts,
    model: ServerModel,
    lora: LoraConfig | undefined,
  ) {
    super(context, source, facts);
    this.#model = model;
    this.lora = lora;
  }

  get model(): ServerModel {
    return this.#model;
  }

  /** In its turn: another model takes the place of this one, which is unloaded. */
  protected async replace(model: ServerModel): Promise<void> {
    await this.sampled();
    const before = this.#model;
    this.#model = model;
    this.#snapshot = undefined;
    await before.unload().catch(() => undefined);
  }

  /** The weights will change: what samples them must be done, and is asked anew. */
  protected async settle(): Promise<void> {
    await this.sampled();
    this.#snapshot = undefined;
  }

  protected async sampler(): Promise<{ readonly session: Promise<SamplingSession> }> {
    if (this.#snapshot === undefined) {
      const { result } = await this.#model.snapshot();
      this.#snapshot = result;
      result.catch(() => {
        if (this.#snapshot === result) this.#snapshot = undefined;
      });
    }
    return { session: this.#snapshot };
  }

  protected async score(sequences: readonly ScoreRequest[], options: CallOptions) {
    const spans = sequences.map(spanOf).filter(({ targets }) => targets > 0);
    const asked = askedOf(this.#model);
    const datumOf = (span: Span) => plainDatum(span, asked);
    const kind = { loss: 'cross_entropy', forwardOnly: true, asked, datumOf };
    const { logProbs } = await sendPasses(this.#model, spans, kind, options);
    return { logProbs: logProbs.then((all) => inPlaces(sequences, spans, chosen(spans, all))) };
  }

  /** In its turn: saves weights and optimiser under a name of their own. Resolves when the server has accepted it. */
  protected async saveAs(hint: string): Promise<{ readonly path: Promise<string> }> {
    // Names are paths on some servers; the number makes them unique, also when the same directory is saved to again.
    const name = `${
      hint
        .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
        .replace(/^[-_]+/, '')
        .slice(0, 100) || 'saved'
    }-${this.#model.sequence + 1}`;
    const { result } = await this.#model.save(name);
    return { path: result };
  }

  saveState(directory: string): Promise<StateReference> {
    return this.call({}, undefined, async () => {
      checkDirectory('copy.saveState', directory);
      const { path } = await this.turn(() => this.saveAs(basename(directory)));
      return { kind: 'served', path: await path };
    });
  }

  async restoreState(state: StateReference): Promise<void> {
    checkState(state);
    return this.call({}, undefined, () => this.turn(() => this.loadFrom(servedPath(state), false)));
  }

  /**
   * In its turn, once `from` is reached: the weights of that model are blended into these. Resolves when the server has
   * accepted it.
   */
  blendFrom(from: Promise<ServerModel>, share: number): Promise<{ readonly done: Promise<void> }> {
    return this.turn(async () => {
      const { id } = await from;
      await this.settle();
      const { result } = await this.#model.blend(id, share);
      return { done: result };
    });
  }

  /** In its turn: continues with saved weights. Until they are loaded, nothing has changed. */
  protected async loadFrom(path: string, optimizer: boolean): Promise<void> {
    const { session } = this.context;
    const info = await session.weightsInfo(path);
    await this.replace(await session.loadModel(path, optimizer, info, this.lora));
  }

  protected async release(): Promise<void> {
    await this.#model.unload().catch(() => undefined);
  }
}

/** @throws {InputError} when the state is not on a server, or not at a path of one */
export function servedPath(state: StateReference): string {
  if (state.kind === 'directory')
    throw new InputError(`the state in ${state.directory} is on this machine, not on the server`, {
      remedy: 'Restore it with the engine that saved it.',
    });
  readWeightsPath(state.path);
  return state.path;
}
