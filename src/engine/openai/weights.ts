/**
 * Who uses the weights that a server holds under one name. A server has no frozen copies of them: when a policy that is
 * trained elsewhere puts its own in their place, nobody else may be sampling or scoring with what was there.
 */
import { randomUUID } from 'node:crypto';
import { ConnectionError, InputError, UnsupportedError } from '../../errors.js';
import type { WeightCalls } from './dialect.js';

/** Versions that this engine gives to weights. Whoever finds one finds weights that are not the server's own. */
const MARK = 'rlt-';
/** As servers call the weights with which they start. */
const OWN = 'default';

/** What a model holds while it is open. */
export interface Hold {
  /** @throws {ConnectionError} when the weights are no longer those that were opened */
  check(): Promise<void>;
  release(): Promise<void>;
}

export class Weights {
  /** The server's name for the model. */
  readonly name: string;
  readonly #calls: WeightCalls | undefined;
  /** Where the server's own weights came from. */
  readonly #root: string | undefined;
  readonly #readers = new Set<Hold>();
  #occupant: { readonly version: string; readonly idle: () => Promise<void> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, calls: WeightCalls | undefined, root: string | undefined) {
    this.name = name;
    this.#calls = calls;
    this.#root = root;
  }

  /**
   * Uses the server's own weights, or an adapter on them.
   * @throws {InputError} when others are in their place
   */
  read(): Promise<Hold> {
    return this.#next(async () => {
      const version = await this.#version();
      if (this.#occupant !== undefined || version?.startsWith(MARK) === true)
        throw new InputError(`the server has weights of a policy in the place of those of ${this.name}`, {
          remedy:
            this.#occupant === undefined
              ? 'Another run put them there. Restart the server, or wait for that run to end.'
              : 'Serve the frozen model and the sampler of the policy by two servers, or train an adapter.',
        });
      const hold: Hold = {
        check: () => this.#expect(version),
        release: async () => {
          this.#readers.delete(hold);
        },
      };
      this.#readers.add(hold);
      return hold;
    });
  }

  /**
   * Puts the weights of a directory in the place of the server's own, or of those that were put there before: `idle`
   * resolves when their model is not being sampled.
   * @throws {UnsupportedError} when the server cannot, or others use its weights
   */
  replace(directory: string, idle: () => Promise<void>): Promise<Hold> {
    return this.#next(async () => {
      const calls = this.#calls;
      if (calls?.reload !== true)
        throw new UnsupportedError('the server does not load weights while it runs', {
          remedy: 'Start vLLM with VLLM_SERVER_DEV_MODE=1 on this machine only, or train an adapter (lora: {}).',
        });
      if (this.#readers.size > 0)
        throw new UnsupportedError(`the weights of ${this.name} are in use, and the policy's would take their place`, {
          remedy: 'Serve the frozen model and the sampler of the policy by two servers, or train an adapter.',
        });
      await this.#occupant?.idle();
      const version = `${MARK}${randomUUID()}`;
      const occupant = { version, idle };
      // Also when it fails: then nobody knows what is there.
      this.#occupant = occupant;
      await calls.reloadWeights(directory, version);
      return {
        check: async () => {
          if (this.#occupant !== occupant) throw new InputError('the weights of this model were replaced');
          await this.#expect(calls.versions ? version : undefined);
        },
        release: () =>
          this.#next(async () => {
            if (this.#occupant === occupant) await this.#restore(calls);
          }),
      };
    });
  }

  /** Puts the server's own weights back. If that fails, the mark stays, and who opens them next is told. */
  async #restore(calls: WeightCalls): Promise<void> {
    if (this.#root === undefined) return;
    try {
      await calls.reloadWeights(this.#root, OWN);
      this.#occupant = undefined;
    } catch {}
  }

  async #version(): Promise<string | undefined> {
    return this.#calls?.versions === true ? this.#calls.version() : undefined;
  }

  async #expect(version: string | undefined): Promise<void> {
    const now = await this.#version();
    if (now === version) return;
    throw new ConnectionError(`the server changed the weights of ${this.name} while they were in use`, {
      retryable: false,
      remedy:
        "It was restarted, or a policy's weights were put there: serve frozen models and samplers by different servers. " +
        'Resume from the last checkpoint, with the same command.',
    });
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
