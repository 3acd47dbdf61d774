/** Which programs a batch of sequences is sampled with: one reads its prompts, one computes more tokens of each row. */
import type { SampleOptions } from '../../../engine.js';
import type { Session } from '../../graph/session.js';
import { type Feeds, floatsOf, integers } from '../../graph/tensors.js';
import { type JoinedVariant, joinedProgram } from '../../programs/joined-program.js';
import { aloneFeeds, causalFeeds } from '../../programs/masks.js';
import { decodeProgram, deviceDecodeProgram, heldProgram, prefillProgram } from '../../programs/sampling-programs.js';
import { heldBy, heldForm } from '../../weights/held.js';
import type { ModelWeights } from '../../weights/model-weights.js';
import { readsFromHeld, rowCountOf, rowsOfHeld } from '../budget.js';
import { kindOfReading, type SessionKind } from '../kept-memory.js';
import type { Runtime, WeightFeeds } from '../runtime.js';
import { emptyCacheFeeds } from './batch-cache.js';

export interface SamplingJob extends Pick<ModelWeights, 'form' | 'base' | 'quantised' | 'integers'> {
  readonly runtime: Runtime;
  readonly weights: WeightFeeds;
  readonly options: SampleOptions | undefined;
}

/** A session, and the shape in which it takes ids. */
interface Decoding {
  readonly session: Session;
  readonly idsShape: readonly number[];
}

export class BatchSessions {
  readonly #job: SamplingJob;
  readonly #joined: boolean;
  readonly #block: number | undefined;
  /** Whether the program for more tokens holds the weights, and so is one for any number of them. */
  readonly #held: boolean;

  /**
   * @param joined whether prompts and generated tokens lie in one cache
   * @param block of how many probabilities a device gives the sum, where that suffices to choose tokens
   */
  constructor(job: SamplingJob, joined: boolean, block: number | undefined) {
    this.#job = job;
    this.#joined = joined;
    this.#block = block;
    this.#held = job.runtime.holdsWeights(job.form, joined);
  }

  /** Makes what is better made before prompts are read: what its making takes is given back by then. */
  async prepare(): Promise<void> {
    if (this.#held) await this.#holding();
  }

  /** For whole prompts of so many groups and tokens, and what they are to it. */
  async reading(groups: number, tokens: number): Promise<{ session: Session; feeds: (ids: Int32Array) => Feeds }> {
    const { runtime, form } = this.#job;
    const { architecture } = form;
    if (this.#held && readsFromHeld(form)) {
      const nothingBefore = {
        ...emptyCacheFeeds(architecture, groups),
        ...aloneFeeds(architecture, tokens),
      };
      const feeds = (ids: Int32Array) => ({ ids: integers(ids, [groups, 1, tokens]), ...nothingBefore });
      return { session: await this.#holding(), feeds };
    }
    const rows = rowCountOf(runtime.settings, form, groups * tokens);
    const { blocks } = runtime.blocks(architecture, { prefix: 0, own: tokens });
    const build = () => prefillProgram(form, { rows, blocks, onDevice: runtime.device !== undefined });
    const use = { kind: 'prefill', read: ['probabilities'] } as const;
    const session = await runtime.session(form, `prefill ${rows} ${blocks}`, build, use);
    const feeds = (ids: Int32Array) => ({
      ids: integers(ids, [groups, tokens]),
      ...causalFeeds(architecture, 'causal', tokens, blocks),
    });
    return { session, feeds };
  }

  /** For pieces of prompts, of so many tokens in all, each with a cache of its own. */
  async readingPieces(tokens: number): Promise<Session> {
    const { runtime, form } = this.#job;
    if (this.#held && readsFromHeld(form)) return this.#holding();
    const rows = rowCountOf(runtime.settings, form, tokens);
    return this.#joinedSession(kindOfReading(rows), { tokens: 'T', rows });
  }

  /** For so many more tokens of each row, in `groups` of `slots` rows. */
  async decoding(groups: number, slots: number, tokens: number): Promise<Decoding> {
    const { runtime, form } = this.#job;
    if (this.#held) return { session: await this.#holding(), idsShape: [groups, slots, tokens] };
    const idsShape = tokens === 1 ? [groups, slots] : [groups, slots, tokens];
    if (runtime.device !== undefined) {
      const block = this.#block;
      const read = [block === undefined ? 'probabilities' : 'blocks'];
      const build = () => deviceDecodeProgram(form, block);
      const use = { kind: 'decoding', read } as const;
      return { session: await runtime.session(form, `decode by ${block}`, build, use), idsShape };
    }
    const rows = rowCountOf(runtime.settings, form, groups * slots * tokens);
    const variant = { tokens: tokens === 1 ? 1 : 'T', rows } as const;
    if (this.#joined) return { session: await this.#joinedSession('decoding', variant), idsShape };
    const use = { kind: 'decoding', read: ['probabilities'] } as const;
    const build = () => decodeProgram(form, variant);
    return { session: await runtime.session(form, `decode ${variant.tokens} ${rows}`, build, use), idsShape };
  }

  #joinedSession(kind: SessionKind, variant: JoinedVariant): Promise<Session> {
    const { runtime, form } = this.#job;
    const build = () => joinedProgram(form, variant);
    const use = { kind, read: ['probabilities'] } as const;
    return runtime.session(form, `joined ${variant.tokens} ${variant.rows}`, build, use);
  }

  /** The session that holds the weights. */
  async #holding(): Promise<Session> {
    const { runtime, form, weights } = this.#job;
    const { head } = form.integerDecoding === true ? await weights(['head']) : {};
    const build = () => {
      const held = heldForm(this.#job, head && floatsOf(head));
      return this.#joined
        ? joinedProgram(form, { tokens: 'T', rows: rowsOfHeld(form), held })
        : heldProgram(form, held);
    };
    const use = { kind: 'decoding', read: ['probabilities'], held: heldBy(this.#job) } as const;
    return runtime.session(form, `read and decode${this.#joined ? ' joined' : ''}`, build, use);
  }
}
