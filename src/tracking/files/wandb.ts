/** Weights & Biases: a run in its offline form in the run directory, which `wandb sync` uploads. */
import { join } from 'node:path';
import type { Entry, Memory, TrackedRun, Tracker } from '../tracker.js';
import { appendAt, lengthIn } from './grown-file.js';
import { exitRecord, framed, historyRecord, metricRecord, runRecord, summaryRecord } from './wandb-file.js';

export interface WandbSettings {
  readonly project: string;
  readonly entity: string | null;
  readonly name: string | null;
}

/** `20261126_140500`, as the client names its folders; of the beginning of the run, in UTC. */
const stamp = (timeMs: number): string =>
  new Date(timeMs).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '_');

/** Ids of runs are letters and digits. */
const runId = (id: string): string => id.replaceAll('-', '').slice(0, 16);

export function wandb(settings: WandbSettings, runDirectory: string): Tracker {
  const fileOf = (run: TrackedRun, id: string) =>
    join(runDirectory, 'wandb', `offline-run-${stamp(run.began)}-${runId(id)}`, `run-${runId(id)}.wandb`);
  return {
    label: 'wandb',
    destination: `wandb ${settings.entity ?? ''}/${settings.project}/${settings.name ?? ''}`,
    async send({ run, entries, id, memory }) {
      const file = fileOf(run, id);
      const length = lengthIn(memory);
      let { num, row } = counts(memory);
      const records: Uint8Array[] = [];
      const add = (make: (num: number) => Uint8Array) => records.push(make(++num));
      if (length === 0) {
        const { entity, project } = settings;
        const name = settings.name ?? run.name;
        add((at) => runRecord(at, { id: runId(id), entity, project, name, began: run.began, config: run.parameters }));
      }
      const known = String(memory.stages ?? '')
        .split('\n')
        .filter((stage) => stage !== '');
      for (const stage of new Set(entries.map((entry) => entry.stage))) {
        if (known.includes(stage)) continue;
        known.push(stage);
        add((at) => metricRecord(at, `${stage}/*`, `${stage}/step`));
      }
      for (const entry of entries) {
        add((at) => historyRecord(at, row, rowOf(entry, row, run.began)));
        row += 1;
      }
      const latest: Record<string, number> = Object.assign({}, ...entries.map(({ values }) => values));
      add((at) => summaryRecord(at, latest));
      const bytes = await appendAt(file, length, framed(length, records));
      return { bytes, num, row, stages: known.join('\n') };
    },
    async end({ run, id, memory, state }) {
      if (state !== 'complete') return memory;
      const length = lengthIn(memory);
      const seconds = Math.max(0, Math.round((Date.now() - run.began) / 1000));
      // Not counted in what is remembered: steps that are added to the run later replace it.
      await appendAt(fileOf(run, id), length, framed(length, [exitRecord(counts(memory).num + 1, seconds)]));
      return memory;
    },
  };
}

const counts = ({ num = 0, row = 0 }: Memory): { num: number; row: number } => ({ num: Number(num), row: Number(row) });

const rowOf = ({ stage, step, time, values }: Entry, row: number, began: number): Record<string, number> => ({
  ...values,
  [`${stage}/step`]: step,
  _step: row,
  _timestamp: time / 1000,
  _runtime: Math.max(0, (time - began) / 1000),
});
