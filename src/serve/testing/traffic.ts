/** What passes between a client and a server, as far as tests ask about it. */
import { setTimeout as delay } from 'node:timers/promises';

type Kind = 'sample' | 'training';

/** How many requests of a kind must be without a result before one gets it: so what a client sends ahead is seen. */
export type Holds = Readonly<Partial<Record<Kind, number>>>;

interface Request {
  readonly kind: Kind;
  /** What bounds are counted by: the model, or nothing. */
  readonly model: string;
  /** Whether it samples the weights of a model that learns. */
  readonly ofPolicy: boolean;
}

export class Traffic {
  /** The passes over sequences, in their order. */
  readonly passes: { readonly sequences: number; readonly compressed: boolean }[] = [];
  /** The most requests without a result at one time: samples, and training requests of one model. */
  readonly most: Record<Kind, number> = { sample: 0, training: 0 };
  /** Samples of weights that a step had changed before, or changed before their result was there. */
  staleSamples = 0;
  readonly #holds: Holds;
  readonly #open = new Set<Request>();
  readonly #byId = new Map<string, Request>();
  #waiting: (() => void)[] = [];

  constructor(holds: Holds) {
    this.#holds = holds;
  }

  /** A request arrived. */
  arrives(request: Request): Request {
    this.#open.add(request);
    const { kind, model } = request;
    const open = [...this.#open].filter((one) => one.kind === kind && one.model === model).length;
    this.most[kind] = Math.max(this.most[kind], open);
    for (const wake of this.#waiting.splice(0)) wake();
    return request;
  }

  /** A step arrived: samples that have no result yet may be computed after it. */
  steps(): void {
    this.staleSamples += [...this.#open].filter(({ ofPolicy }) => ofPolicy).length;
  }

  /** It was accepted under this id, or refused. */
  acknowledged(request: Request, id: string | undefined): void {
    if (id === undefined) this.#open.delete(request);
    else this.#byId.set(id, request);
  }

  /** Resolves when the result of this request may be fetched. */
  async held(id: string): Promise<void> {
    const kind = this.#byId.get(id)?.kind;
    const enough = kind === undefined ? undefined : this.#holds[kind];
    if (kind === undefined || enough === undefined) return;
    while (this.most[kind] < enough) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    // A client that sends more than that has time to do so.
    await delay(50);
  }

  /** Its result was fetched. */
  done(id: string): void {
    const request = this.#byId.get(id);
    if (request !== undefined) this.#open.delete(request);
  }
}
