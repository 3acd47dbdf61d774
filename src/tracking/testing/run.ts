/** A run directory as far as trackers read it, for tests. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TrackedRun } from '../tracker.js';

export const RUN: TrackedRun = {
  name: 'small',
  began: Date.UTC(2026, 10, 26, 14),
  parameters: { seed: 3, 'stages.teach.steps': 8 },
};

export interface SmallRun {
  readonly directory: string;
  begin(stage: string, fingerprint?: string): void;
  /** Does a step; `isWhole`: its event was written too. */
  step(stage: string, step: number, isWhole?: boolean): void;
  done(stage: string): void;
}

export const rewardOf = (step: number): number => step / 8;

export function smallRun(): SmallRun {
  const directory = mkdtempSync(join(tmpdir(), 'rlt-tracking-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const folders = new Map<string, string>();
  const folderOf = (stage: string): string => join(directory, 'stages', folders.get(stage) ?? '');
  let seconds = 0;
  const event = (fields: object): void => {
    const time = new Date(RUN.began + ++seconds * 1000).toISOString();
    appendFileSync(join(directory, 'events.jsonl'), `${JSON.stringify({ time, ...fields })}\n`);
  };
  return {
    directory,
    begin(stage, fingerprint = 'f') {
      folders.set(stage, folders.get(stage) ?? `0${folders.size + 1}-${stage}`);
      mkdirSync(folderOf(stage), { recursive: true });
      writeFileSync(join(folderOf(stage), 'stage.json'), JSON.stringify({ name: stage, kind: stage, fingerprint }));
    },
    step(stage, step, isWhole = true) {
      const line = { stage, step, reward: rewardOf(step), 'update/loss': -step };
      appendFileSync(join(folderOf(stage), 'metrics.jsonl'), `${JSON.stringify(line)}\n`);
      if (isWhole) event({ event: 'step', stage, step, seconds: 1 });
    },
    done(stage) {
      writeFileSync(join(folderOf(stage), 'manifest.json'), '{}');
      event({ event: 'stage done', stage });
    },
  };
}
