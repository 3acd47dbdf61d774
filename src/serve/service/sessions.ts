/** Sessions: what a client has opened, and when it was last heard. */
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { createSessionRequest, finishSessionRequest } from '../../engine/tinker/protocol/session.js';
import { Refusal } from '../refusal.js';
import type { SessionRecord } from '../store/records.js';
import type { Store } from '../store/store.js';

export class Sessions {
  readonly #store: Store;
  readonly #mostOpen: number;
  readonly #heard = new Map<string, number>();

  constructor(store: Store, mostOpen: number) {
    this.#store = store;
    this.#mostOpen = mostOpen;
    // After a restart clients have a while to come back.
    for (const id of store.sessions.keys()) this.#heard.set(id, Date.now());
  }

  async create({ display_name, user_metadata }: z.output<typeof createSessionRequest>): Promise<SessionRecord> {
    const open = [...this.#store.sessions.values()].filter(({ finished }) => finished === null);
    if (open.length >= this.#mostOpen) {
      // A client that was killed never finishes its session; the one that was silent longest makes room.
      const [oldest] = open.sort((a, b) => this.lastHeard(a.id) - this.lastHeard(b.id));
      if (oldest !== undefined)
        await this.#end(oldest, { type: 'interrupted', detail: 'made room for another session' });
    }
    const session: SessionRecord = {
      id: `session-${randomBytes(8).toString('hex')}`,
      created: new Date().toISOString(),
      display_name: display_name ?? null,
      user_metadata: user_metadata ?? null,
      finished: null,
      samplers: [],
    };
    this.#heard.set(session.id, Date.now());
    await this.#store.writeSession(session);
    return session;
  }

  /** @throws {Refusal} when there is no such session */
  known(id: string): SessionRecord {
    const session = this.#store.sessions.get(id);
    if (session === undefined) throw new Refusal(404, `there is no session ${JSON.stringify(id)} on this server`);
    return session;
  }

  /** A session that takes requests; its client was heard. @throws {Refusal} when it has finished */
  open(id: string): SessionRecord {
    const session = this.known(id);
    if (session.finished !== null) throw new Refusal(410, `the session ${id} has finished`);
    this.#heard.set(id, Date.now());
    return session;
  }

  lastHeard(id: string): number {
    return this.#heard.get(id) ?? 0;
  }

  async finish(id: string, { reason, detail }: z.output<typeof finishSessionRequest>): Promise<void> {
    const session = this.known(id);
    if (session.finished === null) await this.#end(session, { type: reason.type, detail: detail ?? null });
  }

  async #end(session: SessionRecord, finished: SessionRecord['finished']): Promise<void> {
    await this.#store.writeSession({ ...session, finished });
  }
}
