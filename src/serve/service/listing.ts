/** Lists of sessions, training runs and checkpoints, as the protocol has them. */
import type { CheckpointRecord, RunRecord, SessionRecord } from '../store/records.js';
import { pathOf, type Store } from '../store/store.js';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

const paged = <T>(all: readonly T[], { offset, limit }: Page) => ({
  items: all.slice(offset, offset + limit),
  cursor: { offset, limit, total_count: all.length },
});

/** All users of a server are one. */
const OWNER = 'local';

const asTexts = (metadata: Readonly<Record<string, unknown>> | null): Record<string, string> | null =>
  metadata &&
  Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

export const checkpointEntry = (record: CheckpointRecord) => ({
  checkpoint_id: `${record.kind}/${record.name}`,
  checkpoint_type: record.kind === 'weights' ? 'training' : 'sampler',
  time: record.time,
  tinker_path: pathOf(record),
  size_bytes: record.size_bytes,
  public: false,
  expires_at: record.expires_at,
  user_metadata: asTexts(record.user_metadata),
});

/** The checkpoints that have names. */
const named = (store: Store, run?: string) => store.checkpoints(run).filter(({ ephemeral }) => !ephemeral);

export function checkpointsOf(store: Store, run: string | undefined, page: Page) {
  const { items, cursor } = paged(named(store, run), page);
  return { checkpoints: items.map(checkpointEntry), cursor };
}

export function runEntry(store: Store, run: RunRecord, requested: string | undefined) {
  const checkpoints = named(store, run.id);
  const last = (kind: CheckpointRecord['kind']) => {
    const found = checkpoints.find((one) => one.kind === kind);
    return found === undefined ? null : checkpointEntry(found);
  };
  return {
    training_run_id: run.id,
    base_model: run.base_model,
    model_owner: OWNER,
    is_lora: run.lora !== null,
    corrupted: false,
    lora_rank: run.lora?.rank ?? null,
    last_request_time: requested ?? run.created,
    last_checkpoint: last('weights'),
    last_sampler_checkpoint: last('sampler_weights'),
    user_metadata: asTexts(run.user_metadata),
  };
}

export function runsOf(store: Store, page: Page, requested: (run: string) => string | undefined) {
  const runs = [...store.runs.values()].sort((a, b) => (a.created < b.created ? 1 : -1));
  const { items, cursor } = paged(runs, page);
  return { training_runs: items.map((run) => runEntry(store, run, requested(run.id))), cursor };
}

export const sessionsOf = (store: Store, page: Page) => ({
  sessions: paged([...store.sessions.keys()].reverse(), page).items,
});

export function sessionEntry(store: Store, session: SessionRecord) {
  return {
    training_run_ids: [...store.runs.values()].filter((run) => run.session === session.id).map(({ id }) => id),
    sampler_ids: session.samplers.map(({ id }) => id),
    user_metadata: asTexts(session.user_metadata),
    display_name: session.display_name,
  };
}

/** What `sessions/search` asks; its cursor is the number of sessions before the page. */
export interface SessionSearch {
  readonly session_id?: string | null | undefined;
  readonly display_name?: string | null | undefined;
  readonly user_metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly limit: number;
}

export function foundSessions(store: Store, { session_id, display_name, user_metadata, limit }: SessionSearch) {
  const words = display_name?.toLowerCase().split(/\s+/) ?? [];
  const found = [...store.sessions.values()].reverse().filter((session) => {
    const isNamed = words.length > 0 && words.every((word) => session.display_name?.toLowerCase().includes(word));
    const byName = session_id == null && display_name == null ? true : session.id === session_id || isNamed;
    const texts = asTexts(session.user_metadata) ?? {};
    return byName && Object.entries(user_metadata ?? {}).every(([key, value]) => texts[key] === value);
  });
  return {
    sessions: found.slice(0, limit).map((session) => ({
      session_id: session.id,
      created_at: session.created,
      owner: OWNER,
      project_id: OWNER,
      status:
        session.finished === null
          ? { type: 'active' }
          : {
              type: 'client_finished',
              reason: { type: session.finished.type },
              detail: session.finished.detail,
            },
      checkpoints_count: named(store).filter(({ run }) => run.startsWith(`${session.id}:`)).length,
      display_name: session.display_name,
      user_metadata: asTexts(session.user_metadata),
    })),
    next_cursor: null,
  };
}

export const weightsEntry = ({ base_model, lora }: CheckpointRecord) => ({
  base_model,
  is_lora: lora !== null,
  ...(lora !== null && {
    lora_rank: lora.rank,
    train_unembed: false,
    train_mlp: lora.train_mlp,
    train_attn: lora.train_attn,
  }),
});
