/** Trackio, through the HTTP interface of its server: /api/bulk_log, which takes an entry with a known log_id once. */
import type { Tracker } from '../tracker.js';
import type { Rest } from './rest.js';

export interface TrackioSettings {
  readonly url: string;
  readonly project: string;
  readonly name: string | null;
}

export function trackio({ url, project, name }: TrackioSettings, server: Rest): Tracker {
  return {
    label: `trackio at ${server.host}`,
    destination: `trackio ${url} ${project} ${name ?? ''}`,
    async send({ run, entries, id, memory, signal }) {
      const logs = entries.map(({ stage, step, time, values }, index) => ({
        project,
        run: name ?? run.name,
        run_id: id,
        metrics: { ...values, [`${stage}/step`]: step },
        step,
        timestamp: new Date(time).toISOString(),
        log_id: `${id}-${stage}-${step}`,
        ...(memory.begun === undefined && index === 0 ? { config: { ...run.parameters } } : {}),
      }));
      await server.call('POST', '/api/bulk_log', { kwargs: { logs, hf_token: null } }, signal);
      return { begun: 1 };
    },
    end: async ({ memory }) => memory,
  };
}
