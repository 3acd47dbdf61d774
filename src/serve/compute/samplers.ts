/** Frozen models for sampling: base models, kept open, and snapshots, of which the last used few are. */
import type { DirectorySource, Engine, Model } from '../../engine/engine.js';

export class Samplers {
  readonly #engine: Engine;
  readonly #mostSnapshots: number;
  readonly #bases = new Map<string, Model>();
  /** The last used last. */
  readonly #snapshots = new Map<string, Model>();

  constructor(engine: Engine, mostSnapshots: number) {
    this.#engine = engine;
    this.#mostSnapshots = mostSnapshots;
  }

  /** A base model, opened the first time. */
  async base(name: string, source: DirectorySource): Promise<Model> {
    const open = this.#bases.get(name) ?? (await this.#engine.open(source));
    this.#bases.set(name, open);
    return open;
  }

  /** The snapshot of a path; `source` says where it lies when it is not open. */
  async snapshot(path: string, source: () => DirectorySource): Promise<Model> {
    const open = this.#snapshots.get(path) ?? (await this.#engine.open(source()));
    await this.keep(path, open);
    return open;
  }

  /** Keeps an open model as that of a path. */
  async keep(path: string, model: Model): Promise<void> {
    const before = this.#snapshots.get(path);
    if (before !== undefined && before !== model) await before.close();
    this.#snapshots.delete(path);
    this.#snapshots.set(path, model);
    for (const [oldest] of this.#snapshots) {
      if (this.#snapshots.size <= this.#mostSnapshots) return;
      await this.drop(oldest);
    }
  }

  opened(path: string): Model | undefined {
    return this.#snapshots.get(path);
  }

  /** Closes the snapshot of a path that is gone. */
  async drop(path: string): Promise<void> {
    const model = this.#snapshots.get(path);
    this.#snapshots.delete(path);
    await model?.close();
  }
}
